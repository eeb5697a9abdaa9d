"""What waits for the writer: when a batch is taken, and what is in it."""
import threading
from time import monotonic

import pytest
from messenger_live.wire import protocol
from messenger_live.workers import jobs as jobs_of
from messenger_live.workers.jobs import WAKE, Jobs

LONG = 60


def job(number):
    return None, protocol.Send(2, None, str(number), None), number


@pytest.fixture
def slept(monkeypatch):
    """How long was slept, instead of sleeping."""
    slept = []
    monkeypatch.setattr(jobs_of.time, 'sleep', slept.append)
    return slept


def test_a_second_batch_waits_a_moment_and_takes_what_comes_meanwhile(monkeypatch):
    jobs, slept = Jobs(None, 100, LONG), []
    monkeypatch.setattr(jobs_of.time, 'sleep', lambda seconds: (slept.append(seconds), jobs.put(job(2))))
    jobs.put(job(1))
    assert jobs.take()[0] == [job(1), job(2)] and len(slept) == 1 and LONG - 5 < slept[0] <= LONG


def test_who_comes_after_a_while_is_served_at_once(slept):
    jobs, began = Jobs(None, 100, 0.05), monotonic()
    threading.Timer(0.1, jobs.put, [job(1)]).start()
    assert jobs.take()[0] == [job(1)] and monotonic() - began > 0.05 and not slept


def test_enough_for_a_batch_waits_for_no_more(slept):
    jobs = Jobs(None, 100, LONG)
    for number in range(jobs_of.ENOUGH + 1):
        jobs.put(job(number))
    assert len(jobs.take()[0]) == jobs_of.ENOUGH + 1 and not slept


def test_what_was_left_by_the_batch_before_is_taken_at_once(slept):
    jobs = Jobs(None, 1000, LONG)
    for number in range(jobs_of.BATCH + 1):
        jobs.put(job(number))
    jobs.put(WAKE)
    assert [len(jobs.take()[0]) for _ in range(2)] == [jobs_of.BATCH, 1] and not slept
