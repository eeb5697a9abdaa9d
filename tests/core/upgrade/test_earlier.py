"""A database of an earlier release becomes one of this release, in place: nothing is lost, and what is the site's stays as it was."""
import os
import subprocess
import sys
from pathlib import Path

import earlier
import pytest
import tutorial
from cast import ANN, BOB, CID, DAN
from messenger_core.adoption import adoption
from messenger_core.database.tables import TABLES
from messenger_core.errors import SchemaError
from messenger_core.feed import pages, sequence
from messenger_core.members import preferences
from messenger_core.messages import conversation_list, reading, sending
from messenger_core.messages.sending import Draft
from messenger_core.upgrade import constraints, indexes, making, ours, schema, shape, takeover

URI = 'sqlite://messenger.sqlite'
DRIVER = Path(__file__).parent / 'upgrade_to_kill.py'


@pytest.fixture(params=['sqlite', 'postgresql', 'mariadb'])
def uri(request):
    names = {'postgresql': 'postgres_uri', 'mariadb': 'mariadb_uri'}
    return request.getfixturevalue(names[request.param]) if request.param in names else URI


@pytest.fixture
def another_uri(request, uri):
    """The address of a fresh database of the same kind."""
    if uri == URI:
        return URI
    return request.getfixturevalue('cluster' if uri.startswith('postgres') else 'mariadb_cluster').create()


@pytest.fixture
def open_by_us(tmp_path):
    """A function that opens a database as our models do, and takes it over; all are closed in the end."""
    opened = []

    def open_it(uri=URI, **options):
        opened.append(tutorial.open_by_us(tmp_path / 'databases', uri, **options))
        takeover.take_over(opened[-1], lambda sentence: None)
        return opened[-1]
    yield open_it
    for db in opened:
        db.close()


def written(db, user_id):
    """Return (content, number) of what a member finds in their conversations, newest conversation first."""
    return [[(message.content, message.number) for message in reading.history(db, user_id, row.conversation).messages]
            for row in conversation_list.list_for(db, user_id).conversations]


def names_of_indexes(db):
    names = {name for table in TABLES for name in shape.indexes(db, shape.name_of(db[table]))}
    return {name for name in names if name != 'PRIMARY' and not name.endswith('_pkey')}


@pytest.mark.parametrize('version', [1, 2, 4])
def test_nothing_is_lost_and_all_goes_on(tmp_path, uri, open_by_us, version):
    earlier.make(tmp_path / 'databases', uri, version)
    db = open_by_us(uri)
    schema.check(db)
    assert written(db, ANN) == [[('one', 1), ('two', 2), ('three', 3), ('five', 4)], [('four', 1)]]
    assert (sequence.state(db).head, sequence.state(db).epoch) == (6, 'first')
    assert [event.seq for event in pages.since_for(db, BOB, 0, 'first').events] == [1, 2, 3, 5, 6]
    assert [row.unread for row in conversation_list.list_for(db, BOB).conversations] == [2]
    assert preferences.of(db, CID).gives_receipts is (version < 3)
    assert sending.send(db, Draft(ANN, 'one', BOB, ref='r1')).repeated
    assert sending.send(db, Draft(BOB, 'six', ANN)).message[1:4] == (8, 1, 5)     # a repeat leaves a hole
    assert list(db.executesql("SELECT count(*) FROM message WHERE seal IS NULL OR seal = '-'")) == [(0,)]


def test_in_the_end_it_is_like_a_fresh_one(tmp_path, uri, open_by_us, another_uri):
    earlier.make(tmp_path / 'databases', uri)
    db = open_by_us(uri)
    assert [name for name in earlier.TABLES if name != 'message' and shape.columns(db, name)] == []
    (tmp_path / 'fresh').mkdir()
    fresh = tutorial.open_by_us(tmp_path / 'fresh', another_uri)
    for table in TABLES:
        assert set(shape.columns(db, shape.name_of(db[table]))) == set(shape.columns(fresh, shape.name_of(fresh[table])))
    assert names_of_indexes(db) == names_of_indexes(fresh)
    assert all(name.startswith('messenger_') for name in names_of_indexes(db))
    assert not constraints.are_left(db, [shape.name_of(db[table]) for table in TABLES])
    fresh.close()


def test_starts_that_follow_write_nothing(tmp_path, open_by_us):
    earlier.make(tmp_path / 'databases')
    open_by_us()
    db = open_by_us(prepare=False)
    before = db._adapter.connection.total_changes
    schema.prepare(db)
    takeover.go_on(db, 0)
    assert db._adapter.connection.total_changes == before


def test_conversations_know_who_began_them_and_places_their_newest_message(tmp_path, uri, open_by_us):
    earlier.make(tmp_path / 'databases', uri)
    db = open_by_us(uri)
    assert [(row.started_by, str(row.started_at)) for row in db(db.conversation).select(orderby=db.conversation.id)] == [
        (ANN, tutorial.NOON), (CID, tutorial.NOON)]
    assert sorted(db.executesql('SELECT user_id, last_seq FROM messenger_participant')) == [(ANN, 4), (ANN, 5), (BOB, 5), (CID, 4)]
    assert {row.user_id for row in db(db.member).select()} == {row.id for row in db(db.auth_user).select()}


def test_what_waited_then_is_adopted_now(tmp_path, uri, open_by_us):
    earlier.make(tmp_path / 'databases', uri, messages=[(ANN, BOB, 'one')])
    db = tutorial.open_by_us(tmp_path / 'databases', uri, prepare=False)
    db.executesql("INSERT INTO message (sender, receiver, content) VALUES (1, 2, 'waited')")
    db.commit()
    schema.prepare(db)
    takeover.take_over(db, print)
    adoption.adopt(db)
    assert written(db, BOB) == [[('one', 1), ('waited', 2)]]
    db.close()


def test_once_all_is_sealed_a_row_with_a_place_of_its_own_is_a_foreign_one(tmp_path, open_by_us):
    earlier.make(tmp_path / 'databases', messages=[(ANN, BOB, 'one'), (ANN, BOB, 'two')])
    earlier.plain(tmp_path / 'databases', 'DELETE FROM message WHERE id = 1')
    db = open_by_us()
    db.executesql("INSERT INTO message (id, sender, receiver, content, conversation, number, seq) VALUES (1, 3, 4, 'odd', 1, 1, 1)")
    adoption.adopt(db)
    assert written(db, ANN) == [[('two', 2)]] and written(db, DAN) == [[('odd', 1)]]


def test_members_who_wrote_may_be_deleted_by_the_site(tmp_path, uri, open_by_us):
    earlier.make(tmp_path / 'databases', uri)
    db = open_by_us(uri)
    db.executesql('DELETE FROM auth_user WHERE id = %d' % ANN)
    db.commit()
    assert list(db.executesql('SELECT count(*) FROM message')) == [(5,)]


@pytest.mark.parametrize('every', [3, pytest.param(1, marks=pytest.mark.byhand)], ids=['every third', 'each'])
def test_it_may_be_killed_at_any_moment(tmp_path, every):
    folder = earlier.make(tmp_path / 'template')
    os.rename(folder / 'messenger.sqlite', folder / tutorial.NAME)
    command = [sys.executable, str(DRIVER), str(folder), str(every)]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert done.returncode == 0, done.stdout
    moments, tried = map(int, done.stdout.split())
    assert moments > 60 and tried >= moments / every, done.stdout


# -- tables of the site that are called as ours were --

SITES = {
    'event': 'CREATE TABLE event (id INTEGER PRIMARY KEY, title TEXT, kind TEXT)',
    'conversation': 'CREATE TABLE conversation (id INTEGER PRIMARY KEY, title TEXT, room TEXT)',
    'preference': "CREATE TABLE preference (id INTEGER PRIMARY KEY, colour TEXT DEFAULT 'red')",
    'participant': 'CREATE TABLE participant (id INTEGER PRIMARY KEY, run TEXT)',
    'feed': 'CREATE TABLE feed (id INTEGER PRIMARY KEY, url TEXT)',
}
ROWS = {'event': (101, 'Fair', 'party'), 'conversation': (102, 'Talk', 'A'), 'preference': (103, 'blue'), 'participant': (104, 'ten'),
        'feed': (105, 'http://x')}


def altered(folder):
    """Make of the database one where the site had tables of those names, and the earlier release has put its columns and rows into them."""
    for name, definition in SITES.items():
        theirs = earlier.plain(folder, 'PRAGMA legacy_alter_table = ON', 'ALTER TABLE %s RENAME TO kept' % name, definition,
                               'PRAGMA table_info(%s)' % name)
        ours = earlier.plain(folder, 'PRAGMA table_info(kept)')
        added = ['ALTER TABLE %s ADD "%s" %s' % (name, row[1], row[2]) for row in ours if row[1] not in {one[1] for one in theirs}]
        names = ', '.join(row[1] for row in ours)
        row = 'INSERT INTO %s (%s) VALUES (%s)' % (name, ', '.join(one[1] for one in theirs), ', '.join(map(repr, ROWS[name])))
        earlier.plain(folder, *added, 'INSERT INTO %s (%s) SELECT %s FROM kept' % (name, names, names), 'DROP TABLE kept', row)
    return folder


def test_our_rows_are_moved_out_of_a_sites_tables_and_these_are_as_they_were(tmp_path, open_by_us):
    folder = altered(earlier.make(tmp_path / 'databases'))
    db = open_by_us()
    assert written(db, ANN) == [[('one', 1), ('two', 2), ('three', 3), ('five', 4)], [('four', 1)]]
    assert (sequence.state(db).head, sequence.state(db).epoch) == (6, 'first')
    assert preferences.of(db, CID).gives_receipts is False
    sending.send(db, Draft(BOB, 'six', DAN))
    for name, definition in SITES.items():
        assert earlier.plain(folder, 'SELECT * FROM %s' % name) == [ROWS[name]]
        assert [row[1] for row in earlier.plain(folder, 'PRAGMA table_info(%s)' % name)] == [
            part.split()[0] for part in definition.partition('(')[2].split(', ')]


@pytest.mark.parametrize('server', ['postgres_uri', 'mariadb_uri'])
def test_so_it_is_on_a_server(tmp_path, server, open_by_us, request):
    uri = request.getfixturevalue(server)
    earlier.make(tmp_path / 'databases', uri)
    db = tutorial.open_by_us(tmp_path / 'databases', uri, prepare=False)
    kind, end = ('data_type', 'CASCADE') if uri.startswith('postgres') else ('column_type', '')
    if not end:
        constraints.drop(db, ('participant', 'message'), schema._alone)     # which CASCADE does
    for name, own in (('conversation', 'room'), ('participant', 'run'), ('event', 'place'), ('preference', 'colour'), ('feed', 'url')):
        ours = [column for column in shape.columns(db, name) if column != 'id']
        kinds = dict(db.executesql("SELECT column_name, %s FROM information_schema.columns WHERE table_name = '%s'" % (kind, name)))
        for statement in (
                'ALTER TABLE %s RENAME TO kept' % name, 'CREATE TABLE %s (id SERIAL PRIMARY KEY, %s TEXT)' % (name, own),
                *('ALTER TABLE %s ADD %s %s' % (name, column, kinds[column]) for column in ours),
                'INSERT INTO %s (id, %s) SELECT id, %s FROM kept' % (name, ', '.join(ours), ', '.join(ours)), 'DROP TABLE kept ' + end,
                "INSERT INTO %s (id, %s) VALUES (101, 'theirs')" % (name, own)):
            db.executesql(statement)
    db.commit()
    db.close()
    db = open_by_us(uri)
    assert written(db, ANN) == [[('one', 1), ('two', 2), ('three', 3), ('five', 4)], [('four', 1)]]
    assert (sequence.state(db).head, sequence.state(db).epoch) == (6, 'first')
    assert sending.send(db, Draft(BOB, 'six', DAN)).message.conversation == 3
    for name in SITES:
        assert list(db.executesql('SELECT * FROM %s' % name)) == [(101, 'theirs')]


def test_a_sites_own_values_in_a_column_that_is_called_as_ours_stay(tmp_path, open_by_us):
    folder = earlier.make(tmp_path / 'databases')
    earlier.plain(folder, 'ALTER TABLE event ADD title TEXT', "INSERT INTO event (title, kind) VALUES ('Fair', 'party')")
    open_by_us()
    assert earlier.plain(folder, 'SELECT title, kind FROM event') == [('Fair', 'party')]


def test_tables_of_a_site_that_we_never_touched_are_no_business_of_ours(tmp_path, open_by_us):
    folder = tutorial.make(tmp_path / 'databases', [(ANN, BOB, 'hi', tutorial.NOON, 'F')], name='messenger.sqlite')
    for name, definition in SITES.items():
        earlier.plain(folder, definition, 'INSERT INTO %s VALUES (%s)' % (name, ', '.join(map(repr, ROWS[name]))))
    earlier.plain(folder, 'CREATE INDEX event_seq ON event (title)', 'CREATE INDEX message_seq ON event (kind)',
                  'CREATE TABLE message_words (word TEXT)')
    before = earlier.plain(folder, "SELECT name, sql FROM sqlite_master WHERE name NOT LIKE 'messenger%' AND name <> 'message'")
    db = open_by_us()
    sending.send(db, Draft(BOB, 'hello', ANN))
    assert written(db, ANN) == [[('hi', 1), ('hello', 2)]] and not indexes.missing(db, indexes.INDEXES + indexes.LATE)
    assert earlier.plain(folder, "SELECT name, sql FROM sqlite_master WHERE name NOT LIKE 'messenger%' AND name <> 'message'") == before
    assert [earlier.plain(folder, 'SELECT * FROM %s' % name) for name in SITES] == [[ROWS[name]] for name in SITES]


# -- whose `message` it is --

def test_a_table_that_lacks_the_tutorials_fields_is_left_alone_and_named(tmp_path, uri, open_by_us):
    (tmp_path / 'databases').mkdir()
    db = tutorial.open_by_us(tmp_path / 'databases', uri, prepare=False)
    for _ in (ANN, BOB):
        db.auth_user.insert(registration_key='')
    db.executesql('CREATE TABLE message (id INTEGER PRIMARY KEY, sender INTEGER, body TEXT)')
    db.executesql("INSERT INTO message VALUES (1, 2, 'theirs')")
    db.commit()
    with pytest.raises(SchemaError, match=r'"message" that is not the messenger.s: it has no receiver, content, timestamp, is_read\. '
                                          r'.*\[db\] message_table = messenger_message'):
        schema.prepare(db)
    db.close()
    ours = open_by_us(uri, message_table='messenger_message')
    sending.send(ours, Draft(ANN, 'ours', BOB))
    assert written(ours, BOB) == [[('ours', 1)]]
    assert list(ours.executesql('SELECT * FROM message')) == [(1, 2, 'theirs')]
    assert all(name.startswith('messenger_') for name in names_of_indexes(ours))


def test_in_a_database_of_the_site_no_message_of_its_own_is_taken_over(tmp_path, uri, open_by_us):
    (tmp_path / 'databases').mkdir()
    tutorial.define(uri, tmp_path / 'databases')
    db = tutorial.open_by_us(tmp_path / 'databases', uri, prepare=False)
    before = shape.columns(db, 'message')
    with pytest.raises(SchemaError, match='belongs to the site'):
        schema.prepare(db, is_shared=True)
    assert shape.columns(db, 'message') == before and not shape.columns(db, 'messenger_feed')
    db.close()
    ours = open_by_us(uri, message_table='messenger_message', is_shared=True)
    sending.send(ours, Draft(ANN, 'ours', BOB))
    assert shape.columns(ours, 'message') == before and list(ours.executesql('SELECT count(*) FROM message')) == [(0,)]


def test_one_that_we_made_there_ourselves_is_known_again(tmp_path, uri, open_by_us):
    (tmp_path / 'databases').mkdir()
    for content in ('one', 'two'):
        db = open_by_us(uri, is_shared=True)
        sending.send(db, Draft(db.auth_user.insert(first_name='A', registration_key=''), content, db.auth_user.insert(registration_key='')))
    assert list(db.executesql('SELECT count(*) FROM message')) == [(2,)]


def test_a_sites_message_that_was_taken_over_is_given_back(tmp_path, uri, open_by_us):
    earlier.make(tmp_path / 'databases', uri)
    db = tutorial.open_by_us(tmp_path / 'databases', uri, prepare=False)
    db.executesql('UPDATE feed SET legacy_upto = 2')       # two were there before us
    db.executesql('ALTER TABLE message ADD subject VARCHAR(99)')
    db.executesql("UPDATE message SET subject = 'Hi' WHERE id <= 2")
    db.commit()
    with pytest.raises(SchemaError, match=r'"message" that belongs to the site.*moved there'):
        schema.prepare(db, is_shared=True)
    db.close()
    db = open_by_us(uri, message_table='messenger_message', is_shared=True)
    assert written(db, ANN) == [[('one', 1), ('two', 2), ('three', 3), ('five', 4)], [('four', 1)]]
    assert list(db.executesql('SELECT id, content, subject FROM message ORDER BY id')) == [(1, 'one', 'Hi'), (2, 'two', 'Hi')]
    assert sending.send(db, Draft(BOB, 'six', ANN)).message.id == 6


def test_messages_are_not_looked_for_in_a_table_where_they_never_were(tmp_path, open_by_us):
    earlier.make(tmp_path / 'databases')
    open_by_us()
    with pytest.raises(SchemaError, match='not in the table "letters"'):
        open_by_us(message_table='letters')


def test_a_table_called_as_our_feed_that_we_did_not_make_is_no_feed(tmp_path):
    (tmp_path / 'databases').mkdir()
    db = tutorial.open_by_us(tmp_path / 'databases', URI, prepare=False)
    db.executesql('CREATE TABLE feed (id INTEGER PRIMARY KEY, head INTEGER, floor INTEGER, epoch TEXT, version INTEGER)')
    db.executesql("INSERT INTO feed VALUES (1, 5, 0, 'x', 4)")
    db.commit()
    assert ours.version(db) is None and making.missing(db)
    schema.prepare(db)
    assert sequence.state(db).head == 0 and list(db.executesql('SELECT head FROM feed')) == [(5,)]
    db.close()
