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

TOO_MANY = 'Too many requests in a short time.'
ATTEMPTS_AT_ONCE = 10   # each is a hash
SESSION_COOKIES = ('session_id_', 'session_data_')      # of this application or, under masterapp, of the one whose members these are
_under_way, _turn = Counter(), Lock()
_waiting = Semaphore(20)    # no more threads than that are kept by those who wait for their turn


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
    if getattr(current, 'is_counted', False):
        return
    if current.member:
        _spend_member(current.auth.user_id)
    else:
        _spend_guest()


def spend_question(user_id):
    """Count it for this member, ahead of that."""
    current.is_counted = True
    _spend_member(user_id)


def spend_mail(key):
    """Count a mail that somebody asks for; those with the same `key` have their time between them."""
    spend('mails', key, 1 / max(current.settings.smtp.again_seconds, 0.001), 1)


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
            _refuse_for(1)
        _under_way[key] += 1
    try:
        yield
    finally:
        with _turn:
            _under_way[key] -= 1
            if not _under_way[key]:
                del _under_way[key]


def _spend_member(user_id):
    realtime = current.settings.realtime
    spend(current.entrance.costs, user_id, realtime.questions_per_second, realtime.questions_burst)


def _spend_guest():
    # Not refused at once: many who come from one address may come at the same moment. Nor do they work side by side with everybody else.
    auth = current.settings.auth
    turns, until = allowances.shared('guests', auth.guests_per_second, auth.guests_burst), monotonic() + auth.guests_wait_seconds
    wait = turns.take(_address(), monotonic())
    if wait and _waiting.acquire(blocking=False):
        try:
            while wait and monotonic() < until:
                sleep(max(0, min(wait, until - monotonic())))
                wait = turns.take(_address(), monotonic())
        finally:
            _waiting.release()
    _refuse_for(wait)


def _address():
    return addresses.counted(reached.address())


def spend(kind, key, rate, burst):
    """Count one of `kind` for `key`; raises Refused rate when that is more than `burst` at once and `rate` a second."""
    _refuse_for(allowances.shared(kind, rate, burst).take(key, monotonic()), None if kind == 'sends' else TOO_MANY)


def _refuse_for(seconds, sentence=TOO_MANY):
    if seconds:
        raise Refused('rate', sentence, retry_after=max(1, round(seconds)))
