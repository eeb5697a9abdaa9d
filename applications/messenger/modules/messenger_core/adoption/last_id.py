"""Ids are given one after the other: a row that somebody has written with the last one there can be leaves none for anybody.

Such rows are given others, behind all the others. PostgreSQL needs none of this: its sequence knows only what it gives itself.
"""
from ..database.sql import execute_many, rows
from ..database.tables import TABLES
from ..database.transaction import transact
from ..feed import sequence

LAST = {'sqlite': 2**63 - 1, 'mysql': 2**31 - 1}
SPARE = 2**20       # so many before the last one count as it: one row after the other would be written there
_EXHAUSTED = {
    'sqlite': 'SELECT name FROM sqlite_sequence WHERE seq > %d',
    'mysql': 'SELECT table_name FROM information_schema.tables WHERE table_schema = DATABASE() AND auto_increment > %d'}
CHUNK = 1_000


def is_far(db, id):
    """Whether an id leaves too few."""
    last = LAST.get(db._adapter.dbengine)
    return last is not None and id > last - SPARE


def free(db):
    """Go on behind the others where ids are at their end, and commit. One statement when they aren't."""
    engine = db._adapter.dbengine
    if engine in LAST:
        exhausted = {row[0].lower() for row in db.executesql(_EXHAUSTED[engine] % (LAST[engine] - SPARE))}
        db.commit()
        for table in map(db.__getitem__, TABLES):
            if table._rname.strip('"`').lower() in exhausted:
                transact(db, lambda table=table: _go_back(db, table))


def _go_back(db, table):
    sequence.take(db, 0)    # the lock
    far = rows(db, table.id > LAST[db._adapter.dbengine] - SPARE, table.id, limitby=(0, CHUNK))
    last = _last(db, table)
    execute_many(db, table, 'id', [(last + 1 + place, id) for place, (id,) in enumerate(far)])
    name = table._rname.strip('"`')
    if db._adapter.dbengine == 'sqlite':
        db.executesql("UPDATE sqlite_sequence SET seq = %d WHERE lower(name) = '%s'" % (last + len(far), name.lower()))
    else:
        db.executesql('ALTER TABLE %s AUTO_INCREMENT = 1' % table._rname)      # which is what lies behind the last row


def _last(db, table):
    return rows(db, table.id <= LAST[db._adapter.dbengine] - SPARE, table.id.max())[0][0] or 0
