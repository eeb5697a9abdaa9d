"""The frames of a stored message, ready to be written to sockets: what protocol.py says and frames.py encodes, in one go.

A message goes to many sockets, and most of what is said to one is said to all. Must not live here: what the fields are.
"""
from functools import lru_cache

from . import frames, protocol, quick_json

_MESSAGE = b'{"type":"message","seq":%d,"id":%d,"conversation":%d,"number":%d,"sender":%s,%s%s"content":%s,"timestamp":"%s"'
_SENDER_ID, _RECEIVER_ID = b'"sender_id":%d,', b'"receiver_id":%d,'
_ACK = b'{"type":"ack",%s"id":%d,"seq":%d,"conversation":%d,"number":%d,"timestamp":"%s"}'
_WIDTHS = {length: width for length, (width, _) in frames.EXTENDED_LENGTHS.items()}


def stored(message, ref=None):
    """Return the frames that tell of a message which was stored under `ref`: its ack; what its sender's own sockets are told, with the
    ref; and what all others are.
    """
    id, seq, conversation, number, sender_id, sender, receiver_id, content, timestamp, _, _ = message
    time = _time(timestamp)
    text = _MESSAGE % (
        seq, id, conversation, number, _name(sender), b'' if sender_id is None else _SENDER_ID % sender_id,
        b'' if receiver_id is None else _RECEIVER_ID % receiver_id, quick_json.encode_text(content), time)
    its_ref = b'' if ref is None else b'"ref":%s' % quick_json.encode_text(ref)
    ack = frames.encode(frames.TEXT, _ACK % (its_ref and its_ref + b',', id, seq, conversation, number, time))
    others = frames.encode(frames.TEXT, text + b'}')
    return ack, frames.encode(frames.TEXT, b'%s,%s}' % (text, its_ref)) if its_ref else others, others


def ack(message, ref=None):
    """Return the ack alone, the same for the first and for every repeated one."""
    return stored(message, ref)[0]


def split(joined):
    """Return the frames, as frames.encode made them, that were joined to one."""
    found, start = [], 0
    while start < len(joined):
        size, width = joined[start + 1], _WIDTHS.get(joined[start + 1], 0)
        if width:
            size = int.from_bytes(joined[start + 2:start + 2 + width], 'big')
        end = start + 2 + width + size
        found.append(joined[start:end])
        start = end
    return found


# Few members send at the same time, and a second has many messages.
@lru_cache(1024)
def _name(sender):
    return quick_json.encode(sender)


@lru_cache(16)
def _time(moment):
    return protocol.time(moment).encode()
