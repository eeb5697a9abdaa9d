"""Foreign rows become messages."""
from concurrent.futures import ThreadPoolExecutor

import pytest
from messenger_core.adoption import adoption, aside
from messenger_core.feed import pages, sequence
from messenger_core.messages import reading, sending
from messenger_core.messages.sending import Draft

ANN, BOB, CID = 1, 2, 3


def insert(db, sender, receiver, content):
    """Insert as an application does that knows the tutorial's five fields only."""
    db.executesql("INSERT INTO message (sender, receiver, content, timestamp, is_read) VALUES (%d, %d, '%s', '2026-01-02 03:04:05', 'F')"
                  % (sender, receiver, content))
    db.commit()


def test_a_row_with_five_fields_becomes_a_full_message_in_the_right_conversation(db):
    known = sending.send(db, Draft(ANN, 'hi', BOB)).message
    insert(db, BOB, ANN, 'foreign')
    assert adoption.adopt(db) == 1
    message = pages.since(db, known.seq).events[0]
    assert (message.content, message.conversation, message.number, message.sender) == ('foreign', known.conversation, 2, 'Bob Lee')
    assert db.conversation(known.conversation).last_message == message.id
    assert str(message.timestamp) == '2026-01-02 03:04:05'


def test_rows_are_adopted_in_the_order_of_their_ids_and_only_once(db):
    for number in range(5):
        insert(db, ANN, BOB, str(number))
    assert adoption.adopt(db, limit=3) == 3 and adoption.adopt(db, limit=3) == 2 and adoption.adopt(db) == 0
    assert [(message.content, message.number) for message in pages.since(db, 0).events] == [(str(n), n + 1) for n in range(5)]


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
    assert adoption.adopt(db) == 3 and adoption.adopt(db) == 0
    assert aside.listed(db) == [(1, 'its sender does not exist'), (2, 'its receiver does not exist')]
    assert [message.content for message in pages.since(db, 0).events] == ['fine']


@pytest.mark.parametrize('value', ["'2026-01-02T03:04:05Z'", "'nonsense'", '5', "x'ff00'"])
def test_a_timestamp_that_is_none_does_not_stop_the_feed(sqlite, value):
    sqlite.executesql('INSERT INTO message (sender, receiver, content, timestamp) VALUES (1, 2, %s, %s)' % (value, value))
    adoption.adopt(sqlite)
    assert len(pages.since(sqlite, 0).events) == 1


def test_adopting_takes_a_constant_number_of_statements_and_two_when_idle(db, statements):
    def adopt(count):
        for number in range(count):
            insert(db, ANN, (BOB, CID)[number % 2], 'x')
        return len(statements(lambda: adoption.adopt(db)))
    adopt(2)
    # A server is asked of messages and places whether somebody else keeps them.
    assert adopt(2) == adopt(300) <= (14 if db._adapter.dbengine == 'sqlite' else 16)
    assert len(statements(lambda: adoption.adopt(db))) == 2


def type_in(db, content, **columns):
    """Insert as somebody does who fills in what is ours, as appadmin lets them."""
    db.executesql("INSERT INTO message (sender, receiver, content, %s) VALUES (1, 2, '%s', %s)" % (
        ', '.join(columns), content, ', '.join(map(str, columns.values()))))
    db.commit()


def places(db):
    """Return (content, number, seq) of all messages, as a server reads them from the feed."""
    page = pages.since(db, 0)
    assert page.seq == sequence.state(db).head
    return [(message.content, message.number, message.seq) for message in page.events]


@pytest.mark.parametrize('seq', [999_999, 2, 3, 0, -5])
def test_a_row_with_a_seq_that_the_feed_has_not_given_gets_its_place_and_stops_nobody(db, seq):
    sending.send(db, Draft(ANN, 'before', BOB))
    type_in(db, 'typed', seq=seq)
    assert adoption.adopt(db) == 1 and adoption.adopt(db) == 0
    sending.send_all(db, [Draft(BOB, 'after', ANN) for _ in range(5)])
    assert places(db) == [('before', 1, 1), ('typed', 2, 2)] + [('after', 3 + n, 3 + n) for n in range(5)]


def test_sending_goes_on_though_nobody_has_adopted_yet(db):
    type_in(db, 'typed', seq=1)
    assert sending.send(db, Draft(ANN, 'sent', BOB)).message.seq == 1
    assert adoption.adopt(db) == 1
    assert places(db) == [('sent', 1, 1), ('typed', 2, 2)]


def test_so_does_reading_though_an_event_lies_beyond_the_feed(db):
    sending.send(db, Draft(ANN, 'sent', BOB))
    db.event.insert(seq=2, kind='read')
    db.commit()
    assert reading.mark_read(db, BOB, 1, 1).upto == 2


def test_rows_that_others_have_numbered_are_numbered_anew(db):
    conversation = sending.send(db, Draft(ANN, 'before', BOB)).message.conversation
    for content, number in (('one', 4), ('two', 3), ('three', 2)):
        type_in(db, content, conversation=conversation, number=number)
    type_in(db, 'four', conversation=conversation, number=5, seq=999_999)
    assert adoption.adopt(db) == 4
    sending.send(db, Draft(BOB, 'after', ANN))
    assert [place[:2] for place in places(db)] == [('before', 1), ('one', 2), ('two', 3), ('three', 4), ('four', 5), ('after', 6)]


def test_a_seq_typed_into_a_row_that_cannot_be_adopted_stops_nobody(sqlite):
    sqlite.executesql('PRAGMA foreign_keys = OFF')
    sqlite.executesql("INSERT INTO message (sender, receiver, content, seq) VALUES (77, 2, 'orphan', 2)")
    assert adoption.adopt(sqlite) == 1
    sending.send_all(sqlite, [Draft(ANN, 'x', BOB) for _ in range(3)])
    assert [place[1] for place in places(sqlite)] == [1, 2, 3] and aside.listed(sqlite) == [(1, 'its sender does not exist')]


@pytest.mark.parametrize('server, waiting', [
    ('postgresql', 'SELECT 1 FROM pg_locks WHERE NOT granted'),
    ('mariadb', "SELECT 1 FROM information_schema.processlist WHERE db = DATABASE() AND command = 'Query' AND time_ms > 200")])
def test_a_seq_that_is_typed_while_a_message_is_sent_stops_it_only_for_the_moment(request, server, waiting):
    site = request.getfixturevalue('site_on_' + server)
    other = site.connect()
    other.executesql("INSERT INTO message (sender, receiver, content, seq) VALUES (1, 2, 'typed', 1)")
    with ThreadPoolExecutor() as pool:
        pending = pool.submit(lambda: sending.send(site.connect(), Draft(ANN, 'sent', BOB)))
        while not pending.done() and not other.executesql(waiting):
            pass
        other.commit()
        assert pending.result().message.seq > 0
    assert adoption.adopt(other) == 1
    assert [content for content, _, _ in places(other)] == ['sent', 'typed']
    other.close()
