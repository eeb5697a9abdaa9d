"""What SQLite tables of before bring along and pydal doesn't put right: files that don't fit the tables, and ON DELETE CASCADE.

pydal doesn't look at the tables: it alters them by what its own files (databases/*.table) remember. After a copy without those files,
under another name, or over another database, and after a kill in the middle of a migration, it would make what is there and not make
what isn't, and fail. Nothing here reads or changes a row.
"""
import contextlib
import logging
import os
import pickle
import re
import sqlite3

from ..database.tables import TABLES

AUTH_TABLES = ('auth_user', 'auth_group', 'auth_membership', 'auth_permission', 'auth_event', 'auth_cas')

log = logging.getLogger('messenger.upgrade')

# The letters would go with their writer; where we make the table, that deletion is refused (see docs/decisions/0004).
CASCADE = re.compile(r'(\b(?:sender|receiver)"?\s+INTEGER\s+REFERENCES\s+"?auth_user"?\s*\("?id"?\)\s+ON DELETE\s+)CASCADE', re.IGNORECASE)
WRITABLE = 'PRAGMA writable_schema = ON'


def mend(db):
    """Put right what needs it, before anything is defined on `db`; does nothing to what is right, nor outside of SQLite files."""
    if db._adapter.dbengine != 'sqlite' or db._adapter.dbpath.startswith('file:'):
        return
    files = os.path.join(db._adapter.folder, '%s_%%s.table' % db._uri_hash)
    tables = {row[0] for row in db.executesql("SELECT name FROM sqlite_master WHERE type = 'table'")}
    for table in (*TABLES, *AUTH_TABLES):
        columns = {row[1] for row in db.executesql('PRAGMA table_info("%s")' % table)}
        if table not in tables:
            _forget(files % table)
        elif _remembered(files % table) != columns:
            _remember(files % table, columns)
    _keep_letters(db)


def _forget(path):
    with contextlib.suppress(FileNotFoundError):
        os.unlink(path)


def _remembered(path):
    try:
        with open(path, 'rb') as file:
            return set(pickle.load(file))
    except (OSError, EOFError, pickle.UnpicklingError, ValueError, TypeError):
        return None


def _remember(path, columns):
    """Tell pydal which columns there are. It compares no more than their names on SQLite, and then writes the rest itself."""
    unfinished = path + '.new'
    with open(unfinished, 'wb') as file:
        pickle.dump({name: {'type': 'unknown', 'sql': ''} for name in columns}, file, protocol=2)
    os.replace(unfinished, path)


def _keep_letters(db):
    sql = db.executesql("SELECT sql FROM sqlite_master WHERE type = 'table' AND name = 'message'")
    if not sql or not CASCADE.search(sql[0][0]):
        return
    try:
        # SQLite's own advice for a change that touches no row. A copy of the table would lose its triggers, and whatever refers to it.
        db.executesql(WRITABLE)
        kept = CASCADE.sub(r'\1NO ACTION', sql[0][0])
        db.executesql("UPDATE sqlite_master SET sql = ? WHERE type = 'table' AND name = 'message'", [kept])
        version = db.executesql('PRAGMA schema_version')[0][0]
        db.executesql('PRAGMA schema_version = %d' % (version + 1))
        db.commit()
    except sqlite3.DatabaseError as error:
        db.rollback()
        log.warning('Who deletes a member by SQL deletes their messages too, as before: this SQLite lets nobody change that (%s).', error)
    finally:
        db.executesql('PRAGMA writable_schema = RESET')
