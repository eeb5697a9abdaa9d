"""The door: accepts connections, and counts those whose handshake isn't done yet, so that a flood of them costs little.

Must not live here: what a request says (handler.py), and connections that have become sockets (server.py).
"""
import contextlib
import logging
import socket
from collections import Counter
from time import monotonic

import gevent.socket
from gevent.pywsgi import WSGIServer

from ..wire import addresses, plain_upgrade
from . import quick
from .handler import Handler

log = logging.getLogger('messenger.door')

READ = 1
OTHER_FILES = 64    # databases, logs, what is open for a moment


def fit_to_files(realtime, files):
    """Let in no more than `files` open files are enough for; return whether that is less than the settings promise."""
    spare, promised = max(files - OTHER_FILES, 16), realtime.connections_in_all
    realtime.handshakes_in_all = min(realtime.handshakes_in_all, spare // 4)
    realtime.connections_in_all = min(promised, spare - realtime.handshakes_in_all)
    return realtime.connections_in_all < promised


def tick_seconds(realtime):
    """Return how often deadlines are looked at; none of the pauses in between may be taken for one of the whole process."""
    return max(0.05, min(realtime.tick_seconds, realtime.close_seconds, realtime.pause_seconds / 2))


def ticker(loop, realtime):
    """Return the timer that keeps the connections' deadlines."""
    seconds = tick_seconds(realtime)
    return loop.timer(seconds, seconds)


def has_left(sock):
    """Say whether the peer of a socket has gone before anything was read. Any thread may ask."""
    try:
        return sock.recv(1, socket.MSG_PEEK) == b''
    except BlockingIOError:
        return False
    except OSError:
        return True


def heard(sock):
    """Return what a socket has been sent, which stays unread; b'' when the peer has gone, None when there is nothing yet."""
    try:
        return sock.recv(plain_upgrade.MOST_BYTES, socket.MSG_PEEK)
    except BlockingIOError:
        return None
    except OSError:
        return b''


class Arrival:
    """A connection whose handshake isn't done yet. `watcher`: it has said nothing so far, and is watched for that without a greenlet."""

    __slots__ = ('sock', 'address', 'peer', 'since', 'watcher')

    def __init__(self, sock, address, peer):
        self.sock, self.address, self.peer, self.since, self.watcher = sock, address, peer, monotonic(), None


class Door(WSGIServer):
    """pywsgi behind a listening socket; `application` is what Handler takes its answers from, and holds the settings.

    A request that is there whole, and plain, takes the quick road; pywsgi gets the others, with all of their bytes unread.
    """

    max_accept = 8      # in one go: the files of those that are cut are free only after the loop's next turn

    def __init__(self, listener, application):
        # Without a SERVER_NAME it asks the name service for one.
        super().__init__(listener, application=application, handler_class=Handler, log=None, error_log=None,
                         environ={'SERVER_NAME': 'messenger'})
        self._targets = quick.targets(application.paths)
        self._unfinished = {}       # {Arrival: None}, the oldest first
        self._addresses = Counter()
        self._deadline = None       # the timer of the first of those that are watched

    def do_read(self):
        """Accept one. Not as gevent's socket: most never need one."""
        try:
            descriptor, address = self.socket._accept()
        except BlockingIOError:
            return None
        sock = socket.socket(self.socket.family, self.socket.type, self.socket.proto, fileno=descriptor)
        sock.setblocking(False)
        return sock, address

    def do_handle(self, sock, address):
        """Take a connection that was accepted, or close it. What a trusted proxy brings is not one address's."""
        peer, limit = address[0] if address else '', self.application.realtime
        is_one_address, counted = not addresses.is_trusted(peer, limit.trusted_proxies), addresses.counted(peer)
        if is_one_address and self._addresses[counted] >= limit.handshakes_per_address:
            return sock.close()
        data = heard(sock)
        if data == b'':
            return sock.close()
        if data and self._let_in(data, sock, address):
            return None
        if len(self._unfinished) >= limit.handshakes_in_all:
            self._cut_oldest()
        arrival = Arrival(sock, address, counted)
        self._unfinished[arrival] = None
        self._addresses[counted] += 1
        self._hand_over(arrival) if data else self._wait_for(arrival)

    def handle(self, sock, address, arrival):
        """In a greenlet: what pywsgi does."""
        self.handler_class(sock, address, self, arrival.since).handle()

    def do_close(self, sock, address, arrival):
        """The request was answered, or its connection has become a socket of its own."""
        self._forget(arrival)
        super().do_close(sock)

    def _let_in(self, data, sock, address):
        """Whatever goes wrong with one costs that one only."""
        try:
            return quick.let_in(self.application, self._targets, data, sock, address[0] if address else '')
        except Exception:
            log.exception('a request failed')
            sock.close()
            return True

    def _hand_over(self, arrival):
        sock = arrival.sock
        arrival.sock = gevent.socket.socket(sock.family, sock.type, sock.proto, fileno=sock.detach())
        super().do_handle(arrival.sock, arrival.address, arrival)

    def _wait_for(self, arrival):
        """Have nothing but a watcher until something is heard; then it is the quick road's or pywsgi's, even if that is half a request."""
        arrival.watcher = self.loop.io(arrival.sock.fileno(), READ)
        arrival.watcher.start(self._heard, arrival)
        if self._deadline is None:
            self._set_deadline(arrival)

    def _heard(self, arrival):
        self._stop_watching(arrival)
        data = heard(arrival.sock)
        if data and not self._let_in(data, arrival.sock, arrival.address):
            return self._hand_over(arrival)
        self._forget(arrival)
        if not data:
            arrival.sock.close()

    def _stop_watching(self, arrival):
        arrival.watcher.stop()
        arrival.watcher.close()
        arrival.watcher = None

    def _set_deadline(self, arrival):
        self._deadline = self.loop.timer(max(0, arrival.since + self.application.realtime.handshake_seconds - monotonic()))
        self._deadline.start(self._cut_late)

    def _cut_late(self):
        """Who has said nothing in time is closed without a word, as by pywsgi's handler."""
        self._deadline.close()
        self._deadline, now = None, monotonic()
        for arrival in [one for one in self._unfinished if one.watcher]:
            if now - arrival.since < self.application.realtime.handshake_seconds:
                return self._set_deadline(arrival)
            self._stop_watching(arrival)
            self._forget(arrival)
            arrival.sock.close()

    def _cut_oldest(self):
        """Make room. Not the newest: a good client's handshake is done in milliseconds, a bad one's lies there for seconds."""
        oldest = next(iter(self._unfinished))
        self._forget(oldest)
        with contextlib.suppress(OSError):
            oldest.sock.shutdown(socket.SHUT_RDWR)      # whoever reads it reads the end of the stream, and ends

    def _forget(self, arrival):
        if arrival in self._unfinished:
            del self._unfinished[arrival]
            self._addresses[arrival.peer] -= 1
            if not self._addresses[arrival.peer]:
                del self._addresses[arrival.peer]
