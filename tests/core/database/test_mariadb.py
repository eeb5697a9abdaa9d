"""What only MariaDB and MySQL have: characters of three bytes, locks that outlive a transaction, waits of their own."""
from contextlib import closing

import earlier
import pytest
import tutorial
from cast import ANN, BOB
from machine import mariadb as maria
from messenger_core import settings
from messenger_core.adoption import adoption
from messenger_core.database import connection as database
from messenger_core.errors import Refused, SchemaError
from messenger_core.messages import sending
from messenger_core.messages.sending import Draft
from messenger_core.upgrade import schema, takeover

EMOJI = 'All of it: é, 中, 👍🏽'


@pytest.fixture
def other(mariadb):
    """Somebody else's connection to the same MariaDB."""
    with closing(maria.connect(mariadb._uri)) as connection:
        yield connection


def run(connection, statement):
    with connection.cursor() as cursor:
        cursor.execute(statement)


def collations(db):
    return dict(db.executesql(
        "SELECT column_name, collation_name FROM information_schema.columns WHERE table_schema = DATABASE() AND table_name = 'message'"))


def test_every_connection_speaks_of_all_characters_and_waits_no_longer_than_it_may(site_on_mariadb):
    site_on_mariadb.environment['MESSENGER_DB_BUSY_SECONDS'] = '1.5'
    with closing(site_on_mariadb.connect()) as db:
        assert db.executesql('SELECT @@character_set_client, @@character_set_connection, @@character_set_results')[0] == ('utf8mb4',) * 3
        assert db.executesql('SELECT @@tx_isolation, @@innodb_lock_wait_timeout, @@lock_wait_timeout, @@idle_transaction_timeout, '
                             '@@max_statement_time')[0] == ('READ-COMMITTED', 1, 2, 6, 10)


def test_an_update_that_changes_nothing_finds_its_rows_all_the_same(mariadb):
    assert [mariadb(mariadb.auth_user.id == ANN).update(first_name='Anna') for _ in range(2)] == [1, 1]


def test_who_waits_too_long_is_told_to_come_later(site_on_mariadb):
    site_on_mariadb.environment['MESSENGER_DB_BUSY_SECONDS'] = '1'
    with closing(maria.connect(site_on_mariadb.db._uri)) as other, closing(site_on_mariadb.connect()) as db:
        run(other, 'UPDATE messenger_feed SET head = head')
        with pytest.raises(Refused) as refused:
            sending.send(db, Draft(ANN, 'hi', BOB))
        assert refused.value.code == 'busy' and refused.value.retry_after
        other.rollback()
        assert sending.send(db, Draft(ANN, 'hi', BOB)).message.number == 1


def test_a_server_that_takes_what_it_is_told_and_says_nothing_is_given_up(site_on_mariadb, mariadb_cluster):
    site_on_mariadb.environment['MESSENGER_DB_ANSWER_SECONDS'] = '0.5'
    with closing(site_on_mariadb.connect()) as db:
        mariadb_cluster.pause()
        try:
            with pytest.raises(Refused) as refused:
                sending.send(db, Draft(ANN, 'hi', BOB))
        finally:
            mariadb_cluster.resume()
        assert refused.value.code == 'busy' and sending.send(db, Draft(ANN, 'hi', BOB)).message.number == 1


# -- the lock under which tables are made --

def test_whoever_makes_tables_does_so_alone_and_keeps_no_lock(mariadb, other, monkeypatch):
    with other.cursor() as cursor:
        def is_free():
            cursor.execute('SELECT IS_FREE_LOCK(%s)' % schema.NAMED_LOCK)
            return cursor.fetchone()[0]
        seen = []

        def change():
            seen.append(is_free())
            if len(seen) == 1:
                raise mariadb._adapter.driver.OperationalError(1213, 'Deadlock found')     # begun again, it takes the lock again
        schema._alone(mariadb, change)
        assert seen == [0, 0] and is_free()
        monkeypatch.setattr(schema, 'LOCK_SECONDS', 0)
        cursor.execute('SELECT GET_LOCK(%s, 0)' % schema.NAMED_LOCK)
        with pytest.raises(SchemaError, match='Another process'):
            schema._alone(mariadb, change)


def test_a_database_beside_it_on_the_same_server_has_a_lock_of_its_own(mariadb, mariadb_uri):
    with closing(maria.connect(mariadb_uri)) as neighbour:
        run(neighbour, 'SELECT GET_LOCK(%s, 0)' % schema.NAMED_LOCK)
        assert schema._alone(mariadb, lambda: 'made') == 'made'


# -- characters --

@pytest.fixture
def of_the_tutorial(tmp_path, mariadb_uri):
    """The settings of an install whose database the tutorial's application has made."""
    (tmp_path / 'databases').mkdir()
    tutorial.define(mariadb_uri, tmp_path / 'databases')
    return settings.load(tmp_path, {'MESSENGER_DB_URI': mariadb_uri})


def opened(chosen, tmp_path):
    """As the site opens it."""
    db = tutorial.open_by_us(tmp_path / 'databases', chosen.db.uri)
    takeover.take_over(db, lambda sentence: None)
    return closing(db)


def check(chosen, tmp_path):
    """As a sidecar does at its start."""
    with closing(database.connect(chosen, str(tmp_path))) as db:
        schema.check(db)


def test_an_emoji_is_kept_in_the_tutorials_table(of_the_tutorial, tmp_path):
    with opened(of_the_tutorial, tmp_path) as db:
        kept = sending.send(db, Draft(ANN, EMOJI, BOB, ref='R1')).message
        assert db.executesql('SELECT content FROM message')[0] == (EMOJI,)
        assert sending.send(db, Draft(ANN, EMOJI, BOB, ref='r1')).message.id != kept.id, 'another ref is another message'
        assert {collations(db)[name] for name in ('ref', 'seal')} == {'utf8mb4_bin'}
    check(of_the_tutorial, tmp_path)


def test_an_emoji_is_kept_in_the_tables_of_an_earlier_release(tmp_path, mariadb_uri):
    earlier.make(tmp_path / 'databases', mariadb_uri)
    chosen = settings.load(tmp_path, {'MESSENGER_DB_URI': mariadb_uri})
    with opened(chosen, tmp_path) as db:
        sending.send(db, Draft(ANN, EMOJI, BOB, ref='R5'))
        assert db.executesql('SELECT content FROM message ORDER BY id DESC')[0] == (EMOJI,)
        assert {collations(db)[name] for name in ('ref', 'seal')} == {'utf8mb4_bin'}
    check(chosen, tmp_path)


def test_a_sidecar_refuses_a_table_that_makes_question_marks_and_the_site_converts_it(of_the_tutorial, tmp_path):
    with opened(of_the_tutorial, tmp_path) as db:
        db.executesql('ALTER TABLE message ADD subject VARCHAR(99) CHARACTER SET latin1')
        db.executesql('ALTER TABLE message MODIFY content LONGTEXT CHARACTER SET utf8 NOT NULL')
        sending.send(db, Draft(ANN, 'of before', BOB))
    with pytest.raises(SchemaError, match=r'question mark of an emoji: the character set of message is not utf8mb4\. Open the site once'):
        check(of_the_tutorial, tmp_path)
    with opened(of_the_tutorial, tmp_path) as db:
        assert db.executesql("SHOW COLUMNS FROM message LIKE 'content'")[0][1:3] == ('longtext', 'NO'), 'and no more than that'
        assert collations(db)['subject'].startswith('latin1'), 'what the site has added stays as it is'
        sending.send(db, Draft(ANN, EMOJI, BOB))
        assert [content for (content,) in db.executesql('SELECT content FROM message ORDER BY id')] == ['of before', EMOJI]
    check(of_the_tutorial, tmp_path)


def test_an_emoji_that_others_write_is_adopted(mariadb, other):
    run(other, "INSERT INTO message (sender, receiver, content) VALUES (1, 2, '%s')" % EMOJI)
    other.commit()
    assert adoption.adopt(mariadb) == 1
    assert mariadb.message(1).content == EMOJI


def test_one_reaction_is_not_taken_for_another(mariadb):
    for emoji in ('👍', '🎉'):
        mariadb.reaction.insert(message=1, user_id=ANN, emoji=emoji)
    assert mariadb(mariadb.reaction.emoji == '🎉').count() == 1
