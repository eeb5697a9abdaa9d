"""Who is behind a cookie: reads web2py's own sessions, without web2py, without its lock, and never writes.

Lives here: what every kind of storage shares (the cookie, the judgement of what was stored) and the storage in files.
A storage has `cookie_name` and `resolve(value, now)`. Must not live here: sockets, auth_user, and gluon's Session.connect(), which
runs planted pickles, waits for web2py's lock and overlooks expiry.
"""
from __future__ import annotations

import errno
import os
import re
import stat
import time
from dataclasses import dataclass
from datetime import datetime, timedelta

from messenger_core.logout import session_hash

from .session_pickle import Unreadable, read

# <client>-<uuid>, in a folder of its own with separate=True. A path is made of nothing else.
SESSION_ID = re.compile(r'(?:[\w-]{1,8}/)?[0-9A-Za-z.]{1,45}-[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}', re.ASCII)
MAXIMUM_BYTES = 1 << 20
MAXIMUM_USER_ID = (1 << 63) - 1
RETRIES = 50
RETRY_SECONDS = 0.002
# web2py rewrites a file in place: what can't be read is half written, unless it has lain untouched for as long as this.
SETTLED_SECONDS = 2
# web2py's times are local and naive: when summer time ends, a visit of a moment ago lies an hour ahead.
AHEAD = timedelta(hours=1, minutes=5)
LONGEST_SECONDS = 366 * 24 * 3600
# Without O_NONBLOCK, opening a planted FIFO would block for ever.
OPEN_FLAGS = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
ABSENT = frozenset((errno.ENOENT, errno.ENOTDIR, errno.ELOOP, errno.ENXIO, errno.ENAMETOOLONG))
BLANKS = ' \t'


class StoreUnavailable(Exception):
    """The sessions can't be read just now. Nobody is logged out by that: answer "try later"."""


@dataclass(frozen=True)
class Session:
    """A login. `expires` is naive local time, as web2py reckons: at that very moment it is over."""
    user_id: int
    session_hash: str
    expires: datetime


def cookie_value(cookie_headers: list[str], name: str) -> str | None:
    """Return the value of the cookie, or None when there is none, or two that differ: anybody on the host can plant a second."""
    found = set()
    for header in cookie_headers:
        for cookie in header.split(';'):
            key, equals, value = cookie.partition('=')
            if equals and key.strip(BLANKS) == name:
                found.add(_unquoted(value.strip(BLANKS)))
    return found.pop() if len(found) == 1 else None


def judge(content, session_id: str, now: datetime) -> Session | None:
    """Return the login in an unpickled session, if there is one and it lasts. Who is impersonated counts, as in web2py."""
    auth = _part(content, 'auth')
    user_id = _part(_part(auth, 'user'), 'id')
    last_visit, expiration = _part(auth, 'last_visit'), _part(auth, 'expiration')
    if type(user_id) is not int or not 0 < user_id <= MAXIMUM_USER_ID:
        return None
    if type(last_visit) is not datetime or last_visit - now > AHEAD:
        return None
    if type(expiration) not in (int, float) or not 0 < expiration < float('inf'):
        return None
    expires = min(last_visit, now) + timedelta(seconds=min(expiration, LONGEST_SECONDS))
    return Session(user_id, session_hash(session_id), expires) if expires > now else None


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


class FileSessions:
    """web2py's sessions in files, its default; `folder` is the application's (or masterapp's) folder `sessions`."""

    def __init__(self, folder: str, application: str, sleep=time.sleep):
        self.cookie_name = f'session_id_{application.lower()}'
        self._folder = os.fspath(folder)
        self._sleep = sleep

    def resolve(self, session_id: str | None, now: datetime) -> Session | None:
        """Return the login behind the cookie's value, None when there is none. Raises StoreUnavailable. Not for the loop: it may sleep."""
        if session_id is None or not SESSION_ID.fullmatch(session_id):
            return None
        for _ in range(RETRIES):
            data, changed = self._read(session_id)
            if data is None:
                return None
            try:
                return judge(read(data), session_id, now)
            except Unreadable:
                if time.time() - changed > SETTLED_SECONDS:
                    return None
            self._sleep(RETRY_SECONDS)
        raise StoreUnavailable('a session is being rewritten all the time')

    def _read(self, session_id):
        """Return the bytes and when they were last written, or (None, 0). web2py, too, tries the plain path first."""
        for path in (session_id, spread(session_id)):
            try:
                return _read_file(os.path.join(self._folder, path))
            except OSError as error:
                if error.errno not in ABSENT:
                    raise StoreUnavailable(f'a session cannot be read: {error.strerror}') from error
        return None, 0


def spread(session_id: str) -> str:
    """Return the path of a session below its folder: gluon.recfile's two levels of 512 folders each."""
    folder, slash, name = session_id.rpartition('/')
    code = name.encode('ascii')
    # Of recfile's sum(byte * 256 ** (index % 4)), modulo 512 ** 2, each fourth byte comes to nothing.
    number = (sum(code[::4]) + (sum(code[1::4]) << 8) + (sum(code[2::4]) << 16)) % (512 * 512)
    return f'{folder}{slash}{number >> 9:03x}/{number & 511:03x}/{name}'


def _read_file(path):
    descriptor = os.open(path, OPEN_FLAGS)
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode) or status.st_size > MAXIMUM_BYTES:
            return None, 0
        data = os.read(descriptor, status.st_size)
        # Asked for again, because the writing may have begun since.
        return data, os.fstat(descriptor).st_mtime
    finally:
        os.close(descriptor)


def _files_below(folder):
    def refuse(error):
        raise error
    for parent, _, names in os.walk(folder, onerror=refuse):
        for name in names:
            yield os.path.join(parent, name)


def _unquoted(value):
    # web2py quotes a value with a slash in it, which is each one under separate=True.
    return value[1:-1] if len(value) > 1 and value[0] == value[-1] == '"' else value


def _part(mapping, key):
    return mapping.get(key) if type(mapping) is dict else None
