"""What a session is judged by, at the moment when it counts: a request may be under way when the session ends."""
import concurrent.futures
import io
import json
import os
import pickle
from datetime import datetime, timedelta
from urllib.parse import urlencode

import pytest
import webtest
from messenger_core.ends import logout
from messenger_live.sessions.files import spread

from ...conftest import HOST, PASSWORD
from .test_ending import is_out

SEALED = dict(session_store='cookie', session_cookie_key='a secret of the site')
GIVEN = {'session_id_messenger', 'session_id_welcome', 'session_data_messenger'}
# web2py uses a name of the client's that Redis gave up long ago.
pytestmark = pytest.mark.filterwarnings('ignore:.*hmset:DeprecationWarning')


class Coming(io.BytesIO):
    """A body that takes its time: before it is there, `meanwhile` has happened."""

    def __init__(self, body, meanwhile):
        super().__init__(body)
        self.meanwhile = meanwhile

    def read(self, *size):
        self.meanwhile, meanwhile = lambda: None, self.meanwhile
        meanwhile()
        return super().read(*size)

    read1 = read


def under_way(site, browser, address, kind, body, meanwhile):
    """Return the answer to a body during which something happens: its status, and the names of the cookies that it gives."""
    answers, cookies = [], '; '.join('%s=%s' % cookie for cookie in browser.app.cookies.items())
    asked = webtest.TestRequest.blank(os.path.normpath('/messenger/messaging/' + address), method='POST', environ={
        'REMOTE_ADDR': '127.0.0.1', 'HTTP_HOST': HOST, 'HTTP_ORIGIN': 'http://' + HOST, 'HTTP_COOKIE': cookies,
        'CONTENT_TYPE': kind, 'CONTENT_LENGTH': str(len(body)), 'wsgi.input': Coming(body, meanwhile)})
    # webtest reads a body itself
    list(site.gluon.main.wsgibase(asked.environ, lambda status, headers, *_: answers.append((status[:3], headers))))
    assert not site.tickets()
    return answers[0][0], {value.strip().partition('=')[0] for name, value in answers[0][1] if name == 'Set-Cookie'}


def beside(action):
    """Do it as another request at the same time: in a thread, for web2py keeps one request in each."""
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        return pool.submit(action).result()


def command(receiver):
    return 'command.json', 'application/json', json.dumps({'type': 'send', 'receiver': receiver, 'content': 'late'}).encode()


def form(browser, receiver):
    fields = dict(browser.get('/messaging/send_message').forms[0].submit_fields(), receiver=receiver, content='late')
    return 'send_message', 'application/x-www-form-urlencoded', urlencode(fields).encode()


def late(store):
    """Return the status of a form that comes too late: its text is posted to the login, where that has room for it."""
    return '303' if store == 'cookie' else '307'


@pytest.fixture(params=['file', 'separate', 'masterapp', 'db', 'redis', 'cookie'])
def store(request, site, choose):
    """Each place of sessions that knows of a logout."""
    if request.param == 'redis':
        request.getfixturevalue('in_redis')
    elif request.param == 'masterapp':
        choose(auth_masterapp='welcome', db_uri='sqlite:///%s' % (site.application / 'databases' / 'messenger.sqlite'))
    else:
        choose(**{'file': {}, 'separate': dict(session_separate=True), 'db': dict(session_store='db'), 'cookie': SEALED}[request.param])
    return request.param


def logging_out(site, browser, store):
    """Return a function that logs the browser's session out as another request would."""
    other = site.visitor()
    for name, value in browser.app.cookies.items():
        other.app.set_cookie(name, value.strip('"'))
    if store in ('db', 'redis', 'cookie'):
        asked = other.get('/default/user/logout').forms[0]
        return lambda: beside(lambda: asked.submit(expect_errors=True))
    # web2py holds the lock of a file, for which a logout waits: what unlinks it is another process, or a cleaner.
    [name] = [value.strip('"').rpartition('/')[2] for cookie, value in browser.app.cookies.items() if cookie.startswith('session_id_')]
    found = [path for path in site.folder.glob('applications/*/sessions/**/*') if path.name == name]
    assert len(found) == 1
    return found[0].unlink


@pytest.mark.parametrize('end', [
    lambda db, id: logout.record_others(db, id, 'another'),
    lambda db, id: (db(db.auth_user.id == id).update(registration_key='blocked'), db.commit())])
def test_a_command_that_is_still_coming_in_when_the_session_ends_does_nothing(site, ann, bob, end):
    status, _ = under_way(site, ann, *command(bob.id), lambda: end(site.db, ann.id))
    assert status in ('401', '403') and site.messages() == []


@pytest.mark.parametrize('is_form', [False, True])
def test_nor_does_what_is_still_coming_in_when_the_session_logs_out(site, store, is_form):
    ann, bob = site.log_in('Ann'), site.log_in('Bob')
    asked = form(ann, bob.id) if is_form else command(bob.id)
    status, cookies = under_way(site, ann, *asked, logging_out(site, ann, store))
    assert status == (late(store) if is_form else '401') and site.messages() == []
    assert is_out(ann) and not cookies & GIVEN


def test_or_when_it_expires(site, store, monkeypatch):
    ann, bob = site.log_in('Ann'), site.log_in('Bob')

    class Later(datetime):
        @classmethod
        def now(cls, zone=None):
            return datetime.now(zone) + timedelta(hours=9)
    for asked, refusal in ((command(bob.id), '401'), (form(ann, bob.id), late(store))):
        with monkeypatch.context() as patch:
            assert under_way(site, ann, *asked, lambda: patch.setattr('messenger_web.entrance.lasting.datetime', Later))[0] == refusal
    assert site.messages() == []
    assert under_way(site, ann, *command(bob.id), lambda: None)[0] == '200'


@pytest.mark.parametrize('changes', ['content', 'renewed'])
@pytest.mark.parametrize('store', ['db', 'redis', 'cookie'], indirect=True)      # a logout waits for the lock of a file
def test_a_page_that_ends_after_its_session_brings_nothing_back(site, store, monkeypatch, changes):
    from gluon import current
    from messenger_web.entrance import guests
    ann, heard = site.log_in('Ann'), guests.heard
    log_out, before = logging_out(site, ann, store), ann.app.cookies.copy()

    def change():
        log_out()
        monkeypatch.setattr(guests, 'heard', heard)
        current.session.something = 'new'
        if changes == 'renewed':
            current.session.renew()
    monkeypatch.setattr(guests, 'heard', change)
    answer = ann.get('/messaging/index')
    given = [header.strip().partition('=')[0] for header in answer.headers.getall('Set-Cookie')]
    assert guests.heard is heard and not GIVEN.intersection(given)
    assert is_out(ann)
    ann.app.cookies.update(before)
    assert is_out(ann)


@pytest.mark.parametrize('store', ['db', 'redis'], indirect=True)
def test_nor_does_one_that_ends_after_its_session_got_another_key(site, store, monkeypatch, request):
    from gluon import current
    from messenger_web.entrance import guests
    ann = site.log_in('Ann')
    redis = request.getfixturevalue('redis_server').client() if store == 'redis' else None
    record = 'w2p:sess:messenger:' + ann.cookie().partition(':')[0]

    def change():
        current.session.something = 'new'
        if redis:
            redis.hset(record, 'unique_key', 'another')
        else:
            site.db.executesql("UPDATE web2py_session_messenger SET unique_key = 'another'")
            site.db.commit()
    monkeypatch.setattr(guests, 'heard', change)
    ann.get('/messaging/index')
    assert (redis.hget(record, 'unique_key') == b'another' if redis
            else site.db.executesql('SELECT unique_key FROM web2py_session_messenger') == [('another',)])
    assert is_out(ann)


@pytest.mark.parametrize('store', ['db', 'redis'], indirect=True)
def test_a_login_during_which_the_session_before_it_logs_out_is_one(site, store):
    ann, visitor = site.log_in('Ann'), site.visitor()
    asked = visitor.get('/default/user/login').forms[0]
    asked['email'], asked['password'] = 'ann@example.com', PASSWORD
    before, log_out = ann.cookie(), logging_out(site, ann, store)
    visitor.app.set_cookie('session_id_messenger', before)
    status, cookies = under_way(site, visitor, '../default/user/login', 'application/x-www-form-urlencoded',
                                urlencode(asked.submit_fields()).encode(), log_out)
    assert status == '303' and 'session_id_messenger' in cookies and is_out(ann)


@pytest.mark.parametrize('address', ['index', 'updates.json?since=0'])
@pytest.mark.parametrize('chosen', [{}, dict(session_separate=True)])
def test_whoever_waits_for_the_file_of_a_session_that_logs_out_is_nobody(site, choose, monkeypatch, chosen, address):
    from gluon import globals as web2pys
    choose(**chosen)
    ann = site.log_in('Ann')
    log_out, waits, left = logging_out(site, ann, 'file'), web2pys.portalocker.lock, [1] * len(chosen)    # which it loads twice

    def lock(file, kind):
        if left:
            left.pop()
            return waits(file, kind)
        monkeypatch.setattr(web2pys.portalocker, 'lock', waits)
        log_out()       # it had the lock
        return waits(file, kind)
    monkeypatch.setattr(web2pys.portalocker, 'lock', lock)
    answer = ann.get('/messaging/' + address, None)
    assert answer.status_int == (401 if 'json' in address else 303) and web2pys.portalocker.lock is waits
    assert is_out(ann)


def test_another_login_of_that_browser_stays_when_what_was_under_way_ends(site, choose, bob):
    choose(session_store='db')
    ann = site.log_in('Ann')
    bob.submit_login('bob@example.com')
    log_out, again = logging_out(site, ann, 'db'), site.visitor()
    status, cookies = under_way(site, ann, *command(bob.id), lambda: (log_out(), beside(lambda: again.submit_login('ann@example.com'))))
    assert status == '401' and cookies == set() and not is_out(again)


@pytest.mark.parametrize('generation', [None, '1', 1.0, True, [1], {}, b'1'])
def test_a_generation_of_another_kind_is_none(site, generation):
    assert not logout.is_over(generation, 0) and logout.is_over(generation, 1) and not logout.is_over(generation, 1, is_shared=True)
    ann = site.log_in('Ann')
    path = site.application / 'sessions' / spread(ann.cookie())
    content = pickle.loads(path.read_bytes())
    content.auth.generation = generation
    path.write_bytes(pickle.dumps(content))
    assert not is_out(ann)
    logout.record_others(site.db, ann.id, 'another')
    assert is_out(ann)
