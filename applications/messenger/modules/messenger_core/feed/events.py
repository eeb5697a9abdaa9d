"""What happens, as it is read from the feed: a new message, a reading, a logout. Read only; writing is the business of the verbs.

Nothing here holds text that outlives the reader's rights: messages are read at the moment they are asked for.
"""
from datetime import datetime
from typing import NamedTuple, Optional

from ..database import bound, sql, written
from ..database.sql import condition, first_fit, moment, rows, text, truth, whole_ones
from ..members import directory
from ..members.contacts import may_be_in
from . import seal

# The columns of `message` and `event` that are read, in this order.
FIELDS = ('id', 'seq', 'conversation', 'number', 'sender', 'receiver', 'content', 'timestamp', 'is_read', 'ref', 'seal', 'deleted_at')
NOTED = ('seq', 'kind', 'conversation', 'user_id', 'number', 'detail')
# What is told to nobody but the member whose event it is.
PRIVATE = ('read_privately', 'unread', 'mute')


class Message(NamedTuple):
    """A stored message. `sender` is the display name; of a former member "" and no `sender_id`."""

    id: int
    seq: int
    conversation: int
    number: int
    sender_id: Optional[int]
    sender: str
    receiver_id: Optional[int]
    content: str
    timestamp: datetime
    is_read: bool
    ref: Optional[str]

    @property
    def audience(self):
        return {self.sender_id, self.receiver_id} - {None}


class Read(NamedTuple):
    """Somebody has read a conversation up to `number`.

    `audience` may know. Where the reader gives no receipts that is nobody else, and `others` learn only that it was delivered.
    """

    seq: int
    conversation: int
    user_id: int
    number: int
    audience: frozenset
    others: frozenset = frozenset()


class Marked(NamedTuple):
    """Somebody has marked a conversation as unread for themselves, or has taken the mark off."""

    seq: int
    conversation: int
    user_id: int
    marked_unread: bool

    @property
    def audience(self):
        return {self.user_id}


class Muted(NamedTuple):
    """Somebody wants to hear nothing of a conversation's new messages, or wants to again."""

    seq: int
    conversation: int
    user_id: int
    muted: bool

    @property
    def audience(self):
        return {self.user_id}


class Logout(NamedTuple):
    """A session has ended; servers close its sockets, nobody is told. `session_hash` as messenger_core.ends.logout makes it.

    With a `generation` it is the one session that has not ended: all others of the member's have, that are of an earlier generation.
    """

    seq: int
    user_id: int
    session_hash: str
    generation: Optional[int] = None
    audience: frozenset = frozenset()


def read(db, after, upto, limit):
    """Return everything with after < seq <= upto, ascending, `limit` at most."""
    written = first_fit(limit, lambda count: _window(db, db.message, FIELDS, after, upto, count), lambda found: ours(db, found))
    noted = first_fit(limit, lambda count: _window(db, db.event, NOTED, after, upto, count), lambda found: told(db, found))
    return merge(named(db, written), noted, limit)


def _window(db, table, names, after, upto, count):
    """Return the first rows of a table with after < seq <= upto. It is asked at each wake-up: the text of the statement is kept."""
    after_it, upto_it, count_of_it = bound.GIVEN[:3]
    return bound.found(db, ('window', table._tablename), lambda: db(between(table, after_it, upto_it))._select(
        *map(table.__getitem__, names), orderby=table.seq, limitby=(0, count_of_it)), after, upto, count)


def messages(db, query, **attributes):
    """Return the Messages a query finds, with their senders' names; in two statements however many there are."""
    return named(db, found(db, query, **attributes))


def asked(db, name, query, numbers, limit=None, order=None, among=()):
    """The same of a query whose text is kept under `name`: `query(*GIVEN)` makes it for `numbers`, see written.rows().

    `order()` makes its order.
    """
    def read(*count):
        return written.rows(db, name, lambda: db(query(*bound.GIVEN[:len(numbers)]))._select(
            *map(db.message.__getitem__, FIELDS), orderby=order and order(), limitby=count and (0, bound.GIVEN[len(numbers)])),
            *numbers, *count, among=among)
    return named(db, first_fit(limit, read, lambda found: ours(db, found)) if limit else ours(db, read()))


def in_sight(db, user_id):
    """The query for messages that the number of a member may find: see out_of_sight."""
    return condition(db, 'NOT ' + out_of_sight_as_sql(db, user_id))


def out_of_sight(db, user_id):
    """The query for messages of conversations that somebody has left for good, and in which this number has no place.

    They may still name it: a database may not let it be taken off them.
    """
    return condition(db, out_of_sight_as_sql(db, user_id))


def out_of_sight_as_sql(db, user_id):
    """The same as SQL."""
    return 'EXISTS (SELECT 1 FROM %s its WHERE its.id = %s AND its.direct_key IS NULL AND NOT EXISTS (SELECT 1 FROM %s mine ' \
           'WHERE mine.conversation = its.id AND mine.user_id = %d AND mine.left_number IS NULL))' % (
               db.conversation._rname, sql.named(db.message.conversation), db.participant._rname, user_id)


def found(db, query, limitby=None, **attributes):
    """Return the rows of messages, without those that don't lie where we have put them: they may be anybody's."""
    if not limitby:
        return ours(db, _rows(db, query, attributes))
    return first_fit(limitby[1], lambda count: _rows(db, query, dict(attributes, limitby=(0, count))), lambda found: ours(db, found))


def _rows(db, query, attributes):
    return rows(db, query, *map(db.message.__getitem__, FIELDS), **attributes)


def ours(db, found):
    """Return those of the rows that lie where we have put them."""
    return [row for row in found if _is_ours(db, *row)]


def named(db, found):
    """Return the Messages of such rows, with their senders' names."""
    names = directory.names(db, {row[4] for row in found})
    return [_message(row, names.get(row[4])) for row in found]


def _is_ours(db, id, seq, conversation, number, sender, receiver, content, timestamp, is_read, ref, stored, deleted_at):
    if not seal.fits(stored, sender, receiver, conversation, number, seq):
        if stored is not None:      # else adoption finds it anyway
            seal.note(db, id)
        return False
    if seal.is_edited(stored, content, deleted_at is not None):
        seal.note(db, id)
    return True


def _message(row, name):
    id, seq, conversation, number, sender, receiver, content, timestamp, is_read, ref = row[:10]
    return Message(id, seq, conversation, number, None if name is None else sender, name or '', receiver,
                   text(content), moment(timestamp), truth(is_read), text(ref) or None)


def between(table, after, upto):
    """The query for what has a place above `after`, up to `upto`."""
    return (table.seq > after) & (table.seq <= upto)


def merge(written, happened, limit):
    """Return the first of what was written and of what has happened else."""
    return sorted(written + happened, key=lambda event: event.seq)[:limit]


def happened(db, query, limit, user_id=None):
    """Return the first events of a query that can be read; with a `user_id` those that are told them."""
    return first_fit(limit, lambda count: _noted(db, query, count), lambda found: told(db, found, user_id))


def _noted(db, query, count):
    return rows(db, query, *map(db.event.__getitem__, NOTED), orderby=db.event.seq, limitby=(0, count))


def told(db, found, user_id=None):
    """Return the events of such rows that can be read."""
    readers = _participants(db, whole_ones(row[2] for row in found))
    all_events = [event for event in (_event(row, readers) for row in found) if event]
    # Somebody may have given them a place in a conversation of others.
    return [event for event in all_events if user_id is None or user_id in event.audience]


def _event(row, readers):
    seq, kind, conversation, user_id, number, detail = row
    if any(type(value) not in (int, type(None)) for value in (seq, conversation, user_id, number)):
        return None     # SQLite keeps anything anywhere
    if None in (user_id, seq) or (conversation is None and kind not in ('logout', 'logout_others')):
        return None
    if kind in ('read', 'read_privately') and number is None:
        return None
    if kind == 'read':
        return Read(seq, conversation, user_id, number, frozenset(readers.get(conversation, ())))
    if kind == 'read_privately':
        return Read(seq, conversation, user_id, number, frozenset({user_id}), frozenset(readers.get(conversation, ())) - {user_id})
    if kind == 'unread':
        return Marked(seq, conversation, user_id, bool(number))
    if kind == 'mute':
        return Muted(seq, conversation, user_id, bool(number))
    if kind in ('logout', 'logout_others'):
        return Logout(seq, user_id, detail or '', number if kind == 'logout_others' else None)
    return None  # of a later release


def _participants(db, conversations):
    found, their = {}, db.participant
    query = bound.any_of(their.conversation) & (their.left_number == None) & (db.conversation.id == their.conversation)  # noqa: E711
    for conversation, user_id, key in bound.select(db, 'participants', lambda: db(query)._select(
            their.conversation, their.user_id, db.conversation.direct_key), conversations) if conversations else ():
        if may_be_in(key, user_id):
            found.setdefault(conversation, set()).update(whole_ones([user_id]))
    return found
