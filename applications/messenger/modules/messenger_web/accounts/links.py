"""Links that go out by mail: to where the settings say that the site is, whatever a request says that it was asked for."""
import functools
import logging
import re

from gluon import current, tools
from gluon.utils import web2py_uuid
from messenger_core.errors import Refused

# What web2py makes for the mail to a new member. Whatever else stands in registration_key keeps its member out.
UUID = '[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}'
VERIFICATION = re.compile('(pending-)?' + UUID)
# What stands in reset_password_key, beginning with the time.
NEW_PASSWORD = re.compile('[0-9]{1,12}-' + UUID)


class Auth(tools.Auth):
    """web2py's, which would take the host of a link from the request or from a pattern, and the scheme from its own server."""

    def url(self, f=None, args=None, vars=None, scheme=False):
        """Return the address of an account's page; with `scheme` as it goes into a mail."""
        address = super().url(f, args, vars)
        return current.settings.host.url + address if scheme else address

    def get_vars_next(self):
        """Return the address to be led on to, or None; one that no header can hold leads nowhere."""
        address = super().get_vars_next()
        return address if address and address.isascii() and address.isprintable() else None


def can_be_mailed():
    """Whether there is a server for mails, and an address of the site to put into them."""
    settings = current.settings
    if settings.smtp.server and not settings.host.url:
        _miss_address()
    return bool(settings.smtp.server and settings.host.url)


def keeps_out(key, settings):
    """Whether a registration_key says that somebody must not come in, and not only that their address is to be confirmed first."""
    is_one_to_come = VERIFICATION.fullmatch(key or '') and not key.startswith('pending')
    return bool(key) and (settings.auth.registration_requires_approval or not is_one_to_come)


def instead_of(key):
    """Return what takes the place of a registration_key when the address changes: no mail to the old one confirms the new one."""
    return key[:-len(web2py_uuid())] + web2py_uuid() if VERIFICATION.fullmatch(key or '') else key


def meant(found):
    """Return which account is meant by an address; `found` has all with it, as there may be two from before, the oldest first.

    None: there is none, or one of several is shut out. Who owns one of them owns the others.
    """
    keys = [(row.registration_key or '').strip() for row in found]
    if len(found) > 1 and any(key and not key.startswith('pending') and not VERIFICATION.fullmatch(key) for key in keys):
        return None
    return next((row for row, key in zip(found, keys) if not key), found.first())


def leads_nowhere():
    """Whether what is asked for is the link of a mail that must not be followed.

    web2py takes whatever stands in registration_key for the key of such a link, its own word for "blocked" too, and with a new password
    it lets in whoever somebody keeps out in words of their own.
    """
    return _is_asked_for() and _is_used(current.db(current.db.auth_user.id > 0))


def refuse_used(chosen):
    """Raise Refused where what becomes of those `chosen` comes by a link that has been used, or taken back, since it was looked at.

    To be asked under the lock that whoever else sets a password, or blocks, waits for.
    """
    if _is_asked_for() and _is_used(chosen):
        raise Refused('forbidden', str(current.auth.messages.invalid_reset_password))


def _is_asked_for():
    request = current.request
    return request.controller == 'default' and request.args(0) in ('reset_password', 'verify_email')


def _is_used(chosen):
    request, table = current.request, current.db.auth_user
    if request.args(0) == 'verify_email':
        key = request.args[-1]
        return not VERIFICATION.fullmatch(key) or chosen(table.registration_key == key).isempty()
    key = request.vars.key
    is_key = isinstance(key, str) and NEW_PASSWORD.fullmatch(key)
    found = chosen(table.reset_password_key == key).select(table.registration_key) if is_key else []
    return len(found) != 1 or keeps_out(found[0].registration_key, current.settings)


@functools.lru_cache(1)
def _miss_address():
    logging.getLogger('web2py.app.messenger').warning('No mails are sent: [host] url has to say where their links lead.')
