"""What a request may cost. What costs something is counted; each web2py process counts for itself, as each sidecar does."""
from time import monotonic

from gluon import current
from messenger_core.errors import Refused
from messenger_live import allowances
from messenger_live.wire import handshake

SESSION_COOKIES = ('session_id_', 'session_data_')      # of this application or, under masterapp, of the one whose members these are


def spend_send():
    """Count a message of the member's."""
    realtime = current.settings.realtime
    spend('sends', current.auth.user_id, realtime.sends_per_second, realtime.burst)


def spend_stranger():
    """Count a request without a session: what it costs is a look into the settings, before there is a database."""
    if not any(name.startswith(SESSION_COOKIES) for name in current.request.cookies):
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
    spend(action, _address(), a_minute / 60, a_minute)


def _spend_guest():
    auth = current.settings.auth
    spend('guests', _address(), auth.guests_per_second, auth.guests_burst)


def _address():
    env = current.request.env
    forwarded = env.http_x_forwarded_for
    return handshake.address_of(env.remote_addr or '', [forwarded] if forwarded else [])


def spend(kind, key, rate, burst):
    """Count one of `kind` for `key`; raises Refused rate when that is more than `burst` at once and `rate` a second."""
    wait = allowances.shared(kind, rate, burst).take(key, monotonic())
    if wait:
        sentence = None if kind == 'sends' else 'Too many requests in a short time.'
        raise Refused('rate', sentence, retry_after=max(1, round(wait)))
