"""Faults of the database D1-D7: locked, full, read-only, gone, damaged, without its tables. On SQLite; see also the tests on PostgreSQL.

Each ends with a sidecar that was never started again, works, and has stored once what it acked.
"""
import contextlib
import os
import resource
import sqlite3
import subprocess
import threading
from pathlib import Path

import pytest
from faults import LIBC, Pinging, answer, is_busy, obey_permissions, reasons, restrain, send, start, stored, synced, works_again
from sidecar import PATIENCE

ANN, BOB, CID = 1, 2, 3

on_both = pytest.mark.parametrize('idle', ['sqlite', 'postgresql'], indirect=True)


@pytest.fixture
def file(idle):
    return idle.application / 'databases' / 'messenger.sqlite'


@contextlib.contextmanager
def locked(file):
    """Somebody else holds the write lock."""
    with contextlib.closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute('BEGIN IMMEDIATE')
        yield
        other.execute('ROLLBACK')


def test_d1_a_lock_of_others_makes_sends_busy_while_all_else_goes_on(idle, file):
    sidecar = start(idle)
    ann, cid = sidecar.open(ANN), sidecar.open(CID)
    assert send(ann, 'before')['type'] == 'ack'
    with Pinging(cid) as pinging, locked(file):
        assert is_busy(send(ann, 'first')) and is_busy(send(ann, 'second'))
        assert 'cannot be written' in reasons(sidecar)
        assert synced(sidecar, BOB) == ['before']
    works_again(sidecar, ann, 'second')
    assert pinging.answers > 10 and stored(sidecar.db) == ['before', 'second'] and 'Traceback' not in sidecar.log()


def test_d1_whoever_waits_behind_a_lock_waits_no_longer_than_the_first(idle, file):
    sidecar = start(idle)
    ann = sidecar.open(ANN)
    with locked(file):
        for number in range(60):
            ann.ask(type='send', receiver=BOB, content=str(number), ref='r%d' % number)
        assert all(is_busy(answer(ann, 'r%d' % number)) for number in range(60))
    works_again(sidecar, ann)


@pytest.mark.byhand
def test_d1_a_lock_of_half_a_minute(idle, file):
    sidecar = idle.start(sends_per_second=1000, burst=1000)     # with the patience that sites have
    ann, cid, released = sidecar.open(ANN), sidecar.open(CID), threading.Event()
    with Pinging(cid), locked(file):
        threading.Timer(30, released.set).start()
        while not released.is_set():
            assert is_busy(send(ann, 'later'))
    works_again(sidecar, ann, 'later')
    assert stored(sidecar.db) == ['later']


@on_both
def test_d2_a_lock_that_is_met_in_the_middle_leaves_nothing_half_done(idle, monkeypatch):
    sidecar = start(idle)
    ann = sidecar.open(ANN)
    assert send(ann, 'before')['type'] == 'ack'
    if sidecar.db._adapter.dbengine == 'sqlite':
        sidecar.db.executesql('UPDATE messenger_feed SET head = head')
    else:       # the feed can be had, the messages can't
        sidecar.db.executesql('LOCK TABLE message IN SHARE MODE')
    assert is_busy(send(ann, 'amid'))
    sidecar.db.rollback()
    works_again(sidecar, ann)
    assert stored(sidecar.db) == ['after all', 'before']
    assert sidecar.db.executesql('SELECT sum(last_number) FROM messenger_conversation')[0][0] == 2


@pytest.mark.parametrize('where', ['insert', 'journal'])
def test_d3_a_full_disk_makes_sends_busy_until_there_is_space_again(idle, file, where, tmp_path):
    if where == 'insert':       # as SQLite says it, by a limit of its own
        idle.program, idle.environment['PAGES'] = Path(__file__).with_name('full_sidecar.py'), str(tmp_path / 'pages')
        (tmp_path / 'pages').write_text('100000')
    sidecar = start(idle)
    ann, cid = sidecar.open(ANN), sidecar.open(CID)
    assert send(ann, 'before')['type'] == 'ack'
    with Pinging(cid):
        fill(sidecar, where, tmp_path)
        # What is smaller may still have room: then it is said to be well again, until the next one.
        assert any(is_busy(send(ann, '%d ' % number + 'x' * 9000)) and 'cannot be written' in reasons(sidecar) for number in range(200))
        assert synced(sidecar, BOB)[0] == 'before'
        fill(sidecar, where, tmp_path, False)
    works_again(sidecar, ann)
    assert 'Traceback' not in sidecar.log()


def fill(sidecar, where, folder, is_full=True):
    """Let what the sidecar writes to grow no further, or again."""
    if where == 'insert':
        (folder / 'pages').write_text('1' if is_full else '100000')     # SQLite takes the size the file has for the least
    else:
        size = os.path.getsize(sidecar.application / 'databases' / 'messenger.sqlite-wal') + 4096
        limit = (size if is_full else resource.RLIM_INFINITY, resource.RLIM_INFINITY)
        resource.prlimit(sidecar.process.pid, resource.RLIMIT_FSIZE, limit)


def test_d4_a_read_only_file_is_read_and_told_and_written_when_it_may_be_again(idle, file, monkeypatch):
    idle.insert(ANN, BOB, 'foreign')
    restrain(monkeypatch)
    os.chmod(file, 0o444)
    sidecar = start(idle)
    ann, cid = sidecar.open(ANN), sidecar.open(CID)
    with Pinging(cid):
        assert is_busy(send(ann, 'not now'))
        assert 'cannot be written' in reasons(sidecar) and synced(sidecar, BOB) == []
    os.chmod(file, 0o644)
    works_again(sidecar, ann)
    assert synced(sidecar, BOB) == ['foreign', 'after all']


def test_d4_a_folder_that_may_not_be_written_is_said_in_one_line(idle, file, monkeypatch):
    idle.db._adapter.close()     # nobody has it open, and the log is written back
    restrain(monkeypatch)
    os.chmod(file.parent, 0o555)
    try:
        process = idle.launch()
        assert process.wait(PATIENCE) == 1 and len(idle.log().splitlines()) == 1
    finally:
        os.chmod(file.parent, 0o755)


def test_d5_a_file_that_is_away_is_not_made_anew_and_is_taken_up_when_it_is_back(idle, file, tmp_path):
    sidecar = start(idle)
    ann, cid = sidecar.open(ANN), sidecar.open(CID)
    assert send(ann, 'before')['type'] == 'ack'
    with Pinging(cid):
        os.rename(file, tmp_path / 'elsewhere')
        assert is_busy(send(ann, 'nowhere'))
        sidecar.wait_for(lambda: 'file is away' in reasons(sidecar))
        sidecar.open(BOB)
        assert not file.exists()
        os.rename(tmp_path / 'elsewhere', file)
    works_again(sidecar, ann)
    assert stored(sidecar.db) == ['after all', 'before']


@pytest.mark.parametrize('content', [b'', b'this is no database ' * 1000, 'header'], ids=['empty', 'text', 'header'])
def test_d6_a_file_that_is_no_database_is_refused_in_one_line(idle, file, content):
    idle.db._adapter.close()
    for path in file.parent.glob('messenger.sqlite-*'):
        path.unlink()
    file.write_bytes(content if content != 'header' else b'\xff' * 4096 + file.read_bytes()[4096:])
    process = idle.launch()
    assert process.wait(PATIENCE) == 1
    assert len(idle.log().splitlines()) == 1 and 'database' in idle.log() and file.stat().st_size == len(file.read_bytes())


def test_d6_a_page_that_is_damaged_while_it_runs_is_a_busy_and_a_line_in_the_log(idle, file):
    sidecar = start(idle)
    ann, cid = sidecar.open(ANN), sidecar.open(CID)
    assert send(ann, 'before')['type'] == 'ack'
    sidecar.db.commit()
    # Not while somebody reads: then it says that it is busy, and the pages are found beside the file.
    sidecar.wait_for(lambda: sidecar.db.executesql('PRAGMA wal_checkpoint(TRUNCATE)')[0][0] == 0)
    good = file.read_bytes()
    page = root_of(sidecar.db, 'messenger_message_seq')
    with Pinging(cid):
        overwrite(file, page, b'\xff' * 4096)
        # A change by somebody else: what the sidecar has cached of the file counts no more.
        sidecar.db.auth_user.insert(first_name='Eve', registration_key='')
        sidecar.db.commit()
        assert is_busy(send(ann, 'broken'))
        assert 'database' in reasons(sidecar)
        assert sidecar.open(BOB).is_silent()       # other tables can be read
        lines = len(sidecar.log().splitlines())
        for _ in range(5):
            assert is_busy(send(ann, 'broken'))
        assert len(sidecar.log().splitlines()) - lines < 5 and 'Traceback' not in sidecar.log()
        overwrite(file, page, good[4096 * (page - 1):4096 * page])
    works_again(sidecar, ann)
    assert stored(sidecar.db) == ['after all', 'before']


def root_of(db, index):
    """Return the number of an index's first page."""
    found = db.executesql("SELECT rootpage FROM sqlite_master WHERE name = '%s'" % index)[0][0]
    db.commit()
    return found


def overwrite(file, page, content):
    with open(file, 'r+b') as raw:
        raw.seek(4096 * (page - 1))
        raw.write(content)


@on_both
@pytest.mark.parametrize(('away', 'back'), [
    ('ALTER TABLE message RENAME TO mislaid', 'ALTER TABLE mislaid RENAME TO message'),
    ('ALTER TABLE message RENAME COLUMN number TO mislaid', 'ALTER TABLE message RENAME COLUMN mislaid TO number')])
def test_d7_a_table_or_column_that_is_missing_is_a_busy_until_it_is_back(idle, away, back):
    sidecar = start(idle)
    ann, cid = sidecar.open(ANN), sidecar.open(CID)
    assert send(ann, 'before')['type'] == 'ack'
    with Pinging(cid):
        sidecar.db.executesql(away)
        sidecar.db.commit()
        assert is_busy(send(ann, 'nowhere')) and is_busy(send(ann, 'nowhere'))
        sidecar.wait_for(lambda: not sidecar.health()['ready'])
        sidecar.db.executesql(back)
        sidecar.db.commit()
    works_again(sidecar, ann)
    assert stored(sidecar.db) == ['after all', 'before'] and 'Traceback' not in sidecar.log()


def test_d7_a_database_without_a_table_is_refused_and_gets_none(idle):
    idle.db.executesql('DROP TABLE messenger_event')
    idle.db.commit()
    process = idle.launch()
    assert process.wait(PATIENCE) == 1 and 'lacks tables' in idle.log() and len(idle.log().splitlines()) == 1
    assert not idle.db.executesql("SELECT 1 FROM sqlite_master WHERE name = 'event'")


def test_permissions_are_obeyed_here_even_by_root(tmp_path):
    assert LIBC
    (tmp_path / 'closed').write_text('')
    os.chmod(tmp_path / 'closed', 0o444)
    assert subprocess.run(['sh', '-c', 'echo x > %s' % (tmp_path / 'closed')], preexec_fn=obey_permissions, stderr=subprocess.DEVNULL,
                          check=False).returncode
