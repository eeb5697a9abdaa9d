"""For how long somebody looks, and whether that was long enough. The clock is an argument, so that a test can be one."""
import math
import time


class Deadline:
    """Over once so many `seconds` have passed. `has_cut` says whether something was left out for it."""

    def __init__(self, seconds=math.inf, clock=time.monotonic):
        self._clock, self._at, self.has_cut = clock, clock() + seconds, False

    def is_over(self):
        return self._clock() >= self._at

    def left(self):
        """Return how many seconds are left, at least a millisecond: 0 would mean for ever to a database. None: there is no end."""
        return None if self._at == math.inf else max(0.001, self._at - self._clock())

    def part(self, share):
        """Return a Deadline over when such a share of what is left has passed."""
        return Deadline(share * (self._at - self._clock()), self._clock)

    def cut(self):
        """Note that something was left out."""
        self.has_cut = True


class Interrupted(Exception):
    """A statement took longer than it may. `found` are the rows that it had given until then, in their order."""

    def __init__(self, found=()):
        super().__init__()
        self.found = list(found)
