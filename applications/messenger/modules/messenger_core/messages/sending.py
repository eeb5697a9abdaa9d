"""Sending. A form, a page and a socket all come here; what they may not say (who sends, when, under which id) isn't asked for.

A batch of any size is one transaction with a constant number of statements, and one refused message never fails its neighbours.
"""
import logging
import math
from typing import NamedTuple, Optional, Union

from ..database.sql import rows
from ..database.transaction import Held, transact, undo
from ..errors import Refused
from ..faults import traced
from ..feed import sequence
from ..members import directory, whom
from .batch import Batch, by_ref
from .kept import Kept

log = logging.getLogger('messenger.sending')


class Draft(NamedTuple):
    """What `sender` asks to send; exactly one of `receiver` and `conversation` is given. `content` has been through text.clean().

    Of the session that asks for it, which may end while the draft waits for its turn: its `generation`, None where that isn't asked;
    its `session_hash`, and when it was still there (time.monotonic()).
    """

    sender: int
    content: str
    receiver: Union[int, str, None] = None
    conversation: Optional[int] = None
    ref: Optional[str] = None
    generation: Optional[int] = None
    session_hash: Optional[str] = None
    asked_at: float = math.inf


def send(db, draft, limits=None):
    """Store one message and commit; return Sent or raise Refused. `limits` as for send_all()."""
    try:
        result = send_all(db, [draft], limits).result[0]
    except db._adapter.driver.Error as error:   # a trigger of the site's own, or a row in the way
        undo(db, error)
        log.error('a message could not be stored: %s', traced(error))
        raise Refused('busy', retry_after=5) from error
    if isinstance(result, Refused):
        raise result
    return result


def send_all(db, drafts, limits=None, kept=None):
    """Store messages and commit; return a feed.Change whose result has one Sent or Refused for each draft.

    `limits` are the starting.Limits for who starts conversations; what the site sends by itself has none. `kept` is what is known from the
    last time, of who sends again and again over the same connection. Raises Refused busy when the database can't be written at all, and
    Unknown when it was lost in the middle of COMMIT.
    """
    receivers, kept = [_receiver(db, draft) for draft in drafts], kept or Kept()

    def store(**options):
        change = transact(db, lambda: Batch(db, drafts, receivers, limits, kept, **options).store(),
                          lambda change: _are_stored(db, change.events))
        kept.settle(db)
        return change
    try:
        return store(leaves_held=db._adapter.dbengine == 'mysql')   # which waits for whole seconds before it says so
    except Held:
        return store(leaves_held=True)


def find_sent(db, user_id, ref):
    """Return the message `user_id` once sent under `ref`, or None."""
    return by_ref(db, [(user_id, ref)]).get((user_id, ref))


def _are_stored(db, sent):
    """Say whether a batch is there whose COMMIT got no answer. Ids alone don't tell: MySQL may give them again after a crash."""
    if not sent:
        return False    # nothing tells, and nothing is doubled where it is done again
    sequence.take(db, 0)    # waits for that transaction's end
    fields = [db.message[name] for name in ('id', 'seq', 'sender', 'content')]
    found = rows(db, db.message.id.belongs([message.id for message in sent]), *fields)
    return set(found) == {(message.id, message.seq, message.sender_id, message.content) for message in sent}


def _receiver(db, draft):
    receiver = draft.receiver
    if isinstance(receiver, str):
        numbered = whom.NUMBER.fullmatch(receiver)
        # Names are looked up before the lock is taken: comparing addresses without case reads the whole table of members.
        receiver = whom.number_of(numbered[1]) if numbered else whom.find(db, receiver)
    return receiver if receiver and 0 < receiver <= directory.LARGEST_ID else None
