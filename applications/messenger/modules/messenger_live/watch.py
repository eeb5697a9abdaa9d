"""What wakes the writer: another process's commit, seen by SQLite's data_version, and always a timer too."""
import logging
import sqlite3
import threading
from pathlib import Path
from time import monotonic

log = logging.getLogger('messenger.watch')


class Watch:
    """`path` is the SQLite file, or None where only the timer is left; `wake` is called in the watching thread."""

    def __init__(self, path, wake, poll_seconds, timer_seconds):
        self._path, self._wake = path, wake
        self._poll, self._timer = poll_seconds, timer_seconds
        self._connection = None
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name='watch', daemon=True)

    def start(self):
        self._thread.start()

    def stop(self):
        self._stopped.set()
        self._thread.join()

    def _run(self):
        version, waked_at = None, monotonic()
        while not self._stopped.wait(self._poll if self._path else self._timer):
            seen = self._version() if self._path else None
            if seen != version or monotonic() - waked_at >= self._timer:
                version, waked_at = seen, monotonic()
                self._wake()

    def _version(self):
        try:
            self._connection = self._connection or self._open()
            return self._connection.execute('PRAGMA data_version').fetchone()
        except sqlite3.Error as error:
            log.warning('the database file cannot be watched: %s', error)
            self._connection = None
            return None

    def _open(self):
        # Its own connection, which never writes: data_version changes for the commits of others. Not mode=rwc: that makes empty files.
        return sqlite3.connect(Path(self._path).as_uri() + '?mode=rw', uri=True, isolation_level=None)
