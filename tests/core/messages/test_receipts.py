"""Receipts: who gives none is told nothing less, but nobody learns what they have read."""
import pytest
from cast import ANN, BOB
from messenger_core.feed import events, pages, sequence
from messenger_core.members import preferences
from messenger_core.members.preferences import Preferences
from messenger_core.messages import conversation_list, delivery, letters, reading, sending
from messenger_core.messages.delivery import Theirs
from messenger_core.messages.sending import Draft


@pytest.fixture
def conversation(db):
    """Three messages from Ann to Bob, who gives no receipts; the first he has read before."""
    sent = sending.send_all(db, [Draft(ANN, 'x', BOB)] * 3).result[0].message
    reading.mark_read(db, BOB, sent.conversation, 1)
    preferences.keep(db, BOB, Preferences(gives_receipts=False))
    return sent.conversation


def listed(db, user_id):
    return conversation_list.list_for(db, user_id).conversations[0]


def test_who_has_chosen_nothing_gives_receipts(db):
    assert preferences.of(db, ANN) == Preferences(gives_receipts=True)


def test_a_choice_is_kept_until_the_next_one(db):
    for choice in (False, False, True):
        preferences.keep(db, ANN, Preferences(gives_receipts=choice))
        assert preferences.of(db, ANN).gives_receipts is choice
    assert db(db.preference).count() == 1
    assert preferences.of(db, BOB).gives_receipts


def test_what_is_read_without_a_receipt_is_an_event_for_the_reader_alone(db, conversation):
    before = sequence.state(db).head
    change = reading.mark_read(db, BOB, conversation, 3)
    assert change.events == [events.Read(change.upto, conversation, BOB, 3, frozenset({BOB}), frozenset({ANN}))]
    assert pages.since_for(db, BOB, before).events == change.events
    assert pages.since_for(db, ANN, before).events == []


def test_the_reader_has_read_it_and_the_writer_sees_that_it_has_arrived(db, conversation):
    reading.mark_read(db, BOB, conversation, 3)
    assert (listed(db, BOB).unread, listed(db, BOB).read_number) == (0, 3)
    assert [letter.message.is_read for letter in letters.received(db, BOB).letters] == [True] * 3
    assert (listed(db, ANN).their_read_number, listed(db, ANN).their_delivered_number) == (1, 3)
    assert delivery.theirs(db, ANN, conversation) == Theirs(1, 3)


def test_a_delivery_is_still_told(db, conversation):
    told = delivery.record(db, {(BOB, conversation): 2})
    assert [(one.number, one.audience) for one in told] == [(2, {ANN})]
    reading.mark_read(db, BOB, conversation, 3)
    assert delivery.record(db, {(BOB, conversation): 3}) == []


def test_receipts_given_again_begin_with_the_next_reading(db, conversation):
    reading.mark_read(db, BOB, conversation, 2)
    preferences.keep(db, BOB, Preferences())
    assert delivery.theirs(db, ANN, conversation).read_number == 1
    reading.mark_read(db, BOB, conversation, 3)
    assert delivery.theirs(db, ANN, conversation) == Theirs(3, 3)
    assert [event.number for event in pages.since_for(db, ANN, 0).events if isinstance(event, events.Read)] == [1, 3]
