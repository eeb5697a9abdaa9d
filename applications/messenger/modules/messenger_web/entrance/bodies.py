"""What of a request's body is read, once it is known who asks: nothing that nobody here takes, and no more than a page needs."""
from gluon import current
from messenger_core.errors import Refused
from messenger_live.wire import protocol

from ..answers import refuse
from . import allowed, fields, incoming
from .entrances import ACCOUNT_FORM, COMMAND, IMPORT, MESSAGE_FORM, NOTHING

ESCAPED = 12    # bytes of an emoji in a form
IN_LINE, IN_PARTS, JSON = 'application/x-www-form-urlencoded', 'multipart/form-data', 'application/json'


def check_head():
    """End a request that brings more than anybody may, or doesn't say how much; nothing is read yet."""
    env, limits = current.request.env, current.settings.limits
    if env.http_transfer_encoding:
        refuse(411, 'A body is taken with its length only.')
    if incoming.length() == incoming.UNKNOWN:
        refuse(400, 'This is no length of a body.')
    if incoming.length() > max(limits.import_bytes, _most(MESSAGE_FORM)):
        _refuse_as_too_much()
    if len(env.path_info or '') + len(env.query_string or '') > limits.address_bytes:
        refuse(414, 'This address is too long.')
    if len(env.http_cookie or '') > limits.cookie_bytes:
        refuse(400, 'These are too many cookies.')


def read():
    """Read what is taken here of the body, and hand it to web2py; return whether there was any.

    Ends with a sentence where it is something else, or more.
    """
    request, takes, length = current.request, current.entrance.takes, incoming.length()
    if length > _most(takes):
        _refuse_as_too_much()
    if takes == NOTHING or request.env.request_method != 'POST':
        current.response.headers.update(incoming.left_behind())
        return False
    if request.env.http_content_encoding:
        refuse(415, 'A packed body is not taken here.')
    if takes != COMMAND:
        _read_form(takes, length)
    elif _kind() == JSON and length <= current.settings.realtime.message_bytes:     # else its action says why not
        incoming.hand_over(_whole(length), fields.gathered([]))
    return length > 0


def _most(takes):
    """Return how many bytes a body may have. Who isn't logged in may still bring the one message that they wrote while they were."""
    limits, one_message = current.settings.limits, ESCAPED * current.settings.realtime.content
    if takes == IMPORT:
        return limits.import_bytes
    # The login, too, is given that message: see unsent.py.
    of_guest = one_message + limits.account_bytes
    is_short = takes == ACCOUNT_FORM or not getattr(current, 'member', None)
    return of_guest if is_short else max(limits.form_bytes, of_guest)


def _read_form(takes, length):
    kind = _kind()
    if kind not in (IN_LINE, IN_PARTS, JSON):
        refuse(415, 'This is not a form.')
    if kind == JSON and length > current.settings.realtime.message_bytes:
        _refuse_as_too_much()
    body = _whole(length)
    try:
        incoming.hand_over(body, _fields(kind, body, takes == IMPORT))
    except fields.TooMany:
        _refuse_as_too_much()
    except (ValueError, Refused):
        refuse(400, 'This form cannot be read.')


def _fields(kind, body, takes_files):
    most = current.settings.limits.fields
    if kind == IN_PARTS:
        return fields.in_parts(body, current.request.env.content_type, most, takes_files)
    if kind == IN_LINE:
        return fields.in_line(body, most)
    frame = protocol.decode(body)
    if len(frame) > most:
        raise fields.TooMany
    return fields.gathered(frame.items())


def _kind():
    return (current.request.env.content_type or '').partition(';')[0].strip().lower()


def _whole(length):
    with allowed.reading():
        body = incoming.taken(current.settings.limits.body_seconds)
    if len(body) < length:
        refuse(400, 'This body is shorter than it says, or took too long.')
    return body


def _refuse_as_too_much():
    refuse(413, current.T('This is more than the site accepts at once.'))
