"""Texts that PostgreSQL takes not at all, or only so long: nobody's ticket, and no 5xx."""
import contextlib
from urllib.parse import quote

import pytest
from machine import postgres

from ..conftest import PASSWORD
from .ending.test_under_way import beside

NUL = 'x\0y'
OF_GUESTS = ['/default/user/reset_password?key=', '/default/user/reset_password?key=1795769813-', '/default/user/verify_email/',
             '/default/user/verify_email?key=', '/default/user/login?_next=', '/default/user/', '/default/index?x=']
OF_MEMBERS = [
    '/messaging/search?q=', '/messaging/search.json?q=', '/messaging/search?q=x&before=', '/messaging/chat?receiver=', '/messaging/chat/',
    '/messaging/chat/former/', '/messaging/chat/1?before=', '/messaging/index?before=', '/messaging/updates.json?since=',
    '/messaging/updates.json?since=0&epoch=', '/messaging/history.json?conversation=', '/messaging/conversations.json?before=']


@pytest.fixture(params=[False, True], ids=['email', 'username'])
def named(request, choose, monkeypatch, site, postgres_uri):
    """Whether members of the site, which is on PostgreSQL, have user names."""
    monkeypatch.setenv('MESSENGER_SMTP_SERVER', 'logging')
    monkeypatch.setenv('MESSENGER_HOST_URL', 'http://127.0.0.1:8000')
    monkeypatch.setattr('messenger_web.accounts.mails.post.put', lambda job, limit: beside(job))
    choose(db_uri=postgres_uri, auth_username=request.param, auth_attempts_per_minute=10_000)
    return request.param


def filled_in(visitor, action, **fields):
    form = visitor.get('/default/user/' + action).forms[0]
    for name, value in fields.items():
        form[name] = value
    return form


def registering(visitor, named, **fields):
    usual = dict(first_name='Cai', last_name='Lee', email='cai@example.com', password=PASSWORD, password_two=PASSWORD)
    return filled_in(visitor, 'register', **{**usual, **({'username': 'cai'} if named else {}), **fields})


def submit(visitor, form, status=None):
    answer = visitor._checked(form.submit(expect_errors=True), status)
    assert answer.status_int < 500
    return answer


def members(uri):
    with contextlib.closing(postgres.connect(uri)) as connection, connection.cursor() as cursor:
        cursor.execute('SELECT email FROM auth_user')
        return [email for (email,) in cursor.fetchall()]


def test_a_text_with_a_nul_is_asked_for_nowhere(site, named):
    name = 'username' if named else 'email'
    guest, member = site.visitor(), site.visitor()
    submit(member, registering(member, named), 303)
    for visitor, addresses in ((guest, OF_GUESTS), (member, OF_MEMBERS)):
        for address in addresses:
            assert visitor.get(address + quote(NUL), None).status_int < 500, address
    for text in (NUL, NUL + '@example.com', 'x@exa\0mple.com', '\0'):
        submit(guest, filled_in(guest, 'login', **{name: text, 'password': text}))
        submit(guest, filled_in(guest, 'request_reset_password', **{name: text}))
        for field in {name, 'email', 'first_name', 'password'}:
            submit(guest, registering(guest, named, **{'email': 'dee@example.com', field: text}))
        for field in ('receiver', 'content', 'ref'):
            fields = dict(member.get('/messaging/send_message').forms[0].submit_fields(), receiver='1', content='x')
            assert member.post('/messaging/send_message', dict(fields, **{field: text})).status_int < 500
        for frame in ({'receiver': text, 'content': 'x'}, {'receiver': 1, 'content': text}, {'receiver': 1, 'content': 'x', 'ref': text}):
            assert member.post_json(dict(frame, type='send'), None).status_int < 500


def test_what_is_longer_than_its_column_is_refused_where_it_stands(site, named, postgres_uri):
    lengths = {'email': 512, **({'username': 128} if named else {})}
    guest, member, domain = site.visitor(), site.visitor(), '@example.com'
    for field, longest in lengths.items():
        for length in (longest + 1, 2_000):
            text = 'x' * length if field == 'username' else 'x' * (length - len(domain)) + domain
            page = submit(guest, registering(guest, named, **{field: text}), 200)
            assert 'Enter from 0 to %d characters' % longest in page.html.find(id=field + '__error').text
            submit(guest, filled_in(guest, 'login', **{'username' if named else 'email': text, 'password': PASSWORD}))
    most = {'email': 'x' * 500 + domain, **({'username': 'x' * 128} if named else {})}
    submit(member, registering(member, named, **most), 303)
    assert members(postgres_uri) == [most['email']]
    if named:
        assert submit(member, filled_in(member, 'profile', username='y' * 129), 200).html.find(id='username__error')


def test_what_a_database_refuses_is_in_no_log(site, named, postgres_uri, caplog):
    """An index or a trigger of the site's own: PostgreSQL puts the row into the error."""
    member = site.visitor()
    submit(member, registering(member, named), 303)
    with contextlib.closing(postgres.connect(postgres_uri)) as connection, connection.cursor() as cursor:
        cursor.execute("INSERT INTO auth_user (first_name) VALUES ('Gertrude')")
        cursor.execute('CREATE UNIQUE INDEX one ON auth_user (first_name)')
        connection.commit()
    assert member._checked(filled_in(member, 'profile', first_name='Gertrude').submit(expect_errors=True), 503)
    assert 'has refused a change: UniqueViolation at ' in caplog.text and 'Gertrude' not in caplog.text
