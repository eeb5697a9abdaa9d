"""What is written and when: one send() for each socket that got something, one callback for all of them, and never another order."""
from collections import deque

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from messenger_live.sockets import sending
from messenger_live.sockets.outbox import Outbox, Volatile
from messenger_live.wire import frames, ready
from wire import unpacked

from . import by_hand

unhurried = settings(deadline=None, database=None, max_examples=150, suppress_health_check=list(HealthCheck))


class PlainOutbox:
    """What an Outbox does, said as plainly as it can be: a queue of frames, and what is left of those that were begun."""

    def __init__(self, limit_bytes, limit_frames, volatile_bytes, dropped):
        self.limits, self.volatile_bytes, self.dropped = (limit_bytes, limit_frames), volatile_bytes, dropped
        self.waiting, self.begun, self.begun_matters = deque(), b'', False

    size = property(lambda self: len(self.begun) + sum(map(len, self.waiting)))

    def is_full(self, frame):
        return bool(self.size) and (self.size + len(frame) > self.limits[0] or len(self.waiting) >= self.limits[1])

    def add(self, frame):
        if isinstance(frame, Volatile):
            if self.size + len(frame) > self.volatile_bytes or self.is_full(frame):
                self.dropped(1)
            else:
                self.waiting.append(frame)
            return True
        if self.is_full(frame):
            kept = deque(one for one in self.waiting if not isinstance(one, Volatile))
            if len(kept) < len(self.waiting):
                self.dropped(len(self.waiting) - len(kept))
            self.waiting = kept
        return not self.is_full(frame) and not self.waiting.append(frame)

    def end_with(self, frame):
        self.waiting = deque([frame])

    def owes(self):
        return self.begun_matters or any(not isinstance(frame, Volatile) for frame in self.waiting)

    def write_to(self, send):
        while self.begun or self.waiting:
            if not self.begun:
                chosen = []
                while self.waiting and sum(map(len, chosen)) < sending_bytes():
                    chosen.append(self.waiting.popleft())
                self.begun, self.begun_matters = b''.join(chosen), not all(isinstance(one, Volatile) for one in chosen)
            try:
                self.begun = self.begun[send(self.begun):]
            except BlockingIOError:
                return False
        self.begun_matters = False
        return True


def sending_bytes():
    from messenger_live.sockets import outbox
    return outbox.SEND_BYTES


steps = st.lists(st.one_of(
    st.tuples(st.just('add'), st.integers(1, 40)), st.tuples(st.just('volatile'), st.integers(1, 20)),
    st.tuples(st.just('write'), st.integers(0, 120)), st.tuples(st.just('end'), st.integers(1, 9))), max_size=30)


@unhurried
@given(steps, st.integers(1, 200), st.integers(1, 8), st.integers(0, 60))
def test_an_outbox_is_a_plain_queue_with_limits(steps, limit_bytes, limit_frames, volatile_bytes):
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr('messenger_live.sockets.outbox.SEND_BYTES', 50)
        assert done(Outbox, steps, limit_bytes, limit_frames, volatile_bytes) == done(
            PlainOutbox, steps, limit_bytes, limit_frames, volatile_bytes)


def done(kind, steps, *limits):
    """Return all that can be seen of an outbox in which these steps were done, after each."""
    dropped, peer, seen = [], by_hand.Socket(), []
    outbox = kind(*limits, dropped.append)
    for number, (step, size) in enumerate(steps):
        frame = bytes([65 + number]) * size
        if step == 'write':
            peer.room = size
            result = outbox.write_to(peer.send)
        else:
            result = {'add': outbox.add, 'volatile': lambda frame: outbox.add(Volatile(frame)), 'end': outbox.end_with}[step](frame)
        seen.append((result, outbox.size, outbox.owes(), peer.outgoing, peer.calls, sum(dropped)))
    return seen


batches = st.lists(st.lists(st.integers(0, 200), min_size=1, max_size=6), max_size=6)


@unhurried
@given(batches, st.integers(1, 700), st.integers(1, 9), st.integers(0, 900))
def test_frames_that_are_joined_go_out_as_each_by_itself(batches, outbox_bytes, outbox_frames, room):
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr('messenger_live.sockets.outbox.SEND_BYTES', 250)
        joined, apart = (written(is_joined, batches, outbox_bytes, outbox_frames, room) for is_joined in (True, False))
    encoded = [frames.encode_text('x' * size) for sizes in batches for size in sizes]
    if apart[0] == 'open':
        assert joined == apart == ('open', b''.join(encoded))
    else:       # what has begun to go out counts no more, and how much that is depends on how it was cut
        assert is_a_beginning_and_a_goodbye(apart[1], encoded)
        assert joined == ('open', b''.join(encoded)) or (joined[0] == 'closing' and is_a_beginning_and_a_goodbye(joined[1], encoded))


def is_a_beginning_and_a_goodbye(out, encoded):
    *said, goodbye = ready.split(out)
    return said == encoded[:len(said)] and goodbye.startswith(bytes([frames.FINAL | frames.CLOSE]))


def written(is_joined, batches, outbox_bytes, outbox_frames, room):
    connection = by_hand.connection(by_hand.Loop(), outbox_bytes=outbox_bytes, outbox_frames=outbox_frames)
    connection.socket.room = room
    for sizes in batches:
        encoded = [frames.encode_text('x' * size) for size in sizes]
        if is_joined:
            connection.send_frames(b''.join(encoded), len(encoded))
        else:
            for frame in encoded:
                connection.send_frame(frame)
        connection.loop.turn()
    connection.socket.room = None
    connection.flush()
    return connection.state, connection.socket.outgoing


@given(st.lists(st.sampled_from([0, 1, 125, 126, 300, 65_535, 65_536, 70_000]), max_size=5))
@settings(deadline=None, database=None)
def test_joined_frames_come_apart_again(sizes):
    encoded = [frames.encode_text('x' * size) for size in sizes]
    assert ready.split(b''.join(encoded)) == encoded


def test_many_sockets_are_flushed_in_one_callback_and_each_with_one_send():
    loop = by_hand.Loop()
    open_ones = [by_hand.connection(loop) for _ in range(sending.SOCKETS_A_CALLBACK)]
    loop.asked = 0
    for _ in range(3):
        for connection in open_ones:
            connection.send('to all')
    assert loop.asked == 1
    loop.turn()
    assert loop.callbacks == []
    for connection in open_ones:
        assert connection.socket.calls == 1 and unpacked(connection.socket.outgoing) == ([(1, b'to all')] * 3, b'')


def test_a_crowd_is_flushed_in_turns_between_which_others_are_served():
    loop, count = by_hand.Loop(), 3 * sending.SOCKETS_A_CALLBACK + 1
    open_ones = [by_hand.connection(loop) for _ in range(count)]
    for connection in open_ones:
        connection.send('x')
    reached = []
    while loop.callbacks:
        loop.turn()
        reached.append(sum(connection.socket.calls for connection in open_ones))
    assert reached == [64, 128, 192, 193]


def test_one_that_fails_costs_its_own_connection_and_no_other():
    loop = by_hand.Loop()
    first, gone, broken, worse, last = (by_hand.connection(loop) for _ in range(5))

    def fail(error):
        def send(*data):
            raise error
        return send
    gone.socket.send, broken.socket.send = fail(ConnectionResetError()), fail(RuntimeError('a fault'))
    worse.socket.send = worse.socket.close = fail(OSError())
    for connection in (first, gone, broken, worse, last):
        connection.send('x')
    loop.turn()
    assert [connection.state for connection in (first, gone, broken, last)] == [
        sending.OPEN, sending.CLOSED, sending.CLOSING, sending.OPEN]
    assert first.socket.outgoing == last.socket.outgoing == frames.encode_text('x')
    loop.turn()
    assert broken.state is sending.CLOSED
    first.send('y')
    loop.turn()
    assert first.socket.outgoing == frames.encode_text('x') + frames.encode_text('y')


def test_who_takes_nothing_is_asked_again_when_it_does_and_others_are_not_held_up():
    loop = by_hand.Loop()
    slow, quick = by_hand.connection(loop), by_hand.connection(loop)
    slow.socket.room = 1
    for connection in (slow, quick):
        connection.send('hello')
    loop.turn()
    assert quick.socket.outgoing == frames.encode_text('hello') and slow._writer.active and slow.stuck_at is not None
    slow.socket.room = None
    slow._writer.ready()
    assert slow.socket.outgoing == quick.socket.outgoing and not slow._writer.active and slow.stuck_at is None


def test_a_peer_that_has_gone_with_a_full_outbox_ends_alone_and_whoever_tells_it_something_goes_on():
    connection = by_hand.connection(by_hand.Loop(), outbox_bytes=100)

    def reset(data):
        raise BrokenPipeError
    connection.socket.send = reset
    for _ in range(3):
        connection.send_frame(frames.encode_text('x' * 60))
    connection.loop.turn()
    assert connection.state == 'closed'
