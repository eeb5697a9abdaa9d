"""Foreign keys from our tables, which earlier releases and the tutorial have made, are taken off.

One to auth_user keeps a site from deleting its members, or takes the others' letters along. Nothing here reads or changes a row.
"""
import logging
import re
import sqlite3

from .shape import columns, indexes, quoted

log = logging.getLogger('messenger.upgrade')

TARGETS = ('auth_user', 'conversation', 'messenger_conversation')
_TARGET = r'["`\[]?(?:%s)["`\]]?\s*\(\s*["`\[]?id["`\]]?\s*\)' % '|'.join(TARGETS)
_ACTION = r'\s+ON\s+(?:DELETE|UPDATE)\s+(?:NO\s+ACTION|CASCADE|RESTRICT|SET\s+NULL|SET\s+DEFAULT)'
_THEN = r'(?:%s|\s+(?:NOT\s+)?DEFERRABLE(?:\s+INITIALLY\s+\w+)?)*' % _ACTION
_NAMED = r'(?:\s*\bCONSTRAINT\s+\S+)?'
REFERENCE = re.compile(
    r',%s\s*FOREIGN\s+KEY\s*\([^)]*\)\s*REFERENCES\s+%s%s|%s\s*\bREFERENCES\s+%s%s' % (_NAMED, _TARGET, _THEN, _NAMED, _TARGET, _THEN),
    re.IGNORECASE)
WRITABLE = 'PRAGMA writable_schema = ON'

_KEYS = {
    'postgres': """SELECT conname FROM pg_constraint WHERE contype = 'f' AND conrelid = to_regclass('%s')
                   AND confrelid IN (SELECT oid FROM pg_class WHERE relname IN (%s))""",
    'mysql': """SELECT DISTINCT constraint_name, column_name FROM information_schema.key_column_usage WHERE table_schema = DATABASE()
                AND table_name = '%s' AND referenced_table_name IN (%s)""",
}
_DROPPED = {'postgres': 'ALTER TABLE %s DROP CONSTRAINT %s', 'mysql': 'ALTER TABLE %s DROP FOREIGN KEY %s'}


class _Forbidden(Exception):
    """SQLite lets nobody change its schema, as some are built."""


def drop(db, tables, alone):
    """Take them off those of these tables that are there, given by their names in the database; `alone(db, change)` does and commits it."""
    tables = [table for table in tables if columns(db, table)]
    if not are_left(db, tables):
        return
    try:
        alone(db, lambda: _drop(db, tables))
    except _Forbidden as error:
        log.warning('Members who have messages can be deleted by this application only: this SQLite lets nobody change that (%s).', error)
    finally:
        if db._adapter.dbengine == 'sqlite':
            db.executesql('PRAGMA writable_schema = RESET')     # and the schema is read anew


def are_left(db, tables):
    """Whether any is there."""
    if db._adapter.dbengine == 'sqlite':
        return bool(_referring(db, tables))
    targets, engine = ', '.join("'%s'" % target for target in TARGETS), db._adapter.dbengine
    return any(db.executesql(_KEYS[engine] % (table, targets)) for table in tables)


def _drop(db, tables):
    if db._adapter.dbengine == 'sqlite':
        return _rewrite(db, tables)
    targets, engine = ', '.join("'%s'" % target for target in TARGETS), db._adapter.dbengine
    for table in tables:
        for name, *column in db.executesql(_KEYS[engine] % (table, targets)):
            db.executesql(_DROPPED[engine] % (quoted(db, table), quoted(db, name)))
            _drop_index(db, table, ['%s__idx' % one for one in column])


def _drop_index(db, table, names):
    """Drop what pydal has made with a foreign key on MySQL, and each INSERT would go on to keep up."""
    for name in indexes(db, table) & set(names):
        db.executesql('DROP INDEX %s ON %s' % (quoted(db, name), quoted(db, table)))


def _referring(db, tables):
    names = ', '.join("'%s'" % table for table in tables)
    found = db.executesql("SELECT name, sql FROM sqlite_master WHERE type = 'table' AND name IN (%s)" % names)
    return {name: sql for name, sql in found if REFERENCE.search(sql)}


def _rewrite(db, tables):
    """SQLite's own advice for a change that touches no row. A copy of the table would lose its triggers, and whatever refers to it."""
    referring = _referring(db, tables)
    if not referring:
        return
    db.executesql(WRITABLE)
    try:
        for name, sql in referring.items():
            db.executesql("UPDATE sqlite_master SET sql = ? WHERE type = 'table' AND name = ?", [REFERENCE.sub('', sql), name])
    except sqlite3.OperationalError as error:
        raise _Forbidden(error) from error
    db.executesql('PRAGMA schema_version = %d' % (db.executesql('PRAGMA schema_version')[0][0] + 1))
