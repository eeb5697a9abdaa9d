"""Allowances, strikes and the outbox, with time and sockets as arguments."""
import socket
import time
from types import SimpleNamespace

import gevent
from messenger_core.settings import DEFAULTS
from messenger_live.allowances import Allowances
from messenger_live.limits import Allowance, Strikes
from messenger_live.sockets.connection import OPEN, Connection
from messenger_live.sockets.outbox import Outbox, Volatile
from messenger_live.sockets.resting import CLOSING


def test_an_allowance_gives_the_burst_and_then_the_rate():
    allowance = Allowance(2.0, 3, 0.0)
    assert [allowance.take(0.0) for _ in range(4)] == [0.0, 0.0, 0.0, 0.5]
    assert allowance.take(0.5) == 0.0 and allowance.take(0.5) > 0
    assert not allowance.is_full(1.0) and allowance.is_full(10.0)


def test_time_that_passes_never_gives_more_than_the_burst():
    allowance = Allowance(2.0, 3, 0.0)
    assert sum(allowance.take(1000.0) == 0.0 for _ in range(10)) == 3


def test_each_has_an_allowance_of_their_own_and_who_has_not_asked_for_long_is_forgotten():
    allowances = Allowances(1.0, 2)
    assert [allowances.take(key, 0.0) > 0 for key in ('a', 'a', 'a', 'b')] == [False, False, True, False]
    for number in range(1000):
        allowances.take(number, 1.0)
    allowances.take('a', 60.0)
    assert len(allowances._of) == 1


def test_strikes_forget_after_a_minute():
    strikes = Strikes(2)
    assert [strikes.add(time) for time in (0, 1, 2)] == [False, False, True]
    assert strikes.add(61.5) is False


class Peer:
    """A socket that takes what it is allowed to."""

    def __init__(self):
        self.room, self.received, self.calls = 0, b'', 0

    def send(self, data):
        self.calls += 1
        if not self.room:
            raise BlockingIOError
        taken = data[:self.room]
        self.room -= len(taken)
        self.received += taken
        return len(taken)


def test_frames_go_out_whole_in_order_and_many_in_one_call():
    outbox, peer = Outbox(1000, 100), Peer()
    for frame in (b'one', b'two', b'three'):
        assert outbox.add(frame)
    peer.room = 100
    assert outbox.write_to(peer.send) and peer.received == b'onetwothree' and peer.calls == 1 and not outbox


def test_what_a_full_socket_left_over_goes_first():
    outbox, peer = Outbox(1000, 100), Peer()
    outbox.add(b'first')
    peer.room = 2
    assert not outbox.write_to(peer.send)
    outbox.add(b'second')
    peer.room = 100
    assert outbox.write_to(peer.send) and peer.received == b'firstsecond'


def test_the_outbox_is_bounded_in_bytes_and_in_frames():
    outbox = Outbox(10, 100)
    assert [outbox.add(b'x' * 10), outbox.add(b'x')] == [True, False]
    assert Outbox(10, 100).add(b'x' * 11)      # one frame alone, however large
    outbox = Outbox(100, 2)
    assert [outbox.add(b'x') for _ in range(3)] == [True, True, False] and outbox.size == 2


def test_the_last_frame_replaces_what_waits_but_never_cuts_a_frame_in_two():
    outbox, peer = Outbox(1000, 100), Peer()
    outbox.add(b'begun')
    peer.room = 2
    outbox.write_to(peer.send)
    outbox.add(b'never sent')
    outbox.end_with(b'close')
    peer.room = 100
    assert outbox.write_to(peer.send) and peer.received == b'begunclose'


def test_a_peer_with_much_to_read_gets_nothing_volatile_and_that_is_no_reason_to_close():
    dropped = []
    outbox, peer = Outbox(1000, 4, 10, dropped.append), Peer()
    assert outbox.add(Volatile(b'typing')) and outbox.add(Volatile(b'typing')) and dropped == [1]
    assert outbox.add(b'a message') and outbox.add(Volatile(b'typing')) and dropped == [1, 1]
    peer.room = 100
    assert outbox.write_to(peer.send) and peer.received == b'typinga message'


def test_what_is_volatile_makes_room_for_what_is_not():
    dropped = []
    outbox, peer = Outbox(100, 4, 50, dropped.append), Peer()
    for frame in (Volatile(b'v' * 20), b'a' * 10, Volatile(b'v' * 20), b'b' * 60):
        assert outbox.add(frame)
    assert dropped == [2] and outbox.size == 70 and not outbox.add(b'c' * 40)
    peer.room = 100
    assert outbox.write_to(peer.send) and peer.received == b'a' * 10 + b'b' * 60 and outbox.size == 0
    outbox = Outbox(1000, 2, 50, dropped.append)
    assert all(outbox.add(frame) for frame in (Volatile(b'v'), b'a', b'b')) and not outbox.add(b'c')


def test_an_outbox_owes_what_is_not_volatile_also_when_it_has_partly_gone_out():
    outbox, peer = Outbox(1000, 100, 100, None), Peer()
    outbox.add(Volatile(b'volatile'))
    assert not outbox.owes()
    peer.room = 3
    assert not outbox.write_to(peer.send) and not outbox.owes()
    outbox.add(b'message')
    assert outbox.owes()
    peer.room = 7
    assert not outbox.write_to(peer.send) and outbox.owes() and outbox.size == 5
    peer.room = 5
    assert outbox.write_to(peer.send) and not outbox.owes() and outbox.size == 0


def test_who_does_not_read_is_closed_for_what_must_be_read_and_not_for_what_is_volatile():
    near, far = socket.socketpair()
    near.setblocking(False)
    connection = Connection(gevent.get_hub().loop, near, SimpleNamespace(**DEFAULTS['realtime']))
    connection.owner = SimpleNamespace(gone=lambda: None)
    while connection.stuck_at is None:
        connection.send_frame(Volatile(b'v' * 4096))
        gevent.sleep(0)
    connection.heard_at = connection.pinged_at = late = time.monotonic() + 50
    connection.tick(late)
    assert connection.state is OPEN
    connection.send_frame(b'message')
    connection.tick(late + 4)
    assert connection.state is OPEN
    connection.tick(late + 6)
    assert connection.state is CLOSING
    connection.terminate()
    far.close()
