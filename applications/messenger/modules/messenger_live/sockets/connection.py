"""One peer's socket after the handshake: events in, frames out. No greenlet; one loop watcher, and little else, while idle.

What is said on the socket is the owner's business: `owner.received(event)` for Text and Binary, `owner.busy()` while it wants no more,
`owner.gone()` once, when the connection ends. Everything here runs on the event loop and must never block.
"""
import logging
import socket
from time import monotonic

from ..operation import metrics
from ..wire import frames
from .resting import CLOSED, CLOSING, OPEN, Resting

log = logging.getLogger('messenger.connection')

RECEIVE_BYTES = 16_384
EVENTS_A_TURN = 8


class Connection(Resting):
    """gevent-websocket's WebSocket, with our codec, a bounded outbox and close codes that are really sent."""

    __slots__ = ()

    def __del__(self):
        """Nothing: the base class would write to the socket from the garbage collector."""

    def start(self, owner, received=b'', greeting=b''):
        """Greet, and begin to read; `received` came with the handshake."""
        self.owner = owner
        if greeting:
            self._send_now(greeting)
        if self.state is OPEN:
            self._read_on()
        if received:
            self.decoder.feed(received)
            self._process_soon()

    # -- sending --

    def _send_now(self, frame):
        """Send a frame without an outbox, which whoever has nothing to wait for does without."""
        if self.state is not OPEN or self.waiting_bytes:
            return self.send_frame(frame)
        try:
            sent = self.socket.send(frame)
        except BlockingIOError:
            return self.send_frame(frame)
        except OSError:
            return self.terminate()
        if sent < len(frame):
            self.terminate()    # half a frame, though nothing waited: the other half would have to be the next thing, whatever happens

    def send(self, message, binary=None):
        """Queue a message (text, or bytes of UTF-8; with `binary` a binary frame)."""
        self.send_frame(frames.encode(frames.BINARY, message) if binary else frames.encode_text(message))

    def send_frame(self, frame):
        """Queue a whole frame, as encoded once for many; whoever is too far behind is closed with 4508 and syncs later."""
        if self.state is not OPEN:
            return
        if self.outbox.add(frame) or self._has_room_after_all(frame):
            self._flush_soon()
        else:
            self._fall_behind()

    def _has_room_after_all(self, frame):
        """A peer isn't slow because much is told in one turn of the loop: send what it takes, and try again."""
        self.outbox.write_to(self.socket.send)
        return self.outbox.add(frame)

    def send_last(self, message):
        """Queue a message that ends an answer, even if what it ends has filled the outbox."""
        if self.state is OPEN:
            self.outbox.add_last(frames.encode_text(message))
            self._flush_soon()

    def close(self, code=1000, reason=''):
        """Send what is queued and a close frame, then wait a moment for the peer to close too."""
        if self.state is OPEN:
            self.outbox.add_last(frames.encode_close(code, reason))
            metrics.closes.labels(code).inc()
            self._begin_closing()

    def _fall_behind(self):
        log.info('slow consumer dropped')
        self.outbox.end_with(frames.encode_close(4508, 'You read too slowly; reconnect and sync.'))
        metrics.closes.labels(4508).inc()
        self._begin_closing()

    def _begin_closing(self):
        self.state, self.closed, self.closing_at = CLOSING, True, monotonic()
        self.restless.add(self)
        if self.owner:
            self.owner.gone()
        self._read_on()     # the owner may have paused it; what comes from now on is thrown away
        self._flush_soon()

    def _flush_soon(self):
        # Once in a turn of the loop: all that one batch has for this socket goes out in one send().
        if not self._flushing:
            self._flushing = True
            self.loop.run_callback(self._guarded, self._flush)

    def _flush(self):
        self._flushing = False
        if self.state is CLOSED:
            return
        before = self.outbox.size
        if self.outbox.write_to(self.socket.send):
            if self.stuck_at is not None:
                self.stuck_at = None
                self._writer.stop()
            if self.state is CLOSING:
                # Not close(): with anything unread that would be a reset, and the peer might never see our last frames.
                self.socket.shutdown(socket.SHUT_WR)
        else:
            if self.stuck_at is None or self.outbox.size < before:
                self.stuck_at = monotonic()
                self.restless.add(self)
            if not self._writer.active:
                self._writer.start(self._guarded, self._flush)

    # -- receiving --

    def resume(self):
        """Read on, now that the owner is no longer busy."""
        if self.state is OPEN and not self._reader.active:
            self._read_on()
            self._process_soon()

    def _read_on(self):
        if not self._reader.active:
            self._reader.start(_readable, self)     # bound methods would take as much memory as the watcher

    def _readable(self):
        try:
            data = self.socket.recv(RECEIVE_BYTES)
        except BlockingIOError:
            return
        if not data:
            self.terminate()
        elif self.state is OPEN:
            self.heard_at = monotonic()
            self.decoder.feed(data)
            if not self._processing:
                self._process()

    def _process_soon(self):
        if not self._processing:
            self._processing = True
            self.loop.run_callback(self._guarded, self._process)

    def _process(self):
        self._processing = False
        for _ in range(EVENTS_A_TURN):
            if self.state is not OPEN:
                return
            if self.owner.busy():
                self._reader.stop()
                return
            event = self._next_event()
            if event is None:
                self.frame_at = (self.frame_at or monotonic()) if self.decoder.mid_frame else None
                if self.frame_at:
                    self.restless.add(self)
                return self._read_on()
            # A ping amid a message doesn't finish it.
            if not (isinstance(event, (frames.Ping, frames.Pong)) and self.decoder.mid_frame):
                self.frame_at = None
            _REACTIONS[type(event)](self, event)
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

    # -- the end --

    def terminate(self):
        """Let go of the socket at once."""
        if self.state is CLOSED:
            return
        ended_by_peer, self.state, self.closed = self.state is OPEN, CLOSED, True
        self.restless.add(self)
        for watcher in (self._reader, self._writer) if self._has('_writer') else (self._reader,):
            watcher.stop()
            watcher.close()
        self.socket.close()
        if ended_by_peer and self.owner:
            self.owner.gone()

    def _guarded(self, step):
        """Run a step of this connection; whatever goes wrong costs this connection only."""
        try:
            step()
        except OSError:
            self.terminate()    # reset, or vanished
        except Exception:
            log.exception('connection failed')
            # Once more while it says goodbye, and it would fail at each turn of the loop.
            self.close(1011, 'Internal error.') if self.state is OPEN else self.terminate()


def _readable(connection):
    connection._guarded(connection._readable)


_REACTIONS = {
    frames.Text: Connection._on_message, frames.Binary: Connection._on_message, frames.Ping: Connection._on_ping,
    frames.Pong: Connection._on_pong, frames.Close: Connection._on_close,
}
