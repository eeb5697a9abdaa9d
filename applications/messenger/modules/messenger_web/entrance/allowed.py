"""What a request may cost. What costs something is counted; each web2py process counts for itself, as each sidecar does."""
from time import monotonic

from gluon import current
from messenger_core.errors import Refused
from messenger_live import allowances
from messenger_live.wire import addresses

from . import reached


def spend_send():
    """Count a message of the member's."""
    realtime = current.settings.realtime
    spend('sends', current.auth.user_id, realtime.sends_per_second, realtime.burst)


def spend_question():
    """Count anything else of theirs that a page asks for by itself."""
    realtime = current.settings.realtime
    spend('questions', current.auth.user_id, realtime.questions_per_second, realtime.questions_burst)


def spend_attempt(action):
    """Count an attempt to log in, register or the like, for the address it comes from."""
    a_minute = current.settings.auth.attempts_per_minute
    spend(action, addresses.counted(reached.address()), a_minute / 60, a_minute)


def spend(kind, key, rate, burst):
    """Count one of `kind` for `key`; raises Refused rate when that is more than `burst` at once and `rate` a second."""
    wait = allowances.shared(kind, rate, burst).take(key, monotonic())
    if wait:
        sentence = None if kind == 'sends' else 'Too many requests in a short time.'
        raise Refused('rate', sentence, retry_after=max(1, round(wait)))
