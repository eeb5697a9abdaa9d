"""Whether nobody else has written since it was last looked: then there is nothing to adopt, nor to read on.

SQLite says so when it is asked: `PRAGMA data_version` is changed by the commits of others and never by the writer's own. On PostgreSQL the
watch has not listened to those (watch.Notifications), and whoever wakes the writer has a reason.
"""
from time import monotonic


class Quiet:
    """Of the writer's connection. After `seconds` it is looked all the same: other threads note rows that want adoption."""

    def __init__(self, seconds):
        self._seconds, self._seen, self._looked_at = seconds, None, 0.0

    def is_it(self, db):
        """Whether nothing can have changed but by what the writer itself has done and told."""
        return self._seen is not None and monotonic() - self._looked_at < self._seconds and self._seen == _version(db)

    def begin(self, db):
        """It is looked now: what others write from here on is news again."""
        self._seen, self._looked_at = _version(db), monotonic()

    def end(self):
        """It has to be looked again: something failed, or there may be more."""
        self._seen = None


def _version(db):
    if db._adapter.dbengine != 'sqlite':
        return None
    connection = db._adapter.connection
    # Another connection counts from another number.
    return id(connection), connection.execute('PRAGMA data_version').fetchone()
