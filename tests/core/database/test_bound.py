"""Statements whose text is kept: they find and write what pydal's own do, on each database."""
import pytest
from cast import ANN, BOB, CID
from messenger_core.database import bound
from messenger_core.database.sql import rows
from messenger_core.database.tables import utcnow

ODD = ['NULL', '{a,b}', "it's", '100 %', 'back\\slash', '"quoted"', 'é 🙂', '\n', '(?)', "?'-4611686018427387904'", '%s', ' ']


@pytest.mark.parametrize('count', [1, 2, 5, 199, 200, 401])
def test_rows_are_written_as_pydal_writes_them(db, count):
    table, now = db.message, utcnow()
    records = [dict(sender=ANN, receiver=BOB if n % 2 else None, content=ODD[n % len(ODD)], timestamp=now, is_read=bool(n % 3),
                    conversation=None, number=None, seq=2**62 + n, ref='r%d' % n if n % 5 else None, forwarded=False) for n in range(count)]
    names = ('sender', 'receiver', 'content', 'timestamp', 'is_read', 'conversation', 'number', 'seq', 'ref', 'forwarded')
    lies = {bool: lambda value: 'FT'[value], type(now): str}
    bound.insert(db, 'message', names, [tuple(lies.get(type(value), lambda value: value)(value) for value in map(record.get, names))
                                        for record in records])
    ours = written(db)
    db(table.id > 0).delete()
    table.bulk_insert(records)
    assert ours == written(db) and len(ours) == count


def written(db):
    """Return all rows but for their ids, and of what kind each value is."""
    kind = {'sqlite': 'typeof(%s)', 'postgres': 'pg_typeof(%s)::text', 'mysql': 'HEX(%s)'}[db._adapter.dbengine]
    columns = [field._rname for field in db.message if field.name != 'id']
    return db.executesql('SELECT %s, %s FROM message ORDER BY seq' % (','.join(columns), ','.join(kind % column for column in columns)))


@pytest.mark.parametrize('count', [0, 1, 2, 3, 250])
def test_rows_are_changed_each_by_its_own_and_no_others(db, count):
    ids = [int(db.conversation.insert(direct_key='%d:0' % n, last_number=n, last_seq=n)) for n in range(count + 2)]
    bound.update(db, 'conversation', bound.Update(set=('last_message', 'last_seq'), add=('last_number',)), [
        (7 * n, 2**60 + n, n, id) for n, id in enumerate(ids[:count])])
    found = rows(db, db.conversation.id > 0, db.conversation.last_message, db.conversation.last_seq, db.conversation.last_number,
                 orderby=db.conversation.id)
    assert list(map(tuple, found)) == [(7 * n, 2**60 + n, 2 * n) for n in range(count)] + [(None, n, n) for n in (count, count + 1)]


def test_numbers_and_texts_are_asked_for_as_pydal_would(db):
    for n, key in enumerate(ODD):
        db.conversation.insert(direct_key=key, last_number=n)
    table = db.conversation
    for wanted in (ODD, ODD[:1], ODD[3:5] + ['nobody'], [], ['nobody']):
        query = bound.any_of(table.direct_key)
        found = bound.select(db, 'odd', lambda query=query: db(query)._select(table.id, table.last_number), wanted)
        assert sorted(found) == sorted(rows(db, table.direct_key.belongs(wanted), table.id, table.last_number)) if wanted else not found
        ids = [row[0] for row in found]
        again = bound.select(db, 'ids of odd', lambda: db(bound.any_of(table.id))._select(table.id), ids)
        assert sorted(row[0] for row in again) == sorted(ids)


def test_pairs_are_found_as_they_are_and_not_crosswise(db):
    for n, (sender, ref) in enumerate([(ANN, 'a'), (BOB, 'b'), (ANN, 'c'), (CID, 'a')]):
        db.message.insert(sender=sender, receiver=BOB, content='x', ref=ref, seq=n + 1)
    table = db.message
    for wanted in ([(ANN, 'a')], [(ANN, 'b')], [(ANN, 'a'), (BOB, 'b'), (CID, 'c')], [(ANN, ref) for ref in ODD] + [(CID, 'a')]):
        found = bound.pairs(db, 'message', ('sender', 'ref', 'id'), wanted)
        expected = [row for row in rows(db, table.id > 0, table.sender, table.ref, table.id) if (row[0], row[1]) in wanted]
        assert sorted(map(tuple, found)) == sorted(map(tuple, expected))


def test_a_statement_with_values_of_its_own_finds_or_writes(db):
    assert not bound.run(db, 'raise', lambda: 'UPDATE %s SET head = head + ? WHERE id = 1' % db.feed._rname, 3)
    asked = lambda: "SELECT head, '100 %' FROM " + db.feed._rname + ' WHERE id = ?'     # noqa: E731
    assert list(map(tuple, bound.run(db, 'head', asked, 1))) == [(3, '100 %')] and not bound.run(db, 'head', asked, 2)
