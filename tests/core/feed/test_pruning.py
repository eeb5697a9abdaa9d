"""Old events go, oldest first and in pieces; messages stay, and whoever has not seen what goes begins anew."""
from datetime import timedelta

import pytest
from cast import ANN, BOB
from messenger_core.database.tables import utcnow
from messenger_core.feed import pages, pruning, sequence
from messenger_core.messages import reading, sending
from messenger_core.messages.sending import Draft


@pytest.fixture
def read(db):
    """Ten messages, each read; returns the seqs of the events."""
    for number in range(1, 11):
        sent = sending.send(db, Draft(ANN, str(number), BOB)).message
        reading.mark_read(db, BOB, sent.conversation, number)
    return [row.seq for row in db(db.event).select(orderby=db.event.seq)]


def age(db, seqs, days=100):
    db(db.event.seq.belongs(seqs)).update(created_at=utcnow() - timedelta(days=days))
    db.commit()


def test_what_is_old_goes_in_pieces_and_the_floor_moves(db, read):
    age(db, read[:7])
    assert [pruning.prune(db, 90, limit=3) for _ in range(3)] == [True, True, False]
    assert [row.seq for row in db(db.event).select(orderby=db.event.seq)] == read[7:]
    assert sequence.state(db).floor == read[6] and db(db.message).count() == 10


def test_whoever_has_not_seen_it_is_told_to_begin_anew_and_the_others_go_on(db, read):
    age(db, read[:5])
    pruning.prune(db, 90)
    assert pages.since_for(db, ANN, read[4] - 1).reset and not pages.since_for(db, ANN, read[4]).reset
    assert [event.seq for event in pages.since_for(db, ANN, read[4]).events][-1] == read[9]


def test_nothing_is_taken_from_behind_an_event_that_is_young(db, read):
    age(db, read[3:])
    assert not pruning.prune(db, 90) and db(db.event).count() == 10 and sequence.state(db).floor == 0


def test_an_event_whose_age_nobody_can_read_is_old(sqlite):
    for seq, value in ((1, 'NULL'), (2, "'nonsense'"), (3, "x'ff'")):
        sqlite.executesql("INSERT INTO messenger_event (seq, kind, created_at) VALUES (%d, 'read', %s)" % (seq, value))
    sqlite.executesql('UPDATE messenger_feed SET head = 3')
    pruning.prune(sqlite, 90)
    assert sqlite(sqlite.event).isempty() and sequence.state(sqlite).floor == 3


def test_it_takes_a_constant_number_of_statements_and_one_while_nothing_is_old(db, read, statements):
    assert len(statements(lambda: pruning.prune(db, 90))) == 1
    age(db, read[:2])
    few = len(statements(lambda: pruning.prune(db, 90)))
    age(db, read[2:])
    assert len(statements(lambda: pruning.prune(db, 90))) == few <= 8
