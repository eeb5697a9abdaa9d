"""A forgotten password: the same words, after the same work, whatever is known of the address that is typed.

Whether there is an account is looked up in the thread that sends the mail; the page knows nothing of it.
"""
import time
import uuid
from datetime import datetime

from gluon import IS_EMAIL, IS_LENGTH, IS_NOT_EMPTY, SQLFORM, Field, current, redirect
from messenger_core.database import tables
from messenger_core.database.transaction import transact
from messenger_core.errors import Refused
from messenger_core.feed import sequence
from messenger_core.members import whom
from messenger_core.members.spelling import fold

from .. import connections
from ..entrance.allowed import spend_mail
from . import links, mails

FORM_NAME = 'reset_password'


def form():
    """Return the form that asks for the account; ends with a redirect when it is filled in."""
    auth, T, name = current.auth, current.T, 'username' if current.settings.auth.username else 'email'
    kind = IS_NOT_EMPTY() if name == 'username' else IS_EMAIL(error_message=auth.messages.invalid_email)
    form = SQLFORM.factory(
        Field(name, label=current.db.auth_user[name].label, requires=[IS_LENGTH(512), kind]),
        submit_button=auth.messages.password_reset_button, formstyle=auth.settings.formstyle, table_name='auth_user')
    if form.accepts(current.request, current.session, formname=FORM_NAME):
        _ask(name, form.vars[name].strip())
        current.session.flash = (T('If there is an account with this name, a mail with a link is on its way.') if name == 'username' else
                                 T('If there is an account with this address, a mail with a link is on its way.'))
        redirect(auth.settings.request_reset_password_next)
    return form


def _ask(name, typed):
    auth, settings = current.auth, current.settings
    key = '%d-%s' % (time.time(), uuid.uuid4())
    link = auth.url(auth.settings.function, args=('reset_password',), vars={'key': key}, scheme=True)
    subject, text = str(auth.messages.reset_password_subject), str(auth.messages.reset_password % dict(key=key, link=link))
    folder, client = current.request.folder, current.request.client
    try:
        spend_mail(fold(typed))
    except Refused:     # a moment ago there was one; to say so would tell whether there was
        return

    def job():
        to = _remember(settings, folder, name, typed, key, client)
        if to:
            mails.send(settings.smtp, to, subject, text)
    mails.post.put(job, settings.smtp.waiting)


def _remember(settings, folder, name, typed, key, client):
    """Store the key, in a thread, for the account that may have a new password; return the address to send it to, or None."""
    db = connections.apart(settings, folder)
    try:
        _define(db, name, settings)
        found = db.auth_user.id.belongs(whom.accounts(db, name, typed))     # as for a login
        return transact(db, lambda: _store(db, found, key, client, settings))
    finally:
        db.close()


def _define(db, name, settings):
    fields = dict.fromkeys(['email', name, 'registration_key', 'reset_password_key'])
    db.define_table('auth_user', *map(Field, fields), migrate=False)
    db.define_table('auth_event', Field('time_stamp', 'datetime'), Field('client_ip'), Field('user_id', 'integer'), Field('origin'),
                    Field('description', 'text'), migrate=False)
    tables.define(db, message_table=settings.db.message_table)


def _store(db, query, key, client, settings):
    sequence.take(db, 0)    # whatever takes such a link back has done so before it is looked, or will do so after it is stored
    account = links.meant(db(query).select(orderby=db.auth_user.id))
    if not account or not account.email or links.keeps_out(account.registration_key, settings):
        return None
    db(db.auth_user.id == account.id).update(reset_password_key=key)
    db.auth_event.insert(time_stamp=datetime.now(), client_ip=client, user_id=account.id, origin='auth',
                         description='User %d Password reset' % account.id)     # as web2py puts it
    return account.email
