"""Sends back whatever comes, behind the very same handler, frames and connections as the messenger: for conformance tests, on loopback.

Only policy differs: no sessions, no Origin, large messages, no rate limits. Must not live here: anything of the messenger's.
"""
from time import monotonic
from types import SimpleNamespace

from messenger_core.settings import DEFAULTS

from .connection import CLOSED, OPEN, Connection

MEBIBYTE = 1 << 20
# Conformance tests send 16 MiB, also in 65,536 fragments, and look at the answers later.
POLICY = {'message_bytes': 16 * MEBIBYTE, 'message_fragments': MEBIBYTE, 'outbox_bytes': 64 * MEBIBYTE, 'outbox_frames': MEBIBYTE,
          'frame_seconds': 60.0}


class Echo:
    """What server.Server is to the messenger's handlers and connections."""

    def __init__(self, loop):
        self.loop, self.connections = loop, set()
        self.realtime = SimpleNamespace(**dict(DEFAULTS['realtime'], **POLICY))
        self.paths, self.origins = {'/': True}, self

    def allows(self, origin_values, host):
        """Take every page: there is nothing here to steal."""
        return True

    def admit(self, address):
        """Admit everybody."""

    def connection(self, sock, address):
        connection = Connection(self.loop, sock, self.realtime)
        self.connections.add(connection)
        return connection

    def opened(self, connection, kind, cookies, client, received):
        if connection.state is OPEN:
            connection.start(Mirror(connection), received)

    def health(self):
        return {'live': True, 'ready': True}

    def tick(self):
        """Keep every deadline; called about once a second."""
        now = monotonic()
        for connection in list(self.connections):
            connection.tick(now)
            if connection.state is CLOSED:
                self.connections.remove(connection)

    def stop(self, code=1012):
        for connection in list(self.connections):
            connection.close(code, 'The server stops.')


class Mirror:
    """A connection's owner that says what was said to it."""

    def __init__(self, connection):
        self._connection = connection

    def received(self, said):
        if isinstance(said, str):
            self._connection.send(said)
        else:
            self._connection.send(said.data, binary=True)

    def busy(self):
        return False

    def may_ping(self):
        return True

    def gone(self):
        """Nothing is kept that would have to go."""
