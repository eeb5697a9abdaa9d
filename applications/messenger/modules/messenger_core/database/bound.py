"""Statements whose text is made once and kept, and whose values the driver binds: to build one with pydal takes longer than to ask it.

The texts are made of pydal's tables. Values are numbers, text and None, as the columns keep them: a time or a truth is written as pydal
would write it, by whoever asks. Tables are named, and defined where a text has to be made. Must not live here: statements of another
shape each time (sql.py).
"""
import functools
import json
import re
import sqlite3
from bisect import bisect_left
from typing import NamedTuple

from .alone import executed
from .texts import text as _text

# What stands in a text that is kept, for pydal to write, in the place of what is bound each time: a list; single numbers, in their order.
_ANY_OF = -(2**62)
GIVEN = tuple(_ANY_OF + place for place in (1, 2, 3, 4))
LIST = re.compile(r"\('?%d'?\)" % _ANY_OF)
_GIVEN = re.compile("'?(?:%s)'?" % '|'.join(map(str, GIVEN)))     # pydal writes some as text
# How many rows a statement of SQLite's has room for, so that few texts are kept; what is left over stays empty. Libraries before 3.32 bind
# no more than 999 values.
SIZES = (1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64) + (96, 128, 200, 400) * (sqlite3.sqlite_version_info >= (3, 32))
FEW = 2     # rows: a plain statement for each takes less time than one for all of them
NUMBER, TIME, TEXT = 'bigint', 'timestamp', 'text'      # PostgreSQL's names, for lists of them

def any_of(field):
    """The query for a select(): its rows have one of the values in this field."""
    return field.belongs([str(_ANY_OF) if field.type in ('string', 'text') else _ANY_OF])


def select(db, name, build, values):
    """Return the tuples of the select whose text `build()` makes, with `values`, all numbers or all texts, for any_of().

    `name` tells it from others.
    """
    engine = db._adapter.dbengine
    if engine == 'postgres':
        values = list(values)
        # Of the values' type, not of the column's, which may have no room for one of them.
        kind = '::%s[]' % (TEXT if isinstance(values[0], str) else NUMBER) if values else ''
        text = _text(db, (name, kind), lambda: re.sub('IN ' + LIST.pattern, '= ANY(%s' + kind + ')', _doubled(build())))
        return executed(db._adapter, text, (_array(values),)).fetchall()
    if engine == 'sqlite' and _knows_json():
        text = _text(db, name, lambda: LIST.sub('(SELECT value FROM json_each(?))', build()))
        return executed(db._adapter, text, (json.dumps(list(values)),)).fetchall()
    listed = ','.join(db._adapter.represent(value, 'string') if isinstance(value, str) else '%d' % value for value in values)
    return list(db.executesql(LIST.sub('(%s)' % (listed or 'NULL').replace('\\', r'\\'), _text(db, name, build))))


def found(db, name, build, *values):
    """Return the tuples of the select whose text `build()` makes, with `values`, all numbers, for GIVEN, each once and in this order."""
    return list(run(db, name, lambda: _GIVEN.sub('?', build()), *values))


def run(db, name, build, *values):
    """Return the tuples a statement finds, none where it only writes; its `build()` has `?` for each of the `values`."""
    is_plain = db._adapter.driver.paramstyle == 'qmark'
    cursor = executed(db._adapter, _text(db, name, lambda: build() if is_plain else _doubled(build()).replace('?', '%s')), values)
    return cursor.fetchall() if cursor.description else ()


def pairs(db, table, names, wanted):
    """Return the tuples of three columns, `names`, of the rows whose first two, a number and a text, are one of the `wanted` pairs."""
    engine = db._adapter.dbengine

    def columns():
        return [db[table][name]._rname for name in names]
    if engine == 'sqlite' and len(wanted) == 1:
        return run(db, ('pair', table, names), lambda: 'SELECT %s FROM %s WHERE %s = ? AND %s = ?' % (
            ', '.join(columns()), db[table]._rname, *columns()[:2]), *wanted[0])
    if engine == 'mysql':
        both = ','.join('(%d,%s)' % (number, db._adapter.represent(text, 'string')) for number, text in wanted)
        text = _text(db, ('pairs', table, names), lambda: 'SELECT %s FROM %s WHERE (%s, %s) IN ' % (
            ', '.join(columns()), db[table]._rname, *columns()[:2]))
        return list(db.executesql('%s(%s)' % (text, both)))

    def select(asked, number, word):
        its = ['its.' + column for column in columns()]
        return 'SELECT %s FROM %s JOIN %s its ON %s = %s AND %s = %s' % (
            ', '.join(its), asked, db[table]._rname, its[0], number, its[1], word)
    if engine == 'postgres':
        text = _text(db, ('pairs', table, names), lambda: select(
            'unnest(%s::bigint[], %s::text[]) AS asked(number, word)', 'asked.number', 'asked.word'))
        return executed(db._adapter, text, _arrays(wanted)).fetchall()
    return [row for part in _parts(wanted, (None, None)) for row in executed(
        db._adapter, _text(db, ('pairs', table, names, len(part)), lambda part=part: select(
            '(VALUES %s) asked' % _signs(2, len(part)), 'asked.column1', 'asked.column2')), _flat(part))]


def insert(db, table, names, records, is_plain=False):
    """Insert rows, tuples of the values of the columns `names`, the first of which is never None. `is_plain`: no trigger takes part."""
    engine = db._adapter.dbengine

    def into():
        return _insert_into(db[table], names, is_plain)
    if engine == 'postgres':
        lists = _text(db, ('insert', table, names), lambda: '%s SELECT * FROM unnest(%s)' % (
            into(), ', '.join('%%s::%s[]' % _kind(db[table][name]) for name in names)))
        executed(db._adapter, lists, _arrays(records))
    elif engine == 'mysql':
        executed(db._adapter, '%s VALUES %s' % (
            _text(db, ('insert', table, names), into), _signs(len(names), len(records), '%s')), _flat(records))
    elif len(records) == 1:
        executed(db._adapter, _text(db, ('insert', table, names, is_plain), lambda: '%s VALUES %s' % (
            into(), _signs(len(names), 1))), records[0])
    else:
        for part in _parts(records, (None,) * len(names)):
            executed(db._adapter, _text(db, ('insert', table, names, is_plain, len(part)), lambda part=part: (
                '%s SELECT * FROM (VALUES %s) WHERE column1 IS NOT NULL' % (into(), _signs(len(names), len(part))))), _flat(part))


def _insert_into(table, names, is_plain):
    # Whatever fails in a transaction undoes all of it. Else SQLite would keep what each page was before the statement, to undo that alone.
    # But it would have the statements of triggers end all of it as well, whatever these say themselves.
    how = 'INSERT OR ROLLBACK' if is_plain and table._db._adapter.dbengine == 'sqlite' else 'INSERT'
    return '%s INTO %s (%s)' % (how, table._rname, ', '.join(table[name]._rname for name in names))


class Update(NamedTuple):
    """An UPDATE of rows by their ids: `set` names columns that get a number, `add` those that get one added."""

    set: tuple
    add: tuple = ()


def update(db, table, update, records):
    """Do an Update; `records` are tuples of numbers: what is set, what is added, id. No id comes twice."""
    names, engine = (*update.set, *update.add), db._adapter.dbengine
    if not records:
        return
    if engine == 'sqlite' and len(records) <= FEW:
        text = _text(db, ('update', table, names), lambda: _plain_update(db[table], update))
        for record in records:
            executed(db._adapter, text, record)
    elif engine == 'postgres':
        text = _text(db, ('update', table, names), lambda: _joined_update(db[table], update, 'new.v%d', 'unnest(%s) AS new(%s)' % (
            ', '.join(['%s::bigint[]'] * (1 + len(names))), ', '.join('v%d' % place for place in range(1, 2 + len(names))))))
        executed(db._adapter, text, _arrays(records))
    elif engine == 'sqlite' and sqlite3.sqlite_version_info >= (3, 33):
        for part in _parts(records, (None,) * (1 + len(names))):
            executed(db._adapter, _text(db, ('update', table, names, len(part)), lambda part=part: _joined_update(
                db[table], update, 'new.column%d', '(VALUES %s) new' % _signs(1 + len(names), len(part)))), _flat(part))
    else:
        db.executesql(_case_update(db[table], update, records))


def _plain_update(table, update):
    sets = ['%s = ?' % table[name]._rname for name in update.set] + ['%s = %s + ?' % (2 * (table[name]._rname,)) for name in update.add]
    return 'UPDATE %s SET %s WHERE %s = ?' % (table._rname, ', '.join(sets), table._id._rname)


def _joined_update(table, update, column, source):
    its = table._rname
    sets = ['%s = %s' % (table[name]._rname, column % place) for place, name in enumerate(update.set, 1)]
    sets += ['%s = %s.%s + %s' % (table[name]._rname, its, table[name]._rname, column % place)
             for place, name in enumerate(update.add, 1 + len(update.set))]
    return 'UPDATE %s SET %s FROM %s WHERE %s.%s = %s' % (
        its, ', '.join(sets), source, its, table._id._rname, column % (1 + len(sets)))


def _case_update(table, update, records):
    id = table._id._rname
    sets = []
    for place, name in enumerate((*update.set, *update.add)):
        column = table[name]._rname
        whens = ' '.join('WHEN %d THEN %s%d' % (record[-1], column + ' + ' if name in update.add else '', record[place])
                         for record in records)
        sets.append('%s = CASE %s %s END' % (column, id, whens))
    return 'UPDATE %s SET %s WHERE %s IN (%s)' % (
        table._rname, ', '.join(sets), id, ','.join('%d' % record[-1] for record in records))


def _parts(records, empty):
    """Give the records in as many parts as it takes, each filled up to one of SIZES."""
    for start in range(0, len(records), SIZES[-1]):
        part = list(records[start:start + SIZES[-1]])
        yield part + [empty] * (SIZES[bisect_left(SIZES, len(part))] - len(part))


def _signs(columns, count, sign='?'):
    return ','.join(['(%s)' % ','.join([sign] * columns)] * count)


def _flat(records):
    return [value for record in records for value in record]


def _arrays(records):
    return list(map(_array, zip(*records)))


def _array(values):
    """Return numbers, or texts, as PostgreSQL reads a list of them. The driver looks at each for itself: twice the time."""
    written = ['NULL' if value is None else '"%s"' % value.replace('\\', r'\\').replace('"', r'\"') if type(value) is str else str(value)
               for value in values]
    return '{%s}' % ','.join(written)


def _kind(field):
    if field.type == 'datetime':
        return TIME
    return NUMBER if field.type in ('integer', 'bigint', 'id') or field.type.startswith('reference') else TEXT


def _doubled(text):
    return text.replace('%', '%%')


@functools.lru_cache(1)
def _knows_json():
    """Whether the library has what turns a list that is bound into rows; some before 3.38 have not."""
    try:
        return sqlite3.connect(':memory:').execute("SELECT value FROM json_each('[1]')").fetchone() == (1,)
    except sqlite3.Error:
        return False
