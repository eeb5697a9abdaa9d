"""Many processes that write at once, on each database: nothing twice, nothing miscounted, nobody starved."""
import pytest
from cast import ANN, BOB, CID
from crowd import adopt, register_beside_batches, send, send_and_read, send_beside_batches
from messenger_core.feed import pages
from messenger_core.feed.events import Read
from messenger_core.messages import reading

PROCESSES = 8
# The longest that a form may wait. A machine that others keep busy stands still for as long now and then, hence the tries; without the
# turnstile each of them would fail.
LONGEST_SECONDS, SECONDS, TRIES = 0.5, 8, 3


def numbers(db, conversation):
    return [row.number for row in db(db.message.conversation == conversation).select(orderby=db.message.seq)]


def check_counters(db):
    """The counters of every conversation say what its rows say."""
    for conversation in db(db.conversation).select():
        written = db(db.message.conversation == conversation.id).select(orderby=db.message.number)
        assert [row.number for row in written] == list(range(1, conversation.last_number + 1))
        assert (written.last().id, max(row.seq for row in written)) == (conversation.last_message, written.last().seq)
        for mine in db(db.participant.conversation == conversation.id).select():
            own = [row.number for row in written if row.sender == mine.user_id]
            others = [row for row in written if row.sender != mine.user_id]
            assert mine.sent_count == len(own)
            assert mine.sent_at_read == sum(number <= mine.read_number for number in own)
            assert reading.unread(db, mine.user_id, conversation.id) == sum(row.number > mine.read_number for row in others)
            assert all(row.is_read == (row.number <= mine.read_number) for row in others)


def test_those_who_start_the_same_conversation_at_the_same_moment_share_one(site):
    site.all_at_once(PROCESSES, send, 5)
    assert site.db(site.db.conversation).count() == 1 and site.db(site.db.participant).count() == 2
    assert numbers(site.db, 1) == list(range(1, 5 * PROCESSES + 1))
    check_counters(site.db)


def test_the_same_ref_sent_by_many_at_once_is_one_row_and_one_answer(site):
    answers = [sent for process in site.all_at_once(PROCESSES, send, 3, 'r') for sent in process]
    assert len({sent.message for sent in answers}) == 1 and sum(not sent.repeated for sent in answers) == 1
    assert site.db(site.db.message).count() == 1
    check_counters(site.db)


def test_sending_and_reading_at_once_leaves_every_counter_right(site):
    site.all_at_once(PROCESSES, send_and_read, 20)
    assert len(numbers(site.db, 1)) == 20 * PROCESSES
    check_counters(site.db)
    read = [event for event in pages.since(site.db, 0).events if isinstance(event, Read)]
    for member in (ANN, BOB):
        places = [event.number for event in read if event.user_id == member]
        assert places == sorted(set(places)) and places


def test_those_who_adopt_at_once_complete_each_row_once(site):
    pairs = [(ANN, BOB), (BOB, ANN), (BOB, CID), (ANN, ANN)]
    for number in range(2_000):
        site.db.executesql("INSERT INTO message (sender, receiver, content, is_read) VALUES (%d, %d, 'foreign', 'F')" % pairs[number % 4])
    site.db.commit()
    counts = site.all_at_once(4, adopt)
    assert sum(counts) == 2_000
    rows = site.db(site.db.message).select(orderby=site.db.message.id)
    seqs = [row.seq for row in rows]
    assert seqs == sorted(set(seqs)) and None not in seqs
    assert sorted(row.last_number for row in site.db(site.db.conversation).select()) == [500, 500, 1_000]
    assert numbers(site.db, rows.first().conversation) == list(range(1, 1_001))


@pytest.mark.parametrize('work', [send_beside_batches, register_beside_batches])
def test_nobody_waits_half_a_second_for_their_turn_while_batches_are_committed_without_a_pause(site_on_sqlite, work):
    for _ in range(TRIES):
        (_, batches, _), *senders = site_on_sqlite.all_at_once(5, work, SECONDS)
        assert batches > 50 and all(sends > 50 and not busy for _, sends, busy in senders), senders
        if max(longest for longest, _, _ in senders) <= LONGEST_SECONDS:
            return
    pytest.fail('each time somebody waited longer, at last so: %s' % senders)


def test_without_the_turnstile_they_would(site_on_sqlite):
    _, *senders = site_on_sqlite.all_at_once(5, send_beside_batches, 6, False)
    assert any(longest > LONGEST_SECONDS or busy for longest, _, busy in senders), senders
