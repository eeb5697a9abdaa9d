"""What one who writes again and again need not look up each time: members and conversations, for as long as nobody else has written.

SQLite and PostgreSQL can say that: `PRAGMA data_version` is changed by the commits of others and never by one's own; and every transaction
that writes has a number, so the last one to end was one's own, or it wasn't. Elsewhere nothing is kept; nor where the site has triggers on
what we write: they write within our own changes.
"""
import contextlib

from ..database import bound
from ..database.tables import TABLES


class Kept:
    """For one connection at a time. What it holds counts within a change, once that has the feed's lock: see is_alone().

    `members` are {id: (display name, generation of sessions that counts), None of who may not write}; `threads` {direct key: Thread};
    `ways` {(sender, receiver): Thread} where both may write. `is_plain`: whether what a change writes is all that happens, or None.
    `has_ids_in_a_row`: the rows of one INSERT into the messages have ids that follow each other, the last of which SQLite knows.
    """

    def __init__(self):
        self._connection = self._changes = self._last = None
        self.forget()

    def forget(self):
        """Whatever was known may be wrong."""
        self.members, self.threads, self.ways = {}, {}, {}
        self._changes, self.is_plain, self.has_ids_in_a_row = None, None, False

    def begin(self, db):
        """A change begins. Whatever this connection has done since the last one that was settled may be anything."""
        connection = db._adapter.connection
        if connection is not self._connection or self._changes is None or _rows_changed(connection) != self._changes:
            self.forget()
            self._last = None   # what was put right then may have been rolled back, and a connection made anew counts from the start
        self._connection, self._changes = connection, None

    def is_alone(self, db, transactions=()):
        """Return whether nobody else has written since the last change, nor a trigger within it. With the lock in hand: else they may do so
        a moment later.

        On PostgreSQL `transactions` are the numbers of this one, of the oldest under way, and of the first after the last that has ended.
        """
        engine, before = db._adapter.dbengine, self._last
        if engine == 'mysql':
            self.forget()
            return False
        if engine == 'sqlite':
            now = self._last = self._connection.execute('PRAGMA data_version').fetchone()
        else:
            own, oldest, now = transactions
            # One that is older and still under way may end unnoticed.
            self._last = own + 1 if oldest == own else None
        if before != now:
            self.forget()
            return False
        if self.is_plain is None:
            self._look_for_triggers(db)
        if not self.is_plain:
            self.members, self.threads, self.ways = {}, {}, {}
        return self.is_plain

    def _look_for_triggers(self, db):
        tables = [db[name]._rname for name in TABLES]
        if db._adapter.dbengine == 'sqlite':
            found = bound.run(db, 'triggers', lambda: _TRIGGERS_OF_SQLITE % (db.message._rname, ', '.join('?' for _ in tables)),
                              *(name.strip('"') for name in tables))
        else:
            found = bound.run(db, 'triggers', lambda: _TRIGGERS_OF_POSTGRESQL % ', '.join("'%s'::regclass" % name for name in tables))
        self.is_plain, self.has_ids_in_a_row = map(bool, found[0])

    def settle(self, db):
        """The change is committed: what it has left here is true."""
        if db._adapter.dbengine != 'mysql':
            with contextlib.suppress(db._adapter.driver.Error):     # it was closed, and the change was found to be there nonetheless
                self._changes = _rows_changed(self._connection)

    def beside(self, db, work):
        """Return what `work()` returns, which writes nothing of what is kept here."""
        connection = db._adapter.connection
        holds = connection is self._connection and self._changes is not None and _rows_changed(connection) == self._changes
        result = work()
        if holds:
            with contextlib.suppress(db._adapter.driver.Error):     # it was closed
                self._changes = _rows_changed(connection)
        return result


# Beyond the largest id SQLite draws lots.
_TRIGGERS_OF_SQLITE = """SELECT NOT others, NOT others AND (SELECT MAX(id) FROM %s) < 1 << 62 FROM (SELECT EXISTS (
    SELECT 1 FROM sqlite_master WHERE type = 'trigger' AND tbl_name COLLATE NOCASE IN (%s)) AS others)"""
_TRIGGERS_OF_POSTGRESQL = 'SELECT NOT EXISTS (SELECT 1 FROM pg_trigger WHERE NOT tgisinternal AND tgrelid IN (%s)), FALSE'


def _rows_changed(connection):
    """Return how many rows SQLite has changed over a connection. On PostgreSQL what else one does is a transaction as those of others."""
    return getattr(connection, 'total_changes', 0)
