"""Delivery: how far messages have reached a device of their receiver. Told, and kept as one number; no event of the feed."""
from typing import NamedTuple

from ..database import bound, written
from ..database.sql import rows, whole
from ..database.transaction import transact
from ..errors import Refused
from ..feed import sequence
from . import reading


class Delivered(NamedTuple):
    """Messages up to `number` have reached `user_id`; `audience` are those who wrote them."""

    conversation: int
    user_id: int
    number: int
    audience: frozenset


class Theirs(NamedTuple):
    """How far the other member of a direct conversation has read, as far as they tell, and received what was written."""

    read_number: int
    delivered_number: int


def record(db, marks):
    """Record {(user_id, conversation): number}, never backwards, and commit; return what is new as Delivered.

    Conversations that are not the member's are passed over: whoever takes a single mark asks reading.place() first.
    """
    return transact(db, lambda: _record(db, marks))


def mark(db, user_id, conversation, number):
    """Record that messages up to `number` have reached `user_id`, and commit. Raises Refused not_found."""
    reading.place(db, user_id, conversation)
    record(db, {(user_id, conversation): number})


def theirs(db, user_id, conversation):
    """Return Theirs of a conversation; zeros before the first message."""
    if conversation is None:
        return Theirs(0, 0)
    found = written.rows(db, 'theirs', lambda: _select_theirs(db, *bound.GIVEN[:2]), user_id, conversation)
    _, read, delivered = map(whole, max(found, key=lambda row: row[0] is not None)) if found else (0, 0, 0)
    return Theirs(read, max(read, delivered))


def _select_theirs(db, user_id, conversation):
    place = db.participant
    return db(_others(db, user_id, conversation))._select(place.user_id, place.receipt_number, place.delivered_number)


def is_other(db, user_id):
    """The query for places in a member's conversations that aren't theirs; one that has no number was a former member's."""
    other = db.participant
    return ((other.user_id != user_id) & (other.left_number == None)) | (other.user_id == None)  # noqa: E711


def _record(db, marks):
    sequence.take(db, 0)    # the lock, and no place: nothing here is an event
    new = []
    for (user_id, conversation), number in marks.items():
        try:
            place = reading.place(db, user_id, conversation)
        except Refused:
            continue
        number = min(number, place.last_number)
        if number > max(place.delivered_number, place.receipt_number):
            db(db.participant.id == place.id).update(delivered_number=number)
            audience = frozenset(row[0] for row in rows(db, _others(db, user_id, conversation), db.participant.user_id) if row[0])
            new.append(Delivered(conversation, user_id, number, audience))
    return new


def _others(db, user_id, conversation):
    return (db.participant.conversation == conversation) & is_other(db, user_id)
