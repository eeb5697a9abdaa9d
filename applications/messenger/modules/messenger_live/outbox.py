"""What waits to be written to one socket: bounded, in order, and never a half frame followed by another one's start."""
from collections import deque

SEND_BYTES = 65_536


class Outbox:
    """Frames for a peer. `send` is the socket's: takes bytes, returns how many went, raises BlockingIOError for none."""

    __slots__ = ('_frames', '_begun', 'size', 'limit_bytes', 'limit_frames')

    def __init__(self, limit_bytes, limit_frames):
        self._frames = deque()
        self._begun = b''       # the rest of what has partly gone out
        self.size = 0
        self.limit_bytes, self.limit_frames = limit_bytes, limit_frames

    def __bool__(self):
        return self.size > 0

    def add(self, frame):
        """Queue a frame; return False, and don't, when the peer is too far behind.

        A single frame may be larger than the limit: nobody could ever be told of it otherwise.
        """
        if self.size and (self.size + len(frame) > self.limit_bytes or len(self._frames) >= self.limit_frames):
            return False
        self._frames.append(frame)
        self.size += len(frame)
        return True

    def add_last(self, frame):
        """Queue a frame whatever the limits: the end of something that was let through."""
        self._frames.append(frame)
        self.size += len(frame)

    def end_with(self, frame):
        """Forget all that has not begun to go out, and queue the last frame there will be."""
        self._frames.clear()
        self.size = len(self._begun)
        self.add_last(frame)

    def write_to(self, send):
        """Send until nothing is left or the socket takes no more, many frames in one call; return whether nothing is left."""
        while self.size:
            if not self._begun:
                self._begun = self._next_frames()
            try:
                sent = send(self._begun)
            except BlockingIOError:
                return False
            self._begun = self._begun[sent:]
            self.size -= sent
        return True

    def _next_frames(self):
        chosen, size = [], 0
        while self._frames and size < SEND_BYTES:
            chosen.append(self._frames.popleft())
            size += len(chosen[-1])
        return chosen[0] if len(chosen) == 1 else b''.join(chosen)
