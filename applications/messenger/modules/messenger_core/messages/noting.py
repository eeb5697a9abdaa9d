"""Which places have something to be read, noted behind the feed. So whoever counts what waits for a member looks at these places, and at
those that have moved since, and not at all that the member has.

Neither sending nor reading touches the note: it would cost each message. It may say that something waits where nothing does any more, never
the other way round, of places whose newest message lies at or before `feed.noted_upto`. (A message that others have deleted waits nowhere
from then on; none that is there is ever left out.) It is written in the background, by the sidecar; where none runs, everything counts as
moved.
"""
from pydal.objects import Expression

from ..database.sql import identity, not_held, rows, truth, whole, whole_ones
from ..database.transaction import Held, transact
from ..feed import sequence
from . import reading

CHUNK = 1_000

_begun = {}     # {database: (head of then, id of the place that comes next)} while all places are looked at for the first time


def note(db):
    """Note it for what has come since the last time, and commit; return whether there may be more. One statement when nothing has come."""
    upto, head = db.executesql('SELECT noted_upto, head FROM %s WHERE id = 1' % db.feed._rname)[0]
    if upto == head:
        return False
    try:
        # The first time; or the feed has gone back, and what was noted is of another life.
        return _begin(db, head) if type(upto) is not int or not 0 <= upto < head else transact(db, lambda: _go_on(db))
    except Held:
        return False    # until then it counts as moved


def noted_upto(db):
    """Return up to which place in the feed it is noted, as SQL; 0 where that can't be."""
    return '(SELECT CASE WHEN noted_upto <= head THEN noted_upto ELSE 0 END FROM %s WHERE id = 1)' % db.feed._rname


def _begin(db, head):
    """Look at all places, piece by piece, in each process anew; what changes meanwhile lies behind the head of now."""
    since, after = _begun.setdefault(identity(db), (head, 0))
    ids = [row[0] for row in rows(db, db.participant.id > after, db.participant.id, orderby=db.participant.id, limitby=(0, CHUNK))]
    done = ids[-1] if len(ids) == CHUNK else None
    transact(db, lambda: (sequence.take(db, 0), _write(db, ids), done is None and _settle(db, since)))
    if done is None:
        del _begun[identity(db)]
    else:
        _begun[identity(db)] = since, done
    return True


def _go_on(db):
    sequence.take(db, 0)    # the lock
    upto, head = db.executesql('SELECT noted_upto, head FROM %s WHERE id = 1' % db.feed._rname)[0]
    moved, end = _moved(db, whole(upto), head)
    place = db.participant
    _write(db, [row[0] for row in rows(db, place.conversation.belongs(moved), place.id)] if moved else [])
    _settle(db, end)
    return end < head


def _moved(db, after, head):
    """Return (the conversations in which something has happened since, up to where that are all)."""
    end, found = head, []
    for table in (db.message, db.event):
        new = rows(db, (table.seq > after) & (table.seq <= head), table.seq, table.conversation, orderby=table.seq, limitby=(0, CHUNK))
        found += new
        if len(new) == CHUNK:
            end = min(end, new[-1][0])
    return whole_ones(conversation for seq, conversation in found if seq <= end), end


def _write(db, ids):
    """Note of these places whether anything waits there, where that isn't noted already."""
    place = db.participant
    waiting = Expression(db, reading.waiting_as_sql(db), type='bigint')
    found = rows(db, place.id.belongs(ids), place.id, place.waits, waiting) if ids else []
    for waits in (True, False):
        wrong = [id for id, noted, count in found if truth(noted) != waits and ((count or 0) > 0) == waits]
        if wrong:
            if len(not_held(db, place, wrong)) < len(wrong):
                raise Held
            db(place.id.belongs(wrong)).update(waits=waits)


def _settle(db, upto):
    db(db.feed.id == 1).update(noted_upto=upto)
