"""The quick road of a handshake: a request that is whole and as browsers write it is answered at once, without a greenlet of its own.

It only ever lets in. Whatever is in doubt, or must be refused, is left to handler.py, with not a byte of it read; that is its judge, too.
On the event loop only.
"""
import logging

from ..wire import handshake, plain_upgrade
from .whence import Whence

log = logging.getLogger('messenger.quick')

KINDS = {'': 'tutorial', '?v=1': 'protocol'}
ANSWER = (b'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: %s\r\n\r\n')


def targets(paths):
    """Return {what browsers ask for: who comes so}; `paths` as server.Server has them."""
    return {path + query: kind if listens else 'stream' for path, listens in paths.items() for query, kind in KINDS.items()}


def let_in(desk, known, data, sock, peer):
    """Make a socket of the connection, which has sent `data`, still to be read; return False where that is not to be done here.

    `desk` is the server.Server that takes it over, `known` are its targets().
    """
    request = plain_upgrade.read(data)
    kind = request and known.get(request.target)
    if kind is None or not desk.origins.allows(request.origins, request.host):
        return False
    whence = Whence(peer, request.forwarded, desk.realtime.trusted_proxies)
    address = whence.address()
    try:
        desk.admit(address)
    except handshake.Refused:
        return False
    whence.note_silent_proxy(request.host)
    connection = desk.connection(sock, address)
    try:
        if _answer(sock, request):
            desk.opened(connection, kind, request.cookies, whence.client(), b'')
            return True
    except OSError:
        pass        # the peer has left
    except Exception:
        log.exception('a handshake failed')
    connection.terminate()
    return True


def _answer(sock, request):
    """Read the request, and nothing that came after it; return whether the answer has gone out whole, as it does but for odd sockets."""
    answer = ANSWER % handshake.accept_key(request.key).encode()
    return len(sock.recv(request.size)) == request.size and sock.send(answer) == len(answer)
