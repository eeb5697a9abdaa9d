"""Another address for an account: confirmed by a link that goes there, and told to the one before.

The link is one of reset_password_key's: what takes back a link to a new password (another password or address, a block, a logout
everywhere, the next link) takes it back too. The new address lies beside its key, not in the link, which servers write into logs.
"""
import re

from gluon import IS_LENGTH, IS_NOT_EMPTY, IS_NOT_IN_DB, SQLFORM, Field, current, redirect
from gluon.html import URL
from gluon.utils import web2py_uuid
from messenger_core.errors import Refused
from messenger_core.members import whom
from messenger_core.members.spelling import fold

from ..entrance import secret
from ..entrance.allowed import spend_attempt, spend_mail
from . import ending, links, mails, passwords

LONGEST = 254       # no mail goes to a longer one, and the key has to fit in beside it
SECONDS = 24 * 60 * 60
KEY = re.compile('address-([0-9a-f]{1,16})-(%s)-(.+)' % links.UUID, re.DOTALL)


def form():
    """Return the form that asks for another address and the password; ends with a redirect when it is filled in."""
    T, table = current.T, current.db.auth_user
    form = SQLFORM.factory(
        Field('email', label=table.email.label, requires=_requires(table.email.requires)),
        Field('password', 'password', label=T('Password'), requires=IS_NOT_EMPTY()),
        submit_button=T('Change the address'), table_name='address', formstyle=current.response.formstyle)
    if form.process(formname='address', onvalidation=_judge).accepted:
        member = form.member
        if form.vars.email == member.email:
            current.session.flash = T('Saved.')
        elif links.can_be_mailed():
            _ask(member, form.vars.email)
            current.session.flash = T('A link is on its way to the new address. It is yours when you have followed that.')
        else:
            _change((table.id == member.id) & (table.password == member.password), member, form.vars.email)
        redirect(URL('default', 'account'))
    return form


def confirmation(key):
    """Return (form, address) of the page that a link leads to. Only its button changes anything: programs look at links, too."""
    T, table, me = current.T, current.db.auth_user, current.auth.user_id
    member = current.db(table.id == me).select().first()
    found = member and KEY.fullmatch(member.reset_password_key or '')
    if not found or found[2] != key or not secret.is_recent(found[1], SECONDS):
        _go_back()
    form = SQLFORM.factory(submit_button=T('Use this address'), table_name='confirm', formstyle=current.response.formstyle)
    if form.process(formname='confirm').accepted:
        _change((table.id == me) & (table.reset_password_key == member.reset_password_key), member, found[4])
        redirect(URL('default', 'account'))
    return form, found[4]


def _requires(validators):
    """Return what judges an address. Whether it is somebody's is said only where it changes at once; else whose mailbox it is knows."""
    kept = [one for one in validators if not (links.can_be_mailed() and isinstance(one, IS_NOT_IN_DB))]
    for one in kept:
        if isinstance(one, IS_NOT_IN_DB):
            one.set_self_id(current.auth.user_id)   # this form has no record of its own
    return [kept[0], IS_LENGTH(LONGEST), *kept[1:]]


def _judge(form):
    """Whoever sits down at somebody's screen must not take the account with them."""
    spend_attempt('address')
    table = current.db.auth_user
    form.member = current.db(table.id == current.auth.user_id).select().first()
    if not passwords.is_right(table.password.validate(form.vars.password)[0], form.member and form.member.password):
        form.errors.password = current.T('This is not your password.')


def _ask(member, address):
    T, settings, table = current.T, current.settings, current.db.auth_user
    try:
        spend_mail('%d %s' % (member.id, fold(address)))
    except Refused:     # a moment ago this member had one, and its link stays the one that counts
        return
    key, is_others = web2py_uuid(), whom.others(current.db, 'email', address, [member.id])
    stored = current.db((table.id == member.id) & (table.password == member.password)).update(
        reset_password_key='address-%x-%s-%s' % (secret.now(), key, address))
    ending.settle()
    link = settings.host.url + URL('default', 'address', vars={'key': key})
    text = T('Click on the link %(link)s to confirm your new address', dict(link=link))
    if stored and not is_others:
        _mail(address, T('Your new address'), text)


def _change(query, member, address):
    """Change it where that is still what was asked for; newcomers.py sees to it that it is nobody else's by now."""
    T, settings, before = current.T, current.settings, member.email
    if not current.db(query).update(email=address):
        _go_back()
    ending.settle()
    current.auth.user.email = address
    current.session.flash = T('Your address has been changed.')
    if before and links.can_be_mailed():
        text = T('Your account at %(site)s has another address now. If it was not you who changed it, tell whoever runs the site.',
                 dict(site=settings.app.name))
        _mail(before, T('Your address has been changed.'), text)


def _mail(*mail):
    mailer = mails.Later(current.settings.smtp)
    mailer.send(*mail)
    mailer.leave()


def _go_back():
    current.session.flash = current.auth.messages.invalid_reset_password
    redirect(URL('default', 'account'))
