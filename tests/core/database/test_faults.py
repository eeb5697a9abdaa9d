"""Faults of the database as one transaction meets them: deadlocks, serialization failures, a file that was taken away."""
import threading
from contextlib import closing

import pytest
from cast import settle
from machine import mariadb, postgres
from messenger_core import settings
from messenger_core.database import connection as database
from messenger_core.database.transaction import ATTEMPTS, transact
from messenger_core.errors import Refused, SchemaError


@pytest.fixture
def other(postgresql):
    """Somebody else's connection to the same PostgreSQL."""
    with closing(postgres.connect(postgresql._uri)) as connection:
        yield connection


@pytest.fixture(params=[('postgresql', postgres), ('mariadb', mariadb)], ids=['postgresql', 'mariadb'])
def both(request):
    """A DAL on a server, and somebody else's connection to the same database."""
    name, server = request.param
    db = request.getfixturevalue(name)
    with closing(server.connect(db._uri)) as connection:
        yield db, connection


def test_d12_of_two_who_wait_for_each_other_ours_is_begun_again(both):
    (db, other), attempts, done = both, [], []
    theirs = other.cursor()
    if db._adapter.dbengine == 'postgres':      # so that it is we who are told; MariaDB tells who has changed fewer rows
        theirs.execute("SET deadlock_timeout = '60s'")
    theirs.execute("UPDATE auth_user SET last_name = 'Moore'")
    blocked = threading.Thread(target=lambda: (
        theirs.execute('UPDATE messenger_feed SET head = head'), other.commit(), done.append('theirs')))

    def change():
        attempts.append(1)
        db.executesql('UPDATE messenger_feed SET head = head + 1')
        if len(attempts) == 1:
            blocked.start()
        db.executesql("UPDATE auth_user SET first_name = 'Anna' WHERE id = 1")
    transact(db, change)
    blocked.join()
    # Once more where we were quicker than they again.
    assert len(attempts) in (2, 3) and done == ['theirs'] and list(db.executesql('SELECT head FROM messenger_feed')) == [(1,)]
    assert list(db.executesql('SELECT first_name, last_name FROM auth_user WHERE id = 1')) == [('Anna', 'Moore')]


def test_d12_who_comes_too_late_again_and_again_is_told_to_come_later(postgresql, other):
    db, attempts = postgresql, []

    def change():
        attempts.append(1)
        db.executesql('SET TRANSACTION ISOLATION LEVEL REPEATABLE READ')
        db.executesql('SELECT head FROM messenger_feed')
        other.cursor().execute('UPDATE messenger_feed SET head = head + 1')
        other.commit()
        db.executesql('UPDATE messenger_feed SET head = head + 10')
    with pytest.raises(Refused) as refused:
        transact(db, change)
    assert refused.value.code == 'busy' and len(attempts) == ATTEMPTS
    assert db.executesql('SELECT head FROM messenger_feed') == [(ATTEMPTS,)]


@pytest.fixture
def chosen(tmp_path):
    """The settings of an install on SQLite that has its database."""
    (tmp_path / 'databases').mkdir()
    chosen = settings.load(tmp_path, {})
    settle(chosen, tmp_path / 'databases').close()
    return chosen


def test_d5_a_process_without_web2py_makes_no_file_where_one_was_taken_away(chosen, tmp_path):
    db = database.connect(chosen, str(tmp_path))
    file = tmp_path / 'databases' / 'messenger.sqlite'
    db._adapter.close()
    for path in file.parent.glob('messenger.sqlite*'):
        path.unlink()
    with pytest.raises(db._adapter.driver.OperationalError):
        db.executesql('SELECT 1')
    assert not file.exists()
    with pytest.raises(SchemaError):
        database.connect(chosen, str(tmp_path))
    assert not file.exists()


def test_d4_a_connection_that_could_not_be_prepared_is_not_used(chosen, tmp_path, monkeypatch):
    db = database.connect(chosen, str(tmp_path))
    db._adapter.close()
    monkeypatch.setattr(db._adapter, '_after_connection', database._whole(lambda adapter: adapter.execute('PRAGMA nonsense(')))
    for _ in range(2):
        with pytest.raises(db._adapter.driver.OperationalError):
            db.executesql('SELECT 1')
