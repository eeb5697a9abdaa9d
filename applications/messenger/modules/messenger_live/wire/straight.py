"""What nearly every client sends, straight from the bytes of a socket: one whole, final, masked text frame with a short header.

Whatever else is there is left to frames.Decoder, which is the judge of all. Must not live here: sockets, JSON.
"""
from .frames import CONTROL_BYTES, FINAL, MASK_BYTES, MASKED, TEXT, unmasked

_OPENING, _TWO_BYTES = FINAL | TEXT, 126


def text(data, position, limit):
    """Return (the text of the frame that begins at `position`, where that ends), or None for anything in need of the decoder."""
    if len(data) < position + 2 + MASK_BYTES or data[position] != _OPENING:
        return None
    size, start = data[position + 1] ^ MASKED, position + 2 + MASK_BYTES    # of a frame without a mask that is above all sizes
    if size > CONTROL_BYTES:
        if size != _TWO_BYTES:
            return None
        size, start = data[position + 2] << 8 | data[position + 3], start + 2
        if size <= CONTROL_BYTES:
            return None
    end = start + size
    if end > len(data) or size > limit:
        return None
    try:
        return unmasked(data, start, end).decode(), end
    except UnicodeDecodeError:
        return None
