"""Jobs of a queue that are done together: the first, and whatever waits behind it for as long as taking it takes hardly any time.

Must not live here: what is done with them.
"""
import queue
import time

AT_ONCE = 64
SECONDS = 0.01      # nobody waits longer than that for those behind them, however slowly sessions are read
STOP = object()


class Batch:
    """Iterating takes the jobs. Those that were taken are `open` until they are closed: nobody is left without an answer."""

    def __init__(self, first, jobs, at_once=AT_ONCE):
        self.began, self.open = time.monotonic(), []
        self._next, self._jobs, self._left = first, jobs, at_once

    def __iter__(self):
        while self._next is not None:
            job, self._next = self._next, None
            self.open.append(job)
            yield job
            self._left -= 1
            if self._left and time.monotonic() - self.began < SECONDS:
                self._next = self._waiting()

    def close(self, job):
        """It has its answer."""
        self.open.remove(job)

    def _waiting(self):
        try:
            job = self._jobs.get_nowait()
        except queue.Empty:
            return None
        if job is STOP:
            self._jobs.put(STOP)
            return None
        return job


def refuse_waiting(jobs, refuse):
    """Refuse those that wait, and not those that come meanwhile."""
    for _ in range(jobs.qsize()):
        job = jobs.get()
        if job is STOP:
            return jobs.put(STOP)
        refuse(*job)
