"""How often members and addresses may ask for what costs something. Each web2py process counts for itself, as each sidecar does."""
from time import monotonic

from messenger_core.errors import Refused
from messenger_live import allowances
from messenger_live.wire import handshake


def spend(kind, key, rate, burst):
    """Count one of `kind` for `key`; raises Refused rate when that is more than `burst` at once and `rate` a second."""
    wait = allowances.shared(kind, rate, burst).take(key, monotonic())
    if wait:
        sentence = None if kind == 'sends' else 'Too many requests in a short time.'
        raise Refused('rate', sentence, retry_after=max(1, round(wait)))


def spend_send():
    """Count a message of the member's."""
    spend('sends', auth.user_id, settings.realtime.sends_per_second, settings.realtime.burst)


def spend_question():
    """Count anything else of theirs that a page asks for by itself."""
    spend('questions', auth.user_id, settings.realtime.questions_per_second, settings.realtime.questions_burst)


def spend_attempt(action):
    """Count an attempt to log in, register or the like, for the address it comes from."""
    a_minute = settings.auth.attempts_per_minute
    forwarded = request.env.http_x_forwarded_for
    spend(action, handshake.address_of(request.env.remote_addr or '', [forwarded] if forwarded else []), a_minute / 60, a_minute)
