"""Up to where the feed was told, and how it goes on: page by page from the database, or from memory what was just stored.

In the writer's thread; what is told is told by the hub, on the loop.
"""
import logging
import time
from itertools import groupby

from messenger_core.feed import memory, pages, sequence

from ..news.hub import Stored

log = logging.getLogger('messenger.telling')

AT_ONCE = 32    # messages, each for a few sockets


class Telling:
    """`hub` knows where the feed was at the start."""

    def __init__(self, bridge, hub):
        self._bridge, self._hub = bridge, hub
        self.cursor, self._epoch, self.caught_up_at = hub.cursor, hub.epoch, time.monotonic()

    def tell(self, events, since, upto):
        """Have all there is in (since, upto] told."""
        self._bridge.post(self._hub.deliver, events, since, upto)
        self.cursor = upto

    def tell_stored(self, answers, since, upto):
        """Have answers given in their order, and told what is hub.Stored among them, all there is in (since, upto].

        Those that aren't are (function on the loop, arguments).
        """
        for kind, some in groupby(answers, type):
            if kind is Stored:
                since = self._tell_some(list(some), since)
                continue
            for call, *arguments in some:
                self._bridge.post(call, *arguments)
        if since < upto:
            self._bridge.post(self._hub.deliver_stored, [], since, upto)     # the hub has to know of what holds nothing, too
        self.cursor = upto

    def _tell_some(self, stored, since):
        """Tell it, with others' turn in between; return up to where that is."""
        for start in range(0, len(stored), AT_ONCE):
            part = stored[start:start + AT_ONCE]
            self._bridge.post(self._hub.deliver_stored, part, since, part[-1].message.seq)
            since = part[-1].message.seq
        return since

    def read_page(self, db):
        """Tell the next page after the cursor; return whether there is more."""
        page = pages.since(db, self.cursor)
        db.commit()     # ends the reading transaction where the database has one
        if self._is_another(page.epoch, page.seq):
            return self.begins_anew(db)
        if page.seq > self.cursor:
            self.tell(page.events, self.cursor, page.seq)
        if not page.more:
            self.caught_up_at = time.monotonic()
        return page.more

    def begins_anew(self, db):
        """Begin another epoch where the feed is older than what was told; return whether it was, or somebody else has begun one."""
        state = sequence.state(db)
        db.commit()
        if not self._is_another(state.epoch, state.head):
            return False
        if state.epoch == self._epoch:
            state = memory.renew(db, state.epoch)
        log.warning('the feed went back from %d to %d: a backup was restored. Another epoch begins, and clients begin anew.',
                    self.cursor, state.head)
        self.cursor, self._epoch = state.head, state.epoch
        self._bridge.post(self._hub.begin_anew, state)
        return True

    def _is_another(self, epoch, head):
        return epoch != self._epoch or head < self.cursor
