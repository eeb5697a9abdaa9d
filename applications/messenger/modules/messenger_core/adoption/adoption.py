"""Adoption: rows of `message` that somebody else inserted, in appadmin, a script or another application, become full messages.

They are recognised by having no `seq`, or one that the feed hasn't given. Rows whose members don't exist are left as they are and
listed by `orphans`. The messages of a database from before (see `legacy`) are completed here too, before everything else; whoever
adopts does right by them.
"""
from typing import NamedTuple

from ..database.sql import rows, update_many
from ..database.tables import utcnow
from ..database.transaction import transact
from ..feed import sequence
from ..messages import conversations
from . import legacy

CHUNK = 1_000


class Row(NamedTuple):
    """What is known of a row that waits."""

    id: int
    sender: int
    receiver: int
    timestamp: object
    is_read: object
    number: object


def adopt(db, limit=CHUNK):
    """Complete up to `limit` foreign rows, in the order of their ids, and commit; return how many. Two quick statements if none."""
    if sequence.has_strays(db):
        transact(db, lambda: sequence.take(db, 0))      # from now on they have none
    waiting = len(_waiting(db, limit))
    return transact(db, lambda: _adopt(db, waiting)) if waiting else 0


def waiting(db):
    """The query for rows that can be adopted."""
    everybody = db()._select(db.auth_user.id)
    return _unknown(db) & db.message.sender.belongs(everybody) & db.message.receiver.belongs(everybody)


def orphans(db, limit=100):
    """Return the ids of rows that can't be adopted because a member of theirs doesn't exist."""
    return [row[0] for row in rows(db, _orphaned(db), db.message.id, orderby=db.message.id, limitby=(0, limit))]


def count_orphans(db):
    """Return how many there are."""
    return rows(db, _orphaned(db), db.message.id.count())[0][0]


def _unknown(db):
    return db.message.seq == None  # noqa: E711


def _orphaned(db):
    everybody, message = db()._select(db.auth_user.id), db.message
    absent = [(field == None) | ~field.belongs(everybody) for field in (message.sender, message.receiver)]  # noqa: E711
    return _unknown(db) & (absent[0] | absent[1])


def _waiting(db, limit):
    table = db.message
    return [Row(*row) for row in rows(db, waiting(db), table.id, table.sender, table.receiver, table.timestamp, table.is_read,
                                      table.number, orderby=table.id, limitby=(0, limit))]


def _adopt(db, limit):
    seq = sequence.take(db, limit)
    found = _waiting(db, limit)     # again, under the lock: somebody else may have been quicker
    mark = legacy.mark(db)
    old = [row for row in found if row.id <= mark.upto]
    found = old or found
    if not found:
        return 0
    if any(row.number for row in found):
        _forget_numbers(db)
    threads = conversations.threads_by_key(db, {conversations.direct_key(row.sender, row.receiver) for row in found})
    places = {}
    for row in found:
        seq += 1
        thread = threads[conversations.direct_key(row.sender, row.receiver)]
        thread.last_seq, thread.last_message = seq, row.id
        places[row.id] = thread, thread.next_number(row.sender), seq
    if old:
        legacy.store(db, old, places, list(threads.values()), mark.zone)
    else:
        _store(db, places, list(threads.values()))
    return len(found)


def _forget_numbers(db):
    # Somebody has typed one. While two rows exchange theirs, one statement would find it taken.
    db(_unknown(db) & (db.message.number != None)).update(conversation=None, number=None)  # noqa: E711


def _store(db, places, threads):
    changes = {id: {'conversation': thread.id, 'number': number, 'seq': seq} for id, (thread, number, seq) in places.items()}
    update_many(db, db.message, changes, **_defaults(db))
    conversations.count(db, threads)


def _defaults(db):
    table, represent = db.message, db._adapter.represent
    values = {'content': '', 'timestamp': utcnow(), 'is_read': False}
    defaults = {name: 'COALESCE(%s, %s)' % (table[name]._rname, represent(value, table[name].type)) for name, value in values.items()}
    return dict(defaults, ref="NULLIF(%s, '')" % table.ref._rname)
