"""How much one member may do: an allowance that refills, and a count that forgets after a minute. Time is an argument."""
from collections import deque

# Those of the settings that a client is told as soon as it comes.
TOLD = ('content', 'message_bytes', 'sends_per_second', 'burst', 'connections', 'connections_per_address', 'connections_in_all',
        'typing_seconds', 'bad_messages_per_minute', 'questions_per_second', 'questions_burst',
        'new_conversations_per_day', 'new_conversations_per_day_young')


def told(realtime):
    """Return the limits that are told, by their names in the settings."""
    return {name: getattr(realtime, name) for name in TOLD}


# What a socket may say besides what anything else that is counted allows it or tolerates. Nobody who keeps to the others ever meets it.
SLACK_AT_ONCE, SLACK_A_SECOND = 2, 4
BYTES = 16_384      # so many of a message cost as much as one more of them


class Allowance:
    """`burst` at once, then `rate` a second."""

    __slots__ = ('rate', 'burst', 'left', 'asked_at')

    def __init__(self, rate, burst, now):
        self.rate, self.burst, self.left, self.asked_at = rate, burst, float(burst), now

    def take(self, now, cost=1):
        """Return 0.0 when one more is allowed, else the seconds to wait for it. What costs more makes the next ones wait."""
        left = self.left + (now - self.asked_at) * self.rate
        if left > self.burst:       # min() would take three times as long, with every message
            left = self.burst
        self.asked_at = now
        if left < 1:
            self.left = left
            return (1 - left) / self.rate if self.rate else 60.0
        self.left = left - cost
        return 0.0

    def is_full(self, now):
        """Say whether it would be the same if it were made anew."""
        return self.left + (now - self.asked_at) * self.rate >= self.burst


def of_socket(realtime, now):
    """Return the Allowance of all that one socket says, whatever it is: to read it is work before anybody knows what it costs."""
    at_once = realtime.burst + realtime.questions_burst + 2 * realtime.refusals_per_minute + realtime.bad_messages_per_minute
    return Allowance(SLACK_A_SECOND * (realtime.sends_per_second + realtime.questions_per_second), SLACK_AT_ONCE * at_once, now)


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
