"""Allowances, strikes and the outbox, with time and sockets as arguments."""
from messenger_live.limits import Allowance, Strikes
from messenger_live.outbox import Outbox


def test_an_allowance_gives_the_burst_and_then_the_rate():
    allowance = Allowance(2.0, 3, 0.0)
    assert [allowance.take(0.0) for _ in range(4)] == [0.0, 0.0, 0.0, 0.5]
    assert allowance.take(0.5) == 0.0 and allowance.take(0.5) > 0
    assert not allowance.is_full(1.0) and allowance.is_full(10.0)


def test_time_that_passes_never_gives_more_than_the_burst():
    allowance = Allowance(2.0, 3, 0.0)
    assert sum(allowance.take(1000.0) == 0.0 for _ in range(10)) == 3


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
