"""Wherever web2py keeps its sessions: the pages and the sidecar agree, from one setting, on who is logged in and who no longer is."""
import contextlib
import sqlite3

import pytest
from member import Member
from sidecar import PATIENCE, Socket
from stack import Stack

# An owner's own application, whose members and sessions the messenger uses.
MASTER_MODEL = '''
from gluon.tools import Auth
db = DAL(%r)
auth = Auth(db)
auth.define_tables(username=False, signature=False, migrate=False)
'''
# The tables of its members, which are there before we are.
MASTER_TABLES = {
    'auth_user': 'first_name last_name email password registration_key reset_password_key registration_id',
    'auth_group': 'role description', 'auth_membership': 'user_id group_id', 'auth_permission': 'group_id name table_name record_id',
    'auth_event': 'time_stamp client_ip user_id origin description', 'auth_cas': 'user_id created_on service ticket renew'}
MASTER_CONTROLLER = 'def user():\n    return str(auth())\n'
STORES = {
    'file': {},
    'separate': {'MESSENGER_SESSION_SEPARATE': 'true'},
    'check_client': {'MESSENGER_SESSION_CHECK_CLIENT': 'true'},
    'db': {'MESSENGER_SESSION_STORE': 'db'},
    'db of its own': {'MESSENGER_SESSION_STORE': 'db', 'MESSENGER_SESSION_URI': 'sqlite://sessions.sqlite'},
    'cookie': {'MESSENGER_SESSION_STORE': 'cookie', 'MESSENGER_SESSION_COOKIE_KEY': 'a secret of the site'},
    'redis': {'MESSENGER_SESSION_STORE': 'redis'},
}

QUIET = dict(timer_seconds=600, recheck_seconds=600)
NEW = 'another long one'


def environment_of(store, request):
    if store == 'redis':
        return dict(STORES[store], MESSENGER_SESSION_REDIS_URL=request.getfixturevalue('redis_server').url)
    return STORES[store]


@pytest.fixture
def opened():
    """A function that opens a socket as a browser with this Cookie header does."""
    sockets = []

    def opened(stack, cookie):
        peer = Socket()
        sockets.append(peer)
        peer.settimeout(PATIENCE)
        peer.connect(stack.socket_url, origin=stack.origin, cookie=cookie)
        return peer
    yield opened
    for peer in sockets:
        peer.shutdown()


@pytest.fixture
def start(tmp_path, web2py_home):
    """A function that starts web2py and the sidecar; no second look at sessions: what closes a socket here is the logout itself."""
    started = []

    def start(environment, **realtime):
        started.append(Stack(tmp_path, web2py_home, environment=environment, **dict(QUIET, **realtime)))
        return started[0].start()
    yield start
    for stack in started:
        stack.stop()


@pytest.mark.parametrize('store', STORES)
def test_c7_c13_whoever_logs_in_is_let_in_and_whoever_logs_out_is_put_out_at_once(start, opened, store, request):
    stack = start(environment_of(store, request))
    ann, bob = stack.register('Ann', 'Lee', 'ann@example.com'), stack.register('Bob', 'Lee', 'bob@example.com')
    tabs, other = [opened(stack, ann.cookie) for _ in range(3)], opened(stack, bob.cookie)
    phone = Member(stack, 'Ann', 'Lee', ann.email, ann.password)
    phone.log_in()
    elsewhere = opened(stack, phone.cookie)
    assert [peer.frame()['user_id'] for peer in (*tabs, other, elsewhere)] == [ann.id, ann.id, ann.id, bob.id, ann.id]
    ann.send(bob.id, 'hello')
    assert other.until('message')[-1]['content'] == 'hello'
    stale = ann.cookie
    ann.log_out()
    assert [tab.close_code() for tab in tabs] == [4401] * 3
    # What was there before the logout is no way back in, and nobody else was touched.
    assert opened(stack, stale).close_code() == 4401
    assert other.is_silent()
    elsewhere.until('message')
    assert elsewhere.is_silent()
    # Nor does the one whose password changes keep what was open before, but goes on.
    copied = phone.cookie
    assert 'Everywhere else you are logged out now.' in phone.submit(
        '/messenger/default/user/change_password', old_password=phone.password, new_password=NEW, new_password2=NEW)
    assert elsewhere.close_code() == 4401
    # A sidecar that has seen none of it, and remembers nothing, finds the same.
    stack.restart_sidecar(**QUIET)
    gone = [copied] if store == 'cookie' else [copied, stale]       # a logout is not in a cookie of before it
    assert [opened(stack, cookie).close_code() for cookie in gone] == [4401] * len(gone)
    assert opened(stack, phone.cookie).frame()['user_id'] == ann.id
    assert not stack.tickets(), stack.tickets()[0]


def test_c13_whoever_is_logged_in_in_the_master_application_is_logged_in_here(tmp_path, start, opened):
    database = tmp_path / 'members.sqlite'
    uri = 'sqlite:///%s' % database
    master = tmp_path / 'web2py' / 'applications' / 'Site'
    for file, text in (('models/db.py', MASTER_MODEL % uri), ('controllers/default.py', MASTER_CONTROLLER), ('views/generic.html', '')):
        (master / file).parent.mkdir(parents=True)
        (master / file).write_text(text)
    with contextlib.closing(sqlite3.connect(database)) as rows:
        for table, columns in MASTER_TABLES.items():
            rows.execute('CREATE TABLE %s (id INTEGER PRIMARY KEY AUTOINCREMENT, %s)' % (table, ', '.join(columns.split())))
    stack = start({'MESSENGER_AUTH_MASTERAPP': 'Site', 'MESSENGER_DB_URI': uri}, recheck_seconds=0.5)
    ann = Member(stack, 'Ann', 'Lee', 'ann@example.com', 'a long test password')
    ann.submit('/Site/default/user/register', first_name='Ann', last_name='Lee', email=ann.email,
               password=ann.password, password_two=ann.password)
    assert 'Ann Lee' in ann.get('/messenger/messaging/index')
    live = opened(stack, ann.cookie)
    assert live.frame()['user_id'] == 1
    # Logged out elsewhere: nothing is recorded, and the next look at the session finds it gone.
    ann.get('/Site/default/user/logout')
    assert live.close_code() == 4401
    assert 'Ann Lee' not in ann.get('/messenger/default/index')
    # Logged out here: the sidecars are told, and it holds there, too.
    ann.submit('/Site/default/user/login', email=ann.email, password=ann.password)
    assert opened(stack, ann.cookie).frame()['user_id'] == 1
    ann.log_out()
    with contextlib.closing(sqlite3.connect(database)) as rows:
        assert rows.execute("SELECT user_id FROM messenger_event WHERE kind = 'logout'").fetchall() == [(1,)]
    assert 'Ann' not in ann.get('/Site/default/user/profile')
    assert not stack.tickets(), stack.tickets()[0]
