"""The list of a member's conversations: with whom, the last message, how many are unread, how far the other one is.

Read only. What a row costs doesn't depend on how many messages its conversation has.
"""
from collections import namedtuple
from datetime import datetime
from typing import NamedTuple, Optional

from pydal.objects import Expression

from ..database.sql import moment, rows, truth
from ..database.tables import utcnow
from ..ends import last_seen
from ..feed import events, sequence
from ..members import directory
from . import noticing

LIMIT = 50
LARGEST_PAGE = 200

# unread: how many messages wait in all conversations that aren't muted, on this page or not.
List = namedtuple('List', 'conversations more seq unread')


class Conversation(NamedTuple):
    """One row. `user_id` is the other member of a direct conversation, oneself in notes to oneself; a former member has no `name`.

    `last_seen` is of the other one, where they show it.
    """

    conversation: int
    kind: str
    user_id: Optional[int]
    name: str
    unread: int
    marked_unread: bool
    muted: bool
    read_number: int
    their_read_number: int
    their_delivered_number: int
    last_seen: Optional[datetime]
    last: events.Message


def list_for(db, user_id, before=None, limit=LIMIT):
    """Return the List of conversations whose last message has a seq below `before`, newest first.

    `seq` was the feed's head before anything was read, so a sync from it misses nothing.
    """
    seq = sequence.state(db).head
    limit = max(1, min(limit, LARGEST_PAGE))
    mine = _mine(db, user_id, before, limit + 1)
    others = _others(db, user_id, [row[0] for row in mine])
    last = {message.id: message for message in events.messages(db, db.message.id.belongs([row[2] for row in mine]))} if mine else {}
    names = directory.names(db, {user_id} | {row[0] for row in others.values()})
    seen = last_seen.of(db, [row[0] for row in others.values()])
    found = [_conversation(row, others.get(row[0], (user_id, row[3], row[3])), names, seen, last[row[2]]) for row in mine]
    return List(found[:limit], len(found) > limit, seq, noticing.unread(db, user_id))


def _mine(db, user_id, before, limit):
    mine, last = db.participant, _last_seq(db)
    query = (mine.user_id == user_id) & (mine.left_number == None)  # noqa: E711
    if before is not None:
        query &= last < Expression(db, '%d' % before)   # pydal writes '5', which SQLite finds larger than any number that isn't a column's
    found = [row for row in rows(db, query, mine.conversation, mine.read_number, mine.sent_count, mine.sent_at_read, mine.marked_unread,
                                 mine.muted_until, last, orderby=~last, limitby=(0, limit)) if row[-1]]
    known, conversation = {}, db.conversation
    if found:
        query = conversation.id.belongs([row[0] for row in found])
        known = {row[0]: row[1:] for row in rows(
            db, query, conversation.id, conversation.kind, conversation.last_message, conversation.last_number)}
    return [(id, *known[id][:2], read_number, known[id][2], *counts) for id, read_number, *counts, _ in found]


def _last_seq(db):
    """Return the seq of the last message of a participant's conversation; 0 when that message has been deleted.

    Not a join: for a member with many conversations PostgreSQL would read all conversations and all messages there are.
    """
    seq = 'SELECT last.seq FROM %s latest, %s last WHERE latest.id = %s AND last.id = latest.last_message'
    return Expression(db, 'COALESCE((%s), 0)' % seq % (
        db.conversation._rname, db.message._rname, db.participant.conversation), type='bigint')


def _others(db, user_id, conversations):
    if not conversations:
        return {}
    other = db.participant
    query = other.conversation.belongs(conversations) & (other.user_id != user_id) & (other.left_number == None)  # noqa: E711
    return {row[0]: row[1:] for row in rows(
        db, query, other.conversation, other.user_id, other.receipt_number, other.delivered_number)}


def _conversation(row, other, names, seen, last):
    id, kind, _, read_number, last_number, sent_count, sent_at_read, marked_unread, muted_until = row
    user_id, their_read_number, their_delivered_number = other
    unread = last_number - read_number - (sent_count - sent_at_read)
    return Conversation(id, kind, user_id, names.get(user_id, ''), unread, truth(marked_unread), moment(muted_until) > utcnow(),
                        read_number, their_read_number, max(their_read_number, their_delivered_number), seen.get(user_id), last)
