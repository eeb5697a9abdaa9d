"""Thousands of WebSocket clients in one thread, cheaply: epoll, no library, a mask of zeros. Each may come from an address of its own.

Must not live here: what they do to the server (scenarios), what it takes (target.py).
"""
import itertools
import json
import resource
import select
import socket
import time
from collections import Counter

LISTEN = '/messenger/messaging/stream/listen?v=1'
HANDSHAKE = ('GET %s HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n'
             'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nOrigin: http://site.example\r\n%s\r\n')
IP_BIND_ADDRESS_NO_PORT = 24
TEXT, CLOSE, PING, PONG = 1, 8, 9, 10
RECEIVE_BYTES = 65_536
ADDRESSES = 80      # so that 10,000 are less than [realtime] connections_per_address from each


def masked(opcode, payload):
    """Return a client's frame. The mask is zero, which is one."""
    size = len(payload)
    head = bytes([0x80 | opcode])
    if size < 126:
        return head + bytes([0x80 | size]) + bytes(4) + payload
    return head + (b'\xfe' + size.to_bytes(2, 'big') if size < 1 << 16 else b'\xff' + size.to_bytes(8, 'big')) + bytes(4) + payload


def text(**frame):
    """Return a client's frame that says this."""
    return masked(TEXT, json.dumps(frame).encode())


def address(number):
    """Return the loopback address from which the client with this number comes."""
    return '127.0.1.%d' % (1 + number % ADDRESSES)


class Peer:
    """One client. `heard` is called with (peer, opcode, payload) for texts; `reads` says whether it reads after its welcome."""

    __slots__ = ('sock', 'crowd', 'received', 'waiting', 'status', 'is_open', 'welcomed', 'code', 'heard', 'reads', 'began_at', 'took',
                 'data', 'mask')

    def __init__(self, crowd, sock, request, heard, reads, data):
        self.crowd, self.sock, self.heard, self.reads, self.data = crowd, sock, heard, reads, data
        self.received, self.waiting = b'', request
        self.status = self.code = self.took = None
        self.is_open, self.welcomed = True, False
        self.began_at = time.monotonic()
        self.mask = select.EPOLLIN | select.EPOLLOUT

    def send(self, data):
        """Send now what goes, the rest later."""
        if not self.is_open:
            return
        if not self.waiting and self.status:
            try:
                sent = self.sock.send(data)
            except BlockingIOError:
                sent = 0
            except OSError:
                return self.end()
            data = data[sent:]
        if data:
            self.waiting += data
            self.watch()

    def say(self, **frame):
        self.send(text(**frame))

    def watch(self):
        """Have epoll look for what there is to do."""
        mask = (select.EPOLLIN if self.reads or not self.welcomed else 0) | (select.EPOLLOUT if self.waiting else 0)
        if mask != self.mask and self.is_open:
            self.crowd.epoll.modify(self.sock.fileno(), mask)
            self.mask = mask

    def ready(self, event):
        try:
            if event & select.EPOLLOUT:
                self.waiting = self.waiting[self.sock.send(self.waiting):]
                self.watch()
            if event & (select.EPOLLIN | select.EPOLLHUP | select.EPOLLERR):
                self.read()
        except BlockingIOError:
            pass
        except OSError:
            self.end()

    def read(self, size=RECEIVE_BYTES):
        """Read once, and react."""
        data = self.sock.recv(size)
        if not data:
            return self.end()
        self.received += data
        if self.status is None:
            self._answered()
        while self.is_open and self.status == 101 and self._frame():
            pass

    def _answered(self):
        head, found, rest = self.received.partition(b'\r\n\r\n')
        if found:
            self.status, self.received = int(head.split(b' ', 2)[1]), rest

    def _frame(self):
        data = self.received
        if len(data) < 2:
            return False
        size, start = data[1], 2
        if size >= 126:
            start = 4 if size == 126 else 10
            if len(data) < start:
                return False
            size = int.from_bytes(data[2:start], 'big')
        if len(data) < start + size:
            return False
        self.received = data[start + size:]
        self._heard(data[0] & 15, data[start:start + size])
        return True

    def _heard(self, opcode, payload):
        if opcode == PING:
            self.send(masked(PONG, payload))
        elif opcode == CLOSE:
            self.code = int.from_bytes(payload[:2], 'big') if payload else 1005
            self.end()
        elif opcode == TEXT:
            if not self.welcomed:
                self.welcomed, self.took = True, time.monotonic() - self.began_at
                self.watch()
            if self.heard:
                self.heard(self, payload)

    def leave(self, politely=True):
        """Close; politely with a close frame first."""
        if politely and self.welcomed and self.is_open:
            self.send(masked(CLOSE, b'\x03\xe8'))
        self.end(gone=True)

    def end(self, gone=False):
        """Let go of the socket, and have it counted how it ended."""
        if not self.is_open:
            return
        self.is_open = False
        self.crowd.forget(self)
        self.sock.close()
        if not gone:
            self.crowd.ends[str(self.code or (self.status if self.status != 101 else None) or 'no code')] += 1
            if self.crowd.ended:
                self.crowd.ended(self)


class Crowd:
    """All clients of one process. `ends` counts by close code or HTTP status how the server ended them."""

    def __init__(self, port, ended=None):
        self.port, self.ended = port, ended
        self.epoll, self.peers, self.ends, self.numbers = select.epoll(), {}, Counter(), itertools.count()
        _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))

    def open(self, cookie=None, source=None, heard=None, reads=True, buffer=None, data=None, request=None):
        """Begin to connect; return the Peer. `buffer` is the size of its receive buffer."""
        sock = socket.socket()
        sock.setblocking(False)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if buffer:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
        sock.setsockopt(socket.SOL_IP, IP_BIND_ADDRESS_NO_PORT, 1)
        sock.bind((source or address(next(self.numbers)), 0))
        if request is None:
            request = (HANDSHAKE % (LISTEN, 'Cookie: %s\r\n' % cookie if cookie else '')).encode()
        peer = Peer(self, sock, request, heard, reads, data)
        sock.connect_ex(('127.0.0.1', self.port))
        self.peers[sock.fileno()] = peer
        self.epoll.register(sock.fileno(), peer.mask)
        return peer

    def forget(self, peer):
        del self.peers[peer.sock.fileno()]
        self.epoll.unregister(peer.sock.fileno())

    def turn(self, seconds=0.05):
        """Wait for something to do, and do it."""
        for descriptor, event in self.epoll.poll(max(0.0, seconds), 512):
            peer = self.peers.get(descriptor)
            if peer:
                peer.ready(event)

    def run(self, seconds, step=None, every=0.05):
        """Go on for so long; `step()` is called once in a while."""
        now = time.monotonic()
        until, next_step = now + seconds, now
        while now < until:
            if step and now >= next_step:
                step()
                next_step = max(next_step + every, now - 1)
            self.turn(min(until, next_step if step else until) - time.monotonic())
            now = time.monotonic()

    def wait(self, condition, seconds=60):
        """Go on until `condition()`; return whether it came true."""
        until = time.monotonic() + seconds
        while not condition() and time.monotonic() < until:
            self.turn(0.05)
        return condition()

    def welcomed(self):
        return sum(peer.welcomed for peer in self.peers.values())

    def close(self):
        for peer in list(self.peers.values()):
            peer.leave(politely=False)
        self.epoll.close()
