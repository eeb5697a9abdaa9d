"""Reading: how far each member has read, what is unread or marked so, and the pages of messages they read."""
from collections import namedtuple

from ..database.sql import figure, named, rows, truth, whole
from ..database.transaction import transact
from ..errors import Refused
from ..feed import events, sequence
from ..members import preferences
from ..members.contacts import may_be_in, may_be_in_as_sql
from .conversations import find_direct

HISTORY_LIMIT = 50
LARGEST_PAGE = 200

# `more` messages are older than these, `later` says whether any are newer.
History = namedtuple('History', 'messages more seq later', defaults=[False])
Place = namedtuple('Place', 'id read_number sent_count sent_at_read last_number delivered_number receipt_number marked_unread')


def mark_read(db, user_id, conversation, number):
    """Record that `user_id` has read up to `number`, never backwards, and commit; return a feed.Change whose result is the new number.

    Takes off the mark of mark_unread(). The result is None and nothing is written when there is nothing new. Raises Refused not_found.
    """
    mine = place(db, user_id, conversation)
    if min(number, mine.last_number) <= mine.read_number and not mine.marked_unread:
        return sequence.Change(None, None, None, [])
    return transact(db, lambda: _mark_read(db, user_id, conversation, number))


def mark_unread(db, user_id, conversation):
    """Mark a conversation as unread, for `user_id` alone, and commit; return a feed.Change. Raises Refused not_found."""
    if place(db, user_id, conversation).marked_unread:
        return sequence.Change(None, None, None, [])
    return transact(db, lambda: _mark(db, user_id, conversation, sequence.take(db, 1), True))


def place(db, user_id, conversation):
    """Return the Place of a member in a conversation. Raises Refused not_found when it is none of theirs."""
    mine = db.participant
    query = (mine.conversation == conversation) & (mine.user_id == user_id) & (mine.left_number == None)  # noqa: E711
    query &= db.conversation.id == mine.conversation
    found = rows(db, query, mine.id, mine.read_number, mine.sent_count, mine.sent_at_read, db.conversation.last_number,
                 mine.delivered_number, mine.receipt_number, mine.marked_unread, db.conversation.direct_key)
    if not found or not may_be_in(found[0][-1], user_id):
        raise Refused('not_found')
    return Place(*map(whole, found[0][:-2]), truth(found[0][-2]))


def history(db, user_id, conversation, before=None, limit=HISTORY_LIMIT, after=None, around=None):
    """Return the History of the newest messages below number `before`, ascending; or of the oldest above `after`, or of those `around` one.

    `seq` was the feed's head before anything was read, so a sync from it misses nothing. Raises Refused not_found.
    """
    seq = sequence.state(db).head
    mine = place(db, user_id, conversation)
    limit = max(1, min(limit, LARGEST_PAGE))
    if after is not None:
        found, later = _page(db, user_id, conversation, db.message.number > after, limit, db.message.number)
        return History(found, after > 0 and bool(found), seq, later)
    if around is not None:
        if not 0 < around <= mine.last_number:
            raise Refused('not_found')
        newer, later = _page(db, user_id, conversation, db.message.number > around, limit // 2, db.message.number)
        found, more = _page(db, user_id, conversation, db.message.number <= around, limit // 2 + 1, ~db.message.number)
        return History(found[::-1] + newer, more, seq, later)
    query = db.message.number > 0 if before is None else db.message.number < before
    found, more = _page(db, user_id, conversation, query, limit, ~db.message.number)
    return History(found[::-1], more, seq, bool(found) and found[0].number < mine.last_number)


def history_with(db, user_id, other, before=None, limit=HISTORY_LIMIT, after=None, around=None):
    """Return (conversation id or None, History) of what `user_id` and `other` wrote each other; empty before the first message.

    Raises Refused not_found when there is no message to be `around`.
    """
    seq = sequence.state(db).head
    conversation = find_direct(db, user_id, other)
    if conversation is not None:
        return conversation, history(db, user_id, conversation, before, limit, after, around)
    if around is not None:
        raise Refused('not_found')
    return None, History([], False, seq)


def _page(db, user_id, conversation, query, limit, order):
    query &= of_conversation(db, user_id, conversation)
    found = events.messages(db, query, orderby=order, limitby=(0, limit + 1))
    return found[:limit], len(found) > limit


def unread(db, user_id, conversation):
    """Return how many messages of the conversation `user_id` has not read. Raises Refused not_found."""
    mine = place(db, user_id, conversation)
    return waiting(mine.last_number, mine.read_number, mine.sent_count, mine.sent_at_read)


def waiting(last_number, read_number, sent_count, sent_at_read):
    """Return how many messages of a conversation wait at a place with these figures. Others may have deleted some: never below 0."""
    return max(0, whole(last_number) - whole(read_number) - (whole(sent_count) - whole(sent_at_read)))


def waiting_as_sql(db, user_id):
    """Return the same as SQL, of a member's place in a query; NULL where the conversation isn't there, or isn't theirs.

    Not a join: for a member with many conversations PostgreSQL would read all conversations there are.
    """
    mine = db.participant
    last = 'SELECT %s FROM %s latest WHERE latest.id = %s AND %s' % (
        figure(db, 'latest.last_number'), db.conversation._rname, named(mine.conversation),
        may_be_in_as_sql('latest.direct_key', user_id))
    return '(%s) - %s - %s + %s' % (last, *(figure(db, named(field)) for field in (mine.read_number, mine.sent_count, mine.sent_at_read)))


def of_conversation(db, user_id, conversation):
    """The query for what a member may see of their conversation: a row that is nobody's business there may have got into it."""
    message = db.message
    return (message.conversation == conversation) & ((message.sender == user_id) | (message.receiver == user_id))


def _mark_read(db, user_id, conversation, number):
    since = sequence.take(db, 1)
    mine = place(db, user_id, conversation)
    number = min(number, mine.last_number)
    if number > mine.read_number:
        return _read_on(db, user_id, conversation, since, mine, number)
    if mine.marked_unread:
        return _mark(db, user_id, conversation, since, False)
    return sequence.Change(None, since, since + 1, [])


def _read_on(db, user_id, conversation, since, mine, number):
    thread, of_number = db.message.conversation == conversation, db.message.number
    # Counted behind it, and not as what is read now: of what others have deleted no row may be missing there, or one would not wait.
    own = 0
    if number < mine.last_number:
        own = rows(db, thread & (of_number > number) & (db.message.sender == user_id), db.message.id.count())[0][0]
    newly = thread & (of_number > mine.read_number) & (of_number <= number)
    is_told = preferences.of(db, user_id).gives_receipts
    # What others are told in its place when they aren't told that it was read: no more than that it has arrived.
    told = {'receipt_number': number} if is_told else {'delivered_number': max(number, mine.delivered_number)}
    sent_count = max(mine.sent_count, own)      # what somebody has typed there may be anything
    db(db.participant.id == mine.id).update(
        read_number=number, sent_count=sent_count, sent_at_read=sent_count - own, marked_unread=False, **told)
    db(newly & (db.message.receiver == user_id)).update(is_read=True)
    kind = 'read' if is_told else 'read_privately'
    return happened(db, since, number, kind=kind, conversation=conversation, user_id=user_id, number=number)


def _mark(db, user_id, conversation, since, is_unread):
    db(db.participant.id == place(db, user_id, conversation).id).update(marked_unread=is_unread)
    return happened(db, since, None, kind='unread', conversation=conversation, user_id=user_id, number=int(is_unread))


def happened(db, since, result, **event):
    """Put an event into its place in the feed, the one after `since`; return the Change."""
    db(db.conversation.id == event['conversation']).update(last_seq=since + 1)
    db.event.insert(seq=since + 1, **event)
    return sequence.Change(result, since, since + 1, events.read(db, since, since + 1, 1))
