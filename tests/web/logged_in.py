"""Members logged in at a site that nothing has happened at yet: the first time by the form, then from what that left behind."""
import copy
import os
import pickle
import sqlite3
from datetime import datetime

from messenger_core import settings

# With other settings somebody logs in by the form each time: it is their business what that does.
PLAIN = ('MESSENGER_HOME', 'MESSENGER_TEST_WEB2PY', 'MESSENGER_AUTH_GUESTS_BURST', 'MESSENGER_HOST_URL', 'MESSENGER_SMTP_SERVER',
         'MESSENGER_SMTP_SENDER', 'MESSENGER_SMTP_TLS')
NOW = ('UPDATE auth_event SET time_stamp = ?', 'UPDATE messenger_member SET first_seen = ? WHERE first_seen IS NOT NULL')
_left = {}


def log_in(site, first_name):
    """Store a member; return their browser, logged in."""
    names = (*site.came, first_name) if site.is_as_left() and _is_plain() else ()
    key = names, os.environ.get('MESSENGER_HOST_URL')
    if names and key in _left:
        browser = _left[key].again(site)
    else:
        browser = site.log_in(first_name)
        if names:
            _left[key] = Left(site, browser)
    if names:
        site.is_left_with(names)
    return browser


def _is_plain():
    return all(name in PLAIN for name in os.environ if name.startswith('MESSENGER_'))


def look_after(site):
    """Do what the first page of a process does once in a while."""
    from messenger_web.accounts import leaving
    current = site.gluon.current
    current.db, current.settings = site.db, settings.load(site.application, os.environ)
    leaving.look_after()
    site.db.commit()
    current.__dict__.clear()


class Left:
    """The database, the file of the session and the cookies that a login left."""

    def __init__(self, site, browser):
        self.id, self.cookies = browser.id, [copy.copy(cookie) for cookie in browser.app.cookiejar]
        self.database = sqlite3.connect(':memory:', check_same_thread=False)
        site.db.commit()
        site.db._adapter.connection.backup(self.database)
        path, = site.application.glob('sessions/**/' + browser.cookie())
        self.place, self.session = path.relative_to(site.application), path.read_bytes()

    def again(self, site):
        """Let it be so again, as if it had happened just now."""
        now = datetime.now()
        site.db.commit()
        self.database.backup(site.db._adapter.connection)
        for statement in NOW:
            site.db.executesql(statement, [now.strftime('%Y-%m-%d %H:%M:%S')])
        site.db.commit()
        look_after(site)
        session = pickle.loads(self.session)
        session.auth.last_visit = now
        (site.application / self.place).parent.mkdir(parents=True, exist_ok=True)
        (site.application / self.place).write_bytes(pickle.dumps(session, pickle.HIGHEST_PROTOCOL))
        browser = site.visitor()
        browser.id = self.id
        for cookie in self.cookies:
            browser.app.cookiejar.set_cookie(copy.copy(cookie))
        return browser
