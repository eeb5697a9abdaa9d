"""Foreign rows become messages."""
import pytest
from messenger_core import adoption, feed, messages, reading
from messenger_core.messages import Draft

ANN, BOB, CID = 1, 2, 3


def insert(db, sender, receiver, content):
    """Insert as an application does that knows the tutorial's five fields only."""
    db.executesql("INSERT INTO message (sender, receiver, content, timestamp, is_read) VALUES (%d, %d, '%s', '2026-01-02 03:04:05', 'F')"
                  % (sender, receiver, content))
    db.commit()


def test_a_row_with_five_fields_becomes_a_full_message_in_the_right_conversation(db):
    known = messages.send(db, Draft(ANN, 'hi', BOB)).message
    insert(db, BOB, ANN, 'foreign')
    assert adoption.adopt(db) == 1
    message = feed.since(db, known.seq).events[0]
    assert (message.content, message.conversation, message.number, message.sender) == ('foreign', known.conversation, 2, 'Bob Lee')
    assert db.conversation(known.conversation).last_message == message.id
    assert str(message.timestamp) == '2026-01-02 03:04:05'


def test_rows_are_adopted_in_the_order_of_their_ids_and_only_once(db):
    for number in range(5):
        insert(db, ANN, BOB, str(number))
    assert adoption.adopt(db, limit=3) == 3 and adoption.adopt(db, limit=3) == 2 and adoption.adopt(db) == 0
    assert [(message.content, message.number) for message in feed.since(db, 0).events] == [(str(n), n + 1) for n in range(5)]


def test_adopted_messages_count_as_unread_for_their_receiver_only(db):
    insert(db, ANN, BOB, 'one')
    insert(db, ANN, BOB, 'two')
    adoption.adopt(db)
    conversation = db(db.conversation).select().first().id
    assert (reading.unread(db, BOB, conversation), reading.unread(db, ANN, conversation)) == (2, 0)


def test_what_was_left_out_gets_its_default_and_an_empty_ref_is_none(db):
    db.executesql("INSERT INTO message (sender, receiver, ref) VALUES (1, 2, '')")
    adoption.adopt(db)
    row = db(db.message).select().first()
    assert row.content == '' and row.timestamp and row.is_read is False and row.ref is None


def test_rows_of_members_who_do_not_exist_are_left_and_listed_and_stop_nobody(sqlite):
    db = sqlite
    db.executesql('PRAGMA foreign_keys = OFF')    # as other programs leave it
    insert(db, 77, BOB, 'orphan')
    insert(db, ANN, 88, 'orphan')
    insert(db, ANN, BOB, 'fine')
    assert adoption.adopt(db, limit=1) == 1
    assert adoption.orphans(db) == [1, 2]
    assert [message.content for message in feed.since(db, 0).events] == ['fine']


@pytest.mark.parametrize('value', ["'2026-01-02T03:04:05Z'", "'nonsense'", '5', "x'ff00'"])
def test_a_timestamp_that_is_none_does_not_stop_the_feed(sqlite, value):
    sqlite.executesql('INSERT INTO message (sender, receiver, content, timestamp) VALUES (1, 2, %s, %s)' % (value, value))
    adoption.adopt(sqlite)
    assert len(feed.since(sqlite, 0).events) == 1


def test_adopting_takes_a_constant_number_of_statements_and_one_when_idle(db, statements):
    def adopt(count):
        for number in range(count):
            insert(db, ANN, (BOB, CID)[number % 2], 'x')
        return len(statements(lambda: adoption.adopt(db)))
    adopt(2)
    assert adopt(2) == adopt(300) <= 11
    assert len(statements(lambda: adoption.adopt(db))) == 1
