"""How a request ends that gets no page of its own: with a status and a sentence, bare or in a page that says why not."""
import contextlib
import logging

from gluon import HTTP, current
from messenger_core.database.transaction import answered, undo
from messenger_core.errors import Refused, SchemaError, SettingsError
from messenger_core.faults import traced

from . import live
from .entrance import guests, incoming, lasting, reached, sealed
from .kept import views

# What every answer of ours says; pages add a policy of their own, see headers.py.
SAFE_HEADERS = {'X-Content-Type-Options': 'nosniff', 'X-Frame-Options': 'DENY', 'Referrer-Policy': 'same-origin'}
# There is nothing in such an answer that could want anything from anywhere.
BARE_HEADERS = dict(SAFE_HEADERS, **{
    'Content-Type': 'text/plain; charset=utf-8', 'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'"})

# What web2py raises where a form says that it is of another record than its page, or of none.
TAMPERING = 'tampering with form'


def refuse(status, sentence, **headers):
    """End the request with a sentence."""
    guests.leave_nothing()
    headers = {name.replace('_', '-'): value for name, value in headers.items()}
    raise HTTP(status, str(sentence), **{**BARE_HEADERS, **incoming.left_behind(), **headers})


def turn_away(refused, headers):
    """End the request with the sentence of what was refused; no page is made for whoever asks too often."""
    T = current.T
    refuse(refused.status, T(refused.message), **headers)


def stop(status, sentence, unsent=''):
    """End the request with a page that says why, and what was written and could not be sent."""
    headers = dict(current.security_headers, **{'Content-Type': 'text/html; charset=utf-8'})
    raise HTTP(status, views.shown('error.html', dict(sentence=sentence, unsent=unsent)), **headers)


def or_later(step, *arguments):
    """Return what a step of the set-up returns. When the site isn't ready for it, whoever asks for a page is told to come back."""
    try:
        # Before there is a database nothing of it can be locked; a shell is told what it was.
        has_database = getattr(current, 'db', None) and not current.request.is_shell
        return or_busy(step, *arguments) if has_database else step(*arguments)
    except (SettingsError, SchemaError, Refused) as error:
        if current.request.is_shell:
            raise
        sentence = getattr(error, 'message', str(error))
        logging.getLogger('web2py.app.messenger').error('%s', sentence)
        if not getattr(current, 'settings', None):
            current.session.forget(current.response)    # its cookie can't be sealed before it is known how the site is reached
        if not reached.is_local():
            sentence = 'This site is being set up. Please come back in a moment.'
        refuse(503, sentence, Retry_After='5')


def or_busy(action, *arguments):
    """Return what `action` returns. Raises Refused busy while the database is locked, full or away: that is nobody's ticket.

    Nor is what the database won't take, as a trigger of the site's may have it.
    """
    try:
        with answered(current.db):
            return action(*arguments)
    except current.db._adapter.driver.Error as error:
        undo(current.db, error)
        logging.getLogger('web2py.app.messenger').error('the database has refused a change: %s', traced(error))
        raise Refused('busy', retry_after=5) from error


@contextlib.contextmanager
def _sealed():
    """Have a session that lies in its cookie fit into it, and none go out any more that was logged out of meanwhile: see lasting.py."""
    try:
        yield
    finally:
        session = current.session
        if current.settings.session.store == 'cookie' and session.auth and not session._forget:
            with contextlib.suppress(Refused):      # the next page asks again
                if or_busy(lasting.is_over):
                    session.forget(current.response)
            sealed.fit()


def page(action):
    """Run the action of a page for web2py; what it is refused is said in a page."""
    T = current.T
    with guests.settled(), _sealed():      # whatever the action was, and however it has ended
        try:
            answer = or_busy(_kept, action)
            guests.heard()
            return answer
        except Refused as refused:
            undo(current.db)    # web2py commits what an answer like these leaves open
            current.response.flash = None   # the form was taken for a success
            if refused.code == 'busy':
                lasting.leave()
            if refused.code == 'no_session':    # it has ended since the door
                lasting.send_to_login(lasting.why_over())
            if refused.retry_after:
                current.security_headers['Retry-After'] = refused.retry_after
            stop(refused.status, T(refused.message))
        except SyntaxError as error:
            if TAMPERING not in str(error):
                raise
            # As one of an account that somebody has logged out of in another tab.
            undo(current.db)
            stop(409, T('This page was too old. Please try again.'))


def _kept(action):
    """Return or raise what an action does, once the session is stored with it. A page needs that: its forms have their keys there."""
    is_needed = False
    try:
        answer = action()
        if isinstance(answer, dict):
            live.begin()
        is_needed = isinstance(answer, dict) and current.response.status == 200     # one that says what failed holds what was written
    except HTTP:
        guests.settle()
        lasting.store(is_needed)
        raise
    guests.settle()
    lasting.store(is_needed)
    return answer
