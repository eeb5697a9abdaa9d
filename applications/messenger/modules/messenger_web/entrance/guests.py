"""Who isn't logged in has no session: a session begins with an accepted login, and ends with it. Nothing of a guest is stored here.

What web2py would put into one goes with the browser: the keys of forms (form_keys.py), what the next page has to say, here, and a text
that is kept for its author (unsent.py).
"""
import contextlib
import json
from http.cookies import Morsel

from gluon import current
from gluon.fileutils import check_credentials
from messenger_live.sessions.files import SESSION_ID

from . import lasting, reached, secret

SAID_COOKIE = 'messenger_said'
LONGEST_FLASH = 300     # a cookie has room for 4,096 bytes
ENDED = 'ended: '


def settle():
    """Have nothing stored for whoever isn't logged in (by now, or any more); what the next page is to say goes into a cookie.

    May be called again and again; must be after whatever may have ended a login.
    """
    session, response = current.session, current.response
    if session.auth or response.is_administrator:
        return
    _carry(session.pop('flash', None), session.pop('left', None))
    if response.had_login:
        _end_cookies(response.session_id_name, response.session_data_name)
    leave_nothing()


@contextlib.contextmanager
def settled():
    """Settle it afterwards, however that ends."""
    try:
        yield
    finally:
        settle()


def leave_nothing():
    """Have nothing stored for whoever isn't logged in; before meet() that may be anybody, and their session stays as it is."""
    session, response = current.session, current.response
    if not session.auth and not response.is_administrator:
        session.forget(response)


def meet():
    """Settle it as soon as the session is loaded. What a guest's session of another time, or of the site's, holds is nothing to us."""
    session, response = current.session, current.response
    response.had_login = bool(session.auth)
    # appadmin has forms of its own: whoever is let in there is logged in as well, in web2py's own admin.
    response.is_administrator = current.request.controller == 'appadmin' and _is_administrator(current.request)
    if not session.auth and not response.is_administrator:
        response.flash = None
        _empty(session)
        settle()


def begin_with_login(auth):
    """Have a session begin in the very request that logs somebody in, whichever road that takes."""
    log_in = auth.login_user

    def login_user(user):
        session, response = current.session, current.response
        if not session.auth:
            session.pop('_forget', None)
            lasting.begin()
            said = session.flash    # of this request: meet() has emptied what was brought
            _empty(session)
            session.flash = said
        for key in [key for key in response.cookies if key.startswith(ENDED)]:
            del response.cookies[key]
        response.had_login = True
        log_in(user)
    auth.login_user = login_user


def hear():
    """Take what the page before had to say; call heard() where it was shown."""
    request, response = current.request, current.response
    secret.key()    # where that can't be made, a page says so and none fails over it
    cookie = request.cookies.get(SAID_COOKIE)
    if cookie and request.extension == 'html':
        said = json.loads(secret.opened('said', cookie.value, current.settings.session.flash_seconds) or '{}')
        response.flash, response.left = response.flash or said.get('flash'), said.get('left')
        response.has_heard = True


def heard():
    """Take it away: a page has shown it."""
    if current.response.has_heard and SAID_COOKIE not in current.response.cookies:
        put_cookie(SAID_COOKIE, '', 0)


def put_cookie(name, value, seconds=None):
    """Give the browser a cookie that no script can read; for so many seconds, 0: take it away, None: until the browser is closed."""
    cookies = current.response.cookies
    cookies[name] = value       # where it is sealed, see connections.py
    cookies[name]['path'] = '/'
    if seconds is not None:
        cookies[name]['max-age'] = seconds


def _is_administrator(request):
    """Whether web2py's own admin has let in who asks. It would read whatever file the cookie leads to: so that must be a session's name."""
    cookie = request.cookies.get('session_id_admin')
    return bool(cookie and SESSION_ID.fullmatch(cookie.value) and check_credentials(request))


def _empty(session):
    """Take what is in a session that nobody is logged in with, in memory only: whoever has planted it must not find it after a login."""
    if not current.settings.auth.masterapp:
        dict.clear(session)
    for name in ('flash', 'left', 'unsent'):
        session.pop(name, None)


def _end_cookies(*names):
    for name in set(names) & set(current.request.cookies):
        ended = Morsel()
        ended.set(name, '', '')
        ended.update({'path': '/', 'max-age': 0, 'httponly': True, 'samesite': 'Lax', 'secure': reached.is_https()})
        # web2py sends no cookie of a session that it has to forget: so this one is kept under another name than it goes out with.
        dict.__setitem__(current.response.cookies, ENDED + name, ended)


def _carry(flash, left):
    response = current.response
    response.left = left or response.left
    if flash or left:
        said = {'flash': str(flash or '')[:LONGEST_FLASH], 'left': response.left}
        put_cookie(SAID_COOKIE, secret.sealed('said', json.dumps(said, ensure_ascii=False)), int(current.settings.session.flash_seconds))
