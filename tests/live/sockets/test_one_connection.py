"""One connection in this process, its peer a plain socket: what goes over the wire, what it costs, what it leaves behind."""
import gc
import os
import socket
import sys
import weakref
from types import SimpleNamespace

import gevent
import gevent.socket
import greenlet
import pytest
from messenger_core import settings
from messenger_live.sockets.connection import OPEN, Connection
from messenger_live.sockets.door import Door
from messenger_live.sockets.echo import Echo
from messenger_live.sockets.handler import Handler
from messenger_live.wire import frames
from wire import masked, unpacked

import websocket_server

PATIENCE = 10
TEXT, PING, PONG = 1, 9, 10
REALTIME = settings.load('/nowhere', {}).realtime
REQUEST = (b'GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n'
           b'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n')


class Owner:
    """Whoever a connection belongs to: `reply` is called with each message."""

    def __init__(self, reply):
        self.received, self.left = reply, 0

    def busy(self):
        return False

    def may_ping(self):
        return True

    def gone(self):
        self.left += 1


@pytest.fixture
def pair():
    """A function that returns a started connection and its peer; `reply(connection, event)` is done for each message."""
    opened = []

    def make(reply=lambda connection, event: None, **changed):
        ours, peer = socket.socketpair()
        ours.setblocking(False)
        connection, peer = Connection(gevent.get_hub().loop, ours, SimpleNamespace(**{**vars(REALTIME), **changed})), wrapped(peer)
        connection.start(Owner(lambda event: reply(connection, event)))
        opened.append((connection, peer))
        return connection, peer
    yield make
    for connection, peer in opened:
        connection.terminate()
        peer.close()


def wrapped(peer):
    """Return the socket as one that waits without stopping the loop."""
    with peer:
        cooperative = gevent.socket.socket(peer.family, peer.type, fileno=os.dup(peer.fileno()))
    cooperative.settimeout(PATIENCE)
    return cooperative


def said(peer):
    """Return all frames until the end of the stream."""
    received = b''
    while data := peer.recv(65_536):
        received += data
    found, rest = unpacked(received)
    assert not rest
    return found


def next_frames(peer, count):
    received, found = b'', []
    while len(found) < count:
        data = peer.recv(65_536)
        assert data, found
        more, received = unpacked(received + data)
        found += more
    return found


def test_a_fault_of_ours_costs_that_connection_only_and_keeps_its_text_to_itself(pair):
    def fail(connection, event):
        raise RuntimeError('a secret')
    connection, peer = pair(fail)
    other, other_peer = pair(lambda connection, event: connection.send('still here'))
    peer.sendall(masked(TEXT, b'x'))
    assert said(peer) == [(8, (1011).to_bytes(2, 'big') + b'Internal error.')]
    other_peer.sendall(masked(TEXT, b'x'))
    assert next_frames(other_peer, 1) == [(TEXT, b'still here')]
    assert (connection.owner.left, other.owner.left, other.state) == (1, 0, OPEN)


def test_the_last_words_arrive_though_much_was_not_read(pair):
    """Closing a socket that holds unread bytes is a reset, which may overtake what was sent before."""
    _, peer = pair()
    peer.sendall(b'\x81\x02hi')
    writing = gevent.spawn(peer.sendall, bytes(4_000_000))
    (opcode, payload), = said(peer)
    assert (opcode, payload[:2]) == (8, (1002).to_bytes(2, 'big'))
    writing.join(PATIENCE)
    assert writing.successful()     # all of it was taken, and thrown away


def test_pings_pushes_and_answers_at_the_same_moment_are_whole_frames_in_order(pair):
    connection, peer = pair(lambda connection, text: connection.send(text))
    for number in range(300):
        peer.sendall(masked(PING, b'%d' % number) + masked(TEXT, b'answer %d' % number))
        connection.send('push %d' % number)
        gevent.sleep(0)
    found = next_frames(peer, 900)
    assert [payload for opcode, payload in found if opcode == PONG] == [b'%d' % number for number in range(300)]
    for kind in (b'push', b'answer'):
        expected = [b'%s %d' % (kind, number) for number in range(300)]
        assert [payload for opcode, payload in found if opcode == TEXT and payload.startswith(kind)] == expected


def test_two_who_send_at_once_never_mix_their_frames_even_when_the_socket_is_full(pair):
    connection, peer = pair(outbox_bytes=100_000_000)
    texts = [bytes([65 + number]) * 300_000 for number in range(20)]
    for one in [gevent.spawn(connection.send, text) for text in texts]:
        one.join()
    assert next_frames(peer, 20) == [(TEXT, text) for text in texts]


def test_nothing_is_written_when_a_connection_is_forgotten(pair):
    ours, peer = socket.socketpair()
    connection, peer = Connection(gevent.get_hub().loop, ours, REALTIME), wrapped(peer)
    gone = weakref.ref(ours)
    connection._reader.close()
    ours.detach()
    del connection, ours
    gc.collect()
    assert gone() is None
    gevent.sleep(0)
    peer.setblocking(False)
    with pytest.raises(BlockingIOError):
        peer.recv(1)
    peer.close()


def test_a_message_of_a_mebibyte_takes_a_handful_of_steps_and_not_one_for_each_byte():
    decoder, steps = frames.Decoder(2 << 20), 0

    def count(frame, event, argument):
        nonlocal steps
        steps += 1
        return count
    decoder.feed(bytes([0x81, 0xFF]) + (1 << 20).to_bytes(8, 'big') + b'mask' + b'mask' * (1 << 18))
    before = sys.gettrace()
    sys.settrace(count)
    try:
        event = decoder.next_event()
    finally:
        sys.settrace(before)
    assert len(event.text) == 1 << 20 and steps < 500


# -- behind the real door --

@pytest.fixture
def door(tmp_path):
    """A listening unix socket with the echo behind it, in this process; its path."""
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(tmp_path / 'socket'))
    listener.listen(100)
    listener.setblocking(False)
    door = Door(listener, Echo(gevent.get_hub().loop))
    door.start()
    yield door, str(tmp_path / 'socket')
    door.stop(timeout=0)
    for connection in list(door.application.connections):
        connection.terminate()
    listener.close()


def open_socket(path, request=REQUEST):
    peer = gevent.socket.socket(socket.AF_UNIX)
    peer.settimeout(PATIENCE)
    peer.connect(path)
    peer.sendall(request)
    head = b''
    while not head.endswith(b'\r\n\r\n'):
        head += peer.recv(1)
    assert head.startswith(b'HTTP/1.1 101 ')
    return peer


def test_a_peer_that_leaves_between_the_101_and_what_follows_it_keeps_no_place(door, monkeypatch):
    door, path = door
    hand_over = Handler.run_websocket

    def has_reset():
        raise ConnectionResetError

    def hand_over_too_late(handler):
        handler.rfile = SimpleNamespace(peek=has_reset, close=lambda: None)
        hand_over(handler)
    monkeypatch.setattr(Handler, 'run_websocket', hand_over_too_late)
    peer = open_socket(path, REQUEST.replace(b'Host', b'X_Odd: so that it takes this road\r\nHost'))
    assert peer.recv(1) == b'', 'it was let go of'
    peer.close()
    door.application.tick()
    assert not door.application.connections


def test_many_clients_behind_a_unix_socket_have_no_address_and_are_told_apart(door, capfd):
    door, path = door
    peers = [open_socket(path) for _ in range(20)]
    for number, peer in enumerate(peers):
        peer.sendall(masked(TEXT, b'%d' % number))
    assert [next_frames(peer, 1) for peer in peers] == [[(TEXT, b'%d' % number)] for number in range(20)]
    for peer in peers:
        peer.close()
    with gevent.Timeout(PATIENCE):
        while door.application.connections:
            door.application.tick()
            gevent.sleep(0.01)
    assert 'Traceback' not in capfd.readouterr().err


def test_an_idle_socket_keeps_no_greenlet_and_no_handler(door):
    door, path = door
    open_socket(path).close()
    gc.collect()
    before = kinds_alive()
    peers = [open_socket(path) for _ in range(50)]
    with gevent.Timeout(10):
        while len(door.application.connections) < 50 or door._unfinished:
            gevent.sleep(0.01)
    gevent.sleep(0)
    gc.collect()
    assert {kind: count - before.get(kind, 0) for kind, count in kinds_alive().items() if count - before.get(kind, 0) > 5} == {}
    for peer in peers:
        peer.close()


def kinds_alive():
    """Count what would be kept for each socket by gevent-websocket, by module and class."""
    found = {}
    for thing in gc.get_objects():
        if isinstance(thing, greenlet.greenlet) or type(thing).__name__ in ('Handler', 'Utf8Validator', 'WSGISecureEnviron', 'OldMessage'):
            found[type(thing).__name__] = found.get(type(thing).__name__, 0) + 1
    return found


def test_the_kernel_gives_up_peers_that_have_vanished():
    listener = websocket_server.listen('127.0.0.1', 0, settings.load('/nowhere', {}).realtime)
    with listener, socket.create_connection(listener.getsockname()):
        listener.setblocking(True)
        taken, _ = listener.accept()
        with taken:
            assert taken.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)
            assert taken.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
            if hasattr(socket, 'TCP_USER_TIMEOUT'):
                assert taken.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT) == 30_000
