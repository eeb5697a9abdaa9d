"""One peer's socket after the handshake: events in, frames out. No greenlet; one loop watcher, and little else, while idle.

What is said on the socket is the owner's business: `owner.received(text)`, or a frames.Binary, `owner.busy()` while it wants no more,
`owner.gone()` once, when the connection ends. Everything here runs on the event loop and must never block.
"""
import logging
from time import monotonic

from ..wire import frames, straight
from .resting import CLOSED, OPEN
from .sending import Sending

log = logging.getLogger('messenger.connection')

RECEIVE_BYTES = 16_384
EVENTS_A_TURN = 8


class Connection(Sending):
    """gevent-websocket's WebSocket, with our codec; its other halves are sending.Sending and resting.Resting."""

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
            self._its_decoder().feed(received)
            self._process_soon()

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
            if not self._processing and (self.decoder is None or not self.decoder.mid_frame):
                return self._take(data)
            self._its_decoder().feed(data)
            if not self._processing:
                self._process()

    def _take(self, data):
        """React to the whole messages that something new begins with; whatever else there is goes through the decoder."""
        position, left, limit, owner = 0, EVENTS_A_TURN, self.realtime.message_bytes, self.owner
        while position < len(data) and left and not owner.busy():
            found = straight.text(data, position, limit)
            if found is None:
                break
            (text, position), left = found, left - 1
            owner.received(text)
            if self.state is not OPEN:
                return
        if position < len(data) or not left or owner.busy():
            self._its_decoder().feed(data[position:])
            self._process(left)

    def _process_soon(self):
        if not self._processing:
            self._processing = True
            self.loop.run_callback(self.guarded, self._process)

    def _process(self, most=EVENTS_A_TURN):
        self._processing, decoder = False, self._its_decoder()
        for _ in range(most):
            if self.state is not OPEN:
                return
            if self.owner.busy():
                self._reader.stop()
                return
            event = self._next_event(decoder)
            if event is None:
                self.frame_at = (self.frame_at or monotonic()) if decoder.mid_frame else None
                if self.frame_at:
                    self.restless.add(self)
                return self._read_on()
            # A ping amid a message doesn't finish it.
            if not (isinstance(event, (frames.Ping, frames.Pong)) and decoder.mid_frame):
                self.frame_at = None
            _REACTIONS[type(event)](self, event)
        if self.state is OPEN:      # else what comes is still read, to be thrown away
            self._reader.stop()     # no more from this one before what it has sent is done, and the others' turn first
            self._process_soon()

    def _next_event(self, decoder):
        try:
            return decoder.next_event()
        except frames.ProtocolError as error:
            self.close(error.close_code, error.reason)
            return None

    def _on_text(self, event):
        self.owner.received(event.text)

    def _on_binary(self, event):
        self.owner.received(event)

    def _on_ping(self, event):
        if self.owner.may_ping():
            self.send_frame(frames.encode_pong(event.data))

    def _on_pong(self, event):
        """Hearing it was enough."""

    def _on_close(self, event):
        self._its_outbox().add_last(frames.encode_close(event.code))
        self._begin_closing()

    # -- the end --

    def terminate(self):
        """Let go of the socket at once."""
        if self.state is CLOSED:
            return
        ended_by_peer, self.state, self.closed = self.state is OPEN, CLOSED, True
        self.restless.add(self)
        for watcher in filter(None, (self._reader, self._writer)):
            watcher.stop()
            watcher.close()
        self.socket.close()
        if ended_by_peer and self.owner:
            self.owner.gone()

    def guarded(self, step):
        """Run a step of this connection; whatever goes wrong costs this connection only."""
        try:
            step()
        except Exception as error:
            self.failed(error)

    def failed(self, error):
        """A step of this connection has failed with `error`."""
        if isinstance(error, OSError):
            return self.terminate()     # reset, or vanished
        log.error('connection failed', exc_info=error)
        # Once more while it says goodbye, and it would fail at each turn of the loop.
        self.close(1011, 'Internal error.') if self.state is OPEN else self.terminate()


def _readable(connection):
    try:
        connection._readable()
    except Exception as error:
        connection.failed(error)


_REACTIONS = {
    frames.Text: Connection._on_text, frames.Binary: Connection._on_binary, frames.Ping: Connection._on_ping,
    frames.Pong: Connection._on_pong, frames.Close: Connection._on_close,
}
