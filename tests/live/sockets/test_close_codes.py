"""Every close code there is, as a client receives it from the real sidecar, and the end of the stream after it."""
import signal
from pathlib import Path

import pytest

ANN, BOB = 1, 2


def say_goodbye(sidecar):
    return sidecar.open(ANN, '/messenger/messaging/stream')


def stop_for_good(sidecar):
    peer = sidecar.open(ANN)
    sidecar.process.send_signal(signal.SIGINT)
    return peer


def restart(sidecar):
    peer = sidecar.open(ANN)
    sidecar.process.send_signal(signal.SIGTERM)
    return peer


def sends(data):
    def send(sidecar):
        peer = sidecar.open(ANN)
        peer.sock.sendall(data)
        return peer
    return send


def meet_a_fault_of_ours(sidecar):
    other, peer = sidecar.open(BOB), sidecar.open(ANN)
    peer.ask(type='ping')
    other.ask(type='sync', since=0)
    assert other.until('synced')
    sidecar.logs('RuntimeError')
    assert 'broken_sidecar.py' in sidecar.log() and 'is secret' not in sidecar.log()
    return peer


def have_a_session_that_cannot_be_read(sidecar):
    session_id = sidecar.session(ANN)
    file = sidecar.session_file(session_id)
    file.write_bytes(file.read_bytes()[:-10])       # as if web2py were writing it just now
    return sidecar.open(session_id=session_id)


def send_bad_messages(sidecar):
    peer = sidecar.open(ANN)
    for _ in range(10):
        peer.send('{')
        assert peer.frame()['code'] == 'bad_json'
    assert peer.is_silent()     # ten are forgiven
    peer.send('{"type":"nonsense"}')
    assert peer.frame()['code'] == 'bad_type'
    return peer


def have_no_session(sidecar):
    return sidecar.open()


def be_blocked(sidecar):
    sidecar.db(sidecar.db.auth_user.id == ANN).update(registration_key='blocked')
    sidecar.db.commit()
    return sidecar.open(session_id=sidecar.session(ANN))


def be_silent(sidecar):
    return sidecar.open(ANN)    # and never answers a ping, for nobody reads


def open_too_many(sidecar):
    sidecar.open(ANN), sidecar.open(ANN)
    return sidecar.open(session_id=sidecar.session(ANN))


def go_on_against_the_limit(sidecar):
    peer = sidecar.open(ANN)
    for _ in range(101):
        peer.ask(type='send', receiver=BOB, content='x')
    answers = [peer.frame() for _ in range(102)]
    assert sorted(answer.get('code', answer['type']) for answer in answers) == ['ack', 'message'] + ['rate'] * 100
    assert peer.is_silent()     # a hundred are forgiven
    peer.ask(type='send', receiver=BOB, content='x')
    assert peer.until('error')[-1]['code'] == 'rate'
    return peer


def ping_without_end(sidecar):
    return sends(b'\x89\x80\0\0\0\0' * 101)(sidecar)


def read_too_slowly(sidecar):
    ann, bob = sidecar.open(ANN), sidecar.open(BOB)
    while 'slow consumer' not in sidecar.log():
        ann.ask(type='send', receiver=BOB, content='\U0001f600' * 10_000)
        ann.until('message')
    return bob


SCENES = [
    (1000, say_goodbye, {}), (1001, stop_for_good, {}), (1012, restart, {}),
    (1002, sends(b'\x81\x02hi'), {}), (1002, sends(b'\x01\x81\0\0\0\0x'), {'frame_seconds': 0.2, 'close_seconds': 0.1}),
    (1003, sends(b'\x82\x80\0\0\0\0'), {}), (1007, sends(b'\x81\x81\0\0\0\0\xff'), {}),
    (1009, sends(b'\x81\xff' + bytes(5) + b'\xff\0\0'), {}),
    (1011, meet_a_fault_of_ours, {}), (1013, have_a_session_that_cannot_be_read, {}),
    (4400, send_bad_messages, {}), (4401, have_no_session, {}),
    (4403, be_blocked, {}), (4408, be_silent, {'idle_seconds': 0.3, 'close_seconds': 0.1}),
    (4409, open_too_many, {'connections': 2}),
    (4429, go_on_against_the_limit, {'burst': 1, 'sends_per_second': 0.001}), (4429, ping_without_end, {}),
    (4508, read_too_slowly, {'outbox_bytes': 100_000, 'close_seconds': 10, 'burst': 10_000, 'stuck_seconds': 60}),
]


@pytest.mark.parametrize(('code', 'scene', 'settings'), SCENES, ids=['%d %s' % (code, scene.__name__) for code, scene, _ in SCENES])
def test_a_client_is_told_by_the_code_why_it_is_closed(idle, code, scene, settings):
    if code == 1011:
        idle.program = Path(__file__).with_name('broken_sidecar.py')
    peer = scene(idle.start(**settings))
    assert peer.close_code() == code
    assert peer.sock.recv(1) == b''


def test_no_code_of_the_design_is_missing_here():
    assert {code for code, _, _ in SCENES} == {
        1000, 1001, 1002, 1003, 1007, 1009, 1011, 1012, 1013, 4400, 4401, 4403, 4408, 4409, 4429, 4508}
