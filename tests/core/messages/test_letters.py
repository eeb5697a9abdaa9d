"""The inbox: what was received, newest first, and what of it waits to be read."""
import itertools

import pytest
from cast import ANN, BOB, CID, DAN
from messenger_core.messages import letters, reading, sending
from messenger_core.messages.sending import Draft


def send(db, sender, receiver, *contents):
    """Send messages; return the conversation."""
    return [sending.send(db, Draft(sender, content, receiver)).message for content in contents][-1].conversation


def contents(page):
    return [letter.message.content for letter in page.letters]


def pages(ask, limit):
    """Return the contents of all pages, one list for each."""
    found, page = [], ask(before=None, limit=limit)
    while True:
        found.append(contents(page))
        if not page.more:
            return found
        page = ask(before=page.letters[-1].message.seq, limit=limit)


def test_what_was_received_comes_newest_first(db):
    send(db, ANN, BOB, 'one', 'two')
    send(db, BOB, ANN, 'sent')
    send(db, CID, BOB, 'three')
    send(db, ANN, CID, 'between others')
    assert contents(letters.received(db, BOB)) == ['three', 'two', 'one']
    assert pages(lambda **page: letters.received(db, BOB, **page), 2) == [['three', 'two'], ['one']]


def test_a_letter_is_unread_until_its_conversation_is_read_that_far(db):
    conversation = send(db, ANN, BOB, 'one', 'two', 'three')
    send(db, CID, BOB, 'four')
    reading.mark_read(db, BOB, conversation, 2)
    assert [letter.is_unread for letter in letters.received(db, BOB).letters] == [True, True, False, False]
    assert contents(letters.waiting(db, BOB)) == ['four', 'three']


def test_what_waits_is_paged_through_all_conversations_in_one_order(db):
    for number in range(12):
        send(db, (ANN, CID, DAN)[number % 3], BOB, str(number))
    send(db, BOB, ANN, 'own')
    expected = [str(number) for number in reversed(range(12))]
    for limit in (1, 2, 5, 12, 25):
        assert list(itertools.chain(*pages(lambda **page: letters.waiting(db, BOB, **page), limit))) == expected


def test_a_page_of_what_waits_can_be_of_one_conversation_alone(db):
    send(db, CID, BOB, 'first')
    send(db, ANN, BOB, *map(str, range(10)))
    assert pages(lambda **page: letters.waiting(db, BOB, **page), 4) == [
        ['9', '8', '7', '6'], ['5', '4', '3', '2'], ['1', '0', 'first']]


def test_nothing_of_ones_own_and_nothing_read_waits(db):
    conversation = send(db, ANN, BOB, 'read')
    reading.mark_read(db, BOB, conversation, 1)
    send(db, BOB, ANN, 'own', 'own')
    send(db, BOB, BOB, 'a note to oneself')
    assert contents(letters.waiting(db, BOB)) == []
    assert [letter.waits for letter in letters.received(db, BOB).letters] == [False, False]


@pytest.mark.parametrize('answered', [False, True])
def test_of_a_conversation_marked_as_unread_the_newest_letter_waits(db, answered):
    conversation = send(db, ANN, BOB, 'one', 'two')
    reading.mark_read(db, BOB, conversation, 2)
    if answered:
        send(db, BOB, ANN, 'own')
    send(db, CID, BOB, 'newer')
    reading.mark_unread(db, BOB, conversation)
    assert contents(letters.waiting(db, BOB)) == ['newer', 'two']
    assert [(letter.is_unread, letter.is_marked) for letter in letters.received(db, BOB).letters] == [
        (True, False), (False, True), (False, False)]
    assert pages(lambda **page: letters.waiting(db, BOB, **page), 1) == [['newer'], ['two']]
    reading.mark_read(db, BOB, conversation, 2)
    assert contents(letters.waiting(db, BOB)) == ['newer']


def test_a_mark_on_a_conversation_with_unread_letters_adds_none(db):
    conversation = send(db, ANN, BOB, 'one', 'two')
    reading.mark_read(db, BOB, conversation, 1)
    reading.mark_unread(db, BOB, conversation)
    assert contents(letters.waiting(db, BOB)) == ['two']
    assert [(letter.is_unread, letter.is_marked) for letter in letters.received(db, BOB).letters] == [(True, False), (False, False)]


def test_a_marked_conversation_without_a_letter_shows_none(db):
    conversation = send(db, BOB, ANN, 'own')
    reading.mark_unread(db, BOB, conversation)
    assert contents(letters.waiting(db, BOB)) == []


def test_what_was_left_is_still_there_and_waits_no_more(db):
    conversation = send(db, ANN, BOB, 'one')
    db(db.participant.user_id == BOB).update(left_number=1)
    assert conversation and contents(letters.waiting(db, BOB)) == []
    assert [letter.waits for letter in letters.received(db, BOB).letters] == [False]


def test_messages_of_a_former_member_stay_without_a_name(db):
    send(db, ANN, BOB, 'x')
    db(db.auth_user.id == ANN).update(registration_key='deleted')
    for page in (letters.received(db, BOB), letters.waiting(db, BOB)):
        assert [(letter.message.sender, letter.message.sender_id) for letter in page.letters] == [('', None)]


def test_it_takes_the_same_number_of_statements_however_much_there_is(db, statements):
    def count():
        return [len(statements(lambda ask=ask: ask(db, BOB))) for ask in (letters.received, letters.waiting)]
    send(db, ANN, BOB, 'x')
    before = count()
    sending.send_all(db, [Draft((ANN, CID, DAN)[number % 3], 'x', BOB) for number in range(100)])
    reading.mark_unread(db, BOB, send(db, CID, BOB, 'y'))
    assert count() == before and max(before) <= 5
