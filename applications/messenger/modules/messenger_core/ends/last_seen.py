"""When members were last here, to the minute: kept of those who show their presence, and told to whoever has a conversation with them."""
from ..database import bound, written
from ..database.sql import insert_many, moment, rows, truth, whole_ones
from ..database.transaction import transact
from ..feed import sequence
from ..members import directory


def record(db, seen):
    """Keep {user_id: minute} of those who are members and show it, and commit. Raises Refused busy."""
    transact(db, lambda: _record(db, seen))


def of(db, ids):
    """Return {id: minute} of those among `ids` of whom it is known and may be told."""
    ids = whole_ones(ids)
    found = written.rows(db, 'last seen', lambda: _select(db), among=ids) if ids else ()
    return {user_id: moment(minute) for user_id, minute in found if minute}


def _select(db):
    table = db.preference
    query = bound.any_of(table.user_id) & (table.shows_presence == True) & (db.auth_user.id == table.user_id)  # noqa: E712
    return db(query & directory.active(db))._select(table.user_id, table.last_seen)


def _record(db, seen):
    sequence.take(db, 0)    # the lock, and no place: nothing here is an event
    table = db.preference
    found = rows(db, db.auth_user.id.belongs(list(seen)) & directory.active(db), db.auth_user.id, table.id, table.shows_presence,
                 left=table.on(table.user_id == db.auth_user.id))
    shown = [(id, seen[user_id]) for user_id, id, shows in found if id and truth(shows)]
    for minute in {minute for _, minute in shown}:
        db(table.id.belongs([id for id, at in shown if at == minute])).update(last_seen=minute)
    new = [{'user_id': user_id, 'gives_receipts': True, 'shows_presence': True, 'session_generation': 0, 'last_seen': seen[user_id]}
           for user_id, id, _ in found if not id]
    if new:
        insert_many(db, table, new)
