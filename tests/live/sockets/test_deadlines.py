"""Who is looked at when: nobody too late, nobody far too early, and nobody who is gone."""
import contextlib
import socket
import sys
import time
from types import SimpleNamespace

import gevent
import pytest
from hypothesis import given
from hypothesis import strategies as some
from messenger_core import settings
from messenger_live.sockets.connection import Connection
from messenger_live.sockets.deadlines import Deadlines
from wire import masked

REALTIME = settings.load('/nowhere', {}).realtime
TIMES = some.floats(0, 100)


class Thing:
    due = None


@given(some.lists(some.tuples(some.integers(0, 5), some.one_of(some.none(), TIMES)), max_size=40), some.floats(0.05, 3), TIMES)
def test_each_is_taken_at_its_time_once_and_those_let_go_of_never(changes, seconds, now):
    deadlines, things, expected = Deadlines(seconds), [Thing() for _ in range(6)], {}
    for number, at in changes:
        if at is None:
            deadlines.drop(things[number])
            expected.pop(number, None)
        else:
            deadlines.put(things[number], at)
            expected[number] = at
    taken = deadlines.take(now)
    assert len(taken) == len(set(taken))
    numbers = {things.index(one) for one in taken}
    assert {number for number, at in expected.items() if at <= now - seconds} <= numbers <= {
        number for number, at in expected.items() if at <= now + 1e-6}
    later = {things.index(one) for one in deadlines.take(now + 200)}
    assert numbers | later == set(expected) and not numbers & later and all(one.due is None for one in things)
    assert not deadlines._buckets and not deadlines._numbers


@pytest.fixture
def pair():
    ours, peer = socket.socketpair()
    ours.setblocking(False)
    restless = set()
    connection = Connection(gevent.get_hub().loop, ours, REALTIME, restless)
    connection.start(SimpleNamespace(busy=lambda: False, gone=lambda: None, may_ping=lambda: True, received=lambda event: None))
    yield connection, peer, restless
    connection.terminate()
    peer.close()


def test_a_connection_at_rest_has_made_nothing_and_is_looked_at_for_its_ping(pair):
    connection, peer, restless = pair
    assert not restless and connection.outbox is connection.decoder is connection._writer is None
    assert abs(connection.next_look() - time.monotonic() - REALTIME.ping_seconds) < 1
    connection.tick(connection.next_look() + 0.1)
    assert peer.recv(10) == b'\x89\x00' and connection.outbox is None and not restless
    assert sys.getsizeof(connection) < 300


def test_what_was_made_for_a_message_is_let_go_of_with_the_next_ping_and_made_again(pair):
    connection, peer, _ = pair
    for word in ('one', 'two'):
        peer.sendall(masked(1, b'x', final=False) + masked(0, b'y'))
        connection.send(word)
        gevent.sleep(0.01)
        assert peer.recv(10) == b'\x81\x03' + word.encode() and connection.decoder is not None and connection.outbox is not None
        connection.tick(connection.next_look() + 0.1)
        assert peer.recv(10) == b'\x89\x00' and connection.decoder is None and connection.outbox is None


@pytest.mark.parametrize('begun', [masked(1, b'x', length=9), masked(1, b'x', final=False)])
def test_half_a_message_is_kept_whatever_the_time_and_makes_it_restless(pair, begun):
    connection, peer, restless = pair
    peer.sendall(begun)
    gevent.sleep(0.01)
    connection._rest()
    assert connection.decoder is not None and connection in restless and connection.is_restless()
    connection.tick(time.monotonic() + REALTIME.frame_seconds + 0.1)
    assert connection.closing_at and connection in restless


def test_what_waits_for_a_full_socket_is_kept_and_makes_it_restless(pair):
    connection, peer, restless = pair
    for _ in range(100):
        connection.send('x' * 10_000)
    gevent.sleep(0.01)
    connection.heard_at -= REALTIME.ping_seconds + 1
    connection.pinged_at = connection.heard_at
    connection.tick(time.monotonic())       # a ping that goes out in its turn
    assert connection.waiting_bytes and connection in restless and connection._writer is not None
    received = b''
    peer.setblocking(False)
    with gevent.Timeout(10):
        while not received.endswith(b'\x89\x00'):
            with contextlib.suppress(BlockingIOError):
                received += peer.recv(1 << 20)
            gevent.sleep(0.001)
    assert len(received) == 100 * (10_000 + 4) + 2
    gevent.sleep(0.01)
    assert not connection.is_restless() and not connection.waiting_bytes


def test_one_that_has_ended_says_so(pair):
    connection, peer, restless = pair
    peer.close()
    gevent.sleep(0.01)
    assert restless == {connection} and connection.closed
