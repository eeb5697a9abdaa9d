"""What a member wants to be told of: the conversations they have muted, and how many messages wait for them in the others."""
from pydal.objects import Expression

from ..database import written
from ..database.bound import GIVEN
from ..database.written import NOW
from . import marking, noting, reading


def mute(db, user_id, conversation, muted):
    """Mute a conversation for `user_id` alone, or take that off, and commit; return a feed.Change. Raises Refused not_found."""
    return marking.mark(db, marking.MUTE, user_id, conversation, muted)


def is_muted(db, user_id, conversation):
    """Return whether a member has muted a conversation. One that isn't theirs, or None, is not muted."""
    return conversation is not None and bool(written.rows(db, 'is muted', lambda: _muted_select(db, *GIVEN[:2]), user_id, conversation))


def _muted_select(db, user_id, conversation):
    mine = db.participant
    query = (mine.conversation == conversation) & (mine.user_id == user_id) & (mine.left_number == None)  # noqa: E711
    return db(query & muted_now(db))._select(mine.id, limitby=(0, 1))


def unread(db, user_id):
    """Return how many messages wait for a member in all conversations of their list that they haven't muted. One statement.

    It looks at the places where it is noted that something waits, and at those that have moved since: see noting.
    """
    return int(sum(row[0] or 0 for row in written.rows(db, 'unread', lambda: _unread_select(db, GIVEN[0]), user_id)))


def _unread_select(db, user_id):
    mine = db.participant
    query = (mine.user_id == user_id) & (mine.left_number == None) & ~muted_now(db)  # noqa: E711
    upto, waiting = Expression(db, noting.noted_upto(db), type='bigint'), _waiting(db, user_id)
    noted = (mine.waits == True) & ((mine.last_seq <= upto) | (mine.last_seq == None))  # noqa: E711, E712
    # Not with an OR: along two indexes, and never through all that the member has.
    parts = [db(query & which)._select(waiting).rstrip(';') for which in (mine.last_seq > upto, noted)]
    return ' UNION ALL '.join(parts)


def muted_now(db):
    """The query for conversations of a member, as their places in them, that are muted NOW; for written.rows()."""
    until = db.participant.muted_until
    return (until != None) & (until > NOW)  # noqa: E711


def _waiting(db, user_id):
    """Return the sum over a member's places; those whose conversation isn't in the list add nothing."""
    # SQLite's SUM() fails over sums that are too large.
    add, larger = ('TOTAL', 'MAX') if db._adapter.dbengine == 'sqlite' else ('SUM', 'GREATEST')
    return Expression(db, '%s(%s(COALESCE(%s, 0), 0))' % (add, larger, reading.waiting_as_sql(db, user_id)), type='bigint')
