"""The list of a member's conversations: with whom, the last message, how many are unread, how far the other one is.

Read only. What a row costs doesn't depend on how many messages its conversation has.
"""
from collections import namedtuple
from typing import NamedTuple, Optional

from . import events, feed, members
from .sql import rows, truth

LIMIT = 50
LARGEST_PAGE = 200

List = namedtuple('List', 'conversations more seq')


class Conversation(NamedTuple):
    """One row. `user_id` is the other member of a direct conversation, oneself in notes to oneself; a former member has no `name`."""

    conversation: int
    kind: str
    user_id: Optional[int]
    name: str
    unread: int
    marked_unread: bool
    read_number: int
    their_read_number: int
    their_delivered_number: int
    last: events.Message


def list_for(db, user_id, before=None, limit=LIMIT):
    """Return the List of conversations whose last message has a seq below `before`, newest first.

    `seq` was the feed's head before anything was read, so a sync from it misses nothing.
    """
    seq = feed.state(db).head
    limit = max(1, min(limit, LARGEST_PAGE))
    mine = _mine(db, user_id, before, limit + 1)
    others = _others(db, user_id, [row[0] for row in mine])
    last = {message.id: message for message in events.messages(db, db.message.id.belongs([row[2] for row in mine]))} if mine else {}
    names = members.names(db, {user_id} | {row[0] for row in others.values()})
    found = [_conversation(row, others.get(row[0], (user_id, row[3], row[3])), names, last[row[2]]) for row in mine]
    return List(found[:limit], len(found) > limit, seq)


def _mine(db, user_id, before, limit):
    mine, conversation, last = db.participant, db.conversation, db.message
    query = (mine.user_id == user_id) & (mine.left_number == None) & (conversation.id == mine.conversation)  # noqa: E711
    query &= last.id == conversation.last_message
    if before is not None:
        query &= last.seq < before
    return rows(db, query, conversation.id, conversation.kind, conversation.last_message, mine.read_number, conversation.last_number,
                mine.sent_count, mine.sent_at_read, mine.marked_unread, orderby=~last.seq, limitby=(0, limit))


def _others(db, user_id, conversations):
    if not conversations:
        return {}
    other = db.participant
    query = other.conversation.belongs(conversations) & (other.user_id != user_id) & (other.left_number == None)  # noqa: E711
    return {row[0]: row[1:] for row in rows(
        db, query, other.conversation, other.user_id, other.read_number, other.delivered_number)}


def _conversation(row, other, names, last):
    id, kind, _, read_number, last_number, sent_count, sent_at_read, marked_unread = row
    user_id, their_read_number, their_delivered_number = other
    unread = last_number - read_number - (sent_count - sent_at_read)
    return Conversation(id, kind, user_id, names.get(user_id, ''), unread, truth(marked_unread), read_number,
                        their_read_number, max(their_read_number, their_delivered_number), last)
