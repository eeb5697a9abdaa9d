"""Readers who don't read, read slowly, or have much to catch up with. L1 to L3, L11, L12: docs/faults.md; at full size: bench/."""
import json
import re
import socket

import pytest
from messenger_core.messages import sending
from sidecar import LISTEN, ORIGIN, Socket
from wire import unpacked

ANN, BOB, CID, DAN = 1, 2, 3, 4
LONG = '\U0001f600' * 10_000     # 40 kB
SMALL_BUFFER = [(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)]


def slow(sidecar, member):
    """Return a socket of which the kernel keeps little, so that not reading is soon felt."""
    peer = Socket(sockopt=SMALL_BUFFER)
    sidecar.sockets.append(peer)
    peer.settimeout(10)
    peer.connect('ws://127.0.0.1:%d%s?v=1' % (sidecar.port, LISTEN), origin=ORIGIN,
                 cookie='session_id_messenger=%s' % sidecar.session(member))
    peer.frame()
    return peer


def memory(sidecar):
    """Return how many MiB the sidecar holds."""
    with open('/proc/%d/status' % sidecar.process.pid) as lines:
        return int(re.search(r'VmRSS:\s+(\d+)', lines.read())[1]) / 1024


def write(peer, receiver, content, **more):
    """Write, and wait until it is stored and told."""
    peer.ask(type='send', receiver=receiver, content=content, **more)
    ack = peer.until('ack')[-1]
    peer.until('message')
    return ack


def test_l1_who_stops_reading_is_told_to_sync_and_the_others_notice_nothing(idle):
    sidecar = idle.start(burst=10_000, close_seconds=10, stuck_seconds=600)
    ann, bob, cid = sidecar.open(ANN), slow(sidecar, BOB), sidecar.open(CID)
    for number in range(400):
        if 'slow consumer' in sidecar.log():
            break
        write(ann, BOB, LONG)
        write(ann, CID, str(number))
        assert cid.frame()['content'] == str(number)
    assert bob.close_code() == 4508
    assert number * len(LONG.encode()) > 1 << 20       # not before his outbox was full
    bob.shutdown()
    sidecar.wait_for(lambda: sidecar.health()['connections'] == 2)


def test_l1_who_has_not_read_anything_for_long_is_told_so_even_if_little_waits_for_him(idle):
    sidecar = idle.start(burst=10_000, close_seconds=10, stuck_seconds=0.5, outbox_bytes=1 << 30)
    ann, bob = sidecar.open(ANN), slow(sidecar, BOB)
    for _ in range(400):
        if 'slow consumer' in sidecar.log():
            break
        write(ann, BOB, LONG)
    assert bob.close_code() == 4508


def test_l2_many_who_stop_reading_cost_no_more_than_their_outboxes(idle):
    sidecar = idle.start(burst=10_000, close_seconds=0.3, connections=100, stuck_seconds=600)
    ann, cid, before = sidecar.open(ANN), sidecar.open(CID), memory(sidecar)
    for _ in range(60):
        slow(sidecar, BOB)
    for number in range(400):
        write(ann, BOB, LONG)
        write(ann, CID, str(number))
        assert cid.frame()['content'] == str(number)
        if sidecar.log().count('slow consumer') == 60:
            break
    assert sidecar.logs('slow consumer', 60) and memory(sidecar) - before < 100 and sidecar.log().count('slow consumer') == 60
    sidecar.wait_for(lambda: sidecar.health()['connections'] == 2)


def test_l3_who_reads_slowly_is_kept_while_there_is_room_and_gets_everything_in_the_end(idle):
    sidecar = idle.start(burst=10_000, close_seconds=10, outbox_bytes=400_000, sends_per_second=1_000)
    ann, bob, seqs, got = sidecar.open(ANN), slow(sidecar, BOB), [], b''
    for number in range(600):
        seqs.append(write(ann, BOB, '%d %s' % (number, LONG[:5_000]))['seq'])
        got += bob.sock.recv(1_000)
        if 'slow consumer' in sidecar.log():
            break
    assert len(seqs) > 20       # 400 kB
    assert sidecar.logs('slow consumer')
    while data := bob.sock.recv(65_536):
        got += data
    frames, _ = unpacked(got)
    assert frames[-1][1].startswith((4508).to_bytes(2, 'big'))
    live = [frame['seq'] for frame in (json.loads(payload) for _, payload in frames[:-1]) if 'seq' in frame]
    again, since, more, synced = sidecar.open(BOB), live[-1], True, []
    while more:
        again.ask(type='sync', since=since)
        *events, end = again.until('synced')
        synced += [event['seq'] for event in events]
        since, more = end['seq'], end.get('more')
    assert live + synced == seqs


@pytest.mark.parametrize('character', ['é', '\U0001f600', '"', '\\', 'a\x01', '</', 'a\u2028'])
def test_l11_texts_that_grow_when_they_are_written_down_arrive_as_they_are_and_hold_up_nobody(sidecar, character):
    ann, bob, cid, dan = (sidecar.open(member) for member in (ANN, BOB, CID, DAN))
    text = (character * 10_000)[:10_000]
    for escaped in (True, False):
        ann.send(json.dumps({'type': 'send', 'receiver': BOB, 'content': text}, ensure_ascii=escaped))
        write(cid, DAN, 'meanwhile')
        assert dan.frame()['content'] == 'meanwhile'
        assert bob.frame()['content'] == text
        assert ann.until('message')[-1]['content'] == text
    ann.ask(type='send', receiver=BOB, content=text + 'x')
    assert ann.frame()['code'] == 'too_long'


def test_l12_many_who_sync_from_far_behind_get_it_all_and_live_messages_come_in_between(idle):
    rows = 2_000
    for start in range(0, rows, 200):
        sending.send_all(idle.db, [sending.Draft(CID, str(number), DAN) for number in range(start, start + 200)])
    sidecar = idle.start(questions_burst=10_000)
    ann, bob, dans = sidecar.open(ANN), sidecar.open(BOB), [sidecar.open(DAN) for _ in range(10)]
    for dan in dans:
        dan.ask(type='sync', since=0)
    contents, ends, talked = {dan: [] for dan in dans}, dict.fromkeys(dans, 0), 0
    while min(ends.values()) < rows:
        write(ann, BOB, 'live %d' % talked)
        assert bob.frame()['content'] == 'live %d' % talked
        talked += 1
        for dan in dans:
            if ends[dan] < rows:
                *events, end = dan.until('synced')
                contents[dan] += [event['content'] for event in events]
                ends[dan] = end['seq']
                dan.ask(type='sync', since=end['seq'])
    assert all(one[:rows] == [str(number) for number in range(rows)] for one in contents.values())
    assert talked >= rows / 200
