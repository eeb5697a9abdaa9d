"""What comes of the form that sends a message, on three pages, when it is posted."""
import re

from gluon import current
from messenger_core import text
from messenger_core.errors import Refused, TooManyStarted
from messenger_core.members import directory, whom
from messenger_core.messages import sending, starting

from .entrance import lasting
from .entrance.allowed import spend_send
from .forms import new_ref
from .shown import counted, with_number

NUMBERED = re.compile(r'.*#\s*([0-9]+)', re.DOTALL)     # "Ann Lee #17", as the list of names has it
TIMES_TOO_LONG = 4
FIELDS = {'no_such_user': 'receiver', 'not_found': 'receiver', 'bad_text': 'content', 'too_long': 'content'}


def send_posted(form):
    """Send what the form holds; return whether it is stored. If not, `form.errors` says why, and the form can be shown again."""
    if form.is_others:
        form.errors['form'] = current.T('This page was too old. Please try again.')
        return False
    try:
        form.content = text.clean(form.content, current.settings.realtime.content)
        if form.is_fresh:
            spend_send()
            draft = sending.Draft(current.auth.user_id, form.content, meant(form.receiver), ref=form.ref)
            sending.send(current.db, lasting.asked(draft), starting.limits(current.settings.realtime))
            return True
        return _was_sent(form)
    except Refused as refused:
        if refused.code == 'no_session':    # answers.page has it go on through the login
            raise
        _explain(form, refused)
        form.content = shown_again(form.content)
        return False


def shown_again(content):
    """Return what a form shows of a text that could not be sent: all that somebody may have written, and not a whole book of escapes."""
    return content[:TIMES_TOO_LONG * current.settings.realtime.content]


def meant(typed):
    """Return what a typed receiver stands for: of "Ann Lee #17" the number, unless somebody's user name is all of that; else itself."""
    typed, db = typed.strip(), current.db
    numbered = NUMBERED.fullmatch(typed)
    if not numbered or whom.NUMBER.fullmatch(typed) or whom.is_user_name(db, typed):
        return typed
    person = whom.number_of(numbered[1])
    is_choice = with_number(person, directory.names(db, [person]).get(person, '')) == typed
    return typed if not is_choice and whom.looks_like_user_name(db, typed) else '#%d' % person


def _was_sent(form):
    # The form was posted twice, or its key is one of more than ten: the same message under the same ref is the same message.
    T, db = current.T, current.db
    sent = sending.find_sent(db, current.auth.user_id, form.ref)
    if sent and sent.content == form.content and sent.receiver_id == whom.find(db, meant(form.receiver)):
        return True
    if sent:
        form.ref = new_ref()
    form.errors['form'] = T('This form was too old to be sent. Please send it again.')
    return False


def _explain(form, refused):
    T, response = current.T, current.response
    sentences = {
        'no_such_user': T('There is no such member. Choose a name from the list, or type an exact e-mail address, user name or number.'),
        'bad_text': T('Write something that can be seen, without characters that cannot be stored.'),
        'too_long': T('This is too long: %(length)s characters, %(limit)s are allowed.',
                      dict(length=len(form.content), limit=current.settings.realtime.content)),
        'conflict': T('Another message was already sent from this form. Send again to send this one as well.'),
        'busy': T('The message could not be stored just now. Please send it again in a moment.'),
        'rate': T('You send very fast. Please wait a moment, and send it again.')}
    if isinstance(refused, TooManyStarted):
        sentences['rate'] = counted('You have started as many conversations as you may within a day (%(limit)s). You can start another in '
                                    '%(count)s hours at the latest, and answer at any time.', -(-refused.retry_after // 3600),
                                    limit=refused.per_day)
    form.errors[FIELDS.get(refused.code, 'form')] = sentences.get(refused.code) or T(refused.message)
    if refused.code == 'conflict':
        form.ref = new_ref()
    if refused.code in ('busy', 'rate'):
        response.status = refused.status
        response.headers['Retry-After'] = refused.retry_after or 1
