"""What SQLite files of before bring along and pydal doesn't put right: its own files that don't fit the tables of accounts.

pydal doesn't look at the tables: it alters them by what its own files (databases/*.table) remember. After a copy without those files,
under another name, or over another database, and after a kill in the middle of a migration, it would make what is there and not make
what isn't, and fail. Our own tables it never migrates. Nothing here reads or changes a row.
"""
import contextlib
import os
import pickle

AUTH_TABLES = ('auth_user', 'auth_group', 'auth_membership', 'auth_permission', 'auth_event', 'auth_cas')


def mend(db):
    """Put right what needs it, before anything is defined on `db`; does nothing to what is right, nor outside of SQLite files."""
    if db._adapter.dbengine != 'sqlite' or db._adapter.dbpath.startswith('file:'):
        return
    files = os.path.join(db._adapter.folder, '%s_%%s.table' % db._uri_hash)
    for table in AUTH_TABLES:
        there = {row[1] for row in db.executesql('PRAGMA table_info("%s")' % table)}
        if not there:
            _forget(files % table)
        elif _remembered(files % table) != there:
            _remember(files % table, there)


def _forget(path):
    with contextlib.suppress(FileNotFoundError):
        os.unlink(path)


def _remembered(path):
    try:
        with open(path, 'rb') as file:
            return set(pickle.load(file))
    except (OSError, EOFError, pickle.UnpicklingError, ValueError, TypeError):
        return None


def _remember(path, names):
    """Tell pydal which columns there are. It compares no more than their names on SQLite, and then writes the rest itself."""
    unfinished = path + '.new'
    with open(unfinished, 'wb') as file:
        pickle.dump({name: {'type': 'unknown', 'sql': ''} for name in names}, file, protocol=2)
    os.replace(unfinished, path)
