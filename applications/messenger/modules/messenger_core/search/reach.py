"""How far down a search looks at a member's messages one by one, and the looking itself. Which words, and for how long, isn't known here.

What they have received lies along an index. To what they have sent none leads: their conversations do, where those are few and short, else
the feed itself, for so many messages of anybody's.
"""
from typing import NamedTuple, Optional

from ..database.sql import rows, whole, whole_ones

CONVERSATIONS = 100
ROWS = 3        # times what is looked at of what they have received

_RECEIVED = 'SELECT seq, id FROM %s WHERE receiver = %d AND seq > %d AND seq < %d AND %s ORDER BY seq DESC LIMIT %d'
_SENT = 'SELECT seq, id FROM %s WHERE COALESCE(sender, 0) = %d AND seq > %d AND seq < %d AND %s ORDER BY seq DESC LIMIT %d'
# `seq + 0`: not along the feed, in which their rows may be far apart.
_SENT_IN = '''SELECT seq, id FROM %s WHERE COALESCE(sender, 0) = %d AND seq + 0 > %d AND seq + 0 < %d AND conversation IN (%s)
    AND number > 0 AND %s ORDER BY seq + 0 DESC LIMIT %d'''
_MOVED = '''SELECT mine.conversation, its.last_number FROM %s mine JOIN %s its ON its.id = mine.conversation
    WHERE mine.user_id = %d AND mine.last_seq > %d AND mine.left_number IS NULL LIMIT %d'''


class Stretch(NamedTuple):
    """What lies in the feed between two places, both left out. `conversations` are those in which the member has sent what they have there,
    None where that isn't known.
    """

    floor: int
    before: int
    conversations: Optional[frozenset] = None


def stretch(db, user_id, before, count):
    """Return the Stretch below `before` with at most `count` messages to the member, and not many more from them; to 0 if that's all."""
    seq = db.message.seq
    received = rows(db, (db.message.receiver == user_id) & (seq > 0) & (seq < before), seq, orderby=~seq, limitby=(count, count + 1))
    floor = max((row[0] for row in received if type(row[0]) is int), default=0)
    conversations = _conversations(db, user_id, floor, ROWS * count)
    if conversations is None:
        others = rows(db, (seq > floor) & (seq < before), seq, orderby=~seq, limitby=(ROWS * count, ROWS * count + 1))
        floor = max((row[0] for row in others if type(row[0]) is int), default=floor)
    return Stretch(floor, before, conversations)


def look_at(db, user_id, engine, contains, part, limit, deadline):
    """Return [(seq, id)] of the member's messages in a Stretch that have what is looked for, newest first. Raises Interrupted."""
    between, name = (user_id, part.floor, part.before), db.message._rname
    found = engine.ask(db, _RECEIVED % (name, *between, contains, limit), deadline)
    if part.conversations is None:
        found = [*found, *engine.ask(db, _SENT % (name, *between, contains, limit), deadline)]
    elif part.conversations:
        ids = ','.join(map(str, sorted(part.conversations)))
        found = [*found, *engine.ask(db, _SENT_IN % (name, *between, ids, contains, limit), deadline)]
    return sorted({tuple(row) for row in found}, reverse=True)[:limit]     # what one has written to oneself is in both


def _conversations(db, user_id, floor, most):
    """Return those that have moved since, unless they are many or have more than so many messages."""
    found = db.executesql(_MOVED % (db.participant._rname, db.conversation._rname, user_id, floor, CONVERSATIONS + 1))
    if len(found) <= CONVERSATIONS and sum(whole(row[1]) for row in found) <= most:
        return frozenset(whole_ones(row[0] for row in found))
