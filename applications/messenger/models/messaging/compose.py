"""The form that sends a message, on three pages: what it holds, and what comes of it when it is posted."""
import contextlib
import re
import uuid

from gluon import FORM
from gluon.storage import Storage
from messenger_core import text
from messenger_core.errors import Refused
from messenger_core.members import directory
from messenger_core.messages import sending

REF = re.compile(r'[A-Za-z0-9._:-]{1,64}')
NUMBERED = re.compile(r'[^@]*#\s*([0-9]+)\s*', re.DOTALL)      # "Ann Lee #17", as the list of names has it
FIELDS = {'no_such_user': 'receiver', 'not_found': 'receiver', 'bad_text': 'content', 'too_long': 'content'}


def send_form(name, receiver=None):
    """Return the form `name` with what was posted, and a new key of web2py's against forgery."""
    form = FORM()
    is_fresh = form.accepts({key: posted(key) for key in ('_formkey', '_formname')}, session, formname=name)
    filled = {key: posted(key) for key in ('receiver', 'content')} if request.env.request_method == 'POST' else _take_unsent()
    ref = posted('ref') if REF.fullmatch(posted('ref')) else uuid.uuid4().hex
    return Storage(name=name, key=form.formkey, is_fresh=is_fresh, receiver=filled['receiver'] if receiver is None else receiver,
                   content=filled['content'], ref=ref, errors={})


def list_form():
    """Return the key against forgery of the list of conversations, with whether one was posted with it."""
    form = FORM()
    is_fresh = form.accepts({key: posted(key) for key in ('_formkey', '_formname')}, session, formname='marks')
    return Storage(key=form.formkey, is_fresh=is_fresh)


def send_posted(form):
    """Send what the form holds; return whether it is stored. If not, `form.errors` says why, and the form can be shown again."""
    try:
        form.content = text.clean(form.content, settings.realtime.content)
        if form.is_fresh:
            spend_send()
            sending.send(db, sending.Draft(auth.user_id, form.content, meant(form.receiver), ref=form.ref))
            return True
        return _was_sent(form)
    except Refused as refused:
        _explain(form, refused)
        return False


def meant(typed):
    """Return what a typed receiver stands for: of "Ann Lee #17" the number, else itself."""
    numbered = NUMBERED.fullmatch(typed)
    return numbered[1] if numbered else typed.strip()


def _was_sent(form):
    # The form was posted twice, or its key is one of more than ten: the same message under the same ref is the same message.
    sent = sending.find_sent(db, auth.user_id, form.ref)
    if sent and sent.content == form.content and sent.receiver_id == directory.find(db, meant(form.receiver)):
        return True
    if sent:
        form.ref = uuid.uuid4().hex
    form.errors['form'] = T('This form was too old to be sent. Please send it again.')
    return False


def _explain(form, refused):
    sentences = {
        'no_such_user': T('There is no such member. Choose a name from the list, or type an exact e-mail address, user name or number.'),
        'bad_text': T('Write something that can be seen, without characters that cannot be stored.'),
        'too_long': T('This is too long: %(length)s characters, %(limit)s are allowed.',
                      dict(length=len(form.content), limit=settings.realtime.content)),
        'conflict': T('Another message was already sent from this form. Send again to send this one as well.'),
        'busy': T('The message could not be stored just now. Please send it again in a moment.'),
        'rate': T('You send very fast. Please wait a moment, and send it again.')}
    form.errors[FIELDS.get(refused.code, 'form')] = sentences.get(refused.code) or T(refused.message)
    if refused.code == 'conflict':
        form.ref = uuid.uuid4().hex
    if refused.code in ('busy', 'rate'):
        response.status = refused.status
        response.headers['Retry-After'] = refused.retry_after or 1


def _keep_unsent():
    """Keep what is posted after the session has ended, in another tab or by itself, until its author has logged in again."""
    with contextlib.suppress(Refused):
        content = text.clean(posted('content'), settings.realtime.content)
        session.unsent = dict(author=posted('author')[:20], receiver=posted('receiver')[:256], content=content)


def _take_unsent():
    """Return what is to be in an empty form: nothing, or once what its author, and nobody else who logs in here, had to leave."""
    kept = session.pop('unsent', None)
    return kept if kept and kept['author'] == str(auth.user_id) else dict(receiver='', content='')


# A session that lies in a cookie has no room for it.
if not auth.user and request.env.request_method == 'POST' and settings.session.store != 'cookie':
    _keep_unsent()
