"""The web application in this process: web2py's own wsgibase, in a folder of links to web2py and to the application."""
import json
import locale
import os
import pickle
import shutil
import sqlite3
import sys
import threading
import warnings
from pathlib import Path

import pytest
import webtest
from messenger_core import settings
from messenger_core.database import connection
from messenger_live import allowances
from places import APPLICATION

from . import logged_in

LINKED = ('controllers', 'languages', 'models', 'modules', 'static', 'views')
HOST = '127.0.0.1:8000'
PASSWORD = 'a long enough password'


@pytest.fixture(scope='session')
def folder(web2py_home, tmp_path_factory):
    """A web2py with the messenger in it. Nothing in it but links, so that nothing is written to where they lead."""
    root = tmp_path_factory.mktemp('web2py')
    for part in ('gluon', 'VERSION'):
        if (web2py_home / part).exists():
            (root / part).symlink_to(web2py_home / part)
    applications = root / 'applications'
    (applications / 'messenger').mkdir(parents=True)
    for part in LINKED:
        (applications / 'messenger' / part).symlink_to(APPLICATION / part)
    for name in ('admin', 'welcome'):
        # The private web2py has no pages for its admin application; an upstream one is made to look like it.
        shutil.copytree(web2py_home / 'applications' / name, applications / name, ignore=shutil.ignore_patterns('views'))
    return root


@pytest.fixture(scope='session')
def gluon(folder):
    """web2py itself, which takes the current directory at its import for its home, and sets a locale."""
    before, characters = Path.cwd(), locale.setlocale(locale.LC_CTYPE)
    os.chdir(folder)
    sys.path.insert(0, str(folder))
    with warnings.catch_warnings():
        warnings.simplefilter('ignore')     # it is older than these warnings
        import gluon.main
        import gluon.tools
    os.chdir(before)
    locale.setlocale(locale.LC_CTYPE, characters)
    return gluon


@pytest.fixture(scope='session')
def passwords(gluon):
    """The hash of PASSWORD, weak and quick: web2py verifies whatever strength it finds."""
    from pydal.validators import CRYPT
    return str(CRYPT(digest_alg='pbkdf2(1000,20,sha512)')(PASSWORD)[0])


@pytest.fixture(scope='session')
def prepared(folder, gluon):
    """A database as the first request leaves it."""
    webtest.TestApp(gluon.main.wsgibase, extra_environ=environment()).get('/messenger/default/index')
    databases = folder / 'applications' / 'messenger' / 'databases'
    copy = folder / 'prepared.sqlite'
    source, target = sqlite3.connect(databases / 'messenger.sqlite'), sqlite3.connect(copy)
    source.backup(target)
    source.close()
    target.close()
    return copy


@pytest.fixture
def site(folder, gluon, prepared, passwords, monkeypatch):
    """The site with nobody in it yet. One address is everybody's here, and is not to wait for its turn."""
    monkeypatch.setenv('MESSENGER_AUTH_GUESTS_BURST', '100000')
    one = Site(folder, gluon, prepared, passwords)
    yield one
    one.close()


@pytest.fixture
def ann(site):
    return logged_in.log_in(site, 'Ann')


@pytest.fixture
def bob(site):
    return logged_in.log_in(site, 'Bob')


@pytest.fixture
def choose(gluon, monkeypatch):
    """A function that makes settings, called section_key."""
    from gluon.settings import global_settings

    def choose(**chosen):
        for name, value in chosen.items():
            monkeypatch.setenv('MESSENGER_%s' % name.upper(), str(value))
    before = set(global_settings.db_sessions)
    yield choose
    global_settings.db_sessions = before    # what it has once found in a database it never looks for in a file again


@pytest.fixture
def in_redis(choose, redis_server):
    choose(session_store='redis', session_redis_url=redis_server.url)
    return redis_server


@pytest.fixture
def statements(site, monkeypatch):
    """A function that runs something and returns the SQL statements its pages sent meanwhile, but for what is done once in a while."""
    from messenger_web import connections
    from pydal.adapters.base import SQLAdapter
    plain = SQLAdapter.execute

    def run(action):
        seen, pages = [], threading.get_ident()

        def execute(adapter, command, *args, **options):
            if threading.get_ident() == pages:
                seen.append(command)
            return plain(adapter, command, *args, **options)
        with monkeypatch.context() as patch:
            patch.setattr(SQLAdapter, 'execute', execute)
            patch.setattr('messenger_web.accounts.leaving.look_after', lambda: None)
            patch.setattr(connections, '_of_thread', threading.local())     # what was made before keeps its execute()
            action()
        return seen
    return run


def environment(**changes):
    return {'REMOTE_ADDR': '127.0.0.1', 'HTTP_HOST': HOST, 'SERVER_PORT': '8000', **changes}


class Site:
    """The application with a database of its own for each test."""

    def __init__(self, folder, gluon, prepared, password):
        from messenger_web.accounts import leaving
        leaving._look_again.clear()     # whatever is done once in a while is done with the first request of each test
        self.folder, self.gluon, self.password = folder, gluon, password
        self.application = folder / 'applications' / 'messenger'
        for path in (self.application / 'databases').glob('messenger.*'):
            path.unlink()
        shutil.copy(prepared, self.application / 'databases' / 'messenger.sqlite')
        self.db = connection.connect(settings.load(self.application, {}), str(self.application))
        self.is_left_with(())

    def is_left_with(self, names):
        """So many have come, one after the other; nothing else has happened."""
        self.came, self._asked, self._changes = names, False, self._changed()

    def is_as_left(self):
        return not self._asked and self._changes == self._changed()

    def _changed(self):
        return self.db._adapter.connection.total_changes, self.db.executesql('PRAGMA data_version')

    def close(self):
        self.db.close()
        allowances.shared.cache_clear()
        self.gluon.current.__dict__.clear()
        # Files only: web2py makes the folders once in the life of a process.
        for path in [*self.application.glob('sessions/**/*'), *self.application.glob('errors/*'), *self.application.glob('private/*')]:
            if path.is_file():
                path.unlink()
        for path in (self.application / 'databases').glob('*_web2py_session_*.table'):      # the table itself goes with the database
            path.unlink()

    def visitor(self, **changes):
        """Return somebody with a browser who isn't logged in; `changes` are of the WSGI environment."""
        self._asked = True
        return Browser(self, webtest.TestApp(self.gluon.main.wsgibase, extra_environ=environment(**changes)))

    def member(self, first_name, last_name='Lee', email=None, registration_key=''):
        """Store a member; return their id."""
        email = email or '%s@example.com' % first_name.lower()
        self.db.executesql(
            'INSERT INTO auth_user (first_name, last_name, email, password, registration_key, reset_password_key, registration_id)'
            " VALUES (?, ?, ?, ?, ?, '', '')", [first_name, last_name, email, self.password, registration_key])
        id = self.db.executesql('SELECT max(id) FROM auth_user')[0][0]
        self.db.commit()
        return id

    def log_in(self, first_name, last_name='Lee', email=None, **changes):
        """Store a member; return their browser, logged in; the first page that it asks for says so."""
        browser = self.visitor(**changes)
        browser.id = self.member(first_name, last_name, email)
        browser.submit_login(email or '%s@example.com' % first_name.lower())
        return browser

    def write_by_sql(self, sender, receiver, content):
        """Store a message as another application does that knows the tutorial's five fields."""
        self.db.executesql(
            'INSERT INTO message (sender, receiver, content, timestamp, is_read) VALUES (?, ?, ?, ?, ?)',
            [sender, receiver, content, '2026-01-01 10:00:00', 'F'])
        self.db.commit()

    def messages(self):
        """Return all rows of `message`, in the order of their ids, as the database has them."""
        self.db.commit()
        return [row.as_dict() for row in self.db(self.db.message).select(orderby=self.db.message.id)]

    def tickets(self):
        """Return the tracebacks of what went wrong inside web2py."""
        found = []
        for path in (self.application / 'errors').glob('*'):
            with open(path, 'rb') as file:
                found.append(pickle.load(file)['traceback'])
        return found


class Browser:
    """Somebody's browser: it keeps cookies, follows redirects, and fails the test when web2py issues a ticket."""

    def __init__(self, site, app):
        self.site, self.app, self.id = site, app, None

    def get(self, path, status=200, **options):
        return self._checked(self.app.get(self._address(path), expect_errors=True, **options), status)

    def post(self, path, fields, status=None, **options):
        return self._checked(self.app.post(self._address(path), fields, expect_errors=True, **options), status)

    def post_json(self, frame, status=200, path='/messaging/command.json', **headers):
        headers = {'Origin': 'http://' + HOST, **{name.replace('_', '-'): value for name, value in headers.items()}}
        body = frame if isinstance(frame, bytes) else json.dumps(frame).encode()
        return self._checked(self.app.post(
            self._address(path), body, content_type='application/json', headers=headers, expect_errors=True), status)

    def log_in(self, email, password=PASSWORD):
        """Log in through the form; return the page after it."""
        answer = self._filled_in(email, password)
        return self.follow(answer) if answer.status_int == 303 else answer

    def submit_login(self, email, password=PASSWORD):
        """Log in through the form; return the answer, which leads to the next page."""
        return self._checked(self._filled_in(email, password), 303)

    def _filled_in(self, email, password):
        form = self.get('/default/user/login').forms[0]
        form['email'], form['password'] = email, password
        return form.submit(expect_errors=True)

    def log_out(self):
        """Press the button of the page that logs out; return the answer, which leads to the first page."""
        return self._checked(self.get('/default/user/logout').forms[0].submit(expect_errors=True), 303)

    def send(self, receiver, content, **fields):
        """Fill in the send form; return the answer."""
        form = self.get('/messaging/send_message').forms[0]
        form['receiver'], form['content'] = str(receiver), content
        for name, value in fields.items():
            form[name] = value
        return self._checked(form.submit(expect_errors=True), None)

    def follow(self, response):
        if response.status_int == 307:      # what was posted is posted again, there
            request = response.request
            request.body_file_raw.seek(0)
            return self._checked(self.app.post(response.location, request.body, content_type=request.content_type, expect_errors=True), 200)
        return self._checked(response.follow(expect_errors=True), 200)

    def cookie(self):
        return self.app.cookies['session_id_messenger']

    def _address(self, path):
        return path if path.startswith(('/messenger', '/admin')) else '/messenger' + path

    def _checked(self, response, status):
        assert not self.site.tickets(), self.site.tickets()[0]
        assert status in (None, response.status_int), '%s\n%s' % (response.status, response.text[:2000])
        return response
