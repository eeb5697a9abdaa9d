"""A loop that is turned by hand and a socket that is filled and emptied by hand, for a Connection with neither network nor time."""
from types import SimpleNamespace

from messenger_core import settings
from messenger_live.sockets.connection import Connection

REALTIME = settings.load('/nowhere', {}).realtime


class Watcher:
    def __init__(self):
        self.active = False

    def start(self, call, *args):
        self.active, self._call = True, lambda: call(*args)

    def stop(self):
        self.active = False

    def close(self):
        """Nothing was opened."""

    def ready(self):
        """The kernel says that it can go on."""
        if self.active:
            self._call()


class Loop:
    def __init__(self):
        self.callbacks, self.asked = [], 0

    def io(self, number, events):
        return Watcher()

    def run_callback(self, call, *args):
        self.asked += 1
        self.callbacks.append((call, args))

    def turn(self):
        callbacks, self.callbacks = self.callbacks, []
        for call, args in callbacks:
            call(*args)


class Socket:
    """`room` is how many bytes it takes; None: whatever comes."""

    def __init__(self):
        self.incoming, self.outgoing, self.calls, self.room = [], b'', 0, None

    def fileno(self):
        return 0

    def recv(self, size):
        if not self.incoming:
            raise BlockingIOError
        data = self.incoming.pop(0)
        if data[size:]:
            self.incoming.insert(0, data[size:])
        return data[:size]

    def send(self, data):
        self.calls += 1
        taken = data if self.room is None else data[:self.room]
        if not taken:
            raise BlockingIOError
        self.room = None if self.room is None else self.room - len(taken)
        self.outgoing += taken
        return len(taken)

    def shutdown(self, how=None):
        """Nobody is there."""

    close = shutdown


class Owner:
    """Keeps what is said; busy after every `patience` messages until it is asked to go on."""

    def __init__(self, patience=0):
        self.heard, self._patience, self._left, self.farewell = [], patience, patience, (0, None)

    def received(self, event):
        self.heard.append(event)
        self._left -= 1
        last, end = self.farewell
        if len(self.heard) == last:
            end()

    def busy(self):
        return bool(self._patience) and self._left <= 0

    def go_on(self):
        self._left = self._patience

    def may_ping(self):
        return True

    def gone(self):
        self.heard.append('gone')


def connection(loop, owner=None, **changed):
    """Return a connection that has been started, with nothing left to do."""
    made = Connection(loop, Socket(), SimpleNamespace(**{**vars(REALTIME), **changed}))
    made.start(owner or Owner())
    loop.turn()
    return made
