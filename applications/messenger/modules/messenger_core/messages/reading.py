"""Reading: how far each member has read, what is unread or marked so, and the pages of messages they read."""
from collections import namedtuple

from pydal.objects import Expression

from ..database.sql import figure, named, rows, whole
from ..errors import Refused
from ..feed import events, sequence
from ..members.contacts import may_be_in_as_sql
from . import marking
from .conversations import find_direct

HISTORY_LIMIT = 50
LARGEST_PAGE = 200
MARKED_AT_ONCE = 100

# `more` messages are older than these, `later` says whether any are newer.
History = namedtuple('History', 'messages more seq later', defaults=[False])


def mark_read(db, user_id, conversation, number):
    """Record that `user_id` has read up to `number`, never backwards, and commit; return a feed.Change whose result is the new number.

    Takes off the mark of mark_unread(). The result is None and nothing is written when there is nothing new. Raises Refused not_found.
    """
    return marking.mark(db, marking.READ, user_id, conversation, number)


def mark_unread(db, user_id, conversation):
    """Mark a conversation as unread, for `user_id` alone, and commit; return a feed.Change. Raises Refused not_found."""
    return marking.mark(db, marking.UNREAD, user_id, conversation)


def mark_all_read(db, user_id, upto):
    """Record that `user_id` has read all that there was at the place `upto` in the feed, of muted conversations, too; take off all marks.

    By so many at a time that nobody else waits for long. Raises Refused busy if some could not be marked; the others are.
    """
    marks, refused = [marking.Mark(marking.READ, user_id, *row) for row in _waiting_at(db, user_id, upto)], None
    for start in range(0, len(marks), MARKED_AT_ONCE):
        results = marking.mark_all(db, marks[start:start + MARKED_AT_ONCE]).result
        refused = refused or next((one for one in results if isinstance(one, Refused) and one.code == 'busy'), None)
    if refused:
        raise refused


def place(db, user_id, conversation):
    """Return the marking.Place of a member in a conversation. Raises Refused not_found when it is none of theirs."""
    found = marking.places(db, [(user_id, conversation)])
    if not found:
        raise Refused('not_found')
    return found[user_id, conversation]


def history(db, user_id, conversation, before=None, limit=HISTORY_LIMIT, after=None, around=None):
    """Return the History of the newest messages below number `before`, ascending; or of the oldest above `after`, or of those `around` one.

    `seq` was the feed's head before anything was read, so a sync from it misses nothing. Raises Refused not_found.
    """
    seq = sequence.state(db).head
    mine = place(db, user_id, conversation)
    limit = max(1, min(limit, LARGEST_PAGE))
    if after is not None:
        found, later = _page(db, user_id, conversation, limit, above=after)
        return History(found, after > 0 and bool(found), seq, later)
    if around is not None:
        if not 0 < around <= mine.last_number:
            raise Refused('not_found')
        newer, later = _page(db, user_id, conversation, limit // 2, above=around)
        found, more = _page(db, user_id, conversation, limit // 2 + 1, below=around + 1)
        return History(found[::-1] + newer, more, seq, later)
    found, more = _page(db, user_id, conversation, limit, below=before)
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


def _page(db, user_id, conversation, limit, above=None, below=None):
    """Return the first `limit` messages above a number, or the last below one, or the last of all; and whether there are more."""
    is_upwards, is_end = above is not None, above is None and below is None

    def query(user_id, conversation, end):
        number = db.message.number
        return (number > end if is_upwards or is_end else number < end) & of_conversation(db, user_id, conversation)
    found = events.asked(db, ('page', is_upwards, is_end), query, (user_id, conversation, above or below or 0), limit + 1,
                         lambda: db.message.number if is_upwards else ~db.message.number)
    return found[:limit], len(found) > limit


def unread(db, user_id, conversation):
    """Return how many messages of the conversation `user_id` has not read. Raises Refused not_found."""
    mine = place(db, user_id, conversation)
    return waiting(mine.last_number, mine.read_number, mine.sent_count, mine.sent_at_read)


def waiting(last_number, read_number, sent_count, sent_at_read):
    """Return how many messages of a conversation wait at a place with these figures. Others may have deleted some: never below 0."""
    return max(0, whole(last_number) - whole(read_number) - (whole(sent_count) - whole(sent_at_read)))


def waiting_as_sql(db, user_id=None):
    """Return the same as SQL, of a place in a query; NULL where the conversation isn't there, or isn't that member's, if it is one's.

    Not a join: for a member with many conversations PostgreSQL would read all conversations there are.
    """
    mine = db.participant
    last = 'SELECT %s FROM %s latest WHERE latest.id = %s%s' % (
        figure(db, 'latest.last_number'), db.conversation._rname, named(mine.conversation),
        '' if user_id is None else ' AND ' + may_be_in_as_sql('latest.direct_key', user_id))
    return '(%s) - %s - %s + %s' % (last, *(figure(db, named(field)) for field in (mine.read_number, mine.sent_count, mine.sent_at_read)))


def has_something_waiting(db, user_id):
    """The query for places of a member where something waits to be read, or is marked as if it did."""
    mine = db.participant
    return (mine.left_number == None) & ((mine.marked_unread == True) | is_unread(db, user_id))  # noqa: E711, E712


def is_unread(db, user_id):
    """The query for those where something waits to be read."""
    return Expression(db, waiting_as_sql(db, user_id), type='bigint') > Expression(db, '0')


def _waiting_at(db, user_id, upto):
    """Return [(conversation, number)] of all that waited at a place in the feed, and up to which number. One statement."""
    mine = db.participant
    last = _number_in(db, figure(db, 'there.last_number'), db.conversation, 'there.id = %s')
    upto_there = 'there.conversation = %%s AND there.number > 0 AND there.seq <= %d ORDER BY there.number DESC' % upto
    there = _number_in(db, 'there.number', db.message, upto_there)
    mine_waiting = (mine.user_id == user_id) & has_something_waiting(db, user_id)
    found = rows(db, mine_waiting, mine.conversation, mine.last_seq, last, there, orderby=mine.id)
    # To the very end where nothing has come since: of the last messages others may have taken the rows away.
    return [(whole(conversation), whole(last if whole(last_seq) <= upto else there)) for conversation, last_seq, last, there in found]


def _number_in(db, number, table, which):
    """Return a number as SQL that `table` has of the conversation of a place."""
    return Expression(db, 'COALESCE((SELECT %s FROM %s there WHERE %s LIMIT 1), 0)' % (
        number, table._rname, which % named(db.participant.conversation)), type='bigint')


def of_conversation(db, user_id, conversation):
    """The query for what a member may see of their conversation: a row that is nobody's business there may have got into it."""
    message = db.message
    return (message.conversation == conversation) & ((message.sender == user_id) | (message.receiver == user_id))
