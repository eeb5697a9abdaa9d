"""Rows that can't be shown are set aside, each with its reason and a mark in place of a seal, and looked at again.

Whoever looks for what waits need not walk through them: they may be a hundred thousand, of members of long ago.
"""
from datetime import timedelta

from ..database import bound
from ..database.sql import insert_many, rows
from ..database.tables import utcnow
from ..database.transaction import transact
from ..feed import seal, sequence
from ..members.directory import LARGEST_ID

CHUNK = 1_000
# Something in the database keeps a row as it is: a trigger, perhaps for a while.
CANNOT, RETRY_SECONDS = 'it cannot be completed', 600
NEWEST_MEMBERS = 20     # are looked for among those that rows set aside wait for
_WANTED = '''SELECT DISTINCT member.id FROM %(aside)s unfit JOIN %(members)s member ON member.id = unfit.waits_for
    WHERE unfit.waits_for > (SELECT MAX(id) - %(count)d FROM %(members)s) AND unfit.waits_for <= (SELECT MAX(id) FROM %(members)s)'''


def listed(db, limit=100):
    """Return [(id, reason)] of rows that can't be shown."""
    table = db.aside
    return [tuple(row) for row in rows(db, table.id > 0, table.message, table.reason, orderby=table.message, limitby=(0, limit))]


def count(db):
    """Return how many there are."""
    return rows(db, db.aside.id > 0, db.aside.id.count())[0][0]


def look_again(db):
    """Have adopted what was set aside and can be shown now, because members have come or somebody has put a row right; commit.

    So is what has no place, and a seal that isn't ours; rows that were deleted meanwhile are forgotten. Three statements when there is
    nothing to do.
    """
    sender, receiver, unfit = db.auth_user.with_alias('sends'), db.auth_user.with_alias('receives'), db.aside
    fit = (db.message.id == unfit.message) & (sender.id == db.message.sender) & (receiver.id == db.message.receiver)
    long_ago, now = utcnow() - timedelta(seconds=RETRY_SECONDS), utcnow()
    is_due = (unfit.noticed_at < long_ago) | (unfit.noticed_at > now) | (unfit.noticed_at == None)  # noqa: E711
    fit &= (unfit.waits_for != None) | (unfit.reason == None) | ~unfit.reason.startswith(CANNOT) | is_due  # noqa: E711
    fit &= (sender.id <= LARGEST_ID) & (receiver.id <= LARGEST_ID)
    fit = [row[0] for row in rows(db, fit, unfit.message, limitby=(0, CHUNK))]
    lost = [row[0] for row in rows(
        db, (db.message.seq == None) & (db.message.seal != None) & (unfit.id == None), db.message.id, limitby=(0, CHUNK),  # noqa: E711
        left=unfit.on(unfit.message == db.message.id))]
    deleted = [row[0] for row in rows(db, db.message.id == None, unfit.id, limitby=(0, CHUNK),  # noqa: E711
                                      left=db.message.on(db.message.id == unfit.message))]
    if fit or deleted or lost:
        transact(db, lambda: (sequence.take(db, 0), take_up(db, fit), db(unfit.id.belongs(deleted)).delete(),
                              db(db.message.id.belongs(lost)).update(seal=None)))


def put(db, unfit):
    """Set rows aside, given as Unfits. Call under the feed's lock, as all that follows."""
    if unfit:
        note(db, unfit)
        mark(db, [row.id for row in unfit])


def note(db, unfit):
    """Note why rows are aside."""
    db(db.aside.message.belongs([row.id for row in unfit])).delete()
    insert_many(db, db.aside, [
        {'message': row.id, 'reason': row.reason, 'waits_for': row.waits_for, 'noticed_at': utcnow()} for row in unfit])


def mark(db, ids):
    """Take rows out of what waits, and out of wherever somebody has put them; their sender may need the `ref` again."""
    db(db.message.id.belongs(ids)).update(seal=seal.ASIDE, conversation=None, number=None, seq=None, ref=None)


def take_up(db, ids):
    """Have rows that were set aside adopted like new ones."""
    if ids:
        db(db.message.id.belongs(ids) & (db.message.seal == seal.ASIDE)).update(seal=None)
        db(db.aside.message.belongs(ids)).delete()


def wanted(db):
    """Return the ids of members who have come and whom rows set aside wait for."""
    return [row[0] for row in bound.run(db, 'wanted', lambda: wanted_as_sql(db))]


def wanted_as_sql(db):
    """Return the statement that finds them."""
    return _WANTED % dict(aside=db.aside._rname, members=db.auth_user._rname, count=NEWEST_MEMBERS)
