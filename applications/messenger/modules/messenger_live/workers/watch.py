"""What wakes the writer: a sign that somebody has committed, where the database gives one, and always a timer too.

SQLite: `PRAGMA data_version`, polled, ever more seldom while nobody writes, and looked at when a page rings. PostgreSQL: the NOTIFY of
sequence.take(); a row that others insert has none and waits for the timer.
Nothing here reads what was committed.
"""
import logging
import os
import select
import socket
import sqlite3
import stat
import threading
import time
from pathlib import Path

from messenger_core.database import wakes
from messenger_core.feed.sequence import CHANNEL

from .background import Background
from .database_file import identity

log = logging.getLogger('messenger.watch')

RETRY_SECONDS, LONGEST_RETRY_SECONDS = 0.1, 5.0
LONGEST_PATH, LONGEST_WAIT = 107, 86_400    # bytes, seconds: the system's own bounds, or below
REST_SECONDS, LONGEST_REST_SECONDS, RINGS_AT_ONCE = 0.002, 0.03, 64
QUIET_SECONDS, SLOWING = 0.2, 1.02      # how seldom one looks where nobody writes, which it takes nine seconds to come to


class Watch:
    """`adapter` is pydal's; `wake` is called in a watching thread, after signs and at the latest every `timer_seconds`.

    `bind(socket, path)` has pages ring at that file, where that can be had. `own_backend()` says which of PostgreSQL's processes does what
    the writer writes: that is told from memory, and wakes nobody.
    """

    def __init__(self, adapter, wake, poll_seconds, timer_seconds, bind=None, own_backend=lambda: None):
        self._wake, self._poll, self._timer = wake, poll_seconds, timer_seconds
        self._stopped = threading.Event()
        # Two threads: a connection that hangs must not stop the timer.
        self.threads = [Background('timer', self._tick)]
        sign, self._bell = sign_of(adapter, bind, own_backend)
        if sign:
            self.threads.append(Background('watch', lambda: self._look(sign)))

    def start(self):
        self._bell.hang()
        for thread in self.threads:
            thread.start()

    def stop(self):
        self._stopped.set()
        self._bell.take_down()
        for thread in self.threads:
            thread.join(QUIET_SECONDS + 4 * self._poll)     # and no longer: it may be asking a server that doesn't answer

    def _tick(self):
        while not self._stopped.wait(self._timer):
            self._wake()

    def _look(self, sign):
        seconds = self._poll
        while not self._stopped.is_set():
            if sign.wait(seconds):
                self._wake()
                seconds = self._poll
            else:
                seconds = max(self._poll, min(SLOWING * seconds, QUIET_SECONDS))


def sign_of(adapter, bind, own_backend):
    """Return what tells of commits in the adapter's database, or None where only the timer is left, and its Bell."""
    if adapter.dbengine == 'sqlite':
        bell = Bell(adapter.dbpath, bind)
        return DataVersion(adapter.dbpath, bell), bell
    return Notifications(adapter, own_backend) if adapter.dbengine == 'postgres' else None, Bell()


class Bell:
    """The socket's file at which pages ring after a commit (messenger_core/database/wakes.py). A ring says no more than "look".

    Whoever reaches the file may ring as often as they like: rings in vain are heard ever more seldom, at last as often as one looks while
    somebody writes.
    """

    def __init__(self, database=None, bind=None):
        self._bind, self._places = bind, wakes.places(database) if bind else ()
        self._place, self._identity, self._socket, self._ready = None, None, None, select.poll()
        self._rest = 0.0    # before rings are listened to again

    def hang(self):
        """Take the first place that is free. Where there is none, or can't be a file, what wait() waits for is its time."""
        trouble = None
        for place in self._places:
            try:
                if len(os.fsencode(place)) <= LONGEST_PATH and self._take(place):
                    return
            except OSError as error:
                trouble = error
        if trouble:
            log.warning('pages cannot ring, looking every moment has to do: %s', trouble)

    def _take(self, place):
        if _is_somebodys(place):
            return False
        bell = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        try:
            bell.setblocking(False)
            self._bind(bell, place)
            os.chmod(place, 0o666)      # pages may be another user's, and a ring is all that anybody can make of it
        except OSError:
            bell.close()
            raise
        self._place, self._identity, self._socket = place, identity(place), bell
        self._ready.register(bell, select.POLLIN)
        return True

    def wait(self, seconds):
        """Wait so long, or until somebody rings."""
        seconds = min(seconds, LONGEST_WAIT)
        until = time.monotonic() + seconds
        if self._rest:
            time.sleep(min(self._rest, seconds))
        if self._ready.poll(max(0, 1000 * (until - time.monotonic()))):
            self._rest = min(2 * self._rest or REST_SECONDS, LONGEST_REST_SECONDS, seconds)
            self._silence()
        else:
            self._rest = 0.0

    def was_right(self):
        """There was something to be seen."""
        self._rest = min(self._rest, REST_SECONDS)

    def _silence(self):
        try:
            for _ in range(RINGS_AT_ONCE):      # and not until there are no more
                self._socket.recv(1)
        except OSError:
            pass

    def take_down(self):
        """End the wait that is under way, and take the file away, if it is still this one's."""
        if self._place and identity(self._place) == self._identity:
            try:
                with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as last:
                    last.setblocking(False)
                    last.sendto(b'', self._place)
                os.unlink(self._place)
            except OSError:
                pass


def _is_somebodys(place):
    """Whether a place is taken. The file that a killed sidecar has left refuses, and is removed."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(place)
            return True
        except FileNotFoundError:
            return False
        except ConnectionRefusedError:
            if not stat.S_ISSOCK(os.lstat(place).st_mode):
                return True
            os.unlink(place)
            return False


class DataVersion:
    """SQLite's counter of commits by other connections; this one never writes."""

    def __init__(self, path, bell):
        self._path, self._bell, self._connection, self._seen = path, bell, None, None

    def wait(self, seconds):
        """Wait so long, or until a page rings, then say whether somebody has committed."""
        self._bell.wait(seconds)
        before, self._seen = self._seen, self._version()
        if self._seen == before:
            return False
        self._bell.was_right()
        return True

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

    def __init__(self, adapter, own_backend=lambda: None):
        self._connect, self._own_backend = adapter.connector, own_backend
        self._connection, self._retry, self._again_at = None, RETRY_SECONDS, 0.0

    @property
    def is_listening(self):
        return self._connection is not None

    def wait(self, seconds):
        """Return whether somebody else has committed as soon as that is known, False after `seconds`."""
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
        own = self._own_backend()
        heard = any(notify.pid != own for notify in self._connection.notifies)
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
