"""The feed: the one order in which everything happened. `seq` is a place in it.

Every change takes its places by an UPDATE of the feed's only row, in its own transaction, before it reads anything it decides on.
The row stays locked until the commit, so the order of `seq` is the order of the commits, on every database; reading by id would
lose rows. Holes in `seq` are legal and mean nothing.
"""
from collections import namedtuple

from . import events
from .errors import Refused
from .sql import rows
from .transaction import turnstile

SYNC_LIMIT = 200
# Well below what may wait for one socket, or whoever missed more could never catch up.
PAGE_BYTES = 400_000
CATCH_UP_LIMIT = 1_000
LARGEST_SEQ = 2**63 - 1
CHANNEL = 'messenger'   # where PostgreSQL tells who listens that a change has been committed

State = namedtuple('State', 'head floor epoch')
# events: ascending by seq. seq: up to here nothing is missing. more: ask again from there. reset: the cursor is of no use any more.
Page = namedtuple('Page', 'events seq epoch more reset')
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


def since(db, cursor, limit=CATCH_UP_LIMIT):
    """Return the Page of everything after `cursor`, whoever may see it: for a server that tells each reader their part."""
    now = state(db)
    found = events.read(db, cursor, now.head, limit + 1)
    return _page(found, now, limit)


def since_for(db, user_id, cursor, epoch=None, limit=SYNC_LIMIT):
    """Return the Page of what `user_id` may see after `cursor`, at most PAGE_BYTES of it but at least one event.

    Raises Refused bad_cursor unless `cursor` is an integer from 0 below 2**63.
    """
    if type(cursor) is not int or not 0 <= cursor <= LARGEST_SEQ:
        raise Refused('bad_cursor')
    now = state(db)
    if not now.floor <= cursor <= now.head or epoch not in (None, now.epoch):
        return Page([], now.head, now.epoch, False, True)
    found = events.read_for(db, user_id, cursor, now.head, limit + 1)
    return _page(found, now, min(limit, _fitting(found)))


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


def _fitting(found):
    """Return how many of the events go into one answer; a character can take six bytes of JSON."""
    size = 0
    for count, event in enumerate(found):
        size += 300 + 6 * len(getattr(event, 'content', ''))
        if size > PAGE_BYTES:
            return max(1, count)
    return len(found)


def _page(found, now, limit):
    if len(found) > limit:
        return Page(found[:limit], found[limit - 1].seq, now.epoch, True, False)
    return Page(found, now.head, now.epoch, False, False)
