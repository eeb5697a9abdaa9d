"""What a writer keeps between two batches is what it would find: whoever else writes meanwhile, and whatever else it writes itself."""
import sqlite3
import threading
from concurrent.futures import ThreadPoolExecutor
from random import Random

import pytest
from cast import ANN, BOB, CID, DAN, codes
from crowd import Site
from messenger_core.adoption import adoption
from messenger_core.ends import logout
from messenger_core.errors import Refused
from messenger_core.messages import conversations, marking, reading, sending
from messenger_core.messages.kept import Kept
from messenger_core.messages.sending import Draft
from plenty import statements_of

MEMBERS = ANN, BOB, CID, DAN


on_sqlite, on_postgresql = (pytest.mark.parametrize('two', [name], indirect=True) for name in ('sqlite', 'postgresql'))


def send(db, kept, *drafts):
    return codes(sending.send_all(db, list(drafts), None, kept))


def test_a_batch_after_others_looks_up_its_refs_and_nothing_else(two):
    _, writer, kept = two
    send(writer, kept, Draft(ANN, 'a', BOB, ref='1'), Draft(CID, 'b', ANN, ref='1'))
    assert 'trigger' in str(statements_of(writer, lambda: send(writer, kept, Draft(BOB, 'c', ANN), Draft(ANN, 'd', CID))))      # once
    asked = statements_of(writer, lambda: send(writer, kept, Draft(BOB, 'c', ANN, ref='2'), Draft(ANN, 'd', CID, ref='2')))
    words = [statement.split()[0] for statement in asked]
    # SQLite knows which ids it gives.
    expected = ['UPDATE', 'SELECT', 'SELECT', 'INSERT', *['SELECT'] * (writer._adapter.dbengine == 'postgres')]
    assert words[:len(expected)] == expected and set(words[len(expected):]) == {'UPDATE'}
    assert 'asked' in asked[2] and 'auth_user' not in str(asked) and 'direct_key' not in str(asked)
    assert 'MAX(seq)' not in asked[1] or writer._adapter.dbengine == 'postgres'     # where it comes with the lock


@pytest.mark.parametrize(('what', 'code', 'name'), [
    ("UPDATE auth_user SET first_name = 'Anna' WHERE id = 1", 'ok', 'Anna Lee'),
    ("UPDATE auth_user SET registration_key = 'blocked' WHERE id = 1", 'blocked', None),
    ("UPDATE auth_user SET registration_key = 'blocked' WHERE id = 2", 'no_such_user', None),
    ('DELETE FROM auth_user WHERE id = 2', 'no_such_user', None),
    ("UPDATE messenger_preference SET session_generation = 5 WHERE user_id = 1", 'no_session', None)])
def test_what_others_change_is_known_with_the_next_batch(two, what, code, name):
    db, writer, kept = two
    logout.end_all(db, ANN), db.commit()
    generation = logout.generation(db, ANN)
    db.commit()
    assert send(writer, kept, Draft(ANN, 'a', BOB, generation=generation)) == ['ok']
    db.executesql(what), db.commit()
    change = sending.send_all(writer, [Draft(ANN, 'b', BOB, generation=generation)], None, kept)
    assert codes(change) == [code]
    assert name is None or change.result[0].message.sender == name


@on_postgresql
def test_what_was_under_way_before_is_known_once_it_is_committed(two):
    db, writer, kept = two
    send(writer, kept, Draft(ANN, 'a', BOB))
    db.executesql("UPDATE auth_user SET first_name = 'Anna' WHERE id = 1")      # older than what the writer does next, and ends after it
    for content in 'bc':
        assert sending.send_all(writer, [Draft(ANN, content, BOB)], None, kept).result[0].message.sender == 'Ann Lee'
    db.commit()
    assert sending.send_all(writer, [Draft(ANN, 'd', BOB)], None, kept).result[0].message.sender == 'Anna Lee'


@on_postgresql
def test_what_others_commit_while_one_waits_for_the_lock_is_known(two, site_on_postgresql):
    _, writer, kept = two
    send(writer, kept, Draft(ANN, 'a', BOB))
    is_held = threading.Event()

    def change_amid():
        holder, other = site_on_postgresql.connect(), site_on_postgresql.connect()
        holder.executesql('SELECT head FROM messenger_feed FOR UPDATE')
        is_held.set()
        while not other.executesql("SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock'"):
            other.commit()
        other.executesql("UPDATE auth_user SET first_name = 'Anna' WHERE id = 1"), other.commit()
        holder.rollback()
    with ThreadPoolExecutor() as beside:
        changed = beside.submit(change_amid)
        is_held.wait()
        assert sending.send_all(writer, [Draft(ANN, 'b', BOB)], None, kept).result[0].message.sender == 'Anna Lee'
        changed.result()


def test_a_place_that_others_take_away_is_given_again(two):
    db, writer, kept = two
    send(writer, kept, Draft(ANN, 'a', BOB))
    db(db.participant.user_id == BOB).delete(), db.commit()
    assert send(writer, kept, Draft(ANN, 'b', BOB)) == ['ok']
    assert reading.place(db, BOB, 1).last_number == 2


def test_ids_are_those_of_the_rows_however_many_there_are(two):
    db, writer, kept = two
    for count in (1, 1, 2, 3, 7, 401):
        drafts = [Draft(ANN, '%d of %d' % (number, count), (BOB, CID)[number % 2]) for number in range(count)]
        change = sending.send_all(writer, drafts, None, kept)
        found = db.executesql('SELECT id, content FROM message WHERE seq > %d ORDER BY seq' % change.since)
        db.commit()
        assert [(message.id, message.content) for message in change.events] == [tuple(row) for row in found] and len(found) == count


@on_sqlite
def test_beyond_the_largest_id_nothing_is_taken_for_granted(two):
    db, writer, kept = two
    send(writer, kept, Draft(ANN, 'a', BOB))
    db.executesql('UPDATE message SET id = %d' % (2**62 + 5)), db.commit()
    send(writer, kept, Draft(ANN, 'b', BOB))
    asked = statements_of(writer, lambda: (send(writer, kept, Draft(ANN, 'c', BOB)), send(writer, kept, Draft(ANN, 'd', BOB))))
    assert sum('SELECT seq, id' in statement for statement in asked) == 2


@on_sqlite
def test_after_a_batch_that_fails_numbers_go_on_where_they_were(two):
    db, writer, kept = two
    send(writer, kept, Draft(ANN, 'a', BOB))
    db.executesql("CREATE TRIGGER never BEFORE INSERT ON message WHEN NEW.content = 'never' BEGIN SELECT RAISE(ABORT, 'never'); END")
    db.commit()
    for _ in range(2):
        with pytest.raises(sqlite3.Error):
            send(writer, kept, Draft(BOB, 'b', ANN), Draft(ANN, 'never', BOB))
        writer.rollback()
    assert send(writer, kept, Draft(BOB, 'c', ANN)) == ['ok']
    assert [(row.number, row.content) for row in db(db.message).select(orderby=db.message.id)] == [(1, 'a'), (2, 'c')]


@on_sqlite
def test_what_a_batch_that_fails_has_put_right_is_put_right_again(two, monkeypatch):
    db, writer, kept = two
    for content in 'ab':
        send(writer, kept, Draft(ANN, content, BOB))
    db.executesql('UPDATE message SET seq = 3 WHERE id = 1')    # where the next one is to lie
    db.commit()

    def fail(*_):
        raise writer._adapter.driver.OperationalError('database is locked')
    monkeypatch.setattr(conversations, 'count', fail)
    with pytest.raises(Refused):
        send(writer, kept, Draft(ANN, 'never', BOB))
    monkeypatch.undo()
    assert send(writer, kept, Draft(BOB, 'c', ANN)) == ['ok']


@on_sqlite
def test_a_connection_made_anew_does_not_take_what_was_written_meanwhile_for_its_own(two):
    db, writer, kept = two
    send(writer, kept, Draft(ANN, 'a', BOB))
    send(writer, kept, Draft(ANN, 'b', BOB))
    writer._adapter.close('rollback')
    db.executesql('UPDATE message SET seq = 3 WHERE id = 1'), db.commit()
    writer._adapter.reconnect()
    assert [send(writer, kept, Draft(ANN, content, BOB)) for content in 'cd'] == [['ok'], ['ok']]


@on_sqlite
def test_a_change_whose_connection_ends_with_its_commit_is_there_and_nothing_is_kept(two, monkeypatch):
    db, writer, kept = two
    send(writer, kept, Draft(ANN, 'a', BOB))
    commit = writer._adapter.commit

    def commit_and_end():
        was_open, connection = writer._adapter.connection.in_transaction, writer._adapter.connection
        commit()
        if was_open:
            monkeypatch.undo()
            connection.close()
            raise writer._adapter.driver.OperationalError('disk I/O error')
    monkeypatch.setattr(writer._adapter, 'commit', commit_and_end)
    assert send(writer, kept, Draft(ANN, 'b', BOB)) == ['ok'] and send(writer, kept, Draft(ANN, 'c', BOB)) == ['ok']
    assert [row.content for row in db(db.message).select(orderby=db.message.id)] == ['a', 'b', 'c']


def test_what_the_writer_itself_adopts_and_marks_counts(two):
    db, writer, kept = two
    send(writer, kept, Draft(ANN, 'a', BOB))
    db.executesql("INSERT INTO message (sender, receiver, content) VALUES (2, 1, 'by a script')"), db.commit()
    assert send(writer, kept, Draft(ANN, 'b', BOB)) == ['ok']
    assert adoption.adopt(writer) == 1      # its number is one that is kept
    marks = [marking.Mark(marking.READ, BOB, 1, 3)]
    kept.beside(writer, lambda: marking.mark_all(writer, marks))
    assert send(writer, kept, Draft(BOB, 'c', ANN)) == ['ok']
    asked = statements_of(writer, lambda: (kept.beside(writer, lambda: marking.mark_all(writer, [marking.Mark(marking.READ, ANN, 1, 4)])),
                                           send(writer, kept, Draft(BOB, 'd', ANN))))
    # On PostgreSQL that is a transaction as those of others are.
    assert sum('auth_user' in statement for statement in asked) == (writer._adapter.dbengine == 'postgres')
    assert sorted(row.number for row in db(db.message).select()) == [1, 2, 3, 4, 5]
    db.commit()


@on_sqlite
def test_another_connection_begins_with_nothing(two):
    _, writer, kept = two
    send(writer, kept, Draft(ANN, 'a', BOB))
    writer._adapter.close('rollback')
    writer._adapter.reconnect()
    assert 'auth_user' in str(statements_of(writer, lambda: send(writer, kept, Draft(ANN, 'b', BOB))))


def scenario(random, count):
    """Return what happens, one after the other: who does it, and what."""
    refs = ['r%d' % number for number in range(5)]

    def draft():
        sender, receiver = random.choice(MEMBERS), random.choice(MEMBERS)
        return Draft(sender, random.choice('xyz'), random.choice([receiver, '#%d' % receiver, 99]), ref=random.choice([None, *refs]))

    def script(statement, *choices):
        return lambda: ('script', statement % tuple(map(random.choice, choices)))
    kinds = [lambda: ('batch', [draft() for _ in range(random.randint(1, 6))])] * 6 + [
        lambda: ('page', draft()),
        script('INSERT INTO message (sender, receiver, content) VALUES (%d, %d, 1)', MEMBERS, MEMBERS),
        script("UPDATE auth_user SET registration_key = '%s' WHERE id = %d", ['', 'blocked'], MEMBERS),
        script('UPDATE messenger_conversation SET last_number = %d WHERE id = %d', range(10), range(1, 7)),
        script('DELETE FROM messenger_participant WHERE id = %d', range(1, 13)),
        script('UPDATE messenger_participant SET left_number = 1 WHERE id = %d', range(1, 13)),
        script('DELETE FROM message WHERE id = %d', range(1, 13)),
        lambda: ('adopt', None),
        lambda: ('mark', marking.Mark(marking.READ, random.choice(MEMBERS), random.randint(1, 6), random.randint(1, 9)))]
    return [random.choice(kinds)() for _ in range(count)]


def lived(site, happened, kept):
    """Have it all happen; return what came of each, and all rows there are in the end but for their times."""
    writer, came = site.connect(), []
    for who, what in happened:
        keep = kept or Kept()
        if who == 'batch':
            came.append(codes(sending.send_all(writer, what, None, keep)))
        elif who == 'page':
            came.append(codes(sending.send_all(site.db, [what])))
        elif who == 'script':
            site.db.executesql(what), site.db.commit()
        elif who == 'adopt':
            came.append(adoption.adopt(writer))
        else:
            came.append(list(map(str, keep.beside(writer, lambda what=what: marking.mark_all(writer, [what])).result)))
    tables = [[tuple(value for name, value in zip(table.fields, row) if name not in ('timestamp', 'started_at', 'first_seen', 'noticed_at'))
               for row in site.db.executesql('SELECT * FROM %s ORDER BY id' % table._rname)]
              for table in (site.db.message, site.db.conversation, site.db.participant, site.db.feed, site.db.aside)]
    writer.close(), site.db.close()
    tables[3] = [row[:3] for row in tables[3]]
    return came, tables


@pytest.mark.parametrize('seed', range(12))
def test_whatever_happens_it_is_the_same_as_with_nothing_kept(tmp_path, seed):
    happened = scenario(Random(seed), 40)
    (tmp_path / 'kept').mkdir(), (tmp_path / 'not').mkdir()
    assert lived(Site(tmp_path / 'kept'), happened, Kept()) == lived(Site(tmp_path / 'not'), happened, None)


@pytest.mark.parametrize('seed', range(4))
def test_so_it_is_on_postgresql(tmp_path, seed, cluster):
    happened, uris = scenario(Random(100 + seed), 40), [cluster.create(), cluster.create()]
    try:
        assert lived(Site(tmp_path, uris[0]), happened, Kept()) == lived(Site(tmp_path, uris[1]), happened, None)
    finally:
        for uri in uris:
            cluster.drop(uri)
