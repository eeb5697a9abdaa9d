"""What one who writes again and again need not look up each time: members and conversations, for as long as nobody else has written.

SQLite alone can say that: `PRAGMA data_version` is changed by the commits of others and never by one's own. Elsewhere nothing is kept.
"""
import contextlib


class Kept:
    """For one connection at a time. What it holds counts within a change, once that has the feed's lock: see is_alone().

    `members` are {id: (display name, generation of sessions that counts), None of who may not write}; `threads` {direct key: Thread};
    `ways` {(sender, receiver): Thread} where both may write.
    """

    def __init__(self):
        self._connection = self._version = self._changes = None
        self.forget()

    def forget(self):
        """Whatever was known may be wrong."""
        self.members, self.threads, self.ways, self._changes = {}, {}, {}, None

    def begin(self, db):
        """A change begins. Whatever this connection has done since the last one that was settled may be anything."""
        connection = db._adapter.connection
        if connection is not self._connection or self._changes is None or connection.total_changes != self._changes:
            self.forget()
        self._connection, self._changes = connection, None

    def is_alone(self, db):
        """Return whether nobody else has written since the last change. With the lock in hand: else they may do so a moment later."""
        if db._adapter.dbengine != 'sqlite':
            return False
        before, self._version = self._version, self._connection.execute('PRAGMA data_version').fetchone()
        if before != self._version:
            self.forget()
        return before == self._version

    def settle(self, db):
        """The change is committed: what it has left here is true."""
        if db._adapter.dbengine == 'sqlite':
            self._changes = self._connection.total_changes
        else:
            self.forget()

    def beside(self, db, work):
        """Return what `work()` returns, which writes nothing of what is kept here."""
        connection = db._adapter.connection
        holds = connection is self._connection and self._changes is not None and connection.total_changes == self._changes
        result = work()
        if holds:
            with contextlib.suppress(db._adapter.driver.Error):     # it was closed
                self._changes = connection.total_changes
        return result
