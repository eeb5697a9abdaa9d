"""What all sockets share: who is let in, who is who, and the clock. On the event loop only; websocket_server.py puts it together."""
import gc
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
from .sockets.deadlines import Deadlines
from .sockets.door import has_left, tick_seconds
from .wire import frames, handshake, protocol

log = logging.getLogger('messenger.server')

STREAM = '/%s/messaging/stream'
RETRY_LATER = (('Retry-After', '30'),)
SOON_SECONDS = 0.05
CLOCK_SECONDS = 2


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
        self._deadlines, self._restless = Deadlines(tick_seconds(realtime)), set()      # who is looked at when, and who at each tick
        self._addresses = Counter()
        self.sends = Allowances(realtime.sends_per_second, realtime.burst)      # the same for all sockets of a member
        self.questions = Allowances(realtime.questions_per_second, realtime.questions_burst)
        self._limits, self._encoded = limits.told(realtime), {}     # {epoch: what is the same in every welcome}
        self._health, self._stopping = health, False
        self._ticked_at, self._wall_clock = monotonic(), datetime.now()

    def begin(self, ticker):
        """All else has been started: keep deadlines at each tick of a timer."""
        ticker.start(self.tick)
        # What is here by now stays: to go through all of it again, whenever enough sockets have come, would be in vain.
        gc.collect()
        gc.freeze()

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
        connection = Connection(self.loop, sock, self.realtime, self._restless)
        self.connections[connection] = address
        self._deadlines.put(connection, connection.next_look())
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
        came = monotonic()

        def is_wanted():
            # To ask the socket takes as long as to look: worth it where there was a wait that may have been too long for somebody.
            return connection.state is OPEN and (monotonic() - came < SOON_SECONDS or not has_left(connection.socket))
        self.readers.identify(session_id, identified, is_wanted)

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
        if gap > self.realtime.pause_seconds:
            for connection in self.connections:
                connection.excuse(gap)      # it was this process that slept
        if self._has_clock_moved(gap):
            for connection in self.connections:
                self._deadlines.put(connection, now)        # a session may have ended by it
        for connection in list(self._restless):
            self._guarded(connection, lambda one: one.tick(now))
            if connection.state is CLOSED:
                self._forget(connection)
            if connection.state is CLOSED or not connection.is_restless():
                self._restless.discard(connection)
        for connection in self._deadlines.take(now):
            self._guarded(connection, lambda one: self._look_at(one, now))
        self.presence.tick(now)

    def _has_clock_moved(self, gap):
        """Say whether the wall clock has gone on by more than the `gap` since the last tick, as when somebody sets it."""
        before, self._wall_clock = self._wall_clock, datetime.now()
        return (self._wall_clock - before).total_seconds() > gap + CLOCK_SECONDS

    def _look_at(self, connection, now):
        connection.tick(now)
        client = connection.owner
        if connection.state is OPEN and client:
            if now > client.ends_at:
                self._send_for_cookie(client)
            # The wall clock is what web2py reckons expiry by.
            elif not client.is_looked_at and (now > client.check_at or datetime.now() > client.session.expires):
                self._recheck(client, now)
        if connection.state is OPEN:
            self._deadlines.put(connection, self._next_look(connection, client, now))

    def _next_look(self, connection, client, now):
        """Return when the first of its deadlines is; of those of its session only if that is not being looked at anyhow."""
        at = connection.next_look()
        if client:
            at = min(at, client.ends_at)
        if client and not client.is_looked_at:
            at = min(at, client.check_at, now + (client.session.expires - datetime.now()).total_seconds())
        return at

    def _guarded(self, connection, work):
        """One that fails must not take the others' deadlines along."""
        try:
            work(connection)
        except Exception:
            log.exception('a deadline could not be kept')
            connection.close(1011)      # which makes it one of the restless

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
        connection.start(client, received, self._greeting(client) if client.speaks_protocol else b'')
        if connection.state is not OPEN:
            return      # the peer has just left
        self._deadlines.put(connection, self._next_look(connection, client, monotonic()))
        self.presence.joined(client, shows_presence)
        log.debug('connected: member %d, %d connections', client.user_id, len(self.connections))

    def _greeting(self, client):
        """Return the welcome as a frame. What is the same in each is encoded once."""
        frame = protocol.welcome_frame(client.user_id, client.name, self.hub.cursor, self.hub.epoch, self._limits)
        shared = {name: frame.pop(name) for name in ('epoch', 'limits')}
        if shared['epoch'] not in self._encoded:
            self._encoded = {shared['epoch']: protocol.encode(shared)}
        return frames.encode_text(protocol.encode(frame)[:-1] + b',' + self._encoded[shared['epoch']][1:])

    def _recheck(self, client, now):
        # Spread, or all who came at once would be asked about at once for ever.
        client.check_at = now + self.realtime.recheck_seconds * random.uniform(0.5, 1)
        client.is_looked_at = True      # one that takes longer than that must not be asked for again and again

        def checked(*found):
            client.is_looked_at = False
            self._judge_again(client, *found)
            if client.connection.state is OPEN:
                self._deadlines.put(client.connection, self._next_look(client.connection, client, monotonic()))
        self.readers.identify(client.session_id, checked, lambda: client.connection.state is OPEN, again=client.session)

    def _judge_again(self, client, session, name, shows_presence):
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

    def _send_for_cookie(self, client):
        """A session that is nowhere but in the cookie can't be looked up again: have the browser bring what it holds by now."""
        client.connection.close(1012, 'Come again with the cookie as it is now.')

    def _forget(self, connection):
        address = self.connections.pop(connection)
        self._deadlines.drop(connection)
        self._addresses[address] -= 1
        if not self._addresses[address]:
            del self._addresses[address]
