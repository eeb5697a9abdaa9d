"""The half of a Connection that writes: frames in, bytes out, and the goodbye.

All sockets that got something in a turn of the loop are flushed in one callback. Must not live here: what is read, deadlines, the end.
"""
import logging
import socket
from time import monotonic

from ..operation import metrics
from ..wire import frames, ready
from .resting import CLOSED, CLOSING, OPEN, Resting

log = logging.getLogger('messenger.connection')

SOCKETS_A_CALLBACK = 64     # then whatever else waits for the loop has its turn
_dirty = {}     # {loop: the connections that have something to write}


class Sending(Resting):
    """A bounded outbox, and close codes that are really sent. connection.Connection has the rest."""

    __slots__ = ()

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

    def send_frames(self, joined, count):
        """Queue so many whole frames, joined to one: the same as if each were queued by itself."""
        if self.state is not OPEN:
            return
        if self._its_outbox().add_joined(joined, count):
            self._flush_soon()
        else:
            for frame in ready.split(joined):
                self.send_frame(frame)

    def send_frame(self, frame):
        """Queue a whole frame, as encoded once for many; whoever is too far behind is closed with 4508 and syncs later."""
        if self.state is not OPEN:
            return
        outbox = self._its_outbox() if self.outbox is None else self.outbox
        if not (outbox.add(frame) or self._has_room_after_all(outbox, frame)):
            self._fall_behind()
        elif not self._flushing:
            self._flush_soon()

    def _has_room_after_all(self, outbox, frame):
        """A peer isn't slow because much is told in one turn of the loop: send what it takes, and try again."""
        try:
            outbox.write_to(self.socket.send)
        except OSError:     # it has gone, which is nothing to whoever tells others the same
            self.terminate()
            return True
        return outbox.add(frame)

    def send_last(self, message):
        """Queue a message that ends an answer, even if what it ends has filled the outbox."""
        if self.state is OPEN:
            self._its_outbox().add_last(frames.encode_text(message))
            self._flush_soon()

    def close(self, code=1000, reason=''):
        """Send what is queued and a close frame, then wait a moment for the peer to close too."""
        if self.state is OPEN:
            self._its_outbox().add_last(frames.encode_close(code, reason))
            metrics.closes.labels(code).inc()
            self._begin_closing()

    def _fall_behind(self):
        log.info('slow consumer dropped')
        self._its_outbox().end_with(frames.encode_close(4508, 'You read too slowly; reconnect and sync.'))
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
        if self._flushing:
            return
        self._flushing, dirty = True, _dirty.get(self.loop)
        if dirty is None:
            _dirty[self.loop] = [self]
            self.loop.run_callback(_flush_all, self.loop)
        else:
            dirty.append(self)

    def flush(self):
        """Write what the socket takes, and the rest when it takes more."""
        self._flushing = False
        if self.state is CLOSED:
            return
        outbox = self._its_outbox() if self.outbox is None else self.outbox
        before = outbox.size
        if outbox.write_to(self.socket.send):
            if self.stuck_at is not None:
                self.stuck_at = None
                self._writer.stop()
            if self.state is CLOSING:
                # Not close(): with anything unread that would be a reset, and the peer might never see our last frames.
                self.socket.shutdown(socket.SHUT_WR)
        else:
            if self.stuck_at is None or outbox.size < before:
                self.stuck_at = monotonic()
                self.restless.add(self)
            if not self._its_writer().active:
                self._writer.start(self.guarded, self.flush)


def _flush_all(loop):
    dirty = _dirty.pop(loop)
    if len(dirty) > SOCKETS_A_CALLBACK:
        _dirty[loop] = dirty[SOCKETS_A_CALLBACK:]
        loop.run_callback(_flush_all, loop)
    for connection in dirty[:SOCKETS_A_CALLBACK]:
        try:
            connection.flush()
        except Exception as error:
            _end(connection, error)


def _end(connection, error):
    try:
        connection.failed(error)
    except Exception:
        log.exception('a connection could not even be ended')     # the others' frames have no other callback
