"""JSON as the wire takes it: no key twice in an object, no number that isn't finite. Must not live here: what a frame means."""
import json
import math


def parse(text):
    """Return what `text` holds; raises ValueError or RecursionError."""
    return _DECODER.decode(text)


def _pairs(pairs):
    frame = dict(pairs)
    if len(frame) != len(pairs):
        raise ValueError('duplicate key')
    return frame


def _finite(literal):
    number = float(literal)
    if not math.isfinite(number):
        raise ValueError(literal)
    return number


_DECODER = json.JSONDecoder(object_pairs_hook=_pairs, parse_float=_finite, parse_constant=_finite)
