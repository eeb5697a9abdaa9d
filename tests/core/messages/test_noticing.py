"""What a member is to be told of: muted conversations, and how many messages wait in the others."""
import pytest
from cast import ANN, BOB, CID, DAN
from messenger_core.database.tables import utcnow
from messenger_core.errors import Refused
from messenger_core.feed import events, pages, sequence
from messenger_core.messages import conversation_list, noticing, reading, sending
from messenger_core.messages.sending import Draft


def write(db, sender, receiver, times=1):
    return sending.send_all(db, [Draft(sender, 'x', receiver)] * times).result[-1].message.conversation


def rows(db, user_id):
    return conversation_list.list_for(db, user_id).conversations


def test_what_waits_is_the_sum_of_the_list(db):
    assert noticing.unread(db, ANN) == 0
    write(db, BOB, ANN, 3)
    conversation = write(db, CID, ANN, 2)
    write(db, ANN, CID)
    write(db, ANN, ANN, 4)
    assert noticing.unread(db, ANN) == sum(row.unread for row in rows(db, ANN)) == 5
    reading.mark_read(db, ANN, conversation, 1)
    assert noticing.unread(db, ANN) == 4
    assert (noticing.unread(db, CID), noticing.unread(db, DAN)) == (1, 0)
    page = conversation_list.list_for(db, ANN, limit=1)
    assert (page.unread, len(page.conversations)) == (4, 1), 'it is about all of them, not about those on the page'


def test_what_a_member_has_muted_counts_in_its_row_only(db):
    muted, other = write(db, BOB, ANN, 3), write(db, CID, ANN)
    noticing.mute(db, ANN, muted, True)
    assert {row.conversation: (row.unread, row.muted) for row in rows(db, ANN)} == {muted: (3, True), other: (1, False)}
    assert noticing.unread(db, ANN) == 1
    assert [noticing.is_muted(db, *place) for place in ((ANN, muted), (ANN, other), (BOB, muted), (ANN, None))] == [True] + [False] * 3
    write(db, BOB, ANN)
    assert noticing.unread(db, ANN) == 1 and rows(db, ANN)[0].unread == 4
    assert [row.muted for row in rows(db, BOB)] == [False]
    noticing.mute(db, ANN, muted, False)
    assert noticing.unread(db, ANN) == 5 and not rows(db, ANN)[0].muted


def test_what_was_muted_until_a_moment_ago_counts_again(db):
    write(db, BOB, ANN)
    db(db.participant.user_id == ANN).update(muted_until=utcnow())
    assert noticing.unread(db, ANN) == 1 and not rows(db, ANN)[0].muted


def test_a_conversation_whose_messages_were_all_deleted_is_not_in_the_list(db):
    write(db, BOB, ANN, 2)
    db(db.message).delete()
    assert rows(db, ANN) == []


def test_muting_is_an_event_for_the_member_alone_and_once(db):
    conversation, before = write(db, BOB, ANN), sequence.state(db).head
    change = noticing.mute(db, ANN, conversation, True)
    assert change.events == [events.Muted(change.upto, conversation, ANN, True)] == pages.since_for(db, ANN, before).events
    assert pages.since_for(db, BOB, before).events == []
    assert noticing.mute(db, ANN, conversation, True).events == []
    assert noticing.mute(db, ANN, conversation, False).events[0].muted is False
    assert noticing.mute(db, ANN, conversation, False).events == []


def test_nobody_mutes_what_is_not_theirs(db):
    conversation, before = write(db, BOB, ANN), sequence.state(db)
    for number in (conversation, 999):
        with pytest.raises(Refused, match='not_found'):
            noticing.mute(db, CID, number, True)
    assert sequence.state(db) == before
