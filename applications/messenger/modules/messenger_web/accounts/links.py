"""Links that go out by mail: to where the settings say that the site is, whatever a request says that it was asked for."""
import functools
import logging

from gluon import current, tools
from messenger_core.errors import Refused


class Auth(tools.Auth):
    """web2py's, which would take the host of a link from the request or from a pattern, and the scheme from its own server."""

    def url(self, f=None, args=None, vars=None, scheme=False):
        """Return the address of an account's page; with `scheme` as it goes into a mail."""
        address = super().url(f, args, vars)
        return current.settings.host.url + address if scheme else address


def can_be_mailed():
    """Whether there is a server for mails, and an address of the site to put into them."""
    settings = current.settings
    if settings.smtp.server and not settings.host.url:
        _miss_address()
    return bool(settings.smtp.server and settings.host.url)


def refuse_used(chosen):
    """Raise Refused where a password of those `chosen` is set by a link that has been used, or taken back, since the page looked at it.

    To be asked under the lock that whoever else sets one waits for.
    """
    request = current.request
    is_by_link = request.controller == 'default' and request.args(0) == 'reset_password'
    if is_by_link and chosen(current.db.auth_user.reset_password_key == request.vars.key).isempty():
        raise Refused('forbidden', str(current.auth.messages.invalid_reset_password))


@functools.lru_cache(1)
def _miss_address():
    logging.getLogger('web2py.app.messenger').warning('No mails are sent: [host] url has to say where their links lead.')
