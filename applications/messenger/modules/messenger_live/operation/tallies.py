"""Counts of what happens thousands of times a second: plain numbers, put into Prometheus' words when somebody asks for them.

prometheus_client's own take a lock and a look-up each time. Each of these is counted by one thread alone; any may read. What is counted by
several threads, or rarely, is no business of this module.
"""
from bisect import bisect_left
from time import perf_counter, time

from prometheus_client.core import Metric
from prometheus_client.utils import floatToGoString


class Count:
    """How often something happened."""

    __slots__ = ('name', 'text', 'total', '_created')

    def __init__(self, name, text):
        self.name, self.text, self.total, self._created = name, text, 0, time()

    def inc(self, count=1):
        self.total += count

    def collect(self):
        metric = Metric(self.name, self.text, 'counter')
        metric.add_sample(self.name + '_total', {}, self.total)
        metric.add_sample(self.name + '_created', {}, self._created)
        return [metric]


class Counts:
    """The same of several kinds, told apart by the values of one label."""

    __slots__ = ('name', 'text', 'totals', '_label', '_created')

    def __init__(self, name, text, label):
        self.name, self.text, self._label, self.totals, self._created = name, text, label, {}, {}

    def inc(self, value):
        try:
            self.totals[value] += 1
        except KeyError:
            self._created[value] = time()
            self.totals[value] = 1

    def collect(self):
        metric = Metric(self.name, self.text, 'counter')
        for value, total in list(self.totals.items()):
            metric.add_sample(self.name + '_total', {self._label: value}, total)
            metric.add_sample(self.name + '_created', {self._label: value}, self._created[value])
        return [metric]


class Distribution:
    """How much something was each time: how often up to each of `bounds`, and in all. With `with` it measures seconds."""

    __slots__ = ('name', 'text', 'counts', 'sum', '_bounds', '_created', '_began')

    def __init__(self, name, text, bounds):
        self.name, self.text, self._bounds, self._created = name, text, bounds, time()
        self.counts, self.sum = [0] * (len(bounds) + 1), 0.0

    def observe(self, amount):
        self.counts[bisect_left(self._bounds, amount)] += 1
        self.sum += amount

    def time(self):
        return self

    def __enter__(self):
        self._began = perf_counter()

    def __exit__(self, *error):
        self.observe(perf_counter() - self._began)

    def collect(self):
        metric, reached = Metric(self.name, self.text, 'histogram'), 0
        for bound, count in zip((*self._bounds, float('inf')), list(self.counts)):
            reached += count
            metric.add_sample(self.name + '_bucket', {'le': floatToGoString(bound)}, reached)
        metric.add_sample(self.name + '_count', {}, reached)
        metric.add_sample(self.name + '_sum', {}, self.sum)
        metric.add_sample(self.name + '_created', {}, self._created)
        return [metric]
