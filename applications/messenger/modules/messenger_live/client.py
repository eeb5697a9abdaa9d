"""A member on one socket: what they ask is parsed, allowed or refused, and handed to the thread that can do it.

A thin twin of the web2py controller: parse, one call, answer. On the event loop only.
"""
import logging
from time import monotonic

from messenger_core.errors import Refused
from messenger_core.events import Message

from . import frames, protocol
from .limits import Strikes

log = logging.getLogger('messenger.client')


class Client:
    """`server` is what all sockets share (server.Server); `session` the web2py session the socket was opened with."""

    __slots__ = ('server', 'connection', 'user_id', 'name', 'session', 'session_id', 'speaks_protocol', 'waiting', 'bad', 'refusals',
                 'pings', 'check_at')

    def __init__(self, server, connection, session, name, session_id, speaks_protocol):
        self.server, self.connection, self.session, self.name, self.session_id = server, connection, session, name, session_id
        self.user_id = session.user_id
        self.speaks_protocol = speaks_protocol     # else the tutorial's page: it is told messages only
        self.waiting = 0
        self.check_at = monotonic() + server.realtime.recheck_seconds / 2
        self.bad = Strikes(server.realtime.bad_messages_per_minute)
        self.refusals = Strikes(server.realtime.refusals_per_minute)
        self.pings = Strikes(server.realtime.refusals_per_minute)

    # -- what the connection calls --

    def received(self, event):
        """React to one whole message."""
        if not isinstance(event, frames.Text):
            return self.connection.close(1003, 'Only text is taken.')
        ref = None
        try:
            frame = protocol.decode(event.text)
            ref = protocol.ref_of(frame)
            self.speaks_protocol = self.speaks_protocol or 'type' in frame
            command = protocol.command(frame, self.server.realtime.content)
            _COMMANDS[type(command)](self, command)
        except Refused as refused:
            self.refuse(refused, ref)

    def busy(self):
        """Say whether so much of theirs is under way that no more should be read."""
        return self.waiting >= self.server.realtime.sends_in_flight

    def may_ping(self):
        """Count a ping; too many cost the connection."""
        if self.pings.add(monotonic()):
            self.connection.close(4429, 'Too many pings.')
        return self.connection.state == 'open'

    def gone(self):
        """The connection has ended."""
        self.server.hub.leave(self)

    # -- what they ask --

    def _send(self, command):
        wait = self.server.allowance(self.user_id).take(monotonic())
        if wait:
            raise Refused('rate', retry_after=round(wait, 1) or 0.1)
        self.waiting += 1
        self.server.writer.write(self, command)

    def _write_down(self, command):
        self._ask()
        self.server.writer.write(self, command)

    def _sync(self, command):
        self._ask()
        self.server.readers.sync(self, command)

    def _ask(self):
        """Count a question that costs the database something; those of all sockets of a member together."""
        wait = self.server.questions(self.user_id).take(monotonic())
        if wait:
            raise Refused('rate', 'Too many requests in a short time.', retry_after=round(wait, 1) or 0.1)
        self.waiting += 1

    def _ping(self, command):
        self.answer({'type': 'pong'})

    # -- what the threads bring back --

    def done(self, frame=None):
        """One thing asked for is done; `frame` is its answer."""
        self.waiting -= 1
        if frame:
            self.answer(frame)
        self.connection.resume()

    def failed(self, refused, ref=None):
        """One thing asked for was refused after all."""
        self.refuse(refused, ref)
        self.done()

    def synced(self, page):
        """The events of a `sync`, and where it got to."""
        try:
            for event in page.events:
                self.answer(protocol.event_frame(event, self.user_id))
            self.connection.send_last(protocol.encode(protocol.synced_frame(page)))
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
        self.answer(protocol.error_frame(refused, ref))
        now = monotonic()
        if refused.code in ('bad_json', 'bad_type') and self.bad.add(now):
            self.connection.close(4400, 'Too many bad messages.')
        elif refused.code == 'rate' and self.refusals.add(now):
            self.connection.close(4429, 'Too many messages.')


_COMMANDS = {
    protocol.Send: Client._send, protocol.MarkRead: Client._write_down, protocol.MarkDelivered: Client._write_down,
    protocol.Sync: Client._sync, protocol.Ping: Client._ping,
}
