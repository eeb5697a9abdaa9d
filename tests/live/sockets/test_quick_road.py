"""The quick road of a handshake beside the one that every other request takes: the same answer, the same who and whence, or left alone."""
import re
import socket
import time
from types import SimpleNamespace

import gevent.socket
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as some
from messenger_live.sockets import quick
from messenger_live.sockets.door import Door
from messenger_live.sockets.echo import Echo, Mirror
from messenger_live.wire.handshake import OriginPolicy, Refused
from wire import masked

PATIENCE = 10
GOOD = ['GET /stream/listen?v=1 HTTP/1.1', 'Host: site.example', 'Upgrade: websocket', 'Connection: Upgrade',
        'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==', 'Sec-WebSocket-Version: 13', 'Origin: http://site.example']
BROWSER = [GOOD[0], 'Host: site.example', 'User-Agent: Mozilla/5.0 (X11; Linux x86_64)', 'Accept: */*', 'Accept-Language: de,en;q=0.5',
           'Accept-Encoding: gzip, deflate, br', 'Sec-WebSocket-Version: 13', 'Origin: http://site.example',
           'Sec-WebSocket-Extensions: permessage-deflate', 'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==', 'Sec-GPC: 1',
           'Connection: keep-alive, Upgrade', 'Cookie: a=b; session_id_messenger="127.0.0.1-x"; c=d', 'Pragma: no-cache',
           'Upgrade: websocket']
PROXIED = [*BROWSER, 'X-Forwarded-For: 203.0.113.9, 203.0.113.10', 'X-Real-IP: 203.0.113.9', 'X-Forwarded-Proto: https']
ODD = ['Content-Length: 0', 'Content-Length: 3', 'Transfer-Encoding: chunked', 'Expect: 100-continue', 'Cookie: x=1', 'Cookie: \xfc=\x85',
       'X-Forwarded-For: unknown', 'X-Forwarded-For: 10.0.0.7', 'X-Forwarded-For:', 'Origin: null', 'Origin: http://site.example ',
       'origin: HTTP://SITE.EXAMPLE:80', 'Origin: http://evil.example', 'Host: other.example', 'HOST: site.example:80', 'X_Odd: 1',
       'Upgrade: WebSocket', 'Upgrade: h2c, websocket', 'Connection: close', 'Connection: keep-alive', 'Connection:Upgrade',
       'Connection: \tUpgrade\t', 'Sec-WebSocket-Version: 8', 'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAB==',
       'sec-websocket-key:  AAAAAAAAAAAAAAAAAAAAAA== ', ' folded', '\tfolded', 'X : y', ': y', 'no colon', 'X: \x00', 'X: a\rb', 'X: a\nb',
       '', 'X: ' + 'x' * 9000, *['X-%d: x' % number for number in range(3)], 'Sec-WebSocket-Protocol: chat', 'Proxy: x',
       'Connection: TE, Upgrade']
TARGETS = ['/stream/listen', '/stream', '/stream?v=1', '/stream/listen?v=2', '/stream/listen?v=1&v=1', '/stream/listen?v=1&a=b', '/stream/',
           '/stream%2Flisten?v=1', 'http://site.example/stream/listen?v=1', '//stream/listen?v=1', '/health', '*', '/stream/listen#v=1']
LINES = ['%s %s HTTP/%s' % parts for parts in
         [('POST', '/stream/listen', '1.1'), ('GET', '/stream/listen?v=1', '1.0'), ('get', '/stream', '1.1'), ('GET', '/stream  ', '1.1')]]
FRAMES = masked(1, b'early') + masked(8, b'\x03\xe8')


class Desk(Echo):
    """Takes sockets over and notes who came how; `places` are taken one by one."""

    def __init__(self, loop):
        super().__init__(loop)
        self.paths, self.origins = {'/stream/listen': True, '/stream': False}, OriginPolicy([], 'http')
        self.realtime.handshake_seconds, self.noted, self.is_full, self.faults = 0.5, [], False, 0

    def admit(self, address):
        if self.is_full:
            raise Refused(503, 'No more connections just now.')
        self.noted.append(address)

    def opened(self, connection, kind, cookies, client, received):
        if self.faults:
            raise RuntimeError('a fault of ours')
        self.noted.append((kind, cookies, client))
        connection.start(Mirror(connection), received)


class Site:
    """A door in this process."""

    def __init__(self):
        self.listener = socket.create_server(('127.0.0.1', 0), backlog=100)
        self.listener.setblocking(False)
        self.desk = Desk(gevent.get_hub().loop)
        self.door = Door(self.listener, self.desk)
        self.door.start()
        self.taken, self.peers = [], []

    def open(self, data=b''):
        peer = gevent.socket.create_connection(self.listener.getsockname(), PATIENCE)
        self.peers.append(peer)
        peer.sendall(data)
        return peer

    def outcome(self, data):
        """Return all that is said to who sends that, and what is noted of them."""
        self.desk.noted.clear()
        peer, said = self.open(data), b''
        peer.shutdown(socket.SHUT_WR) if not data.endswith(FRAMES) else None
        try:
            while more := peer.recv(65_536):
                said += more
        except ConnectionResetError:
            said += b' and a reset'     # of what was not read: frames of who was refused
        peer.close()
        with gevent.Timeout(PATIENCE):
            while self.door._unfinished or self.door._addresses or self.desk.connections:
                self.desk.tick()
                gevent.sleep(0.001)
        return re.sub(rb'Date: [^\r]*', b'', said).replace(b' and a reset', b''), list(self.desk.noted)

    def close(self):
        for peer in self.peers:
            peer.close()
        self.door.stop(timeout=0)
        for connection in list(self.desk.connections):
            connection.terminate()
        self.listener.close()


@pytest.fixture
def site(monkeypatch):
    site, let_in = Site(), quick.let_in

    def noting(*asked):
        site.taken.append(let_in(*asked))
        return site.taken[-1]
    monkeypatch.setattr(quick, 'let_in', noting)
    yield site
    site.close()


def ends(peer):
    """Say whether that is all: the end of the stream, or a reset."""
    try:
        return peer.recv(1) == b''
    except ConnectionResetError:
        return True


def request(lines):
    return ('\r\n'.join(lines) + '\r\n\r\n').encode('latin-1')


def both(site, data):
    """Return what the quick road has made of it, and what becomes of it without that road; whether it was taken is the last of `taken`."""
    quickly, noting = site.outcome(data), quick.let_in
    quick.let_in = lambda *asked: False
    try:
        return quickly, site.outcome(data)
    finally:
        quick.let_in = noting


@some.composite
def changed(draw):
    """A request of a browser's with a few things changed."""
    lines = list(draw(some.sampled_from([GOOD, BROWSER, PROXIED])))
    lines[1:] = draw(some.permutations(lines[1:]))      # which alone changes no road
    for _ in range(draw(some.integers(0, 3))):
        place = draw(some.integers(1, len(lines) - 1))
        how = draw(some.sampled_from(['drop', 'twice', 'odd', 'instead', 'case', 'target', 'line', 'swap', 'blank', 'character']))
        if how == 'drop':
            del lines[place]
        elif how == 'twice':
            lines.insert(draw(some.integers(1, len(lines))), lines[place])
        elif how in ('odd', 'instead'):
            lines[place:place + (how == 'instead')] = [draw(some.sampled_from(ODD))]
        elif how == 'case':
            change = draw(some.sampled_from([bytes.upper, bytes.lower, bytes.title]))     # those of text lead out of Latin-1
            lines[place] = change(lines[place].encode('latin-1')).decode('latin-1')
        elif how == 'target':
            lines[0] = 'GET %s HTTP/1.1' % draw(some.sampled_from(TARGETS))
        elif how == 'line':
            lines[0] = draw(some.sampled_from(LINES))
        elif how == 'swap':
            lines.append(lines.pop(place))
        elif how == 'blank':
            colon, end = draw(some.sampled_from([':', ':  ', ':\t', ' :'])), draw(some.sampled_from(['', ' ']))
            lines[place] = lines[place].replace(': ', colon, 1) + end
        elif lines[place]:
            at = draw(some.integers(0, len(lines[place]) - 1))
            lines[place] = lines[place][:at] + chr(draw(some.integers(0, 255))) + lines[place][at + 1:]
    return request(lines)


def test_what_the_quick_road_takes_is_what_the_other_makes_of_it(site):
    @settings(max_examples=300, deadline=None)
    @given(changed(), some.booleans())
    @example(request(GOOD), True)
    @example(request(PROXIED), False)
    def judge(head, has_frames):
        quickly, slowly = both(site, head + (FRAMES if has_frames else b''))
        assert quickly == slowly
    judge()
    assert site.taken.count(True) > 50 and site.taken.count(False) > 50


@pytest.mark.parametrize('lines', [GOOD, BROWSER, PROXIED, [GOOD[0].replace('?v=1', ''), *GOOD[1:]], ['GET /stream HTTP/1.1', *GOOD[1:]]])
def test_what_browsers_send_takes_it_and_frames_that_come_along_are_read(site, lines):
    quickly, slowly = both(site, request(lines) + FRAMES)
    assert quickly == slowly and site.taken == [True] and quickly[0].endswith(b'\r\n\r\n\x81\x05early\x88\x02\x03\xe8')


def test_who_finds_no_place_is_told_so_by_the_other_road(site):
    site.desk.is_full = True
    quickly, slowly = both(site, request(GOOD))
    assert quickly == slowly and quickly[0].startswith(b'HTTP/1.1 503 ') and site.taken == [False]


@pytest.mark.parametrize('pieces', [[b''], [b'', b''], [request(GOOD)[:30]], [b'', request(GOOD)[:30]], [b'', request(GOOD)[:-1]]])
def test_who_says_nothing_or_half_of_it_is_closed_in_time_whatever_road_they_are_on(site, pieces):
    began, peer = time.monotonic(), site.open()
    for piece in pieces:
        gevent.sleep(0.1)
        peer.sendall(piece)
    assert ends(peer) and 0.4 < time.monotonic() - began < 1.5
    assert not site.door._unfinished and not site.door._addresses


def test_one_byte_at_a_time_does_not_take_longer(site):
    began, peer = time.monotonic(), site.open()
    gevent.sleep(0.3)
    with pytest.raises(OSError):
        for byte in request(PROXIED) * 9:
            peer.sendall(bytes([byte]))
            gevent.sleep(0.01)
    assert time.monotonic() - began < 1.5


def test_a_request_that_comes_late_or_in_two_halves_is_answered(site):
    for pieces in ([b'', request(GOOD)], [request(GOOD)[:30], request(GOOD)[30:]], [b'', request(GOOD)[:30], request(GOOD)[30:]]):
        peer = site.open()
        for piece in pieces:
            peer.sendall(piece)
            gevent.sleep(0.05)
        assert peer.recv(100).startswith(b'HTTP/1.1 101 ') and not site.door._unfinished
        peer.close()


def test_those_who_say_nothing_are_counted_and_the_oldest_makes_room(site):
    site.desk.realtime.handshakes_in_all, site.desk.realtime.handshake_seconds = 3, 600
    peers = []
    for _ in range(5):
        peers.append(site.open())
        gevent.sleep(0.02)
    assert [peer.recv(1) for peer in peers[:2]] == [b'', b''] and len(site.door._unfinished) == 3
    site.desk.realtime.trusted_proxies, site.desk.realtime.handshakes_per_address = '127.0.0.9', 3
    assert ends(site.open(request(GOOD)))      # as many as there may be of an address, whatever this one says
    peers[2].close()
    gevent.sleep(0.02)
    assert site.open(request(GOOD)).recv(12) == b'HTTP/1.1 101' and len(site.door._unfinished) == 2
    for peer in peers[3:]:
        peer.close()
    gevent.sleep(0.02)
    assert not site.door._unfinished and not site.door._addresses


def test_a_fault_on_the_quick_road_costs_one_connection(site, caplog, monkeypatch):
    site.desk.faults = 1
    peer = site.open(request(GOOD))
    assert peer.recv(1000).startswith(b'HTTP/1.1 101 ') and ends(peer)
    site.desk.faults = 0
    site.desk.tick()
    assert not site.desk.connections and 'a handshake failed' in caplog.text
    monkeypatch.setattr(quick.plain_upgrade, 'read', lambda data: 1 / 0)
    assert ends(site.open(request(GOOD))) and 'a request failed' in caplog.text
    monkeypatch.undo()
    assert site.open(request(GOOD)).recv(12) == b'HTTP/1.1 101' and not site.door._unfinished


def test_a_peer_that_leaves_before_it_is_answered_keeps_no_place(site):
    def gone(*asked):
        raise ConnectionResetError
    sock = SimpleNamespace(recv=gone, send=gone, fileno=site.listener.fileno, close=lambda: None, setblocking=lambda on: None)
    assert quick.let_in(site.desk, site.door._targets, request(GOOD), sock, '127.0.0.1')
    site.desk.tick()
    assert not site.desk.connections
