"""What clients post, and how forms look."""

FORM_BYTES = 2 * 1024 * 1024
FORM_KINDS = ('application/x-www-form-urlencoded', 'multipart/form-data', 'application/json')

_length = request.env.content_length or '0'
if not (_length.isascii() and _length.isdigit()):
    request.env['CONTENT_LENGTH'] = None    # else web2py fails over it once more when it puts the body away
    refuse(400, 'This is no length of a body.')
if request.controller != 'appadmin' and int(_length) > FORM_BYTES:
    refuse(413, 'This is more than the site accepts at once.')
if request.function == '_TEST':
    refuse(404, 'There is no such page.')    # web2py's doctest page, which in 2.26 fails on Python 3 before it asks who wants it


_kind = (request.env.content_type or '').partition(';')[0].strip().lower()
if request.extension == 'html' and request.env.request_method == 'POST':
    if _kind not in FORM_KINDS:
        refuse(415, 'This is not a form.')
    try:
        # Read here for the first time. Of a form in parts, 3.x drops what it can't read; there is none without a field.
        _can_be_read = bool(request.post_vars) or _kind != 'multipart/form-data'
    except (TypeError, ValueError):
        _can_be_read = False
    if not _can_be_read:
        refuse(400, 'This form cannot be read.')


def posted(name):
    """Return the text posted as `name`; of several the first, of none or of a file the empty text."""
    value = request.post_vars.get(name)
    value = value[0] if isinstance(value, list) and value else value
    return value if isinstance(value, str) else ''


def only_texts(_=None):
    """Make every posted value one text: web2py's own forms fail on lists, files and what JSON can hold."""
    texts = {name: posted(name) for name in list(request.post_vars)}
    request.post_vars.clear()
    request.post_vars.update(texts)
    request.vars.update(texts)


def _stacked(form, fields):
    """web2py's formstyle: label, control and help below each other; a checkbox before its label."""
    # A page may have several forms: the row of the button, which is called the same in all of them, has no id.
    return CAT(*[_row(None if id == 'submit_record__row' else id, label, control, help) for id, label, control, help in fields])


def _row(id, label, control, help):
    help = SPAN(help, _class='field__help') if help else ''
    if isinstance(control, INPUT) and control['_type'] == 'checkbox':
        return DIV(control, ' ', label, help, _class='field field--checkbox', _id=id)
    return DIV(label, control, help, _class='field', _id=id)


response.formstyle = auth.settings.formstyle = _stacked


def stop(status, sentence):
    """End the request with a page that says why."""
    headers = dict(security_headers, **{'Content-Type': 'text/html; charset=utf-8'})
    raise HTTP(status, response.render('error.html', dict(sentence=sentence)), **headers)
