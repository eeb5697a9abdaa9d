"""The frames of a stored message, ready to be written to sockets: what protocol.py says and frames.py encodes, in one go.

A message goes to many sockets, and most of what is said to one is said to all. Must not live here: what the fields are.
"""
from functools import lru_cache

from . import frames, protocol, quick_json

_HEAD = b'{"type":"message","seq":%d,"id":%d,"conversation":%d,"number":%d,"sender":%s,'
_SENDER_ID, _RECEIVER_ID, _TEXT = b'"sender_id":%d,', b'"receiver_id":%d,', b'"content":%s,"timestamp":"%s"'
_WIDTHS = {length: width for length, (width, _) in frames.EXTENDED_LENGTHS.items()}
_ACK, _ACK_OF = b'{"type":"ack",', b'"id":%d,"seq":%d,"conversation":%d,"number":%d,"timestamp":"%s"}'


def of(message):
    """Return the `message` frame for its sender's own sockets, which are told the ref, and the one for everybody else's."""
    id, seq, conversation, number, sender_id, sender, receiver_id, content, timestamp, _, ref = message
    text = b''.join((
        _HEAD % (seq, id, conversation, number, _name(sender)), b'' if sender_id is None else _SENDER_ID % sender_id,
        b'' if receiver_id is None else _RECEIVER_ID % receiver_id, _TEXT % (quick_json.encode(content), _time(timestamp))))
    others = frames.encode(frames.TEXT, text + b'}')
    own = others if ref is None else frames.encode(frames.TEXT, b'%s,"ref":%s}' % (text, quick_json.encode(ref)))
    return own, others


def ack(message, ref=None):
    """Return the `ack` frame of a stored message, the same for the first and for every repeated one."""
    head = _ACK if ref is None else b'%s"ref":%s,' % (_ACK, quick_json.encode(ref))
    rest = _ACK_OF % (message.id, message.seq, message.conversation, message.number, _time(message.timestamp))
    return frames.encode(frames.TEXT, head + rest)


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
