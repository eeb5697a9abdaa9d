"""What the writer does without being asked, and how that goes: for each duty when it last succeeded, and at what it fails.

A duty that fails stops nobody, and so nobody would notice: /health says so until it succeeds again, whatever the exception was.
"""
from time import monotonic

ADOPTION, READING_ON, WORDS, NAMES, DELIVERIES = 'adoption', 'reading on', 'index of words', 'index of names', 'deliveries'
DEPARTURES, FORMER, ASIDE, IMPORTED = 'departures', 'former members', 'rows set aside', 'rows put in with a place'
PRUNING, MEMORY, SESSIONS = 'pruning', 'memory of the feed', 'sessions that are over'
NOTING = 'note of what waits'
ALL = (ADOPTION, READING_ON, WORDS, NAMES, DELIVERIES, DEPARTURES, FORMER, ASIDE, IMPORTED, PRUNING, MEMORY, SESSIONS, NOTING)


class Duties:
    """Noted in the writer's thread, and in that of workers/tidying.py; read by the loop."""

    def __init__(self):
        self._succeeded, self._failing, self._again_at = dict.fromkeys(ALL, monotonic()), {}, {}

    def leave_out(self, name):
        """There is nothing of that kind to be done."""
        del self._succeeded[name]

    def is_due(self, name):
        """Whether it is time for one that is done once in a while."""
        return monotonic() >= self._again_at.get(name, 0)

    def put_off(self, name, seconds):
        """Not again before so many seconds."""
        self._again_at[name] = monotonic() + seconds

    def succeeded(self, name):
        self._succeeded[name] = monotonic()
        self._failing.pop(name, None)

    def failed(self, name, error):
        """Note why: the kind of the exception, for its text may hold what members wrote."""
        cause = getattr(error, '__cause__', None) or error
        self._failing[name] = type(cause).__name__

    def failing(self):
        """Return the names of those that fail."""
        return list(self._failing)

    def reasons(self):
        """Return what fails, a few words each."""
        return ['%s fails (%s)' % failing for failing in list(self._failing.items())]

    def report(self):
        """Return {name: {seconds since it last succeeded, what it fails at}}."""
        now = monotonic()
        return {name: {'succeeded_seconds_ago': round(now - at, 1), **({'fails': self._failing[name]} if name in self._failing else {})}
                for name, at in list(self._succeeded.items())}

    def seconds_since(self, name):
        """Return how long ago it last succeeded."""
        return monotonic() - self._succeeded[name]
