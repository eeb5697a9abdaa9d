"""Sessions that end because of what becomes of an account: all of them, wherever they are kept, and only then."""
import contextlib
import re
import sqlite3

import pytest
import webtest

from ...conftest import PASSWORD
from ...site import test_appadmin

admin, password = test_appadmin.admin, test_appadmin.password
NEW = 'another long one'
STORES = {
    'file': {}, 'separate': {'SEPARATE': 'true'}, 'db': {'STORE': 'db'},
    'cookie': {'STORE': 'cookie', 'COOKIE_KEY': 'a secret of the site'}}
SAID = 'Everywhere else you are logged out now.'
pytestmark = [
    pytest.mark.filterwarnings('ignore:.*hmset:DeprecationWarning'),
    # web2py leaves a file to the garbage collector
    pytest.mark.filterwarnings('ignore::pytest.PytestUnraisableExceptionWarning')]


@pytest.fixture(params=[*STORES, 'redis'])
def store(request, site, monkeypatch):
    """Each place where web2py keeps sessions."""
    from gluon.settings import global_settings
    chosen = STORES.get(request.param)
    if chosen is None:
        chosen = {'STORE': 'redis', 'REDIS_URL': request.getfixturevalue('redis_server').url}
    for name, value in chosen.items():
        monkeypatch.setenv('MESSENGER_SESSION_' + name, value)
    before = set(global_settings.db_sessions)
    yield request.param
    global_settings.db_sessions = before
    for path in (site.application / 'databases').glob('*_web2py_session_*.table'):
        path.unlink()       # the database of the next test has none



def change(ann):
    form = ann.get('/default/user/change_password').forms[0]
    form['old_password'], form['new_password'], form['new_password2'] = PASSWORD, NEW, NEW
    return ann.follow(ann._checked(form.submit(expect_errors=True), 303))


def log_out_elsewhere(ann):
    form = next(one for one in ann.get('/default/account').forms.values() if one['_formname'].value == 'others')
    return ann.follow(ann._checked(form.submit(expect_errors=True), 303))


def copy_of(site, browser):
    """Return the browser of a thief who has the member's cookies."""
    thief = site.visitor()
    for name, value in browser.app.cookies.items():
        thief.app.set_cookie(name, value.strip('"'))
    return thief


def is_out(browser):
    """Whether neither JSON nor a page lets somebody in; JSON first, for a page takes away what has ended."""
    answers = [browser.get('/messaging/updates.json?since=0', None), browser.post_json({'type': 'ping'}, None),
               browser.get('/messaging/index', None)]
    found = {answer.status_int in (401, 403, 303) for answer in answers}
    assert len(found) == 1, [answer.status for answer in answers]
    return found.pop()


def told(site):
    site.db.commit()
    return site.db.executesql('SELECT kind, user_id, number FROM messenger_event')


@pytest.mark.parametrize('end', [change, log_out_elsewhere])
def test_every_other_login_ends_and_so_does_a_copy_of_this_one(site, store, end):
    ann, quiet, phone, bob = site.log_in('Ann'), site.visitor(), site.visitor(), site.log_in('Bob')
    quiet.submit_login('ann@example.com')       # no page after it
    phone.log_in('ann@example.com')
    thief = copy_of(site, ann)
    assert thief.get('/messaging/updates.json?since=0')
    assert SAID in end(ann)
    assert [is_out(one) for one in (quiet, phone, thief, ann, bob)] == [True, True, True, False, False]
    assert told(site) == [('logout_others', ann.id, 1)]
    end(ann) if end is log_out_elsewhere else None
    phone.log_in('ann@example.com', NEW if end is change else PASSWORD)
    assert not is_out(phone) and not is_out(ann)


def test_a_password_that_is_not_accepted_ends_nothing(site):
    ann, phone = site.log_in('Ann'), site.visitor()
    phone.log_in('ann@example.com')
    for old, new, again in (('wrong', NEW, NEW), (PASSWORD, NEW, 'mistyped'), (PASSWORD, 'short', 'short')):
        form = ann.get('/default/user/change_password').forms[0]
        form['old_password'], form['new_password'], form['new_password2'] = old, new, again
        ann._checked(form.submit(expect_errors=True), 200)
    assert not is_out(phone) and told(site) == []


def test_a_name_that_changes_ends_nothing(site):
    ann, phone = site.log_in('Ann'), site.visitor()
    phone.log_in('ann@example.com')
    form = ann.get('/default/user/profile').forms[0]
    form['first_name'] = 'Anna'
    ann.follow(form.submit())
    assert not is_out(phone) and told(site) == []


def test_while_the_database_is_locked_neither_the_password_changes_nor_a_session_ends(site, monkeypatch):
    ann, phone = site.log_in('Ann'), site.visitor()
    phone.log_in('ann@example.com')
    form = ann.get('/default/user/change_password').forms[0]
    form['old_password'], form['new_password'], form['new_password2'] = PASSWORD, NEW, NEW
    monkeypatch.setenv('MESSENGER_DB_BUSY_SECONDS', '0.1')
    with contextlib.closing(sqlite3.connect(site.db._adapter.dbpath, isolation_level=None)) as other:
        other.execute('BEGIN IMMEDIATE')
        assert ann._checked(form.submit(expect_errors=True), 503).headers['Retry-After']
        other.execute('ROLLBACK')
    assert not is_out(ann) and not is_out(phone) and told(site) == []
    assert 'Inbox' in site.visitor().log_in('ann@example.com')


def test_a_forgotten_password_that_is_replaced_ends_all_logins_and_the_one_it_is_replaced_in(site, mail_server):
    ann, bob = site.log_in('Ann'), site.log_in('Bob')
    form = site.visitor().get('/default/user/request_reset_password').forms[0]
    form['email'] = 'ann@example.com'
    form.submit(status=303)
    link = re.search(r'http://\S+', mail_server.mail()['text'])[0].partition('8000')[2]
    bobs = copy_of(site, bob)
    page = bob.get(link)        # in a browser in which somebody else is logged in
    page.forms[0]['new_password'] = page.forms[0]['new_password2'] = NEW
    answer = page.forms[0].submit(status=303)
    while answer.status_int == 303:
        answer = answer.follow(expect_errors=True)
    assert SAID in answer
    assert 'Ann Lee' in bob.get('/messaging/index') and is_out(ann) and is_out(bobs)
    assert sorted(row[:2] for row in told(site)) == [('logout', bob.id), ('logout_others', ann.id)]


# -- in appadmin --

def in_a_form(admin, id, follows=True, **fields):
    form = admin.get('/appadmin/update/db/auth_user/%d' % id).forms[0]
    for name, value in fields.items():
        form[name] = value
    answer = admin._checked(form.submit(expect_errors=True), 303)
    return answer.follow(expect_errors=True) if follows else answer


def by_a_query(admin, fields='', query='db.auth_user.id>0', **checked):
    form = admin.get('/appadmin/select/db?query=db.auth_user.id>0').forms[0]
    form['query'], form['update_fields'] = query, fields
    for name in checked:
        form[name] = True
    return admin._checked(form.submit(expect_errors=True), 200)


@pytest.mark.parametrize('fields', [
    {'password': NEW}, {'registration_key': 'blocked'}, {'registration_key': 'pending'}, {'registration_key': 'disabled'},
    {'delete_this_record': True}])
@pytest.mark.parametrize('has_written', [True, False])
def test_what_an_administrator_does_to_a_member_ends_their_logins_and_the_page_says_so(site, admin, fields, has_written):
    ann, bob = site.log_in('Ann'), site.log_in('Bob')
    if has_written:
        ann.send(bob.id, 'hi')
    assert '1 member is logged out everywhere now.' in in_a_form(admin, ann.id, **fields)
    assert is_out(ann) and not is_out(bob) and told(site) == [('logout_others', ann.id, 1)]


def test_a_block_that_is_lifted_again_brings_no_login_back(site, admin):
    ann = site.log_in('Ann')
    in_a_form(admin, ann.id, registration_key='blocked')
    in_a_form(admin, ann.id, registration_key='')
    assert is_out(ann)


def test_nor_does_one_by_sql_that_is_lifted_there(site, admin):
    ann = site.log_in('Ann')
    site.db.executesql("UPDATE auth_user SET registration_key = 'blocked'")
    site.db.commit()
    assert ann.get('/messaging/updates.json?since=0', 403)
    in_a_form(admin, ann.id, registration_key='')
    assert is_out(ann)


@pytest.mark.parametrize('fields', [{'first_name': 'Anna'}, {'email': 'anna@example.com'}, {}])
def test_what_else_is_changed_there_ends_nothing(site, admin, fields):
    ann = site.log_in('Ann')
    assert 'logged out' not in in_a_form(admin, ann.id, **fields)
    assert not is_out(ann) and told(site) == []


@pytest.mark.parametrize(('fields', 'checked'), [
    ("registration_key='blocked'", 'update_check'), ("password=db.auth_user.password.validate('%s')[0]" % NEW, 'update_check'),
    ('registration_key=db.auth_user.first_name', 'update_check'), ('', 'delete_check')])
def test_many_at_once_are_all_out(site, admin, fields, checked):
    members = [site.log_in(name) for name in ('Ann', 'Bob', 'Cid')]
    members[0].send(members[1].id, 'hi')
    spared = site.log_in('Dan')
    page = by_a_query(admin, fields, 'db.auth_user.id<%d' % spared.id, **{checked: True})
    assert '3 members are logged out everywhere now.' in page
    assert [is_out(one) for one in members] == [True] * 3 and not is_out(spared)


@pytest.mark.parametrize('fields', ["registration_key=''", "first_name='X'", 'registration_key=None'])
def test_many_whose_standing_stays_stay(site, admin, fields):
    members = [site.log_in(name) for name in ('Ann', 'Bob')]
    assert 'logged out' not in by_a_query(admin, fields, update_check=True)
    assert not [one for one in members if is_out(one)] and told(site) == []


def test_so_does_a_file_of_rows_that_is_taken_in(site, admin):
    ann, bob = site.log_in('Ann'), site.log_in('Bob')
    page = admin.get('/appadmin/select/db?query=db.auth_user.id>0')
    rows = admin.get('/appadmin/csv/db?query=db.auth_user.id>0').body
    form = next(form for form in page.forms.values() if 'csvfile' in form.fields)
    form['csvfile'] = webtest.Upload('rows.csv', rows, 'text/csv')
    admin._checked(form.submit(expect_errors=True), 200)
    assert not is_out(ann) and not is_out(bob)


@pytest.mark.parametrize('fields', [{'delete_this_record': True}, {'registration_key': 'blocked'}, None])
def test_an_administrators_own_account_ends_like_any(site, store, admin, fields):
    """Else the session would be of whoever gets the number, or of the member when they are let in again."""
    admin.id = site.member('Ann')
    admin.submit_login('ann@example.com')
    if fields:
        in_a_form(admin, admin.id, follows=False, **fields)
    else:
        by_a_query(admin, "registration_key='blocked'", update_check=True)
    site.db.executesql('DELETE FROM auth_user')
    site.db.executesql('INSERT INTO auth_user (id, first_name, email) VALUES (?, ?, ?)', (admin.id, 'Eve', 'eve@example.com'))
    site.db.commit()
    assert is_out(admin) and 'auth_user' in admin.get('/appadmin/index')
