"""Where something waits is noted behind the feed: what is counted by the note is what is counted without it, whenever and however far."""
import random

from cast import ANN, BOB, CID, DAN
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from messenger_core.adoption import adoption
from messenger_core.feed import memory, sequence
from messenger_core.messages import conversation_list, noticing, noting, reading, sending
from messenger_core.messages.sending import Draft
from plenty import fill, statements_of, steps

MEMBERS = ANN, BOB, CID, DAN


def without_a_note(db):
    """Return how many messages wait for each member, counted at all of their places."""
    upto = db.executesql('SELECT noted_upto FROM messenger_feed')[0][0]
    db(db.feed.id == 1).update(noted_upto=None)
    found = [noticing.unread(db, user_id) for user_id in MEMBERS]
    db(db.feed.id == 1).update(noted_upto=upto)
    db.commit()
    return found


def act(db, chance):
    """Do one of the things that change what waits."""
    one, other = chance.choice(MEMBERS), chance.choice(MEMBERS)
    places = db.executesql('SELECT conversation FROM messenger_participant WHERE user_id = %d' % one)
    deed = chance.choice(('send', 'send', 'send', 'read', 'mute', 'note', 'note', 'delete', 'insert'))
    if deed == 'send' or (not places and deed in ('read', 'mute')):
        sending.send_all(db, [Draft(one, 'x', other)] * chance.randrange(1, 4))
    elif deed == 'read':
        reading.mark_read(db, one, chance.choice(places)[0], chance.randrange(1, 20))
    elif deed == 'mute':
        noticing.mute(db, one, chance.choice(places)[0], chance.random() < 0.5)
    elif deed == 'note':
        noting.note(db)
    elif deed == 'delete':
        db.executesql('DELETE FROM message WHERE seq = %d' % sequence.state(db).head)
        db.commit()
        for user_id in MEMBERS:
            conversation_list.list_for(db, user_id)     # who sees that it is gone has that put right
        adoption.adopt(db)
    else:
        db.executesql("INSERT INTO message (sender, receiver, content) VALUES (%d, %d, 'of others')" % (one, other))
        adoption.adopt(db)


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(0, 2**32))
def test_what_waits_is_the_same_with_the_note_and_without_it(db, seed):
    chance = random.Random(seed)
    for _ in range(15):
        act(db, chance)
        assert [noticing.unread(db, user_id) for user_id in MEMBERS] == without_a_note(db)
    for table in ('message', 'messenger_participant', 'messenger_conversation', 'messenger_event'):
        db.executesql('DELETE FROM %s' % table)
    db.executesql('UPDATE messenger_feed SET noted_upto = NULL')
    db.commit()


def test_it_is_noted_in_pieces_and_then_costs_one_statement(db, monkeypatch):
    monkeypatch.setattr(noting, 'CHUNK', 3)
    for other in (BOB, CID, DAN):
        sending.send_all(db, [Draft(other, 'x', ANN)] * 4)
    while noting.note(db):
        pass
    assert len(statements_of(db, lambda: noting.note(db))) == 1
    assert {row.user_id: row.waits for row in db(db.participant.waits == True).select()} == {ANN: True}  # noqa: E712
    for conversation in (1, 2, 3):
        reading.mark_read(db, ANN, conversation, 4)
        sending.send_all(db, [Draft(ANN, 'x', BOB)] * 4)
    while noting.note(db):
        pass
    assert [row.user_id for row in db(db.participant.waits == True).select()] == [BOB]  # noqa: E712


def test_a_feed_that_begins_another_epoch_is_noted_anew(db):
    sending.send(db, Draft(BOB, 'x', ANN))
    while noting.note(db):
        pass
    memory.renew(db, sequence.state(db).epoch)
    db(db.participant.id > 0).update(waits=False)
    db.commit()
    assert noticing.unread(db, ANN) == 1
    while noting.note(db):
        pass
    assert noticing.unread(db, ANN) == 1 and db(db.participant.waits == True).count() == 1  # noqa: E712


def test_counting_costs_what_waits_and_not_what_there_is(sqlite):
    fill(sqlite, 4_000, 1_000)
    last = 'SELECT last_number FROM messenger_conversation its WHERE its.id = conversation'
    sqlite.executesql('UPDATE messenger_participant SET read_number = (%s), sent_at_read = sent_count WHERE conversation > 20' % last)
    sqlite.commit()
    before, waits = steps(sqlite, lambda: noticing.unread(sqlite, ANN)), noticing.unread(sqlite, ANN)
    while noting.note(sqlite):
        pass
    sending.send(sqlite, Draft(BOB, 'x', ANN))
    assert noticing.unread(sqlite, ANN) == waits + 1 > 1
    assert 10 * steps(sqlite, lambda: noticing.unread(sqlite, ANN)) < before
