"""The gate before whatever is asked: who asks, judged anew at each request, and what it may cost.

A session must not outlive a block or a deletion of its member, nor a logout everywhere. The passwords of demo members lie in a file and on
a terminal, so they may log in only where nobody else can reach the site. What costs something is counted; each web2py process counts
for itself, as each sidecar does.
"""
import ipaddress
from time import monotonic

from gluon import current, redirect
from messenger_core.errors import Refused
from messenger_core.members import directory
from messenger_core.messages import former
from messenger_live import allowances
from messenger_live.wire import handshake

from .answers import or_later
from .leaving import in_spite_of_faults

DEMO_DOMAIN = '@demo.invalid'


def stamp_logins(auth):
    """Give each session its generation (see messenger_core.ends.logout) in the very request that logs in, whichever road that takes.

    One without, which has been lying somewhere, would be of whoever its number belongs to when it is brought out.
    """
    log_in = auth.login_user

    def login_user(user):
        log_in(user)
        in_spite_of_faults(former.meet, current.db, user.id)
        current.session.auth.generation = or_later(directory.standing, current.db, user.id).session_generation
    auth.login_user = login_user


def let_in():
    """Return the display name of who is logged in, or None: nobody is, or somebody who may not go on.

    Who asks for a page is told why, and has to log in; the .json actions answer that in their own way.
    """
    auth, session = current.auth, current.session
    name, sentence = or_later(_judge) if auth.user else (None, None)
    if sentence and current.request.extension == 'html':
        auth.user = None
        session.renew(clear_session=True)
        session.flash = sentence
        redirect(auth.settings.login_url)
    return name


def _judge():
    """Return the display name of who is logged in, or None with the sentence that says why they may not go on."""
    T, auth, session = current.T, current.auth, current.session
    name, generation, _ = directory.standing(current.db, auth.user_id)
    if session.auth.generation is None and current.settings.auth.masterapp:     # its first visit here; that login knows nothing of them
        session.auth.generation = generation
    if not name:
        return None, T('Your account is blocked or no longer exists.')
    if (auth.user.email or '').endswith(DEMO_DOMAIN) and not is_only_this_machine():
        return None, T('Demo members can log in only on the machine that the site runs on.')
    if (session.auth.generation or 0) < generation:
        auth.user = None
        return None, T('You have logged out everywhere else.')
    return name, None


def refuse_demo(form):
    """Refuse the login of a demo member in web2py's form where others can reach the site."""
    T, name = current.T, 'username' if current.settings.auth.username else 'email'
    known = current.db.auth_user(**{name: form.vars[name]})
    if known and (known.email or '').endswith(DEMO_DOMAIN) and not is_only_this_machine():
        form.errors[name] = T('Demo members can log in only on the machine that the site runs on.')


def is_only_this_machine():
    """Whether the web server listens on loopback only and this request comes from there, not through a proxy; unknown is no."""
    request = current.request
    options = request.global_settings.cmd_options
    listening = [interface[0] for interface in options.interfaces or ()] or [options.ip] if options else [None]
    host = (request.env.http_host or '').rpartition(':')[0] or request.env.http_host
    return all(map(_is_loopback, [*listening, request.client, host]))


def _is_loopback(address):
    try:
        return ipaddress.ip_address((address or '').strip('[]')).is_loopback
    except ValueError:
        return address == 'localhost'


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
    env, a_minute = current.request.env, current.settings.auth.attempts_per_minute
    forwarded = env.http_x_forwarded_for
    spend(action, handshake.address_of(env.remote_addr or '', [forwarded] if forwarded else []), a_minute / 60, a_minute)


def spend(kind, key, rate, burst):
    """Count one of `kind` for `key`; raises Refused rate when that is more than `burst` at once and `rate` a second."""
    wait = allowances.shared(kind, rate, burst).take(key, monotonic())
    if wait:
        sentence = None if kind == 'sends' else 'Too many requests in a short time.'
        raise Refused('rate', sentence, retry_after=max(1, round(wait)))
