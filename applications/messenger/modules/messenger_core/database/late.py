"""A DAL for pages: its tables are defined when they are first asked for, and SQLite's connections go on from one request to the next.

Most requests ask by statements whose text is kept (see bound) and need no table of pydal's at all. pydal itself keeps the connections of
other databases; a file's can be kept as long as it is the same file. Must not live here: which tables there are.
"""
import os
import sqlite3

from pydal import DAL

from .transaction import take_turns


class Database(DAL):
    """As pydal's, but for define_later()."""

    def define_later(self, names, define):
        """Have `define()`, which defines all the tables of these names, called when one of them is first asked for."""
        self._lazy_tables = True    # pydal looks into _LAZY_TABLES
        for name in names:
            self._LAZY_TABLES[name] = name, (), {'define': (names, define)}
            self._tables.append(name)

    def define_table(self, name, *fields, **options):
        return super().define_table(name, *fields, **options) or self[name]

    def lazy_define_table(self, name, *fields, **options):
        if 'define' not in options:
            return super().lazy_define_table(name, *fields, **options)
        names, define = options['define']
        for one in names:
            self._LAZY_TABLES.pop(one, None)
        # pydal refuses a name that is there already; whoever goes through all names meanwhile keeps their list.
        whole, self._tables = self._tables, type(self._tables)(one for one in self._tables if one not in names)
        try:
            define()
        finally:
            whole.extend(one for one in self._tables if one not in whole)
            self._tables = whole
        return self[name]


def keep_connections(adapter, count):
    """Have so many of SQLite's connections of this process kept for the requests that follow; those to a file that is gone are closed."""
    if adapter.dbpath.startswith('file:'):
        return
    adapter.uri, adapter.pool_size = 'sqlite://' + adapter.dbpath, count    # the name of the pool: of two applications each has its own
    adapter.connector = lambda: _opened(adapter)
    adapter.test_connection = lambda: _refuse_other_file(adapter)
    take_turns(adapter)     # which is done when a connection is opened, else


class _Kept(sqlite3.Connection):
    """`file` is which one it was opened on."""

    file = None


def _opened(adapter):
    connection = sqlite3.connect(adapter.dbpath, factory=_Kept, **adapter.driver_args)
    connection.file = _file(adapter)
    return connection


def _refuse_other_file(adapter):
    connection = adapter.connection
    if connection.file != _file(adapter):
        connection.close()
        raise sqlite3.OperationalError('the file of the database has been replaced')


def _file(adapter):
    try:
        found = os.stat(adapter.dbpath)
        return found.st_dev, found.st_ino
    except OSError:
        return None
