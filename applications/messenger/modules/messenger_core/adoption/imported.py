"""Rows that others put in with a place and a seal: from an archive, an export of this or of another install, or typed.

Whoever reads on is long beyond their place, so nobody would be told of them, and the conversation may be that of others. Each look reads
what has come since the last one; what can't be ours becomes a foreign row, and is adopted. Ours get their ids in the order of `seq`: what
is new since then lies above the feed's head of then.
"""
from typing import NamedTuple

from ..database.sql import rows
from ..database.transaction import transact
from ..feed import seal, sequence
from ..messages import conversations
from . import mending

CHUNK = 1_000


class _Row(NamedTuple):
    id: int
    stored: str
    sender: object
    receiver: object
    conversation: object
    number: object
    seq: object
    direct_key: object


def look(db):
    """Have such rows adopted like new ones, and commit; return whether there may be more. One statement when nothing has come."""
    head, upto, below, newest = _known(db)
    if upto is None or head < below:    # the first look; or the feed was put back, and what is above it isn't known any more
        return transact(db, lambda: _note(db, newest, head))
    if newest == upto:
        return False
    new = _new(db, upto, newest)
    strays = [row.id for row in new if not _is_ours(row, below)]
    known = (newest, head) if len(new) < CHUNK else (new[-1].id, below)
    transact(db, lambda: (sequence.take(db, 0), mending.make_foreign(db, strays), _note(db, *known)))
    return len(new) == CHUNK


def _known(db):
    """Return (head, largest id looked at, the head of then, largest id), all of one moment."""
    head, upto, below, newest = db.executesql('SELECT head, checked_upto, checked_head, (SELECT MAX(id) FROM %s) FROM %s WHERE id = 1' % (
        db.message._rname, db.feed._rname))[0]
    return head, upto, below or 0, newest or 0


def _note(db, upto, head):
    db(db.feed.id == 1).update(checked_upto=upto, checked_head=head)


def _new(db, upto, newest):
    message, conversation = db.message, db.conversation
    query = (message.id > upto) & (message.id <= newest) & (message.seal != None)  # noqa: E711
    query &= (message.seal != seal.ASIDE) | (message.seq != None)  # noqa: E711
    fields = [message[name] for name in ('id', 'seal', 'sender', 'receiver', 'conversation', 'number', 'seq')]
    return [_Row(*row) for row in rows(
        db, query, *fields, conversation.direct_key, left=conversation.on(conversation.id == message.conversation), orderby=message.id,
        limitby=(0, CHUNK))]


def _is_ours(row, below):
    if type(row.seq) is not int or row.seq <= below:
        return False
    if not seal.fits(row.stored, row.sender, row.receiver, row.conversation, row.number, row.seq):
        return False
    # Nobody's any more are the conversation and the rows of who has left, one after the other.
    return not row.direct_key or None in (row.sender, row.receiver) or row.direct_key == conversations.direct_key(row.sender, row.receiver)
