"""What wakes the writer: a sign that somebody has committed, where the database gives one, and always a timer too.

SQLite: `PRAGMA data_version`, polled. PostgreSQL: the NOTIFY of sequence.take(); a row that others insert has none and waits for the timer.
Nothing here reads what was committed.
"""
import logging
import select
import sqlite3
import threading
import time
from pathlib import Path

from messenger_core.feed.sequence import CHANNEL

from .background import Background

log = logging.getLogger('messenger.watch')

RETRY_SECONDS, LONGEST_RETRY_SECONDS = 0.1, 5.0


class Watch:
    """`adapter` is pydal's; `wake` is called in a watching thread, after signs and at the latest every `timer_seconds`."""

    def __init__(self, adapter, wake, poll_seconds, timer_seconds):
        self._wake, self._poll, self._timer = wake, poll_seconds, timer_seconds
        self._stopped = threading.Event()
        # Two threads: a connection that hangs must not stop the timer.
        self.threads = [Background('timer', self._tick)]
        sign = sign_of(adapter)
        if sign:
            self.threads.append(Background('watch', lambda: self._look(sign)))

    def start(self):
        for thread in self.threads:
            thread.start()

    def stop(self):
        self._stopped.set()
        for thread in self.threads:
            thread.join(4 * self._poll)     # and no longer: it may be asking a server that doesn't answer

    def _tick(self):
        while not self._stopped.wait(self._timer):
            self._wake()

    def _look(self, sign):
        while not self._stopped.is_set():
            if sign.wait(self._poll):
                self._wake()


def sign_of(adapter):
    """Return what tells of commits in the adapter's database, or None where only the timer is left."""
    if adapter.dbengine == 'sqlite':
        return DataVersion(adapter.dbpath)
    return Notifications(adapter) if adapter.dbengine == 'postgres' else None


class DataVersion:
    """SQLite's counter of commits by other connections; this one never writes."""

    def __init__(self, path):
        self._path, self._connection, self._seen = path, None, None

    def wait(self, seconds):
        """Sleep, then say whether somebody has committed."""
        time.sleep(seconds)
        before, self._seen = self._seen, self._version()
        return self._seen != before

    def _version(self):
        try:
            self._connection = self._connection or self._open()
            return self._connection.execute('PRAGMA data_version').fetchone()
        except sqlite3.Error as error:
            if self._seen is not None:
                log.warning('the database file cannot be watched, the timer has to do: %s', error)
            self._connection = None
            return None

    def _open(self):
        # Not mode=rwc: that makes empty files.
        return sqlite3.connect(Path(self._path).as_uri() + '?mode=rw', uri=True, isolation_level=None)


class Notifications:
    """What sequence.take() notifies, heard on a connection of its own, which is made again, ever more slowly, when the server goes."""

    def __init__(self, adapter):
        self._connect = adapter.connector
        self._connection, self._retry, self._again_at = None, RETRY_SECONDS, 0.0

    @property
    def is_listening(self):
        return self._connection is not None

    def wait(self, seconds):
        """Return whether somebody has committed as soon as that is known, False after `seconds`."""
        try:
            if not self.is_listening:
                return self._reconnect(seconds)
            return bool(self._ready.poll(1000 * seconds)) and self._heard()
        except Exception as error:
            self._lose(error)
            return False

    def _reconnect(self, seconds):
        if time.monotonic() < self._again_at:
            time.sleep(seconds)
            return False
        connection = self._connect()
        connection.autocommit = True
        connection.cursor().execute('LISTEN %s' % CHANNEL)
        self._ready = select.poll()     # select() itself knows no file above 1024, and sockets are files too
        self._ready.register(connection, select.POLLIN)
        self._connection, self._retry = connection, RETRY_SECONDS
        log.info('listening for notifications')
        return True     # whatever was notified before

    def _heard(self):
        self._connection.poll()
        heard = bool(self._connection.notifies)
        self._connection.notifies.clear()
        return heard

    def close(self):
        if self.is_listening:
            self._connection.close()
        self._connection = None

    def _lose(self, error):
        log.warning('no notifications, the timer has to do: %s', str(error).strip())
        self.close()
        self._again_at = time.monotonic() + self._retry
        self._retry = min(2 * self._retry, LONGEST_RETRY_SECONDS)
