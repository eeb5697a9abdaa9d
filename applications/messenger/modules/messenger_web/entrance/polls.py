"""A poll that finds nothing new, which is nearly every one, is answered before accounts, menu and languages are made for it.

Whoever asks is judged and counted as at the door. Whatever is not as usual goes on to the door, and what was counted is not counted twice.
"""
from email.utils import formatdate

from gluon import HTTP, current
from messenger_core.adoption import quiet
from messenger_core.ends import logout
from messenger_core.errors import Refused
from messenger_core.feed import pages
from messenger_core.members import directory
from messenger_live.wire import protocol

from .. import connections, headers, json_answers
from ..accounts import leaving, logins
from ..answers import or_later
from ..kept import ready
from . import allowed, incoming, lasting, reached

ASKED = ('messaging', 'updates', 'json', 'GET')
POLL_SECONDS = 5


def answer_quiet():
    """End the request where it is such a poll."""
    user = _who_polls()
    if user:
        with connections.in_passing():
            _answer_if_quiet(user)


def _answer_if_quiet(user):
    if not quiet.is_prepared(current.db) or leaving.is_due() or not or_later(_is_in_good_standing, user):
        return
    current.security_headers = headers.security_headers()
    with json_answers.said_at_the_door():
        allowed.spend_question(user.id)
    asked = _asked(user.id)
    state = asked and or_later(quiet.state, current.db, user.id, *asked)
    if state:
        _answer(protocol.page_frame(pages.Page([], state.head, state.epoch, False, False), user.id, POLL_SECONDS))


def _who_polls():
    """Return who is logged in where this is a poll."""
    request, auth = current.request, current.session.auth
    if (request.controller, request.function, request.extension, request.env.request_method) != ASKED or incoming.length():
        return None
    is_login = auth and auth.user and auth.last_visit and type(auth.user.id) is int
    return auth.user if is_login and ready.is_ready() else None


def _is_in_good_standing(user):
    standing, is_shared = directory.NONE if lasting.is_over() else directory.standing(current.db, user.id), current.settings.auth.masterapp
    return (standing.name and not (logins.is_demo(user) and not reached.is_only_this_machine())
            and not logout.is_over(current.session.auth.generation, standing.session_generation, bool(is_shared)))


def _asked(user_id):
    """Return (position, epoch or None), or None for what an answer has to be thought about."""
    query = current.request.get_vars
    if query.author not in (None, str(user_id)):
        return None
    try:
        return json_answers.cursor_asked('since'), query.epoch if isinstance(query.epoch, str) else None
    except Refused:
        return None


def _answer(frame):
    response = current.response
    current.session.forget(response)
    # web2py adds the last two to what goes its usual way.
    usual = {'Expires': formatdate(usegmt=True), 'Pragma': 'no-cache'}
    raise HTTP(200, protocol.encode(frame).decode('utf-8'), **{
        **response.headers, **current.security_headers, **json_answers.HEADERS, **usual})
