"""What a request brings besides its address, kept from web2py, which reads it whole and into a file at whatever moment it looks at it.

Names of web2py's Request that begin with _ are where its properties keep what they have made; they are the same in all its releases.
"""
import contextlib
import io
from threading import Semaphore
from time import monotonic

from gluon import current
from gluon.storage import Storage

CHUNK = 65_536
# Of what is refused so much is read, and for so long, so that its sender comes to read the answer.
DROPPED, DROP_SECONDS = 8 * 1024 * 1024, 1.0
_waiting = Semaphore(4)     # no more threads than that wait for what is dropped; the others drop what has come
# Where Rocket and gunicorn have it; whoever else doesn't read a body before it calls an application ends by itself what is silent.
SOCKETS = (('raw', '_sock'), ('reader', 'unreader', 'sock'))
UNKNOWN = -1    # the length of a body that doesn't say it, or not so that it can be believed


def hold():
    """Have web2py find no body, whatever of it asks."""
    _put(_Held(max(length(), 0)), Storage())


def length():
    """Return how many bytes the request says that it brings."""
    env = current.request.env
    said = env.content_length or '0'
    if env.http_transfer_encoding or not (said.isascii() and said.isdigit()):
        return UNKNOWN
    return int(said) if len(said) < 19 else 10 ** 18    # Python refuses to read numbers of thousands of digits


def taken(seconds):
    """Return the body that hold() has kept, or as much of it as has come within so many seconds, or before its sender has gone."""
    return current.request._body.taken(monotonic() + seconds)


def hand_over(body, fields):
    """Let web2py and the actions have what was read: the bytes, and the Storage of their fields."""
    _put(io.BytesIO(body), fields)


def left_behind():
    """Drop what is left of a body; return the headers of an answer that say so where something still is: it would be the next request."""
    body = current.request._body
    if not isinstance(body, _Held):
        return {}
    body.close()
    if body.left or length() == UNKNOWN:
        # Of other servers some take it for a fault that an application says this, and all know by themselves.
        return {'Connection': 'close'} if (current.request.env.server_software or '').startswith('Rocket') else {}
    return {}


def _put(body, fields):
    request = current.request
    request._body, request._post_vars, request._vars = body, fields, None


def _chunk(left, seconds):
    stream = current.request.env['wsgi.input']
    try:
        with _patience(stream, seconds) as has_some:
            # What is there, where the server can give that: who sends a byte now and then would be waited for until all is there.
            return getattr(stream, 'read1', stream.read)(min(left, CHUNK)) if has_some else b''
    except (OSError, ValueError):   # its sender is gone, or stays silent for longer than anybody waits
        return b''


@contextlib.contextmanager
def _patience(stream, seconds):
    """Have a read wait so long at most, 0: not at all, where the socket below the server's stream can be found.

    It waits as long as that server has it elsewhere; whether anything may be read at all is what is given.
    """
    socket = next((socket for socket in (_below(stream, names) for names in SOCKETS) if socket), None)
    if socket is None:
        yield seconds > 0
        return
    usual = socket.gettimeout()
    socket.settimeout(seconds if usual is None else min(usual, seconds))
    try:
        yield True
    finally:
        socket.settimeout(usual)


def _below(stream, names):
    for name in names:
        stream = getattr(stream, name, None)
    return stream


class _Held:
    """An empty file, as far as web2py goes, which closes it before it answers: then what nobody wanted is read and dropped.

    `left` is how many bytes of the body have not been read. No file of Python's: those close themselves once more, when they are
    forgotten, which may be in the middle of another request.
    """

    def __init__(self, left):
        self.left, self.is_awaited = left, True

    def taken(self, until):
        chunks = []
        while self.left:
            chunk = _chunk(self.left, max(0, until - monotonic()))
            if not chunk:
                break
            chunks.append(chunk)
            self.left -= len(chunk)
        self.is_awaited = False     # whatever is missing: its sender has had the time
        return b''.join(chunks)

    def read(self, size=-1):
        return b''

    readline = read

    def seek(self, place, whence=0):
        return 0

    def close(self):
        if self.is_awaited and self.left <= DROPPED:
            may_wait = _waiting.acquire(blocking=False)
            try:
                self.taken(monotonic() + (DROP_SECONDS if may_wait else 0))
            finally:
                if may_wait:
                    _waiting.release()
