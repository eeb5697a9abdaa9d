"""The keys of guests' forms against forgery: signed, and good with the cookie of the browser that was shown the form, for some hours.

Members' forms have web2py's keys, which lie in the session.
"""
import secrets
from re import ASCII, compile

from gluon import current

from ..asked import is_post, posted
from . import secret
from .guests import put_cookie

COOKIE = 'messenger_form'
BROWSER = compile('[0-9a-f]{32}')
FORM_KEY = compile(r'([0-9a-f]{1,16})\.([0-9a-f]{16})\.([0-9a-f]{64})', ASCII)
# What is never shown again.
SECRET_TYPES = ('password', 'hidden', 'checkbox', 'submit')


def check(name):
    """Have web2py take the guest's form `name` that is posted, if its key is good."""
    if is_post() and _is_good(name, posted('_formkey')):
        current.session['_formkey[%s]' % posted('_formname')] = [posted('_formkey')]


def give(form, name):
    """Give a form of web2py's a new key; when that of the one that was posted was no good, with what was typed, and say so."""
    form.formkey = _new_key(name)
    is_posted = is_post() and current.request.post_vars and posted('_formname') in ('', form.formname)
    if is_posted and not (posted('_formname') and _is_good(name, posted('_formkey'))):
        current.response.flash = current.T('This page was too old. Please try again.')
        fill_in(form, current.request.post_vars)


def fill_in(form, typed):
    """Show again what was typed into a form that wasn't looked at, but for what is secret."""
    for control in form.elements('input'):
        text = typed.get(control['_name'])
        if control['_type'] not in SECRET_TYPES and isinstance(text, str) and text:
            control['_value'] = text


def _new_key(name):
    # Each key is another one: a page is packed together with what strangers choose, see headers.py.
    made, browser = '%x.%s' % (secret.now(), secrets.token_hex(8)), _browser() or secrets.token_hex(16)
    put_cookie(COOKIE, browser)
    return '%s.%s' % (made, secret.signature('form', _signed(browser, name, made)))


def _is_good(name, key):
    found, browser, seconds = FORM_KEY.fullmatch(key), _browser(), current.settings.auth.form_seconds
    if not found or not browser:
        return False
    made = key.rpartition('.')[0]
    return secret.is_signed('form', _signed(browser, name, made), found[3]) and secret.is_recent(found[1], seconds)


def _browser():
    cookie = current.request.cookies.get(COOKIE)
    return cookie.value if cookie and BROWSER.fullmatch(cookie.value) else None


def _signed(browser, name, made):
    return '%s %s %s' % (browser, name, made)
