"""Transactions on a real file, with somebody else holding the lock."""
import fcntl
import os
import sqlite3
import threading
import time

import pytest
from cast import settle
from messenger_core import settings
from messenger_core.database import connection as database
from messenger_core.database.transaction import turnstile
from messenger_core.errors import Refused, SchemaError
from messenger_core.feed import sequence
from messenger_core.messages import sending
from messenger_core.messages.sending import Draft
from messenger_core.upgrade import schema


@pytest.fixture
def db(tmp_path):
    (tmp_path / 'databases').mkdir()
    configuration = settings.load(tmp_path, {'MESSENGER_DB_BUSY_SECONDS': '0.2'})
    db = settle(configuration, tmp_path / 'databases')
    yield db
    db.close()


@pytest.fixture
def other(db):
    connection = sqlite3.connect(db._adapter.dbpath, isolation_level=None)
    yield connection
    connection.close()


def test_a_locked_database_is_busy_and_later_works_again(db, other):
    other.execute('BEGIN IMMEDIATE')
    with pytest.raises(Refused) as refused:
        sending.send(db, Draft(1, 'hi', 2, ref='r'))
    assert refused.value.code == 'busy' and refused.value.retry_after
    other.execute('ROLLBACK')
    assert sending.send(db, Draft(1, 'hi', 2, ref='r')).message.seq == 1


def test_a_full_database_is_busy_and_later_works_again(db):
    pages = db.executesql('PRAGMA page_count')[0][0]
    db.executesql('PRAGMA max_page_count = %d' % pages)
    with pytest.raises(Refused) as refused:
        sending.send_all(db, [Draft(1, 'x' * 9000, 2) for _ in range(50)])
    assert refused.value.code == 'busy'
    db.executesql('PRAGMA max_page_count = 1000000')
    assert sending.send(db, Draft(1, 'hi', 2)).message.number == 1


def test_what_is_committed_is_on_the_disk_for_other_processes(db, other):
    sending.send(db, Draft(1, 'hi', 2))
    assert other.execute('SELECT content FROM message').fetchall() == [('hi',)]
    assert other.execute('PRAGMA journal_mode').fetchone() == ('wal',)


def test_every_connection_syncs_each_commit_to_the_disk(db):
    assert db.executesql('PRAGMA synchronous')[0][0] == 2


def test_whoever_writes_holds_the_turn_only_until_the_lock_is_theirs(db, monkeypatch):
    turn = os.path.join(os.path.dirname(db._adapter.dbpath), 'messenger.turn')
    seen = []

    def is_free():
        handle = os.open(turn, os.O_RDWR)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        except BlockingIOError:
            return False
        finally:
            os.close(handle)
    monkeypatch.setattr(sequence, '_refuse_newer', lambda least_reader: seen.append(is_free()))
    with turnstile(db):
        assert not is_free()
    sending.send(db, Draft(1, 'hi', 2))
    assert seen and all(seen)


@pytest.fixture
def turn(db):
    """Somebody has the turn and doesn't give it up."""
    with open(os.path.join(os.path.dirname(db._adapter.dbpath), 'messenger.turn'), 'a') as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        yield turn


CHANGES = {
    'a send': lambda db: sending.send(db, Draft(1, 'hi', 2)), 'an insert by web2py itself': lambda db: db.auth_user.insert(first_name='x'),
    'an update': lambda db: db(db.auth_user.id == 1).update(first_name='x'),
    'plain SQL': lambda db: db.executesql("\n delete from auth_user WHERE id = ?", [9])}


@pytest.mark.parametrize('name', CHANGES)
def test_a_turn_that_is_never_given_up_costs_a_busy_and_no_more(db, turn, name):
    started = time.monotonic()
    with pytest.raises(Refused) as refused:
        CHANGES[name](db)
    assert refused.value.code == 'busy' and time.monotonic() - started < 2
    fcntl.flock(turn, fcntl.LOCK_UN)
    CHANGES[name](db)
    db.rollback()


def test_whoever_reads_or_has_the_lock_asks_for_no_turn(db, turn):
    assert db(db.auth_user).count() and db.executesql('SELECT 1') == [(1,)]
    db.rollback()
    fcntl.flock(turn, fcntl.LOCK_UN)
    db.auth_user.insert(first_name='x')     # begins a transaction
    fcntl.flock(turn, fcntl.LOCK_EX)
    db.auth_user.insert(first_name='y')
    db.rollback()


def test_one_turn_is_enough_for_what_is_done_in_it(db):
    with turnstile(db, seconds=0.1), turnstile(db, seconds=0.1):
        db.auth_user.insert(first_name='x')
    with turnstile(db, seconds=0.1):
        db.rollback()


def test_writers_in_turn_all_get_through(db, tmp_path):
    configuration = settings.load(tmp_path, {})
    refused = []

    def write(sender):
        mine = database.connect(configuration, str(tmp_path))
        for number in range(25):
            try:
                sending.send(mine, Draft(sender, str(number), 3 - sender))
            except Refused as refusal:
                refused.append(refusal)
        mine.close()
    threads = [threading.Thread(target=write, args=(sender,)) for sender in (1, 2, 1, 2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert refused == [] and db(db.conversation).count() == 1
    numbers = [row.number for row in db(db.message).select(orderby=db.message.seq)]
    assert numbers == list(range(1, 101))


def test_the_sidecar_refuses_a_database_without_our_tables(tmp_path):
    (tmp_path / 'databases').mkdir()
    configuration = settings.load(tmp_path, {})
    with pytest.raises(SchemaError, match='no database'):
        database.connect(configuration, str(tmp_path))
    sqlite3.connect(tmp_path / 'databases' / 'messenger.sqlite').close()
    bare = database.connect(configuration, str(tmp_path))
    with pytest.raises(SchemaError, match='lacks tables'):
        schema.check(bare)
    bare.close()


def test_the_sidecar_refuses_a_schema_of_another_release(db):
    schema.check(db)
    db(db.feed.id == 1).update(version=schema.VERSION + 1)
    schema.check(db)    # it says that this one may go on
    db(db.feed.id == 1).update(least_reader=schema.VERSION + 1)
    with pytest.raises(SchemaError, match='version %d' % (schema.VERSION + 1)):
        schema.check(db)


def test_preparing_again_changes_nothing(db):
    before = sequence.state(db)
    schema.prepare(db)
    assert sequence.state(db) == before
