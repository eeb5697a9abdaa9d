"""web2py's sessions in files, its default: where they lie, and how one is read while web2py may be rewriting it."""
from __future__ import annotations

import errno
import os
import re
import stat
import time
from datetime import datetime

from .clock import check_time_zone
from .pickle import Unreadable
from .session import KNOWN, MAXIMUM_BYTES, Session, StoreUnavailable, judge, login_in

# <client>-<uuid>, in a folder of its own with separate=True. A path is made of nothing else.
SESSION_ID = re.compile(r'(?:[\w-]{1,8}/)?[0-9A-Za-z.]{1,45}-[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}', re.ASCII)
UNCHANGED, NONE_KEPT = object(), (None, None)
RETRIES = 50
RETRY_SECONDS = 0.002
# web2py rewrites a file in place: what can't be read is half written, unless it has lain untouched for as long as this.
SETTLED_SECONDS = 2
# Without O_NONBLOCK, opening a planted FIFO would block for ever.
OPEN_FLAGS = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
ABSENT = frozenset((errno.ENOENT, errno.ENOTDIR, errno.ELOOP, errno.ENXIO, errno.ENAMETOOLONG))


class FileSessions:
    """`folder` is the application's (or masterapp's) folder `sessions`; with `check_client` an id is good from the address in it only."""
    socket_seconds = None

    def __init__(self, folder: str, application: str, check_client: bool = False, sleep=time.sleep):
        self.cookie_name = f'session_id_{application.lower()}'
        self._folder = os.fspath(folder)
        self._check_client = check_client
        self._sleep = sleep
        self._kept = {}     # {path: (what its status was, the Login in it or None)}, of files that had lain untouched

    def check(self) -> None:
        """Raise StoreUnavailable when the files can't be read, or were written by a web2py in another time zone."""
        check_readable(self._folder)
        check_time_zone(self._folder)

    def admits(self, session_id: str | None, client: str) -> bool:
        """Say whether whoever has this address may come with that id. web2py 2.26 has read the stolen session before it asks."""
        return not self._check_client or is_of_client(session_id, client)

    def resolve(self, session_id: str | None, now: datetime) -> Session | None:
        """Return the login behind the cookie's value, None when there is none. Raises StoreUnavailable. Not for the loop: it may sleep."""
        if session_id is None or not SESSION_ID.fullmatch(session_id):
            return None
        for _ in range(RETRIES):
            try:
                return judge(self._login(session_id), session_id, now)
            except Unreadable as error:
                if time.time() - error.args[0] > SETTLED_SECONDS:
                    return None
            self._sleep(RETRY_SECONDS)
        raise StoreUnavailable('a session is being rewritten all the time')

    def _login(self, session_id):
        """Return who is logged in; web2py, too, tries the plain path first. Raises Unreadable(when it was written)."""
        for path in (session_id, spread(session_id)):
            try:
                return self._login_at(os.path.join(self._folder, path))
            except OSError as error:
                if error.errno not in ABSENT:
                    raise StoreUnavailable(f'a session cannot be read: {error.strerror}') from error
        return None

    def _login_at(self, path):
        kept = self._kept.get(path, NONE_KEPT)
        data, status = _read_file(path, kept[0])
        # Sockets are looked at again and again, and nearly all files are then what they were.
        if data is UNCHANGED:
            return kept[1]
        try:
            login = login_in(data) if data is not None else None
        except Unreadable as error:
            raise Unreadable(status.st_mtime) from error
        self._keep(path, status, login)
        return login

    def _keep(self, path, status, login):
        """Not of a file written a moment ago: it may be written again within the same tick of the clock that files get their times from."""
        self._kept.pop(path, None)
        if time.time() - max(status.st_mtime, status.st_ctime) > SETTLED_SECONDS:
            if len(self._kept) >= KNOWN:
                self._kept.pop(next(iter(self._kept)), None)
            self._kept[path] = _identity(status), login


def check_readable(folder: str) -> None:
    """Raise StoreUnavailable, with a sentence for the operator, when web2py's sessions exist and this process may not read them."""
    try:
        for session_file in _files_below(os.fspath(folder)):
            os.close(os.open(session_file, OPEN_FLAGS))
            break
    except OSError as error:
        if error.errno not in ABSENT:
            raise StoreUnavailable(
                f'The sessions of web2py in {folder} cannot be read ({error.strerror}): run the sidecar as the user of web2py, '
                'or let it read them.') from error


def is_of_client(session_id: str | None, client: str) -> bool:
    """Say whether web2py made this session for a client of this address."""
    address = (session_id or '').rpartition('/')[2].partition('-')[0]
    return address.removeprefix('..ffff.') == client.lower().removeprefix('::ffff:').replace(':', '.')


def spread(session_id: str) -> str:
    """Return the path of a session below its folder: gluon.recfile's two levels of 512 folders each."""
    folder, slash, name = session_id.rpartition('/')
    code = name.encode('ascii')
    # Of recfile's sum(byte * 256 ** (index % 4)), modulo 512 ** 2, each fourth byte comes to nothing.
    number = (sum(code[::4]) + (sum(code[1::4]) << 8) + (sum(code[2::4]) << 16)) % (512 * 512)
    return f'{folder}{slash}{number >> 9:03x}/{number & 511:03x}/{name}'


def _read_file(path, known):
    """Return (the bytes of a file, None of what can't be a session, its status after they were read); UNCHANGED if it is the `known` one.

    Opened in any case: of a file on another machine that alone asks there what has become of it.
    """
    descriptor = os.open(path, OPEN_FLAGS)
    try:
        status = os.fstat(descriptor)
        if _identity(status) == known:
            return UNCHANGED, status
        if not stat.S_ISREG(status.st_mode) or status.st_size > MAXIMUM_BYTES:
            return None, status
        data = os.read(descriptor, status.st_size)
        # Asked for again, because the writing may have begun since.
        return data, os.fstat(descriptor)
    finally:
        os.close(descriptor)


def _identity(status):
    """Return what can't be the same of a file that has been written, replaced or linked anew since."""
    return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns


def _files_below(folder):
    def refuse(error):
        raise error
    for parent, _, names in os.walk(folder, onerror=refuse):
        for name in names:
            yield os.path.join(parent, name)
