"""Plain counts against prometheus_client's own: whatever was counted, the text that Prometheus reads is the same."""
import re

from hypothesis import given, settings
from hypothesis import strategies as st
from messenger_live.operation import metrics, tallies
from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest

amounts = st.floats(0, 20) | st.sampled_from(metrics.QUICK) | st.integers(0, 300)


def told(*collectors):
    """Return the text without the moments at which they were made, which are no two's."""
    registry = CollectorRegistry()
    for collector in collectors:
        registry.register(collector)
    return re.sub(r'(_created\S*) \S+', r'\1', generate_latest(registry).decode())


@settings(deadline=None, database=None)
@given(st.lists(amounts), st.lists(st.sampled_from(['Send', 'Read', 'a"b'])), st.lists(st.integers(0, 9)))
def test_they_are_told_as_those_of_prometheus_client(observed, kinds, counted):
    ours = tallies.Count('a', 'How many "a".'), tallies.Counts('b', 'Those of b.', 'type'), tallies.Distribution('c', 'c.', metrics.QUICK)
    theirs = (Counter('a', 'How many "a".', registry=None), Counter('b', 'Those of b.', ['type'], registry=None),
              Histogram('c', 'c.', buckets=metrics.QUICK, registry=None))
    for count, kind_of, distribution in (ours, theirs):
        for number in counted:
            count.inc(number)
        for kind in kinds:
            kind_of.inc(kind) if count is ours[0] else kind_of.labels(kind).inc()
        for amount in observed:
            distribution.observe(amount)
    assert told(*ours) == told(*theirs)


def test_a_distribution_measures_seconds_also_of_what_fails():
    distribution = tallies.Distribution('c', 'c.', metrics.QUICK)
    try:
        with distribution.time():
            raise ValueError
    except ValueError:
        pass
    assert sum(distribution.counts) == 1 and 0 < distribution.sum < 1
