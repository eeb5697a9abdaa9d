"""Who has gone offline, and in which minute: noted on the event loop, and stored by the writer, once in a while for all.

What can't be stored is given up: nobody waits for it, and the member's next departure is told anew.
"""
import queue
import time

from messenger_core.ends import last_seen

AT_ONCE = 1_000


class Departures:
    """At most one transaction in so many `seconds`."""

    def __init__(self, seconds):
        self._seconds, self._store_at, self._noted = seconds, 0.0, queue.SimpleQueue()

    def note(self, user_id, minute):
        """Somebody who shows it has gone; may be called from any thread."""
        self._noted.put((user_id, minute))

    def are_due(self):
        """Say whether somebody has gone, and nobody was stored a moment ago."""
        return not self._noted.empty() and time.monotonic() >= self._store_at

    def tell(self, db):
        """Store those who have gone."""
        self._store_at = time.monotonic() + self._seconds
        # Not all there are: when a network fails, and with it thousands, those who send must not wait for that.
        last_seen.record(db, dict(self._noted.get_nowait() for _ in range(min(self._noted.qsize(), AT_ONCE))))
