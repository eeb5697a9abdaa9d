"""Frames as a client makes and reads them, in the plainest way: not by the product's own code."""


def masked(opcode, payload=b'', final=True, length=None):
    """Return a client's frame; with `length` one that claims to be longer than it is. The mask is zero."""
    size = len(payload) if length is None else length
    width = 0 if size < 126 else 2 if size < 1 << 16 else 8
    coded = {0: bytes([0x80 | size & 0x7F]), 2: b'\xfe', 8: b'\xff'}[width] + size.to_bytes(8, 'big')[8 - width:]
    return bytes([0x80 * final | opcode]) + coded + bytes(4) + payload


def unpacked(data):
    """Return what a server's frames hold, a list of (opcode, payload), and the bytes of the frame that isn't whole."""
    found = []
    while len(data) >= 2:
        width = {126: 2, 127: 8}.get(data[1], 0)
        size = int.from_bytes(data[2:2 + width], 'big') if width else data[1]
        if len(data) < 2 + width + size:
            break
        found.append((data[0] & 0x0F, data[2 + width:2 + width + size]))
        data = data[2 + width + size:]
    return found, data
