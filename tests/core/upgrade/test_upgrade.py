"""A database made by following the tutorial becomes one of ours, in place, whatever happens meanwhile."""
import os
import pickle
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
import tutorial
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as some
from messenger_core.adoption import adoption
from messenger_core.database import tables
from messenger_core.errors import Refused, SettingsError
from messenger_core.feed import events, pages
from messenger_core.messages import conversations, reading, sending
from messenger_core.messages.sending import Draft
from messenger_core.upgrade import schema, shape, takeover
from places import APPLICATION

ANN, BOB, CID, NOBODY = 1, 2, 3, 77
NOON = tutorial.NOON
HERE = Path(__file__).parent
TAKE_OVER = '''
import sys
sys.path[:0] = sys.argv[2:]
import tutorial
from pathlib import Path
from messenger_core.upgrade import takeover
db = tutorial.open_by_us(Path(sys.argv[1]))
print('ready', flush=True)
sys.stdin.readline()
takeover.take_over(db, print)
'''
DRIVER = HERE / 'upgrade_to_kill.py'
ROWS = [(ANN, BOB, 'hi', NOON, 'T'), (BOB, ANN, 'hello', NOON, 'T'), (ANN, BOB, 'how are you?', NOON, 'F'), (CID, BOB, 'psst', NOON, 'F')]


@pytest.fixture
def open_database():
    """A function that opens a database as tutorial.open_by_us does; all are closed in the end."""
    opened = []

    def open_by_us(*arguments, **options):
        opened.append(tutorial.open_by_us(*arguments, **options))
        return opened[-1]
    yield open_by_us
    for db in opened:
        db.close()


def take_over(db):
    """Take everything over; return what was said."""
    said = []
    takeover.take_over(db, said.append)
    return said


def direct(db, one, other):
    return conversations.find_direct(db, one, other)


# -- what becomes of the rows --

def test_rows_become_messages_and_keep_what_they_say(tmp_path, open_database):
    db = open_database(tutorial.make(tmp_path / 'databases', ROWS))
    take_over(db)
    assert tutorial.stored(db) == ROWS
    told = pages.since(db, 0).events
    assert [(message.content, message.sender) for message in told] == [
        ('hi', 'Ann Lee'), ('hello', 'Bob Lee'), ('how are you?', 'Ann Lee'), ('psst', 'Cid Lee')]
    assert [message.number for message in reading.history(db, ANN, direct(db, ANN, BOB)).messages] == [1, 2, 3]
    assert sending.send(db, Draft(BOB, 'fine', ANN)).message.number == 4


@pytest.mark.parametrize(('local', 'utc'), [
    ('2026-01-15 12:00:00', '2026-01-15 11:00:00'),         # winter
    ('2026-07-15 12:00:00', '2026-07-15 10:00:00'),         # summer
    ('2026-01-01 00:30:00', '2025-12-31 23:30:00'),
    ('2025-10-26 02:30:00', '2025-10-26 00:30:00'),         # the clock shows it twice: the first time
    ('2026-03-29 02:30:00', '2026-03-29 01:30:00'),         # the clock never shows it
    ('2026-01-15 12:00:00.999999', '2026-01-15 11:00:00'),
    ('2026-01-15T12:00:00', '2026-01-15 11:00:00'),
    ('2026-01-15T12:00:00Z', '2026-01-15 12:00:00'),        # says itself what it is
    ('0001-01-01 00:00:00', '0001-01-01 00:00:00'),         # no UTC for it
    *[(odd, '1970-01-01 00:00:00') for odd in ('2026-02-30 12:00:00', '12026-01-15 12:00:00', 'nonsense', '', 5, b'\xff')]])
def test_local_times_become_utc_by_the_rules_of_their_day(tmp_path, open_database, local, utc):
    db = open_database(tutorial.make(tmp_path / 'databases', [(ANN, BOB, 'x', local, 'F')]), zone='Europe/Berlin')
    take_over(db)
    assert tutorial.stored(db)[0][3] == utc


def test_what_was_left_empty_gets_its_default(tmp_path, open_database):
    db = open_database(tutorial.make(tmp_path / 'databases', [(ANN, BOB, None, None, None)]), zone='Asia/Tokyo')
    before = tables.utcnow()
    take_over(db)
    sender, receiver, content, timestamp, is_read = tutorial.stored(db)[0]
    assert (sender, receiver, content, is_read) == (ANN, BOB, '', 'F')
    assert str(before) <= timestamp <= str(tables.utcnow())


def test_a_tutorial_that_forbids_null_is_taken_over_too(tmp_path, open_database):
    db = open_database(tutorial.make(tmp_path / 'databases', ROWS, notnull=True))
    take_over(db)
    assert len(pages.since(db, 0).events) == 4


def test_rows_that_others_insert_later_are_of_the_same_zone_but_for_those_of_our_own_definitions(tmp_path, open_database):
    folder = tutorial.make(tmp_path / 'databases', [(ANN, BOB, 'old', NOON, 'F')])
    db = open_database(folder, zone='Europe/Berlin')
    tutorial.insert(folder, [(ANN, BOB, 'new', NOON, 'T')])
    take_over(db)
    tutorial.insert(folder, [(ANN, BOB, 'newer', NOON, 'F')])
    while adoption.adopt(db):
        pass
    assert [row[2:4] for row in tutorial.stored(db)] == [(content, '2026-01-02 11:00:00') for content in ('old', 'new', 'newer')]
    assert [message.number for message in pages.since(db, 0).events] == [1, 2, 3]
    db.message.insert(sender=ANN, receiver=BOB, content='ours', timestamp=NOON)
    adoption.adopt(db)
    assert tutorial.stored(db)[-1][2:4] == ('ours', NOON)


def test_the_zone_stays_what_it_was_at_the_beginning(tmp_path, open_database):
    folder = tutorial.make(tmp_path / 'databases', ROWS)
    assert adoption.adopt(open_database(folder, zone='Asia/Tokyo'), limit=1) == 1
    db = open_database(folder, zone='Europe/Berlin')
    take_over(db)
    assert {row[3] for row in tutorial.stored(db)} == {'2026-01-02 03:00:00'}
    assert db.executesql('SELECT legacy_upto, legacy_timezone FROM messenger_feed') == [(4, 'Asia/Tokyo')]


def test_a_zone_that_nobody_knows_is_refused_before_anything_is_noted(tmp_path, open_database):
    db = open_database(tutorial.make(tmp_path / 'databases', ROWS), prepare=False)
    with pytest.raises(SettingsError, match="legacy_timezone is 'Europe/Bärlin'"):
        schema.prepare(db, 'Europe/Bärlin')
    assert tutorial.stored(db) == ROWS
    assert not shape.columns(db, 'messenger_feed')


def test_rows_of_members_who_do_not_exist_are_kept_and_listed(tmp_path, open_database):
    strangers = [(NOBODY, BOB, 'a', NOON, 'F'), (ANN, None, 'b', NOON, 'F')] + [(ANN, NOBODY, 'c', NOON, 'F')] * 10
    db = open_database(tutorial.make(tmp_path / 'databases', strangers + ROWS), zone='Asia/Tokyo')
    for said in (take_over(db), take_over(db)):     # at each start: it stays true
        assert said[-1] == ('kept, but not shown: 12 messages (1: its sender does not exist, 2: it has no receiver, %s, ...)'
                            % ', '.join('%d: its receiver does not exist' % id for id in range(3, 11)))
    assert tutorial.stored(db)[:12] == strangers
    assert len(pages.since(db, 0).events) == 4


@pytest.mark.parametrize('server', ['postgres_uri', 'mariadb_uri'])
def test_on_a_server_it_is_the_same(tmp_path, server, open_database, request):
    uri = request.getfixturevalue(server)
    tutorial.define(uri, tmp_path)
    db = open_database(tmp_path, uri, zone='Asia/Tokyo')
    assert take_over(db) == []
    db.executesql('DELETE FROM messenger_feed')       # as if it had never been ours
    for row in ROWS:
        db.executesql('INSERT INTO message (sender, receiver, content, timestamp, is_read) VALUES (%s, %s, %s, %s, %s)', row)
    schema.prepare(db, 'Asia/Tokyo')
    assert take_over(db)[-1] == '4 messages taken over; making the indexes'
    assert {str(row[3]) for row in tutorial.stored(db)} == {'2026-01-02 03:00:00'}
    assert [message.number for message in pages.since(db, 0).events] == [1, 2, 3, 1]
    assert (reading.unread(db, BOB, direct(db, ANN, BOB)), reading.unread(db, ANN, direct(db, ANN, BOB))) == (1, 0)


# -- read and unread --

BOOLEANS = some.sampled_from('TF')
PEOPLE = some.integers(ANN, CID)


@given(rows=some.lists(some.tuples(PEOPLE, PEOPLE, BOOLEANS), min_size=1, max_size=40), chunk=some.integers(1, 12))
@hypothesis_settings(max_examples=150, deadline=None)
def test_everybody_has_read_up_to_their_first_unread_message(rows, chunk):
    db = DATABASE.fresh([(sender, receiver, str(n), NOON, is_read) for n, (sender, receiver, is_read) in enumerate(rows)])
    while adoption.adopt(db, limit=chunk):
        pass
    for user_id, conversation, read_number in db.executesql('SELECT user_id, conversation, read_number FROM messenger_participant'):
        numbered = db.executesql('SELECT number, sender, is_read FROM message WHERE conversation = %d ORDER BY number' % conversation)
        assert [row[0] for row in numbered] == list(range(1, len(numbered) + 1))
        unread = [number for number, sender, is_read in numbered if sender != user_id and is_read == 'F']
        assert read_number == (unread[0] - 1 if unread else len(numbered))
        after = [number for number, sender, _ in numbered if sender != user_id and number > read_number]
        assert reading.unread(db, user_id, conversation) == len(after)
        reading.mark_read(db, user_id, conversation, len(numbered))
        assert reading.unread(db, user_id, conversation) == 0


class Database:
    """One database for all examples: making it takes a hundred times as long as an example."""

    def open(self, folder):
        self.db = tutorial.open_by_us(tutorial.make(folder))
        self.db.executesql('PRAGMA synchronous = OFF')
        return self

    def fresh(self, rows):
        for table in ('message', *('messenger_' + name for name in ('participant', 'conversation', 'event', 'feed'))):
            self.db.executesql('DELETE FROM %s' % table)
        self.db.executesql("DELETE FROM sqlite_sequence WHERE name = 'message'")
        for row in rows:
            self.db.executesql('INSERT INTO message (sender, receiver, content, timestamp, is_read) VALUES (?, ?, ?, ?, ?)', row)
        self.db.commit()
        schema.prepare(self.db, 'UTC')
        return self.db


DATABASE = Database()


@pytest.fixture(scope='module', autouse=True)
def one_database(tmp_path_factory):
    yield DATABASE.open(tmp_path_factory.mktemp('one') / 'databases')
    DATABASE.db.close()


# -- on the way --

@pytest.mark.parametrize('every', [3, pytest.param(1, marks=pytest.mark.byhand)], ids=['every third', 'each'])
def test_it_may_be_killed_at_any_moment(tmp_path, every):
    """Before each statement and each file that is opened; the next start then makes the same of it as one that nobody killed."""
    folder = tutorial.make(tmp_path / 'template', [(*row[:2], str(n), NOON, row[4]) for n, row in enumerate(ROWS * 2)])
    command = [sys.executable, str(DRIVER), str(folder), str(every)]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert done.returncode == 0, done.stdout
    moments, tried = map(int, done.stdout.split())
    assert moments > 60 and tried >= moments / every, done.stdout


def test_several_may_do_it_at_once(tmp_path, open_database):
    folder = tutorial.make(tmp_path / 'databases', [(ANN, (BOB, CID)[n % 2], str(n), NOON, 'TF'[n % 3 == 2]) for n in range(6000)])
    db = open_database(folder)
    command = [sys.executable, '-c', TAKE_OVER, str(folder), str(HERE.parents[1] / 'support'), str(APPLICATION / 'modules')]
    helpers = [subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(3)]
    for helper in helpers:
        assert helper.stdout.readline() == 'ready\n'
    for helper in helpers:
        helper.stdin.write('go\n')
        helper.stdin.flush()
    assert ['taken over; making the indexes' in helper.communicate()[0] and helper.returncode for helper in helpers] == [0, 0, 0]
    assert db.executesql('SELECT count(*), count(DISTINCT seq), count(DISTINCT conversation) FROM message') == [(6000, 6000, 2)]
    assert db.executesql('SELECT conversation, max(number), count(DISTINCT number) FROM message GROUP BY conversation') == [
        (1, 3000, 3000), (2, 3000, 3000)]
    assert db.executesql('SELECT user_id, sent_count FROM messenger_participant ORDER BY id') == [
        (ANN, 3000), (BOB, 0), (ANN, 3000), (CID, 0)]


def test_it_tells_how_far_it_is(tmp_path, open_database, monkeypatch):
    monkeypatch.setattr(takeover, 'SAY_SECONDS', 0)
    db = open_database(tutorial.make(tmp_path / 'databases', [(ANN, BOB, 'x', NOON, 'T')] * 1500), zone='Asia/Tokyo')
    assert take_over(db) == [
        'taking over 1,500 messages from before; their times are of the zone Asia/Tokyo (now UTC+09:00) and become UTC',
        '[#############.......] 1,000 of 1,500 taken over (66 %)', '[####################] 1,500 of 1,500 taken over (100 %)',
        '1,500 messages taken over; making the indexes']
    assert take_over(db) == []


def test_a_database_that_another_program_has_locked_is_waited_for(tmp_path, open_database, monkeypatch):
    db = open_database(tutorial.make(tmp_path / 'databases', ROWS))
    plain, refusals = adoption.adopt, [Refused('busy')]
    monkeypatch.setattr(adoption, 'adopt', lambda db: plain(db) if not refusals else (_ for _ in ()).throw(refusals.pop()))
    assert 'another program has locked the database; waiting for it' in take_over(db)
    assert len(pages.since(db, 0).events) == 4


def test_pages_take_over_bit_by_bit_and_refuse_until_it_is_done(tmp_path, open_database):
    db = open_database(tutorial.make(tmp_path / 'databases', [(ANN, BOB, 'x', NOON, 'T')] * 2500))
    refusals = 0
    while refusals < 10:
        try:
            takeover.go_on(db, 0)
            break
        except Refused as refused:
            refusals += 1
            assert refused.code == 'busy' and 'taken over' in refused.message
            adoption.adopt(db)      # what a longer time would have done
    assert refusals == 3 and len(pages.since(db, 0).events) == 1000
    assert db(db.message.seq != None).count() == 2500  # noqa: E711


def test_a_fresh_database_and_one_that_is_done_cost_nothing(tmp_path, open_database):
    tutorial.make(tmp_path / 'databases', ROWS)
    take_over(open_database(tmp_path / 'databases'))
    db = open_database(tmp_path / 'databases')
    assert take_over(db) == []
    before = db._adapter.connection.total_changes
    schema.prepare(db)
    takeover.go_on(db, 0)
    assert db._adapter.connection.total_changes == before


# -- what is around the rows --

def indexes(db):
    return {row[0] for row in db.executesql("SELECT name FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL")}


def test_in_the_end_it_has_the_same_indexes_as_a_fresh_one(tmp_path, open_database):
    db = open_database(tutorial.make(tmp_path / 'databases', ROWS))
    assert 'messenger_message_conversation_number' not in indexes(db)
    take_over(db)
    (tmp_path / 'fresh').mkdir()
    assert indexes(db) == indexes(open_database(tmp_path / 'fresh'))


def test_deleting_a_member_by_sql_no_longer_deletes_their_messages(tmp_path, open_database):
    folder = tutorial.make(tmp_path / 'databases', ROWS)
    take_over(open_database(folder))
    with sqlite3.connect(folder / tutorial.NAME) as other:
        other.execute('PRAGMA foreign_keys = ON')
        other.execute('DELETE FROM auth_user WHERE id = %d' % ANN)
        assert other.execute('PRAGMA integrity_check').fetchall() == [('ok',)]
        assert other.execute('SELECT count(*) FROM message').fetchall() == [(4,)]
    other.close()


def spoil_nothing(folder):
    pass


def lose_files(folder):
    for path in folder.glob('*.table'):
        path.unlink()


def cut_files_short(folder):
    for path in folder.glob('*.table'):
        path.write_bytes(path.read_bytes()[:7])


def empty_files(folder):
    for path in folder.glob('*.table'):
        path.write_bytes(b'')


def forget_a_column(folder):
    """As after a kill between an ALTER TABLE and its noting down."""
    with sqlite3.connect(folder / tutorial.NAME) as connection:
        connection.execute('ALTER TABLE message ADD conversation INTEGER')
    connection.close()


def remember_a_column_that_is_not_there(folder):
    for path in folder.glob('*_auth_user.table'):
        path.write_bytes(pickle.dumps({**pickle.loads(path.read_bytes()), 'signature': {'type': 'bigint', 'sql': 'INTEGER'}}))


def remember_a_table_that_is_not_there(folder):
    """As when it is put in the place of one of ours."""
    for path in folder.glob('*_message.table'):
        path.with_name(path.name.replace('message', 'auth_group')).write_bytes(path.read_bytes())


@pytest.mark.parametrize('spoil', [
    spoil_nothing, lose_files, cut_files_short, empty_files, forget_a_column, remember_a_column_that_is_not_there,
    remember_a_table_that_is_not_there])
def test_pydals_files_need_not_fit_the_tables(tmp_path, open_database, spoil):
    folder = tutorial.make(tmp_path / 'databases', ROWS)
    spoil(folder)
    for _ in range(2):
        db = open_database(folder)
        take_over(db)
        assert [event.content for event in pages.since(db, 0).events if isinstance(event, events.Message)] == [row[2] for row in ROWS]


def test_the_file_may_be_renamed_and_the_folder_be_another(tmp_path, open_database):
    folder = tutorial.make(tmp_path / 'theirs', ROWS)
    shutil.copytree(folder, tmp_path / 'databases')
    os.rename(tmp_path / 'databases' / tutorial.NAME, tmp_path / 'databases' / 'messenger.sqlite')
    db = open_database(tmp_path / 'databases', uri='sqlite://messenger.sqlite')
    take_over(db)
    assert tutorial.stored(db) == ROWS and len(pages.since(db, 0).events) == 4
