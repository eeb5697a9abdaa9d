"""What a page's commit does besides on SQLite: it wakes whoever listens beside the database, and costs nothing where nobody does."""
import os
import socket
import time

import pytest
from cast import ANN, BOB, settle
from messenger_core import settings
from messenger_core.database import wakes
from messenger_core.database.transaction import transact
from messenger_core.ends import logout
from messenger_core.errors import Refused
from messenger_core.feed import sequence
from messenger_core.messages import reading, sending
from messenger_core.messages.sending import Draft


@pytest.fixture
def db(short_path):
    (short_path / 'databases').mkdir()
    db = settle(settings.load(short_path, {'MESSENGER_DB_BUSY_SECONDS': '0.2'}), short_path / 'databases')
    wakes.wake_after_commits(db._adapter)
    yield db
    db.close()


@pytest.fixture
def listen(db):
    """A function that listens at a place, the first or the second; it returns a function that counts what has come."""
    opened = []

    def listen(number=0):
        ear = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        opened.append(ear)
        ear.bind(wakes.places(db._adapter.dbpath)[number])
        ear.setblocking(False)

        def heard():
            count = 0
            try:
                while True:
                    assert ear.recv(10) == b''
                    count += 1
            except BlockingIOError:
                return count
        heard.ear = ear
        return heard
    yield listen
    for ear in opened:
        ear.close()


def test_each_change_of_the_feed_wakes_once_and_after_its_commit(db, listen):
    heard = listen()
    sent = sending.send(db, Draft(ANN, 'hi', BOB)).message
    assert heard() == 1
    reading.mark_read(db, BOB, sent.conversation, sent.number)
    assert heard() == 1
    logout.record(db, ANN, 'session')
    assert heard() == 1
    sequence.take(db, 1)
    assert heard() == 0
    db.commit()
    assert heard() == 1
    db.commit()
    assert heard() == 0


def test_whatever_changes_nothing_of_the_feed_wakes_nobody(db, listen):
    sent, heard = sending.send(db, Draft(ANN, 'hi', BOB)).message, listen()
    db(db.auth_user.id == ANN).update(first_name='Anna')
    db.commit()
    assert reading.history(db, ANN, sent.conversation)
    db.commit()
    with pytest.raises(Refused):
        transact(db, lambda: (sequence.take(db, 1), refuse()))
    assert heard() == 0


def refuse():
    raise Refused('forbidden')


def test_a_process_without_pages_wakes_nobody(db, listen, short_path):
    heard, own = listen(), settle(settings.load(short_path, {}), short_path / 'databases', migrate=False)
    sequence.take(own, 1)
    own.commit()
    own.close()
    assert heard() == 0


def test_both_places_are_told(db, listen):
    first, second = listen(0), listen(1)
    sending.send(db, Draft(ANN, 'hi', BOB))
    assert (first(), second()) == (1, 1)


def test_nobody_there_a_file_left_behind_a_full_one_and_none_of_a_socket_are_no_trouble(db, listen):
    first, second = wakes.places(db._adapter.dbpath)
    sending.send(db, Draft(ANN, 'to nobody', BOB))
    listen().ear.close()
    assert os.path.exists(first)
    with open(second, 'w'):
        pass
    sending.send(db, Draft(ANN, 'to a file that is left', BOB))
    assert os.path.exists(first) and os.path.getsize(second) == 0
    os.unlink(first)
    heard, began = listen(), time.monotonic()
    for _ in range(1_000):
        wakes.wake(db._adapter.dbpath)
    assert time.monotonic() - began < 5 and 1 <= heard() < 1_000


@pytest.mark.parametrize('database', [
    ':memory:', 'file::memory:?cache=shared', '/%s/messenger.sqlite' % ('x' * 200), '/a\0b/c', '/\udce4/c'])
def test_a_database_that_nobody_can_listen_beside_is_no_trouble(database):
    wakes.wake(database)


def test_a_process_that_is_forked_wakes_too(db, listen):
    heard = listen()
    wakes.wake(db._adapter.dbpath)
    assert heard() == 1
    child = os.fork()
    if not child:
        wakes.wake(db._adapter.dbpath)
        os._exit(0)
    os.waitpid(child, 0)
    wakes.wake(db._adapter.dbpath)
    assert heard() == 2


def test_a_commit_that_fails_wakes_nobody(db, listen, monkeypatch):
    heard = listen()
    sequence.take(db, 1)
    connection = db._adapter.connection
    monkeypatch.setattr(type(db._adapter), 'connection', type('Fails', (), {
        'commit': lambda self: 1 / 0, '__getattr__': lambda self, name: getattr(connection, name)})())
    with pytest.raises(ZeroDivisionError):
        db.commit()
    monkeypatch.undo()
    assert heard() == 0
    db.commit()
    assert heard() == 1
