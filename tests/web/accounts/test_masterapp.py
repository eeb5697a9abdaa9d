"""Members of another application ([auth] masterapp): what is theirs is read, and neither made, altered nor offered here."""
import contextlib
import sqlite3

import pytest
from machine import postgres
from messenger_core.ends import logout
from messenger_core.upgrade import schema, takeover

from ..site import test_appadmin
from .ending.test_ending import in_a_form

admin, password = test_appadmin.admin, test_appadmin.password

# As that application has made them, with a column of its own.
TABLES = {
    'auth_user': 'first_name last_name email password registration_key reset_password_key registration_id nickname',
    'auth_group': 'role description motto', 'auth_membership': 'user_id group_id', 'auth_permission': 'group_id name table_name record_id',
    'auth_event': 'time_stamp client_ip user_id origin description', 'auth_cas': 'user_id created_on service ticket renew'}
OF_THE_SITE = ('register', 'profile', 'change_password', 'request_reset_password', 'reset_password', 'verify_email')
AUTH = "SELECT name, sql FROM sqlite_master WHERE name LIKE 'auth%' ORDER BY name"
COLUMNS = ("SELECT table_name, column_name, data_type FROM information_schema.columns WHERE table_name LIKE 'auth%' "
           'ORDER BY table_name, ordinal_position')


@pytest.fixture
def choose(site, monkeypatch):
    """A function that makes the settings of a guest in the database at `uri`, in a process that has just started."""
    def choose(uri):
        monkeypatch.setattr('messenger_web.kept.ready._ready', {})
        monkeypatch.setattr(takeover, '_SETTLED', set())
        monkeypatch.setenv('MESSENGER_AUTH_MASTERAPP', 'welcome')
        monkeypatch.setenv('MESSENGER_DB_URI', uri)
    return choose


@pytest.fixture
def guest(site, choose):
    """The site as a guest in a database that has the master's members."""
    choose('sqlite:///%s' % (site.application / 'databases' / 'messenger.sqlite'))
    return site


def sqlite_with(path, *statements):
    with contextlib.closing(sqlite3.connect(path)) as connection, connection:
        for statement in statements:
            found = connection.execute(statement).fetchall()
    return found


def made_by_the_master():
    return ['CREATE TABLE %s (id INTEGER PRIMARY KEY, %s)' % (table, ', '.join(name + ' VARCHAR(512)' for name in columns.split()))
            for table, columns in TABLES.items()]


def test_its_tables_are_neither_made_nor_altered(site, choose, tmp_path):
    file = tmp_path / 'site.sqlite'
    before = sqlite_with(file, *made_by_the_master(), AUTH)
    choose('sqlite:///%s' % file)
    site.visitor().get('/default/index')
    assert sqlite_with(file, AUTH) == before and sqlite_with(file, 'SELECT version FROM messenger_feed') == [(schema.VERSION,)]
    assert [path.name for path in tmp_path.glob('*.table')] == []


def test_nor_on_postgresql(site, choose, postgres_uri):
    with contextlib.closing(postgres.connect(postgres_uri)) as connection, connection.cursor() as cursor:
        for statement in made_by_the_master():
            cursor.execute(statement)
        connection.commit()
        cursor.execute(COLUMNS)
        before = cursor.fetchall()
        choose(postgres_uri)
        site.visitor().get('/default/index')
        connection.rollback()
        cursor.execute(COLUMNS)
        assert cursor.fetchall() == before
        cursor.execute('SELECT count(*) FROM message')


@pytest.mark.parametrize('statement', ['SELECT 1', 'CREATE TABLE other (id INTEGER)'])
def test_a_database_without_its_members_is_refused(site, choose, tmp_path, statement):
    file = tmp_path / 'other.sqlite'
    sqlite_with(file, statement)
    choose('sqlite:///%s' % file)
    page = site.visitor().get('/default/index', 503)
    assert 'has no table auth_user' in page
    assert sqlite_with(file, "SELECT name FROM sqlite_master WHERE name LIKE 'auth%' OR name LIKE 'messenger%'") == []


def test_without_a_database_that_is_named_nothing_is_served(site, choose, monkeypatch):
    choose('sqlite://messenger.sqlite')
    assert 'must be named in [db] uri' in site.visitor().get('/default/index', 503)


def test_a_message_of_the_sites_own_is_named_and_left_alone(site, choose, tmp_path):
    file, own = tmp_path / 'site.sqlite', 'CREATE TABLE message (id INTEGER PRIMARY KEY, sender, receiver, content, timestamp, is_read)'
    sqlite_with(file, *made_by_the_master(), own)
    choose('sqlite:///%s' % file)
    assert 'table "message", which belongs to the site' in site.visitor().get('/default/index', 503)
    assert sqlite_with(file, "SELECT sql FROM sqlite_master WHERE name = 'message'") == [(own,)]
    assert sqlite_with(file, "SELECT name FROM sqlite_master WHERE name LIKE 'messenger%'") == []


@pytest.mark.parametrize('action', OF_THE_SITE)
def test_accounts_are_not_the_messengers_business(guest, action):
    ann = guest.log_in('Ann')
    for browser in (guest.visitor(), ann):
        assert browser.get('/default/user/' + action, None).status_int in (404, 303)
        assert 'user/' + action not in browser.get('/default/index', None)
    assert guest.visitor().get('/default/user/register', 404)


@pytest.mark.parametrize('name', ['leave', 'others'])
def test_nobody_ends_their_account_or_other_sessions_here(guest, name):
    ann = guest.log_in('Ann')
    page = ann.get('/default/account')
    assert not [word for word in ('Delete my account', 'user/profile', 'Log out everywhere else') if word in page]
    key = page.html.find('input', attrs={'name': '_formkey'})['value']
    ann.post('/default/account', {'password': 'a long enough password', '_formname': name, '_formkey': key})
    assert guest.db.executesql('SELECT registration_key FROM auth_user') == [('',)]
    assert guest.db.executesql('SELECT count(*) FROM messenger_event') == [(0,)]


def test_generations_are_neither_asked_nor_written_into_the_sites_sessions(guest):
    ann = guest.log_in('Ann')
    logout.record_others(guest.db, ann.id, 'another')
    for _ in range(2):
        assert ann.get('/messaging/index') and ann.get('/messaging/updates.json?since=0')
    files = [path for path in guest.folder.glob('applications/welcome/sessions/**/*') if path.is_file()]
    assert files and not [path for path in files if b'generation' in path.read_bytes()]


def test_logging_out_is_a_button_here_too(guest):
    ann = guest.log_in('Ann')
    assert ann.get('/default/user/logout') and ann.get('/messaging/index')
    ann.log_out()
    assert ann.get('/messaging/index', 303)


def test_nothing_is_written_about_who_logs_in(guest):
    guest.log_in('Ann')
    assert guest.db.executesql('SELECT count(*) FROM auth_event') == [(0,)]


@pytest.mark.filterwarnings('ignore::pytest.PytestUnraisableExceptionWarning')
@pytest.mark.parametrize('fields', [{'registration_key': 'blocked'}, {'delete_this_record': True}])
def test_a_block_in_appadmin_is_told_to_sockets_and_nothing_of_the_sites_is_written_besides(guest, admin, fields):
    ann, bob = guest.log_in('Ann'), guest.log_in('Bob')
    rows = 'SELECT first_name, last_name, email, password, reset_password_key, registration_key FROM auth_user WHERE id = %d'
    guest.db.executesql("UPDATE auth_user SET reset_password_key = 'of the site'")
    guest.db.commit()
    before, [other] = guest.db.executesql(rows % ann.id), guest.db.executesql(rows % bob.id)
    assert 'logged out' not in in_a_form(admin, ann.id, **fields)
    guest.db.commit()
    after, told = guest.db.executesql(rows % ann.id), 'SELECT kind, user_id, detail FROM messenger_event ORDER BY seq'
    blocked = ('logout_others', ann.id, logout.BLOCKED)
    assert guest.db.executesql(told) == [blocked] and guest.db.executesql(rows % bob.id) == [other]
    if 'registration_key' in fields:
        assert after == [(*before[0][:-1], 'blocked')]      # in the form that the administrator has sent
        in_a_form(admin, ann.id, registration_key='', first_name='Anna')
        in_a_form(admin, ann.id, first_name='Ann')
        guest.db.commit()
        assert guest.db.executesql(told) == [blocked, ('logout_others', ann.id, '')]
    else:
        assert after == []
