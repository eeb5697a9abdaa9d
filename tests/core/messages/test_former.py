"""Members whose account somebody deletes by SQL: it is noticed, and nothing of them is found by their number any more."""
import pytest
from cast import ANN, BOB, CID, DAN
from messenger_core.adoption import adoption, aside
from messenger_core.ends import logout
from messenger_core.errors import Refused
from messenger_core.feed import events, pages, seal
from messenger_core.members import directory, preferences
from messenger_core.messages import conversation_list, delivery, former, letters, reading, sending
from messenger_core.messages.sending import Draft
from messenger_core.search import hits


@pytest.fixture
def gone(db):
    """Bob, who has written with Ann and Cid and himself, is deleted and noticed; returns his conversation with Ann."""
    conversation = send(db, BOB, ANN, 'one').conversation
    for sender, receiver, content in ((ANN, BOB, 'two'), (BOB, ANN, 'three'), (CID, BOB, 'secret'), (BOB, BOB, 'note'), (CID, ANN, 'four')):
        send(db, sender, receiver, content)
    reading.mark_read(db, ANN, conversation, 1)
    preferences.keep(db, BOB, preferences.Preferences(False, False))
    delete(db, BOB)
    while former.notice(db):
        pass
    return conversation


def send(db, sender, receiver, content):
    return sending.send(db, Draft(sender, content, receiver)).message


def delete(db, user_id):
    """As a site does that knows nothing of us."""
    db.executesql('DELETE FROM auth_user WHERE id = %d' % user_id)
    db.commit()


def anew(db, user_id):
    """Give the number to somebody else, as some databases do."""
    db.executesql("INSERT INTO auth_user (id, first_name, last_name, registration_key) VALUES (%d, 'New', 'One', '')" % user_id)
    db.commit()


def test_what_they_wrote_stays_with_the_others_and_has_no_name(db, gone):
    messages = reading.history(db, ANN, gone).messages
    assert [(one.number, one.content, one.sender_id, one.receiver_id, one.sender) for one in messages] == [
        (1, 'one', None, ANN, ''), (2, 'two', ANN, None, 'Ann Lee'), (3, 'three', None, ANN, '')]
    assert db(db.message.content == 'note').isempty(), 'what they wrote to themselves is nobody\'s'


def test_their_place_in_the_list_has_no_number(db, gone):
    rows = {row.last.content: row for row in conversation_list.list_for(db, ANN).conversations}
    assert (rows['three'].user_id, rows['three'].name, rows['three'].unread, rows['three'].conversation) == (None, '', 1, gone)
    assert rows['four'].user_id == CID


def test_unread_letters_of_theirs_wait_and_can_be_read(db, gone):
    assert [letter.message.content for letter in letters.waiting(db, ANN).letters] == ['four', 'three']
    reading.mark_read(db, ANN, gone, 3)
    assert [letter.message.content for letter in letters.waiting(db, ANN).letters] == ['four']
    assert delivery.theirs(db, ANN, gone).read_number == 0


def test_a_sync_and_a_search_tell_the_same_to_the_others(db, gone):
    told = [event for event in pages.since_for(db, ANN, 0).events if isinstance(event, events.Message)]
    assert [event.content for event in told] == ['one', 'two', 'three', 'four']
    assert [(hit.with_id, hit.with_name) for hit in hits.find(db, ANN, 'three').hits] == [(None, '')]
    assert [hit.message.content for hit in hits.find(db, ANN, 'two').hits] == ['two']


@pytest.mark.parametrize('way', ['receiver', 'conversation'])
def test_they_cannot_be_written_to(db, gone, way):
    with pytest.raises(Refused, match='no_such_user'):
        sending.send(db, Draft(ANN, 'x', **{way: BOB if way == 'receiver' else gone}))


def test_whoever_gets_their_number_inherits_nothing(db, gone):
    anew(db, BOB)
    assert conversation_list.list_for(db, BOB).conversations == [] and pages.since_for(db, BOB, 0).events == []
    assert letters.received(db, BOB).letters == [] and hits.find(db, BOB, 'secret').hits == []
    assert preferences.of(db, BOB) == preferences.Preferences()
    assert [id for id, _ in directory.choices(db, BOB)] == [ANN, CID, 4]
    sent = send(db, BOB, ANN, 'hello')
    assert (sent.number, sent.conversation != gone) == (1, True)
    assert not former.notice(db) and [one.content for one in reading.history(db, BOB, sent.conversation).messages] == ['hello']


def test_nothing_that_is_left_has_a_seal_that_does_not_fit(db, gone):
    assert not seal.has_noted(db) and adoption.adopt(db) == 0
    assert all(row.sender != BOB and row.receiver != BOB for row in db(db.message).select())


def test_many_messages_are_done_in_pieces_even_if_the_number_is_given_away_meanwhile(db, monkeypatch):
    monkeypatch.setattr(former, 'CHUNK', 3)
    sending.send_all(db, [Draft(*pair) for number in range(4) for pair in ((BOB, str(number), ANN), (CID, str(number), BOB))])
    delete(db, BOB)
    assert former.notice(db)
    anew(db, BOB)
    new = send(db, BOB, ANN, 'new')
    while former.notice(db):
        pass
    assert db((db.message.sender == BOB) | (db.message.receiver == BOB)).count() == 1
    assert reading.history(db, ANN, new.conversation).messages[0].sender == 'New One'


def test_while_all_are_there_it_takes_five_statements(db, statements):
    send(db, ANN, BOB, 'hi')
    former.notice(db)
    assert len(statements(lambda: former.notice(db))) == 5 and not former.notice(db)


def test_of_many_members_it_looks_at_some_at_a_time_and_comes_to_all(db, monkeypatch):
    for number in range(30):
        db.auth_user.insert(first_name='M%d' % number, registration_key='')
    while former.notice(db):
        pass
    monkeypatch.setattr(former, 'LOOKED_AT', 10)
    for id in (4, 15, 34):
        delete(db, id)
    anew(db, 99)
    looks = 1
    while former.notice(db):
        looks += 1
    found = {row.user_id: row.gone_at is not None for row in db(db.member).select()}
    assert looks == 4 and sorted(id for id in found if found[id]) == [4, 15, 34] and found[99] is False


def test_a_row_of_theirs_that_somebody_has_edited_is_set_aside_and_ends_the_work(db):
    message = send(db, BOB, ANN, 'hi')
    db.executesql('UPDATE message SET number = 7 WHERE id = %d' % message.id)
    delete(db, BOB)
    while former.notice(db):
        pass
    while adoption.adopt(db):
        pass
    assert aside.listed(db) == [(message.id, 'it has no sender')] and not former.notice(db)


def test_most_members_do_not_go_at_once(db):
    """As when a site fills the table of its members anew: what is taken from them could not be given back."""
    for number in range(30):
        db.auth_user.insert(first_name='M%d' % number, registration_key='')
    sending.send_all(db, [Draft(ANN, 'hi', receiver) for receiver in range(5, 35)])
    kept = db.executesql('SELECT id, first_name FROM auth_user')
    db.executesql('DELETE FROM auth_user')
    db.commit()
    with pytest.raises(former.TooManyGone):
        former.notice(db)
    for row in kept:
        db.executesql("INSERT INTO auth_user (id, first_name, registration_key) VALUES (%d, '%s', '')" % tuple(row))
    db.commit()
    assert not former.notice(db) and len(conversation_list.list_for(db, ANN).conversations) == 30
    assert not former._doubted, 'a doubt that is over is none the next time'
    db.executesql('DELETE FROM auth_user WHERE id > 20')
    db.commit()
    while former.notice(db):
        pass
    assert [row.user_id for row in conversation_list.list_for(db, ANN).conversations] == [None] * 14 + list(range(20, 4, -1))


@pytest.mark.parametrize('way', ['sender', 'receiver'])
def test_what_has_no_place_yet_does_not_wait_for_whoever_gets_the_number(db, way):
    send(db, BOB, ANN, 'hi')
    db.executesql("INSERT INTO message (%s, %s, content) VALUES (2, %d, 'secret')" % (
        *(('sender', 'receiver') if way == 'sender' else ('receiver', 'sender')), 99 if way == 'sender' else ANN))
    db.executesql('DELETE FROM auth_user WHERE id = 2')
    db.commit()
    former.notice(db)
    adoption.adopt(db)
    anew(db, BOB)
    db.executesql("INSERT INTO auth_user (id, first_name, registration_key) VALUES (99, 'Late', '')")
    db.commit()
    aside.look_again(db)
    while adoption.adopt(db):
        pass
    assert letters.received(db, BOB).letters == [] and letters.received(db, 99).letters == []


def test_most_members_may_go_if_they_stay_away(db, monkeypatch):
    for number in range(30):
        db.auth_user.insert(first_name='M%d' % number, registration_key='')
    sending.send_all(db, [Draft(ANN, 'hi', receiver) for receiver in range(5, 35)])
    db.executesql('DELETE FROM auth_user WHERE id > 8')
    db.commit()
    with pytest.raises(former.TooManyGone):
        former.notice(db)
    monkeypatch.setattr(former, 'DOUBT_SECONDS', 0)
    while former.notice(db):
        pass
    assert sum(row.user_id is None for row in conversation_list.list_for(db, ANN).conversations) == 26


def test_what_was_readdressed_to_them_and_read_by_nobody_does_not_wait_for_whoever_gets_the_number(db):
    send(db, BOB, ANN, 'hi')
    message = send(db, CID, ANN, 'secret')
    db.executesql('UPDATE message SET receiver = 2 WHERE id = %d' % message.id)
    delete(db, BOB)
    while former.notice(db):
        pass
    anew(db, BOB)
    for _ in range(2):
        assert pages.since_for(db, BOB, 0).events == []
        while adoption.adopt(db):
            pass


def test_a_session_of_theirs_is_not_that_of_whoever_gets_the_number(db, gone):
    assert [event for event in events.read(db, 0, 10_000, 100) if isinstance(event, events.Logout)][-1].generation == 1
    anew(db, BOB)
    assert directory.standing(db, BOB).session_generation == 1
    former.notice(db)
    delete(db, BOB)
    former.notice(db)
    anew(db, BOB)
    assert directory.standing(db, BOB).session_generation == 2 and preferences.of(db, BOB) == preferences.Preferences()


def test_everybody_who_has_an_account_is_known_and_each_change_is_noted_once(db):
    def members():
        return {row.user_id: (row.gone_at is not None, row.is_cleared) for row in db(db.member).select()}
    former.notice(db)
    assert members() == dict.fromkeys((ANN, BOB, CID, 4), (False, False))
    delete(db, CID)
    former.notice(db)
    assert members()[CID] == (True, True)
    anew(db, CID)
    former.notice(db)
    assert members()[CID] == (False, False) and len(db(db.event).select()) == 1


@pytest.mark.parametrize('way', ['sender', 'receiver'])
@pytest.mark.parametrize('is_known', [True, False], ids=['with a conversation', 'with none'])
def test_what_is_written_to_a_number_after_they_left_does_not_wait_for_whoever_gets_it(db, way, is_known):
    if is_known:
        send(db, BOB, ANN, 'hi')
    former.notice(db)
    delete(db, BOB)
    while former.notice(db):
        pass
    ends = ('sender', 'receiver') if way == 'sender' else ('receiver', 'sender')
    db.executesql("INSERT INTO message (%s, %s, content) VALUES (2, 1, 'secret')" % ends)
    db.commit()
    while adoption.adopt(db):
        pass
    assert [reason for _, reason in aside.listed(db)] == ['its %s has left' % way]
    anew(db, BOB)
    look_and_adopt(db)
    assert pages.since_for(db, BOB, 0).events == [] and pages.since_for(db, ANN, 0).events[int(is_known):] == []
    db.executesql("INSERT INTO message (%s, %s, content) VALUES (2, 1, 'to the new one')" % ends)
    db.commit()
    look_and_adopt(db)
    assert [one.content for one in pages.since_for(db, BOB, 0).events] == ['to the new one']


def look_and_adopt(db):
    former.notice(db)
    aside.look_again(db)
    while adoption.adopt(db):
        pass


@pytest.mark.parametrize('held', [1, 3])
def test_what_nobody_lets_be_changed_keeps_nothing_else_and_is_not_found_by_whoever_gets_the_number(sqlite, held):
    """As a site may that has to keep what was written."""
    db = sqlite
    sent = [send(db, DAN, ANN, 'one'), send(db, CID, BOB, 'two'), send(db, ANN, DAN, 'three'), send(db, BOB, DAN, 'four')]
    db.executesql("CREATE TRIGGER t BEFORE UPDATE ON message WHEN OLD.id <= %d AND OLD.sender IN (1, 4) "
                  "BEGIN SELECT RAISE(ABORT, 'kept'); END" % held)
    delete(db, CID), delete(db, DAN)
    for _ in range(2):
        with pytest.raises(db._adapter.driver.Error):
            while former.notice(db):
                pass
    for user_id in (CID, DAN):
        anew(db, user_id)
        assert conversation_list.list_for(db, user_id).conversations == [] and pages.since_for(db, user_id, 0).events == []
        assert letters.received(db, user_id).letters == [] and hits.find(db, user_id, 'one').hits == []
    assert [one.content for one in reading.history(db, ANN, sent[0].conversation).messages] == ['one', 'three']
    assert db.message(sent[1].id).sender is db.message(sent[3].id).receiver is None
    db.executesql('DROP TRIGGER t')
    while former.notice(db):
        pass
    assert db((db.message.sender == DAN) | (db.message.receiver == DAN)).isempty()
    assert send(db, DAN, ANN, 'new').number == 1


@pytest.mark.parametrize('also', [(), ('participant',), ('participant', 'preference')])
def test_whoever_tidies_up_after_them_leaves_nothing_to_whoever_gets_the_number(db, also):
    send(db, BOB, ANN, 'one'), send(db, ANN, BOB, 'secret'), send(db, CID, ANN, 'two')
    db.executesql("INSERT INTO message (sender, receiver, content) VALUES (1, 99, 'to come')")
    db.commit()
    adoption.adopt(db), former.notice(db)
    for table in ('member', *also):
        db(db[table].user_id == BOB).delete()
    delete(db, BOB)
    while former.notice(db):
        pass
    former.notice(db)
    anew(db, BOB), anew(db, 99)
    look_and_adopt(db)
    assert pages.since_for(db, BOB, 0).events == [] and conversation_list.list_for(db, BOB).conversations == []
    assert letters.received(db, BOB).letters == [] and directory.standing(db, BOB).session_generation == 1
    assert [one.content for one in pages.since_for(db, 99, 0).events] == ['to come']
    assert [row.user_id for row in conversation_list.list_for(db, ANN).conversations] == [99, CID, None]
    send(db, BOB, ANN, 'new')
    assert [one.content for one in pages.since_for(db, BOB, 0).events] == ['new']


def test_members_whose_rows_somebody_has_taken_away_stay_who_they_are(db):
    sent = send(db, BOB, ANN, 'one')
    former.notice(db)
    db(db.member.id > 0).delete()
    db.commit()
    while former.notice(db):
        pass
    former.notice(db)
    assert db(db.member.gone_at == None).count() == 4 and db(db.member).count() == 4  # noqa: E711
    assert reading.history(db, BOB, sent.conversation).messages == [sent]


@pytest.mark.parametrize('when', ['before it is noticed', 'afterwards'])
def test_what_the_site_itself_takes_them_off_stays_with_the_others(db, when):
    """As a constraint of the site's with ON DELETE SET NULL does."""
    sent = [send(db, BOB, ANN, 'one'), send(db, ANN, BOB, 'two')]
    former.notice(db)
    db.executesql('UPDATE message SET sender = NULL WHERE sender = 2')
    db.executesql('UPDATE message SET receiver = NULL WHERE receiver = 2')
    db.commit()
    if when == 'before it is noticed':
        reading.history(db, ANN, sent[0].conversation), adoption.adopt(db)
    delete(db, BOB)
    former.notice(db)
    for _ in range(2):
        found = reading.history(db, ANN, sent[0].conversation).messages
        adoption.adopt(db)
    assert [(one.content, one.number, one.sender_id, one.receiver_id) for one in found] == [('one', 1, None, ANN), ('two', 2, ANN, None)]
    assert aside.count(db) == 0


NOW = "'2026-11-26 10:00:00'"
CHANGES = [
    "UPDATE messenger_member SET is_cleared = 'T' WHERE user_id = 2", 'UPDATE messenger_member SET is_cleared = NULL WHERE user_id = 2',
    "UPDATE messenger_member SET gone_at = %s, is_cleared = 'T' WHERE user_id = 2" % NOW,
    'UPDATE messenger_member SET gone_at = %s WHERE user_id = 2' % NOW, 'DELETE FROM messenger_member WHERE user_id = 2',
    'DELETE FROM messenger_member WHERE user_id > 1', 'DELETE FROM messenger_member', 'UPDATE messenger_conversation SET kind = NULL',
    'DELETE FROM messenger_preference']


@pytest.mark.parametrize('change', CHANGES)
def test_whatever_stands_in_what_is_noted_the_number_of_who_is_gone_finds_nothing(db, change):
    conversation = send(db, BOB, ANN, 'one').conversation
    send(db, ANN, BOB, 'secret'), former.notice(db)
    db.executesql(change)
    delete(db, BOB)
    look_and_adopt(db), look_and_adopt(db)
    anew(db, BOB)
    look_and_adopt(db)
    assert pages.since_for(db, BOB, 0).events == [] and conversation_list.list_for(db, BOB).conversations == []
    assert [one.content for one in reading.history(db, ANN, conversation).messages] == ['one', 'secret']
    assert directory.standing(db, BOB).session_generation == 1 and aside.count(db) == 0
    assert send(db, BOB, ANN, 'new').conversation != conversation


@pytest.mark.parametrize('change', CHANGES)
def test_whatever_stands_there_nothing_is_taken_from_who_is_here(db, change):
    sent = [send(db, BOB, ANN, 'one'), send(db, ANN, BOB, 'two'), send(db, CID, BOB, 'three')]
    former.notice(db), delete(db, CID), former.notice(db)
    db.executesql("INSERT INTO message (sender, receiver, content) VALUES (1, 2, 'waits')")
    db.executesql(change)
    db.commit()
    look_and_adopt(db), look_and_adopt(db), look_and_adopt(db)
    for user_id in (ANN, BOB):
        found = reading.history(db, user_id, sent[0].conversation).messages
        assert [(one.content, one.sender_id, one.receiver_id) for one in found] == [('one', 2, 1), ('two', 1, 2), ('waits', 1, 2)]
    assert [one.content for one in reading.history(db, BOB, sent[2].conversation).messages] == ['three']
    assert db(db.member.gone_at == None).count() == 3 and aside.count(db) == 0  # noqa: E711


@pytest.mark.parametrize('table', ['messenger_preference', 'messenger_member'])
def test_a_session_that_was_ended_stays_ended_though_somebody_tidies_up(db, table):
    former.notice(db)
    now = logout.record_others(db, BOB, 'this')
    db.executesql('DELETE FROM %s WHERE user_id = 2' % table)
    db.commit()
    former.notice(db)
    assert directory.standing(db, BOB).session_generation == now == 1 and logout.record_others(db, BOB, 'this') == 2


def test_rows_of_members_who_never_were_keep_nobody_s_departure(db):
    send(db, BOB, ANN, 'one'), former.notice(db)
    for number in range(100, 120):
        db.member.insert(user_id=number)
    delete(db, BOB)
    while former.notice(db):
        pass
    assert [row.user_id for row in conversation_list.list_for(db, ANN).conversations] == [None]


def test_whoever_is_gone_takes_no_conversation_of_others_along(db):
    """In which somebody has given them a place, or put a message of theirs."""
    others = [send(db, BOB, ANN, 'one').conversation, send(db, ANN, CID, 'two').conversation]
    send(db, DAN, ANN, 'three'), former.notice(db)
    db.participant.insert(conversation=others[0], user_id=DAN, joined_number=0)
    db.executesql("INSERT INTO message (sender, receiver, content, conversation, number, seq, seal) "
                  "VALUES (4, 1, 'x', %d, 9, 9, 'x')" % others[1])
    delete(db, DAN)
    look_and_adopt(db), look_and_adopt(db)
    assert [row.user_id for row in conversation_list.list_for(db, ANN).conversations] == [None, CID, BOB]
    assert [send(db, one, ANN, 'next').conversation for one in (BOB, CID)] == others
