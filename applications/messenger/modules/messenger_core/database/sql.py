"""Statements pydal has no word for: many rows in one statement, and rows as plain tuples (ten times faster than Row objects).

Built from pydal's table definitions and its own representation of values, so that a row is the same whoever wrote it.
"""
import re
from datetime import datetime, timezone
from importlib import import_module

from pydal.objects import Expression

RECORDS_AT_ONCE = 200


def identity(db):
    """Return what tells a database from others in the memory of this process."""
    return db._uri, db._adapter.folder


def rows(db, query, *fields, **attributes):
    """Return the tuples of a select; attributes as of pydal's select."""
    return list(db.executesql(db(query)._select(*fields, **attributes)))     # MySQL's drivers give a tuple


def insert_many(db, table, records):
    """Insert dicts that all have the same keys, in one statement."""
    fields = [table[name] for name in records[0]]
    types, literal = [field.type for field in fields], _literals(db)
    values = ','.join('(%s)' % ','.join(map(literal, record.values(), types)) for record in records)
    db.executesql('INSERT INTO %s (%s) VALUES %s' % (table._rname, ','.join(field._rname for field in fields), values))


def update_many(db, table, changes, **expressions):
    """Update rows in one statement: `changes` is {id: {field: value}}, the same fields in each.

    `expressions` are {field: SQL} that hold for all of them.
    """
    names = list(next(iter(changes.values())))
    assignments = ['%s = %s' % (table[name]._rname, _case(db, table, name, changes)) for name in names]
    assignments += ['%s = %s' % (table[name]._rname, sql) for name, sql in expressions.items()]
    db.executesql('UPDATE %s SET %s WHERE %s IN (%s)' % (
        table._rname, ', '.join(assignments), table._id._rname, ','.join(map(str, changes))))


def named(field):
    """Return a field as SQL, with its table: what str() makes of it is pydal's name for that."""
    return '%s.%s' % (field.table.sql_shortref, field._rname)


def looked_up(field, key, value):
    """Return as SQL what `field` is in the row whose unique `key` is the `value` of another table: a join takes pydal 50 µs to build."""
    sql = '(SELECT %s FROM %s WHERE %s = %s)' % (field._rname, field.table._rname, key._rname, named(value))
    return Expression(field.db, sql, type=field.type)


def condition(db, sql):
    """Return what pydal has no word for as a part of a query."""
    return Expression(db, sql, type='boolean')


def figure(db, column):
    """Return a column of whole numbers as SQL to reckon with, whatever somebody has put there: no result of a few is too large."""
    wide = {'sqlite': '%s', 'mysql': 'CAST(%s AS signed)'}.get(db._adapter.dbengine, 'CAST(%s AS bigint)')
    return 'COALESCE(%s, 0)' % (wide % column)


def comparable(field):
    """Return a text column of the site's as what may be compared with any text: MySQL refuses characters that it can't hold."""
    if field.db._adapter.dbengine != 'mysql':
        return field
    return Expression(field.db, 'CONVERT(%s USING utf8mb4)' % named(field), type='string')


def execute_many(db, table, names, records):
    """Update rows one by one, in one go of the driver's: `records` are (value of each of `names`, …, id)."""
    sign = '?' if db._adapter.driver.paramstyle == 'qmark' else '%s'
    assignments = ', '.join('%s = %s' % (table[name]._rname, sign) for name in names.split())
    statement = 'UPDATE %s SET %s WHERE %s = %s' % (table._rname, assignments, table._id._rname, sign)
    if not records:
        return
    if db._adapter.driver.__name__ == 'psycopg2':   # whose executemany() waits for an answer to each
        return import_module('psycopg2.extras').execute_batch(db._adapter.cursor, statement, records, RECORDS_AT_ONCE)
    db._adapter.cursor.executemany(statement, records)


def _case(db, table, name, changes):
    field, literal = table[name], _literals(db)
    whens = ' '.join('WHEN %d THEN %s' % (row, literal(change[name], field.type)) for row, change in changes.items())
    return 'CASE %s %s END' % (table._id._rname, whens)


def _literals(db):
    """Return pydal's representation of a value as SQL; numbers, which need none, and what was asked before are answered without it."""
    represent, known = db._adapter.represent, {}

    def literal(value, kind):
        if isinstance(value, int) and not isinstance(value, bool):
            return '%d' % value
        if isinstance(value, str):
            return represent(value, kind)
        if (value, kind) not in known:
            known[value, kind] = represent(value, kind)
        return known[value, kind]
    return literal


def not_held(db, table, ids, beside=''):
    """Return which rows no open transaction of somebody else's keeps: to wait for it with the feed in hand would stop all who write.

    Nor the rows `beside` them, given as a JOIN. All of them where the database can't say so. Locks those it returns.
    """
    if not ids or not _passes_over(db):
        return set(ids)
    name = table._rname
    return {row[0] for row in db.executesql('SELECT %s.id FROM %s %s WHERE %s.id IN (%s) FOR UPDATE SKIP LOCKED' % (
        name, name, beside, name, ','.join('%d' % id for id in ids)))}


def _passes_over(db):
    """Whether the database can leave out rows that are locked: PostgreSQL, MariaDB 10.6, MySQL 8."""
    if db._adapter.dbengine != 'mysql':
        return db._adapter.dbengine == 'postgres'
    version = db._adapter.connection.get_server_info()
    numbers = tuple(int(number) for number in re.findall(r'\d+', version.replace('5.5.5-', '', 1))[:2])
    return numbers >= ((10, 6) if 'mariadb' in version.lower() else (8, 0))


def first_fit(wanted, read, keep):
    """Return the first `wanted` of what `keep(rows)` leaves of `read(count)`, which gives so many rows, and fewer only at the end."""
    asked = wanted
    while True:
        found = read(asked)
        kept = keep(found)
        # A page that is short because rows were left out would be taken for the last one.
        if len(found) < asked or len(kept) >= wanted:
            return kept[:wanted]
        asked += max(wanted, len(found) - len(kept))


def like(db, column, part):
    """Return SQL that says whether a column has `part` in it, whatever characters that consists of."""
    for character in '!%_':
        part = part.replace(character, '!' + character)
    return "%s LIKE %s ESCAPE '!'" % (column, db._adapter.represent('%%%s%%' % part, 'string'))


def moment(value):
    """Return a datetime for what a driver gave. What is no time becomes the epoch: one bad row must not stop the feed."""
    try:
        value = value if isinstance(value, datetime) else datetime.fromisoformat(str(value)[:19])
        return (value.astimezone(timezone.utc) if value.tzinfo else value).replace(tzinfo=None)
    except (ValueError, OverflowError):
        return datetime(1970, 1, 1)


def text(value):
    """Return a text column as text, whatever plain SQL has put there."""
    if isinstance(value, bytes):
        return str(value, 'utf-8', 'replace')
    return '' if value is None else str(value)


def whole(value):
    """Return a column of whole numbers as one, 0 for whatever else somebody has put there."""
    return value if type(value) is int else 0


def whole_ones(values):
    """Return the set of those values that are whole numbers above 0, as ids are: pydal fails over others."""
    return {value for value in values if isinstance(value, int) and value > 0}


def truth(value):
    """Return whether a boolean column is set: 'T' or 'F' in the tables, a real boolean where a driver knows them."""
    return value in ('T', 't', True, 1)
