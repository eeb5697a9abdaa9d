"""What a request brings besides its address, kept from web2py, which reads it whole and into a file at whatever moment it looks at it.

Names of web2py's Request that begin with _ are where its properties keep what they have made; they are the same in all its releases.
"""
import io

from gluon import current
from gluon.storage import Storage

CHUNK = 65_536
DROPPED = 8 * 1024 * 1024   # of what is refused so much is read, so that its sender comes to read the answer
UNKNOWN = -1    # the length of a body that doesn't say it, or not so that it can be believed


def hold():
    """Have web2py find no body, whatever of it asks."""
    _put(_Held(), Storage())


def length():
    """Return how many bytes the request says that it brings."""
    env = current.request.env
    said = env.content_length or '0'
    if env.http_transfer_encoding or not (said.isascii() and said.isdigit()):
        return UNKNOWN
    return int(said) if len(said) < 19 else 10 ** 18    # Python refuses to read numbers of thousands of digits


def taken():
    """Return the body that hold() has kept; it is shorter than it was said to be when its sender has gone."""
    left, chunks = length(), []
    while left > 0:
        chunk = _chunk(left)
        if not chunk:
            break
        chunks.append(chunk)
        left -= len(chunk)
    return b''.join(chunks)


def hand_over(body, fields):
    """Let web2py and the actions have what was read: the bytes, and the Storage of their fields."""
    _put(io.BytesIO(body), fields)


def left_behind():
    """Return the headers of an answer to a request of whose body too much is left, or nobody knows how much."""
    body = current.request._body
    if isinstance(body, _Held) and not 0 <= length() <= DROPPED:
        body.is_left = True
        # Of other servers some take it for a fault that an application says this, and all know by themselves.
        return {'Connection': 'close'} if (current.request.env.server_software or '').startswith('Rocket') else {}
    return {}


def _put(body, fields):
    request = current.request
    request._body, request._post_vars, request._vars = body, fields, None


def _chunk(left):
    try:
        return current.request.env['wsgi.input'].read(min(left, CHUNK))
    except (OSError, ValueError):   # its sender is gone, or stays silent for longer than the server waits
        return b''


class _Held:
    """An empty file, as far as web2py goes, which closes it before it answers: then what nobody wanted is read and dropped.

    What is left would be taken for the next request of its connection. No file of Python's: those close themselves once more, when they are
    forgotten, which may be in the middle of another request.
    """
    is_left = False

    def read(self, size=-1):
        return b''

    readline = read

    def seek(self, place, whence=0):
        return 0

    def close(self):
        left = 0 if self.is_left else length()
        while left > 0:
            left -= len(_chunk(left)) or left
        self.is_left = True
