"""How much one member may do: an allowance that refills, and a count that forgets after a minute. Time is an argument."""
from collections import deque

# Those of the settings that a client is told as soon as it comes.
TOLD = ('content', 'message_bytes', 'sends_per_second', 'burst', 'connections', 'connections_per_address', 'connections_in_all',
        'typing_seconds', 'bad_messages_per_minute', 'questions_per_second', 'questions_burst')


def told(realtime):
    """Return the limits that are told, by their names in the settings."""
    return {name: getattr(realtime, name) for name in TOLD}


class Allowance:
    """`burst` at once, then `rate` a second."""

    __slots__ = ('rate', 'burst', 'left', 'asked_at')

    def __init__(self, rate, burst, now):
        self.rate, self.burst, self.left, self.asked_at = rate, burst, float(burst), now

    def take(self, now):
        """Return 0.0 when one more is allowed, else the seconds to wait for it."""
        self.left = min(self.burst, self.left + (now - self.asked_at) * self.rate)
        self.asked_at = now
        if self.left < 1:
            return (1 - self.left) / self.rate if self.rate else 60.0
        self.left -= 1
        return 0.0

    def is_full(self, now):
        """Say whether it would be the same if it were made anew."""
        return self.left + (now - self.asked_at) * self.rate >= self.burst


class Strikes:
    """Counts what happened within the last minute."""

    __slots__ = ('limit', 'times')

    def __init__(self, limit):
        self.limit, self.times = limit, deque()

    def add(self, now):
        """Count one; return whether there are now more than `limit`."""
        self.times.append(now)
        while self.times[0] < now - 60:
            self.times.popleft()
        return len(self.times) > self.limit
