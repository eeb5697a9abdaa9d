"""How far the feed has been seen, remembered beside the database: a backup that is restored knows nothing of what came after it.

Whoever had seen more would miss, without a sign of it, what gets the same places again. So the feed then begins another epoch, in which
no place of before counts.
"""
import contextlib
import logging
import os
import secrets
import threading
import time
from typing import NamedTuple

from ..database.transaction import transact
from . import sequence

log = logging.getLogger('messenger.feed')

NAME = 'messenger.seen'


class Seen(NamedTuple):
    """The newest head of an epoch that anybody here has seen. `is_copied`: the note itself came from a backup, or from elsewhere."""

    epoch: str
    head: int
    is_copied: bool


def resume(db):
    """Return the feed's State; where it is older than it was known to be, in another epoch, and commit."""
    seen = _read(db)    # before the feed: others may move it on meanwhile, and note that
    state = sequence.state(db)
    if not seen or state.epoch != seen.epoch or (state.head >= seen.head and not seen.is_copied):
        return state
    log.warning('a backup was restored, or the site has moved: the feed was known up to %d, and is at %d. '
                'Another epoch begins, and clients begin anew.', seen.head, state.head)
    return renew(db, state.epoch)


def remember(db):
    """Note how far the feed is now. What can't be noted is not: then a backup is as old as the last note."""
    state, seen = sequence.state(db), _read(db)
    if not seen or state.epoch != seen.epoch or state.head > seen.head:
        with contextlib.suppress(OSError):
            _write(db, state)


def renew(db, epoch):
    """Begin another epoch after `epoch`, unless somebody has done so, and commit; return the feed's State."""
    transact(db, lambda: _renew(db, epoch))
    remember(db)
    return sequence.state(db)


def _renew(db, epoch):
    db(db.feed.id == 1).update(head=db.feed.head)     # the lock; what lies beyond the head is nobody's business yet
    db((db.feed.id == 1) & (db.feed.epoch == epoch)).update(epoch=secrets.token_hex(6), noted_upto=None)


def _path(db):
    return os.path.join(db._adapter.folder, NAME) if db._adapter.folder else None


def _read(db):
    try:
        with open(_path(db) or os.devnull, encoding='ascii') as file:
            epoch, head, *mark = file.read().split()
            number, written_at = map(int, mark)
            status = os.fstat(file.fileno())
            return Seen(epoch, int(head), (number, written_at) != (status.st_ino, status.st_mtime_ns))
    except (OSError, ValueError):
        return None


def _write(db, state):
    path = _path(db)
    if path:
        unfinished = '%s.%d.%d' % (path, os.getpid(), threading.get_ident())
        written_at = time.time_ns() // 1_000_000_000 * 1_000_000_000    # no file system that keeps less than seconds
        with open(unfinished, 'w', encoding='ascii') as file:
            # The file's own number and time: one that is restored together with the database has another of either.
            file.write('%s %d %d %d\n' % (state.epoch, state.head, os.fstat(file.fileno()).st_ino, written_at))
        os.utime(unfinished, ns=(written_at, written_at))
        os.replace(unfinished, path)
