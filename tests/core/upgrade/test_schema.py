"""Versions: a database of an earlier release is brought up to date, one of a later release is left alone."""
import logging
import sqlite3

import earlier
import pytest
import tutorial
from messenger_core import settings
from messenger_core.adoption import adoption
from messenger_core.database import connection as database
from messenger_core.errors import SchemaError
from messenger_core.feed import pages, sequence
from messenger_core.messages import delivery, reading
from messenger_core.upgrade import constraints, schema, takeover

ANN, BOB = 1, 2
URI = 'sqlite://messenger.sqlite'


@pytest.fixture
def folder(tmp_path):
    """A database of this release."""
    (tmp_path / 'databases').mkdir()
    db = tutorial.open_by_us(tmp_path / 'databases', URI)
    for name in ('Ann', 'Bob'):
        db.auth_user.insert(first_name=name, last_name='Lee', registration_key='')
    db.commit()
    db.close()
    return tmp_path / 'databases'


@pytest.fixture
def version_1(tmp_path):
    """A database as version 1 made it, with two messages, one of them read, and a third that waits."""
    folder = earlier.make(tmp_path / 'databases', version=1, messages=[(ANN, BOB, 'one'), (ANN, BOB, 'two')])
    tutorial.insert(folder, [(ANN, BOB, 'three', tutorial.NOON, 'T')], 'messenger.sqlite')
    return folder


def set_version(folder, version):
    with sqlite3.connect(folder / 'messenger.sqlite') as connection:
        connection.execute('UPDATE messenger_feed SET version = %d, least_reader = %d' % (version, version))
    connection.close()


def connect(folder):
    """As the sidecar does."""
    return database.connect(settings.load(folder.parent, {}), str(folder.parent))


def contents(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir() if not path.name.endswith(('-shm', '-wal', '.turn'))}


def test_there_is_a_step_from_every_version_to_the_next():
    assert sorted(schema.STEPS) == list(range(1, schema.VERSION))


def test_a_fresh_database_is_of_this_version_and_fit_for_the_sidecar(folder):
    db = connect(folder)
    schema.check(db)
    assert db.executesql('SELECT version, legacy_upto, legacy_timezone FROM messenger_feed') == [(schema.VERSION, 0, None)]
    db.close()


def test_a_database_of_version_1_is_brought_up_to_date_and_loses_nothing(version_1):
    before = connect(version_1)
    with pytest.raises(SchemaError, match='version 1; this release works with version %d' % schema.VERSION):
        schema.check(before)
    before.close()
    db = tutorial.open_by_us(version_1, URI, zone='Asia/Tokyo')
    schema.check(db)
    assert (sequence.state(db).epoch, sequence.state(db).head) == ('first', 3)
    takeover.take_over(db, print)
    adoption.adopt(db)      # what waits there was inserted by a neighbour
    assert [(message.content, message.number) for message in reading.history(db, BOB, 1).messages] == [('one', 1), ('two', 2), ('three', 3)]
    assert [row[3] for row in tutorial.stored(db)] == [tutorial.NOON, tutorial.NOON, '2026-01-02 03:00:00'], 'ours were UTC'
    assert reading.unread(db, BOB, 1) == 2
    assert delivery.theirs(db, ANN, 1).read_number == 1, 'what others were told stays told'
    db.close()


def test_a_step_that_fails_is_taken_whole_at_the_next_start(version_1, monkeypatch):
    def fail(db):
        db.executesql('UPDATE messenger_feed SET head = 99')
        raise ZeroDivisionError
    with monkeypatch.context() as patch:
        patch.setitem(schema.STEPS, 1, fail)
        with pytest.raises(ZeroDivisionError):
            tutorial.open_by_us(version_1, URI)
    db = tutorial.open_by_us(version_1, URI)
    assert (sequence.state(db).head, db.feed(1).version) == (3, schema.VERSION)
    db.close()


def test_steps_are_taken_in_order_each_once(version_1, monkeypatch):
    taken = []
    monkeypatch.setattr(schema, 'VERSION', 4)
    monkeypatch.setattr(schema, 'LEAST_READER', 4)
    monkeypatch.setattr(schema, 'STEPS', {n: lambda db, n=n: taken.append((n, db.feed(1).version)) for n in (1, 2, 3)})
    for _ in range(2):
        tutorial.open_by_us(version_1, URI).close()
    assert taken == [(1, 1), (2, 2), (3, 3)]


def test_a_database_of_a_later_release_is_refused_before_anything_is_touched(folder):
    set_version(folder, 9)
    for path in folder.glob('*_auth_user.table'):
        path.unlink()       # which would otherwise be mended
    before = contents(folder)
    with pytest.raises(SchemaError, match=r'version 9, made by a later release .* Update the messenger'):
        tutorial.open_by_us(folder, URI)
    assert contents(folder) == before
    db = connect(folder)
    with pytest.raises(SchemaError, match='later release'):
        schema.check(db)
    db.close()


def test_what_is_no_database_of_ours_is_told_from_a_version(tmp_path):
    db = connect(tutorial.make(tmp_path / 'databases', name='messenger.sqlite'))
    with pytest.raises(SchemaError, match='lacks tables'):
        schema.check(db)
    db.close()


def test_where_sqlite_lets_nobody_change_its_schema_one_line_says_what_stays(tmp_path, monkeypatch, caplog):
    folder = tutorial.make(tmp_path / 'databases', [(ANN, BOB, 'x', tutorial.NOON, 'F')])
    monkeypatch.setattr(constraints, 'WRITABLE', 'PRAGMA writable_schema = OFF')
    with caplog.at_level(logging.WARNING, 'messenger.upgrade'):
        db = tutorial.open_by_us(folder)
    takeover.take_over(db, lambda sentence: None)
    assert [record.message for record in caplog.records if 'this SQLite' in record.message]
    assert len(pages.since(db, 0).events) == 1
    db.close()


def test_a_process_that_starts_does_not_wait_for_those_who_write(site_on_postgresql):
    writing, starting = site_on_postgresql.db, site_on_postgresql.connect()
    for table in schema.TABLES:
        writing.executesql('LOCK TABLE %s IN ROW EXCLUSIVE MODE' % writing[table]._rname)     # as each INSERT and UPDATE does
    starting.executesql('SET lock_timeout = 500')
    schema.prepare(starting)
    starting.close()
