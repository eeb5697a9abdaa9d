"""Who is behind a cookie: what every kind of storage of web2py's sessions shares, without web2py, without its lock, and never writing.

A storage (files, database, cookie, redis) has
    cookie_name              the cookie that it reads
    socket_seconds           how long a socket may live on one cookie's word; None where the storage shows a logout
    admits(value, client)    whether a client of this address may come with that value
    resolve(value, now)      the Session behind the cookie's value, or None; raises StoreUnavailable. Not for the loop: it may wait
    check()                  raises StoreUnavailable, with a sentence for the operator, when that can't work
Must not live here: sockets, auth_user, and gluon's Session.connect(), which runs planted pickles, waits for web2py's lock and overlooks
expiry.
"""
from __future__ import annotations

import hashlib
import hmac
import re
import threading
from datetime import datetime, timedelta
from typing import NamedTuple

from messenger_core.ends.logout import session_hash

from . import pickle, plain
from .pickle import Unreadable

# <record>:<key>, of a database and of Redis. Laxer forms are other names of the same session, or, with an empty key, of anybody's.
RECORD_ID = re.compile(r'([1-9][0-9]{0,17}):([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})')
# A session in a cookie, sealed by web2py. The form with one colon, signed with MD5, is not taken any more.
SEALED = re.compile(r'hmac256:([0-9a-f]{64}):([A-Za-z0-9_=-]{1,8192})')
MAXIMUM_BYTES = 1 << 20
MAXIMUM_USER_ID = (1 << 63) - 1
# web2py's times are local and naive: when summer time ends, a visit of a moment ago lies an hour ahead.
AHEAD = timedelta(hours=1, minutes=5)
LONGEST_SECONDS = 366 * 24 * 3600
BLANKS = ' \t'
KNOWN, UNKNOWN = 20_000, object()
_known = {}     # {digest of a pickle: Login or None}
_turn = threading.Lock()


class StoreUnavailable(Exception):
    """The sessions can't be read just now. Nobody is logged out by that: answer "try later"."""


class Session(NamedTuple):
    """A login. `expires` is naive local time, as web2py reckons: at that very moment it is over.

    `generation` as in messenger_core.ends.logout, None of one that nobody gave it: see workers/reading.
    """
    user_id: int
    session_hash: str
    expires: datetime
    generation: int | None = None


class Login(NamedTuple):
    """Who is logged in, as web2py has written it down. `key` is the one that each login is given."""
    user_id: int
    last_visit: datetime
    expiration: float
    key: str | None
    generation: int | None


def cookie_value(cookie_headers: list[str], name: str) -> str | None:
    """Return the value of the cookie, or None when there is none, or two that differ: anybody on the host can plant a second."""
    found = set()
    for header in cookie_headers:
        for cookie in header.split(';'):
            key, equals, value = cookie.partition('=')
            if equals and key.strip(BLANKS) == name:
                found.add(_unquoted(value.strip(BLANKS)))
    return found.pop() if len(found) == 1 else None


def login_in(data: bytes) -> Login | None:
    """Return what a pickled session says about who is logged in. Raises Unreadable.

    Sockets are looked at again and again, and most sessions are then what they were: equal bytes are read once.
    """
    key = hashlib.blake2b(data, digest_size=20).digest()
    login = _known.get(key, UNKNOWN)
    if login is not UNKNOWN:
        return login
    login = login_of(plain.read(data) or pickle.read(data))
    with _turn:
        if len(_known) >= KNOWN:
            _known.pop(next(iter(_known)))
        _known[key] = login
    return login


def judge(login: Login | None, session_id: str, now: datetime) -> Session | None:
    """Return the session of a login that lasts. Who is impersonated counts, as in web2py."""
    if login is None or login.last_visit - now > AHEAD:
        return None
    expires = min(login.last_visit, now) + timedelta(seconds=min(login.expiration, LONGEST_SECONDS))
    return Session(login.user_id, session_hash(session_id), expires, login.generation) if expires > now else None


def judge_record(stored_key, data, value: str, key: str, now: datetime) -> Session | None:
    """Return the login in the record of a database or of Redis whose key is the one that the cookie holds."""
    # Compared here: a database may ignore case, and tells by its time how much of a key was right.
    if not stored_key or not hmac.compare_digest(stored_key, key.encode()) or not data or len(data) > MAXIMUM_BYTES:
        return None
    try:
        return judge(login_in(data), value, now)
    except Unreadable:
        return None


class Record:
    """What the storages in a database and in Redis have in common: whoever holds the cookie may come, from wherever."""
    socket_seconds = None

    def admits(self, value, client):
        return True


def login_of(content) -> Login | None:
    """Return the same of a session that has been read."""
    auth = part(content, 'auth')
    login = Login(part(part(auth, 'user'), 'id'), *(part(auth, name) for name in ('last_visit', 'expiration', 'hmac_key', 'generation')))
    if type(login.user_id) is not int or not 0 < login.user_id <= MAXIMUM_USER_ID or type(login.last_visit) is not datetime:
        return None
    if type(login.expiration) not in (int, float) or not 0 < login.expiration < float('inf'):
        return None
    key = login.key if type(login.key) is str and len(login.key) <= 64 else None
    return login._replace(key=key, generation=login.generation if type(login.generation) is int else None)


def _unquoted(value):
    # web2py quotes a value with a slash in it, which is each one under separate=True.
    return value[1:-1] if len(value) > 1 and value[0] == value[-1] == '"' else value


def part(mapping, key):
    return mapping.get(key) if type(mapping) is dict else None
