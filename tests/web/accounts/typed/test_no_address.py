"""Members whose address is NULL, as a script makes them where people have user names: they get in, and every page of theirs is there."""
import contextlib

import pytest
from machine import postgres

from ...conftest import PASSWORD
from ..ending.test_ending import NEW, change, in_a_form
from ..ending.test_ending import admin as admin
from ..ending.test_ending import password as password

PAGES = ('/messaging/index', '/messaging/send_message', '/messaging/chat', '/default/account', '/default/user/profile',
         '/messaging/search?q=x', '/messaging/updates.json?since=0', '/messaging/conversations.json')


@pytest.fixture(params=['sqlite', 'postgres'])
def execute(request, site, choose, passwords):
    """A function that runs SQL in the database of a site whose members have user names; Ann is there, without an address."""
    if request.param == 'sqlite':
        site.db.executesql("ALTER TABLE auth_user ADD username CHAR(128)")
        site.db.commit()
        choose(auth_username=True, db_migrate=False)
        yield_ = contextlib.nullcontext(None)
    else:
        choose(auth_username=True, db_uri=request.getfixturevalue('postgres_uri'))
        site.visitor().get('/default/index')
        yield_ = contextlib.closing(postgres.connect(request.getfixturevalue('postgres_uri')))
    with yield_ as connection:
        def execute(sql, *values):
            if connection is None:
                found = site.db.executesql(sql.replace('%s', '?'), values)
                site.db.commit()
                return found
            with connection.cursor() as cursor:
                cursor.execute(sql, values)
                found = cursor.fetchall() if cursor.description else None
            connection.commit()
            return found
        execute('INSERT INTO auth_user (username, first_name, last_name, email, password, registration_key) '
                "VALUES ('ann', NULL, NULL, NULL, %s, NULL)", passwords)
        yield execute


def log_in(site, password=PASSWORD):
    visitor = site.visitor()
    visitor.id = 1
    form = visitor.get('/default/user/login').forms[0]
    form['username'], form['password'] = 'ann', password
    page = visitor.follow(visitor._checked(form.submit(expect_errors=True), 303))
    assert 'Inbox' in page
    return visitor


def test_they_log_in_and_everything_is_there(site, execute):
    ann = log_in(site)
    for page in PAGES:
        assert ann.get(page)
    change(ann)
    form = ann.get('/default/user/profile').forms[0]
    form['first_name'] = 'Ann'
    assert form.submit(status=303)
    ann.log_out()
    assert log_in(site, NEW)
    assert execute('SELECT first_name, email FROM auth_user') == [('Ann', None)]


def test_who_forgets_their_password_is_told_what_everybody_is(site, execute, mail_server):
    form = site.visitor().get('/default/user/request_reset_password').forms[0]
    form['username'] = 'ann'
    assert form.submit(status=303).location.endswith('/default/user/login')


def test_an_administrator_can_change_them(site, execute, admin):
    in_a_form(admin, 1, first_name='Anna')
    assert execute('SELECT first_name, email FROM auth_user') == [('Anna', None)]


def test_they_can_delete_their_account(site, execute):
    ann = log_in(site)
    form = next(form for form in ann.get('/default/account').forms.values() if 'password' in form.fields)
    form['password'] = PASSWORD
    assert form.submit(status=303).location.endswith('/default/index')
    assert execute('SELECT id FROM auth_user') == []
