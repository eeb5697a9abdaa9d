"""web2py's sessions in a database (`session.connect(..., db=db)`): one row each, read by its id, each thread on its own connection."""
from __future__ import annotations

import base64
import binascii
import threading
from datetime import datetime

from messenger_core.database.transaction import undo
from pydal import Field

from .session import RECORD_ID, Record, Session, StoreUnavailable, judge_record


class DatabaseSessions(Record):
    """`connect` opens the database; `tablename` is web2py's, to which it appends the application's."""

    def __init__(self, connect, tablename: str, application: str):
        self.cookie_name = f'session_id_{application.lower()}'
        self._connect, self._table = connect, f'{tablename}_{application}'
        self._thread = threading.local()

    def check(self) -> None:
        """Raise StoreUnavailable when there is no such table."""
        try:
            self._row(0)
        except StoreUnavailable as error:
            raise StoreUnavailable(
                f'The sessions of web2py cannot be read from the table {self._table} ({_first_line(error.__cause__)}): '
                'open the site once to make it, or see [session] uri and tablename.') from error
        finally:
            self.close()

    def resolve(self, value: str | None, now: datetime) -> Session | None:
        """Return the login behind the cookie's value, None when there is none. Raises StoreUnavailable."""
        found = RECORD_ID.fullmatch(value or '')
        row = self._row(int(found[1])) if found else None
        return row and judge_record(_bytes(row[0]), blob(row[1]), value, found[2], now)

    def close(self) -> None:
        """Let go of this thread's connection."""
        if hasattr(self._thread, 'db'):
            self._thread.db.close()
            del self._thread.db

    def _row(self, record):
        try:
            if not hasattr(self._thread, 'db'):
                self._open()
            rows = self._thread.db.executesql(self._thread.select % record)
        except Exception as error:     # each driver has its own
            raise StoreUnavailable('the table of the sessions does not answer') from error
        finally:
            if hasattr(self._thread, 'db'):
                undo(self._thread.db)       # ends the transaction where the database has one
        return rows[0] if rows else None

    def _open(self):
        db = self._thread.db = self._connect()
        # Never with migrate: the table is web2py's.
        table = db.define_table(self._table, Field('unique_key', length=64), Field('session_data', 'blob'), migrate=False)
        self._thread.select = db(table.id == 0)._select(table.unique_key, table.session_data).replace('= 0)', '= %d)')


def whole_table(db, name):
    """Return the table with what tells which of its rows are over. Never made here: it is web2py's."""
    return db[name] if name in db.tables else db.define_table(
        name, Field('modified_datetime', 'datetime'), Field('unique_key', length=64), Field('session_data', 'blob'), migrate=False)


def _first_line(error):
    return str(error).partition('\n')[0]


def _bytes(stored):
    return stored.encode() if isinstance(stored, str) else bytes(stored or b'')


def blob(stored):
    """Return the bytes in a pydal blob, which every database holds as Base64."""
    try:
        return base64.b64decode(_bytes(stored))
    except binascii.Error:
        return b''
