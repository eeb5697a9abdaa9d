"""Threads that only read: what a `sync` asks for, circles, who is behind a cookie. Files and databases may be slow; the loop may not wait.

The latter has threads of its own: however many syncs are waiting, or whatever they wait for, who comes is let in; nor does who comes wait
for those who are looked at again.
"""
import logging
import queue
import time

from messenger_core.database.transaction import is_away, undo
from messenger_core.errors import Refused, SchemaError
from messenger_core.faults import said
from messenger_core.feed import pages
from messenger_core.members import at_once

from ...news.circle import Circle
from ...operation import metrics
from ...sessions.session import StoreUnavailable
from ...wire import frames, protocol
from ..background import Background
from ..bridge import call_each
from .batches import AT_ONCE, STOP, Batch, refuse_waiting
from .identities import UNREADABLE, Identities

log = logging.getLogger('messenger.readers')

CIRCLES_AT_ONCE = 16    # some are large
SLOW_SECONDS = 0.5      # whoever waited behind a failure that took this long is not made to wait for the next one


class Readers:
    """`connect` opens the database, in each thread; `sessions` resolves cookies; `troubles` are for /health; at most `limit` jobs wait.

    `is_shared`: members log in in another application, which knows of no generations of sessions.
    """

    def __init__(self, connect, bridge, sessions, troubles, is_shared=False, threads=2, limit=10_000):
        self._connect, self._bridge, self._troubles, self._limit = connect, bridge, troubles, limit
        self._identities = Identities(bridge, sessions, troubles, is_shared)
        self._syncs, self._circles = queue.SimpleQueue(), queue.SimpleQueue()
        self._logins, self._rechecks = queue.SimpleQueue(), queue.SimpleQueue()
        self.threads = [Background('reader-%d' % number, self._serve_syncs) for number in range(threads)]
        self.threads += [Background('circles', self._serve_circles), Background('logins', lambda: self._serve_sessions(self._logins)),
                         Background('rechecks', lambda: self._serve_sessions(self._rechecks))]

    def start(self):
        for thread in self.threads:
            thread.start()

    # -- from the loop --

    def sync(self, client, command):
        """Read the events the client missed; its synced() or failed() is called on the loop."""
        job = client, command
        self._syncs.put(job) if self._syncs.qsize() < self._limit else self._refuse_sync(*job)

    def circle(self, user_id, answer):
        """Read with whom a member has conversations; `answer(circle)` is called on the loop, with None when it can't be read."""
        job = user_id, answer
        self._circles.put(job) if self._circles.qsize() < self._limit else self._refuse_circle(*job)

    def identify(self, session_id, answer, is_wanted, again=None):
        """Find the session of a cookie's value; `answer(session, name, shows_presence)` is called on the loop.

        session None: nobody is logged in. name None: the member is blocked or gone. session StoreUnavailable: nobody knows just now.
        `is_wanted()` is called in a thread, when its turn comes, and says whether anybody still waits for it (if not, nobody looks, and
        nobody knows): where sessions are slow, those who have given up would keep out who comes after them. `again`: the session that
        it was, of a socket that has long been open.
        """
        jobs, job = self._rechecks if again else self._logins, (session_id, answer, is_wanted, again)
        jobs.put(job) if jobs.qsize() < self._limit else self._identities.refuse(*job)

    def waiting(self):
        """Return {thread: how to find out how many jobs wait for it}."""
        return {'readers': self._syncs.qsize, 'circles': self._circles.qsize, 'logins': self._logins.qsize,
                'rechecks': self._rechecks.qsize}

    def look_again(self):
        """Find out whether sessions can be read again: those who would show it may all have been sent away."""
        if UNREADABLE in self._troubles and self._logins.empty():
            self._logins.put((None, None, lambda: True, None))

    def stop(self):
        for _ in self.threads:
            self._syncs.put(STOP)
        self._circles.put(STOP)
        self._logins.put(STOP)
        self._rechecks.put(STOP)
        for thread in self.threads:
            thread.join()

    # -- in a thread --

    def _serve_syncs(self):
        self._serve(self._syncs, self._read_events, self._refuse_sync, 1)

    def _serve_circles(self):
        self._serve(self._circles, self._read_circles, self._refuse_circle, CIRCLES_AT_ONCE)

    def _serve_sessions(self, jobs):
        self._serve(jobs, self._identities.read, self._identities.refuse, AT_ONCE)

    def _serve(self, jobs, read, refuse, count):
        db = None
        for job in iter(jobs.get, STOP):
            batch = Batch(job, jobs, count)
            try:
                db = db or self._connect()
                self._do(db, batch, read, refuse)
            except Exception as error:
                for one in batch.open:
                    refuse(*one)
                self._note(db, error)
                if time.monotonic() - batch.began > SLOW_SECONDS:
                    refuse_waiting(jobs, refuse)
            finally:
                if db:
                    undo(db)    # ends the transaction where the database has one

    def _do(self, db, batch, read, refuse):
        """Do the jobs of a batch; where that fails for what one of them is about, do each by itself."""
        try:
            read(db, batch)
        except Exception as error:
            if len(batch.open) < 2 or isinstance(error, (SchemaError, StoreUnavailable)) or is_away(db, error):
                raise
            undo(db, error)
            for job in list(batch.open):
                batch.close(job)
                try:
                    read(db, Batch(job, None, 1))
                except Exception as its_own:
                    refuse(*job)
                    self._note(db, its_own)

    def _read_events(self, db, batch):
        (client, command), = batch
        try:
            with metrics.sync_seconds.time():
                page = pages.since_for(db, client.user_id, command.since, command.epoch)
                # Encoded here: a page of 200 events would keep the loop, and with it everybody, for milliseconds.
                events = [frames.encode_text(protocol.encode(protocol.event_frame(event, client.user_id))) for event in page.events]
        except Refused as refused:
            return self._bridge.post(client.failed, refused)
        self._bridge.post(client.synced, events, protocol.encode(protocol.synced_frame(page)))

    def _refuse_sync(self, client, command):
        self._bridge.post(client.failed, Refused('busy', 'The events cannot be read just now.', retry_after=2))

    def _read_circles(self, db, batch):
        jobs = list(batch)
        pairs = at_once.pairs(db, {user_id for user_id, _ in jobs})
        self._bridge.post(call_each, [(answer, (Circle(pairs[user_id]),)) for user_id, answer in jobs])
        batch.open.clear()

    def _refuse_circle(self, user_id, answer):
        self._bridge.post(answer, None)

    def _note(self, db, error):
        if isinstance(error, (SchemaError, StoreUnavailable)):
            return      # noted as a trouble, here or by the writer
        if db and is_away(db, error):
            undo(db, error)
            metrics.database_errors.inc()
            log.warning('a read failed: %s', said(error))
        else:
            log.error('a read failed', exc_info=error)
