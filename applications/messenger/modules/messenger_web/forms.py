"""Forms: how they look, and what the one that sends a message holds."""
import re
import uuid

from gluon import CAT, DIV, FORM, INPUT, SPAN, current
from gluon.storage import Storage
from messenger_core.errors import Refused

from .asked import is_post, posted, typed_receiver
from .entrance import unsent

REF = re.compile(r'[A-Za-z0-9._:-]{1,64}')


def stacked(form, fields):
    """web2py's formstyle: label, control and help below each other; a checkbox before its label."""
    # A page may have several forms: the row of the button, which is called the same in all of them, has no id.
    return CAT(*[_row(None if id == 'submit_record__row' else id, label, control, help) for id, label, control, help in fields])


def _row(id, label, control, help):
    help = SPAN(help, _class='field__help') if help else ''
    if isinstance(control, INPUT) and control['_type'] == 'checkbox':
        return DIV(control, ' ', label, help, _class='field field--checkbox', _id=id)
    return DIV(label, control, help, _class='field', _id=id)


def send_form(name, receiver=None):
    """Return the form `name` with what was posted, and a new key of web2py's against forgery."""
    key, is_fresh = _key(name)
    # The page may be of who was logged in in this browser before: what they wrote is nobody else's.
    is_others = posted('author') not in ('', str(current.auth.user_id))
    filled = dict(receiver='', content='') if is_others else _posted_texts() if is_post() else unsent.take()
    ref = posted('ref') if REF.fullmatch(posted('ref')) and not is_others else new_ref()
    return Storage(name=name, key=key, is_fresh=is_fresh, is_others=is_others, ref=ref, errors={},
                   receiver=filled['receiver'] if receiver is None else receiver, content=filled['content'])


def _posted_texts():
    return dict(receiver=typed_receiver(), content=posted('content'))


def list_form():
    """Return the key against forgery of the list of conversations, with whether one was posted with it."""
    key, is_fresh = _key('marks')
    return Storage(key=key, is_fresh=is_fresh)


def new_ref():
    """Return a name for a message that no other has."""
    return uuid.uuid4().hex


def _key(name):
    form = FORM()
    is_fresh = form.accepts({key: posted(key) for key in ('_formkey', '_formname')}, current.session, formname=name)
    return form.formkey, is_fresh


def set_marks(asked):
    """Set marks, given as (what sets it, of what), unless the page they come from is too old. One that is refused takes no other along."""
    session, T = current.session, current.T
    if not list_form().is_fresh:
        asked, session.flash = [], T('This page was too old. Please try again.')
    for set_mark, place in asked:
        try:
            set_mark(place)
        except Refused as refused:
            is_busy = refused.code == 'busy'
            session.flash = T('That could not be saved just now. Try again in a moment.') if is_busy else T(refused.message)
            if is_busy:
                break   # the others would wait as long, and for the same
