"""The inbox: what a member has received, as letters, newest first; all of them, or those that wait to be read.

Read only. Whether a letter waits is said by how far its conversation is read, as everywhere; `is_read` is what other applications are told.
"""
from collections import namedtuple
from typing import NamedTuple

from pydal.objects import Expression

from ..database import bound, written
from ..database.sql import condition, named, rows, whole
from ..feed import events, sequence
from . import reading

LIMIT = 25
LOOKED_AT = 2_000   # letters, among which it is first looked for those that wait

Inbox = namedtuple('Inbox', 'letters more seq')
# How far one conversation is read, and above which number its letters wait: one earlier where it is marked as unread.
_Place = namedtuple('_Place', 'conversation read_number waits_above')


class Letter(NamedTuple):
    """A message received. `is_marked`: it is read, but the newest of a conversation that is marked as unread."""

    message: events.Message
    is_unread: bool
    is_marked: bool

    @property
    def waits(self):
        return self.is_unread or self.is_marked


def received(db, user_id, before=None, limit=LIMIT):
    """Return the Inbox of everything received below the seq `before`."""
    seq = sequence.state(db).head

    def query(user_id, before):
        seq = db.message.seq
        return (db.message.receiver == user_id) & (seq > 0) & (seq < before) & events.in_sight(db, user_id)
    found = events.asked(db, 'received', query, (user_id, sequence.LARGEST_SEQ if before is None else before), limit + 1,
                         lambda: ~db.message.seq)
    return _inbox(user_id, found, _places_in(db, user_id, {message.conversation for message in found}), limit, seq)


def waiting(db, user_id, before=None, limit=LIMIT):
    """Return the Inbox of what waits to be read. Costs what a page holds, and a look at each conversation.

    Further down also a look at what waits above it, where letters that wait are few among the others.
    """
    seq = sequence.state(db).head
    further = _further(db, user_id, before, limit + 1) if before is not None else None
    if further:
        return _inbox(user_id, *further, limit, seq)
    newest = _newest(db, user_id, before)
    mine = (db.participant.user_id == user_id) & reading.has_something_waiting(db, user_id)
    places = _places(db, user_id, mine, newest, orderby=~newest, limitby=(0, limit + 1))
    ids = _ids(db, user_id, places, before, limit + 1) if places else []
    found = events.messages(db, db.message.id.belongs(ids), orderby=~db.message.seq) if ids else []
    return _inbox(user_id, found, places, limit, seq)


def _further(db, user_id, before, count):
    """Return (letters, places) of what waits among the next LOOKED_AT that were received, where those are enough, or all; else None."""
    letter, mine = db.message, db.participant
    received = (letter.receiver == user_id) & (letter.seq > 0) & (letter.seq < before)
    end = rows(db, received, letter.seq, orderby=~letter.seq, limitby=(LOOKED_AT, LOOKED_AT + 1))
    above = 'SELECT MIN(%s) FROM %s WHERE %s = %s AND %s = %d AND %s IS NULL' % (
        _waits_above(db, user_id), mine._rname, named(mine.conversation), named(letter.conversation), named(mine.user_id), user_id,
        named(mine.left_number))
    waits = condition(db, '%s > (%s)' % (named(letter.number), above)) & ((letter.sender != user_id) | (letter.sender == None))  # noqa: E711
    received &= letter.seq > (whole(end[0][0]) if end else 0)
    found = events.messages(db, received & waits & events.in_sight(db, user_id), orderby=~letter.seq, limitby=(0, count))
    if len(found) < count and end:
        return None
    return found, _places(db, user_id, mine.conversation.belongs({one.conversation for one in found})) if found else []


def _inbox(user_id, found, places, limit, seq):
    places = {place.conversation: place for place in places}
    return Inbox([_letter(user_id, message, places.get(message.conversation)) for message in found[:limit]], len(found) > limit, seq)


def _letter(user_id, message, place):
    if not place or message.sender_id == user_id:
        return Letter(message, False, False)
    is_unread = message.number > place.read_number
    return Letter(message, is_unread, message.number > place.waits_above and not is_unread)


def _places_in(db, user_id, conversations):
    """Return the _Places of a member in these conversations."""
    found = written.rows(db, 'places of letters', lambda: _select_places(
        db, bound.GIVEN[0], bound.any_of(db.participant.conversation)), user_id, among=conversations) if conversations else ()
    return [_Place(row[1], *map(whole, row[2:4])) for row in found if row[0] == user_id]


def _select_places(db, user_id, query):
    mine = db.participant
    return db(query & (mine.left_number == None))._select(  # noqa: E711
        mine.user_id, mine.conversation, mine.read_number, _waits_above(db, user_id))


def _places(db, user_id, query, *newest, **attributes):
    mine = db.participant
    query &= mine.left_number == None  # noqa: E711
    found = rows(db, query, mine.user_id, mine.conversation, mine.read_number, _waits_above(db, user_id), *newest, **attributes)
    # Not asked for by the query alone: PostgreSQL would look at all places of a member, not at those in the conversations of a page.
    return [_Place(row[1], *map(whole, row[2:4])) for row in found if row[0] == user_id and (row[-1] or not newest)]


def _waits_above(db, user_id):
    """Return the number above which the letters of a place wait, as SQL."""
    mine = db.participant
    last, read_number = _last(db, user_id, 'letter.number'), named(mine.read_number)
    return Expression(db, 'CASE WHEN %s AND %s <= %s THEN %s - 1 ELSE %s END' % (
        mine.marked_unread == True, last, read_number, last, read_number), type='bigint')  # noqa: E712


def _newest(db, user_id, before):
    """Return the seq of the newest letter that waits in a place, 0 for none, as SQL."""
    which = 'AND letter.number > %s' % _waits_above(db, user_id) + ('' if before is None else ' AND letter.seq < %d' % before)
    return Expression(db, _last(db, user_id, 'letter.seq', which), type='bigint')


def _last(db, user_id, column, which=''):
    # Not a join, and not max(): along the numbers of a conversation it is the first row from the end.
    return 'COALESCE((SELECT %s FROM %s letter WHERE letter.conversation = %s ' \
           'AND letter.receiver = %d AND COALESCE(letter.sender, 0) <> %d AND letter.number > 0 %s ' \
           'ORDER BY letter.number DESC LIMIT 1), 0)' % (
               column, db.message._rname, named(db.participant.conversation), user_id, user_id, which)


def _ids(db, user_id, places, before, limit):
    """Return the ids of the newest letters that wait in these places; of each place no more are read than fit on the page."""
    letter = db.message
    received = (letter.receiver == user_id) & ((letter.sender != user_id) | (letter.sender == None))  # noqa: E711
    if before is not None:
        received &= letter.seq < before
    parts = [db(received & (letter.conversation == place.conversation) & (letter.number > place.waits_above))._select(
        letter.seq, letter.id, orderby=~letter.number, limitby=(0, limit)) for place in places]
    found = db.executesql(' UNION ALL '.join('SELECT * FROM (%s) part' % part.rstrip(';') for part in parts))
    # SQLite finds a text larger than any number: such a row is nobody's.
    return [id for _, id in sorted((row for row in found if type(row[0]) is int), reverse=True)[:limit]]
