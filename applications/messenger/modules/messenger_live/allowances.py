"""An allowance for each of many members or addresses. Time is an argument."""
from functools import cache
from threading import Lock

from .limits import Allowance

TIDY_SECONDS = 10


class Allowances:
    """An Allowance for each of many; whoever hasn't used theirs for long is forgotten. For any thread."""

    def __init__(self, rate, burst):
        self.rate, self.burst = rate, burst
        self._of, self._lock, self._tidy_at = {}, Lock(), 0.0

    def take(self, key, now):
        """Return 0.0 when one more is allowed to `key`, else the seconds to wait for it."""
        with self._lock:
            if now > self._tidy_at:
                self._tidy(now)
            allowance = self._of.get(key)
            if allowance is None:
                allowance = self._of[key] = Allowance(self.rate, self.burst, now)
            return allowance.take(now)

    def _tidy(self, now):
        self._of = {key: allowance for key, allowance in self._of.items() if not allowance.is_full(now)}
        self._tidy_at = now + TIDY_SECONDS


@cache
def shared(kind, rate, burst):
    """Return the Allowances of a kind that all threads of this process share."""
    return Allowances(rate, burst)
