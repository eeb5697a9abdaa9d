"""The feed's sequence: the one order in which everything happened. `seq` is a place in it.

Every change takes its places by an UPDATE of the feed's only row, in its own transaction, before it reads anything it decides on.
The row stays locked until the commit, so the order of `seq` is the order of the commits, on every database; reading by id would
lose rows. Holes in `seq` are legal and mean nothing.
"""
from collections import namedtuple

from ..database.sql import rows
from ..database.transaction import turnstile

LARGEST_SEQ = 2**63 - 1
CHANNEL = 'messenger'   # where PostgreSQL tells who listens that a change has been committed

State = namedtuple('State', 'head floor epoch')
# What a change did: its own result, and which part (since, upto] of the feed it filled with `events`.
Change = namedtuple('Change', 'result since upto events')


def state(db):
    """Return the feed's State."""
    return State(*rows(db, db.feed.id == 1, db.feed.head, db.feed.floor, db.feed.epoch)[0])


def take(db, count):
    """Begin a change: lock the feed and take `count` places; return the seq before the first. Call inside transact()."""
    with turnstile(db):
        db(db.feed.id == 1).update(head=db.feed.head + count)
    if db._adapter.dbengine == 'postgres':
        db.executesql('NOTIFY %s' % CHANNEL)    # PostgreSQL passes it on at the commit and never before
    before, first, last = _ends(db)
    before -= count
    if last > before or first < 1:
        _take_out(db, before)
    return before


def has_strays(db):
    """Say whether a row has a `seq` that the feed hasn't given, as somebody can type one in appadmin; the next change takes it out."""
    head, first, last = _ends(db)
    return last > head or first < 1


def _ends(db):
    # One statement, so that head and rows are of one moment; the ends of an index cost nothing.
    ends = db.executesql('SELECT head, (SELECT MIN(seq) FROM message), (SELECT MAX(seq) FROM message), (SELECT MAX(seq) FROM event) '
                         'FROM feed WHERE id = 1')[0]
    return ends[0], 1 if ends[1] is None else ends[1], max(ends[2] or 0, ends[3] or 0)


def _take_out(db, head):
    """Take the place from rows that others put beyond `head`: when the feed gets there, nothing could be stored any more."""
    seq = db.message.seq
    db((seq > head) | (seq < 1)).update(seq=None, conversation=None, number=None)     # a message that waits for adoption
    db(db.event.seq > head).update(seq=None)
