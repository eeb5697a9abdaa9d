"""What is fuzzed by hand (run.py), tried a little in every run of the suite: with rubbish, and with seeds that were changed."""
import pickle
import tracemalloc

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from . import codec, commands, logins

SUBJECTS = pytest.mark.parametrize('subject', [codec, commands, logins], ids=lambda subject: subject.__name__)


@st.composite
def inputs(draw, subject):
    """Rubbish, or a seed with pieces cut out and words and rubbish put in."""
    data = draw(st.sampled_from([*subject.SEEDS, *subject.SEEDS, b'']))
    for _ in range(draw(st.integers(0, 4))):
        start, end = (draw(st.integers(0, len(data))) for _ in range(2))
        data = data[:start] + draw(st.sampled_from(subject.WORDS) | st.binary(max_size=20)) + data[end:]
    return data


@SUBJECTS
def test_whatever_comes_in_only_what_is_documented_comes_out(subject):
    @settings(max_examples=400, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(inputs(subject))
    def try_it(data):
        subject.check(data[:500])
    try_it()


@SUBJECTS
def test_the_seeds_get_through(subject):
    for seed in subject.SEEDS:
        subject.check(seed)


@pytest.mark.parametrize(('seed', 'expected'), commands.EXPECTED.items())
def test_the_seeds_are_what_they_are_meant_to_be(seed, expected):
    assert commands.check(seed) is expected


@SUBJECTS
def test_no_input_takes_more_memory_than_a_few_times_its_size(subject):
    hostile = [word * (20_000 // len(word)) for word in subject.WORDS] + [b'[' * 20_000, b'p' + b'(' * 20_000, b'p' + b']\x94' * 10_000]
    tracemalloc.start()
    try:
        for data in hostile:
            tracemalloc.reset_peak()
            subject.check(data)
            assert tracemalloc.get_traced_memory()[1] < 4_000_000, data[:20]
    finally:
        tracemalloc.stop()


def test_the_watch_over_what_python_does_would_notice_a_plant_that_runs():
    logins.watching.append(True)
    try:
        with pytest.raises(AssertionError, match='a session made Python do'):
            pickle.loads(pickle.dumps(logins.Plant()))
    finally:
        logins.watching.clear()
