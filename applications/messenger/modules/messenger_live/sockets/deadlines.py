"""When each of many is to be looked at: of ten thousand sockets that lie idle nobody looks at any but those whose time has come.

Must not live here: what is looked at.
"""
from heapq import heappop, heappush
from math import ceil


class Deadlines:
    """Keeps things by when they are due, to `seconds`; each has an attribute `due`, which belongs to this alone and is None at first."""

    def __init__(self, seconds):
        self._seconds = seconds
        self._buckets, self._numbers = {}, []       # {number: set}, and a heap of those numbers

    def put(self, one, at):
        """Have it taken at that time, and no more at the time that was said before."""
        number = ceil(at / self._seconds)
        bucket = self._buckets.get(number)
        if bucket is None:
            bucket = self._buckets[number] = set()
            heappush(self._numbers, number)
        if one.due is not bucket:
            self.drop(one)
            bucket.add(one)
            one.due = bucket

    def drop(self, one):
        """Have it not taken at all."""
        if one.due is not None:
            one.due.discard(one)
            one.due = None

    def take(self, now):
        """Return those whose time has come; they are not kept any more."""
        taken = []
        while self._numbers and self._numbers[0] * self._seconds <= now:
            taken += self._buckets.pop(heappop(self._numbers))
        for one in taken:
            one.due = None
        return taken
