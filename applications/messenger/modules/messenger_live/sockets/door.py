"""The door: accepts connections, and counts those whose handshake isn't done yet, so that a flood of them costs little.

Must not live here: what a request says (handler.py), and connections that have become sockets (server.py).
"""
import contextlib
import socket
from collections import Counter

from gevent.pywsgi import WSGIServer

from ..wire import addresses
from .handler import Handler

OTHER_FILES = 64    # databases, logs, what is open for a moment


def fit_to_files(realtime, files):
    """Let in no more than `files` open files are enough for; return whether that is less than the settings promise."""
    spare, promised = max(files - OTHER_FILES, 16), realtime.connections_in_all
    realtime.handshakes_in_all = min(realtime.handshakes_in_all, spare // 4)
    realtime.connections_in_all = min(promised, spare - realtime.handshakes_in_all)
    return realtime.connections_in_all < promised


def ticker(loop, realtime):
    """Return the timer that keeps the connections' deadlines; none of its pauses may be taken for one of the whole process."""
    seconds = max(0.05, min(realtime.tick_seconds, realtime.close_seconds, realtime.pause_seconds / 2))
    return loop.timer(seconds, seconds)


def has_left(sock):
    """Say whether the peer of a socket has gone before anything was read. Any thread may ask."""
    try:
        return sock.recv(1, socket.MSG_PEEK) == b''
    except BlockingIOError:
        return False
    except OSError:
        return True


class Door(WSGIServer):
    """pywsgi behind a listening socket; `application` is what Handler takes its answers from, and holds the settings."""

    max_accept = 8      # in one go: the files of those that are cut are free only after the loop's next turn

    def __init__(self, listener, application):
        # Without a SERVER_NAME it asks the name service for one.
        super().__init__(listener, application=application, handler_class=Handler, log=None, error_log=None,
                         environ={'SERVER_NAME': 'messenger'})
        self._unfinished = {}       # {socket: its peer's address}, the oldest first
        self._addresses = Counter()

    def do_handle(self, sock, address):
        """Take a connection that was accepted, or close it. What a trusted proxy brings is not one address's."""
        peer, limit = address[0] if address else '', self.application.realtime
        is_one_address, peer = not addresses.is_trusted(peer, limit.trusted_proxies), addresses.counted(peer)
        if is_one_address and self._addresses[peer] >= limit.handshakes_per_address:
            return sock.close()
        if len(self._unfinished) >= limit.handshakes_in_all:
            self._cut_oldest()
        self._unfinished[sock] = peer
        self._addresses[peer] += 1
        return super().do_handle(sock, address)

    def do_close(self, sock, *args):
        """The request was answered, or its connection has become a socket of its own."""
        self._forget(sock)
        super().do_close(sock, *args)

    def _cut_oldest(self):
        """Make room. Not the newest: a good client's handshake is done in milliseconds, a bad one's lies there for seconds."""
        oldest = next(iter(self._unfinished))
        self._forget(oldest)
        with contextlib.suppress(OSError):
            oldest.shutdown(socket.SHUT_RDWR)   # its greenlet reads the end of the stream, and ends

    def _forget(self, sock):
        peer = self._unfinished.pop(sock, None)
        if peer is not None:
            self._addresses[peer] -= 1
            if not self._addresses[peer]:
                del self._addresses[peer]
