"""What clients have asked of the writer. Nobody is left without an answer: whoever can't be served in time is told to come again.

A job is a (client, command, when it came); the client's done() or failed() is called on the loop.
"""
import queue
import time

from messenger_core.errors import Refused

from ..operation import metrics

BATCH = 200
WAKE, STOP = object(), object()


class Jobs:
    """No more than `limit` wait. `put` may be called from any thread, the rest from the one that does them."""

    def __init__(self, bridge, limit):
        self._bridge, self._limit, self._waiting = bridge, limit, queue.SimpleQueue()
        self._unanswered, self._kept = {}, {}       # {id: job}

    def put(self, job):
        """Have a job done, or refuse it when too many are waiting."""
        if type(job) is tuple and self._waiting.qsize() >= self._limit:
            return self._fail(job, Refused('busy', retry_after=2))
        self._waiting.put(job)

    def count(self):
        """Return how many wait."""
        return self._waiting.qsize()

    def take(self):
        """Wait for jobs, and return those that are there."""
        jobs = [self._waiting.get()]
        try:
            while len(jobs) < BATCH:
                jobs.append(self._waiting.get_nowait())
        except queue.Empty:
            pass
        self._unanswered = {id(job): job for job in jobs if type(job) is tuple}
        return jobs

    def unanswered(self, among=None):
        """Return those that were taken and have got no answer."""
        return list(self._unanswered.values()) if among is None else [job for job in among if id(job) in self._unanswered]

    def keep(self, jobs):
        """They are answered later than those taken with them."""
        for job in jobs:
            self._kept[id(job)] = self._unanswered.pop(id(job))

    def answer(self, job, result):
        """Tell the client the frame that answers it, None where there is none to tell, or the refusal; but once."""
        if (self._unanswered.pop(id(job), None) or self._kept.pop(id(job), None)) is None:
            return
        if isinstance(result, Refused):
            return self._fail(job, result)
        if result:
            metrics.acks.inc()
            metrics.ack_seconds.observe(time.monotonic() - job[2])
        self._bridge.post(job[0].done, result)

    def refuse(self, jobs, seconds=1):
        """Have the clients come again after so many seconds: nothing of theirs was stored."""
        for job in jobs:
            self.answer(job, Refused('busy', retry_after=seconds))

    def refuse_all(self):
        """Also those that haven't been taken: they have waited for the same, and would wait again."""
        self.refuse(self.unanswered())
        for _ in range(self._waiting.qsize()):      # not those that come meanwhile
            job = self._waiting.get_nowait()
            if job is STOP:
                return self.put(STOP)
            if job is not WAKE:
                self._fail(job, Refused('busy', retry_after=1))

    def _fail(self, job, refused):
        self._bridge.post(job[0].failed, refused, getattr(job[1], 'ref', None))
