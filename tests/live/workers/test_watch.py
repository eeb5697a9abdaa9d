"""What wakes the sidecar on PostgreSQL, and that the timer goes on without it."""
import os
import resource
import threading
import time
from types import SimpleNamespace

import psycopg2
import pytest
from messenger_core.messages import sending
from messenger_core.messages.sending import Draft
from messenger_live.workers import watch as watch_module
from messenger_live.workers.watch import Notifications, Watch

ANN, BOB = 1, 2

on_postgresql = pytest.mark.parametrize('idle', ['postgresql'], indirect=True)


@on_postgresql
def test_what_a_page_commits_is_told_at_once_without_the_timer(idle):
    sidecar = idle.start(timer_seconds=60)
    bob = sidecar.open(BOB)
    sidecar.logs('listening for notifications')
    for number in range(5):
        sending.send(sidecar.db, Draft(ANN, str(number), BOB))
        committed = time.monotonic()
        assert bob.frame()['content'] == str(number)
        assert time.monotonic() - committed < 0.5


@on_postgresql
def test_a_row_that_somebody_else_inserts_notifies_nobody_and_is_found_within_two_seconds(sidecar):
    bob = sidecar.open(BOB)
    for number in range(3):
        sidecar.insert(ANN, BOB, 'foreign %d' % number)
        inserted = time.monotonic()
        assert bob.frame()['content'] == 'foreign %d' % number
        assert time.monotonic() - inserted < 2


@on_postgresql
def test_a_server_that_restarts_makes_sends_busy_for_a_while_and_is_listened_to_again(idle, cluster):
    sidecar = idle.start(timer_seconds=60)
    ann, bob = sidecar.open(ANN), sidecar.open(BOB)
    cluster.stop()
    for _ in range(3):
        ann.ask(type='send', receiver=BOB, content='while away', ref='r')
        error = ann.frame()
        assert (error['code'], error['ref']) == ('busy', 'r') and error['retry_after'] > 0
    cluster.start()
    sidecar.wait_for(lambda: sidecar.log().count('listening for notifications') == 2)
    ann.ask(type='send', receiver=BOB, content='while away', ref='r')
    assert ann.frame()['type'] == 'ack' and bob.frame()['content'] == 'while away'
    assert 'Traceback' not in sidecar.log()
    sidecar.db._adapter.close()     # as after each request: the next one takes a connection that works
    sending.send(sidecar.db, Draft(ANN, 'from a page', BOB))
    committed = time.monotonic()
    assert bob.frame()['content'] == 'from a page' and time.monotonic() - committed < 0.5


@on_postgresql
def test_what_members_send_is_told_from_memory_and_nobody_looks_for_it_again(idle):
    sidecar = idle.start(timer_seconds=60)
    sidecar.logs('listening for notifications')
    ann, bob = sidecar.open(ANN), sidecar.open(BOB)

    def say(content):
        ann.ask(type='send', receiver=BOB, content=content, ref=content)
        assert bob.frame()['content'] == content
    for content in ('one', 'two'):      # with the second the look for what was missed before is over
        say(content)
    sidecar.db.executesql('LOCK TABLE messenger_aside IN ACCESS EXCLUSIVE MODE')    # whoever looks what wants adoption waits
    for number in range(20):
        say(str(number))
    assert sidecar.db.executesql('SELECT count(*) FROM pg_locks WHERE NOT granted') == [(0,)]
    sidecar.db.rollback()


@pytest.fixture
def connector(postgres_uri):
    """What stands for pydal's adapter: it only connects."""
    name, _, path = postgres_uri.partition('@/')[2].partition('?unix_socket=')
    return SimpleNamespace(dbengine='postgres', driver=psycopg2, connector=lambda: psycopg2.connect(
        host=os.path.dirname(path), user='messenger', dbname=name))


def test_nothing_is_heard_before_the_commit_or_after_a_rollback(connector):
    sign, other = Notifications(connector), connector.connector()
    assert sign.wait(0.01) and not sign.wait(0.01)      # the first: whatever was missed before
    other.cursor().execute('NOTIFY messenger')
    assert not sign.wait(0.1)
    other.rollback()
    assert not sign.wait(0.1)
    other.cursor().execute('NOTIFY messenger')
    other.commit()
    assert sign.wait(5) and not sign.wait(0.01)
    other.close()
    sign.close()


def test_it_listens_beside_thousands_of_open_sockets(connector):
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 4096) if hard > 0 else 4096, hard))
    taken = [os.open(os.devnull, os.O_RDONLY) for _ in range(1100)]
    try:
        sign = Notifications(connector)
        assert sign.wait(0.01) and not sign.wait(0.01) and sign.is_listening
        sign.close()
    finally:
        for one in taken:
            os.close(one)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_what_the_writer_itself_notifies_is_not_heard(connector):
    own, other = connector.connector(), connector.connector()
    sign = Notifications(connector, own.get_backend_pid)
    assert sign.wait(5)
    own.cursor().execute('NOTIFY messenger')
    own.commit()
    assert not sign.wait(0.1)
    own.cursor().execute('NOTIFY messenger')
    own.commit()
    other.cursor().execute('NOTIFY messenger')
    other.commit()
    assert any(sign.wait(1) for _ in range(2))
    for one in (own, other, sign):
        one.close()


def test_a_server_that_does_not_answer_holds_up_neither_the_timer_nor_the_end():
    hangs, waked = threading.Event(), threading.Semaphore(0)
    adapter = SimpleNamespace(dbengine='postgres', driver=psycopg2, connector=hangs.wait)
    watch = Watch(adapter, waked.release, poll_seconds=0.01, timer_seconds=0.05)
    watch.start()
    assert all(waked.acquire(timeout=5) for _ in range(3))
    started = time.monotonic()
    watch.stop()
    assert time.monotonic() - started < 1
    hangs.set()


def test_one_looks_ever_more_seldom_while_nobody_writes_and_often_from_the_first_commit_on(monkeypatch):
    pauses, quiet, over = [], 150, threading.Event()

    class Sign:
        def wait(self, seconds):
            pauses.append(seconds)
            if len(pauses) == quiet + 5:
                over.set()
            if len(pauses) > quiet + 5:
                watch._stopped.wait(10)
            return len(pauses) == quiet + 1
    monkeypatch.setattr(watch_module, 'sign_of', lambda *_: (Sign(), watch_module.Bell()))
    waked = threading.Semaphore(0)
    watch = Watch(None, waked.release, poll_seconds=0.03, timer_seconds=60)
    watch.start()
    assert over.wait(10)
    watch.stop()
    assert pauses[0] == 0.03 and pauses[:quiet + 1] == sorted(pauses[:quiet + 1]) and pauses[quiet] == 0.2
    assert sum(one < 0.1 for one in pauses[:quiet]) > 50, 'somebody who pauses for a moment is not left waiting'
    assert pauses[quiet + 1] == 0.03 < pauses[quiet + 2] and waked.acquire(blocking=False) and not waked.acquire(blocking=False)
