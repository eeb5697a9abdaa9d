"""The index of words is kept up by the writer, while nobody waits for it. A search does without what isn't in it yet."""
import time

from messenger_core.search import hits, sqlite

from .jobs import WAKE

PAUSE_SECONDS = 2.0
# Messages; who writes just then waits for as many.
PIECE = 40


class WordIndex:
    """`jobs` are the writer's."""

    def __init__(self, jobs, seconds=PAUSE_SECONDS):
        self._jobs, self._seconds, self._again_at = jobs, seconds, 0.0

    def go_on(self, db):
        """Add one piece, unless somebody waits, or everything was in it a moment ago: each piece is a commit."""
        if self._jobs.count() or time.monotonic() < self._again_at:
            return
        if hits.engine_of(db).fill(db, most=PIECE) == sqlite.MORE:
            self._jobs.put(WAKE)    # what members send meanwhile comes first
        else:
            self._again_at = time.monotonic() + self._seconds
