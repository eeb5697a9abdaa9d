"""What one who writes again and again need not look up each time: members and conversations, for as long as nobody else has written.

SQLite and PostgreSQL can say that: `PRAGMA data_version` is changed by the commits of others and never by one's own; and every transaction
that writes has a number, so the last one to end was one's own, or it wasn't. Elsewhere nothing is kept.
"""
import contextlib

from ..database import bound


class Kept:
    """For one connection at a time. What it holds counts within a change, once that has the feed's lock: see is_alone().

    `members` are {id: (display name, generation of sessions that counts), None of who may not write}; `threads` {direct key: Thread};
    `ways` {(sender, receiver): Thread} where both may write.
    """

    def __init__(self):
        self._connection = self._changes = self._last = None
        self.forget()

    def forget(self):
        """Whatever was known may be wrong."""
        self.members, self.threads, self.ways = {}, {}, {}
        self._changes, self._is_alone, self._ids_in_a_row = None, False, None

    def begin(self, db):
        """A change begins. Whatever this connection has done since the last one that was settled may be anything."""
        connection = db._adapter.connection
        if connection is not self._connection or self._changes is None or _rows_changed(connection) != self._changes:
            self.forget()
        self._connection, self._changes = connection, None

    def is_alone(self, db, transactions=()):
        """Return whether nobody else has written since the last change. With the lock in hand: else they may do so a moment later.

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
        self._is_alone = before == now
        return self._is_alone

    def has_ids_in_a_row(self, db):
        """Whether the rows of one INSERT into the messages have ids that follow each other, the last of which SQLite knows.

        It is looked up once, by who is alone: a trigger of the site's own may take a row away, and beyond the largest id SQLite draws lots.
        """
        if self._ids_in_a_row is None and self._is_alone and db._adapter.dbengine == 'sqlite':
            table = db.message._rname
            self._ids_in_a_row = bool(bound.run(db, 'ids in a row', lambda: _IDS_IN_A_ROW % table, table.strip('"'))[0][0])
        return self._ids_in_a_row

    def settle(self, db):
        """The change is committed: what it has left here is true."""
        if db._adapter.dbengine != 'mysql':
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


_IDS_IN_A_ROW = """SELECT NOT EXISTS (SELECT 1 FROM sqlite_master WHERE type = 'trigger' AND tbl_name = ? COLLATE NOCASE)
    AND (SELECT MAX(id) FROM %s) < 1 << 62"""


def _rows_changed(connection):
    """Return how many rows SQLite has changed over a connection. On PostgreSQL what else one does is a transaction as those of others."""
    return getattr(connection, 'total_changes', 0)
