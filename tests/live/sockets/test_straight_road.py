"""Whole text frames straight from what the socket gave: any bytes, cut in any way, end as they do when the decoder reads them all."""
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from messenger_live.sockets import connection as connections
from messenger_live.wire import frames, straight
from wire import masked as unhidden

from . import by_hand

LIMIT = 400
unhurried = settings(deadline=None, database=None, max_examples=150, suppress_health_check=list(HealthCheck))
payloads = st.text(max_size=20).map(str.encode) | st.text('é', min_size=50, max_size=220).map(str.encode) | st.binary(max_size=8)
opcodes = st.sampled_from([frames.TEXT] * 8 + [frames.BINARY, frames.CONTINUATION, frames.PING, frames.PONG, frames.CLOSE, 3, 15])


def masked(opcode, payload, mask=b'\x9a\x01\xff\x33'):
    header = unhidden(opcode, payload)[:-4 - len(payload) or None]
    return header + mask + bytes(byte ^ mask[index % 4] for index, byte in enumerate(payload))


@st.composite
def streams(draw):
    """Mostly what clients send; now and then a bit is turned, a length is coded at length, something is missing."""
    stream = b''
    for _ in range(draw(st.integers(1, 12))):
        frame = bytearray(masked(draw(opcodes), draw(payloads), draw(st.binary(min_size=4, max_size=4))))
        if draw(st.integers(0, 9)) == 0:
            frame[draw(st.integers(0, min(4, len(frame) - 1)))] ^= 1 << draw(st.integers(0, 7))
        if draw(st.integers(0, 19)) == 0 and frame[1] & 0x7F < 126:
            frame[1:2] = b'\xfe\0' + bytes([frame[1] & 0x7F])
        stream += frame[:draw(st.sampled_from([None] * 20 + [1, 5, 9, -1]))]
    return stream


@unhurried
@given(streams(), st.integers(0, 30))
def test_what_is_read_straight_is_what_the_decoder_reads(stream, position):
    decoder = frames.Decoder(LIMIT)
    decoder.feed(stream[position:])
    try:
        expected = decoder.next_event()
    except frames.ProtocolError:
        expected = None
    found = straight.text(stream, position, LIMIT)
    if found is not None:
        assert frames.Text(found[0]) == expected and found[1] == len(stream) - decoder.pending
    elif isinstance(expected, frames.Text):
        assert not stream[position] & frames.FINAL, 'only a message in fragments needs the decoder'


@pytest.mark.parametrize('size', [0, 1, 125, 126, 127, LIMIT])
def test_every_size_is_read_straight_as_soon_as_it_is_whole_and_never_before(size):
    frame = masked(frames.TEXT, b'x' * size)
    assert straight.text(b'before' + frame + b'after', 6, LIMIT) == ('x' * size, 6 + len(frame))
    assert all(straight.text(frame[:end], 0, LIMIT) is None for end in range(len(frame)))
    assert straight.text(frame, 0, size - 1) is None


@pytest.mark.parametrize('frame', [
    masked(frames.BINARY, b'x'), masked(frames.PING, b'x'), masked(frames.CLOSE, b''), masked(frames.CONTINUATION, b'x'), masked(3, b'x'),
    b'\x01' + masked(frames.TEXT, b'x')[1:], b'\xc1' + masked(frames.TEXT, b'x')[1:], masked(frames.TEXT, b'\xff'),
    masked(frames.TEXT, b'\xed\xa0\x80'), b'\x81\x05hello....', b'\x81\x7e\0\x05hello.....', b'\x81\xfe\0\x05' + bytes(9),
    b'\x81\xff' + bytes(7) + b'\x05' + bytes(9), b'\x81\xfe\0\x7d' + bytes(129)])
def test_whatever_is_not_plain_is_left_to_the_decoder(frame):
    assert straight.text(frame, 0, LIMIT) is None


def ends_of(stream, cuts, patience, is_straight, last=0):
    """Return what the owner heard, who closes after the message `last`, what the peer got, and how the connection ended."""
    loop, owner = by_hand.Loop(), by_hand.Owner(patience)
    connection = by_hand.connection(loop, owner, message_bytes=LIMIT)
    owner.farewell = last, lambda: connection.close(1000)
    bounds = sorted({0, len(stream), *(cut % (len(stream) + 1) for cut in cuts)})
    connection.socket.incoming = [stream[start:end] for start, end in zip(bounds, bounds[1:])]
    turns = []
    with pytest.MonkeyPatch.context() as patched:
        if not is_straight:
            patched.setattr(straight, 'text', lambda *args: None)
        while connection.socket.incoming or loop.callbacks or owner.busy():
            heard = len(owner.heard)
            connection._reader.ready()
            loop.turn()
            turns.append(len(owner.heard) - heard)
            if owner.busy():
                assert not connection._reader.active or connection.state is not connections.OPEN, 'no more is read'
                owner.go_on()
                connection.resume()
            assert len(turns) < 1000
    is_read = connection.decoder is not None and connection.state is connections.OPEN
    held = connection.decoder.pending if is_read else 0     # else it is thrown away, sooner or later
    return owner.heard, connection.socket.outgoing, connection.state, connection.frame_at is None, held, turns


@unhurried
@given(streams(), st.lists(st.integers(0, 3000), max_size=8), st.integers(0, 3), st.sampled_from([0, 0, 1, 3]))
def test_however_a_stream_is_cut_all_is_heard_answered_and_ended_the_same(stream, cuts, patience, last):
    assert ends_of(stream, cuts, patience, True, last) == ends_of(stream, cuts, patience, False, last)


def test_no_more_messages_a_turn_than_ever():
    stream = masked(frames.TEXT, b'x') * 30
    heard, _, _, _, _, turns = ends_of(stream, [], 0, True)
    assert len(heard) == 30 and max(turns) <= 2 * connections.EVENTS_A_TURN
    assert turns == ends_of(stream, [], 0, False)[-1]


def test_whole_messages_leave_the_decoder_alone(monkeypatch):
    monkeypatch.setattr(frames.Decoder, 'feed', lambda decoder, data: data and pytest.fail('the decoder was asked'))
    heard, *_ = ends_of(masked(frames.TEXT, b'one') + masked(frames.TEXT, b'two' * 100), [], 0, True)
    assert heard == ['one', 'two' * 100]
