"""Marks of many members in one transaction: what they come to is what it would be one after the other."""
import random

import pytest
from cast import ANN, BOB, CID, DAN
from messenger_core.errors import Refused
from messenger_core.feed import events, sequence
from messenger_core.members import preferences
from messenger_core.messages import conversation_list, marking, sending
from messenger_core.messages.marking import MUTE, READ, UNREAD, Mark
from messenger_core.messages.sending import Draft
from plenty import statements_of

PAIRS = ((ANN, BOB), (ANN, CID), (BOB, CID), (DAN, DAN))


@pytest.fixture
def db(db):
    """Four conversations, 1 to 4, of 6 messages each."""
    return talk(db)


def talk(db, count=6):
    for number in range(count):
        for pair in PAIRS:
            sender, receiver = pair[::1 if number % 3 else -1]
            sending.send(db, Draft(sender, 'x', receiver))
    return db


def at_random(seed, count):
    chance = random.Random(seed)
    for _ in range(count):
        kind = chance.choice((READ, READ, UNREAD, MUTE))
        value = {READ: chance.randrange(9), MUTE: chance.random() < 0.5}.get(kind)
        yield Mark(kind, chance.choice((ANN, BOB, CID, DAN)), chance.choice((1, 2, 3, 4, 99)), value)


def standing(db):
    fields = ('user_id', 'conversation', 'read_number', 'receipt_number', 'delivered_number', 'sent_count', 'sent_at_read', 'marked_unread',
              'muted_until')
    places = db(db.participant).select(orderby=db.participant.id)
    read = [bool(row.is_read) for row in db(db.message).select(orderby=db.message.number | db.message.conversation)]
    return [[place[name] for name in fields] for place in places], read, [
        [(row.conversation, row.unread, row.marked_unread, row.muted) for row in conversation_list.list_for(db, user_id).conversations]
        for user_id in (ANN, BOB, CID, DAN)]


def known(seen):
    """Return what clients know after a list of events."""
    known = {}
    for event in seen:
        if isinstance(event, events.Read):
            known['read', event.user_id, event.conversation] = event.number
            known['unread', event.user_id, event.conversation] = False
        else:
            name = 'unread' if isinstance(event, events.Marked) else 'mute'
            known[name, event.user_id, event.conversation] = event[-1]
    return {key: value for key, value in known.items() if value}


@pytest.mark.parametrize('seed', range(6))
def test_together_they_come_to_what_they_come_to_one_after_the_other(db, site_on_sqlite, seed):
    preferences.keep(db, BOB, preferences.Preferences(gives_receipts=False))
    preferences.keep(site_on_sqlite.db, BOB, preferences.Preferences(gives_receipts=False))
    talk(site_on_sqlite.db)
    marks, told, together = list(at_random(seed, 60)), [], []
    for start in range(0, 60, 20):
        for one in marks[start:start + 20]:
            try:
                told += marking.mark(site_on_sqlite.db, *one).events
            except Refused as refused:
                assert (refused.code, one.conversation in (1, 2, 3, 4)) in (('not_found', False), ('not_found', True))
        change = marking.mark_all(db, marks[start:start + 20])
        assert [event.seq for event in change.events] == sorted({event.seq for event in change.events})
        assert not change.events or change.since < change.events[0].seq <= change.events[-1].seq <= change.upto == sequence.state(db).head
        together += change.events
        assert known(told) == known(together)
    assert standing(db) == standing(site_on_sqlite.db)


def test_each_has_its_own_result_and_one_that_is_refused_takes_none_along(db):
    change = marking.mark_all(db, [
        Mark(READ, BOB, 1, 2), Mark(READ, DAN, 1, 2), Mark(READ, BOB, 1, 99), Mark(READ, BOB, 1, 1), Mark(MUTE, ANN, 77, True),
        Mark(MUTE, ANN, 2, True), Mark(UNREAD, ANN, 2)])
    assert [result.code if isinstance(result, Refused) else result for result in change.result] == [
        2, 'not_found', 6, None, 'not_found', None, None]
    assert [(type(event), event.conversation) for event in change.events] == [
        (events.Read, 1), (events.Marked, 2), (events.Muted, 2)]


def test_any_number_takes_the_same_few_statements_and_what_is_repeated_one_event(db):
    few = statements_of(db, lambda: marking.mark_all(db, [Mark(READ, BOB, 1, 1), Mark(MUTE, ANN, 1, True), Mark(UNREAD, CID, 2)]))
    marks = [Mark(READ, BOB, one, 1 + number % 6) for number in range(20) for one in (1, 3)]
    marks += [Mark(MUTE, user_id, one, bool(number % 2)) for number in range(40) for user_id, one in ((ANN, 2), (CID, 3))]
    marks += [Mark(UNREAD, CID, 3)] * 20
    many = statements_of(db, lambda: marking.mark_all(db, marks))
    assert len(many) <= len(few) + 1 <= 18
    assert len(marking.mark_all(db, [Mark(MUTE, ANN, 1, bool(number % 2)) for number in range(99)]).events) == 1


def test_what_changes_nothing_writes_nothing(db):
    marks = [Mark(READ, BOB, 1, 6), Mark(MUTE, ANN, 2, True), Mark(UNREAD, ANN, 2)]
    marking.mark_all(db, marks)
    head = sequence.state(db).head
    change = marking.mark_all(db, [*marks, Mark(READ, BOB, 1, 3), Mark(READ, DAN, 1, 3)])
    assert (change.events, change.upto, sequence.state(db).head) == ([], None, head)
    assert len(statements_of(db, lambda: marking.mark_all(db, marks * 50))) == 1


@pytest.mark.parametrize('held', ['messenger_participant', 'messenger_conversation'])
def test_on_postgresql_a_place_that_somebody_holds_is_busy_and_its_neighbours_are_not(site_on_postgresql, held):
    db, other = site_on_postgresql.db, site_on_postgresql.connect()
    talk(db, 1)
    other.executesql('SELECT * FROM %s WHERE id = %d FOR UPDATE' % (held, db.participant(
        conversation=1, user_id=BOB).id if held == 'messenger_participant' else 1))
    change = marking.mark_all(db, [Mark(READ, BOB, 1, 1), Mark(MUTE, BOB, 1, True), Mark(READ, CID, 2, 1), Mark(MUTE, CID, 3, True)])
    assert [getattr(result, 'code', result) for result in change.result] == ['busy', 'busy', 1, None] and len(change.events) == 2
    other.rollback()
    other.close()
