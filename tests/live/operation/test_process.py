"""The sidecar as a process: starting, being killed, stopping, and faults of the database."""
import contextlib
import os
import signal
import socket
import sqlite3
import subprocess
import sys

import pytest
from faults import restrain
from messenger_core.upgrade import schema
from places import ROOT
from sidecar import ORIGIN, PATIENCE

ANN, BOB = 1, 2


def refused(sidecar, *arguments, **environment):
    """Start it where it can't start; return its exit code and the last line it said."""
    process = sidecar.launch(*arguments, **environment)
    code = process.wait(PATIENCE)
    lines = sidecar.log().splitlines()
    return code, lines[-1] if len(lines) == 1 else lines


def test_kill_between_any_two_messages_loses_and_doubles_nothing(idle):
    sidecar, acked, seen, cursor = idle.start(), [], [], 0
    for round in range(5):
        ann, bob = sidecar.open(ANN), sidecar.open(BOB)
        bob.ask(type='sync', since=cursor)
        seen += [frame['content'] for frame in bob.until('synced') if frame['type'] == 'message' and frame['seq'] > cursor]
        for number in range(6):
            content = '%d.%d' % (round, number)
            ann.ask(type='send', receiver=BOB, content=content, ref=content)
            if number < 5:
                acked += [frame['ref'] for frame in ann.until('ack') if frame['type'] == 'ack']
        frame = bob.frame()
        seen, cursor = seen + [frame['content']], frame['seq']
        sidecar.kill()
        sidecar.start()
    bob = sidecar.open(BOB)
    bob.ask(type='sync', since=cursor)
    seen += [frame['content'] for frame in bob.until('synced') if frame['type'] == 'message' and frame['seq'] > cursor]
    assert len(seen) == len(set(seen)) and set(acked) <= set(seen)


def test_sigterm_says_goodbye_and_ends_with_success(sidecar):
    ann = sidecar.open(ANN)
    ann.ask(type='send', receiver=BOB, content='last words')
    sidecar.process.send_signal(signal.SIGTERM)
    assert ann.close_code() == 1012
    assert sidecar.process.wait(PATIENCE) == 0 and 'Traceback' not in sidecar.log()


def test_what_was_written_while_it_was_away_is_told_by_sync(idle):
    idle.insert(ANN, BOB, 'meanwhile')
    sidecar = idle.start()
    sidecar.wait_for(lambda: sidecar.health()['seq'] == 1)
    bob = sidecar.open(BOB)
    bob.ask(type='sync', since=0)
    assert [frame.get('content') for frame in bob.until('synced')] == ['meanwhile', None]


@pytest.mark.parametrize(('arguments', 'environment', 'words'), [
    (['--origin', '*'], {}, 'is not an origin'), (['--origin', ORIGIN + '/path'], {}, 'is not an origin'),
    ([], {'MESSENGER_REALTIME_BURST': 'many'}, 'burst'), (['--port', '1'], {}, 'cannot listen'),
    (['--web2py', '/nowhere'], {}, 'no messenger'),
    (['--host', 'no.such.host.invalid'], {}, '')])
def test_what_cannot_work_is_refused_in_one_line(idle, arguments, environment, words):
    if '--port' in arguments:
        arguments = ['--port', str(_taken(idle))]
    code, line = refused(idle, *arguments, **environment)
    assert code == 1 and isinstance(line, str) and words in line


def _taken(idle):
    listener = socket.socket()
    listener.bind(('127.0.0.1', 0))
    listener.listen()
    idle.sockets.append(listener)
    return listener.getsockname()[1]


def test_a_database_without_tables_is_refused_and_not_created(idle):
    file = idle.application / 'databases' / 'messenger.sqlite'
    os.remove(file)
    code, line = refused(idle)
    assert code == 1 and 'no database' in line and not file.exists()


@pytest.mark.parametrize('version', [schema.VERSION - 1, schema.VERSION + 1])
def test_a_database_of_another_release_is_refused_and_left_alone(idle, version):
    idle.db(idle.db.feed.id == 1).update(version=version, least_reader=version)
    idle.db.commit()
    code, line = refused(idle)
    assert code == 1 and 'schema version %d' % version in line
    assert idle.db.feed(1).version == version


def test_sessions_that_it_may_not_read_keep_it_from_starting(idle, monkeypatch):
    restrain(monkeypatch)
    sessions = idle.session_file(idle.session(ANN)).parents[2]
    sessions.chmod(0)
    try:
        code, line = refused(idle)
    finally:
        sessions.chmod(0o755)
    assert code == 1 and 'The sessions of web2py' in line and 'cannot be read' in line


def test_help_names_every_option(idle):
    text = subprocess.run([sys.executable, str(ROOT / 'websocket_server.py'), '--help'], capture_output=True, text=True, check=True).stdout
    assert all(option in text for option in ('--web2py', '--host', '--port', '--origin'))


def test_a_locked_database_makes_sends_busy_and_everything_else_goes_on(idle):
    sidecar = idle
    (sidecar.application / 'private').mkdir()
    (sidecar.application / 'private' / 'appconfig.ini').write_text('[db]\nbusy_seconds = 0.2\n')
    sidecar.start()
    ann = sidecar.open(ANN)
    other = sqlite3.connect(sidecar.application / 'databases' / 'messenger.sqlite', isolation_level=None)
    other.execute('BEGIN IMMEDIATE')
    ann.ask(type='send', receiver=BOB, content='hi', ref='r')
    assert ann.is_silent()
    error = ann.frame()
    assert (error['code'], error['ref']) == ('busy', 'r') and error['retry_after'] > 0
    other.execute('ROLLBACK')
    other.close()
    ann.ask(type='send', receiver=BOB, content='hi', ref='r')
    assert ann.frame()['type'] == 'ack'


def two_messages(sidecar):
    """Have Ann send two messages; return her socket, and the place of the last one."""
    ann = sidecar.open(ANN)
    for content in ('one', 'two'):
        ann.ask(type='send', receiver=BOB, content=content)
        seq = ann.until('message')[-1]['seq']
    return ann, seq


def test_a_feed_that_goes_back_begins_another_epoch_and_everybody_comes_again(sidecar):
    ann, seq = two_messages(sidecar)
    before = sidecar.db.executesql('SELECT epoch FROM messenger_feed')[0][0]
    sidecar.db.executesql('DELETE FROM message')     # a row beyond the head would be taken for one that somebody typed in
    sidecar.db.executesql('UPDATE messenger_feed SET head = 0')
    sidecar.db.commit()
    assert ann.close_code() == 4508 and sidecar.logs('went back from %d to 0' % seq)
    ann = sidecar.open(ANN)
    ann.ask(type='sync', since=seq, epoch=before)
    synced = ann.until('synced')[-1]
    assert synced['reset'] is True and synced['epoch'] not in ('', before)
    ann.ask(type='send', receiver=BOB, content='hi')
    assert ann.until('message')[-1]['seq'] > 0


def test_a_backup_that_is_restored_while_it_is_away_begins_another_epoch(sidecar):
    ann, seq = two_messages(sidecar)
    epoch = sidecar.db.executesql('SELECT epoch FROM messenger_feed')[0][0]
    seen = sidecar.application / 'databases' / 'messenger.seen'
    sidecar.wait_for(lambda: seen.exists() and seen.read_text().split()[:2] == [epoch, str(seq)])
    sidecar.stop()
    sidecar.db.executesql('DELETE FROM message WHERE seq = %d' % seq)
    sidecar.db.executesql('UPDATE messenger_feed SET head = %d' % (seq - 1))
    sidecar.db.commit()
    sidecar.start()
    assert sidecar.logs('a backup was restored')
    ann = sidecar.open(ANN)
    ann.ask(type='sync', since=seq, epoch=epoch)
    assert ann.until('synced')[-1]['reset'] is True


def test_a_database_file_that_was_replaced_stops_the_sidecar_before_it_acks_into_nowhere(sidecar, tmp_path):
    ann = sidecar.open(ANN)
    file = sidecar.application / 'databases' / 'messenger.sqlite'
    copy = tmp_path / 'backup'
    with contextlib.closing(sqlite3.connect(file)) as source, contextlib.closing(sqlite3.connect(copy)) as target:
        source.backup(target)
    os.replace(copy, file)
    ann.ask(type='send', receiver=BOB, content='hi', ref='r')
    assert sidecar.process.wait(PATIENCE) == 1 and 'replaced' in sidecar.log().splitlines()[-1]
    assert b'"ack"' not in ann.sock.recv(4096)
