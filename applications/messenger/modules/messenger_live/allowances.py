"""An allowance for each of many members or addresses. Time is an argument."""
from collections import Counter
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


class Sparing:
    """Has a log say what strangers bring about: `burst` lines at once, `rate` a second, and with the next how many were left out.

    Of each `kind` by itself: who looks for what isn't there must not keep it from saying what an owner has to know.
    """

    def __init__(self, log, rate=0.1, burst=20):
        self._log, self._lines, self._left_out = log, Allowances(rate, burst), Counter()

    def say(self, now, sentence, kind, *what):
        """Log it as a warning if it is its turn."""
        if self._lines.take(kind, now):
            self._left_out[kind] += 1
            return
        left_out = self._left_out.pop(kind, 0)
        self._log.warning(sentence + (' (%d more like this were left out)' % left_out if left_out else ''), kind, *what)


@cache
def shared(kind, rate, burst):
    """Return the Allowances of a kind that all threads of this process share."""
    return Allowances(rate, burst)
