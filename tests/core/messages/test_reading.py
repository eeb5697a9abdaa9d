"""Reading: how far, how many are unread, and pages of what was written."""
import pytest
from messenger_core.errors import Refused
from messenger_core.feed import events, pages, sequence
from messenger_core.members import preferences
from messenger_core.messages import conversation_list, letters, marking, noticing, reading, sending
from messenger_core.messages.sending import Draft
from plenty import statements_of

ANN, BOB, CID, DAN = 1, 2, 3, 4


@pytest.fixture
def conversation(db):
    """Ann has written 1, 2 and 4 to Bob, who has written 3."""
    for sender, receiver in ((ANN, BOB), (ANN, BOB), (BOB, ANN), (ANN, BOB)):
        sent = sending.send(db, Draft(sender, 'x', receiver))
    return sent.message.conversation


def test_unread_counts_what_the_others_wrote_since(db, conversation):
    assert (reading.unread(db, BOB, conversation), reading.unread(db, ANN, conversation)) == (3, 1)
    reading.mark_read(db, BOB, conversation, 2)
    assert reading.unread(db, BOB, conversation) == 1
    reading.mark_read(db, BOB, conversation, 4)
    sending.send(db, Draft(BOB, 'y', ANN))
    assert (reading.unread(db, BOB, conversation), reading.unread(db, ANN, conversation)) == (0, 2)


def test_reading_marks_the_rows_received_so_that_the_tutorials_query_works(db, conversation):
    reading.mark_read(db, BOB, conversation, 2)
    assert [row.is_read for row in db(db.message).select(orderby=db.message.number)] == [True, True, False, False]


def test_reading_never_goes_back_and_says_nothing_when_nothing_is_new(db, conversation):
    head = sequence.state(db).head
    assert reading.mark_read(db, BOB, conversation, 3).result == 3
    assert reading.mark_read(db, BOB, conversation, 3).events == [] == reading.mark_read(db, BOB, conversation, 1).events
    assert sequence.state(db).head == head + 1
    assert db(db.participant.user_id == BOB).select().first().read_number == 3


def test_reading_above_the_last_is_reading_the_last(db, conversation):
    assert reading.mark_read(db, BOB, conversation, 2**62).result == 4


def test_a_reading_is_an_event_for_both(db, conversation):
    change = reading.mark_read(db, BOB, conversation, 4)
    assert change.events == [events.Read(change.upto, conversation, BOB, 4, frozenset({ANN, BOB}))]
    assert pages.since_for(db, ANN, change.since).events == change.events


def waiting(db, user_id):
    return {row.user_id: (row.unread, row.marked_unread) for row in conversation_list.list_for(db, user_id).conversations}


def test_all_is_read_that_there_was_and_what_has_come_since_waits(db, monkeypatch):
    monkeypatch.setattr(reading, 'MARKED_AT_ONCE', 2)
    places = [sending.send(db, Draft(other, 'x', BOB)).message.conversation for other in (ANN, CID, DAN)]
    itself = sending.send(db, Draft(BOB, 'x', BOB)).message.conversation
    sending.send(db, Draft(ANN, 'y', BOB))
    noticing.mute(db, BOB, places[1], True)
    reading.mark_unread(db, BOB, itself)
    preferences.keep(db, CID, preferences.Preferences(gives_receipts=False))
    seen = sequence.state(db).head
    sending.send(db, Draft(ANN, 'meanwhile', BOB))
    reading.mark_read(db, ANN, places[0], 1)     # what has happened there besides changes nothing
    assert noticing.does_anything_wait(db, BOB)
    since = sequence.state(db).head
    reading.mark_all_read(db, BOB, seen)
    assert waiting(db, BOB) == {ANN: (1, False), CID: (0, False), DAN: (0, False), BOB: (0, False)}
    assert [bool(row.is_read) for row in db(db.message).select(orderby=db.message.seq)] == [True] * 5 + [False]
    told = {one: [event.conversation for event in pages.since_for(db, one, since).events] for one in (ANN, CID, DAN)}
    assert told == {ANN: places[:1], CID: places[1:2], DAN: places[2:]}
    reading.mark_all_read(db, BOB, sequence.state(db).head)
    assert waiting(db, BOB)[ANN] == (0, False) and not noticing.does_anything_wait(db, BOB)
    head = sequence.state(db).head
    reading.mark_all_read(db, BOB, head)
    assert sequence.state(db).head == head


def test_all_is_read_in_as_many_statements_however_many_conversations_there_are(db):
    counts = []
    for others in ((ANN,), (ANN, CID, DAN)):
        for other in others:
            sending.send(db, Draft(other, 'x', BOB))
        head = sequence.state(db).head
        counts.append(len(statements_of(db, lambda head=head: reading.mark_all_read(db, BOB, head))))
        assert not noticing.does_anything_wait(db, BOB)
    assert counts[0] == counts[1]


def test_all_is_read_even_where_the_last_rows_are_gone(db, conversation):
    db(db.message.number == 4).delete()
    db.commit()
    reading.mark_all_read(db, BOB, sequence.state(db).head)
    assert reading.unread(db, BOB, conversation) == 0 and not noticing.does_anything_wait(db, BOB)


def test_nothing_of_others_is_marked_with_all_and_what_is_held_is_said(db, conversation, monkeypatch):
    reading.mark_all_read(db, CID, sequence.state(db).head)
    assert noticing.does_anything_wait(db, BOB) and not noticing.does_anything_wait(db, CID)
    whole, asked = marking.mark_all, []

    def held(db, marks):
        asked.append(len(marks))
        change = whole(db, marks)
        return change._replace(result=[Refused('busy', retry_after=1)]) if len(asked) == 1 else change
    monkeypatch.setattr(marking, 'mark_all', held)
    monkeypatch.setattr(reading, 'MARKED_AT_ONCE', 1)
    sending.send(db, Draft(CID, 'x', BOB))
    with pytest.raises(Refused, match='busy'):
        reading.mark_all_read(db, BOB, sequence.state(db).head)
    assert asked == [1, 1]


def test_marking_unread_is_an_event_for_oneself_and_counts_nothing(db, conversation):
    reading.mark_read(db, BOB, conversation, 4)
    change = reading.mark_unread(db, BOB, conversation)
    assert change.events == [events.Marked(change.upto, conversation, BOB, True)] == pages.since_for(db, BOB, change.since).events
    assert pages.since_for(db, ANN, change.since).events == []
    row, = conversation_list.list_for(db, BOB).conversations
    assert (row.marked_unread, row.unread, row.read_number) == (True, 0, 4)
    assert not conversation_list.list_for(db, ANN).conversations[0].marked_unread
    assert reading.mark_unread(db, BOB, conversation).events == []


def test_reading_takes_the_mark_off_even_when_there_is_nothing_new_to_read(db, conversation):
    reading.mark_read(db, BOB, conversation, 4)
    reading.mark_unread(db, BOB, conversation)
    change = reading.mark_read(db, BOB, conversation, 4)
    assert change.events == [events.Marked(change.upto, conversation, BOB, False)]
    reading.mark_unread(db, BOB, conversation)
    sending.send(db, Draft(ANN, 'one more', BOB))
    assert [event.number for event in reading.mark_read(db, BOB, conversation, 5).events] == [5]
    assert not conversation_list.list_for(db, BOB).conversations[0].marked_unread
    assert reading.mark_read(db, BOB, conversation, 5).events == []


def test_what_is_not_ones_own_does_not_exist(db, conversation):
    for ask in (lambda: reading.mark_read(db, CID, conversation, 1), lambda: reading.history(db, CID, conversation),
                lambda: reading.unread(db, CID, conversation), lambda: reading.mark_unread(db, CID, conversation),
                lambda: reading.history(db, ANN, 999)):
        with pytest.raises(Refused) as refused:
            ask()
        assert refused.value.code == 'not_found'


def test_history_comes_in_pages_from_the_newest_back_each_ascending(db, conversation):
    page = reading.history(db, ANN, conversation, limit=3)
    assert [message.number for message in page.messages] == [2, 3, 4] and page.more
    page = reading.history(db, ANN, conversation, before=2, limit=3)
    assert [message.number for message in page.messages] == [1] and not page.more


@pytest.mark.parametrize(('asked', 'numbers', 'more', 'later'), [
    (dict(around=10, limit=5), [8, 9, 10, 11, 12], True, True), (dict(around=1, limit=5), [1, 2, 3], False, True),
    (dict(around=20, limit=5), [18, 19, 20], True, False), (dict(around=10, limit=1), [10], True, True),
    (dict(around=10, limit=200), list(range(1, 21)), False, False),
    (dict(after=0, limit=2), [1, 2], False, True), (dict(after=18, limit=2), [19, 20], True, False), (dict(after=20), [], False, False),
    (dict(before=3), [1, 2], False, True), (dict(before=99, limit=2), [19, 20], True, False), (dict(limit=2), [19, 20], True, False)])
def test_a_page_says_whether_there_are_older_and_later_ones(db, conversation, asked, numbers, more, later):
    sending.send_all(db, [Draft(ANN, 'x', BOB) for _ in range(16)])
    page = reading.history(db, BOB, conversation, **asked)
    assert ([message.number for message in page.messages], page.more, page.later) == (numbers, more, later)


@pytest.mark.parametrize('number', [0, -1, 5, 2**62])
def test_around_what_is_not_there_is_no_page(db, conversation, number):
    for other in (BOB, CID):
        with pytest.raises(Refused, match='not_found'):
            reading.history_with(db, ANN, other, around=number)


@pytest.mark.parametrize(('limit', 'count'), [(0, 1), (-5, 1), (10**9, 4)])
def test_the_length_of_a_page_is_kept_within_bounds(db, conversation, limit, count):
    assert len(reading.history(db, ANN, conversation, limit=limit).messages) == count


PAGES = {
    'the inbox': lambda db: letters.received(db, BOB), 'a chat': lambda db: reading.history_with(db, BOB, ANN)[1],
    'history': lambda db: reading.history(db, BOB, 1), 'the conversations': lambda db: conversation_list.list_for(db, BOB)}


@pytest.mark.parametrize('name', PAGES)
def test_what_a_page_was_read_too_early_for_comes_by_a_sync_from_its_seq(db, conversation, monkeypatch, name):
    plain, writing = sequence.state, Draft(ANN, 'meanwhile', BOB)

    def state(db):
        """Somebody writes just before and just after the page asks where the feed is, whenever that may be."""
        sending.send(db, writing)
        found = plain(db)
        sending.send(db, writing)
        return found
    with monkeypatch.context() as patch:
        patch.setattr(sequence, 'state', state)
        page = PAGES[name](db)
    seq_of = {'the inbox': lambda row: row.message.seq, 'the conversations': lambda row: row.last.seq}.get(name, lambda row: row.seq)
    shown = max(map(seq_of, page[0]))
    synced = {event.seq for event in pages.since_for(db, BOB, page.seq).events}
    assert synced and synced >= set(range(shown + 1, sequence.state(db).head + 1))


def test_there_is_no_history_before_the_first_message(db):
    assert reading.history_with(db, ANN, CID) == (None, reading.History([], False, 0))


def test_pages_take_the_same_number_of_statements_however_much_there_is(db, conversation, statements):
    def count():
        return [len(statements(ask)) for ask in (
            lambda: reading.history(db, BOB, conversation), lambda: pages.since_for(db, BOB, 0))]
    before = count()
    sending.send_all(db, [Draft(ANN, 'x', BOB) for _ in range(300)])
    assert count() == before


@pytest.mark.parametrize(('sender', 'receiver'), [(ANN, ANN), (ANN, BOB), (BOB, ANN)])
def test_whoever_reads_to_the_newest_row_there_is_has_nothing_waiting_though_a_newer_one_was_taken_away(db, sender, receiver):
    sent = [sending.send(db, Draft(sender, text, receiver)) for text in ('one', 'two', 'three')]
    conversation = sent[0].message.conversation
    db(db.message.number == 3).delete()
    db.commit()
    reading.mark_read(db, ANN, conversation, 2)
    assert reading.unread(db, ANN, conversation) == 0
    sending.send(db, Draft(sender if sender == receiver else BOB, 'four', ANN))
    assert reading.unread(db, ANN, conversation) == int(sender != receiver)
