"""The frame codec, by bytes. The numbers F1 to F19 are those of the list of bad inputs."""
import tracemalloc

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from messenger_live.wire import frames
from messenger_live.wire.frames import (
    BINARY,
    CLOSE,
    CONTINUATION,
    PING,
    PONG,
    TEXT,
    Binary,
    Close,
    Decoder,
    Ping,
    Pong,
    ProtocolError,
    Text,
)

LIMIT = 70_000
unhurried = settings(deadline=None, database=None, suppress_health_check=[HealthCheck.too_slow])


def masked(opcode, payload=b'', final=True, mask=b'\x9a\x01\xff\x33'):
    """A frame as a client sends it, made byte by byte, the slow way."""
    size = len(payload)
    if size < 126:
        length = bytes([0x80 | size])
    elif size < 65_536:
        length = b'\xfe' + size.to_bytes(2, 'big')
    else:
        length = b'\xff' + size.to_bytes(8, 'big')
    return bytes([0x80 * final | opcode]) + length + mask + bytes(byte ^ mask[index % 4] for index, byte in enumerate(payload))


def decoded(data, limit=LIMIT, **options):
    """All events of a stream; a protocol error is the last of them, as its close code."""
    return events_of(Decoder(limit, **options), [data])


def events_of(decoder, pieces):
    events = []
    try:
        for piece in pieces:
            decoder.feed(piece)
            for event in iter(decoder.next_event, None):
                events.append(event)
    except ProtocolError as error:
        events.append(error.close_code)
    return events


def close_payload(code, reason=b''):
    return code.to_bytes(2, 'big') + reason


# -- what is right --

def test_the_example_of_the_rfc_is_hello():
    assert decoded(bytes.fromhex('818537fa213d7f9f4d5158')) == [Text('Hello')]


@pytest.mark.parametrize('size', [0, 1, 125, 126, 127, 65_535, 65_536, LIMIT])
def test_every_way_of_coding_the_length_is_read(size):
    payload = bytes(index % 251 for index in range(size))
    assert decoded(masked(BINARY, payload)) == [Binary(payload)]


def test_f4_the_limit_is_exact_in_one_frame():
    assert decoded(masked(TEXT, b'x' * 10), limit=10) == [Text('x' * 10)]
    assert decoded(masked(TEXT, b'x' * 11), limit=10) == [1009]


def test_f4_the_limit_is_exact_over_two_frames():
    begin = masked(TEXT, b'x' * 6, final=False)
    assert decoded(begin + masked(CONTINUATION, b'x' * 4), limit=10) == [Text('x' * 10)]
    assert decoded(begin + masked(CONTINUATION, b'x' * 5), limit=10) == [1009]


def test_f4_sixty_four_fragments_pass_and_one_more_does_not():
    begin = masked(BINARY, b'x', final=False)
    middle = masked(CONTINUATION, b'x', final=False)
    end = masked(CONTINUATION, b'x')
    assert decoded(begin + middle * 62 + end) == [Binary(b'x' * 64)]
    assert decoded(begin + middle * 63 + end) == [1009]


def test_f4_empty_continuations_do_not_go_on_for_ever():
    assert decoded(masked(TEXT, final=False) + masked(CONTINUATION, final=False) * 1000) == [1009]


def test_f7_a_ping_between_two_fragments_is_answered_first():
    stream = masked(TEXT, b'a', final=False) + masked(PING, b'!') + masked(CONTINUATION, b'b')
    assert decoded(stream) == [Ping(b'!'), Text('ab')]


def test_a_message_after_a_fragmented_one_starts_afresh():
    stream = masked(TEXT, b'a', final=False) + masked(CONTINUATION, b'b') + masked(BINARY, b'c')
    assert decoded(stream, limit=2) == [Text('ab'), Binary(b'c')]


def test_f8_a_ping_of_125_bytes_and_pongs_nobody_asked_for_are_fine():
    assert decoded(masked(PING, b'p' * 125) + masked(PONG, b'q')) == [Ping(b'p' * 125), Pong(b'q')]


def test_a_control_frame_may_be_bigger_than_a_message():
    assert decoded(masked(PING, b'p' * 125), limit=10) == [Ping(b'p' * 125)]


def test_f9_a_character_may_be_split_over_fragments():
    euro = '€'.encode()
    stream = masked(TEXT, euro[:1], final=False) + masked(CONTINUATION, euro[1:2], final=False) + masked(CONTINUATION, euro[2:])
    assert decoded(stream) == [Text('€')]


def test_f10_a_binary_frame_is_told_apart_from_everything_else():
    assert decoded(masked(BINARY, b'x')) == [Binary(b'x')]
    assert len({Text(b'x'), Binary(b'x'), Ping(b'x'), Pong(b'x')}) == 4


@pytest.mark.parametrize('code', [1000, 1001, 1002, 1003, 1007, 1011, 1012, 1013, 1014, 3000, 4401, 4999])
def test_f12_a_valid_close_code_arrives_with_its_reason(code):
    assert decoded(masked(CLOSE, close_payload(code, 'tschüß'.encode()))) == [Close(code, 'tschüß')]


def test_f12_a_close_frame_may_be_empty_or_full():
    assert decoded(masked(CLOSE)) == [Close(None, '')]
    assert decoded(masked(CLOSE, close_payload(1000, b'r' * 123))) == [Close(1000, 'r' * 123)]


def test_f14_what_comes_after_a_close_frame_is_thrown_away():
    decoder = Decoder(LIMIT)
    assert events_of(decoder, [masked(CLOSE) + masked(TEXT, b'late') + masked(CLOSE), masked(TEXT, b'later')]) == [Close(None, '')]
    assert decoder.pending == 0
    assert not decoder.mid_frame


def test_f19_a_mask_of_zeros_is_a_mask():
    assert decoded(masked(TEXT, b'plain', mask=b'\0\0\0\0')) == [Text('plain')]


# -- what is wrong --

@pytest.mark.parametrize('name, stream, code', [
    ('F1 unmasked', b'\x81\x01x', 1002),
    ('F1 unmasked ping', b'\x89\x00', 1002),
    ('F2 RSV1', b'\xc1\x80\0\0\0\0', 1002),
    ('F2 RSV2', b'\xa1\x80\0\0\0\0', 1002),
    ('F2 RSV3', b'\x91\x80\0\0\0\0', 1002),
    *((f'F2 opcode {opcode}', masked(opcode), 1002) for opcode in (3, 4, 5, 6, 7, 11, 12, 13, 14, 15)),
    ('F3 2^31', b'\x81\xff' + (1 << 31).to_bytes(8, 'big'), 1009),
    ('F3 2^40', b'\x82\xff' + (1 << 40).to_bytes(8, 'big'), 1009),
    ('F3 2^63', b'\x81\xff' + (1 << 63).to_bytes(8, 'big'), 1002),
    ('F3 2^64-1', b'\x81\xff' + b'\xff' * 8, 1002),
    ('F7 continuation first', masked(CONTINUATION, b'x'), 1002),
    ('F7 continuation after a whole message', masked(TEXT, b'', final=False) + masked(CONTINUATION) + masked(CONTINUATION), 1002),
    ('F7 text inside a fragmented text', masked(TEXT, b'a', final=False) + masked(TEXT, b'b'), 1002),
    ('F8 ping of 126', masked(PING, b'p' * 126), 1002),
    ('F8 fragmented ping', masked(PING, b'p', final=False), 1002),
    ('fragmented close', masked(CLOSE, b'', final=False), 1002),
    ('F9 no UTF-8', masked(TEXT, b'\xff'), 1007),
    ('F9 surrogate', masked(TEXT, b'\xed\xa0\x80'), 1007),
    ('F9 overlong', masked(TEXT, b'\xc0\xaf'), 1007),
    ('F9 beyond Unicode', masked(TEXT, b'\xf4\x90\x80\x80'), 1007),
    ('F9 cut character', masked(TEXT, b'\xe2\x82'), 1007),
    ('F9 cut character over fragments', masked(TEXT, b'\xe2', final=False) + masked(CONTINUATION, b'\x82'), 1007),
    ('F13 close of one byte', masked(CLOSE, b'\x03'), 1002),
    ('F13 reason not UTF-8', masked(CLOSE, close_payload(1000, b'\xff')), 1007),
    *((f'F13 code {code}', masked(CLOSE, close_payload(code)), 1002)
      for code in (0, 999, 1004, 1005, 1006, 1015, 1016, 2999, 5000, 65_535)),
    ('F19 five in two bytes', b'\x81\xfe\x00\x05', 1002),
    ('F19 125 in two bytes', b'\x81\xfe\x00\x7d', 1002),
    ('F19 65535 in eight bytes', b'\x81\xff' + (65_535).to_bytes(8, 'big'), 1002),
], ids=lambda value: value if isinstance(value, str) else '')
def test_a_broken_frame_ends_with_its_code_and_not_before_the_message_ahead_of_it(name, stream, code):
    first, *_, last = events = decoded(masked(TEXT, b'before') + stream + masked(TEXT, b'after'))
    assert (first, last) == (Text('before'), code)
    assert Text('after') not in events


@pytest.mark.parametrize('opening', [b'\x81\xff' + (1 << 31).to_bytes(8, 'big'), b'\x81\x00', b'\xc1\x80', b'\x89\xfe', b'\x80\x80'])
def test_f3_the_header_alone_is_enough_to_refuse(opening):
    assert decoded(opening)[-1:] in ([1002], [1009])


def test_a_decoder_that_failed_stays_failed_and_holds_nothing():
    decoder = Decoder(LIMIT)
    assert events_of(decoder, [b'\x81\x01' + b'x' * 50_000]) == [1002]
    decoder.feed(masked(TEXT, b'good'))
    assert decoder.pending == 0
    with pytest.raises(ProtocolError) as caught:
        decoder.next_event()
    assert caught.value.close_code == 1002
    assert caught.value.reason


def test_f3_a_frame_that_claims_two_gigabytes_takes_no_memory():
    tracemalloc.start()
    try:
        assert decoded(b'\x82\xff' + (1 << 31).to_bytes(8, 'big') + bytes(1000)) == [1009]
        assert tracemalloc.get_traced_memory()[1] < 100_000
    finally:
        tracemalloc.stop()


# -- in pieces --

def test_mid_frame_tells_an_open_frame_and_an_open_message_from_silence():
    decoder = Decoder(LIMIT)
    seen = [decoder.mid_frame]
    for piece in (b'\x01', b'\x82', b'\0\0\0\0a', b'b', masked(PING), b'\x80', b'\x80\0\0\0\0'):
        events_of(decoder, [piece])
        seen.append(decoder.mid_frame)
    assert seen == [False, True, True, True, True, True, True, False]


def test_pending_counts_the_bytes_that_are_held():
    decoder = Decoder(LIMIT)
    assert events_of(decoder, [masked(BINARY, b'abc', final=False)]) == []
    assert decoder.pending == 3
    assert events_of(decoder, [b'\x80\x82\0\0']) == []
    assert decoder.pending == 7
    assert events_of(decoder, [b'\0\0de']) == [Binary(b'abcde')]
    assert decoder.pending == 0


def test_a_big_message_in_many_pieces_is_not_copied_for_every_piece():
    size, piece = 4 << 20, 4096
    decoder = Decoder(size)
    frame = b'\x82\xff' + size.to_bytes(8, 'big') + b'\0\0\0\0' + bytes(size)
    tracemalloc.start()
    try:
        *_, last = events_of(decoder, (frame[start:start + piece] for start in range(0, len(frame), piece)))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert last == Binary(bytes(size))
    assert peak < 7 * size


def test_what_has_been_read_is_let_go_of_though_the_stream_never_pauses():
    decoder = Decoder(10_000)
    stream = masked(BINARY, bytes(1000), mask=bytes(4)) * 3000
    tracemalloc.start()
    try:
        for start in range(0, len(stream), 16_384):
            decoder.feed(stream[start:start + 16_384])
            while decoder.next_event() is not None:
                pass
        assert tracemalloc.get_traced_memory()[1] < 200_000
    finally:
        tracemalloc.stop()


control = st.sampled_from([PING, PONG]).flatmap(lambda opcode: st.tuples(st.just(opcode), st.binary(max_size=125)))


@st.composite
def streams(draw):
    """Messages in fragments with control frames in between, and what they are."""
    data, events = b'', []
    for _ in range(draw(st.integers(0, 5))):
        text = draw(st.none() | st.text(max_size=300))
        payload = draw(st.binary(max_size=300)) if text is None else text.encode()
        cuts = sorted(draw(st.lists(st.integers(0, len(payload)), max_size=4)))
        bounds = list(zip([0, *cuts], [*cuts, len(payload)]))
        for index, (start, end) in enumerate(bounds):
            for opcode, note in draw(st.lists(control, max_size=2)):
                data += masked(opcode, note, mask=draw(st.binary(min_size=4, max_size=4)))
                events.append({PING: Ping, PONG: Pong}[opcode](note))
            opcode = CONTINUATION if index else BINARY if text is None else TEXT
            data += masked(opcode, payload[start:end], final=index == len(bounds) - 1)
        events.append(Binary(payload) if text is None else Text(text))
    return data, events


def pieces(data, cuts):
    bounds = sorted({0, len(data), *(cut % (len(data) + 1) for cut in cuts)})
    return [data[start:end] for start, end in zip(bounds, bounds[1:])]


@unhurried
@given(streams(), st.lists(st.integers(0, 10_000), max_size=30))
def test_however_the_stream_is_cut_the_events_are_the_same(stream, cuts):
    data, events = stream
    decoder = Decoder(LIMIT)
    assert events_of(decoder, pieces(data, cuts)) == events
    assert not decoder.mid_frame
    assert decoder.pending == 0


@unhurried
@given(st.binary(max_size=400), st.lists(st.integers(0, 400), max_size=30))
def test_however_rubbish_is_cut_it_ends_the_same_and_with_a_known_code(data, cuts):
    whole, cut = decoded(data), events_of(Decoder(LIMIT), pieces(data, cuts))
    assert whole == cut
    assert all(event in (1002, 1007, 1009) for event in whole if isinstance(event, int))


@unhurried
@given(streams())
def test_byte_by_byte_the_events_are_the_same(stream):
    data, events = stream
    assert events_of(Decoder(LIMIT), [data[index:index + 1] for index in range(len(data))]) == events


# -- encoding --

@pytest.mark.parametrize('frame, wire', [
    (frames.encode_text('Hello'), '810548656c6c6f'),
    (frames.encode_text(b'Hello'), '810548656c6c6f'),
    (frames.encode_text('€'), '8103e282ac'),
    (frames.encode(BINARY, b''), '8200'),
    (frames.encode_ping(b'hi'), '89026869'),
    (frames.encode_ping(), '8900'),
    (frames.encode_pong(b'hi'), '8a026869'),
    (frames.encode_close(4001, 'session expired'), '88110fa173657373696f6e2065787069726564'),
    (frames.encode_close(1000), '880203e8'),
    (frames.encode_close(None), '8800'),
])
def test_a_frame_is_these_bytes(frame, wire):
    assert frame.hex() == wire


@pytest.mark.parametrize('size, header', [(125, '827d'), (126, '827e007e'), (65_535, '827effff'), (65_536, '827f0000000000010000')])
def test_the_length_is_coded_in_the_shortest_way(size, header):
    assert frames.encode(BINARY, bytes(size)) == bytes.fromhex(header) + bytes(size)


def test_a_long_reason_is_cut_between_two_characters():
    frame = frames.encode_close(4508, 'x' + '€' * 100)
    assert len(frame) == 2 + 2 + 1 + 3 * 40
    assert frame[4:].decode() == 'x' + '€' * 40


@pytest.mark.parametrize('code', [0, 999, 1004, 1005, 1006, 1015, 2999, 5000])
def test_a_close_code_that_must_not_be_sent_is_an_error(code):
    with pytest.raises(ValueError, match=str(code)):
        frames.encode_close(code)


def test_a_control_frame_that_is_too_long_is_an_error():
    with pytest.raises(ValueError, match='125'):
        frames.encode_ping(b'x' * 126)


@unhurried
@given(st.sampled_from([TEXT, BINARY, PING, PONG]), st.text(max_size=30))
def test_what_is_encoded_comes_back_when_a_client_masks_it(opcode, text):
    frame = frames.encode(opcode, text.encode())
    kind = {TEXT: Text, BINARY: Binary, PING: Ping, PONG: Pong}[opcode]
    assert decoded(frame[:1] + bytes([frame[1] | 0x80]) + bytes(4) + frame[2:]) == [kind(text if opcode == TEXT else text.encode())]
