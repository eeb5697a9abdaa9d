"""One peer's socket after the handshake: events in, frames out, deadlines. No greenlet; one loop watcher while idle.

What is said on the socket is the owner's business: `owner.received(event)` for Text and Binary, `owner.busy()` while it wants no more,
`owner.gone()` once, when the connection ends. Everything here runs on the event loop and must never block.
"""
import logging
from time import monotonic

from ..operation import metrics
from ..wire import frames, straight
from .outbox import Outbox
from .sending import CLOSED, CLOSING, OPEN, Sending

log = logging.getLogger('messenger.connection')

READ, WRITE = 1, 2
RECEIVE_BYTES = 16_384
EVENTS_A_TURN = 8
DROPPED = metrics.volatile_dropped.inc


class Connection(Sending):
    """gevent-websocket's WebSocket, with our codec; sending.Sending is the half of it that writes."""

    __slots__ = ('loop', 'socket', 'realtime', 'decoder', 'outbox', 'owner', 'state', 'heard_at', 'pinged_at', 'stuck_at', 'frame_at',
                 'closing_at', '_reader', '_writer', '_flushing', '_processing')

    def __init__(self, loop, sock, realtime):
        # Not the base class's: it would keep the request, the handler and a UTF-8 validator for every idle socket.
        self.loop, self.socket, self.realtime = loop, sock, realtime
        self.environ = self.handler = self.stream = self.raw_read = self.raw_write = None
        self.closed = False
        self.decoder = frames.Decoder(realtime.message_bytes, realtime.message_fragments)
        self.outbox = Outbox(realtime.outbox_bytes, realtime.outbox_frames, realtime.volatile_bytes, DROPPED)
        self.owner, self.state = None, OPEN
        self.heard_at = self.pinged_at = monotonic()
        self.stuck_at = self.frame_at = self.closing_at = None
        self._reader, self._writer = loop.io(sock.fileno(), READ), loop.io(sock.fileno(), WRITE)
        self._flushing = self._processing = False

    def __del__(self):
        """Nothing: the base class would write to the socket from the garbage collector."""

    def start(self, owner, received=b''):
        """Begin to read; `received` came with the handshake."""
        self.owner = owner
        self.decoder.feed(received)
        self._read_on()
        self._process_soon()

    # -- receiving --

    def resume(self):
        """Read on, now that the owner is no longer busy."""
        if self.state is OPEN and not self._reader.active:
            self._read_on()
            self._process_soon()

    def _read_on(self):
        if not self._reader.active:
            self._reader.start(self.guarded, self._readable)

    def _readable(self):
        try:
            data = self.socket.recv(RECEIVE_BYTES)
        except BlockingIOError:
            return
        if not data:
            self.terminate()
        elif self.state is OPEN:
            self.heard_at = monotonic()
            if not (self._processing or self.decoder.mid_frame):
                return self._take(data)
            self.decoder.feed(data)
            if not self._processing:
                self._process()

    def _take(self, data):
        """React to the whole messages that something new begins with; whatever else there is goes through the decoder."""
        position, left, limit = 0, EVENTS_A_TURN, self.realtime.message_bytes
        while position < len(data) and left and not self.owner.busy():
            found = straight.text(data, position, limit)
            if found is None:
                break
            (text, position), left = found, left - 1
            self.owner.received(frames.Text(text))
            if self.state is not OPEN:
                return
        if position < len(data) or not left or self.owner.busy():
            self.decoder.feed(data[position:])
            self._process(left)

    def _process_soon(self):
        if not self._processing:
            self._processing = True
            self.loop.run_callback(self.guarded, self._process)

    def _process(self, most=EVENTS_A_TURN):
        self._processing = False
        for _ in range(most):
            if self.state is not OPEN:
                return
            if self.owner.busy():
                self._reader.stop()
                return
            event = self._next_event()
            if event is None:
                self.frame_at = (self.frame_at or monotonic()) if self.decoder.mid_frame else None
                return self._read_on()
            # A ping amid a message doesn't finish it.
            if not (isinstance(event, (frames.Ping, frames.Pong)) and self.decoder.mid_frame):
                self.frame_at = None
            _REACTIONS[type(event)](self, event)
        if self.state is OPEN:      # else what comes is still read, to be thrown away
            self._reader.stop()     # no more from this one before what it has sent is done, and the others' turn first
            self._process_soon()

    def _next_event(self):
        try:
            return self.decoder.next_event()
        except frames.ProtocolError as error:
            self.close(error.close_code, error.reason)
            return None

    def _on_message(self, event):
        self.owner.received(event)

    def _on_ping(self, event):
        if self.owner.may_ping():
            self.send_frame(frames.encode_pong(event.data))

    def _on_pong(self, event):
        """Hearing it was enough."""

    def _on_close(self, event):
        self.outbox.add_last(frames.encode_close(event.code))
        self._begin_closing()

    # -- time and end --

    def tick(self, now):
        """Keep the deadlines; called about once a second."""
        limit = self.realtime
        if self.stuck_at and not self.outbox.owes():
            self.stuck_at = now     # nobody is closed for what may as well be dropped
        if self.state is CLOSING and now - self.closing_at > limit.close_seconds:
            self.terminate()
        elif self.state is not OPEN:
            return
        elif self.stuck_at and now - self.stuck_at > limit.stuck_seconds:
            self._fall_behind()
        elif self.frame_at and now - self.frame_at > limit.frame_seconds:
            self.close(1002, 'A frame was begun and not finished.')
        elif now - self.heard_at > limit.idle_seconds:
            self.close(4408, 'Nothing was heard from you.')
        elif now - max(self.pinged_at, self.heard_at) > limit.ping_seconds:
            self.pinged_at = now
            self.send_frame(frames.encode_ping())

    def excuse(self, seconds):
        """For so long nobody here has looked: what was said meanwhile is still to be read."""
        self.heard_at, self.pinged_at = self.heard_at + seconds, self.pinged_at + seconds
        self.stuck_at = self.stuck_at and self.stuck_at + seconds
        self.frame_at = self.frame_at and self.frame_at + seconds

    def terminate(self):
        """Let go of the socket at once."""
        if self.state is CLOSED:
            return
        ended_by_peer, self.state, self.closed = self.state is OPEN, CLOSED, True
        for watcher in (self._reader, self._writer):
            watcher.stop()
            watcher.close()
        self.socket.close()
        if ended_by_peer and self.owner:
            self.owner.gone()

    def guarded(self, step):
        """Run a step of this connection; whatever goes wrong costs this connection only."""
        try:
            step()
        except OSError:
            self.terminate()    # reset, or vanished
        except Exception:
            log.exception('connection failed')
            # Once more while it says goodbye, and it would fail at each turn of the loop.
            self.close(1011, 'Internal error.') if self.state is OPEN else self.terminate()


_REACTIONS = {
    frames.Text: Connection._on_message, frames.Binary: Connection._on_message, frames.Ping: Connection._on_ping,
    frames.Pong: Connection._on_pong, frames.Close: Connection._on_close,
}
