"""How far the feed has been seen, remembered beside the database: a backup that is restored knows nothing of what came after it.

Whoever had seen more would miss, without a sign of it, what gets the same places again. So the feed then begins another epoch, in which
no place of before counts.
"""
import contextlib
import logging
import os
import secrets
from typing import NamedTuple

from ..database.transaction import transact
from . import sequence

log = logging.getLogger('messenger.feed')

NAME = 'messenger.seen'


class Seen(NamedTuple):
    """The newest head of an epoch that anybody here has seen."""

    epoch: str
    head: int


def resume(db):
    """Return the feed's State; where it is older than it was known to be, in another epoch, and commit."""
    state, seen = sequence.state(db), _read(db)
    if not seen or state.epoch != seen.epoch or state.head >= seen.head:
        return state
    log.warning('the feed went back from %d to %d: a backup was restored. Another epoch begins, and clients begin anew.',
                seen.head, state.head)
    return renew(db, state.epoch)


def remember(db):
    """Note how far the feed is now. What can't be noted is not: then a backup is as old as the last note."""
    state, seen = sequence.state(db), _read(db)
    if not seen or state.epoch != seen.epoch or state.head > seen.head:
        with contextlib.suppress(OSError):
            _write(db, Seen(state.epoch, state.head))


def renew(db, epoch):
    """Begin another epoch after `epoch`, unless somebody has done so, and commit; return the feed's State."""
    transact(db, lambda: _renew(db, epoch))
    remember(db)
    return sequence.state(db)


def _renew(db, epoch):
    db(db.feed.id == 1).update(head=db.feed.head)     # the lock; what lies beyond the head is nobody's business yet
    db((db.feed.id == 1) & (db.feed.epoch == epoch)).update(epoch=secrets.token_hex(6))


def _path(db):
    return os.path.join(db._adapter.folder, NAME) if db._adapter.folder else None


def _read(db):
    try:
        with open(_path(db) or os.devnull, encoding='ascii') as file:
            epoch, head = file.read().split()
            return Seen(epoch, int(head))
    except (OSError, ValueError):
        return None


def _write(db, seen):
    path = _path(db)
    if path:
        unfinished = '%s.%d' % (path, os.getpid())
        with open(unfinished, 'w', encoding='ascii') as file:
            file.write('%s %d\n' % seen)
        os.replace(unfinished, path)
