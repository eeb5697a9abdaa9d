"""Handshakes that are odd, forged, too long, too many or never done, over real sockets. S1 to S22: docs/faults.md."""
import contextlib
import os
import re
import resource
import socket
import struct

import pytest
from sidecar import HANDSHAKE, LISTEN, ORIGIN, Sidecar

ANN = 1


@pytest.fixture(scope='module')
def sidecar(tmp_path_factory):
    """One for all tests here that need no settings of their own."""
    sidecar = Sidecar(tmp_path_factory.mktemp('sidecar')).start(handshake_seconds=1)
    yield sidecar
    sidecar.close()
    assert 'Traceback' not in sidecar.log()


def answer(peer):
    """Return all that the peer says before it closes; a reset is an end too."""
    received = b''
    with contextlib.suppress(ConnectionResetError):
        while data := peer.recv(65_536):
            received += data
    return received


def changed(header):
    return (HANDSHAKE + header).encode('latin-1') + b'\r\n\r\n'


@pytest.mark.parametrize('beginning', [
    b'GET ' + LISTEN.encode() + b'\r\n\r\n', b'GET / HTTP/0.9\r\n\r\n', b'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', b'GET / HTTP/1.99\r\n\r\n',
    b'\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03' + os.urandom(500) + b'\n',
    os.urandom(3000) + b'\n', b'x' * 1_000_000, b'\r\n' * 5, b'\n\n'])
def test_what_is_not_http_1_ends_without_an_upgrade_and_in_one_short_line(sidecar, beginning):
    lines = sidecar.log().count('\n')
    peer = sidecar.raw()
    with contextlib.suppress(BrokenPipeError, ConnectionResetError):    # it may not want to hear it all
        peer.sendall(beginning)
    assert not answer(peer).startswith(b'HTTP/1.1 1')
    assert sidecar.health()
    assert all(len(line) < 200 for line in sidecar.log().splitlines()[lines:]) and sidecar.log().count('\n') <= lines + 2


@pytest.mark.parametrize('headers', [
    'Content-Length: 7\r\nTransfer-Encoding: chunked', 'Content-Length: 0\r\nContent-Length: 7', 'Transfer-Encoding: xchunked',
    'Transfer-Encoding: gzip, chunked', 'Content-Length: 1_0', 'Content-Length: +5', 'Content-Length: -1', 'Content-Length: 5, 5'])
def test_a_body_however_announced_is_never_read_as_frames_or_as_another_request(sidecar, headers):
    frame = b'\x81\x8f\0\0\0\0{"type":"ping"}'
    received = answer(sidecar.raw(changed(headers) + frame + b'GET /health HTTP/1.1\r\nHost: x\r\n\r\n'))
    assert received.startswith(b'HTTP/1.1 400 ') and received.count(b'HTTP/1.1') == 1
    assert b'pong' not in received and b'"live"' not in received


def test_there_is_one_request_on_a_connection_and_it_does_not_wait_for_another(sidecar):
    health = b'GET /health HTTP/1.1\r\nHost: x\r\nConnection: keep-alive\r\n\r\n'
    received = answer(sidecar.raw(health * 2))
    assert received.count(b'HTTP/1.1 200') == 1 and b'Connection: close' in received


@pytest.mark.parametrize('headers', [
    '\r\n'.join('X-%d: x' % number for number in range(100)), 'X: ' + 'x' * 70_000,
    '\r\n'.join('X-%d: %s' % (number, 'x' * 1_000) for number in range(30)),
    '\r\n'.join('X-%d: %s' % (number, 'x' * 60_000) for number in range(90))])
def test_headers_without_measure_are_refused_before_they_are_read_to_the_end(sidecar, headers):
    before = memory(sidecar)
    peer = sidecar.raw()
    with contextlib.suppress(BrokenPipeError, ConnectionResetError):
        peer.sendall(changed(headers))
    assert answer(peer)[:13] in (b'HTTP/1.1 400 ', b'HTTP/1.1 431 ', b'')
    assert memory(sidecar) - before < 3000


def memory(sidecar):
    """Return how many KiB of memory the sidecar holds."""
    with open('/proc/%d/status' % sidecar.process.pid) as lines:
        return int(re.search(r'VmRSS:\s+(\d+)', lines.read())[1])


@pytest.mark.parametrize('header', ['X: a\x01b', 'X: a\x7fb', 'X\x00: b', ': x', 'X', 'X: a\rb', '\x0bX: y', 'Ä: y'])
def test_a_header_that_two_could_read_differently_is_refused(sidecar, header):
    assert sidecar.status(HANDSHAKE + header + '\r\n\r\n') == 400


def test_a_header_with_an_underscore_is_not_the_one_with_a_dash(sidecar):
    request = HANDSHAKE.replace('Sec-WebSocket-Key', 'Sec_WebSocket_Key')
    assert sidecar.status(request + '\r\n') == 400
    assert sidecar.status(HANDSHAKE.replace('Origin: %s' % ORIGIN, 'X_Origin: %s' % ORIGIN) + '\r\n') == 403


def test_what_stands_in_a_query_is_in_no_log(sidecar):
    for path in (LISTEN + '?v=1&token=topsecret', '/elsewhere?token=topsecret'):
        sidecar.status(HANDSHAKE.replace(LISTEN + '?v=1', path) + '\r\n')
    sidecar.status(HANDSHAKE.replace(ORIGIN, 'http://topsecret.example') + 'Cookie: session_id_messenger=topsecret\r\n\r\n')
    assert sidecar.health() and 'topsecret' not in sidecar.log()


def test_every_refusal_is_as_long_as_it_says(sidecar):
    for change in (('Version: 13', 'Version: 8'), (LISTEN, '/elsewhere'), (ORIGIN, 'null'), ('AAAA==', 'A')):
        received = answer(sidecar.raw((HANDSHAKE.replace(*change) + '\r\n').encode()))
        head, _, body = received.partition(b'\r\n\r\n')
        assert int(re.search(rb'Content-Length: (\d+)', head)[1]) == len(body) > 10
        assert b'charset=utf-8' in head and body.decode().endswith('.\n')


def test_two_cookies_that_differ_are_nobodys(sidecar):
    mine, planted = sidecar.session(ANN), sidecar.session(2)
    for cookies in ('Cookie: session_id_messenger=%s; session_id_messenger=%s',
                    'Cookie: session_id_messenger=%s\r\nCookie: session_id_messenger=%s'):
        peer = sidecar.raw((HANDSHAKE + cookies % (mine, planted) + '\r\n\r\n').encode())
        received = answer(peer)
        assert (4401).to_bytes(2, 'big') in received and b'welcome' not in received


def test_the_methods_that_read_are_answered_alike_but_for_the_body(sidecar):
    for path, expected in (('/health', 200), (LISTEN, 426), ('/', 404)):
        request = ' %s HTTP/1.1\r\nHost: x\r\n\r\n' % path
        got, head = (answer(sidecar.raw((method + request).encode())) for method in ('GET', 'HEAD'))
        assert got.startswith(b'HTTP/1.1 %d ' % expected) and head.endswith(b'\r\n\r\n') and got.startswith(head.split(b'\r\nDate')[0])


def test_what_a_proxy_says_tells_clients_apart_and_makes_no_origin_good(idle):
    sidecar = idle.start(connections_per_address=1)
    for client in ('10.0.0.1', '10.0.0.2'):
        proxied = HANDSHAKE + 'X-Forwarded-Proto: https\r\nX-Forwarded-Host: evil.example\r\nX-Forwarded-For: 1.1.1.1, %s\r\n\r\n' % client
        assert [sidecar.status(proxied), sidecar.status(proxied)] == [101, 429]
    for evil in ('https://site.example', 'http://evil.example', 'https://evil.example'):
        assert sidecar.status(proxied.replace(ORIGIN, evil)) == 403


def test_when_all_places_are_taken_the_next_is_told_to_come_back_later(idle):
    sidecar = idle.start(connections_in_all=2, close_seconds=0.1)
    ann, _ = sidecar.open(ANN), sidecar.open(ANN)
    received = answer(sidecar.raw((HANDSHAKE + '\r\n').encode()))
    assert received.startswith(b'HTTP/1.1 503 ') and b'Retry-After: 30' in received and ann.is_silent()
    ann.close()
    sidecar.wait_for(lambda: sidecar.health()['connections'] == 1)
    assert sidecar.open(ANN).welcome


# -- handshakes that are never done --

BEGINNING, END = HANDSHAKE[:60].encode(), HANDSHAKE[60:].encode() + b'\r\n'


def slow(sidecar, count, source=None):
    """Open connections that say only the beginning of a request."""
    for _ in range(count):
        peer = socket.create_connection(('127.0.0.1', sidecar.port), timeout=10, source_address=source)
        sidecar.sockets.append(peer)
        peer.sendall(BEGINNING)
        yield peer


def ended(peer):
    peer.settimeout(10)
    return answer(peer) == b''


def test_a_flood_of_handshakes_that_are_never_done_keeps_no_good_client_out(idle):
    sidecar = idle.start(handshake_seconds=600, handshakes_in_all=50)
    first = next(slow(sidecar, 1))
    others = list(slow(sidecar, 500))
    assert sidecar.open(ANN).welcome and sidecar.health()['connections'] == 1
    assert ended(first) and all(ended(peer) for peer in others[:440])
    others[-1].sendall(END)        # who came last may still finish
    assert others[-1].recv(100).startswith(b'HTTP/1.1 101') and 'Traceback' not in sidecar.log()


def test_who_leaves_in_the_middle_of_a_header_leaves_no_trace(sidecar):
    for beginning in (b'', b'GET ', BEGINNING):
        peer = sidecar.raw(beginning)
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0))
        peer.close()    # with a reset
    assert sidecar.health() and 'Traceback' not in sidecar.log()


def test_one_address_has_only_so_many_handshakes_under_way_and_another_is_let_in(idle):
    sidecar = idle.start(handshake_seconds=600, handshakes_per_address=5, trusted_proxies='127.0.0.1')
    taken = list(slow(sidecar, 5, source=('127.0.0.2', 0)))
    with socket.create_connection(('127.0.0.1', sidecar.port), timeout=10, source_address=('127.0.0.2', 0)) as refused:
        assert ended(refused)
    assert next(slow(sidecar, 1, source=('127.0.0.3', 0))) and sidecar.open(ANN).welcome
    taken[0].sendall(END)      # a place becomes free when one is done
    assert taken[0].recv(100).startswith(b'HTTP/1.1 101')
    again = next(slow(sidecar, 1, source=('127.0.0.2', 0)))
    again.sendall(END)
    assert again.recv(100).startswith(b'HTTP/1.1 101')


def test_one_byte_at_a_time_is_not_progress(idle):
    sidecar = idle.start(handshake_seconds=0.5)
    peer = sidecar.raw(b'GET ')
    peer.settimeout(0.05)
    for _ in range(200):
        try:
            peer.sendall(b'x')
            if peer.recv(1) == b'':
                return
        except socket.timeout:
            continue
        except OSError:
            return
    pytest.fail('it may go on for ever')


def test_with_few_files_who_is_too_many_is_refused_and_who_is_in_stays(idle):
    program = idle.folder / 'with_few_files.py'
    program.write_text('import os, resource, sys\nresource.setrlimit(resource.RLIMIT_NOFILE, (128, 128))\n'
                       'os.execv(sys.executable, [sys.executable, %r, *sys.argv[1:]])\n' % str(idle.program))
    idle.program = program
    sidecar = idle.start(connections_per_address=10_000, connections=100)
    assert sidecar.logs('only 48 connections in all')
    ann = sidecar.open(ANN)
    answers = [sidecar.status(HANDSHAKE + '\r\n') for _ in range(100)]
    assert set(answers) <= {101, 503} and answers.count(503) > 30
    many = list(slow(sidecar, 200))
    assert ann.is_silent() and sidecar.health() and 'Traceback' not in sidecar.log() and many


def test_as_many_files_may_be_open_as_the_machine_permits(idle):
    program = idle.folder / 'with_few_files_at_first.py'
    program.write_text('import os, resource, sys\nresource.setrlimit(resource.RLIMIT_NOFILE, (256, 1024))\n'
                       'os.execv(sys.executable, [sys.executable, %r, *sys.argv[1:]])\n' % str(idle.program))
    idle.program = program
    sidecar = idle.start()
    assert resource.prlimit(sidecar.process.pid, resource.RLIMIT_NOFILE) == (1024, 1024)
    assert sidecar.logs('this process may open no more than 1024 files')


def test_it_listens_to_this_machine_only_unless_told_otherwise(sidecar):
    for port in (sidecar.port, sidecar.monitor_port):
        assert socket.create_connection(('127.0.0.1', port), timeout=10).close() is None
        with pytest.raises(ConnectionRefusedError):     # which a socket on all addresses would take
            socket.create_connection(('127.0.0.2', port), timeout=10)


@pytest.mark.parametrize(('request_line', 'headers', 'status', 'allow', 'said'), [
    ('OPTIONS / HTTP/1.1', 'Host: x', 404, '', '404 OPTIONS /: There is nothing here: WebSockets are opened at /messenger/'),
    ('OPTIONS /health HTTP/1.1', 'Host: x', 405, 'GET, HEAD', '405 OPTIONS /health: This address is asked for by GET or HEAD only.'),
    ('PATCH %s HTTP/1.1' % LISTEN, 'Host: x', 405, 'GET, HEAD', '405 PATCH /messenger/messaging/stream/listen: This address is asked'),
    ('HEAD / HTTP/1.1', 'Host: x\r\nContent-Length: 5', 400, '', '400 HEAD /: HEAD is asked for without a body.'),
    ('M-SEARCH * HTTP/1.1', 'Host: x', 404, '', '404 M-SEARCH *: There is nothing here'),
    ('GET %s HTTP/1.1' % LISTEN, 'Upgrade: websocket\r\nConnection: Upgrade', 400, '', 'A Host is needed: a proxy has to pass on'),
    ('GET %s HTTP/1.1' % LISTEN, HANDSHAKE.partition('\r\n')[2].replace(ORIGIN, 'http://evil.example').strip(), 403, '',
     'This page may not open a socket here. (another Origin; allowed are: %s)' % ORIGIN),
    ('GET /a HTTP/1.1', 'Host : x', 400, '', '400 GET /a: This request cannot be read')])
def test_an_odd_request_gets_a_sentence_and_a_line_that_names_it(tmp_path, request_line, headers, status, allow, said):
    with contextlib.closing(Sidecar(tmp_path).start()) as sidecar:
        received = answer(sidecar.raw(('%s\r\n%s\r\n\r\n' % (request_line, headers)).encode())).decode()
        assert received.startswith('HTTP/1.1 %d ' % status)
        assert ('Allow: %s\r\n' % allow in received) == bool(allow)
        assert request_line.startswith('HEAD') == received.endswith('\r\n\r\n')
        sidecar.wait_for(lambda: said in sidecar.log())
