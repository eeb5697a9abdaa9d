"""Members who send far more than they may, alone and together. L5, L6: docs/faults.md; at full size: bench/."""
import contextlib
import json
import threading

import websocket
from sidecar import PATIENCE
from wire import masked

ANN, BOB, CID, DAN = 1, 2, 3, 4
BIG = '\U0001f600' * 5_000      # 60 kB as it is sent


def talk(ann, bob, number):
    ann.ask(type='send', receiver=BOB, content=str(number))
    ann.until('message')
    assert bob.frame()['content'] == str(number)


def answered(peer, count):
    """Read until so many sends have been answered; return how many were acked."""
    kinds = []
    while len(kinds) < count:
        kinds += [frame['type'] for frame in [peer.frame()] if frame['type'] in ('ack', 'error')]
    return kinds.count('ack')


def is_taken(peer, **message):
    peer.ask(type='send', receiver=BOB, **message)
    return peer.frame()['type'] == 'ack'


def answers(peer, found):
    """Read until the peer is closed; collect what was said, and its close code."""
    with contextlib.suppress(OSError, websocket.WebSocketException):
        while True:
            opcode, data = peer.recv_data(control_frame=True)
            found.append(json.loads(data) if opcode == websocket.ABNF.OPCODE_TEXT else int.from_bytes(data[:2], 'big'))


def test_l5_ten_sockets_of_one_member_may_do_no_more_than_one_and_go_when_they_go_on(idle):
    sidecar = idle.start(sends_per_second=0.01, close_seconds=PATIENCE)
    ann, bob = sidecar.open(ANN), sidecar.open(BOB)
    flood = b''.join(masked(1, json.dumps({'type': 'send', 'receiver': DAN, 'content': BIG}).encode()) for _ in range(140))
    floods = [(sidecar.open(CID), []) for _ in range(10)]
    readers = [threading.Thread(target=answers, args=one) for one in floods]
    for reader in readers:
        reader.start()
    for number, (peer, _) in enumerate(floods):
        with contextlib.suppress(OSError):      # it may be closed before it has said it all
            peer.sock.sendall(flood)
        talk(ann, bob, number)
    for reader in readers:
        reader.join(PATIENCE)
    said = [answer for _, found in floods for answer in found]
    acked = [answer['id'] for answer in said if type(answer) is dict and answer['type'] == 'ack']
    assert len(acked) == 30     # the burst of one member, once
    assert [found[-1] for _, found in floods] == [4429] * 10
    assert set(acked) == {row.id for row in sidecar.db(sidecar.db.message.sender == CID).select()}


def test_l6_when_much_waits_who_has_something_waiting_is_told_busy_and_who_has_not_is_served(idle):
    sidecar = idle.start(sends_waiting=10, burst=10_000)
    ann, bob, floods = sidecar.open(ANN), sidecar.open(BOB), [sidecar.open(member) for member in (CID, DAN) for _ in range(3)]
    sidecar.db.executesql('BEGIN IMMEDIATE')        # nothing can be stored for the moment
    for peer in floods:
        peer.sock.sendall(b''.join(masked(1, b'{"type":"send","receiver":4,"content":"x"}') for _ in range(60)))
    refused = [peer.until('error')[-1] for peer in floods]
    assert {(error['code'], error['retry_after']) for error in refused} == {('busy', 1)}
    ann.ask(type='send', receiver=BOB, content='served')
    assert ann.is_silent()      # it waits, and hasn't been refused
    sidecar.db.rollback()
    assert ann.until('ack') and bob.frame()['content'] == 'served'
    acked = sum(answered(peer, 60 - 1) for peer in floods)
    sidecar.db.commit()
    assert 0 < acked < 60 * 6 and sidecar.db(sidecar.db.message.content == 'x').count() == acked


def test_l6_when_far_too_much_waits_nobody_is_let_in_line(idle):
    sidecar = idle.start(sends_waiting=10, sends_waiting_in_all=5)
    ann, cid = sidecar.open(ANN), sidecar.open(CID)
    sidecar.db.executesql('BEGIN IMMEDIATE')
    cid.sock.sendall(b''.join(masked(1, b'{"type":"send","receiver":4,"content":"x"}') for _ in range(60)))
    assert cid.until('error')[-1]['code'] == 'busy'
    ann.ask(type='send', receiver=BOB, content='later', ref='r')
    error = ann.frame()
    assert (error['code'], error['ref'], error['retry_after']) == ('busy', 'r', 1)
    sidecar.db.rollback()
    sidecar.wait_for(lambda: is_taken(ann, content='later', ref='r'))
