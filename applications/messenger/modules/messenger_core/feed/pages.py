"""The feed as it is read: page by page after a cursor, for the server that tells everybody their part, or for one member."""
from collections import namedtuple

from ..errors import Refused
from . import events, for_member, sequence

SYNC_LIMIT = 200
# Well below what may wait for one socket, or whoever missed more could never catch up.
PAGE_BYTES = 400_000
CATCH_UP_LIMIT = 1_000

# events: ascending by seq. seq: up to here nothing is missing. more: ask again from there. reset: the cursor is of no use any more.
Page = namedtuple('Page', 'events seq epoch more reset')


def since(db, cursor, limit=CATCH_UP_LIMIT):
    """Return the Page of everything after `cursor`, whoever may see it: for a server that tells each reader their part."""
    now = sequence.state(db)
    found = events.read(db, cursor, now.head, limit + 1)
    return _page(found, now, now.head, limit)


def since_for(db, user_id, cursor, epoch=None, limit=SYNC_LIMIT):
    """Return the Page of what `user_id` may see after `cursor`, at most PAGE_BYTES of it but at least one event, unless it says `more`
    where others have written so much in between that it would take too long.

    Raises Refused bad_cursor unless `cursor` is an integer from 0 below 2**63.
    """
    if type(cursor) is not int or not 0 <= cursor <= sequence.LARGEST_SEQ:
        raise Refused('bad_cursor')
    now = sequence.state(db)
    if not now.floor <= cursor <= now.head or epoch not in (None, now.epoch):
        return Page([], now.head, now.epoch, False, True)
    found, upto = for_member.read(db, user_id, cursor, now.head, limit + 1)
    return _page(found, now, upto, min(limit, _fitting(found)))


def _fitting(found):
    """Return how many of the events go into one answer; a character can take six bytes of JSON."""
    size = 0
    for count, event in enumerate(found):
        size += 300 + 6 * len(getattr(event, 'content', ''))
        if size > PAGE_BYTES:
            return max(1, count)
    return len(found)


def _page(found, now, upto, limit):
    if len(found) > limit:
        return Page(found[:limit], found[limit - 1].seq, now.epoch, True, False)
    return Page(found, upto, now.epoch, upto < now.head, False)
