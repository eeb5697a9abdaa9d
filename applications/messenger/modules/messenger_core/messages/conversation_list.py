"""The list of a member's conversations: with whom, the last message, how many are unread, how far the other one is.

Read only. What a row costs doesn't depend on how many messages its conversation has.
"""
from collections import namedtuple
from datetime import datetime
from typing import NamedTuple, Optional

from ..database import written
from ..database.bound import GIVEN, any_of
from ..database.sql import first_fit, moment, text, truth, whole, whole_ones
from ..database.tables import utcnow
from ..ends import last_seen
from ..feed import events, seal, sequence
from ..members import directory
from ..members.contacts import may_be_in
from . import delivery, noticing, reading

LIMIT = 50
LARGEST_PAGE = 200

# unread: how many messages wait in all conversations that aren't muted, on this page or not.
List = namedtuple('List', 'conversations more seq unread')


class Conversation(NamedTuple):
    """One row. `user_id` is the other member of a direct conversation, oneself in notes to oneself; a former member has no `name`.

    Nor a `user_id`, where the account was deleted.

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
    mine = first_fit(limit + 1, lambda count: _places(db, user_id, before, count), lambda places: _with_last(db, user_id, places))
    others = _others(db, user_id, [row[0] for row, _ in mine])
    names = directory.names(db, {user_id} | {row[0] for row in others.values()})
    seen = last_seen.of(db, [row[0] for row in others.values()])
    found = [_conversation(row, others.get(row[0]) or _alone(user_id, row), names, seen, last) for row, last in mine]
    return List(found[:limit], len(found) > limit, seq, noticing.unread(db, user_id))


def _places(db, user_id, before, count):
    before = sequence.LARGEST_SEQ if before is None else before
    return written.rows(db, 'places in list', lambda: _select_places(db, *GIVEN[:3]), user_id, before, count)


def _select_places(db, user_id, before, count):
    mine = db.participant
    query = (mine.user_id == user_id) & (mine.left_number == None) & (mine.last_seq > 0) & (mine.last_seq < before)  # noqa: E711
    return db(query)._select(mine.conversation, mine.read_number, mine.sent_count, mine.sent_at_read, mine.marked_unread,
                             mine.muted_until, orderby=~mine.last_seq, limitby=(0, count))


def _with_last(db, user_id, places):
    """Return [(place with what its conversation says, last message)] of the places that have one."""
    known = _known(db, user_id, places)
    last = _last(db, user_id, known)
    return [(row, last[row[0]]) for row in known if row[0] in last]


def _known(db, user_id, places):
    """Return the places with what their conversations say, without those that somebody has typed: in one of others, or in none."""
    ids = whole_ones(row[0] for row in places)
    found = written.rows(db, 'conversations in list', lambda: _select_known(db), among=ids) if ids else ()
    known = {row[0]: row[1:] for row in found if may_be_in(row[4], user_id)}
    return [(id, *known[id][:2], read_number, known[id][2], *counts, known[id][3]) for id, read_number, *counts in places if id in known]


def _select_known(db):
    its = db.conversation
    return db(any_of(its.id))._select(its.id, its.kind, its.last_message, its.last_number, its.direct_key)


def _last(db, user_id, mine):
    """Return {conversation: its newest message}. Somebody may have deleted what was the newest, or all of them."""
    ids = whole_ones(row[2] for row in mine)
    found = events.asked(db, 'last in list', lambda: any_of(db.message.id), (), among=ids) if ids else []
    last = {one.conversation: one for one in found if user_id in one.audience}
    for id, _, gone, *_ in [row for row in mine if row[0] not in last]:
        seal.note(db, whole(gone))     # whoever adopts next puts the row where it belongs by now
        theirs = reading.of_conversation(db, user_id, id) & (db.message.number > 0)
        for one in events.messages(db, theirs, orderby=~db.message.number, limitby=(0, 1)):
            last[id] = one
    return last


def _others(db, user_id, conversations):
    if not conversations:
        return {}
    found = written.rows(db, 'others in list', lambda: _select_others(db, GIVEN[0]), user_id, among=conversations)
    # A place without a number is that of who has left, but not where the other one is still here.
    return {row[0]: row[1:4] for row in found if may_be_in(row[4], row[1]) and (row[1] is not None or row[4] is None)}


def _select_others(db, user_id):
    other, its = db.participant, db.conversation
    query = any_of(other.conversation) & delivery.is_other(db, user_id) & (its.id == other.conversation)
    return db(query)._select(other.conversation, other.user_id, other.receipt_number, other.delivered_number, its.direct_key)


def _alone(user_id, row):
    """Return what stands for the other one where there is no such place: oneself, or nobody where somebody has gone without a trace."""
    return user_id if row[-1] else None, row[3], row[3]


def _conversation(row, other, names, seen, last):
    id, kind, _, read_number, last_number, sent_count, sent_at_read, marked_unread, muted_until, _ = row
    user_id, their_read_number, their_delivered_number = other[0], *map(whole, other[1:])
    read_number, unread = whole(read_number), reading.waiting(last_number, read_number, sent_count, sent_at_read)
    return Conversation(id, text(kind), user_id, names.get(user_id, ''), unread, truth(marked_unread), moment(muted_until) > utcnow(),
                        read_number, their_read_number, max(their_read_number, their_delivered_number), seen.get(user_id), last)
