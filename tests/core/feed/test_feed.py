"""The feed: everything once, in order, and to nobody whom it doesn't concern."""
import pytest
from messenger_core.database.tables import utcnow
from messenger_core.ends import logout
from messenger_core.errors import Refused
from messenger_core.feed import pages, sequence
from messenger_core.feed.events import Logout
from messenger_core.messages import batch, reading, sending
from messenger_core.messages.sending import Draft

ANN, BOB, CID = 1, 2, 3


def write(db, count, sender=ANN, receiver=BOB):
    return sending.send_all(db, [Draft(sender, str(number), receiver) for number in range(count)])


def test_a_member_gets_what_concerns_them_and_nothing_else(db):
    write(db, 2)
    write(db, 1, BOB, CID)
    assert [[event.seq for event in pages.since_for(db, member, 0).events] for member in (ANN, BOB, CID)] == [[1, 2], [1, 2, 3], [3]]


def test_pages_join_without_gap_or_double(db):
    write(db, 5)
    reading.mark_read(db, BOB, 1, 5)
    write(db, 5)
    seen, cursor, more = [], 0, True
    while more:
        page = pages.since_for(db, BOB, cursor, limit=3)
        seen += [event.seq for event in page.events]
        cursor, more = page.seq, page.more
    assert seen == list(range(1, 12)) and cursor == 11


def test_a_hole_means_nothing(db):
    sending.send_all(db, [Draft(ANN, 'a', BOB), Draft(ANN, 'b', 99), Draft(ANN, 'c', BOB)])
    page = pages.since_for(db, BOB, 0)
    assert [event.seq for event in page.events] == [1, 3] and page.seq == 3 and not page.more


def test_up_to_date_is_an_empty_page_at_the_head(db):
    write(db, 3)
    assert pages.since_for(db, CID, 0)[:2] == ([], 3)


@pytest.mark.parametrize('cursor', [-1, 2**63, 1.0, True, '1', None])
def test_a_cursor_that_is_none_is_refused(db, cursor):
    with pytest.raises(Refused) as refused:
        pages.since_for(db, ANN, cursor)
    assert refused.value.code == 'bad_cursor'


def test_a_cursor_of_another_feed_is_told_so_instead_of_hiding_a_gap(db):
    write(db, 3)
    assert pages.since_for(db, BOB, 4).reset                         # beyond the head
    assert pages.since_for(db, BOB, 1, epoch='of a backup').reset
    db(db.feed.id == 1).update(floor=2)
    assert pages.since_for(db, BOB, 1).reset and not pages.since_for(db, BOB, 2).reset


def test_a_reset_brings_no_events_and_the_place_to_go_on_from(db):
    write(db, 3)
    assert pages.since_for(db, BOB, 9) == ([], 3, sequence.state(db).epoch, False, True)


def test_a_logout_is_for_servers_only(db):
    logout.record(db, ANN, '127.0.0.1-abc')
    assert pages.since(db, 0).events == [Logout(1, ANN, logout.session_hash('127.0.0.1-abc'))]
    assert pages.since_for(db, ANN, 0).events == []
    assert 'abc' not in str(db(db.event).select())


def test_what_fails_leaves_no_trace_in_the_feed(db, monkeypatch):
    write(db, 1)
    monkeypatch.setattr(batch.Batch, '_insert', lambda one: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        write(db, 1)
    assert sequence.state(db).head == 1 and db(db.message).count() == 1


def all_pages(read, limit=3):
    """Return the places of all events from the beginning, read page by page."""
    seqs, page = [], read(0, limit)
    while page.events or page.more:
        seqs += [event.seq for event in page.events]
        page = read(page.seq, limit)
    return seqs


@pytest.mark.parametrize('odd', [{'kind': 'of later'}, {'kind': 'read', 'number': None}, {'kind': 'mute', 'user_id': None},
                                 {'kind': 'read', 'conversation': 2}], ids=['kind', 'number', 'user', 'others'])
def test_what_cannot_be_told_makes_no_page_the_last_one(db, odd):
    write(db, 1)
    write(db, 1, ANN, CID)
    db.participant.insert(conversation=2, user_id=BOB)
    for _ in range(9):
        seq = sequence.take(db, 1) + 1
        db.event.insert(**{'seq': seq, 'conversation': 1, 'user_id': ANN, 'number': 1, 'kind': 'read', 'created_at': utcnow(), **odd})
    db.commit()
    reading.mark_read(db, BOB, 1, 1)
    assert all_pages(lambda cursor, limit: pages.since_for(db, BOB, cursor, limit=limit)) == [1, 12]
    told = all_pages(lambda cursor, limit: pages.since(db, cursor, limit))
    assert told[:2] == [1, 2] and told[-1] == 12 and told == sorted(set(told))
