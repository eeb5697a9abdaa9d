"""What the writer looks after once in a while, when nobody waits for it: members who are gone, rows that were set aside or put in, old
events, the indexes of words and of names, where something waits to be read, and a note of how far the feed is.
"""
from messenger_core.adoption import aside, imported, last_id
from messenger_core.feed import memory, pruning
from messenger_core.messages import former, noting
from messenger_core.search import names

from . import duties
from .word_index import WordIndex

MANY = 1_000


class Upkeep:
    """`jobs` are the writer's, `noted` its Duties. Each thing is done every so many seconds, or at the next wake-up if there is more."""

    def __init__(self, jobs, noted, realtime, events_days):
        self._jobs, self._noted, self._word_index = jobs, noted, WordIndex(jobs)
        self._look_seconds = realtime.look_seconds
        self.set_aside = 0      # how many rows are
        self._works = {
            duties.FORMER: (realtime.look_seconds, former.notice),
            duties.ASIDE: (realtime.look_seconds, self._look_at_what_is_aside),
            duties.IMPORTED: (realtime.look_seconds, imported.look),
            duties.NAMES: (realtime.look_seconds, names.fill),
            duties.NOTING: (realtime.look_seconds, noting.note),
            duties.MEMORY: (realtime.timer_seconds, memory.remember)}
        if events_days:
            self._works[duties.PRUNING] = realtime.prune_seconds, lambda db: pruning.prune(db, events_days)

    def go_on(self, db, attempt):
        """Do what is due; `attempt(duty, work)` returns what `work()` returns, None when it fails."""
        attempt(duties.WORDS, lambda: self._word_index.go_on(db))
        for name, (seconds, work) in self._works.items():
            if self._noted.is_due(name) and not self._jobs.count():
                self._noted.put_off(name, seconds)
                if attempt(name, lambda work=work: work(db)) or name in self._noted.failing():
                    # At the next wake-up and not at once: one piece after the other would keep everybody else from writing.
                    self._noted.put_off(name, 0)

    def _look_at_what_is_aside(self, db):
        last_id.free(db)
        aside.look_again(db)
        self.set_aside = aside.count(db)
        # Of very many a look takes long, and mostly it is members of long ago that they are missing.
        self._noted.put_off(duties.ASIDE, self._look_seconds * (1 + self.set_aside // MANY))
