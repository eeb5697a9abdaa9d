"""Faults of the process G1-G7 and G11-G14: killed at the worst moment, stopped, out of space, with a thread that fails, started wrongly."""
import contextlib
import os
import resource
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path
from types import SimpleNamespace

import pytest
from faults import Pinging, answer, is_busy, reasons, restrain, send, start, stored, synced, works_again
from messenger_live.workers import background
from messenger_live.workers.background import Background, Troubles
from sidecar import ORIGIN, PATIENCE
from websocket import WebSocketException

ANN, BOB, CID = 1, 2, 3


@pytest.fixture
def faulty(idle, tmp_path):
    """A function that starts the sidecar with a fault of its own; `sidecar.arm()` has it happen."""
    idle.armed = tmp_path / 'armed'

    def arm(how=''):
        whole = tmp_path / 'arming'     # so that nobody reads half of it
        whole.write_text(str(how))
        whole.replace(idle.armed)
    idle.arm = arm

    def start_faulty(fault, **realtime):
        idle.program = Path(__file__).with_name('dying_sidecar.py')
        idle.environment.update(FAULT=fault, ARMED=str(idle.armed))
        return start(idle, **realtime)
    return start_faulty


@pytest.mark.parametrize(('where', 'is_stored'), [('insert', False), ('commit', True), ('ack', True)])
def test_g1_a_sidecar_killed_at_any_point_of_a_send_loses_and_doubles_nothing(faulty, where, is_stored):
    sidecar = faulty(where)
    ann = sidecar.open(ANN)
    assert send(ann, 'before')['type'] == 'ack'
    sidecar.arm()
    ann.ask(type='send', receiver=BOB, content='amid', ref='amid')
    if where == 'ack':
        assert answer(ann, 'amid')['type'] == 'ack'
    assert sidecar.process.wait(PATIENCE) == -signal.SIGKILL
    assert ('amid' in stored(sidecar.db)) == is_stored
    sidecar.armed.unlink()
    start(sidecar)
    ann = sidecar.open(ANN)
    assert send(ann, 'amid')['type'] == 'ack'      # as clients do that had no answer
    assert synced(sidecar, BOB) == ['before', 'amid'] and stored(sidecar.db) == ['amid', 'before']


WRITER = '''
import os, sys
sys.path.insert(0, sys.argv[1])
from messenger_core import settings
from messenger_core.database import connection
from messenger_core.messages import conversations, sending
from messenger_core.messages.sending import Draft
db = connection.connect(settings.load(sys.argv[2]), sys.argv[2])
count, number = conversations.count, 0
def pause(*given):
    count(*given)
    if number == 5:
        print('amid', flush=True)
        sys.stdin.read()
conversations.count = pause
for number in range(6):
    sending.send(db, Draft(1, 'worker %d' % number, 2))
    print('sent', flush=True)
'''


def test_g2_a_writer_killed_amid_a_send_leaves_no_lock_and_what_it_has_committed_is_told(idle):
    sidecar = start(idle)
    ann, bob = sidecar.open(ANN), sidecar.open(BOB)
    modules = str(sidecar.application / 'modules')
    with subprocess.Popen([sys.executable, '-c', WRITER, modules, str(sidecar.application)], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                          text=True) as worker:
        assert 'amid\n' in iter(worker.stdout.readline, ''), 'it ended before it was amid a send'
        assert is_busy(send(ann, 'held up'))
        worker.kill()
    works_again(sidecar, ann)
    told = [bob.frame()['content'] for _ in range(6)]
    assert told == ['worker %d' % number for number in range(5)] + ['after all'] and stored(sidecar.db) == sorted(told)


def test_g3_sigterm_answers_what_was_asked_and_does_not_wait_for_who_never_leaves(idle):
    sidecar = start(idle, drain_seconds=2)
    ann, deaf = sidecar.open(ANN), sidecar.open(CID)
    for number in range(50):
        ann.ask(type='send', receiver=BOB, content=str(number), ref='r%d' % number)
    answer(ann, 'r49')
    sidecar.process.send_signal(signal.SIGTERM)
    assert ann.close_code() == 1012 and sidecar.process.wait(PATIENCE) == 0 and deaf
    assert len(stored(sidecar.db)) == 50 and 'Traceback' not in sidecar.log()


def test_g3_a_second_sigterm_ends_it_at_once(idle):
    sidecar = start(idle, drain_seconds=60, close_seconds=60)
    deaf = sidecar.open(CID)        # never answers the close frame
    sidecar.process.send_signal(signal.SIGTERM)
    assert deaf.recv_data(control_frame=True)[0] == 8
    assert sidecar.process.poll() is None
    sidecar.process.send_signal(signal.SIGTERM)
    assert sidecar.process.wait(PATIENCE) == 128 + signal.SIGTERM


@pytest.mark.parametrize('idle', ['postgresql'], indirect=True)
def test_g3_sigterm_waits_ten_seconds_at_most_for_a_database_that_hangs_and_who_never_leaves(idle, cluster):
    idle.environment['MESSENGER_DB_ANSWER_SECONDS'] = '300'
    sidecar = idle.start()
    ann, deaf = sidecar.open(ANN), sidecar.open(CID)
    cluster.pause()
    try:
        ann.ask(type='send', receiver=BOB, content='never', ref='r')
        assert ann.is_silent()
        sidecar.process.send_signal(signal.SIGTERM)
        assert sidecar.process.wait(10) == 0
        assert ann.close_code() == deaf.close_code() == 1012
    finally:
        cluster.resume()


def come_back(idle, count):
    """Have so many clients meet a restart; return what each was told by the sync after it."""
    room = dict(connections=count, connections_per_address=2 * count)
    sidecar = start(idle, **room)
    peers = [sidecar.open(member) for member in (ANN, BOB) for _ in range(count // 2)]
    assert send(peers[0], 'before')['type'] == 'ack'
    sidecar.kill()
    sidecar.db.rollback()
    start(sidecar, **room)
    told = [None] * count

    def reconnect(number):
        peer = sidecar.open((ANN, BOB)[number % 2])
        peer.ask(type='sync', since=0)
        told[number] = [frame['content'] for frame in peer.until('synced') if frame['type'] == 'message']
    threads = [threading.Thread(target=reconnect, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert peers
    return told


def test_g4_all_come_back_after_a_restart_and_miss_nothing(idle):
    assert come_back(idle, 40) == [['before']] * 40


@pytest.mark.byhand
def test_g4_a_thousand_come_back_after_a_restart(idle):
    assert come_back(idle, 1000) == [['before']] * 1000


def test_g5_a_second_sidecar_on_the_same_port_is_refused_in_one_line_and_the_first_goes_on(idle):
    sidecar = start(idle)
    ann = sidecar.open(ANN)
    lines = sidecar.log().splitlines()
    assert sidecar.launch('--origin', ORIGIN).wait(PATIENCE) == 1
    added = [line for line in sidecar.log().splitlines() if line not in lines]
    assert len([line for line in added if 'cannot listen' in line]) == 1 and 'Traceback' not in sidecar.log()
    assert send(ann, 'text')['type'] == 'ack'


def sleep_and_go_on(sidecar, seconds):
    """Stop the process for a while, with living clients and a dead one."""
    peers, dead = [sidecar.open(member) for member in (ANN, BOB, CID) for _ in range(5)], sidecar.open(BOB)
    with contextlib.ExitStack() as stack:
        sidecar.process.send_signal(signal.SIGSTOP)
        stack.callback(sidecar.process.send_signal, signal.SIGCONT)
        threading.Event().wait(seconds)     # the fault itself, not a wait for something
    return peers, dead


def keep_answering(sidecar, seconds):
    peers, dead = sleep_and_go_on(sidecar, seconds)
    listening = [threading.Thread(target=listen_until_dead, args=(peer,)) for peer in peers]
    for thread in listening:
        thread.daemon = True
        thread.start()
    sidecar.wait_for(lambda: sidecar.health()['connections'] == len(peers))     # the one who says nothing is found
    assert all(thread.is_alive() for thread in listening) and dead
    return peers


def listen_until_dead(peer):
    """Answer pings, as browsers do by themselves."""
    with contextlib.suppress(WebSocketException, OSError, AssertionError):
        while peer.recv_data(control_frame=True)[0] != 8:
            pass


def test_g6_who_lives_is_not_taken_for_dead_because_the_process_was_stopped(idle):
    sidecar = start(idle, idle_seconds=2, ping_seconds=0.5, close_seconds=0.2, pause_seconds=1)
    keep_answering(sidecar, 4)
    assert send(sidecar.open(ANN), 'text')['type'] == 'ack'


@pytest.mark.byhand
def test_g6_a_minute(idle):
    keep_answering(start(idle, idle_seconds=8, ping_seconds=2), 60)


@pytest.mark.parametrize('seconds', [-3600, 3000])
def test_g7_a_clock_that_is_moved_ends_no_socket_whose_session_lasts(faulty, seconds):
    sidecar = faulty('clock', idle_seconds=3, ping_seconds=0.5, recheck_seconds=0.5)
    ann, bob, cid = sidecar.open(ANN), sidecar.open(BOB), sidecar.open(CID)
    assert send(ann, 'before')['type'] == 'ack'
    sidecar.arm(seconds)
    with Pinging(cid) as pinging:
        sidecar.wait_for(lambda: pinging.answers > 60)      # several checks of the session
    assert send(ann, 'after')['type'] == 'ack'
    assert [bob.frame()['content'] for _ in range(2)] == ['before', 'after']
    assert bob.is_silent()
    assert synced(sidecar, BOB) == ['before', 'after']


def test_g7_a_clock_that_goes_past_the_end_of_a_session_ends_its_sockets_as_on_pages(faulty):
    sidecar = faulty('clock')
    ann = sidecar.open(ANN)
    sidecar.arm(7200)        # the session lasts one hour
    assert ann.close_code() == 4401


def test_g11_a_log_that_cannot_be_written_stops_nobody(idle):
    with open('/dev/full', 'wb') as full:
        serve_with(idle, stdout=full, stderr=full)


def test_g11_a_log_that_nobody_reads_any_more_stops_nobody(idle):
    reading, writing = os.pipe()
    os.close(reading)
    with open(writing, 'wb') as broken:
        serve_with(idle, stdout=broken, stderr=broken)


def test_g11_closed_standard_streams_are_not_taken_for_the_database(idle):
    serve_with(idle, preexec_fn=lambda: [os.close(number) for number in (0, 1, 2)])


def serve_with(idle, **streams):
    environment = dict(os.environ, **idle.environment)
    command = [sys.executable, str(idle.program), '--web2py', str(idle.folder), '--port', str(idle.port),
               '--monitor-port', str(idle.monitor_port), '--origin', ORIGIN]
    idle.process = subprocess.Popen(command, env=environment, **streams)
    idle.wait_for(lambda: idle.health() or idle.process.poll() is not None)
    if 'preexec_fn' in streams:
        assert {os.readlink('/proc/%d/fd/%d' % (idle.process.pid, number)) for number in range(3)} == {os.devnull}
    ann = idle.open(ANN)
    assert send(ann, 'text')['type'] == 'ack'
    for _ in range(20):
        idle.open(BOB).close()
    works_again(idle, ann)


def test_g11_a_while_without_memory_is_survived(idle):
    sidecar = start(idle)
    ann, greedy = sidecar.open(ANN), [sidecar.open(member) for member in (BOB, CID) for _ in range(10)]
    assert send(ann, 'before')['type'] == 'ack'
    with open('/proc/%d/statm' % sidecar.process.pid) as statm:
        size = int(statm.read().split()[0]) * resource.getpagesize()
    resource.prlimit(sidecar.process.pid, resource.RLIMIT_AS, (size, resource.RLIM_INFINITY))
    for peer in greedy:
        peer.ask(type='ping', padding='x' * 120_000)
    ann.ask(type='send', receiver=BOB, content='x' * 9000, ref='r')
    threading.Event().wait(1)       # the fault itself
    resource.prlimit(sidecar.process.pid, resource.RLIMIT_AS, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    assert sidecar.logs('MemoryError')
    works_again(sidecar, sidecar.open(ANN))
    assert len(stored(sidecar.db)) == len(set(stored(sidecar.db)))


@pytest.mark.parametrize(('fault', 'name'), [('writer', 'writer'), ('watch', 'watch')])
def test_g12_a_thread_that_fails_is_seen_and_begun_again(faulty, fault, name):
    sidecar = faulty(fault)
    ann, cid = sidecar.open(ANN), sidecar.open(CID)
    with Pinging(cid):
        sidecar.arm()
        sidecar.wait_for(lambda: '%s is not running' % name in reasons(sidecar))
        sidecar.armed.unlink()
    works_again(sidecar, ann)
    assert sidecar.health()['restarts'][name] >= 1 and 'is secret' not in sidecar.log()


def test_g12_a_batch_that_fails_is_answered(faulty):
    sidecar = faulty('batch')
    ann = sidecar.open(ANN)
    sidecar.arm()
    assert is_busy(send(ann, 'amid'))
    sidecar.armed.unlink()
    works_again(sidecar, ann)


def test_g12_a_deadline_that_fails_ends_that_connection_and_keeps_the_others_deadlines(faulty):
    sidecar = faulty('ticker', ping_seconds=0.5)     # it is looked at when that is due
    ann = sidecar.open(ANN)
    sidecar.arm()
    assert ann.close_code() == 1011
    sidecar.armed.unlink()
    works_again(sidecar, sidecar.open(ANN))


def test_g12_sessions_that_cannot_be_read_are_seen_and_looked_at_again_though_nobody_comes(idle, monkeypatch):
    restrain(monkeypatch)
    sidecar = start(idle)
    ann, folder = sidecar.open(ANN), sidecar.application / 'sessions'
    session_id = sidecar.session(BOB)
    folder.chmod(0)
    try:
        assert sidecar.open(session_id=session_id, welcome=False).close_code() == 1013
        assert 'sessions cannot be read' in reasons(sidecar) and ann.is_silent()
        assert session_id not in sidecar.log(), 'not even as the name of a file'
    finally:
        folder.chmod(0o755)
    works_again(sidecar, ann)


@pytest.mark.parametrize('can_log', [True, False])
def test_g12_a_thread_that_fails_again_and_again_is_begun_ever_more_slowly(monkeypatch, can_log):
    begun, waits = [], []

    def work():
        begun.append(True)
        if len(begun) < 4:
            raise RuntimeError
    monkeypatch.setattr(background, 'time', SimpleNamespace(monotonic=time.monotonic, sleep=waits.append))
    if not can_log:
        monkeypatch.setattr(background, 'log', None)
    thread = Background('test', work)
    thread.start()
    thread.join(PATIENCE)
    assert waits == [0.1, 0.2, 0.4] and thread.restarts == 3 and not thread.is_running


def test_g12_what_is_wrong_is_logged_when_it_begins_and_when_it_ends(caplog):
    troubles = Troubles()
    for _ in range(5):
        troubles.begin('the moon', SimpleNamespace(__cause__=None))
    assert list(troubles) == ['the moon']
    troubles.end('the moon')
    troubles.end('the moon')
    assert len(caplog.records) == 2 and not list(troubles)


@pytest.mark.parametrize(('environment', 'words'), [
    ({'MESSENGER_DB_URI': 'nosuch://somewhere'}, 'database'), ({'MESSENGER_DB_URI': 'postgres://nobody@127.0.0.1:1/none'}, 'database'),
    ({'MESSENGER_DB_URI': 'postgres:/broken'}, 'database'), ({'MESSENGER_DB_URI': ''}, 'database'),
    ({'MESSENGER_DB_BUSY_SECONDS': 'long'}, 'busy_seconds'), ({'MESSENGER_REALTIME_PORT': '99999'}, 'port'),
    ({'MESSENGER_REALTIME_PORT': 'x'}, 'port'), ({'MESSENGER_SESSION_STORE': 'elsewhere'}, 'store')])
def test_g13_a_setting_that_cannot_work_is_refused_in_one_line(idle, environment, words):
    process = idle_without_port(idle, environment)
    assert process.wait(PATIENCE) == 1
    assert len(idle.log().splitlines()) == 1 and words in idle.log()


def idle_without_port(idle, environment):
    command = [sys.executable, str(idle.program), '--web2py', str(idle.folder)]
    with open(idle.folder / 'sidecar.log', 'ab') as log:
        return subprocess.Popen(command, stdout=log, stderr=log, env=dict(os.environ, **environment))


@pytest.mark.parametrize(('written', 'words'), [
    ('[realtime]\nprot = 8001\n', 'no setting called prot'), ('no section = 1\n', 'cannot be read'),
    ('[db]\nmigrate = maybe\n', 'migrate')])
def test_g13_a_configuration_that_cannot_be_read_is_refused_in_one_line(idle, written, words):
    (idle.application / 'private').mkdir()
    (idle.application / 'private' / 'appconfig.ini').write_text(written)
    assert idle.launch().wait(PATIENCE) == 1
    assert len(idle.log().splitlines()) == 1 and words in idle.log()


def test_g13_a_port_that_another_program_has_is_said_so(idle):
    with socket.socket() as other:
        other.bind(('127.0.0.1', idle.port))
        other.listen()
        assert idle.launch().wait(PATIENCE) == 1 and 'cannot listen' in idle.log() and '--port' in idle.log()


def test_g14_the_welcome_says_which_protocol_is_spoken_and_a_later_one_is_told_to_reload(idle):
    sidecar = start(idle)
    assert sidecar.open(ANN).welcome['version'] == 1
    later = sidecar.open(ANN, path='/messenger/messaging/stream/listen?v=2', welcome=False)
    opcode, data = later.recv_data(control_frame=True)
    assert opcode == 8 and int.from_bytes(data[:2], 'big') == 1002 and b'reload' in data.lower()
    assert sidecar.health()['ready']
