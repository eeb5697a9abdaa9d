"""Conversations and who takes part in them: found, or made when missing. Only called under the feed's lock, so nothing is made twice."""
from dataclasses import dataclass, field
from typing import Optional

from ..database.sql import Increment, insert_many, rows, update_many


@dataclass
class Thread:
    """A conversation while a change works on it."""

    id: int
    direct_key: Optional[str]
    last_number: int
    participants: dict                                      # {user_id: participant id}
    sent: dict = field(default_factory=dict)                # {user_id: how many of theirs this change adds}
    last_seq: int = 0
    last_message: Optional[int] = None

    def next_number(self, sender):
        """Give the next number to a message from `sender`."""
        self.last_number += 1
        self.sent[sender] = self.sent.get(sender, 0) + 1
        return self.last_number

    def other(self, user_id):
        """Return the member `user_id` talks with in a direct conversation; oneself in notes to oneself."""
        return next((one for one in self.participants if one != user_id), user_id)


def direct_key(one, other):
    """Return the key of the conversation two members have, the same for both."""
    return '%d:%d' % (min(one, other), max(one, other))


def threads_by_key(db, keys):
    """Return {direct_key: Thread} for all `keys`, making those that don't exist yet."""
    found = _read(db, db.conversation.direct_key.belongs(keys))
    missing = sorted(set(keys) - {thread.direct_key for thread in found})
    if missing:
        _create(db, missing)
        found = _read(db, db.conversation.direct_key.belongs(keys))
    return {thread.direct_key: thread for thread in found}


def threads_by_id(db, ids):
    """Return {id: Thread} for those of `ids` that exist."""
    return {thread.id: thread for thread in _read(db, db.conversation.id.belongs(ids))} if ids else {}


def find_direct(db, user_id, other):
    """Return the id of the conversation of two members, or None."""
    found = rows(db, db.conversation.direct_key == direct_key(user_id, other), db.conversation.id)
    return found[0][0] if found else None


def count(db, threads):
    """Write down what `threads` have been given: their last message and who sent how many."""
    update_many(db, db.conversation, {thread.id: {
        'last_number': thread.last_number, 'last_seq': thread.last_seq, 'last_message': thread.last_message} for thread in threads})
    sent = {thread.participants[user_id]: {'sent_count': Increment(number)}
            for thread in threads for user_id, number in thread.sent.items()}
    update_many(db, db.participant, sent)


def _read(db, query):
    table, participant = db.conversation, db.participant
    found = {row[0]: Thread(*row, {}) for row in rows(db, query, table.id, table.direct_key, table.last_number)}
    current = participant.conversation.belongs(list(found)) & (participant.left_number == None)  # noqa: E711
    for conversation, user_id, id in rows(db, current, participant.conversation, participant.user_id, participant.id) if found else ():
        found[conversation].participants[user_id] = id
    return list(found.values())


def _create(db, keys):
    insert_many(db, db.conversation, [
        {'kind': 'direct', 'direct_key': key, 'last_number': 0, 'first_number': 1, 'last_seq': 0} for key in keys])
    made = rows(db, db.conversation.direct_key.belongs(keys), db.conversation.id, db.conversation.direct_key)
    insert_many(db, db.participant, [
        {'conversation': id, 'user_id': user_id, 'role': 'member', 'read_number': 0, 'receipt_number': 0, 'delivered_number': 0,
         'sent_count': 0, 'sent_at_read': 0, 'joined_number': 0, 'marked_unread': False}
        for id, key in made for user_id in sorted(set(map(int, key.split(':'))))])
