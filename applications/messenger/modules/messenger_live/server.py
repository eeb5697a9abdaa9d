"""What all sockets share: who is let in, who is who, and the clock. On the event loop only; websocket_server.py puts it together."""
import logging
import random
from collections import Counter
from datetime import datetime
from time import monotonic

from . import limits
from .allowances import Allowances
from .news.presence import Presence
from .sessions.session import StoreUnavailable, cookie_value
from .sockets.client import Client
from .sockets.connection import CLOSED, OPEN, Connection
from .sockets.door import has_left
from .wire import handshake, protocol

log = logging.getLogger('messenger.server')

STREAM = '/%s/messaging/stream'
RETRY_LATER = (('Retry-After', '30'),)


class Server:
    """`realtime` are the settings, `application` its name in the URL, `sessions` a storage, `origins` an OriginPolicy; the rest runs.

    `health` tells how that does (health.Health).
    """

    def __init__(self, loop, realtime, application, sessions, origins, hub, writer, readers, health):
        self.loop, self.realtime, self.origins = loop, realtime, origins
        self.hub, self.writer, self.readers = hub, writer, readers
        self.presence = Presence(loop, hub, readers, realtime, writer.departures.note)
        self._sessions = sessions
        stream = STREAM % application
        self.paths = {stream + '/listen': True, stream: False}
        self.connections = {}       # {Connection: address}
        self._addresses = Counter()
        self.sends = Allowances(realtime.sends_per_second, realtime.burst)      # the same for all sockets of a member
        self.questions = Allowances(realtime.questions_per_second, realtime.questions_burst)
        self._health, self._stopping = health, False
        self._ticked_at = monotonic()

    # -- what the handler asks --

    def admit(self, address):
        """Raise handshake.Refused when there is no place for one more connection."""
        if self._stopping or len(self.connections) >= self.realtime.connections_in_all:
            raise handshake.Refused(503, 'No more connections just now.', RETRY_LATER, self._limit('connections_in_all'))
        if self._addresses[address] >= self.realtime.connections_per_address:
            raise handshake.Refused(429, 'Too many connections from your address.', RETRY_LATER, self._limit('connections_per_address'))

    def _limit(self, name):
        return '' if self._stopping else 'allowed are: [realtime] %s = %d' % (name, getattr(self.realtime, name))

    def connection(self, sock, address):
        """Return the Connection of a socket that was let in."""
        connection = Connection(self.loop, sock, self.realtime)
        self.connections[connection] = address
        self._addresses[address] += 1
        return connection

    def opened(self, connection, kind, cookies, client, received):
        """The handshake is done: find out who it is. Nothing is read from the socket before that. `client`: the address web2py has."""
        if kind == 'later':     # a page of another release than this process
            return connection.close(1002, 'Reload the page: version %d is spoken here.' % protocol.VERSION)
        session_id = cookie_value(cookies, self._sessions.cookie_name)
        if not self._sessions.admits(session_id, client):
            session_id = None

        def identified(session, name, shows_presence):
            if connection.state is OPEN and not self._turned_away(connection, session, name):
                self._welcome(connection, kind, session_id, received, session, name, shows_presence)
        self.readers.identify(session_id, identified, lambda: connection.state is OPEN and not has_left(connection.socket))

    def health(self):
        """Return how it is, as /health says it."""
        self.readers.look_again()
        reasons = ['stopping'] * self._stopping + self._health.reasons()
        return {'live': True, 'ready': not reasons, 'reasons': reasons, 'restarts': self._health.restarts(),
                'duties': self._health.duties(), 'set_aside': self._health.set_aside(),
                'connections': len(self.connections), 'seq': self.hub.cursor}

    # -- time --

    def tick(self):
        """Keep every deadline; called about once a second."""
        now = monotonic()
        gap, self._ticked_at = now - self._ticked_at, now
        for connection in list(self.connections):
            if gap > self.realtime.pause_seconds:
                connection.excuse(gap)      # it was this process that slept
            self._guarded(connection, lambda one: one.tick(now))
            if connection.state is CLOSED:
                self._forget(connection)
        wall_clock = datetime.now()     # as web2py reckons expiry
        for client in self.hub:
            if now > client.ends_at:
                self._send_for_cookie(client)
            elif (now > client.check_at or wall_clock > client.session.expires) and not client.is_looked_at:
                self._guarded(client.connection, lambda _, one=client: self._recheck(one, now))
        self.presence.tick(now)

    def _guarded(self, connection, work):
        """One that fails must not take the others' deadlines along."""
        try:
            work(connection)
        except Exception:
            log.exception('a deadline could not be kept')
            connection.close(1011)

    def stop(self, code=1012):
        """Let nobody in any more and say goodbye to all; `connections` empties within close_seconds."""
        self._stopping = True
        for connection in list(self.connections):
            connection.close(code, 'The server restarts.' if code == 1012 else 'The server stops.')

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

    def _welcome(self, connection, kind, session_id, received, session, name, shows_presence):
        if kind == 'stream':
            connection.send('Connected')
            return connection.close(1000)
        if self.hub.has_ended(session):    # logged out while it was looked up
            return connection.close(4401, 'You have logged out.')
        if self.hub.count(session.user_id) >= self.realtime.connections:
            return connection.close(4409, 'Too many connections of one member.')
        client = Client(self, connection, session, name, session_id, kind == 'protocol', self._sessions.socket_seconds)
        self.hub.join(client)
        client.answer(protocol.welcome_frame(client.user_id, name, self.hub.cursor, self.hub.epoch, limits.told(self.realtime)))
        self.presence.joined(client, shows_presence)
        connection.start(client, received)
        log.info('connected: member %d, %d connections', client.user_id, len(self.connections))

    def _recheck(self, client, now):
        # Spread, or all who came at once would be asked about at once for ever.
        client.check_at = now + self.realtime.recheck_seconds * random.uniform(0.5, 1)
        client.is_looked_at = True      # one that takes longer than that must not be asked for again and again

        def checked(session, name, shows_presence):
            client.is_looked_at = False
            if client.connection.state is not OPEN or session is StoreUnavailable:
                return      # nobody is logged out because a file could not be read
            if session is None and self._sessions.socket_seconds:
                return self._send_for_cookie(client)    # the browser may hold a newer one
            if session and session.user_id != client.user_id:
                session = None
            if session:
                self.presence.checked(client.user_id, shows_presence)
            if not self._turned_away(client.connection, session, name):
                client.session, client.name = session, name
        self.readers.identify(client.session_id, checked, lambda: client.connection.state is OPEN, again=client.session)

    def _send_for_cookie(self, client):
        """A session that is nowhere but in the cookie can't be looked up again: have the browser bring what it holds by now."""
        client.connection.close(1012, 'Come again with the cookie as it is now.')

    def _forget(self, connection):
        address = self.connections.pop(connection)
        self._addresses[address] -= 1
        if not self._addresses[address]:
            del self._addresses[address]
