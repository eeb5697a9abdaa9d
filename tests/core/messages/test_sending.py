"""Sending: what is stored, what is refused, what a repeat is, what a batch costs."""
import time

import pytest
from cast import codes
from messenger_core.ends import logout
from messenger_core.errors import Refused
from messenger_core.feed import sequence
from messenger_core.messages import reading, sending
from messenger_core.messages.sending import Draft

ANN, BOB, CID = 1, 2, 3
INTRANS = 2     # psycopg2's: a transaction is open


def refusal(db, draft):
    with pytest.raises(Refused) as refused:
        sending.send(db, draft)
    return refused.value.code


def test_a_message_is_stored_with_all_it_needs(db):
    sent = sending.send(db, Draft(ANN, 'hi', BOB, ref='r')).message
    row = db.message(sent.id)
    assert (row.sender, row.receiver, row.content, row.is_read) == (ANN, BOB, 'hi', False)
    assert (row.number, row.seq, row.ref, row.conversation) == (1, 1, 'r', sent.conversation)
    assert db.conversation(sent.conversation).direct_key == '1:2'
    assert (sent.sender, sent.sender_id, sent.receiver_id) == ('Ann Lee', ANN, BOB)


def test_rows_come_out_as_pydal_itself_would_write_them(db):
    ours = sending.send(db, Draft(ANN, "it's 100 % \\n 'quoted'\n", BOB)).message.id
    theirs = db.message.insert(sender=ANN, receiver=BOB, content="it's 100 % \\n 'quoted'\n", timestamp=db.message(ours).timestamp)
    typeof = {'sqlite': 'typeof', 'postgres': 'pg_typeof', 'mysql': 'HEX'}[db._adapter.dbengine]    # MySQL's columns have one type each
    own, other = (
        db.executesql(
            'SELECT %s(sender), content, timestamp, %s(timestamp), is_read, ref FROM message WHERE id = %d' % (typeof, typeof, id))
        for id in (ours, theirs))
    assert own == other


def test_a_conversation_is_numbered_without_holes_and_is_the_same_for_both(db):
    sent = [sending.send(db, Draft(*who)).message for who in [(ANN, 'a', BOB), (BOB, 'b', ANN), (ANN, 'c', CID), (ANN, 'd', BOB)]]
    assert [message.number for message in sent] == [1, 2, 1, 3]
    assert sent[0].conversation == sent[1].conversation == sent[3].conversation != sent[2].conversation


def test_writing_to_oneself_works_and_is_read_at_once(db):
    sent = sending.send(db, Draft(ANN, 'note', ANN)).message
    assert db.message(sent.id).is_read
    assert reading.unread(db, ANN, sent.conversation) == 0
    assert db(db.participant.conversation == sent.conversation).count() == 1


@pytest.mark.parametrize('receiver', ['2', 2, 'bob@example.com', 'BOB@Example.com'])
def test_the_receiver_may_be_an_id_digits_or_an_address_in_any_case(db, receiver):
    assert sending.send(db, Draft(ANN, 'hi', receiver)).message.receiver_id == BOB


@pytest.mark.parametrize('receiver', [99, 0, -1, 2**31, 10**400, '99', '9' * 5000, '٣', '+2', '2.0', 'bob', 'bob@',
                                      '%', '', ' ', "' OR 1=1 --", 'bób@example.com', 'bob@example.com\u200b', '👍@example.com'])
def test_nobody_else_is_a_receiver(db, receiver):
    assert refusal(db, Draft(ANN, 'hi', receiver)) == 'no_such_user'
    assert db(db.message).isempty() and db(db.conversation).isempty()


@pytest.mark.parametrize('key', ['blocked', 'disabled', 'pending', 'deleted', 'a3f1'])
def test_who_is_blocked_can_neither_write_nor_be_written_to(db, key):
    db(db.auth_user.id == BOB).update(registration_key=key)
    assert refusal(db, Draft(BOB, 'hi', ANN)) == 'blocked'
    assert refusal(db, Draft(ANN, 'hi', BOB)) == 'no_such_user'


def test_a_conversation_one_takes_part_in_can_be_written_to_by_its_id(db):
    conversation = sending.send(db, Draft(ANN, 'hi', BOB)).message.conversation
    assert sending.send(db, Draft(BOB, 'hello', conversation=conversation)).message.receiver_id == ANN
    assert refusal(db, Draft(CID, 'me too', conversation=conversation)) == 'not_found'
    assert refusal(db, Draft(ANN, 'hi', conversation=conversation + 1)) == 'not_found'


def test_a_repeat_is_the_first_message_again_and_stores_nothing(db):
    first = sending.send(db, Draft(ANN, 'hi', BOB, ref='r'))
    again = sending.send(db, Draft(ANN, 'hi', BOB, ref='r'))
    assert again.message == first.message and again.repeated and not first.repeated
    assert db(db.message).count() == 1 and db.conversation(first.message.conversation).last_number == 1


def test_the_same_ref_with_another_text_or_receiver_is_a_conflict(db):
    first = sending.send(db, Draft(ANN, 'hi', BOB, ref='r')).message
    assert refusal(db, Draft(ANN, 'ho', BOB, ref='r')) == 'conflict'
    assert refusal(db, Draft(ANN, 'hi', CID, ref='r')) == 'conflict'
    assert db.message(first.id).content == 'hi' and db(db.message).count() == 1


def test_a_repeat_to_an_address_that_no_longer_counts_is_still_a_repeat(db):
    first = sending.send(db, Draft(ANN, 'hi', 'bob@example.com', ref='r'))
    db(db.auth_user.id == BOB).update(registration_key='blocked')
    assert sending.send(db, Draft(ANN, 'hi', 'bob@example.com', ref='r')).message.id == first.message.id
    assert refusal(db, Draft(ANN, 'ho', 'bob@example.com', ref='r')) == 'conflict'


def test_a_ref_belongs_to_its_sender(db):
    sending.send(db, Draft(ANN, 'hi', CID, ref='r'))
    assert not sending.send(db, Draft(BOB, 'ho', CID, ref='r')).repeated


def test_a_repeat_is_known_by_conversation_as_well_as_by_receiver(db):
    first = sending.send(db, Draft(ANN, 'hi', BOB, ref='r')).message
    assert sending.send(db, Draft(ANN, 'hi', conversation=first.conversation, ref='r')).message == first


def test_what_is_refused_in_a_batch_fails_alone(db):
    change = sending.send_all(db, [
        Draft(ANN, 'a', BOB, ref='1'), Draft(ANN, 'b', 99), Draft(BOB, 'c', ANN), Draft(ANN, 'a', BOB, ref='1'),
        Draft(ANN, 'x', BOB, ref='1'), Draft(CID, 'd', conversation=77), Draft(99, 'e', ANN), Draft(CID, 'f', ANN)])
    assert codes(change) == ['ok', 'no_such_user', 'ok', 'ok', 'conflict', 'not_found', 'blocked', 'ok']
    assert [message.content for message in change.events] == ['a', 'c', 'f']
    assert db(db.message).count() == 3
    assert change.result[3].message == change.result[0].message


def test_a_session_that_has_ended_while_its_draft_waited_sends_nothing_and_starts_nothing(db):
    sending.send(db, Draft(ANN, 'before', BOB, ref='1', generation=0))
    logout.record_others(db, ANN, 'another')
    logout.record_others(db, ANN, 'another')
    drafts = [Draft(ANN, 'before', BOB, ref='1', generation=0), Draft(ANN, 'x', CID, ref='2', generation=1),
              Draft(ANN, 'x', 99, generation=0), Draft(ANN, 'late', BOB, ref='3', generation=0),
              Draft(ANN, 'good', BOB, ref='3', generation=2),
              Draft(ANN, 'of a script', BOB), Draft(BOB, 'hi', ANN, generation=0)]
    assert codes(sending.send_all(db, drafts)) == ['no_session'] * 4 + ['ok'] * 3
    assert [row.content for row in db(db.message).select(orderby=db.message.id)] == ['before', 'good', 'of a script', 'hi']
    assert db(db.conversation).count() == 1
    assert refusal(db, Draft(ANN, 'x', BOB, generation=1)) == 'no_session'


def test_who_has_waited_for_long_is_asked_whether_that_session_was_logged_out_of_in_one_statement_for_all(db, statements):
    sending.send(db, Draft(ANN, 'before', BOB))
    logout.record(db, ANN, 'one')
    one, another = map(logout.session_hash, ('one', 'another'))
    at_once = [Draft(ANN, 'x', BOB, None, str(number), 0, one, time.monotonic() + 60) for number in range(3)]
    waited = [Draft(ANN, 'x', BOB, None, None, 0, session, time.monotonic() - 1) for session in (one, another, one)]
    results = []
    ran = [statements(lambda drafts=drafts: results.append(codes(sending.send_all(db, drafts)))) for drafts in (at_once, waited)]
    assert results == [['ok'] * 3, ['no_session', 'ok', 'no_session']]
    assert [sum("'logout'" in statement for statement in one) for one in ran] == [0, 1]


@pytest.mark.parametrize('table', ['preference', 'member'])
def test_the_generation_counts_wherever_it_is_left(db, table):
    logout.record_others(db, ANN, 'another')
    db(db[table].user_id == ANN).delete()
    db.commit()
    assert refusal(db, Draft(ANN, 'x', BOB, generation=0)) == 'no_session'
    assert not sending.send(db, Draft(ANN, 'x', BOB, generation=1)).repeated


def test_two_that_start_the_same_conversation_in_one_batch_share_it(db):
    change = sending.send_all(db, [Draft(ANN, 'a', BOB), Draft(BOB, 'b', ANN)])
    assert len({sent.message.conversation for sent in change.result}) == 1
    assert db(db.conversation).count() == 1 and db(db.participant).count() == 2


def test_a_batch_of_any_size_takes_the_same_few_statements(db, statements):
    sending.send(db, Draft(ANN, 'first', BOB))
    few = statements(lambda: sending.send_all(db, [Draft(ANN, str(n), BOB, ref='a%d' % n) for n in range(2)]))
    many = statements(lambda: sending.send_all(db, [Draft(ANN, str(n), BOB, ref='b%d' % n) for n in range(200)]))
    assert len(few) == len(many) <= 12


def test_the_first_statement_of_a_send_takes_the_lock(db, statements):
    assert statements(lambda: sending.send(db, Draft(ANN, 'hi', BOB)))[0].startswith('UPDATE messenger_feed')


def test_on_sqlite_a_transaction_is_a_writing_one_from_its_beginning(sqlite):
    seen = []
    sqlite._adapter.connection.set_trace_callback(seen.append)
    sending.send(sqlite, Draft(ANN, 'hi', BOB))
    assert seen[0] == 'BEGIN IMMEDIATE' and seen[1].startswith('UPDATE messenger_feed') and seen[-1] == 'COMMIT'


def test_the_change_says_which_part_of_the_feed_it_filled(db):
    sending.send(db, Draft(ANN, 'before', BOB))
    change = sending.send_all(db, [Draft(ANN, 'a', BOB), Draft(ANN, 'b', 99), Draft(ANN, 'c', BOB)])
    assert (change.since, change.upto) == (1, 4) == (1, sequence.state(db).head)
    assert [message.seq for message in change.events] == [2, 4]


def test_a_message_sent_earlier_is_found_by_its_ref(db):
    sent = sending.send(db, Draft(ANN, 'hi', BOB, ref='r')).message
    assert sending.find_sent(db, ANN, 'r') == sent
    assert sending.find_sent(db, BOB, 'r') is None and sending.find_sent(db, ANN, 'q') is None


@pytest.mark.parametrize('drafts', [[Draft(ANN, 'a', BOB, ref='1')], [Draft(ANN, 'a', 99)]], ids=['a repeat', 'a refusal'])
def test_a_batch_that_stores_nothing_is_not_taken_for_done_when_its_commit_gets_no_answer(site_on_postgresql, monkeypatch, drafts):
    db, writer = site_on_postgresql.db, site_on_postgresql.connect()
    sending.send(writer, Draft(ANN, 'a', BOB, ref='1'))
    commit = writer._adapter.commit

    def lose():
        if writer._adapter.connection.info.transaction_status == INTRANS:
            monkeypatch.undo()
            writer._adapter.connection.close()
            raise writer._adapter.driver.OperationalError('server closed the connection unexpectedly')
        commit()
    writer.commit()
    monkeypatch.setattr(writer._adapter, 'commit', lose)
    change = sending.send_all(writer, drafts)
    assert change.upto <= sequence.state(db).head, 'a stretch of the feed that nobody has would hide what comes next'
    db.commit()
    assert sending.send_all(writer, [Draft(ANN, 'b', BOB)]).events[0].seq > change.upto
    writer.close()
