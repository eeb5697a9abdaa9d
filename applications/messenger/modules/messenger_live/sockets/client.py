"""A member on one socket: what they ask is parsed, allowed or refused, and handed to the thread that can do it.

A thin twin of the web2py controller: parse, one call, answer. On the event loop only.
"""
import logging
import math
from time import monotonic

from messenger_core.errors import Refused
from messenger_core.feed.events import Message

from ..limits import BYTES, Strikes, of_socket
from ..operation import metrics
from ..wire import protocol

log = logging.getLogger('messenger.client')


class Client:
    """`server` is what all sockets share (server.Server); `session` the web2py session the socket was opened with."""

    __slots__ = ('server', 'connection', 'user_id', 'name', 'session', 'session_id', 'speaks_protocol', 'waiting', 'bad', 'refusals',
                 'pings', 'says', 'check_at', 'ends_at', 'goodbye', 'is_looked_at')

    def __init__(self, server, connection, session, name, session_id, speaks_protocol, socket_seconds=None):
        self.server, self.connection, self.session, self.name, self.session_id = server, connection, session, name, session_id
        self.user_id = session.user_id
        self.speaks_protocol = speaks_protocol     # else the tutorial's page: it is told messages only
        self.waiting, self.goodbye, self.is_looked_at = 0, None, False
        self.bad = self.refusals = self.pings = self.says = None    # made when they are needed, which for who only listens is never
        self.check_at = monotonic() + server.realtime.recheck_seconds / 2
        self.ends_at = monotonic() + (socket_seconds or math.inf)

    # -- what the connection calls --

    def received(self, said):
        """React to one whole message, a text or else frames.Binary; it is counted before it is read."""
        if type(said) is not str:
            return self.connection.close(1003, 'Only text is taken.')
        now = monotonic()
        if not self.may_say(len(said), now):
            return
        frame = {}
        try:
            frame = protocol.decode(said)
            self.speaks_protocol = self.speaks_protocol or 'type' in frame
            command = protocol.command(frame, self.server.realtime.content)
            metrics.commands.inc(type(command).__name__)
            _COMMANDS[type(command)](self, command, now)
        except Refused as refused:
            self.refuse(refused, protocol.ref_of(frame))

    def busy(self):
        """Say whether so much of theirs is under way that no more should be read."""
        return self.goodbye is not None or self.waiting >= self.server.realtime.sends_in_flight

    def may_say(self, size, now):
        """Count whatever is said, so long; too much costs the connection."""
        if self.says is None:
            self.says = of_socket(self.server.realtime, now)
        if self.says.take(now, 1 + size // BYTES):
            self._end(4429, 'Too many messages.')
        return self.goodbye is None

    def may_ping(self):
        """Count a ping, of the protocol or ours; too many cost the connection."""
        if self._strikes('pings').add(monotonic()):
            self._end(4429, 'Too many pings.')
        return self.goodbye is None

    def _strikes(self, kind):
        found = getattr(self, kind)
        if found is None:
            found = Strikes(getattr(self.server.realtime, _STRIKES[kind]))
            setattr(self, kind, found)
        return found

    def gone(self):
        """The connection has ended."""
        self.server.hub.leave(self)
        self.server.presence.left(self.user_id)

    # -- what they ask --

    def _send(self, command, now):
        wait = self.server.sends.take(self.user_id, now)
        if wait:
            raise Refused('rate', retry_after=round(wait, 1) or 0.1)
        self._stand_in_line()
        self.waiting += 1
        self.server.writer.write(self, command, now)

    def _stand_in_line(self):
        """Refuse what would wait for long; who has something waiting already is refused much earlier than who hasn't."""
        waiting, limit = self.server.writer.waiting(), self.server.realtime
        if waiting >= (limit.sends_waiting if self.waiting else limit.sends_waiting_in_all):
            raise Refused('busy', retry_after=1)

    def _write_down(self, command, now):
        self._ask(now)
        self.server.writer.write(self, command, now)

    def _sync(self, command, now):
        self._ask(now)
        self.server.readers.sync(self, command)

    def _type(self, command, now):
        self._ask(now)
        self.server.presence.type(self, command.conversation)

    def _ask(self, now):
        """Count a question that costs the database or others something; those of all sockets of a member together."""
        wait = self.server.questions.take(self.user_id, now)
        if wait:
            raise Refused('rate', 'Too many requests in a short time.', retry_after=round(wait, 1) or 0.1)
        self.waiting += 1

    def _ping(self, command, now):
        if self.may_ping():
            self.answer({'type': 'pong'})

    # -- what the threads bring back --

    def done(self, frame=None):
        """One thing asked for is done; `frame` is its answer, encoded."""
        if frame and self.speaks_protocol:
            self.connection.send_frame(frame)
        self._go_on()

    def stored(self, ack, message):
        """A message of theirs is stored: its ack, and what they are told of it, both encoded as frames; None: they were told before."""
        if self.speaks_protocol and message:
            self.connection.send_frames(ack + message, 2)
        elif self.speaks_protocol or message:
            self.connection.send_frame(ack if self.speaks_protocol else message)
        self._go_on()

    def _go_on(self):
        self.waiting -= 1
        if self.goodbye and not self.waiting:
            self.connection.close(*self.goodbye)
        self.connection.resume()

    def failed(self, refused, ref=None):
        """One thing asked for was refused after all."""
        self.refuse(refused, ref)
        self.done()

    def synced(self, events, end):
        """The events of a `sync`, encoded as frames, and the message that says where it got to."""
        try:
            for event in events:
                self.connection.send_frame(event)
            self.connection.send_last(end)
        finally:
            self.done()

    def tell(self, encoded, event):
        """Pass on an event, already encoded as a frame for this member."""
        if self.speaks_protocol or isinstance(event, Message):
            self.connection.send_frame(encoded)

    def answer(self, frame):
        """Send a frame to this socket alone; the tutorial's page would take anything but a message for one."""
        if self.speaks_protocol:
            self.connection.send(protocol.encode(frame))

    def refuse(self, refused, ref=None):
        """Say why not; who goes on and on is closed."""
        metrics.refusals.labels(refused.code).inc()
        self.answer(protocol.error_frame(refused, ref))
        now = monotonic()
        if refused.code in ('bad_json', 'bad_type') and self._strikes('bad').add(now):
            self._end(4400, 'Too many bad messages.')
        elif refused.code == 'rate' and self._strikes('refusals').add(now):
            self._end(4429, 'Too many messages.')

    def _end(self, *goodbye):
        """Read no more, and close as soon as all that was accepted has been answered: what is stored is acked."""
        self.goodbye = goodbye
        if not self.waiting:
            self.connection.close(*goodbye)


_STRIKES = {'bad': 'bad_messages_per_minute', 'refusals': 'refusals_per_minute', 'pings': 'refusals_per_minute'}
_COMMANDS = {
    protocol.Send: Client._send, protocol.MarkRead: Client._write_down, protocol.MarkUnread: Client._write_down,
    protocol.Mute: Client._write_down, protocol.MarkDelivered: Client._write_down,
    protocol.Typing: Client._type, protocol.Sync: Client._sync, protocol.Ping: Client._ping,
}
