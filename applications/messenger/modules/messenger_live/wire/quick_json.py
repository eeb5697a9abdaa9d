"""JSON by orjson where it is installed: the same bytes as Python's own json writes, the same verdicts as strict.py's, in less time.

Whatever the two might see differently is left to those. Must not live here: what a frame means. Web pages may run without orjson.
"""
import json

from . import strict

try:
    import orjson
except ImportError:
    orjson = None

# json.dumps with these arguments makes an encoder for each call.
_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(',', ':'))
# Of these orjson reads and writes what json does. Not of every float: 1e-07 and 1e-7, and an integer beyond 64 bits becomes one.
_ALIKE = frozenset((str, int, bool, type(None)))
_TO_LOOK_INTO = frozenset((dict, list, float))
# What is counted in a text: what opens an object and a list, a colon, and how one can be written otherwise.
_SIGNS, _SIGNS_IN_BYTES = ('{', '[', ':', r'\u003'), (b'{', b'[', b':', rb'\u003')
MOST_OPENED = 64        # brackets: a flat frame has one, and those in its texts


def encode(value):
    """Return the value as JSON bytes; half a character becomes a question mark."""
    if orjson and _is_alike(value):
        try:
            return orjson.dumps(value)
        except TypeError:
            pass    # half a character, an integer beyond 64 bits, keys that are no text
    return _ENCODER.encode(value).encode('utf-8', 'replace')


def encode_text(text):
    """The same of a text."""
    try:
        return orjson.dumps(text) if orjson else encode(text)
    except TypeError:
        return encode(text)


def _is_alike(value):
    kind = type(value)
    if kind is float:
        return 0.001 <= value < 1e6     # without an exponent, whoever writes it
    if kind not in _TO_LOOK_INTO:
        return kind in _ALIKE
    values = value.values() if kind is dict else value
    kinds = set(map(type, values))
    if kinds <= _ALIKE:
        return True
    return kinds <= _ALIKE | _TO_LOOK_INTO and all(_is_alike(one) for one in values if type(one) in _TO_LOOK_INTO)


def parse(text):
    """Return what `text` (str, or bytes of UTF-8) holds; raises ValueError or RecursionError."""
    frame = _flat(text) if orjson else None
    return strict.parse(text if isinstance(text, str) else text.decode('utf-8')) if frame is None else frame


def _flat(text):
    """Return the object that `text` holds if it is flat, and beyond doubt what strict.py would return; else None."""
    object_sign, list_sign, colon, escaped = _SIGNS if type(text) is str else _SIGNS_IN_BYTES
    if text.count(object_sign) + text.count(list_sign) > MOST_OPENED:
        return None     # thousands of lists would only be made to be thrown away
    try:
        frame = orjson.loads(text)
    except ValueError:
        return None
    if type(frame) is not dict or not _ALIKE.issuperset(map(type, frame.values())):
        return None
    # Of two equal keys the first is gone without a word, but its colon is not. The others stand in texts, where they can be written as
    # an escape too.
    colons = text.count(colon) - len(frame)
    return frame if not colons or (colons == _colons_in(frame) and escaped not in text) else None


def _colons_in(frame):
    return sum(value.count(':') for value in frame.values() if type(value) is str) + sum(key.count(':') for key in frame)
