"""What one member is told after a place in the feed: the same as the plain question finds, whatever became of the rows, by each of the ways
that lead there; and no page costs more than it may.
"""
import random

import pytest
from cast import ANN, BOB, CID, DAN
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from messenger_core.adoption import adoption
from messenger_core.feed import events, for_member, pages, seal, sequence
from messenger_core.messages import reading, sending
from messenger_core.messages.sending import Draft
from plenty import fill, steps

MEMBERS = ANN, BOB, CID, DAN
SOME = settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
HARM = (
    'DELETE FROM message WHERE id = %(id)d', 'UPDATE message SET number = number + 7 WHERE id = %(id)d',
    'UPDATE message SET number = 1000 + number WHERE id = %(id)d', 'UPDATE message SET seq = 100000 + seq WHERE id = %(id)d',
    'UPDATE message SET seq = -seq WHERE id = %(id)d', 'UPDATE message SET sender = %(member)d WHERE id = %(id)d',
    'UPDATE message SET receiver = %(member)d WHERE id = %(id)d', 'UPDATE message SET seal = NULL WHERE id = %(id)d',
    'UPDATE message SET conversation = 1, number = 500 + number WHERE id = %(id)d', "UPDATE message SET content = 'x' WHERE id = %(id)d",
    'UPDATE message SET number = NULL WHERE id = %(id)d')


def plain(db, user_id, after):
    """Return all that a member is told, asked as one would without thinking of what it costs."""
    message = db.message
    theirs = (message.seq > after) & ((message.sender == user_id) | (message.receiver == user_id)) & events.in_sight(db, user_id)
    written = events.messages(db, theirs, orderby=message.seq)
    happened = [event for event in events.happened(db, db.event.seq > after, 10_000) if user_id in event.audience]
    return sorted(written + happened, key=lambda event: event.seq)


def told(db, user_id, after, limit):
    """Return the same by pages, and how many these were."""
    found, more, count = [], True, 0
    while more:
        page = pages.since_for(db, user_id, after, limit=limit)
        assert [event.seq for event in page.events] == sorted(event.seq for event in page.events) and len(page.events) <= limit
        assert not page.events or (after < page.events[0].seq and page.events[-1].seq <= page.seq)
        assert page.seq > after or not page.more
        found, more, after, count = found + page.events, page.more, page.seq, count + 1
    return found, count


@pytest.fixture
def ways(monkeypatch):
    """A function that sets how far each way leads."""
    def set_them(short, conversations, walk, stretch):
        for name, value in (('SHORT', short), ('CONVERSATIONS', conversations), ('WALK', walk), ('STRETCH', stretch)):
            monkeypatch.setattr(for_member, name, value)
    return set_them


def live(db, chance, harm):
    """Let things happen, among them what others do to our rows."""
    for _ in range(chance.randrange(3, 16)):
        sending.send_all(db, [Draft(*one) for one in (
            (chance.choice(MEMBERS[:2] if chance.random() < 0.5 else MEMBERS), 'x', chance.choice(MEMBERS))
            for _ in range(chance.randrange(1, 5)))])
        found = db.executesql('SELECT receiver, conversation, number FROM message WHERE seal IS NOT NULL ORDER BY id DESC LIMIT 4')
        if chance.random() < 0.3 and None not in found[-1]:
            reading.mark_read(db, *found[-1])
    for _ in range(harm):
        ids = [row[0] for row in db.executesql('SELECT id FROM message ORDER BY id')]
        spoil(db, chance.choice(HARM) % dict(id=chance.choice(ids), member=chance.choice(MEMBERS)))
    db.executesql("INSERT INTO message (sender, receiver, content) VALUES (1, 2, 'of others')")
    db.commit()


def spoil(db, statement):
    try:
        db.executesql(statement)
        db.commit()
    except db._adapter.driver.Error:
        db.rollback()       # the place is taken


@SOME
@given(st.data())
def test_a_member_is_told_the_same_by_every_way(db, ways, data):
    seed = data.draw(st.integers(0, 2**32), 'seed')
    chance = random.Random(seed)
    live(db, chance, data.draw(st.integers(0, 4), 'harm'))
    head, limit = sequence.state(db).head, data.draw(st.sampled_from([3, 7, 200]), 'limit')
    ways(data.draw(st.sampled_from([0, 1, 4]), 'short'), data.draw(st.sampled_from([1, 3, 100]), 'conversations'),
         data.draw(st.sampled_from([0, 3, 20, 5_000]), 'walk'), data.draw(st.sampled_from([1, 5, 10_000]), 'stretch'))
    for user_id in MEMBERS:
        after = chance.randrange(head)
        assert told(db, user_id, after, limit)[0] == [event for event in plain(db, user_id, after) if event.seq <= head]
    while adoption.adopt(db):
        pass
    for user_id in MEMBERS:
        assert told(db, user_id, 0, limit)[0] == plain(db, user_id, 0)
    for table in ('message', 'messenger_participant', 'messenger_conversation', 'messenger_event', 'messenger_aside'):
        db.executesql('DELETE FROM %s' % table)
    db.commit()


def spread(db, times, others):
    """Have strangers write each other so many times between any two messages of Ann's, to Bob and Dan in turn."""
    for number in range(times):
        sending.send_all(db, [Draft(ANN, 'x', (BOB, DAN)[number % 2]), *[Draft(CID, 'y', DAN)] * others])


def test_what_is_far_apart_is_found_by_conversations_in_one_page(db, ways):
    spread(db, 6, 30)
    ways(4, 100, 5_000, 10)
    assert told(db, ANN, 0, 6) == (plain(db, ANN, 0), 1)
    assert told(db, ANN, 40, 6) == (plain(db, ANN, 40), 1)


def test_a_row_that_somebody_has_put_behind_leads_nobody_astray(db, ways):
    """Its number says that it is new, its place that all below it is old."""
    spread(db, 8, 30)
    ways(1, 100, 5_000, 50)
    rows = db.executesql('SELECT id, seq FROM message WHERE conversation = 1 ORDER BY number')
    db.executesql('UPDATE message SET seq = -seq WHERE id = %d' % rows[2][0])
    db.commit()
    after = rows[0][1]
    assert [event.seq for event in told(db, ANN, after, 6)[0]] == [event.seq for event in plain(db, ANN, after)]
    assert rows[1][1] in [event.seq for event in told(db, ANN, after, 6)[0]], 'it lies below the row that says otherwise'


def test_where_it_would_take_too_long_pages_end_early_and_say_that_there_is_more(db, ways):
    spread(db, 6, 30)
    ways(1, 1, 0, 40)
    found, count = told(db, ANN, 0, 6)
    assert found == plain(db, ANN, 0) and 3 < count < 12


def test_a_page_costs_the_same_however_much_there_is(sqlite):
    """Of a member with many conversations, of one with a single long one, and of one who writes rarely."""
    fill(sqlite, 30_000, 600)
    head = sequence.state(sqlite).head
    for user_id in (ANN, BOB, 7, 300):
        for after in (0, head // 3, head - 300, head - 20):
            taken = steps(sqlite, lambda user_id=user_id, after=after: pages.since_for(sqlite, user_id, after, limit=50))
            assert taken < 1_500, (user_id, after, taken)


def test_a_seal_that_does_not_fit_is_noted_by_whichever_way_it_is_found(sqlite, ways):
    spread(sqlite, 4, 30)
    ways(1, 100, 5_000, 50)
    sqlite.executesql('UPDATE message SET sender = 2 WHERE id = (SELECT max(id) FROM message WHERE sender = 1)')
    sqlite.commit()
    told(sqlite, DAN, 0, 6)
    assert seal.has_noted(sqlite)
