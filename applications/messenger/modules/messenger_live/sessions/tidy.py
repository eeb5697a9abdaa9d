"""Removing sessions that are over, which web2py leaves for ever: in pieces, so that whoever calls can pause between them.

Only what web2py itself has made for this application, by its name, and what lies there unread stays. Must not live here: the site's
sessions, where members log in in another application, and what has an end of its own (Redis, cookies).
"""
from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import re
import stat
import time
from datetime import datetime

from messenger_core.database.transaction import transact

from .database import blob, whole_table
from .files import OPEN_FLAGS, SESSION_ID
from .pickle import Unreadable, read
from .plain import read as read_plain
from .session import MAXIMUM_BYTES, judge, login_of

PIECE = 200
# A session that nobody is logged in with is of a release that gave guests some; its form may still be open.
GUEST_SECONDS = 2 * 3600
# [session] separate makes a folder of two characters, web2py's recfile two levels of three.
FOLDER, DEPTH = re.compile(r'[\w-]{1,8}', re.ASCII), 3
# Who may read the sessions need not be allowed to remove them.
NOT_ALLOWED = (errno.EACCES, errno.EPERM, errno.EROFS)


class Tidied:
    """What a piece was: how many were looked at, how many of them were removed (or would be), how many could not be removed."""

    def __init__(self):
        self.seen = self.removed = self.kept_out = 0


def in_files(folder, is_dry=False):
    """Go through the session files below the folder; yields a Tidied after each piece. Follows no symbolic link below it."""
    piece = Tidied()
    # With the slash it may be a link itself, which the site's owner has made.
    for parent, folders, names, descriptor in os.fwalk(os.path.join(folder, ''), onerror=_unless_gone) if os.path.isdir(folder) else ():
        depth = parent[len(folder):].strip(os.sep).count(os.sep) + bool(parent[len(folder):].strip(os.sep))
        folders[:] = [name for name in folders if depth < DEPTH and FOLDER.fullmatch(name)]
        for name in filter(SESSION_ID.fullmatch, names):
            _tidy_file(piece, name, descriptor, is_dry)
            if piece.seen >= PIECE:
                yield piece
                piece = Tidied()
    yield piece


def in_database(db, tablename, application, is_dry=False):
    """Go through the rows of web2py's table of sessions, if there is one; yields a Tidied after each piece, which is committed."""
    table, last = whole_table(db, '%s_%s' % (tablename, application)), 0
    while True:
        piece = Tidied()
        # As they are stored: pydal makes a text of bytes wherever it can.
        rows = db.executesql(db(table.id > last)._select(
            table.id, table.unique_key, table.modified_datetime, table.session_data, orderby=table.id, limitby=(0, PIECE)))
        db.commit()     # nobody is to wait while it is found out which are over
        over = [(id, key) for id, key, modified, data in rows if is_over(blob(data), _age(modified))]
        piece.seen, piece.removed = len(rows), len(over) if is_dry else transact(db, lambda over=over: _remove_rows(db, table, over))
        yield piece
        if len(rows) < PIECE:
            return
        last = rows[-1][0]


def is_over(data, age):
    """Whether a session of these bytes, that was written so many seconds ago, lets nobody in any more. What can't be read is not."""
    try:
        login = login_of(read_plain(data) or read(data))
    except Unreadable:
        return False
    if login is None:
        return age > GUEST_SECONDS
    now = datetime.now()    # as web2py reckons
    return login.last_visit <= now and judge(login, '', now) is None


def _tidy_file(piece, name, folder, is_dry):
    piece.seen += 1
    try:
        file = os.open(name, OPEN_FLAGS, dir_fd=folder)
    except OSError:     # gone, or a link
        return
    try:
        if _is_over_file(file, name, folder):
            if not is_dry:
                os.unlink(name, dir_fd=folder)
            piece.removed += 1
    except FileNotFoundError:
        pass
    except OSError as error:
        if error.errno not in NOT_ALLOWED:
            raise
        piece.kept_out += 1
    finally:
        os.close(file)


def _is_over_file(file, name, folder):
    """Whether it is over, with web2py's lock on it from here until it is closed: what web2py has open is in use."""
    with contextlib.suppress(BlockingIOError):
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        status = os.fstat(file)
        if not stat.S_ISREG(status.st_mode) or status.st_size > MAXIMUM_BYTES:
            return False
        if not is_over(os.read(file, status.st_size), time.time() - status.st_mtime):
            return False
        after, there = os.fstat(file), os.stat(name, dir_fd=folder, follow_symlinks=False)
        return after.st_mtime_ns == status.st_mtime_ns and (there.st_dev, there.st_ino) == (after.st_dev, after.st_ino)
    return False


def _unless_gone(error):
    if not isinstance(error, FileNotFoundError):
        raise error


def _age(modified):
    """Return how many seconds ago that was; 0 for what is no time."""
    try:
        return (datetime.now() - datetime.fromisoformat(str(modified)[:19])).total_seconds()
    except ValueError:
        return 0


def _remove_rows(db, table, over):
    # Each login has a key of its own: who has logged in meanwhile with that row has another.
    return sum(db((table.id == id) & (table.unique_key == key)).delete() for id, key in over)
