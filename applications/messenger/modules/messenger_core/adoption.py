"""Adoption: rows of `message` that somebody else inserted, in appadmin, a script or another application, become full messages.

They are recognised by having no `seq`. Rows whose members don't exist are left as they are and listed by `orphans`.
"""
from . import conversations, feed
from .schema import utcnow
from .sql import rows, update_many
from .transaction import transact

CHUNK = 1_000


def adopt(db, limit=CHUNK):
    """Complete up to `limit` foreign rows, in the order of their ids, and commit; return how many. One quick statement if none."""
    waiting = len(_waiting(db, limit))
    return transact(db, lambda: _adopt(db, waiting)) if waiting else 0


def orphans(db, limit=100):
    """Return the ids of rows that can't be adopted because a member of theirs doesn't exist."""
    query = (db.message.seq == None) & ~_adoptable(db)  # noqa: E711
    return [row[0] for row in rows(db, query, db.message.id, orderby=db.message.id, limitby=(0, limit))]


def _waiting(db, limit):
    query = (db.message.seq == None) & _adoptable(db)  # noqa: E711
    return rows(db, query, db.message.id, db.message.sender, db.message.receiver, orderby=db.message.id, limitby=(0, limit))


def _adoptable(db):
    everybody = db()._select(db.auth_user.id)
    return db.message.sender.belongs(everybody) & db.message.receiver.belongs(everybody)


def _adopt(db, limit):
    seq = feed.take(db, limit)
    found = _waiting(db, limit)     # again, under the lock: somebody else may have been quicker
    if not found:
        return 0
    threads = conversations.threads_by_key(db, {conversations.direct_key(sender, receiver) for _, sender, receiver in found})
    changes = {}
    for id, sender, receiver in found:
        seq += 1
        thread = threads[conversations.direct_key(sender, receiver)]
        thread.last_seq, thread.last_message = seq, id
        changes[id] = {'conversation': thread.id, 'number': thread.next_number(sender), 'seq': seq}
    update_many(db, db.message, changes, **_defaults(db))
    conversations.count(db, list(threads.values()))
    return len(found)


def _defaults(db):
    table, represent = db.message, db._adapter.represent
    values = {'content': '', 'timestamp': utcnow(), 'is_read': False}
    defaults = {name: 'COALESCE(%s, %s)' % (table[name]._rname, represent(value, table[name].type)) for name, value in values.items()}
    return dict(defaults, ref="NULLIF(%s, '')" % table.ref._rname)
