"""While the storage of the sessions is locked or away: what is asked is done whole, or refused as busy, and can be asked again."""
import contextlib
import sqlite3

import pytest

from ...conftest import PASSWORD
from .test_at_once import another_password, leaving, others
from .test_at_once import just_before as just_before
from .test_ending import copy_of, is_out, told

COOKIE = 'session_id_messenger'
pytestmark = pytest.mark.filterwarnings('ignore:.*hmset:DeprecationWarning')


def logging_out(browser):
    return browser.get('/default/user/logout').forms[0]


def logging_in(browser):
    form = browser.get('/default/user/login').forms[0]
    form['email'], form['password'] = 'ann@example.com', PASSWORD
    return form


ENDS = [logging_out, others, another_password, leaving]


@contextlib.contextmanager
def locked(path):
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute('BEGIN IMMEDIATE')
        yield


@pytest.fixture(params=['db', 'uri', 'redis'])
def away(request, site, choose, just_before, tmp_path):
    """A function that takes the storage of the sessions away while a form is submitted."""
    main = apart = site.application / 'databases' / 'messenger.sqlite'
    server = request.getfixturevalue('redis_server') if request.param == 'redis' else None
    if request.param == 'uri':
        apart = tmp_path / 'sessions.sqlite'
    choose(db_busy_seconds='0.2', **{
        'db': dict(session_store='db'), 'uri': dict(session_store='db', session_uri='sqlite:///%s' % apart),
        'redis': dict(session_store='redis', session_redis_url=server and server.url, session_redis_seconds='0.2')}[request.param])

    @contextlib.contextmanager
    def away(of_all_the_rest=False):
        if server and not of_all_the_rest:
            just_before('messenger_web.answers._kept', server.freeze)   # what has read the session can't write it
            try:
                yield
            finally:
                server.thaw()
        else:
            with locked(main if of_all_the_rest else apart):
                yield
    yield away
    for path in site.application.glob('databases/*_web2py_session_*.table'):
        path.unlink()       # the database of the next test has none


def is_busy(browser, answer):
    assert browser._checked(answer, None).status_int == 503 and answer.headers['Retry-After']
    return 'just now' in answer.html.main.text and 'Success' not in answer


@pytest.mark.parametrize('form', ENDS)
@pytest.mark.parametrize('of_all_the_rest', [False, True])
def test_what_ends_sessions_is_refused_whole_and_works_later(site, away, form, of_all_the_rest):
    ann, phone = site.log_in('Ann'), site.visitor()
    phone.log_in('ann@example.com')
    asked, before, copy = form(ann), ann.cookie(), copy_of(site, ann)
    with away(of_all_the_rest):
        answer = asked.submit(expect_errors=True)
    assert is_busy(ann, answer) and ann.cookie() == before
    assert told(site) == [] and [is_out(one) for one in (ann, copy, phone)] == [False] * 3
    ann._checked(form(ann).submit(expect_errors=True), 303)
    assert is_out(copy) and is_out(phone) is (form is not logging_out) and is_out(ann) is (form in (logging_out, leaving))
    assert {row[0] for row in told(site)} == {'logout' if form is logging_out else 'logout_others'}


def test_a_login_is_refused_and_works_later(site, away):
    site.member('Ann')
    ann = site.visitor()
    asked = logging_in(ann)
    with away():
        assert is_busy(ann, asked.submit(expect_errors=True))
    assert COOKIE not in ann.app.cookies and is_out(ann)
    ann._checked(logging_in(ann).submit(expect_errors=True), 303)
    assert not is_out(ann)


@pytest.mark.parametrize('address', ['/messaging/index', '/default/account', '/messaging/send_message', '/messaging/chat'])
def test_a_page_is_shown_or_said_to_be_busy(site, away, address):
    ann = site.log_in('Ann')
    with away():
        answer = ann.get(address, None)
    assert answer.status_int == 200 or is_busy(ann, answer)
    assert not is_out(ann)


def test_a_text_that_cannot_be_sent_is_there_again(site, choose):
    choose(session_store='db', db_busy_seconds='0.2')
    ann = site.log_in('Ann')
    form = ann.get('/messaging/send_message').forms[0]
    form['receiver'], form['content'] = str(ann.id), 'Not lost'
    with locked(site.db._adapter.dbpath):
        answer = ann._checked(form.submit(expect_errors=True), 503)
    assert answer.forms[0]['content'].value == 'Not lost'
    ann._checked(answer.forms[0].submit(expect_errors=True), None)
    ann._checked(form.submit(expect_errors=True), 303)
    assert [row['content'] for row in site.messages()] == ['Not lost'] and not is_out(ann)


def test_what_was_sent_stays_sent_though_the_session_cannot_be_stored(site, in_redis, choose, just_before):
    choose(session_redis_seconds='0.2')
    ann = site.log_in('Ann')
    form = ann.get('/messaging/send_message').forms[0]
    form['receiver'], form['content'] = str(ann.id), 'Sent'
    just_before('messenger_core.messages.sending.send', in_redis.freeze)
    ann._checked(form.submit(expect_errors=True), 303)
    in_redis.thaw()
    assert [row['content'] for row in site.messages()] == ['Sent'] and not is_out(ann)


def test_a_database_of_sessions_that_is_away_is_no_ticket(site, choose):
    pytest.importorskip('psycopg2')
    choose(session_store='db', session_uri='postgres://nobody@127.0.0.1:1/none')
    answer = site.visitor().get('/default/index', 503)
    assert answer.headers['Retry-After'] and 'database does not answer' in answer.text



def test_nor_does_an_answer_at_the_door_fail_for_a_session_that_cannot_be_stored(site, away, monkeypatch):
    ann = site.log_in('Ann')
    monkeypatch.setattr('messenger_core.ends.logout.is_over', lambda *_: True)
    with away():
        answer = ann._checked(ann.get('/messaging/index', None), 303)
    assert '/default/user/login' in answer.location
