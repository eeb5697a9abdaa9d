"""What waits to be written to one socket: bounded, in order, and never a half frame followed by another one's start."""

SEND_BYTES = 65_536
_NOTHING = (b'',)


class Volatile(bytes):
    """A frame that is told in time or not at all, and never the reason that a peer is too far behind."""

    __slots__ = ()


class Outbox:
    """Frames for a peer. `send` is the socket's: takes bytes, returns how many went, raises BlockingIOError for none.

    While more than `volatile_bytes` wait, no Volatile frame is taken; `dropped(count)` is told how many have gone that way.
    """

    __slots__ = ('_frames', '_begun', '_begun_matters', '_volatile', '_dropped', 'size', 'limit_bytes', 'limit_frames', 'volatile_bytes')

    def __init__(self, limit_bytes, limit_frames, volatile_bytes=0, dropped=None):
        self._frames, self._volatile = [], 0       # how many bytes of the former are volatile
        self._begun, self._begun_matters = b'', False   # the rest of what has partly gone out, and whether not all of it is volatile
        self.size = 0
        self.limit_bytes, self.limit_frames = limit_bytes, limit_frames
        self.volatile_bytes, self._dropped = volatile_bytes, dropped

    def __bool__(self):
        return self.size > 0

    def add(self, frame):
        """Queue a frame; return False, and don't, when the peer is too far behind.

        A single frame may be larger than the limit: nobody could ever be told of it otherwise.
        """
        if type(frame) is Volatile:
            self._add_volatile(frame)
            return True
        # Not _is_full(): that would be a call for each frame.
        if self.size + len(frame) > self.limit_bytes or len(self._frames) >= self.limit_frames:
            self._drop_volatile()
            if self._is_full(frame):
                return False
        self._frames.append(frame)
        self.size += len(frame)
        return True

    def add_joined(self, frames, count):
        """Queue so many frames, none of them volatile, joined to one; return False, and don't, unless all have room as it is."""
        if self.size + len(frames) > self.limit_bytes or len(self._frames) + count > self.limit_frames:
            return False
        self._frames += (frames, *_NOTHING * (count - 1))      # so that they count for as many as they are
        self.size += len(frames)
        return True

    def owes(self):
        """Say whether anything waits that the peer must get."""
        return self._begun_matters or self.size > len(self._begun) + self._volatile

    def add_last(self, frame):
        """Queue a frame whatever the limits: the end of something that was let through."""
        self._frames.append(frame)
        self.size += len(frame)

    def end_with(self, frame):
        """Forget all that has not begun to go out, and queue the last frame there will be."""
        self._frames.clear()
        self.size, self._volatile = len(self._begun), 0
        self.add_last(frame)

    def write_to(self, send):
        """Send until nothing is left or the socket takes no more, many frames in one call; return whether nothing is left."""
        while self.size:
            if not self._begun and self.size > SEND_BYTES:
                self._begun = self._next_frames()
            elif not self._begun:
                # All of them. Not in a function of its own: that would be a call for each socket that is told something.
                frames, self._frames = self._frames, []
                self._begun = frames[0] if len(frames) == 1 else b''.join(frames)
                self._begun_matters, self._volatile = self.size > self._volatile, 0
            try:
                sent = send(self._begun)
            except BlockingIOError:
                return False
            self._begun = self._begun[sent:]
            self.size -= sent
        self._begun_matters = False
        return True

    def _next_frames(self):
        count = size = volatile = 0
        for frame in self._frames:
            if size >= SEND_BYTES and frame:
                break
            count += 1
            size += len(frame)
            volatile += len(frame) if isinstance(frame, Volatile) else 0
        self._volatile -= volatile
        self._begun_matters = size > volatile
        chosen, self._frames = self._frames[:count], self._frames[count:]
        return b''.join(chosen)

    def _is_full(self, frame):
        return self.size and (self.size + len(frame) > self.limit_bytes or len(self._frames) >= self.limit_frames)

    def _add_volatile(self, frame):
        if self.size + len(frame) > self.volatile_bytes or self._is_full(frame):
            return self._dropped(1)
        self.add_last(frame)
        self._volatile += len(frame)

    def _drop_volatile(self):
        if self._volatile:
            kept = [frame for frame in self._frames if not isinstance(frame, Volatile)]
            self._dropped(len(self._frames) - len(kept))
            self._frames, self.size, self._volatile = kept, self.size - self._volatile, 0
