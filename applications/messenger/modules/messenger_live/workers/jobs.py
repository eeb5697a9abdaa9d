"""What clients have asked of the writer. Nobody is left without an answer: whoever can't be served in time is told to come again.

Sends have a line of their own: however many other things wait, the next batch has the sends that came after them.
A job is a (client, command, when it came); the client's done() or failed() is called on the loop.
"""
import queue
import time
from collections import deque

from messenger_core.errors import Refused
from messenger_core.messages.batch import Sent, made
from messenger_core.messages.sending import Draft

from ..news.hub import Stored
from ..operation import metrics
from ..wire import protocol, ready

BATCH = 200     # sends, and as many other things
ENOUGH = 8      # jobs, for a batch that waits for no more
WAKE, STOP = object(), object()


class Jobs:
    """No more than `limit` wait. `put` may be called from any thread, the rest from the one that does them.

    Between two batches lie `delay` seconds, unless there is enough for the next.
    """

    def __init__(self, bridge, limit, delay=0):
        self._bridge, self._limit, self._delay, self._waiting = bridge, limit, delay, queue.SimpleQueue()
        self._sends, self._others, self._signals = deque(), deque(), deque()     # taken out of `waiting`, and sorted
        self._unanswered, self._kept = {}, {}       # {id: job}

    def put(self, job):
        """Have a job done, or refuse it when too many are waiting."""
        if type(job) is tuple and self.count() >= self._limit:
            return self._fail(job, Refused('busy', retry_after=2))
        self._waiting.put(job)

    def count(self):
        """Return how many wait."""
        return self._waiting.qsize() + len(self._sends) + len(self._others)

    def take(self):
        """Wait for jobs, and return a batch of those that are there: sends, others, and signals, WAKE or STOP."""
        if not (self._sends or self._others or self._signals):
            again_at = time.monotonic() + self._delay
            self._sort_in(self._waiting.get())
            self._gather(again_at)
        self._sort()
        sends, others = _first_of(self._sends), _first_of(self._others)
        self._unanswered = {id(job): job for job in sends + others}
        if STOP in self._signals and (self._sends or self._others):
            return sends, others, ()    # what waits is done before the end
        signals, self._signals = self._signals, deque()
        return sends, others, signals

    def _gather(self, until):
        # Not for the sake of a larger batch alone: the loop and the writer get in each other's way, and this is the loop's time.
        seconds = until - time.monotonic()
        if seconds > 0 and self._waiting.qsize() < ENOUGH:
            time.sleep(seconds)

    def _sort(self):
        for _ in range(self._waiting.qsize()):      # not those that come meanwhile
            self._sort_in(self._waiting.get_nowait())

    def _sort_in(self, job):
        line = self._signals if type(job) is not tuple else self._sends if type(job[1]) is protocol.Send else self._others
        if job is not WAKE or WAKE not in line:
            line.append(job)

    def unanswered(self, among=None):
        """Return those that were taken and have got no answer."""
        return list(self._unanswered.values()) if among is None else [job for job in among if id(job) in self._unanswered]

    def keep(self, jobs):
        """They are answered later than those taken with them."""
        for job in jobs:
            self._kept[id(job)] = self._unanswered.pop(id(job))

    def answer(self, job, result):
        """Tell the client the answer, encoded as a frame, None where there is none to tell, or the refusal; but once."""
        self.post(self._answer(job, result))

    def answers(self, jobs, results, are_told):
        """Return what answers jobs, in their order: hub.Stored, the answer and what it tells, of what was stored just now where `are_told`.

        All else is a call on the loop, as (function, its arguments): see post().
        """
        found, now = [], time.monotonic()
        for job, result in zip(jobs, results):
            if type(result) is Sent and are_told and not result.repeated:
                client = self._measured(job, now)[0] if self._is_first_answer(job) else None
                found.append(made(Stored, (client, *ready.stored(result.message, job[1].ref), result.message)))
            else:
                found += self._answer(job, ready.ack(result.message, job[1].ref) if type(result) is Sent else result)
        return found

    def post(self, answers):
        """Have answers that are calls given."""
        for call, *arguments in answers:
            self._bridge.post(call, *arguments)

    def _answer(self, job, result):
        if not self._is_first_answer(job):
            return ()
        if isinstance(result, Refused):
            return (_failed(job, result),)
        if result and type(job[1]) is protocol.Send:
            self._measured(job, time.monotonic())
        return ((job[0].done, result),)

    def _is_first_answer(self, job):
        return (self._unanswered.pop(id(job), None) or self._kept.pop(id(job), None)) is not None

    def _measured(self, job, now):
        metrics.acks.inc()
        metrics.ack_seconds.observe(now - job[2])
        return job

    def refuse(self, jobs, seconds=1):
        """Have the clients come again after so many seconds: nothing of theirs was stored."""
        for job in jobs:
            self.answer(job, Refused('busy', retry_after=seconds))

    def refuse_all(self):
        """Also those that haven't been taken: they have waited for the same, and would wait again."""
        self.refuse(self.unanswered())
        self._sort()
        for line in (self._sends, self._others):
            while line:
                self._fail(line.popleft(), Refused('busy', retry_after=1))

    def _fail(self, job, refused):
        self.post([_failed(job, refused)])


def _first_of(line):
    if len(line) > BATCH:
        return [line.popleft() for _ in range(BATCH)]
    first = list(line)
    line.clear()
    return first


def _failed(job, refused):
    return job[0].failed, refused, getattr(job[1], 'ref', None)


def drafts_of(jobs, is_shared):
    """Return what Sends ask for as messenger_core's Drafts. `is_shared` as for Readers."""
    return [made(Draft, (client.user_id, content, receiver, conversation, ref,
                         None if is_shared else client.session.generation or 0, client.session.session_hash, came))
            for client, (receiver, conversation, content, ref), came in jobs]
