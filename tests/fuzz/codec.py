"""What must hold for whatever bytes a client sends: the decoder of frames."""
from messenger_live.wire import frames

LIMIT = 300
LONGEST_HEADER = 14
CODES = {1002, 1007, 1009}
OPCODES = {frames.Binary: frames.BINARY, frames.Ping: frames.PING, frames.Pong: frames.PONG}

# The first byte chooses how the rest is cut, and whether it is the stream itself or a recipe for frames with good headers.
SEEDS = [bytes.fromhex(text) for text in (
    '00818537fa213d7f9f4d5158', '02880080ff8801800003e8', '05018161008261620081638100', '0881fe007e00000000' + '61' * 126,
    '0101014109024242800143880203e8', '030180800080018001e280018280',
    '010178' + '61' * 120 + '0078' + '62' * 120 + '8078' + '63' * 120, '0081fe000500000000' + '61' * 5)]
WORDS = [bytes([opening]) for opening in (0x00, 0x01, 0x02, 0x80, 0x81, 0x82, 0x88, 0x89, 0x8a)] + [
    b'\xfe\x00\x7e', b'\xff' + bytes(8), b'\x88\x82\0\0\0\0\x03\xe8']


def check(data):
    if not data:
        return
    stream = framed(data[1:]) if data[0] & 1 else data[1:]
    whole = events_of([stream])
    assert whole == events_of(pieces(stream, data[0] >> 1)), 'cutting the stream changes what it says'
    for event in whole:
        if isinstance(event, int):
            assert event in CODES
        else:
            assert len(encoded(event)) <= LIMIT + LONGEST_HEADER
            assert events_of([masked(encoded(event))]) == [event], 'encoding changes what was decoded'
    if not any(isinstance(event, (int, frames.Close)) for event in whole):
        for opening, size, header in frames_in(stream):
            assert_right(opening, size, header)


def events_of(parts):
    """Return all events of a stream; a protocol error is the last of them, as its close code."""
    decoder, events = frames.Decoder(LIMIT, max_fragments=8), []
    try:
        for part in parts:
            decoder.feed(part)
            for event in iter(decoder.next_event, None):
                events.append(event)
            # A ping may come in pieces amid a message that is all there but for its end.
            assert decoder.pending <= LIMIT + LONGEST_HEADER + frames.CONTROL_BYTES, 'more is held than a message may have'
    except frames.ProtocolError as error:
        events.append(error.close_code)
        assert error.reason and decoder.pending == 0
    return events


def frames_in(stream):
    """Read headers in the plainest way, and judge nothing: yield opening byte, size of the payload and the rest of the header."""
    position = 0
    while len(stream) - position >= 2:
        width = {126: 2, 127: 8}.get(stream[position + 1] & 0x7F, 0)
        header = stream[position + 1:position + 2 + width]
        if len(header) < 1 + width:
            return
        size = int.from_bytes(header[1:], 'big') if width else header[0] & 0x7F
        yield stream[position], size, header
        position += 2 + width + 4 + size


def assert_right(opening, size, header):
    """What was let through is what RFC 6455 allows a client."""
    assert header[0] & 0x80 and not opening & 0x70 and opening & 0x0F in (0, 1, 2, 8, 9, 10)
    assert len(header) == (1 if size < 126 else 3 if size < 1 << 16 else 9)
    assert size <= (125 if opening & 8 else LIMIT) and (opening & 0x80 or not opening & 8)


def pieces(stream, seed):
    """Cut the stream at places that depend on the seed: byte by byte, or in pieces of changing size."""
    position = 0
    while position < len(stream):
        size = 1 + seed * (position + 1) % (seed + 1)
        yield stream[position:position + size]
        position += size


def framed(recipe):
    """Make frames with right headers of whatever there is: opening byte, size, payload; so that more than the header is tried."""
    stream, position = b'', 0
    while position + 1 < len(recipe):
        opening, size = recipe[position], recipe[position + 1] & 0x7F
        payload = recipe[position + 2:position + 2 + size]
        stream += masked(bytes([opening]) + frames.encode(frames.BINARY, payload)[1:])
        position += 2 + size
    return stream


def masked(frame):
    """Make a server's frame a client's."""
    header = {126: 4, 127: 10}.get(frame[1], 2)
    mask = frame[-4:].ljust(4, b'm')
    payload = bytes(byte ^ mask[index % 4] for index, byte in enumerate(frame[header:]))
    return frame[:1] + bytes([frame[1] | 0x80]) + frame[2:header] + mask + payload


def encoded(event):
    if isinstance(event, frames.Text):
        return frames.encode_text(event.text)
    if isinstance(event, frames.Close):
        return frames.encode_close(event.code, event.reason)
    return frames.encode(OPCODES[type(event)], event.data)
