"""Who asks, judged anew at each request: a session must not outlive a block or a deletion of its member, nor a logout everywhere.

The passwords of demo members lie in a file and on a terminal, so they may go on only where nobody else can reach the site.
"""
from gluon import current, redirect
from messenger_core.ends import logout
from messenger_core.errors import Refused
from messenger_core.members import directory

from ..accounts.logins import is_demo
from ..answers import or_later
from ..kept.addresses import URL
from . import lasting
from .entrances import ADMINISTRATOR, MEMBER
from .reached import is_only_this_machine


def let_in(asks_again=False):
    """Return the display name of who is logged in, or None: nobody is, or somebody who may not go on; `asks_again`: some time later.

    Who asks for a page is told why, and has to log in; the .json actions answer that in their own way.
    """
    auth = current.auth
    if auth.user and or_later(lasting.is_over, asks_again):
        lasting.end()
    name, sentence = or_later(_judge) if auth.user else (None, None)
    if sentence and current.request.extension == 'html':
        lasting.send_to_login(sentence)
    return name


def keep_out():
    """End what is not for who asks; pages for members send guests to the login by themselves (@auth.requires_login)."""
    request, auth, who = current.request, current.auth, current.entrance.who
    if who == ADMINISTRATOR and not current.response.is_administrator:
        redirect(URL('default', 'administrator'))
    if who == MEMBER and request.extension == 'json' and not current.member:
        raise Refused('blocked' if auth.user else 'no_session')


def _judge():
    """Return the display name of who is logged in, or None with the sentence that says why they may not go on."""
    T, auth, session = current.T, current.auth, current.session
    name, generation, _ = directory.standing(current.db, auth.user_id)
    if not name:
        return None, T('Your account is blocked or no longer exists.')
    if is_demo(auth.user) and not is_only_this_machine():
        return None, T('Demo members can log in only on the machine that the site runs on.')
    if logout.is_over(session.auth.generation, generation, bool(current.settings.auth.masterapp)):
        auth.user = None
        return None, lasting.why_over()
    return name, None
