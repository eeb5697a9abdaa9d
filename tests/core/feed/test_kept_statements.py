"""Statements that are asked at each wake-up and whose text is kept find what pydal finds by the same query, on each database."""
import itertools
import random

import plenty
from messenger_core.adoption import adoption, foreign
from messenger_core.database import bound, written
from messenger_core.database.sql import rows
from messenger_core.ends import logout
from messenger_core.feed import events, sequence
from messenger_core.members import directory
from messenger_core.messages import conversation_list, delivery, letters, noticing, reading, sending
from messenger_core.messages.sending import Draft

ANN, BOB, CID = 1, 2, 3
WINDOWS = 60


def by_pydal(db, after, upto, limit):
    """Return what events.read() is to return."""
    written = events.messages(db, events.between(db.message, after, upto), orderby=db.message.seq, limitby=(0, limit))
    return events.merge(written, events.happened(db, events.between(db.event, after, upto), limit), limit)


def test_windows_of_the_feed(db):
    chance = random.Random(13)
    for number, (sender, receiver) in enumerate(2 * list(itertools.permutations((ANN, BOB, CID), 2))):
        sending.send(db, Draft(sender, "?%%s's %d" % number, receiver, ref='r%d' % number if number % 2 else None))
    conversation = sending.send(db, Draft(ANN, 'last', BOB)).message.conversation
    for change in (lambda: reading.mark_read(db, BOB, conversation, 3), lambda: reading.mark_unread(db, ANN, conversation),
                   lambda: noticing.mute(db, BOB, conversation, True), lambda: logout.record(db, CID, 'session'),
                   lambda: logout.record_others(db, BOB, 'session')):
        change()
    # Somebody has spoilt one: it is left out, and the page is as long as without it.
    db(db.message.seq == 3).update(seal='spoilt')
    db.commit()
    head, kinds = sequence.state(db).head, set()
    for _ in range(WINDOWS):
        after, limit = chance.randint(-1, head + 1), chance.choice([1, 2, 3, 50])
        upto = chance.randint(after, head + 2)
        found = events.read(db, after, upto, limit)
        assert found == by_pydal(db, after, upto, limit)
        kinds |= {type(event).__name__ for event in found}
    assert kinds == {'Message', 'Read', 'Marked', 'Muted', 'Logout'}
    assert (3 not in {event.seq for event in events.read(db, 0, head, 100)}) and len(events.read(db, 1, head, 2)) == 2


def test_where_the_feed_is(db):
    sending.send(db, Draft(ANN, 'hi', BOB))
    for _ in range(2):
        feed = db.feed
        assert sequence.state(db) == rows(db, feed.id == 1, feed.head, feed.floor, feed.epoch)[0]
        sending.send(db, Draft(ANN, 'again', BOB))


def test_rows_that_wait_for_adoption(db):
    assert foreign.first(db, adoption.waiting, 10) == []
    for id in (-7, 5_000, 6_000, 7_000):
        db.executesql("INSERT INTO message (id, sender, receiver, content, timestamp, is_read) "
                      "VALUES (%d, 1, 2, 'a ? ''s', '2026-01-02 03:04:05', 'F')" % id)
    db.commit()
    for limit in (1, 2, 4, 10):
        found = foreign.first(db, adoption.waiting, limit)
        assert found == foreign.read(db, adoption.waiting(db), limit) and [raw.id for raw in found] == [-7, 5_000, 6_000, 7_000][:limit]


def test_no_number_that_stands_for_another_is_left_in_a_text(db):
    sending.send(db, Draft(ANN, 'hi', BOB))
    reading.mark_read(db, BOB, 1, 1)
    sequence.state(db), events.read(db, 0, 10, 10), foreign.first(db, adoption.waiting, 10)
    texts = vars(db._adapter)['_messenger_texts']
    assert {'state', ('window', 'message'), ('window', 'event'), ('first', 'waiting')} <= set(texts)
    assert {'participants', ('participants', '::bigint[]')} & set(texts)
    for name, text in texts.items():    # where numbers are written into it, they are kept
        assert name[0] == 'written' or not any(str(number) in text for number in bound.GIVEN), name


def test_nor_in_a_statement_that_is_written_out(db):
    sending.send(db, Draft(ANN, 'hi', BOB))
    asked = plenty.statements_of(db, lambda: (
        conversation_list.list_for(db, ANN), letters.received(db, BOB), noticing.unread(db, BOB), noticing.is_muted(db, ANN, 1),
        reading.history_with(db, ANN, BOB, around=1), delivery.theirs(db, ANN, 1), directory.choices(db, ANN)))
    assert len(asked) > 10
    for statement in asked:
        assert not any(str(number) in statement for number in bound.GIVEN) and str(written.NOW) not in statement, statement
