"""A session that lies in its cookie must fit into one: browsers keep none that is longer, and go on with the one before.

So the keys of forms, of which web2py keeps ten for each form, make room for each other.
"""
import pickle
import zlib

from gluon import current

FORM_KEYS = '_formkey['
KEPT = (10, 5, 2, 1)
LONGEST = 3_900     # of 4,096 bytes; some browsers count what comes with it, too
BLOCK = 32


def fit():
    """Forget the oldest keys, as many as it takes and of all forms alike."""
    session = current.session
    held = {name: keys for name, keys in session.items() if name.startswith(FORM_KEYS) and isinstance(keys, list)}
    for kept in KEPT:
        session.update({name: keys[-kept:] for name, keys in held.items()})
        if _length() <= LONGEST:
            break


def _length():
    """Return how long web2py's cookie will be, name and value, which it encrypts in Python where there is nothing faster."""
    response = current.response
    data, level = pickle.dumps(dict(current.session), pickle.HIGHEST_PROTOCOL), response.session_cookie_compression_level
    data = zlib.compress(data, level) if level else data
    encrypted = 16 + (len(data) // BLOCK + 1) * BLOCK
    return len(response.session_data_name) + len('="hmac256::"') + 64 + (encrypted + 2) // 3 * 4
