"""Frames and commands as odd clients send them, over real sockets to the real sidecar. F1 to F20, J1 to J22: docs/faults.md."""
import json
import socket
import struct

import pytest
import websocket
from sidecar import HANDSHAKE, Sidecar
from wire import masked, unpacked

ANN, BOB, CID = 1, 2, 3
TEXT, CLOSE, PING, PONG = 1, 8, 9, 10
RESET = struct.pack('ii', 1, 0)


@pytest.fixture(scope='module')
def sidecar(tmp_path_factory):
    """One for all tests here that need no settings of their own."""
    sidecar = Sidecar(tmp_path_factory.mktemp('sidecar')).start(connections=100, burst=10_000, close_seconds=0.3)
    yield sidecar
    sidecar.close()
    assert 'Traceback' not in sidecar.log()


def said(peer):
    """Return all frames until the end of the stream."""
    received = b''
    while data := peer.sock.recv(65_536):
        received += data
    found, rest = unpacked(received)
    assert not rest
    return found


def send(content, **more):
    return masked(TEXT, json.dumps(dict(more, type='send', receiver=BOB, content=content)).encode())


def stored(sidecar, content):
    sidecar.db.commit()
    return sidecar.db(sidecar.db.message.content == content).count()


# -- frames --

@pytest.mark.parametrize('payload', [b'', b'\x03\xe8', b'\x03\xe9', b'\x03\xe8' + b'r' * 123, b'\x0b\xb8', b'\x13\x87', b'\x11\x94bye'])
def test_a_close_is_answered_with_the_same_code_and_the_stream_ends(sidecar, payload):
    peer = sidecar.open(ANN)
    peer.sock.sendall(masked(CLOSE, payload))
    assert said(peer) == [(CLOSE, payload[:2])]


@pytest.mark.parametrize('after', [send('after the close'), masked(CLOSE), b'\xff' * 100])
def test_what_comes_after_a_close_is_ignored(sidecar, after):
    peer = sidecar.open(ANN)
    peer.sock.sendall(masked(CLOSE, b'\x03\xe8') + after)
    assert said(peer) == [(CLOSE, b'\x03\xe8')]
    assert sidecar.open(ANN).is_silent() and not stored(sidecar, 'after the close')


def test_who_never_closes_the_stream_after_a_close_is_dropped(idle):
    sidecar = idle.start(close_seconds=0.2)
    peer = sidecar.open(ANN)
    peer.sock.sendall(masked(CLOSE, b'\x03\xe8'))
    assert said(peer) and sidecar.wait_for(lambda: sidecar.health()['connections'] == 0) is None


def test_an_empty_text_is_no_json_and_the_socket_stays(sidecar):
    peer = sidecar.open(ANN)
    peer.sock.sendall(masked(TEXT))
    assert peer.frame()['code'] == 'bad_json' and peer.is_silent()


def test_a_message_of_just_the_limit_is_taken_and_one_byte_more_is_not(sidecar):
    peer = sidecar.open(ANN)
    ping = b'{"type":"ping"}'.ljust(131_072)
    peer.sock.sendall(masked(TEXT, ping) + masked(TEXT, ping[:100_000], final=False) + masked(0, ping[100_000:]))
    assert [peer.frame(), peer.frame()] == [{'type': 'pong'}] * 2
    peer.sock.sendall(masked(TEXT, ping[:100_000], final=False) + masked(0, ping[100_000:] + b' '))
    assert peer.close_code() == 1009


FRAGMENT = masked(TEXT, b'x', final=False)


@pytest.mark.parametrize(('beginning', 'goes_on'), [
    (FRAGMENT, b''), (FRAGMENT, masked(PING, b'I am still here')), (masked(TEXT, b'x', length=100), b''), (b'\x81', b''),
    (masked(TEXT, length=131_072), b'a byte and another')])
def test_a_message_that_is_begun_and_never_done_is_cut_off_whatever_is_said_amid_it(idle, beginning, goes_on):
    peer = idle.start(frame_seconds=0.5, close_seconds=0.1).open(ANN)
    peer.sock.sendall(beginning)
    peer.sock.settimeout(0.1)
    received = b''
    for _ in range(100):
        try:
            data = peer.sock.recv(4096)
        except socket.timeout:
            peer.sock.sendall(goes_on)
            continue
        received += data
        if not data:
            break
    assert unpacked(received)[0][-1] == (CLOSE, (1002).to_bytes(2, 'big') + b'A frame was begun and not finished.')


def test_pongs_that_nobody_asked_for_are_ignored(sidecar):
    peer = sidecar.open(ANN)
    peer.sock.sendall(masked(PONG, b'hello') * 500)
    assert peer.is_silent()


def test_a_hundred_thousand_pings_are_the_end_of_their_sender_and_nobody_elses(sidecar):
    flooder, other = sidecar.open(ANN), sidecar.open(BOB)
    with pytest.raises((BrokenPipeError, ConnectionResetError, websocket.WebSocketException, AssertionError)):
        flooder.sock.sendall(masked(PING, b'x' * 100) * 100_000)
        assert not said(flooder)
    assert other.is_silent()


def test_a_hundred_messages_in_one_segment_are_handled_in_order(sidecar):
    peer = sidecar.open(ANN)
    peer.sock.sendall(b''.join(send('segment %d' % number, ref='s%d' % number) for number in range(100)))
    acks = [peer.until('ack')[-1] for _ in range(100)]
    assert [ack['ref'] for ack in acks] == ['s%d' % number for number in range(100)]
    assert [ack['number'] for ack in acks] == list(range(acks[0]['number'], acks[0]['number'] + 100))


def test_who_ends_their_half_before_they_are_let_in_is_not_told_that_nobody_is_logged_in(sidecar):
    session = sidecar.session(ANN)
    peer = sidecar.raw((HANDSHAKE + 'Cookie: session_id_messenger=%s\r\n\r\n' % session).encode())
    peer.shutdown(socket.SHUT_WR)
    answer = b''.join(iter(lambda: peer.recv(65_536), b''))
    codes = [payload[:2] for opcode, payload in unpacked(answer.partition(b'\r\n\r\n')[2])[0] if opcode == CLOSE]
    assert b' 101 ' in answer and (4401).to_bytes(2, 'big') not in codes


@pytest.mark.parametrize('end', ['reset', 'fin', 'half-close'])
def test_what_was_whole_before_the_line_broke_is_stored_once(sidecar, end):
    peer, content = sidecar.open(ANN), 'before the %s' % end
    peer.sock.sendall(send(content, ref=end) + (b'' if end == 'half-close' else b'\x81\xfe\x10'))
    if end == 'half-close':
        peer.sock.shutdown(socket.SHUT_WR)
    else:
        sidecar.wait_for(lambda: stored(sidecar, content))
        if end == 'reset':
            peer.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        peer.sock.close()
    sidecar.wait_for(lambda: stored(sidecar, content) == 1)
    again = sidecar.open(ANN)
    again.sock.sendall(send(content, ref=end))
    assert again.until('ack') and stored(sidecar, content) == 1


# -- commands --

@pytest.mark.parametrize('receiver', [True, 2.0, None, [2], {}, -1, 0, 2**63, 99, '99', 'nobody@example.com', ''])
def test_a_receiver_that_is_none_is_said_so_and_nothing_is_stored(sidecar, receiver):
    peer = sidecar.open(ANN)
    peer.ask(type='send', receiver=receiver, content='to nobody', ref='r')
    error = peer.frame()
    assert error['code'] in ('bad_type', 'no_such_user') and error['ref'] == 'r'
    assert peer.is_silent() and not stored(sidecar, 'to nobody')


def test_who_is_blocked_or_gone_is_no_such_user_and_oneself_is_somebody(idle):
    idle.db(idle.db.auth_user.id == BOB).update(registration_key='blocked')
    idle.db(idle.db.auth_user.id == CID).delete()
    idle.db.commit()
    ann, answers = idle.start().open(ANN), []
    for receiver in (BOB, CID, 99):
        ann.ask(type='send', receiver=receiver, content='x')
        answers.append(ann.frame())
    assert answers[0]['code'] == 'no_such_user' and answers[0] == answers[1] == answers[2]
    ann.ask(type='send', receiver=ANN, content='a note')
    assert ann.until('ack') and ann.frame()['content'] == 'a note'


def test_one_ref_on_two_sockets_at_once_is_one_row_with_one_ack(sidecar):
    one, two = sidecar.open(ANN), sidecar.open(ANN)
    for peer in (one, two):
        peer.sock.sendall(send('twice', ref='twice'))
    assert one.until('ack')[-1] == two.until('ack')[-1] and stored(sidecar, 'twice') == 1


def test_one_ref_with_another_text_or_receiver_is_a_conflict_and_the_first_stays(sidecar):
    ann = sidecar.open(ANN)
    for frame in ({'content': 'first', 'receiver': BOB}, {'content': 'second', 'receiver': BOB}, {'content': 'first', 'receiver': CID}):
        ann.ask(type='send', ref='conflict', **frame)
    codes = [ann.until('error')[-1]['code'] for _ in range(2)]
    assert codes == ['conflict', 'conflict'] and stored(sidecar, 'first') == 1 and not stored(sidecar, 'second')


def test_the_refs_of_two_members_have_nothing_to_do_with_each_other(sidecar):
    for member, content in ((ANN, 'of ann'), (CID, 'of cid')):
        peer = sidecar.open(member)
        peer.ask(type='send', receiver=BOB, content=content, ref='the-same')
        assert peer.until('ack')
    assert stored(sidecar, 'of ann') == stored(sidecar, 'of cid') == 1


def test_reading_never_goes_back_and_is_told_once(sidecar):
    ann, bob = sidecar.open(ANN), sidecar.open(BOB)
    for content in ('one', 'two'):
        ann.ask(type='send', receiver=BOB, content=content)
        last = bob.until('message')[-1]
    for number in (last['number'], last['number'] - 1, last['number'], 0):
        bob.ask(type='read', conversation=last['conversation'], number=number)
    assert bob.until('read')[-1]['number'] == last['number'] and bob.is_silent()


def test_what_is_sent_with_the_handshake_is_acked_after_the_welcome_and_pushed_once(sidecar):
    request = HANDSHAKE + 'Cookie: session_id_messenger=%s\r\n\r\n' % sidecar.session(CID)
    peer = sidecar.raw(request.encode() + send('early', ref='early') + masked(TEXT, b'{"type":"sync","since":0}'))
    received = b''
    # The message comes twice when the sync, which others than the writer answer, finds it before it is pushed.
    while not all(kind in received for kind in (b'"synced"', b'"ack"', b'"message"')):
        data = peer.recv(65_536)
        assert data, received
        received += data
    frames = [json.loads(payload) for _, payload in unpacked(received.split(b'\r\n\r\n', 1)[1])[0]]
    types = [frame['type'] for frame in frames]
    assert types[0] == 'welcome' and types.count('ack') == 1
    pushed = [frame for frame in frames if frame['type'] == 'message' and frame['content'] == 'early']
    assert pushed and len({frame['id'] for frame in pushed}) == 1


def test_a_thousand_sends_in_a_second_are_refused_beyond_the_burst_and_then_ended(idle):
    sidecar = idle.start(sends_per_second=0.01)
    peer = sidecar.open(ANN)
    with_refs = b''.join(send('flood %d' % number, ref='f%d' % number) for number in range(1000))
    peer.sock.sendall(with_refs)
    found = said(peer)
    answers = [json.loads(payload) for opcode, payload in found if opcode == TEXT]
    acked = [answer['ref'] for answer in answers if answer['type'] == 'ack']
    assert acked == ['f%d' % number for number in range(30)]
    errors = [answer for answer in answers if answer['type'] == 'error']
    assert len(errors) == 101 and all(error['code'] == 'rate' and error['retry_after'] > 0 for error in errors)
    assert found[-1] == (CLOSE, (4429).to_bytes(2, 'big') + b'Too many messages.')
    assert sorted(row.ref for row in sidecar.db(sidecar.db.message).select()) == sorted(acked)
