"""JSON over HTTP, as the wire has it: how it is asked, and how refusals are said."""
import contextlib

from gluon import HTTP, current
from messenger_core.errors import Refused
from messenger_live.wire import handshake, protocol

from .answers import BARE_HEADERS, or_busy, turn_away

HEADERS = {'Content-Type': 'application/json; charset=utf-8', 'Cache-Control': 'no-store'}


def in_json(answer, frame=None, keeps_session=False):
    """Return what `answer(user_id)` gives, or its refusal, as JSON; `frame` is what was asked, for its `ref`."""
    response = current.response
    if not keeps_session:
        current.session.forget(response)
    response.headers.update(HEADERS)
    try:
        reply = or_busy(answer, _who_asks())
    except Refused as refused:
        response.status = refused.status
        if refused.retry_after:
            response.headers['Retry-After'] = refused.retry_after
        reply = protocol.error_frame(refused, protocol.ref_of(frame or {}))
    return protocol.encode(reply).decode('utf-8')


def _who_asks():
    """Return the member's id. A page says whose it is; raises Refused no_session where somebody else is logged in by now."""
    user_id, author = current.auth.user_id, current.request.get_vars.author
    if author is not None and author != str(user_id):
        raise Refused('no_session')
    return user_id


@contextlib.contextmanager
def said_at_the_door():
    """Say what is refused there: as JSON to who asks for that, to everybody else in a sentence."""
    try:
        yield
    except Refused as refused:
        wait = {'Retry-After': refused.retry_after} if refused.retry_after else {}
        if current.request.extension != 'json':
            turn_away(refused, wait)
        current.session.forget(current.response)
        raise HTTP(refused.status, protocol.encode(protocol.error_frame(refused, None)).decode('utf-8'),
                   **{**getattr(current, 'security_headers', BARE_HEADERS), **HEADERS, **wait}) from refused


def number_asked(name, default=None):
    """Return the whole number in the query under `name`; a missing one is `default`, anything else Refused."""
    text = current.request.get_vars.get(name) or None
    if text is None and default is not None:
        return default
    if not _is_whole(text):
        raise Refused('bad_type', 'The field %s must be a whole number.' % name)
    return int(text)


def cursor_asked(name):
    """Return the position in the query under `name`; raises Refused bad_cursor."""
    text = current.request.get_vars.get(name)
    if not _is_whole(text):
        raise Refused('bad_cursor')
    return int(text)


def command_body(limit):
    """Return the body of a command, at most `limit` bytes of JSON from a page of this site."""
    env = current.request.env
    if env.request_method != 'POST' or (env.content_type or '').partition(';')[0].strip().lower() != 'application/json':
        raise Refused('bad_type', 'A command is sent by POST, as application/json.')
    if not _is_our_page(env):
        raise Refused('forbidden', 'Commands are taken from pages of this site only.')
    if int(env.content_length or 0) > limit:
        raise Refused('too_long', 'A command has at most %d bytes.' % limit)
    return current.request.body.read()


def of_its_author(frame, user_id):
    """Return the frame of a command; a page says whose it is. Raises Refused no_session where that isn't who is logged in by now."""
    author = frame.get('author', user_id)
    if type(author) is not int or author != user_id:
        raise Refused('no_session')
    return frame


def _is_whole(text):
    return isinstance(text, str) and text.isascii() and text.isdigit() and len(text) <= 19


def _is_our_page(env):
    # A browser sends a form without asking first, but never an Origin that isn't its page's.
    return handshake.origins_of(current.settings).allows([env.http_origin or ''], env.http_host or '')
