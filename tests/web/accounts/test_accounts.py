"""Accounts: registering, logging in and out, and what ends a session."""
import contextlib
import re
import shutil
import sqlite3

import pytest
from messenger_core import settings
from messenger_core.ends.logout import session_hash
from messenger_core.messages import former
from places import APPLICATION

GOOD = {'first_name': 'Ann', 'last_name': 'Lee', 'email': 'ann@example.com', 'password': 'long enough', 'password_two': 'long enough'}


def register(visitor, **changes):
    form = visitor.get('/default/user/register').forms[0]
    for name, value in {**GOOD, **changes}.items():
        form[name] = value
    return visitor._checked(form.submit(expect_errors=True), None)


def test_whoever_registers_is_logged_in_and_can_log_in_again(site):
    visitor = site.visitor()
    assert 'Inbox' in visitor.follow(register(visitor))
    visitor.follow(visitor.log_out())
    assert visitor.get('/messaging/index', status=303)
    assert 'Inbox' in visitor.log_in('ANN@example.com', GOOD['password'])


def test_passwords_are_hashed_as_2026_asks(site):
    register(site.visitor())
    stored = site.db.executesql('SELECT password FROM auth_user')[0][0]
    assert stored.startswith('pbkdf2(210000,32,sha512)$')


@pytest.mark.parametrize(('field', 'value'), [
    ('password', 'short'), ('email', 'no address'), ('email', 'a\0b@example.com'), ('first_name', 'a\0b'),
    ('first_name', 'a\u202eb'), ('last_name', 'a\nb'), ('last_name', 'x' * 129), ('password_two', 'another one')])
def test_what_cannot_be_registered_is_said_at_the_field(site, field, value):
    changes = {field: value, **({'password_two': value} if field == 'password' else {})}
    page = register(site.visitor(), **changes)
    assert page.status_int == 200
    assert page.html.find(id='%s__error' % field).text
    assert page.html.find('input', {'name': field})['aria-invalid'] == 'true'
    assert site.db(site.db.auth_user).count() == 0


def test_an_address_registers_once(site):
    site.member('Ann')
    assert register(site.visitor()).html.find(id='email__error')


@pytest.mark.parametrize('name', ['<script>alert(1)</script>', '"><img src=x onerror=alert(1)>', 'Σωκράτης', 'دُنيا', '👩‍🚀'])
def test_any_visible_name_will_do(site, name):
    assert register(site.visitor(), first_name=name).status_int == 303


def test_nobody_registers_with_what_belongs_to_the_administrator(site):
    visitor = site.visitor()
    form = visitor.get('/default/user/register').forms[0]
    fields = dict(form.submit_fields(), **GOOD, registration_key='blocked', id='77')
    visitor.post('/default/user/register', fields, status=303)
    assert site.db.executesql('SELECT id, registration_key FROM auth_user') == [(1, '')]


@pytest.mark.parametrize('action', ['login', 'register'])
def test_lists_files_and_json_give_no_ticket(site, action):
    visitor = site.visitor()
    form = visitor.get('/default/user/' + action).forms[0]
    fields = [pair for pair in form.submit_fields() if pair[0] in ('_formkey', '_formname')]
    twice = [('email', 'a@example.com'), ('email', 'b@example.com'), ('password', 'x'), ('password', 'y')]
    visitor.post('/default/user/' + action, fields + twice)
    visitor.post('/default/user/' + action, dict(fields), upload_files=[('email', 'x.txt', b'x'), ('password', 'x.txt', b'x')])
    visitor.post_json({**dict(fields), 'email': 5, 'password': [1], 'first_name': {}}, path='/default/user/' + action)


@pytest.mark.parametrize(('email', 'password'), [('ann@example.com', 'wrong'), ('nobody@example.com', 'wrong')])
def test_a_wrong_login_says_the_same_for_every_reason(site, email, password):
    site.member('Ann')
    page = site.visitor().log_in(email, password)
    assert 'Invalid login' in page
    assert (page.forms[0]['email'].value, page.forms[0]['password'].value) == (email, ''), 'the address is there again, the password never'
    assert 'wrong' not in page.text


@pytest.mark.parametrize('key', ['blocked', 'disabled', 'pending-x', 'deleted'])
def test_who_is_not_active_does_not_get_in(site, key):
    site.member('Ann', registration_key=key)
    visitor = site.visitor()
    form = visitor.get('/default/user/login').forms[0]
    form['email'], form['password'] = 'ann@example.com', 'a long enough password'
    assert 'Invalid login' in form.submit(status=200), 'the same as for a wrong password'
    assert visitor.get('/messaging/index', status=303)


@pytest.mark.parametrize(('target', 'leads_to'), [
    ('/messenger/default/account', '/messenger/default/account'), ('//evil.example/', '/messenger/messaging/index'),
    ('https:evil.example', '/messenger/messaging/index'), ('/\\evil.example', '/messenger/messaging/index'),
    ('javascript:alert(1)', '/messenger/messaging/index'), ('', '/messenger/messaging/index')])
def test_whoever_is_logged_in_already_is_led_on_by_the_login_to_a_page_of_this_site(ann, target, leads_to):
    for action, place in (('login', leads_to), ('register', '/messenger/messaging/index')):
        assert ann.get('/default/user/' + action, 303, params={'_next': target}).location == place


@pytest.mark.parametrize('target', [
    '//evil.example', 'http://evil.example/', 'javascript:alert(1)', '/\\evil.example', 'https:evil.example'])
def test_login_does_not_lead_off_the_site(site, target):
    site.member('Ann')
    visitor = site.visitor()
    form = visitor.get('/default/user/login', params={'_next': target}).forms[0]
    form['email'], form['password'] = 'ann@example.com', 'a long enough password'
    location = form.submit(status=303).location
    assert location.startswith(('/messenger/', 'http://127.0.0.1:8000/messenger/'))


def test_login_leads_back_to_the_page_that_was_asked_for(site):
    site.member('Ann')
    bob = site.member('Bob')
    visitor = site.visitor()
    page = visitor.follow(visitor.get('/messaging/chat/%d' % bob, status=303))
    page.forms[0]['email'], page.forms[0]['password'] = 'ann@example.com', 'a long enough password'
    assert page.forms[0].submit().location.endswith('/messaging/chat/%d' % bob)


def test_logging_out_tells_the_sidecars_which_session_has_ended(site):
    ann = site.log_in('Ann')
    cookie = ann.cookie()
    assert ann.log_out().location.endswith('/default/index')
    assert site.db.executesql('SELECT kind, user_id, detail FROM messenger_event') == [('logout', ann.id, session_hash(cookie))]
    assert ann.get('/messaging/index', status=303)


def test_the_cookie_of_a_session_that_has_ended_opens_nothing(site):
    ann = site.log_in('Ann')
    old = ann.cookie()
    ann.log_out()
    assert site.visitor(HTTP_COOKIE='session_id_messenger=' + old).get('/messaging/index', status=303)


def test_logging_out_twice_or_without_login_is_no_error(site):
    visitor = site.visitor()
    visitor.get('/default/user/logout', status=303)
    assert site.db.executesql('SELECT count(*) FROM messenger_event') == [(0,)]


def test_logging_out_works_while_the_database_is_locked(site, monkeypatch):
    ann = site.log_in('Ann')
    monkeypatch.setenv('MESSENGER_DB_BUSY_SECONDS', '0.1')
    with contextlib.closing(sqlite3.connect(site.db._adapter.dbpath, isolation_level=None)) as other:
        other.execute('BEGIN IMMEDIATE')
        ann.log_out()
        assert ann.get('/messaging/index', status=303)
        other.execute('ROLLBACK')
    assert ann.get('/messaging/index', status=303)


@pytest.mark.filterwarnings('ignore::pytest.PytestUnraisableExceptionWarning')    # web2py leaves a file to the garbage collector
def test_sessions_spread_over_folders_work_alike(site, monkeypatch):
    monkeypatch.setenv('MESSENGER_SESSION_SEPARATE', 'true')
    visitor = site.visitor()
    site.member('Ann')
    assert 'Inbox' in visitor.log_in('ann@example.com')
    cookie = visitor.cookie()
    visitor.log_out()
    assert site.db.executesql('SELECT detail FROM messenger_event') == [(session_hash(cookie),)]


def test_logging_in_gives_a_new_session(site):
    site.member('Ann')
    visitor, planted = site.visitor(), '127.0.0.1-0c5a8a2b-a7a4-4a5a-9cf3-0e7a7c58ca9c'
    visitor.app.set_cookie('session_id_messenger', planted)
    visitor.log_in('ann@example.com')
    assert visitor.cookie() != planted


@pytest.mark.parametrize('key', ['blocked', 'disabled', 'deleted', 'pending-x'])
@pytest.mark.parametrize('page', ['/messaging/index', '/messaging/send_message', '/messaging/chat', '/default/user/profile'])
def test_a_session_does_not_outlive_a_block(site, key, page):
    ann = site.log_in('Ann')
    site.db.executesql('UPDATE auth_user SET registration_key = ?', [key])
    site.db.commit()
    assert 'Your account is blocked or no longer exists.' in ann.follow(ann.get(page, status=303))
    site.db.executesql("UPDATE auth_user SET registration_key = ''")
    site.db.commit()
    assert ann.get(page, status=303)


def test_a_session_does_not_outlive_its_member(site):
    ann = site.log_in('Ann')
    site.db.executesql('DELETE FROM auth_event')
    site.db.executesql('DELETE FROM auth_user')
    site.db.commit()
    assert ann.get('/messaging/index', status=303)


def test_a_session_of_somebody_who_is_gone_is_not_that_of_whoever_gets_their_number(site):
    """Neither of those that were at a page, nor of one that was only given its cookie."""
    ann, quiet, new = site.log_in('Ann'), site.visitor(), site.visitor()
    quiet.submit_login('ann@example.com')
    ann.get('/messaging/index')
    site.db.executesql('DELETE FROM auth_event')
    site.db.executesql('DELETE FROM auth_user')
    site.db.commit()
    former.notice(site.db)
    site.db.executesql('UPDATE auth_user SET id = ? WHERE id = ?', [ann.id, site.member('New')])
    site.db.commit()
    for old in (ann, quiet):
        assert old.get('/messaging/updates.json?since=0', status=401).json['code'] == 'no_session'
        assert old.get('/messaging/index', status=303)
    new.log_in('new@example.com')
    assert new.get('/messaging/index') and new.get('/messaging/updates.json?since=0').json['events'] == []


def test_the_profile_changes_the_name_everywhere_and_never_the_address(site):
    ann = site.log_in('Ann')
    form = ann.get('/default/user/profile').forms[0]
    form['first_name'] = 'Anna'
    assert 'email' not in form.fields
    assert 'Anna Lee' in ann.follow(form.submit())


def test_the_password_can_be_changed(site):
    ann = site.log_in('Ann')
    form = ann.get('/default/user/change_password').forms[0]
    form['old_password'] = 'a long enough password'
    form['new_password'] = form['new_password2'] = 'another long one'
    form.submit(status=303)
    assert 'Inbox' in site.visitor().log_in('ann@example.com', 'another long one')
    assert 'Invalid login' in site.visitor().log_in('ann@example.com')


def test_the_old_password_is_needed_for_a_new_one(site):
    ann = site.log_in('Ann')
    form = ann.get('/default/user/change_password').forms[0]
    form['old_password'] = 'wrong'
    form['new_password'] = form['new_password2'] = 'another long one'
    assert form.submit(status=200).html.find(id='old_password__error')


@pytest.mark.parametrize('action', [
    'bulk_register', 'cas', 'confirm_registration', 'groups', 'impersonate', 'jwt', 'manage_tokens', 'retrieve_password',
    'retrieve_username', 'request_reset_password', 'reset_password', 'verify_email', 'nonsense'])
def test_what_is_not_offered_is_not_there(site, action):
    assert site.visitor().get('/default/user/' + action, status=404)


def test_a_forgotten_password_is_helped_with_when_mail_is_set_up(site, request):
    site.member('Ann')
    assert 'Forgotten password?' not in site.visitor().get('/default/user/login')
    server = request.getfixturevalue('mail_server')
    visitor = site.visitor()
    page = visitor.get('/default/user/login').click('Forgotten password?')
    page.forms[0]['email'] = 'ann@example.com'
    page.forms[0].submit(status=303)
    link = re.search(r'http://\S+', server.mail()['text'])[0]
    page = visitor.get(link.partition('8000')[2])
    page.forms[0]['new_password'] = page.forms[0]['new_password2'] = 'a new long one'
    page.forms[0].submit(status=303)
    assert 'Inbox' in site.visitor().log_in('ann@example.com', 'a new long one')


@pytest.fixture
def mails(site, monkeypatch):
    """What is sent, from a site that can."""
    monkeypatch.setenv('MESSENGER_SMTP_SERVER', 'mail.example:25')
    monkeypatch.setenv('MESSENGER_HOST_URL', 'https://chat.example:8443')
    from messenger_web.accounts import mails
    sent = []
    monkeypatch.setattr(mails, 'send', lambda smtp, to, subject, text: sent.append(text))
    monkeypatch.setattr(mails.post, 'put', lambda job, limit: job() or True)    # now, and not in a thread
    return sent


def ask_for_help(visitor):
    """Ask for a link, from a browser that sends its cookies without https as well."""
    visitor.app.cookiejar._policy.secure_protocols = ('http', 'https')
    form = visitor.get('/default/user/request_reset_password').forms[0]
    form['email'] = 'ann@example.com'
    form.submit(status=303)


SPOOFED = [
    {}, {'HTTP_HOST': 'evil.example'}, {'HTTP_HOST': 'evil.example', 'HTTP_X_FORWARDED_FOR': '127.0.0.1'},
    {'HTTP_X_FORWARDED_PROTO': 'http'},
    {'HTTP_X_FORWARDED_HOST': 'evil.example'}, {'REMOTE_ADDR': '203.0.113.9', 'HTTP_HOST': 'evil.example'},
    {'wsgi.url_scheme': 'http', 'HTTP_HOST': 'localhost'}]


@pytest.mark.parametrize('changes', SPOOFED)
def test_no_mail_leads_where_the_host_header_of_a_stranger_says(site, mails, monkeypatch, changes):
    site.member('Ann')
    visitor = site.visitor(**changes)
    ask_for_help(visitor)
    monkeypatch.setenv('MESSENGER_AUTH_REGISTRATION_REQUIRES_VERIFICATION', 'true')
    register(visitor, email='new@example.com')
    links = [re.search(r'[a-z]+://[^\s<>"]+', mail)[0] for mail in mails]
    assert [re.sub('[0-9a-f-]{30,}', 'KEY', link) for link in links] == [
        'https://chat.example:8443/messenger/default/user/reset_password?key=KEY',
        'https://chat.example:8443/messenger/default/user/verify_email/KEY']


def test_a_link_has_the_scheme_of_the_address_even_where_the_server_speaks_another(site, mails, monkeypatch):
    monkeypatch.setenv('MESSENGER_HOST_URL', 'http://chat.example')
    site.member('Ann')
    ask_for_help(site.visitor(**{'wsgi.url_scheme': 'https'}))
    assert 'http://chat.example/messenger/default/user/reset_password' in mails[0]


@pytest.mark.parametrize('changes', SPOOFED)
def test_without_an_address_no_mail_is_offered_to_anybody(site, monkeypatch, changes, caplog):
    monkeypatch.setenv('MESSENGER_SMTP_SERVER', 'mail.example:25')
    monkeypatch.setenv('MESSENGER_HOST_NAMES', '*')
    from messenger_web.accounts import links
    links._miss_address.cache_clear()
    visitor = site.visitor(**changes)
    for action in ('request_reset_password', 'reset_password?key=1', 'verify_email/1'):
        visitor.get('/default/user/' + action, status=404)
    assert 'Forgotten password?' not in visitor.get('/default/user/login')
    assert len([record for record in caplog.records if '[host] url' in record.getMessage()]) == 1


def test_the_session_cookie_is_out_of_reach_for_scripts_and_other_sites(site):
    site.member('Ann')

    def cookie(**changes):
        given = site.visitor(**changes).submit_login('ann@example.com').headers.getall('Set-Cookie')
        return next(one for one in map(str.strip, given) if one.startswith('session_id_messenger='))
    assert 'HttpOnly' in cookie()
    assert 'SameSite=Lax' in cookie()
    assert 'secure' not in cookie().lower()
    assert 'secure' in cookie(**{'wsgi.url_scheme': 'https'}).lower()


def test_where_approval_is_asked_for_registering_is_not_yet_logging_in(site, monkeypatch):
    monkeypatch.setenv('MESSENGER_AUTH_REGISTRATION_REQUIRES_APPROVAL', 'true')
    visitor = site.visitor()
    register(visitor)
    assert visitor.get('/messaging/index', status=303)
    assert site.db.executesql('SELECT registration_key FROM auth_user') == [('pending',)]


def test_a_setting_that_cannot_be_used_is_explained_to_the_administrator_only(site, monkeypatch):
    monkeypatch.setenv('MESSENGER_DB_MIGRATE', 'maybe')
    assert '[db] migrate' in site.visitor().get('/default/index', status=503)
    assert '[db] migrate' not in site.visitor(REMOTE_ADDR='203.0.113.9').get('/default/index', status=503)


def test_the_example_of_a_settings_file_changes_nothing(site):
    without = settings.load(site.application, {})
    (site.application / 'private').mkdir(exist_ok=True)
    shutil.copy(APPLICATION / 'private' / 'appconfig.ini.example', site.application / 'private' / 'appconfig.ini')
    assert settings.load(site.application, {}) == without


def test_settings_are_read_from_the_file_where_there_is_one(site):
    (site.application / 'private').mkdir(exist_ok=True)
    (site.application / 'private' / 'appconfig.ini').write_text('[app]\nname = Kaffeeklatsch\n')
    assert 'Kaffeeklatsch' in site.visitor().get('/default/index').html.title.text
