"""Old events go; messages stay. Whoever has not seen what goes is told to begin anew: see pages.since_for()."""
from datetime import timedelta

from ..database.sql import moment, rows
from ..database.tables import utcnow
from ..database.transaction import transact
from . import sequence

CHUNK = 1_000


def prune(db, days, limit=CHUNK):
    """Remove up to `limit` of the events that are older than so many days, oldest first, and commit; return whether there may be more."""
    return bool(_old(db, days, 1)) and transact(db, lambda: _prune(db, days, limit)) == limit


def count(db, days):
    """Return how many events are older than so many days."""
    return db(db.event.created_at < utcnow() - timedelta(days=days)).count()


def _old(db, days, limit):
    """Return [(id, seq)] of the oldest events up to the first that is younger; an age that nobody can read is old."""
    before, old = utcnow() - timedelta(days=days), []
    for id, seq, created_at in rows(db, db.event.seq > 0, db.event.id, db.event.seq, db.event.created_at, orderby=db.event.seq,
                                    limitby=(0, limit)):
        if moment(created_at) >= before:
            break
        old.append((id, seq))
    return old


def _prune(db, days, limit):
    sequence.take(db, 0)    # the lock
    old = _old(db, days, limit)
    if old:
        db(db.event.id.belongs([id for id, _ in old])).delete()
        db((db.feed.id == 1) & (db.feed.floor < old[-1][1])).update(floor=old[-1][1])
    return len(old)
