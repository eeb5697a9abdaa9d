"""The records of sessions in a database or in Redis, as web2py reads and writes them: each is changed only as long as it is there.

What can't be asked or stored now is refused as busy, for web2py would make a ticket of it.
"""
import contextlib
import logging

from gluon import current
from messenger_core.errors import Refused
from messenger_live.sessions import stores


class Table:
    """web2py's table of sessions, or what it has for one of Redis, as gluon.globals.Session uses it.

    `has_begun`: the session is of this request; `key`: what its record has, which gets the one of response with all the rest only, or
    whoever is refused would be left with a cookie that opens nothing.
    """

    def __init__(self, table, response):
        self._table, self.has_begun, self.key = table, bool(response.session_new), response.session_db_unique_key
        self.has_written = self._is_refusing = False

    def __getattr__(self, name):
        return getattr(self._table, name)

    def __call__(self, record, **fields):
        row = self.asked(self._table, record, **fields)
        if row and row.unique_key == self.key:
            row.unique_key = current.response.session_db_unique_key     # as renew() wants it, a second time too
        return row

    def _db(self, record):
        is_in_redis = record is None    # what its table makes of any comparison
        found = self._table._db().of(self.key) if is_in_redis else self._table._db(record & (self._table.unique_key == self.key))
        return _Record(self, found)

    def insert(self, **fields):
        try:
            record = self.asked(self._table.insert, **fields)
        except Refused as refused:
            self._let_pass(refused)
            return current.session.forget(current.response)     # nor does the browser get a cookie then
        self.has_written, self.key = True, fields['unique_key']
        return record

    def asked(self, question, *arguments, **fields):
        """Return what a storage answers. Raises Refused busy."""
        return stores.answered(current.settings.session, self._table._db, lambda: question(*arguments, **fields))

    def is_apart(self):
        """Whether it is not in the database of all the rest."""
        return self._table._db is not current.db

    def commit_apart(self):
        if self.is_apart():
            self.asked(self._table._db.commit)

    @contextlib.contextmanager
    def refusing(self):
        """Within it what can't be stored is refused; web2py's own way of storing it, after all, must not fail."""
        self._is_refusing = True
        try:
            yield
        finally:
            self._is_refusing = False

    def update(self, found, fields):
        """Return the number of changed records."""
        try:
            changed = self.asked(found.update, **fields)
        except Refused as refused:
            self._let_pass(refused)
            return 1
        if changed:
            self.has_written, self.key = True, fields['unique_key']
        return changed

    def _let_pass(self, refused):
        if self._is_refusing:
            raise refused
        logging.getLogger('web2py.app.messenger').warning('A session could not be stored.')


class _Record:
    """The record that was loaded, and no other that has its number by now."""

    def __init__(self, table, found):
        self._table, self._found = table, found

    def delete(self):
        """Return the number of records; what follows is another session."""
        deleted = self._table.asked(self._found.delete)
        self._table.has_begun = True
        return deleted

    def update(self, **fields):
        """Return what web2py takes for the number of changed records: where there is none, it inserts one."""
        response = current.response
        if 'session_data' not in fields:
            return True     # another key, see Table
        changed = self._table.update(self._found, fields)
        if changed or self._table.has_begun:
            return changed
        response.session_id = None      # nor is the browser to have its cookie, in place of which there may be another
        response.cookies.pop(response.session_id_name, None)
        return True
