"""The thread that owns the sidecar's one writing connection: stores what members send, and reads on in the feed.

All sends that wait are one transaction (group commit). What was stored is acked and told from memory; when somebody else wrote in
between, everything since is read from the feed instead. One thread does both, so the lists that reach the hub have no gap, and a
sender's ack always comes before the same message. Nothing here runs on the event loop.
"""
import logging
import os
import queue
import threading
import time

from messenger_core import adoption, delivery, feed, messages, reading
from messenger_core.errors import Refused
from messenger_core.transaction import is_away, undo

from . import protocol

log = logging.getLogger('messenger.writer')

BATCH = 200
WAKE, STOP = object(), object()


def inode(path):
    """Return what tells a file from another one of the same name, or None."""
    try:
        return path and os.stat(path)[1:3]
    except OSError:
        return None


class Writer:
    """`connect` opens the database, in the thread; `hub` knows where the feed was at the start.

    `lost` is called when the feed can't go on; `file` is SQLite's.
    """

    def __init__(self, connect, bridge, hub, lost, file=None, delivered_seconds=5.0):
        self._connect, self._bridge, self._hub, self._lost = connect, bridge, hub, lost
        self._cursor, self._epoch = hub.cursor, hub.epoch
        self._file, self._inode = file, inode(file)
        self._jobs = queue.SimpleQueue()
        self._delivered, self._deliver_at, self._delivered_seconds = {}, 0.0, delivered_seconds
        self._thread = threading.Thread(target=self._run, name='writer', daemon=True)

    def start(self):
        self._thread.start()

    # -- from any thread --

    def write(self, client, command):
        """Do a Send, MarkRead or MarkDelivered; the client's done() or failed() is called on the loop."""
        self._jobs.put((client, command))

    def wake(self):
        """Somebody may have written."""
        self._jobs.put(WAKE)

    def stop(self):
        """Finish what waits, then end; returns once it has."""
        self._jobs.put(STOP)
        self._thread.join()

    # -- in the thread --

    def _run(self):
        self.db = self._connect()
        jobs = []
        while STOP not in jobs:
            jobs = self._waiting()
            try:
                self._work(jobs)
            except Exception:
                # Whoever waits for these gets no answer, and sends again under the same ref.
                log.exception('a batch failed')

    def _work(self, jobs):
        if inode(self._file) != self._inode:
            # An ack would be for a row in a file that nobody will open again.
            return self._lost('The database file %s was replaced or removed.' % self._file)
        asked = [job for job in jobs if type(job) is tuple]
        self._store([job for job in asked if type(job[1]) is protocol.Send])
        for client, command in asked:
            if type(command) is protocol.MarkRead:
                self._do(self._mark_read, client, command)
            elif type(command) is protocol.MarkDelivered:
                self._do(self._mark_delivered, client, command)
        self._tell_delivered()
        if WAKE in jobs:
            self._adopt()
            self._read_on()

    def _waiting(self):
        jobs = [self._jobs.get()]
        try:
            while len(jobs) < BATCH:
                jobs.append(self._jobs.get_nowait())
        except queue.Empty:
            pass
        return jobs

    def _store(self, jobs):
        if not jobs:
            return
        drafts = [messages.Draft(client.user_id, command.content, command.receiver, command.conversation, command.ref)
                  for client, command in jobs]
        try:
            change = messages.send_all(self.db, drafts)
        except Refused as refused:
            return self._answer(jobs, [refused] * len(jobs))
        except Exception:
            return self._store_halves(jobs)
        self._answer(jobs, change.result)
        self._announce(change)

    def _store_halves(self, jobs):
        """Something in the batch can't be stored and nobody foresaw it: find it, so that it fails alone."""
        if len(jobs) == 1:
            log.exception('a message could not be stored')
            return self._answer(jobs, [Refused('busy', retry_after=5)])
        middle = len(jobs) // 2
        self._store(jobs[:middle])
        self._store(jobs[middle:])

    def _do(self, work, client, command):
        """Do one thing that isn't a message, and answer."""
        try:
            work(client.user_id, command)
        except Refused as refused:
            return self._bridge.post(client.failed, refused)
        except Exception:
            log.exception('%s could not be stored', type(command).__name__)
            undo(self.db)
            return self._bridge.post(client.failed, Refused('busy', retry_after=5))
        self._bridge.post(client.done)

    def _mark_read(self, user_id, command):
        change = reading.mark_read(self.db, user_id, command.conversation, command.number)
        if change.upto:
            self._announce(change)

    def _mark_delivered(self, user_id, command):
        reading.place(self.db, user_id, command.conversation)
        who = (user_id, command.conversation)
        self._delivered[who] = max(command.number, self._delivered.get(who, 0))

    def _tell_delivered(self):
        """Once in a while for all: a transaction for each message that arrives somewhere would double the writing."""
        if not self._delivered or time.monotonic() < self._deliver_at:
            return
        self._deliver_at = time.monotonic() + self._delivered_seconds
        marks, self._delivered = self._delivered, {}
        try:
            for delivered in delivery.record(self.db, marks):
                self._bridge.post(self._hub.tell_delivered, delivered)
        except Refused:
            self._delivered = {**marks, **self._delivered}

    def _answer(self, jobs, results):
        for (client, command), result in zip(jobs, results):
            if isinstance(result, Refused):
                self._bridge.post(client.failed, result, command.ref)
            else:
                self._bridge.post(client.done, protocol.ack_frame(result, command.ref))

    def _announce(self, change):
        if change.since == self._cursor:
            self._tell(change.events, change.since, change.upto)
        else:
            self._read_on()     # others wrote before this: in order, or not at all

    def _tell(self, events, since, upto):
        self._bridge.post(self._hub.deliver, events, since, upto)
        self._cursor = upto

    def _adopt(self):
        try:
            if adoption.adopt(self.db):
                self.wake()     # perhaps more are waiting; what members send comes first
        except Exception as error:
            self._wait_for_better_times(error)

    def _read_on(self):
        """Tell everything after the cursor."""
        try:
            while self._read_page():
                pass
        except Exception as error:
            self._wait_for_better_times(error)

    def _wait_for_better_times(self, error):
        """Leave it to the next wake-up; a database that is locked or away is worth a line, anything else a traceback."""
        undo(self.db)
        if isinstance(error, Refused) or is_away(self.db, error):
            log.warning('the feed cannot be read just now: %s', ' '.join(str(error.__cause__ or error).split()))
        else:
            log.error('the feed could not be read', exc_info=error)

    def _read_page(self):
        page = feed.since(self.db, self._cursor)
        self.db.commit()    # ends the reading transaction where the database has one
        if page.epoch != self._epoch or page.seq < self._cursor:
            self._lost('The feed went back from %d to %d: the database was replaced or restored.' % (self._cursor, page.seq))
            return False
        if page.seq > self._cursor:
            self._tell(page.events, self._cursor, page.seq)
        return page.more
