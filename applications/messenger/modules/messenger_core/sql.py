"""Statements pydal has no word for: many rows in one statement, and rows as plain tuples (ten times faster than Row objects).

Built from pydal's table definitions and its own representation of values, so that a row is the same whoever wrote it.
"""
from datetime import datetime


def rows(db, query, *fields, **attributes):
    """Return the tuples of a select; attributes as of pydal's select."""
    return db.executesql(db(query)._select(*fields, **attributes))


def insert_many(db, table, records):
    """Insert dicts that all have the same keys, in one statement."""
    fields = [table[name] for name in records[0]]
    represent = db._adapter.represent
    values = ','.join(
        '(%s)' % ','.join(represent(value, field.type) for field, value in zip(fields, record.values())) for record in records)
    db.executesql('INSERT INTO %s (%s) VALUES %s' % (table._rname, ','.join(field._rname for field in fields), values))


def update_many(db, table, changes, **expressions):
    """Update rows in one statement: `changes` is {id: {field: value}}, the same fields in each; a value may be SQL given as Increment.

    `expressions` are {field: SQL} that hold for all of them.
    """
    names = list(next(iter(changes.values())))
    assignments = ['%s = %s' % (table[name]._rname, _case(db, table, name, changes)) for name in names]
    assignments += ['%s = %s' % (table[name]._rname, sql) for name, sql in expressions.items()]
    db.executesql('UPDATE %s SET %s WHERE %s IN (%s)' % (
        table._rname, ', '.join(assignments), table._id._rname, ','.join(map(str, changes))))


class Increment(int):
    """A value for update_many that is added to what the column holds."""


def _case(db, table, name, changes):
    field = table[name]
    column, represent = field._rname, db._adapter.represent
    whens = ' '.join(
        'WHEN %d THEN %s%s' % (row, column + ' + ' if isinstance(change[name], Increment) else '', represent(change[name], field.type))
        for row, change in changes.items())
    return 'CASE %s %s END' % (table._id._rname, whens)


def moment(value):
    """Return a datetime for what a driver gave. What is no time becomes the epoch: one bad row must not stop the feed."""
    if isinstance(value, datetime):
        return value.replace(tzinfo=None)
    try:
        return datetime.fromisoformat(str(value)[:19])
    except ValueError:
        return datetime(1970, 1, 1)


def truth(value):
    """Return whether a boolean column is set: 'T' or 'F' in the tables, a real boolean where a driver knows them."""
    return value in ('T', 't', True, 1)
