"""Who gets a socket, what ends it, and that nobody can hurt the others; over real sockets."""
import contextlib
import pickle
import socket
import struct
import time
from datetime import datetime, timedelta

import pytest
import websocket
from messenger_core.ends import logout
from sidecar import HANDSHAKE, LISTEN, ORIGIN, Sidecar

ANN, BOB, CID = 1, 2, 3


@pytest.fixture(scope='module')
def sidecar(tmp_path_factory):
    """One for all tests here that need no settings of their own."""
    sidecar = Sidecar(tmp_path_factory.mktemp('sidecar')).start(connections=50)
    yield sidecar
    sidecar.close()


# -- the handshake --

@pytest.mark.parametrize('origin', [
    'http://evil.example', 'null', None, '', 'http://site.example.evil', 'http://evilsite.example', 'http://site.example:81',
    'https://site.example', 'http://site.example/', 'http://user@site.example'])
def test_a_page_of_another_site_gets_no_socket(sidecar, origin):
    with pytest.raises(websocket.WebSocketBadStatusException) as refused:
        sidecar.open(ANN, origin=origin)
    assert refused.value.status_code == 403


def test_the_case_of_a_host_and_its_usual_port_do_not_matter(sidecar):
    assert sidecar.open(ANN, origin='http://SITE.example:80').welcome['user_id'] == ANN


@pytest.mark.parametrize(('change', 'expected'), [
    (('HTTP/1.1', 'HTTP/1.0'), 400), (('HTTP/1.1', 'HTTP/1.99'), None), (('Version: 13', 'Version: 8'), 426),
    (('Version: 13', 'X: 13'), 426),
    (('AAAA==', 'AAA='), 400), (('AAAA==', 'AAA\xff=='), 400), (('GET', 'POST'), 400), (('Host: 127.0.0.1\r\n', ''), 400),
    (('Origin:', 'Content-Length: 7\r\nOrigin:'), 400), (('Origin:', 'Transfer-Encoding: chunked\r\nOrigin:'), 400),
    (('Origin:', 'Origin: %s\r\nOrigin:' % ORIGIN), 400), (('Origin:', ' folded: x\r\nOrigin:'), 400),
    (('Origin:', 'Space : x\r\nOrigin:'), 400),
    (('Origin:', 'X: %s\r\nOrigin:' % ('x' * 20_000)), 400), (('\r\n', '\n'), None), ((LISTEN, '/elsewhere'), 404),
    ((LISTEN, '/messenger%2fmessaging/stream/listen'), 404), (('websocket', 'WebSocket'), 101),
    (('Connection: ', 'Connection: keep-alive, '), 101)])
def test_a_request_is_taken_strictly(sidecar, change, expected):
    assert sidecar.status(HANDSHAKE.replace(*change) + '\r\n') == expected


def test_plain_http_gets_a_sentence_and_no_traceback(sidecar):
    for path, expected in ((LISTEN, 426), ('/', 404), ('/favicon.ico', 404), ('/health', 200), ('/' + 'x' * 9000, 414)):
        assert sidecar.status('GET %s HTTP/1.1\r\nHost: x\r\n\r\n' % path) == expected
    assert sidecar.status('OPTIONS /health HTTP/1.1\r\nHost: x\r\n\r\n') == 405
    assert 'Traceback' not in sidecar.log()


def test_nothing_that_is_offered_besides_is_taken(sidecar):
    peer = sidecar.raw((HANDSHAKE + 'Sec-WebSocket-Protocol: chat\r\nSec-WebSocket-Extensions: permessage-deflate\r\n\r\n').encode())
    head = peer.recv(4096).lower()
    assert b' 101 ' in head and b'protocol' not in head.split(b'protocols', 1)[1] and b'extensions' not in head


def test_frames_that_come_with_the_handshake_are_read(sidecar):
    ping = b'{"type":"ping"}'
    request = HANDSHAKE + 'Cookie: session_id_messenger=%s\r\n\r\n' % sidecar.session(ANN)
    peer = sidecar.raw(request.encode() + bytes([0x81, 0x80 | len(ping), 0, 0, 0, 0]) + ping)
    received = b''
    while b'"pong"' not in received:
        received += peer.recv(4096)
    assert received.index(b'"welcome"') < received.index(b'"pong"')


def test_who_leaves_in_the_middle_of_the_handshake_is_not_counted_for_long(idle):
    sidecar = idle.start(close_seconds=0.1)
    for _ in range(30):
        peer = sidecar.raw()
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0))
        peer.sendall((HANDSHAKE + '\r\n').encode())
        peer.close()    # with a reset
    sidecar.wait_for(lambda: sidecar.health()['connections'] == 0)


def test_a_body_that_is_announced_is_neither_read_nor_waited_for(sidecar):
    started = time.monotonic()
    assert sidecar.status(HANDSHAKE.replace('Origin:', 'Transfer-Encoding: chunked\r\nOrigin:') + '\r\n') == 400
    assert time.monotonic() - started < 2 and 'Traceback' not in sidecar.log()


def test_a_handshake_that_never_ends_is_cut_off(idle):
    sidecar = idle.start(handshake_seconds=0.3)
    for beginning in (b'', b'GET ', HANDSHAKE.encode()):
        started = time.monotonic()
        assert sidecar.raw(beginning).recv(100) == b''
        assert time.monotonic() - started < 3
    assert sidecar.open(ANN).welcome


# -- who is it --

def test_without_a_session_the_socket_is_closed_with_4401(sidecar):
    for session_id in (None, 'planted', '..', '127.0.0.1-%s' % ('0' * 36), 'x' * 5000):
        assert sidecar.open(session_id=session_id).close_code() == 4401


def test_an_expired_session_is_none(sidecar):
    session_id = sidecar.session(ANN, expiration=60, last_visit=datetime.now() - timedelta(seconds=61))
    assert sidecar.open(session_id=session_id).close_code() == 4401


def test_a_planted_pickle_does_nothing(sidecar, tmp_path):
    class Plant:
        def __reduce__(self):
            import os
            return os.system, ('touch %s' % (tmp_path / 'planted'),)
    session_id = sidecar.session(ANN)
    sidecar.session_file(session_id).write_bytes(pickle.dumps({'auth': Plant()}))
    (sidecar.application / 'sessions' / 'planted').write_bytes(pickle.dumps(Plant()))
    assert sidecar.open(session_id=session_id).close_code() == 4401
    assert sidecar.open(session_id='planted').close_code() == 4401
    assert not (tmp_path / 'planted').exists()


@pytest.mark.parametrize('key', ['blocked', 'disabled', 'deleted', 'pending', '1b2c7a52-3b5d-4a0e-9d0c-2f3d8a0f6d11'])
def test_who_is_blocked_or_not_yet_let_in_gets_4403(idle, key):
    sidecar = idle.start()
    sidecar.db(sidecar.db.auth_user.id == ANN).update(registration_key=key)
    sidecar.db.commit()
    assert sidecar.open(session_id=sidecar.session(ANN)).close_code() == 4403


def test_a_session_that_ends_while_connected_closes_its_sockets(idle):
    sidecar = idle.start(recheck_seconds=0.1, close_seconds=0.1)
    session_id = sidecar.session(ANN)
    ann, other_device = sidecar.open(ANN, session_id=session_id), sidecar.open(ANN)
    sidecar.session_file(session_id).unlink()
    assert ann.close_code() == 4401 and other_device.is_silent()


def test_expiry_closes_a_socket(idle):
    sidecar = idle.start(close_seconds=0.1)
    assert sidecar.open(ANN, session_id=sidecar.session(ANN, expiration=1)).close_code() == 4401


def test_a_logout_closes_the_sockets_of_that_session_at_once(sidecar):
    session_id = sidecar.session(ANN)
    tab, other_tab, other_device = (sidecar.open(ANN, session_id=id) for id in (session_id, session_id, sidecar.session(ANN)))
    logout.record(sidecar.db, ANN, session_id)
    assert tab.close_code() == other_tab.close_code() == 4401
    assert other_device.is_silent()


def test_logging_out_elsewhere_closes_all_sockets_but_those_of_one_session(idle):
    sidecar = idle.start()
    this, other = sidecar.session(ANN, generation=0), sidecar.session(ANN, generation=0)
    here, tab, there, stranger = (sidecar.open(ANN, session_id=id) for id in (this, this, other, sidecar.session(BOB)))
    now = logout.record_others(sidecar.db, ANN, this)
    assert there.close_code() == 4401
    assert all(one.is_silent() for one in (here, tab, stranger))
    assert sidecar.open(session_id=other).close_code() == 4401
    assert sidecar.open(ANN, session_id=sidecar.session(ANN, generation=now)).welcome['user_id'] == ANN


def test_a_session_of_an_earlier_generation_opens_nothing(idle):
    """Also long after it was ended, and wherever it had been lying."""
    now = logout.record_others(idle.db, ANN, 'another')
    sidecar = idle.start()
    for generation in (None, *range(now)):
        assert sidecar.open(session_id=sidecar.session(ANN, generation=generation)).close_code() == 4401
    for generation in (now, now + 1):
        assert sidecar.open(ANN, session_id=sidecar.session(ANN, generation=generation)).welcome['user_id'] == ANN


def test_a_socket_opened_while_one_logs_out_is_closed_too(sidecar):
    session_id = sidecar.session(ANN)
    tab = sidecar.open(ANN, session_id=session_id)
    logout.record(sidecar.db, ANN, session_id)
    assert tab.close_code() == 4401
    assert sidecar.open(session_id=session_id).close_code() == 4401     # web2py has not yet removed the session


@pytest.mark.parametrize('key', ['disabled', 'pending', '1b2c7a52-3b5d-4a0e-9d0c-2f3d8a0f6d11'])
def test_blocking_a_member_ends_their_sockets_and_their_sends(idle, key):
    sidecar = idle.start(recheck_seconds=0.1, close_seconds=0.1)
    ann = sidecar.open(ANN)
    sidecar.db(sidecar.db.auth_user.id == ANN).update(registration_key=key)
    sidecar.db.commit()
    ann.ask(type='send', receiver=BOB, content='hi')
    assert ann.close_code() == 4403 and sidecar.db(sidecar.db.message).isempty()


# -- frames --

def masked(opcode, payload=b'', first=0x80, length=None):
    length = len(payload) if length is None else length
    coded = 2 if length < 65536 else 8
    size = bytes([0x80 | length]) if length < 126 else bytes([0xFE if coded == 2 else 0xFF]) + length.to_bytes(coded, 'big')
    return bytes([first | opcode]) + size + b'\0\0\0\0' + payload


@pytest.mark.parametrize(('data', 'code'), [
    (b'\x81\x02hi', 1002), (masked(1, b'x', first=0xC0), 1002), (masked(3), 1002), (masked(11), 1002), (masked(9, b'x' * 126), 1002),
    (masked(0, b'x'), 1002), (masked(1, b'\xff'), 1007), (masked(2, b'x'), 1003), (masked(1, length=131_073), 1009),
    (masked(1, length=2**31), 1009), (masked(1, length=2**62), 1009), (masked(8, b'\x03\xe8'), 1000), (masked(8, b'\x0b\xb8bye'), 3000),
    (masked(8, b'\x03\xed'), 1002), (masked(8, b'\x01'), 1002), (masked(1, b'a', first=0) + masked(0, b'', first=0) * 70, 1009)])
def test_each_way_to_break_the_protocol_gets_its_close_code(sidecar, data, code):
    peer = sidecar.open(ANN)
    peer.sock.sendall(data)
    assert peer.close_code() == code


def test_a_ping_is_answered_and_fragments_are_joined(sidecar):
    peer = sidecar.open(ANN)
    peer.sock.sendall(masked(1, b'{"type":', first=0) + masked(9, b'hello') + masked(0, b'"ping"}'))
    assert peer.recv_data(control_frame=True) == (websocket.ABNF.OPCODE_PONG, b'hello')
    assert peer.frame() == {'type': 'pong'}


def test_a_frame_that_never_ends_is_cut_off(idle):
    sidecar = idle.start(frame_seconds=0.2, close_seconds=0.1)
    peer = sidecar.open(ANN)
    peer.sock.sendall(masked(1, b'x', length=100))
    assert peer.close_code() == 1002


def test_the_server_pings_and_drops_who_is_not_heard(idle):
    sidecar = idle.start(ping_seconds=0.2, idle_seconds=1, close_seconds=0.1)
    peer = sidecar.open(ANN)
    opcode, _ = peer.recv_data(control_frame=True)      # answered by the client, as a browser does
    assert opcode == websocket.ABNF.OPCODE_PING
    dead = sidecar.open(ANN)
    dead.sock.settimeout(10)
    while True:     # read the bytes, answer nothing
        data = dead.sock.recv(4096)
        if b'\x11\x38' in data:     # 4408
            break
        assert data, 'closed without a code'


# -- limits --

def test_the_eleventh_bad_message_in_a_minute_is_the_last(sidecar):
    peer = sidecar.open(ANN)
    for text in ('{', '[]', 'null', '{"type":"nonsense"}', '{"a":1,"a":2}', '{"a":NaN}', '[' * 50_000, '{}', '1', '""'):
        peer.send(text)
        assert peer.frame()['code'] in ('bad_json', 'bad_type')
    peer.send('{')
    assert peer.close_code() == 4400


def test_sends_beyond_the_burst_are_told_when_to_come_back(idle):
    sidecar = idle.start(burst=3, sends_per_second=0.5)
    one, two = sidecar.open(ANN), sidecar.open(ANN)
    for peer in (one, two, one):
        peer.ask(type='send', receiver=BOB, content='x')
        peer.until('ack')
    two.ask(type='send', receiver=BOB, content='x', ref='r')
    error = two.until('error')[-1]      # the allowance is the member's, not the socket's
    assert (error['code'], error['ref']) == ('rate', 'r') and 0 < error['retry_after'] <= 2


def test_who_goes_on_against_the_limit_is_closed(idle):
    sidecar = idle.start(burst=1, sends_per_second=0.01, refusals_per_minute=5)
    peer = sidecar.open(ANN)
    for _ in range(7):
        peer.ask(type='send', receiver=BOB, content='x')
    assert peer.close_code() == 4429


def test_a_member_has_only_so_many_sockets_and_the_new_one_is_refused(idle):
    sidecar = idle.start(connections=2)
    first, _ = sidecar.open(ANN), sidecar.open(ANN)
    assert sidecar.open(session_id=sidecar.session(ANN)).close_code() == 4409
    assert first.is_silent() and sidecar.open(BOB).welcome


def test_there_are_only_so_many_sockets_for_one_address_and_in_all(idle):
    sidecar = idle.start(connections_per_address=1)
    sidecar.open(ANN)
    assert sidecar.status(HANDSHAKE + '\r\n') == 429
    assert sidecar.status(HANDSHAKE + 'X-Forwarded-For: 10.0.0.7\r\n\r\n') == 101


def test_who_reads_too_slowly_is_dropped_and_the_others_are_not(idle):
    sidecar = idle.start(outbox_bytes=200_000, burst=10_000, close_seconds=0.2, message_bytes=131_072)
    sidecar.open(BOB)
    ann = sidecar.open(ANN)
    for number in range(400):       # 10 MB for a socket that nobody reads
        ann.ask(type='send', receiver=BOB, content='é' * 10_000, ref=str(number))
        ann.until('ack')
        if sidecar.health()['connections'] == 1:
            break
    assert sidecar.health()['connections'] == 1 and ann.until('message')
    assert sidecar.logs('slow consumer')


def test_nobody_waits_for_a_socket_that_floods(idle):
    sidecar = idle.start(refusals_per_minute=10**6, bad_messages_per_minute=10**6)
    flooder, ann, bob = sidecar.open(CID), sidecar.open(ANN), sidecar.open(BOB)
    flood = masked(1, b'{"type":"ping"}') * 20_000
    flooder.sock.settimeout(0)
    with contextlib.suppress(BlockingIOError):
        flooder.sock.send(flood)
    delays = []
    for number in range(20):
        started = time.monotonic()
        ann.ask(type='send', receiver=BOB, content=str(number))
        assert bob.frame()['content'] == str(number)
        delays.append(time.monotonic() - started)
    assert max(delays) < 2
