"""Who asks for what is new is told at once that there is nothing only where a full look finds nothing."""
import random

import pytest
from messenger_core.adoption import adoption, quiet
from messenger_core.database.tables import VERSION
from messenger_core.ends import logout
from messenger_core.feed import pages, seal, sequence
from messenger_core.messages import noticing, reading, sending
from messenger_core.messages.sending import Draft

ANN, BOB, CID, DAN = 1, 2, 3, 4
INSERT = "INSERT INTO message (sender, receiver, content, timestamp, is_read) VALUES (%d, %d, 'x', '2026-01-01 10:00:00', 'F')"


@pytest.fixture
def ask(db):
    quiet.prepare(db)
    return lambda user_id, cursor, epoch=None: quiet.state(db, user_id, cursor, epoch)


def head(db):
    return sequence.state(db).head


def test_there_is_nothing_behind_the_head(db, ask):
    sending.send(db, Draft(ANN, 'hi', BOB))
    assert ask(ANN, head(db)) == ask(BOB, head(db), sequence.state(db).epoch) == sequence.state(db)


@pytest.mark.parametrize('happens', [
    lambda db: sending.send(db, Draft(BOB, 'hi', ANN)), lambda db: sending.send(db, Draft(ANN, 'from another device', BOB)),
    lambda db: reading.mark_read(db, BOB, 1, 1), lambda db: reading.mark_unread(db, ANN, 1), lambda db: noticing.mute(db, ANN, 1, True),
    lambda db: db.executesql(INSERT % (BOB, ANN)), lambda db: db.executesql(INSERT % (CID, DAN)), lambda db: seal.note(db, 1)])
def test_whatever_happens_is_looked_at(db, ask, happens):
    sending.send(db, Draft(ANN, 'hi', BOB))
    before = head(db)
    happens(db)
    db.commit()
    assert ask(ANN, before) is None
    seal.noted(db)


def test_what_happens_between_others_is_passed_by(db, ask):
    before = head(db)
    sending.send(db, Draft(BOB, 'hi', CID))
    reading.mark_read(db, CID, 1, 1)
    assert ask(ANN, before) == sequence.state(db) and ask(ANN, before).head > before
    assert ask(BOB, before) is ask(CID, before) is None


def test_a_place_that_is_none_is_looked_at(db, ask):
    sending.send(db, Draft(BOB, 'hi', CID))
    assert ask(ANN, head(db) + 1) is None and ask(ANN, head(db), 'another epoch') is None
    db(db.feed.id == 1).update(floor=1)
    db.commit()
    assert ask(ANN, 0) is None and ask(ANN, 1) is not None


def test_much_at_once_is_looked_at(db, ask):
    db(db.feed.id == 1).update(head=quiet.LONGEST)
    db.commit()
    assert ask(ANN, 0) is not None
    db(db.feed.id == 1).update(head=quiet.LONGEST + 1)
    db.commit()
    assert ask(ANN, 0) is None


def test_a_row_that_is_set_aside_waits_for_its_member(db, ask):
    db.executesql(INSERT % (99, ANN))
    db.commit()
    assert ask(BOB, 0) is None
    assert adoption.adopt(db) and ask(BOB, head(db)) is not None
    db.executesql("INSERT INTO auth_user (id, first_name, registration_key) VALUES (99, 'Ed', '')")
    db.commit()
    assert ask(BOB, head(db)) is None


@pytest.mark.parametrize('figures', ['least_reader = %d' % (VERSION + 1), 'head = NULL'])
def test_a_feed_that_is_not_as_usual_is_looked_at(db, ask, figures):
    db.executesql('UPDATE messenger_feed SET ' + figures)
    db.commit()
    assert ask(ANN, 0) is None


def test_it_never_passes_by_what_a_full_look_finds(db, ask):
    chance, members = random.Random(14), (ANN, BOB, CID)
    sending.send(db, Draft(ANN, 'the first', BOB))
    happenings = [
        lambda one, other: sending.send(db, Draft(one, 'x', other)), lambda one, other: logout.record(db, one, 'session'),
        lambda one, other: reading.mark_read(db, ANN, 1, 99), lambda one, other: reading.mark_unread(db, BOB, 1),
        lambda one, other: db.executesql(INSERT % (one, other)) or db.commit(), lambda one, other: adoption.adopt(db)]
    told = 0
    for _ in range(60):
        chance.choice(happenings)(*chance.sample(members, 2))
        one, cursor = chance.choice((*members, DAN)), chance.randint(max(0, head(db) - 4), head(db))
        found = ask(one, cursor)
        if found:
            page = pages.since_for(db, one, cursor)
            assert (page.events, page.seq, page.more, page.reset) == ([], found.head, False, False)
            told += 1
    assert told > 5
