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
    waiting = _waiting(db, user_id)
    return ' UNION ALL '.join(db(query & which)._select(waiting).rstrip(';') for which in _where_it_may_wait(db))


def does_anything_wait(db, user_id):
    """Return whether there is anything that reading.mark_all_read() would mark. One statement, that looks where unread() does."""
    return bool(written.rows(db, 'does anything wait', lambda: _waiting_select(db, GIVEN[0]), user_id))


def _waiting_select(db, user_id):
    mine, unread_there = db.participant, reading.is_unread(db, user_id)
    parts = [db((mine.user_id == user_id) & (mine.left_number == None) & which)._select(mine.id, limitby=(0, 1)).rstrip(';')  # noqa: E711
             for which in (mine.marked_unread == True, *(which & unread_there for which in _where_it_may_wait(db)))]  # noqa: E712
    return ' UNION ALL '.join('SELECT * FROM (%s) part' % part for part in parts)


def _where_it_may_wait(db):
    """The two queries for places where something may wait. Not one with an OR: along two indexes, and never through all of a member's."""
    mine, upto = db.participant, Expression(db, noting.noted_upto(db), type='bigint')
    return mine.last_seq > upto, (mine.waits == True) & ((mine.last_seq <= upto) | (mine.last_seq == None))  # noqa: E711, E712


def muted_now(db):
    """The query for conversations of a member, as their places in them, that are muted NOW; for written.rows()."""
    until = db.participant.muted_until
    return (until != None) & (until > NOW)  # noqa: E711


def _waiting(db, user_id):
    """Return the sum over a member's places; those whose conversation isn't in the list add nothing."""
    # SQLite's SUM() fails over sums that are too large.
    add, larger = ('TOTAL', 'MAX') if db._adapter.dbengine == 'sqlite' else ('SUM', 'GREATEST')
    return Expression(db, '%s(%s(COALESCE(%s, 0), 0))' % (add, larger, reading.waiting_as_sql(db, user_id)), type='bigint')
