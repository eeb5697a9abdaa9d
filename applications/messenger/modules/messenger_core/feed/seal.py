"""The seal of a message: what we write into a row that is complete, and nobody else does. Whether it fits says what became of the row.

A row that others insert has none; one whose place was edited is not shown until it is adopted anew, one whose words were is shown as it
is. It keeps nobody out who wants to forge it. Reads no database; which seals didn't fit is kept here until adoption looks at those rows.
"""
import threading
from hashlib import blake2b

from ..database.sql import identity

ASIDE = '-'         # in place of a seal: the row is in `aside`, and not looked at each time
HALF = 12           # characters: the first half seals the place, the second the words
MOST_NOTED = 10_000

_noted, _lock = {}, threading.Lock()


def of(sender, receiver, conversation, number, seq, content, is_deleted=False):
    """Return the seal of these values, as they lie in the row."""
    return _half('%s %s %s %s %s' % (sender, receiver, conversation, number, seq)) + _half('%d%s' % (is_deleted, content))


def fits(seal, sender, receiver, conversation, number, seq):
    """Whether a row lies where we have put it."""
    return isinstance(seal, str) and seal[:HALF] == _half('%s %s %s %s %s' % (sender, receiver, conversation, number, seq))


def is_edited(seal, content, is_deleted=False):
    """Whether somebody else has changed the words."""
    return seal[HALF:] != _half('%d%s' % (is_deleted, content))


def note(db, id):
    """The seal of this row of `db` doesn't fit, or the row is gone; whoever adopts next looks at it."""
    with _lock:
        noted = _noted.setdefault(identity(db), set())
        if len(noted) < MOST_NOTED:
            noted.add(id)


def has_noted(db):
    """Whether any row of `db` waits to be looked at."""
    return bool(_noted.get(identity(db)))


def noted(db):
    """Return the ids that were noted of `db`, and forget them."""
    with _lock:
        return sorted(_noted.pop(identity(db), ()))


def _half(text):
    return blake2b(text.encode('utf-8', 'surrogatepass'), digest_size=HALF // 2).hexdigest()
