"""What happens, as it is read from the feed: a new message, a reading, a logout. Read only; writing is the business of the verbs.

Nothing here holds text that outlives the reader's rights: messages are read at the moment they are asked for.
"""
from datetime import datetime
from typing import NamedTuple, Optional

from . import members
from .sql import moment, rows, text, truth


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
    """Somebody has read a conversation up to `number`."""

    seq: int
    conversation: int
    user_id: int
    number: int
    audience: frozenset


class Logout(NamedTuple):
    """A session has ended; servers close its sockets, nobody is told. `session_hash` as sessions.session_hash makes it."""

    seq: int
    user_id: int
    session_hash: str
    audience: frozenset = frozenset()


def read(db, after, upto, limit):
    """Return everything with after < seq <= upto, ascending, `limit` at most."""
    return _merge(db, _between(db.message, after, upto), _between(db.event, after, upto), limit)


def read_for(db, user_id, after, upto, limit):
    """The same of what `user_id` may see. Costs what there is to tell, not what others wrote."""
    news = _conversations_with_news(db, user_id, after)
    if not news:
        return []
    visible = _between(db.message, after, upto) & db.message.conversation.belongs(news)
    told = _between(db.event, after, upto) & db.event.conversation.belongs(news) & (db.event.kind == 'read')
    return _merge(db, visible, told, limit)


def messages(db, query, **attributes):
    """Return the Messages a query finds, with their senders' names; in two statements however many there are."""
    table = db.message
    found = rows(db, query, table.id, table.seq, table.conversation, table.number, table.sender, table.receiver,
                 table.content, table.timestamp, table.is_read, table.ref, **attributes)
    names = members.names(db, {row[4] for row in found})
    return [_message(row, names.get(row[4])) for row in found]


def _message(row, name):
    id, seq, conversation, number, sender, receiver, content, timestamp, is_read, ref = row
    return Message(id, seq, conversation, number, None if name is None else sender, name or '', receiver,
                   text(content), moment(timestamp), truth(is_read), text(ref) or None)


def _between(table, after, upto):
    return (table.seq > after) & (table.seq <= upto)


def _conversations_with_news(db, user_id, after):
    query = (db.participant.user_id == user_id) & (db.participant.left_number == None)  # noqa: E711
    query &= (db.conversation.id == db.participant.conversation) & (db.conversation.last_seq > after)
    return [row[0] for row in rows(db, query, db.conversation.id)]


def _merge(db, written, happened, limit):
    found = messages(db, written, orderby=db.message.seq, limitby=(0, limit)) + _happened(db, happened, limit)
    return sorted(found, key=lambda event: event.seq)[:limit]


def _happened(db, query, limit):
    table = db.event
    found = rows(db, query, table.seq, table.kind, table.conversation, table.user_id, table.number, table.detail,
                 orderby=table.seq, limitby=(0, limit))
    readers = _participants(db, {row[2] for row in found if row[2]})
    return [event for event in (_event(row, readers) for row in found) if event]


def _event(row, readers):
    seq, kind, conversation, user_id, number, detail = row
    if kind == 'read':
        return Read(seq, conversation, user_id, number, frozenset(readers.get(conversation, ())))
    if kind == 'logout':
        return Logout(seq, user_id, detail)
    return None  # of a later release


def _participants(db, conversations):
    found = {}
    if conversations:
        query = db.participant.conversation.belongs(conversations) & (db.participant.left_number == None)  # noqa: E711
        for conversation, user_id in rows(db, query, db.participant.conversation, db.participant.user_id):
            found.setdefault(conversation, set()).add(user_id)
    return found
