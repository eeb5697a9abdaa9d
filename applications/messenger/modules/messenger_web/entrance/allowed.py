"""What a request may cost. What costs something is counted; each web2py process counts for itself, as each sidecar does."""
import contextlib
from collections import Counter
from threading import Lock, Semaphore
from time import monotonic, sleep

from gluon import current
from messenger_core.errors import Refused
from messenger_live import allowances
from messenger_live.wire import addresses

from .. import connections
from . import reached

ATTEMPTS_AT_ONCE = 10   # each is a hash
SESSION_COOKIES = ('session_id_', 'session_data_')      # of this application or, under masterapp, of the one whose members these are
_under_way, _turn = Counter(), Lock()
_waiting = Semaphore(20)    # no more threads than that are kept by those who are refused


def spend_send():
    """Count a message of the member's."""
    realtime = current.settings.realtime
    spend('sends', current.auth.user_id, realtime.sends_per_second, realtime.burst)


def spend_stranger():
    """Count a request of which it is clear before there is a database that nobody has logged in: refused, it costs the settings only."""
    has_cookie = any(name.startswith(SESSION_COOKIES) for name in current.request.cookies)
    if not has_cookie or (not connections.has_session_elsewhere() and not current.session.auth):
        _spend_guest()
        current.is_counted = True


def spend_request():
    """Count any other: for the member who asks, or for the address, whose session is nobody's."""
    realtime = current.settings.realtime
    if current.member:
        spend(current.entrance.costs, current.auth.user_id, realtime.questions_per_second, realtime.questions_burst)
    elif not getattr(current, 'is_counted', False):
        _spend_guest()


def spend_attempt(action):
    """Count an attempt to log in, register or the like, for the address it comes from."""
    a_minute = current.settings.auth.attempts_per_minute
    spend(action, _address(), a_minute / 60, min(a_minute, ATTEMPTS_AT_ONCE))


@contextlib.contextmanager
def reading():
    """Count bodies that are being read: who sends theirs slowly must not keep all threads waiting for them. Raises Refused rate."""
    key = current.auth.user_id or _address()
    with _turn:
        if _under_way[key] >= current.settings.limits.bodies_at_once:
            raise Refused('rate', 'Too many requests in a short time.', retry_after=1)
        _under_way[key] += 1
    try:
        yield
    finally:
        with _turn:
            _under_way[key] -= 1
            if not _under_way[key]:
                del _under_way[key]


def _spend_guest():
    auth = current.settings.auth
    try:
        spend('guests', _address(), auth.guests_per_second, auth.guests_burst)
    except Refused:
        _let_wait(auth.refused_seconds)
        raise


def _let_wait(seconds):
    # Who asks again as soon as they are answered would have all threads of the site take turns with them.
    if _waiting.acquire(blocking=False):
        try:
            sleep(seconds)
        finally:
            _waiting.release()


def _address():
    return addresses.counted(reached.address())


def spend(kind, key, rate, burst):
    """Count one of `kind` for `key`; raises Refused rate when that is more than `burst` at once and `rate` a second."""
    wait = allowances.shared(kind, rate, burst).take(key, monotonic())
    if wait:
        sentence = None if kind == 'sends' else 'Too many requests in a short time.'
        raise Refused('rate', sentence, retry_after=max(1, round(wait)))
