"""WebSocket frames (RFC 6455, the server's side): bytes in, events out, and payloads back to bytes.

Lives here: the decoder with all its limits, and the encoders. Must not live here: sockets, time, JSON, what a message means.
"""
from __future__ import annotations

from dataclasses import dataclass
from struct import pack

CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0x0, 0x1, 0x2, 0x8, 0x9, 0xA

PROTOCOL_ERROR, BAD_TEXT, TOO_BIG = 1002, 1007, 1009
CLOSE_CODES = frozenset((*range(1000, 1004), *range(1007, 1015), *range(3000, 5000)))
CONTROL_BYTES, MASK_BYTES = 125, 4
FINAL, RESERVED_BITS, OPCODE_BITS, MASKED, LENGTH_BITS = 0x80, 0x70, 0x0F, 0x80, 0x7F
# The 7-bit length -> (bytes of the real one, the smallest length that may be coded so).
EXTENDED_LENGTHS = {126: (2, 126), 127: (8, 1 << 16)}


class ProtocolError(Exception):
    """The peer broke the protocol: close with `close_code` and read no more of it."""

    def __init__(self, close_code: int, reason: str):
        super().__init__(close_code, reason)
        self.close_code = close_code
        self.reason = reason


# Not NamedTuples: as tuples, Binary(b'x') and Ping(b'x') would be equal. Text isn't frozen: that would make each five times as dear.
@dataclass(unsafe_hash=True)
class Text:
    __slots__ = ('text',)
    text: str


@dataclass(frozen=True)
class _Bytes:
    __slots__ = ('data',)
    data: bytes


class Binary(_Bytes):
    __slots__ = ()


class Ping(_Bytes):
    __slots__ = ()


class Pong(_Bytes):
    __slots__ = ()


@dataclass(frozen=True)
class Close:
    """`code` is None where the peer gave none."""
    __slots__ = ('code', 'reason')
    code: int | None
    reason: str


class Decoder:
    """Turns one client's bytes into events. `limit` is the bytes of a whole message, all its fragments together."""
    # Ten thousand of them lie idle.
    __slots__ = ('_buffer', '_closed', '_failure', '_fragments', '_header', '_limit', '_max_fragments', '_opcode', '_position', '_size')

    def __init__(self, limit: int, max_fragments: int = 64):
        self._limit = limit
        self._max_fragments = max_fragments
        self._failure = None
        self._closed = False
        self._forget()

    def feed(self, data: bytes) -> None:
        """Take what the socket gave; after a failure or a close frame it is thrown away."""
        if self._failure is None and not self._closed:
            self._buffer += data

    def next_event(self) -> Text | Binary | Ping | Pong | Close | None:
        """Return the next event, or None when it takes more bytes. Raises ProtocolError, from then on at every call."""
        if self._failure is not None:
            raise ProtocolError(*self._failure)
        try:
            return self._next_event()
        except ProtocolError as error:
            self._failure = error.args
            self._forget()
            raise

    @property
    def pending(self) -> int:
        """Count the bytes held for events that aren't complete, or weren't asked for."""
        return len(self._buffer) - self._position + self._size

    @property
    def mid_frame(self) -> bool:
        """Tell, once next_event() has given None, whether a frame or a fragmented message is still open."""
        return self._opcode is not None or len(self._buffer) > self._position

    def _next_event(self):
        event = None
        while event is None:
            # Kept, so that a big frame that comes in many pieces is parsed once.
            self._header = self._header or self._read_header()
            if self._header is None or len(self._buffer) < self._header[2]:
                return None
            (first, start, end), self._header = self._header, None
            payload = unmasked(self._buffer, start, end)
            self._move_to(end)
            event = self._event(first & OPCODE_BITS, first & FINAL, payload)
        return event

    def _read_header(self):
        """Return the first byte and where the payload starts and ends, all checked; None when the header isn't all there."""
        buffer, position = self._buffer, self._position
        if len(buffer) < position + 2:
            return None
        first, second = buffer[position], buffer[position + 1]
        self._check_opening(first, second)
        length, start = second & LENGTH_BITS, position + 2
        if length in EXTENDED_LENGTHS:
            size, smallest = EXTENDED_LENGTHS[length]
            if len(buffer) < start + size:
                return None
            length, start = int.from_bytes(buffer[start:start + size], 'big'), start + size
            if length < smallest or length >> 63:
                raise ProtocolError(PROTOCOL_ERROR, 'the length is not coded in the shortest way')
        self._check_size(first & OPCODE_BITS, length)
        return first, start + MASK_BYTES, start + MASK_BYTES + length

    def _check_opening(self, first, second):
        opcode = first & OPCODE_BITS
        if first & RESERVED_BITS:
            raise ProtocolError(PROTOCOL_ERROR, 'a reserved bit is set')
        if opcode not in EVENTS:
            raise ProtocolError(PROTOCOL_ERROR, 'the opcode is unknown')
        if not second & MASKED:
            raise ProtocolError(PROTOCOL_ERROR, 'a frame of a client must be masked')
        if opcode >= CLOSE:
            if not first & FINAL or second & LENGTH_BITS > CONTROL_BYTES:
                raise ProtocolError(PROTOCOL_ERROR, 'a control frame is fragmented or too long')
        elif (opcode == CONTINUATION) == (self._opcode is None):
            raise ProtocolError(PROTOCOL_ERROR, 'a fragment is out of place')

    def _check_size(self, opcode, length):
        """Refuse by the header alone, before the payload takes memory."""
        if opcode >= CLOSE:
            return
        if length + self._size > self._limit:
            raise ProtocolError(TOO_BIG, f'a message may have {self._limit} bytes')
        if len(self._fragments) >= self._max_fragments:
            raise ProtocolError(TOO_BIG, f'a message may have {self._max_fragments} fragments')

    def _move_to(self, position):
        # Not after every frame: deleting the front of a bytearray may copy the rest.
        if position == len(self._buffer) or position > self._limit:
            del self._buffer[:position]
            position = 0
        self._position = position

    def _event(self, opcode, final, payload):
        if opcode < CLOSE:
            return self._join(opcode, final, payload)
        event = EVENTS[opcode](payload)
        if opcode == CLOSE:
            self._closed = True
            self._forget()
        return event

    def _join(self, opcode, final, payload):
        if final and opcode != CONTINUATION:
            return EVENTS[opcode](payload)
        if opcode != CONTINUATION:
            self._opcode = opcode
        self._fragments.append(payload)
        self._size += len(payload)
        if not final:
            return None
        opcode, payload = self._opcode, b''.join(self._fragments)
        self._opcode, self._fragments, self._size = None, [], 0
        return EVENTS[opcode](payload)

    def _forget(self):
        self._buffer, self._position, self._header = bytearray(), 0, None
        self._opcode, self._fragments, self._size = None, [], 0


def unmasked(buffer, start, end):
    """Return the payload of a frame. One XOR of two big integers: byte by byte, 16 MiB stop the process for 11 seconds."""
    size = end - start
    mask = (bytes(buffer[start - MASK_BYTES:start]) * (size // MASK_BYTES + 1))[:size]
    return (int.from_bytes(buffer[start:end], 'little') ^ int.from_bytes(mask, 'little')).to_bytes(size, 'little')


def _utf8(payload):
    try:
        return payload.decode()
    except UnicodeDecodeError as error:
        raise ProtocolError(BAD_TEXT, 'the text is not UTF-8') from error


def _text(payload):
    return Text(_utf8(payload))


def _close(payload):
    if not payload:
        return Close(None, '')
    code = int.from_bytes(payload[:2], 'big')   # a single byte, too, is no valid code
    if code not in CLOSE_CODES:
        raise ProtocolError(PROTOCOL_ERROR, 'the close code is not valid')
    return Close(code, _utf8(payload[2:]))


# What an unfragmented frame becomes. A continuation never gets that far: it has an open message, or is out of place.
EVENTS = {CONTINUATION: None, TEXT: _text, BINARY: Binary, CLOSE: _close, PING: Ping, PONG: Pong}


def encode(opcode: int, payload: bytes) -> bytes:
    """Return one whole, unmasked frame."""
    size = len(payload)
    if size <= CONTROL_BYTES:
        return pack('!BB', FINAL | opcode, size) + payload
    if opcode >= CLOSE:
        raise ValueError(f'a control frame may have {CONTROL_BYTES} bytes, not {size}')
    if size < 1 << 16:
        return pack('!BBH', FINAL | opcode, 126, size) + payload
    return pack('!BBQ', FINAL | opcode, 127, size) + payload


def encode_text(text: str | bytes) -> bytes:
    return encode(TEXT, text.encode() if isinstance(text, str) else text)


def encode_close(code: int | None = None, reason: str = '') -> bytes:
    """Return a close frame; a reason that is too long is cut between two characters."""
    if code is None:
        return encode(CLOSE, b'')
    if code not in CLOSE_CODES:
        raise ValueError(f'{code!r} must not be sent as a close code')
    cut = reason.encode('utf-8', 'replace')[:CONTROL_BYTES - 2].decode('utf-8', 'ignore')
    return encode(CLOSE, pack('!H', code) + cut.encode())


def encode_ping(payload: bytes = b'') -> bytes:
    return encode(PING, payload)


def encode_pong(payload: bytes) -> bytes:
    return encode(PONG, payload)
