"""The thread that owns the sidecar's one writing connection: stores what members send, and reads on in the feed.

All sends that wait are one transaction (group commit), and so is all else that members ask for. What was stored is acked and told from
memory; when somebody else wrote in between, everything since is read from the feed instead. One thread does both, so the lists that reach
the hub have no gap, and a sender's ack always comes before the same message. Nothing here runs on the event loop.
"""
import logging
import time

from messenger_core.adoption import adoption
from messenger_core.database.transaction import Held, Unknown, is_away, transact, undo
from messenger_core.errors import Outdated, Refused, SchemaError
from messenger_core.feed import sequence
from messenger_core.messages import sending, starting
from messenger_core.messages.kept import Kept

from ..news.hub import Stored
from ..operation import metrics
from . import duties, verbs
from .background import NO_FILE, NOT_READABLE, NOT_WRITABLE, REPLACED, Background
from .database_file import identity
from .deliveries import Deliveries
from .departures import Departures
from .jobs import STOP, WAKE, Jobs, drafts_of
from .quiet import Quiet
from .telling import Telling
from .upkeep import Upkeep

log = logging.getLogger('messenger.writer')


class Writer:
    """`connect` opens the database, in the thread; `hub` knows where the feed was at the start; `troubles` are for /health.

    `lost` is called when the feed can't go on; `file` is SQLite's, else None; `realtime` are the settings, `events_days` is
    how long events are kept, 0 for ever; `is_shared` as for Readers.
    """
    def __init__(self, connect, bridge, hub, lost, troubles, file, realtime, events_days=0, is_shared=False):
        self._connect, self._lost, self._troubles, self._is_shared = connect, lost, troubles, is_shared
        self.telling = Telling(bridge, hub)
        self._file, self._identity = file, identity(file)
        self._jobs, self._began = Jobs(bridge, realtime.jobs_waiting, realtime.commit_delay_seconds), None
        self._unknown = None        # (jobs, Unknown) of a batch of which nobody knows yet whether it is stored
        self._deliveries, self.departures = Deliveries(bridge, hub, realtime.delivered_seconds), Departures(realtime.delivered_seconds)
        self.duties, self._limits, self._kept = duties.Duties(), starting.limits(realtime), Kept()
        self._quiet = Quiet(realtime.timer_seconds)
        self.upkeep = Upkeep(self._jobs, self.duties, realtime, events_days)
        self.waiting, self.db, self.thread = self._jobs.count, None, Background('writer', self._run)
        self.start = self.thread.start

    # -- from any thread --

    def write(self, client, command, came=None):
        """Do a Send, MarkRead, MarkUnread, Mute or MarkDelivered that `came` now; the client's done() or failed() is called on the loop."""
        self._jobs.put((client, command, came or time.monotonic()))

    def wake(self):
        """Somebody may have written."""
        self._jobs.put(WAKE)

    def stop(self, seconds=None):
        """Finish what waits, then end; returns once it has, or after so many seconds."""
        self._jobs.put(STOP)
        self.thread.join(seconds)

    def busy_for(self):
        """Return for how many seconds the same batch has been under way."""
        began = self._began
        return time.monotonic() - began if began else 0

    # -- in the thread --

    def _run(self):
        signals = ()
        while STOP not in signals:
            self._began = None
            sends, others, signals = self._jobs.take()
            self._began = time.monotonic()
            try:
                self._work(sends, others, signals)
            except Exception:
                log.exception('a batch failed')
            finally:
                self._jobs.refuse(self._jobs.unanswered(), 5)

    def _work(self, sends, others, signals):
        if not self._is_there() or not self._is_settled():
            return self._jobs.refuse_all()
        self._write(sends, self._send)
        if others and not self._unknown:
            self._write(others, self._do)
        if (others or signals) and not self._unknown:   # else the line may be back by now, and to read on would tell what was not answered
            self._go_on(signals)

    def _go_on(self, signals):
        """Do what is due besides."""
        for duty, noted in ((duties.DELIVERIES, self._deliveries), (duties.DEPARTURES, self.departures)):
            if noted.are_due():
                self._attempt(NOT_WRITABLE, duty, lambda noted=noted: self._kept.beside(self.db, lambda: noted.tell(self.db)))
            else:
                self.duties.succeeded(duty)
        if WAKE in signals:
            if not self._quiet.is_it(self.db):
                self._look()
            if NOT_WRITABLE not in self._troubles:      # each thing would wait for the database, and those who send for it
                self.upkeep.go_on(self.db, self._keep_up)

    def _look(self):
        """Make messages of what others have written, and tell it."""
        self._quiet.begin(self.db)
        self._attempt(NOT_WRITABLE, duties.ADOPTION, self._adopt)
        self._read_on()
        if self.duties.failing():
            self._quiet.end()

    def _is_there(self):
        """Say whether there is a database to work with: the same file as ever, where it is a file."""
        now = identity(self._file)
        if now is None and self._file:
            self._troubles.begin(NO_FILE, self._file)
        elif now != self._identity:
            self._lose('The database file %s was replaced.' % self._file)
        if now != self._identity or REPLACED in self._troubles:
            return False    # an ack would be for a row that nobody will see again
        self._troubles.end(NO_FILE)
        try:
            self.db = self.db or self._connect()
        except SchemaError as error:
            self._troubles.begin(NOT_READABLE, error)
        return self.db is not None

    def _is_settled(self):
        """Find out about a batch whose COMMIT got no answer: before that nobody is told that it is stored, or that it isn't."""
        if not self._unknown:
            return True
        jobs, unknown = self._unknown
        try:
            is_stored = unknown.settle(self.db)
        except Exception as error:
            self._fail(NOT_WRITABLE, error)
            return False
        self._unknown = None
        self._answer(jobs, unknown.result) if is_stored else self._jobs.refuse(jobs)
        return True

    def _write(self, jobs, work):
        """Have a transaction made of `jobs`, and answer them."""
        jobs = self._jobs.unanswered(jobs)
        if not jobs:
            return
        try:
            change = work(jobs)
        except Unknown as unknown:
            self._jobs.keep(jobs)
            self._unknown = jobs, unknown
            return self._fail(NOT_WRITABLE, unknown)
        except Exception as error:
            return self._write_halves(jobs, work, error)
        if identity(self._file) == self._identity:    # else it is stored where nobody will look for it
            if change.upto:
                self._troubles.end(NOT_WRITABLE)
            self._answer(jobs, change)

    def _send(self, jobs):
        metrics.batch_messages.observe(len(jobs))
        with metrics.commit_seconds.time():
            return sending.send_all(self.db, drafts_of(jobs, self._is_shared), self._limits, self._kept)

    def _do(self, jobs):
        return self._kept.beside(self.db, lambda: verbs.do(self.db, jobs, self._deliveries))

    def _write_halves(self, jobs, work, error):
        """Something in the batch can't be stored and nobody foresaw it: find it, so that it fails alone."""
        if self._fail(NOT_WRITABLE, error):
            return
        if len(jobs) > 1:
            middle = len(jobs) // 2
            self._write(jobs[:middle], work)
            self._write(jobs[middle:], work)
        elif isinstance(error, Refused):
            self._jobs.answer(jobs[0], error)
        else:
            log.error('%s could not be stored', 'a message' if work == self._send else type(jobs[0][1]).__name__, exc_info=error)
            self._jobs.refuse(jobs, 5)

    def _fail(self, words, error):
        """Return whether it's the database that fails; then whoever waits for it is told to come again."""
        undo(self.db, error)
        if isinstance(error, Held):
            return False    # only what needs that row
        if isinstance(error, Outdated):
            self._lose(error.reason)
        if not is_away(self.db, error) and getattr(error, 'code', None) != 'busy':
            return False
        metrics.database_errors.inc()
        self._troubles.begin(words, error)
        self._jobs.refuse_all()
        return True

    def _answer(self, jobs, change):
        # Others may have written before this: then all of it is told in order, or not at all.
        is_next = bool(change.upto) and change.since == self.telling.cursor
        answers = self._jobs.answers(jobs, change.result, is_next)
        if is_next and list(map(type, answers)).count(Stored) == len(change.events):
            return self.telling.tell_stored(answers, change.since, change.upto)
        self._jobs.post(answers)
        if is_next:
            self.telling.tell(change.events, change.since, change.upto)
        elif change.upto:
            self._read_on()

    def _keep_up(self, duty, work):
        if duty == duties.WORDS:
            return self._attempt(NOT_WRITABLE, duty, lambda: self._kept.beside(self.db, work))
        self._quiet.end()       # it may leave rows that want adoption
        return self._attempt(NOT_WRITABLE, duty, work)

    def _adopt(self):
        if NOT_WRITABLE in self._troubles:      # nobody may be there to find out by sending that it can be written again
            transact(self.db, lambda: sequence.take(self.db, 0))
            self._troubles.end(NOT_WRITABLE)
        # Rows beyond a feed that has gone back would be taken for strays, and nobody would notice.
        if not self.telling.begins_anew(self.db) and adoption.adopt(self.db):
            self._quiet.end()
            self.wake()     # perhaps more are waiting; what members send comes first

    def _read_on(self):
        """Tell everything after the cursor."""
        while self._attempt(NOT_READABLE, duties.READING_ON, lambda: self.telling.read_page(self.db)):
            pass

    def _attempt(self, words, duty, work):
        """Return what `work()` returns, or None when it fails: it is done again at the next wake-up."""
        try:
            result = work()
        except Exception as error:
            is_known = duty in self.duties.failing()
            self.duties.failed(duty, error)
            if not self._fail(words, error) and not is_known:
                log.exception('%s has failed, and is tried again', duty)
            return None
        self.duties.succeeded(duty)
        if words == NOT_READABLE:
            self._troubles.end(words)
        return result

    def _lose(self, reason):
        self._troubles.begin(REPLACED, reason)
        self._lost(reason)
