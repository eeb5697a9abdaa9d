"""A connection while nothing happens: what it keeps in memory, which of thousands must be little, and until when it may go on like that.

Must not live here: reading and writing (connection.py), and when it is looked at (server.py).
"""
from time import monotonic

from geventwebsocket.websocket import WebSocket

from ..operation import metrics
from ..wire import frames
from .outbox import Outbox

READ, WRITE = 1, 2
OPEN, CLOSING, CLOSED = 'open', 'closing', 'closed'
PING = frames.encode_ping()


class Resting(WebSocket):
    """What can't be made before it is needed, and the deadlines. The rest of it is Connection."""

    __slots__ = ('loop', 'socket', 'realtime', 'decoder', 'outbox', 'owner', 'state', 'heard_at', 'pinged_at', 'stuck_at', 'frame_at',
                 'closing_at', 'restless', 'due', '_reader', '_writer', '_flushing', '_processing')

    def __init__(self, loop, sock, realtime, restless=None):
        """`restless`: a set that the connection is in while a deadline is near, and when it has ended; else next_look() says when to tick.

        Not the base class's: it would keep the request, the handler and a UTF-8 validator for every idle socket.
        """
        self.loop, self.socket, self.realtime = loop, sock, realtime
        self.closed, self.owner, self.state = False, None, OPEN
        self.heard_at = self.pinged_at = monotonic()
        self.stuck_at = self.frame_at = self.closing_at = self.due = None
        self.outbox = self.decoder = self._writer = None    # made when they are needed, which for most is never
        self.restless = set() if restless is None else restless
        self._reader = loop.io(sock.fileno(), READ)
        self._flushing = self._processing = False

    # Not __getattr__, which makes every other attribute of its class four times as slow.

    def _its_outbox(self):
        if self.outbox is None:
            limit = self.realtime
            self.outbox = Outbox(limit.outbox_bytes, limit.outbox_frames, limit.volatile_bytes, metrics.volatile_dropped.inc)
        return self.outbox

    def _its_decoder(self):
        if self.decoder is None:
            self.decoder = frames.Decoder(self.realtime.message_bytes, self.realtime.message_fragments)
        return self.decoder

    def _its_writer(self):
        if self._writer is None:
            self._writer = self.loop.io(self.socket.fileno(), WRITE)
        return self._writer

    @property
    def waiting_bytes(self):
        """How much waits to be written."""
        return 0 if self.outbox is None else self.outbox.size

    def next_look(self):
        """Return until when nobody needs to look whether the peer is alive."""
        limit = self.realtime
        return min(max(self.pinged_at, self.heard_at) + limit.ping_seconds, self.heard_at + limit.idle_seconds)

    def is_restless(self):
        """Say whether there is another deadline, so that somebody has to look about each second."""
        return (self.stuck_at or self.frame_at or self.closing_at) is not None

    def tick(self, now):
        """Keep the deadlines."""
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
            self._rest()
            self._send_now(PING)

    def _rest(self):
        """Let go of what is made again when it is needed."""
        if not self.waiting_bytes and not self._flushing:
            self.outbox = None
        if self.decoder is not None and not self.decoder.pending and not self.decoder.mid_frame and not self._processing:
            self.decoder = None

    def excuse(self, seconds):
        """For so long nobody here has looked: what was said meanwhile is still to be read."""
        self.heard_at, self.pinged_at = self.heard_at + seconds, self.pinged_at + seconds
        self.stuck_at = self.stuck_at and self.stuck_at + seconds
        self.frame_at = self.frame_at and self.frame_at + seconds
