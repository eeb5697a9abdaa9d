"""What of a request's body is read: nothing that nobody here takes."""
from gluon import current

from ..answers import refuse
from ..asked import is_form

FORM_BYTES = 2 * 1024 * 1024
FORM_KINDS = ('application/x-www-form-urlencoded', 'multipart/form-data', 'application/json')


def check_body():
    """End a request whose body nothing here takes."""
    request = current.request
    length = request.env.content_length or '0'
    if not (length.isascii() and length.isdigit()):
        request.env['CONTENT_LENGTH'] = None    # else web2py fails over it once more when it puts the body away
        refuse(400, 'This is no length of a body.')
    if request.controller != 'appadmin' and int(length) > FORM_BYTES:
        refuse(413, 'This is more than the site accepts at once.')
    if request.function == '_TEST':
        refuse(404, 'There is no such page.')    # web2py's doctest page, which in 2.26 fails on Python 3 before it asks who wants it
    if is_form():
        _check_form(request)


def _check_form(request):
    kind = (request.env.content_type or '').partition(';')[0].strip().lower()
    if kind not in FORM_KINDS:
        refuse(415, 'This is not a form.')
    try:
        # Read here for the first time. Of a form in parts, 3.x drops what it can't read; there is none without a field.
        can_be_read = bool(request.post_vars) or kind != 'multipart/form-data'
    except (TypeError, ValueError):
        can_be_read = False
    if not can_be_read:
        refuse(400, 'This form cannot be read.')
