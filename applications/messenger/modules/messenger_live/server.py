"""What all sockets share: who is let in, who is who, and the clock. On the event loop only; websocket_server.py puts it together."""
import json
import logging
import random
from collections import Counter
from datetime import datetime
from time import monotonic

from . import handshake, protocol
from .client import Client
from .connection import CLOSED, OPEN, Connection
from .limits import Allowance
from .sessions import StoreUnavailable, cookie_value

log = logging.getLogger('messenger.server')

STREAM = '/%s/messaging/stream'


class Server:
    """`realtime` are the settings, `application` its name in the URL, `origins` an OriginPolicy; the rest are the running parts."""

    def __init__(self, loop, realtime, application, cookie_name, origins, hub, writer, readers):
        self.loop, self.realtime, self.origins = loop, realtime, origins
        self.hub, self.writer, self.readers = hub, writer, readers
        self._cookie_name = cookie_name
        stream = STREAM % application
        self.paths = {stream + '/listen': True, stream: False}
        self.connections = {}       # {Connection: address}
        self._addresses = Counter()
        self._allowances = {}       # {(kind, user_id): Allowance}
        self._stopping = False

    # -- what the handler asks --

    def admit(self, address):
        """Raise handshake.Refused when there is no place for one more connection."""
        if self._stopping or len(self.connections) >= self.realtime.connections_in_all:
            raise handshake.Refused(503, 'No more connections just now.', (('Retry-After', '30'),))
        if self._addresses[address] >= self.realtime.connections_per_address:
            raise handshake.Refused(429, 'Too many connections from your address.', (('Retry-After', '30'),))

    def connection(self, sock, address):
        """Return the Connection of a socket that was let in."""
        connection = Connection(self.loop, sock, self.realtime)
        self.connections[connection] = address
        self._addresses[address] += 1
        return connection

    def opened(self, connection, kind, cookies, received):
        """The handshake is done: find out who it is. Nothing is read from the socket before that."""
        session_id = cookie_value(cookies, self._cookie_name)

        def identified(session, name):
            if connection.state is OPEN and not self._turned_away(connection, session, name):
                self._welcome(connection, kind, session_id, received, session, name)
        self.readers.identify(session_id, identified)

    def health(self):
        """Return (ready, JSON text)."""
        ready = not self._stopping
        return ready, json.dumps({'live': True, 'ready': ready, 'connections': len(self.connections), 'seq': self.hub.cursor})

    # -- what clients ask --

    def allowance(self, user_id):
        """Return the Allowance of a member for sends, the same for all their sockets."""
        return self._allowance('sends', user_id, self.realtime.sends_per_second, self.realtime.burst)

    def questions(self, user_id):
        """Return the Allowance of a member for everything else that takes the database's time."""
        return self._allowance('questions', user_id, self.realtime.questions_per_second, self.realtime.questions_burst)

    def _allowance(self, kind, user_id, rate, burst):
        if (kind, user_id) not in self._allowances:
            self._allowances[kind, user_id] = Allowance(rate, burst, monotonic())
        return self._allowances[kind, user_id]

    # -- time --

    def tick(self):
        """Keep every deadline; called about once a second."""
        now = monotonic()
        for connection in list(self.connections):
            connection.tick(now)
            if connection.state is CLOSED:
                self._forget(connection)
        wall_clock = datetime.now()     # as web2py reckons expiry
        for client in self.hub:
            if now > client.check_at or wall_clock > client.session.expires:
                self._recheck(client, now)
        for key in [key for key, allowance in self._allowances.items() if allowance.is_full(now)]:
            del self._allowances[key]

    def stop(self):
        """Let nobody in any more and say goodbye to all; `connections` empties within close_seconds."""
        self._stopping = True
        for connection in list(self.connections):
            connection.close(1012, 'The server restarts.')

    # -- who is who --

    def _turned_away(self, connection, session, name):
        """Close the connection of somebody who may not (or no longer) be here; return whether it was."""
        if session is StoreUnavailable:
            connection.close(1013, 'Sessions cannot be read just now.')
        elif session is None:
            connection.close(4401, 'User not authenticated')
        elif name is None:
            connection.close(4403, 'Your account is blocked.')
        return connection.state is not OPEN

    def _welcome(self, connection, kind, session_id, received, session, name):
        if kind == 'stream':
            connection.send('Connected')
            return connection.close(1000)
        if self.hub.has_ended(session.session_hash):    # logged out while it was looked up
            return connection.close(4401, 'You have logged out.')
        if self.hub.count(session.user_id) >= self.realtime.connections:
            return connection.close(4409, 'Too many connections of one member.')
        client = Client(self, connection, session, name, session_id, kind == 'protocol')
        self.hub.join(client)
        client.answer(protocol.welcome_frame(client.user_id, name, self.hub.cursor, self.hub.epoch, self.realtime))
        connection.start(client, received)
        log.info('connected: member %d, %d connections', client.user_id, len(self.connections))

    def _recheck(self, client, now):
        # Spread, or all who came at once would be asked about at once for ever.
        client.check_at = now + self.realtime.recheck_seconds * random.uniform(0.5, 1)

        def checked(session, name):
            if client.connection.state is not OPEN or session is StoreUnavailable:
                return      # nobody is logged out because a file could not be read
            if session and session.user_id != client.user_id:
                session = None
            if not self._turned_away(client.connection, session, name):
                client.session, client.name = session, name
        self.readers.identify(client.session_id, checked)

    def _forget(self, connection):
        address = self.connections.pop(connection)
        self._addresses[address] -= 1
        if not self._addresses[address]:
            del self._addresses[address]
