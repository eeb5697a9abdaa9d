"""Who is behind a cookie where web2py keeps its sessions elsewhere than in plain files. C1 to C23, S20: the list of bad inputs."""
import base64
import hashlib
import hmac
import os
import pickle
import sqlite3
import subprocess
import sys
import threading
from datetime import datetime, timedelta

import pytest
import redis
from messenger_core import settings
from messenger_core.database import connection
from messenger_live.sessions import plain as session_plain
from messenger_live.sessions import redis as session_redis
from messenger_live.sessions import session as sessions
from messenger_live.sessions.cookie import CookieSessions
from messenger_live.sessions.files import FileSessions
from messenger_live.sessions.session import Session, StoreUnavailable, cookie_value
from messenger_live.sessions.stores import is_sound, store_of
from places import APPLICATION
from pydal import Field

from .sealing import SECRET, sealed, signed

NOW = datetime(2026, 11, 23, 9, 2, 11, 500)
KEY = '0c5a8a2b-a7a4-4a5a-9cf3-0e7a7c58ca9c'
HOUR = timedelta(hours=1)
RECORDS = ('indb', 'inredis')
EVERYWHERE = (*RECORDS, 'incookie', 'squeezed')


def login(user_id=7, last_visit=NOW, expiration=3600, **more):
    return {'auth': {'user': {'id': user_id}, 'last_visit': last_visit, 'expiration': expiration, 'hmac_key': 'a key', **more}}


def store(folder, **chosen):
    """The storage that the sidecar of the application in `folder` would have; a setting's name is section_key."""
    environment = {'MESSENGER_%s' % name.upper(): str(value) for name, value in chosen.items()}
    return store_of(settings.load(folder, environment), str(folder), folder.name)


@pytest.fixture
def kept(request, site):
    """A function: the storage of one of the applications that a real web2py stored sessions for."""
    def kept(application):
        chosen = dict(session_store=application.replace('in', '', 1))
        if application == 'indb':
            chosen.update(db_uri='sqlite://storage.sqlite')
        elif application == 'inredis':
            request.getfixturevalue('redis_for_all')    # skips visibly where there is no Redis
            chosen.update(session_redis_url=site.redis.url)
        else:
            chosen.update(session_store='cookie', session_cookie_key=SECRET)
            chosen.update(session_compression_level=9) if application == 'squeezed' else None
        return store(site.folder / application, **chosen)
    return kept


def value_of(site, kept, scene):
    value = cookie_value([site.cookies[scene]], kept.cookie_name)
    assert value, 'the scene has no session cookie'
    return value


# -- sessions of web2py --

@pytest.mark.parametrize('application', EVERYWHERE)
def test_c13_whoever_logged_in_is_known_wherever_web2py_keeps_its_sessions(site, kept, application):
    one = kept(application)
    one.check()
    session = one.resolve(value_of(site, one, application), datetime.now())
    assert session.user_id == one.resolve(value_of(site, one, application + ', odd things'), datetime.now()).user_id == 1
    assert timedelta(minutes=55) < session.expires - datetime.now() <= HOUR
    assert value_of(site, one, application) not in repr(session)


def test_c13_whoever_logged_in_in_the_master_application_is_known_in_its_guests(site):
    one = store(site.folder / 'guest', auth_masterapp='Plain', db_uri='sqlite://plain.sqlite')
    one.check()
    assert one.cookie_name == 'session_id_plain'
    assert one.resolve(value_of(site, one, 'guest'), datetime.now()).user_id == 1
    alone = store(site.folder / 'guest')
    assert alone.resolve(value_of(site, one, 'guest'), datetime.now()) is None


@pytest.mark.parametrize('application', EVERYWHERE)
def test_c6_a_login_ends_to_the_second(site, kept, application):
    one = kept(application)
    value = value_of(site, one, application)
    end = one.resolve(value, datetime.now()).expires
    assert one.resolve(value, end - timedelta(microseconds=1)).user_id == 1
    assert one.resolve(value, end) is None


@pytest.mark.parametrize('application', RECORDS)
@pytest.mark.parametrize('scene', ['logged out', 'after logout'])
def test_c7_whoever_logged_out_is_nobody(site, kept, application, scene):
    one = kept(application)
    assert one.resolve(value_of(site, one, '%s, %s' % (application, scene)), datetime.now()) is None


def test_c16_a_cookie_of_before_the_logout_cannot_be_told_so_its_sockets_have_an_end(site, kept):
    one = kept('incookie')
    assert one.resolve(value_of(site, one, 'incookie, logged out'), datetime.now()).user_id == 1
    assert one.resolve(value_of(site, one, 'incookie, after logout'), datetime.now()) is None
    assert one.socket_seconds == 900
    assert kept('indb').socket_seconds is None


def test_a_session_in_a_cookie_has_one_name_however_often_it_is_written():
    names = {CookieSessions('x', SECRET).resolve(sealed(login(mark=mark)), NOW).session_hash for mark in ('before', 'after')}
    assert len(names) == 1
    other = CookieSessions('x', SECRET).resolve(sealed(login(hmac_key='another login')), NOW)
    assert other.session_hash not in names


# -- databases and Redis: records --

class InDatabase:
    """A table as web2py makes it."""

    def __init__(self, folder):
        (folder / 'databases').mkdir(parents=True)
        self.file = folder / 'databases' / 'sessions.sqlite'
        with sqlite3.connect(self.file) as database:
            database.execute('CREATE TABLE web2py_session_messenger (id INTEGER PRIMARY KEY, unique_key CHAR(64), session_data BLOB)')
        self.store = store(folder, session_store='db', session_uri='sqlite://sessions.sqlite')

    def put(self, record, key, data):
        with sqlite3.connect(self.file) as database:
            database.execute('INSERT OR REPLACE INTO web2py_session_messenger VALUES (?, ?, ?)', (record, key, base64.b64encode(data)))


class InRedis:
    def __init__(self, folder, server):
        self.client = server.client()
        self.store = store(folder, session_store='redis', session_redis_url=server.url)

    def put(self, record, key, data):
        self.client.hset('w2p:sess:messenger:%d' % record, mapping={'unique_key': key or '', 'session_data': data})


@pytest.fixture(params=['db', 'redis'])
def records(request, tmp_path):
    """Where records lie, with the login of member 7 in number 1."""
    folder = tmp_path / 'messenger'
    records = InDatabase(folder) if request.param == 'db' else InRedis(folder, request.getfixturevalue('redis_server'))
    records.put(1, KEY, pickle.dumps(login()))
    return records


def test_a_record_is_its_user_its_end_and_a_hash_that_is_no_cookie(records):
    value = '1:%s' % KEY
    assert records.store.resolve(value, NOW) == Session(7, hashlib.sha256(value.encode()).hexdigest()[:32], NOW + HOUR)


@pytest.mark.parametrize('value', [
    None, '', '1', '1:', ':', '1:x', '0_1:' + KEY, '01:' + KEY, '+1:' + KEY, ' 1:' + KEY, '\u0663:' + KEY, '1:a:b', '1:%s:' % KEY,
    "' OR 1=1", "1 OR 1=1:" + KEY, '1:' + KEY.upper(), '1:' + KEY + '\n', '1:' + KEY + '\0', '1:' + KEY[:-1], '9' * 30 + ':' + KEY,
    '-1:' + KEY, '1.0:' + KEY, 'None:None', '1:%', '*:' + KEY, '1:' + 'a' * 5000, KEY], ids=lambda value: ascii(value)[:30])
def test_c14_only_the_exact_form_of_a_record_is_asked_for(records, value, monkeypatch):
    monkeypatch.setattr(type(records.store), '_read' if isinstance(records, InRedis) else '_row', lambda *arguments: pytest.fail('asked'))
    assert records.store.resolve(value, NOW) is None
    assert value is None or not is_sound(settings.load('.', {'MESSENGER_SESSION_STORE': 'db'}).session, value, '')


def test_c14_a_record_with_another_key_or_none_is_nobody(records):
    assert records.store.resolve('1:' + KEY.replace('0', '1'), NOW) is None
    assert records.store.resolve('2:' + KEY, NOW) is None
    for number, key in enumerate(('', None), 3):
        records.put(number, key, pickle.dumps(login()))
        assert records.store.resolve('%d:%s' % (number, KEY), NOW) is None


def test_c4_c5_a_record_with_odd_contents_is_nobody(records):
    whole = pickle.dumps(login())
    for data in (b'', whole[:-1], b'\x80', os.urandom(500), pickle.dumps([1]), pickle.dumps(login(user_id='7')),
                 pickle.dumps(login(expiration=0)), b'cposix\nsystem\n(S"exit"\ntR.', pickle.dumps(dict(login(), padding='x' * (1 << 20)))):
        records.put(1, KEY, data)
        assert records.store.resolve('1:' + KEY, NOW) is None
    records.put(1, KEY, whole)
    assert records.store.resolve('1:' + KEY, NOW).user_id == 7


def test_records_are_read_in_several_threads_at_once(records):
    found = []
    threads = [threading.Thread(target=lambda: found.append(records.store.resolve('1:' + KEY, NOW).user_id)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [7, 7, 7, 7]


# -- databases --

def test_a_database_with_a_table_of_sessions_is_read_on_postgresql_as_well(tmp_path, postgres_uri):
    folder = tmp_path / 'messenger'
    one = store(folder, session_store='db', db_uri=postgres_uri, session_tablename='visits')
    with pytest.raises(StoreUnavailable, match=r'^The sessions of web2py cannot be read from the table visits_messenger .*\.$'):
        one.check()
    db = connection.connect_sessions(settings.load(folder, {'MESSENGER_DB_URI': postgres_uri}), str(folder))
    (folder / 'databases').mkdir(parents=True)
    db._migrate_enabled = True
    table = db.define_table('visits_messenger', Field('unique_key', length=64), Field('session_data', 'blob'), migrate='visits.table')
    table.insert(unique_key=KEY, session_data=pickle.dumps(login()))
    db.commit()
    one.check()
    assert one.resolve('1:' + KEY, NOW).user_id == 7
    db.executesql("UPDATE visits_messenger SET unique_key = '' WHERE id = 1")      # under way, and locked
    assert one.resolve('1:' + KEY, NOW).user_id == 7
    others = 'FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()'
    assert db.executesql('SELECT state %s' % others) == [('idle',)], 'a transaction was left open'
    db.executesql('SELECT pg_terminate_backend(pid) %s' % others)
    with pytest.raises(StoreUnavailable):
        one.resolve('1:' + KEY, NOW)
    assert one.resolve('1:' + KEY, NOW).user_id == 7
    db.commit()
    assert one.resolve('1:' + KEY, NOW) is None
    db.close()


def test_s20_a_database_that_is_away_logs_nobody_out_and_is_asked_again(tmp_path):
    records = InDatabase(tmp_path / 'messenger')
    records.put(1, KEY, pickle.dumps(login()))
    with sqlite3.connect(records.file) as database:
        database.execute('ALTER TABLE web2py_session_messenger RENAME TO away')
    with pytest.raises(StoreUnavailable):
        records.store.resolve('1:' + KEY, NOW)
    with sqlite3.connect(records.file) as database:
        database.execute('ALTER TABLE away RENAME TO web2py_session_messenger')
    assert records.store.resolve('1:' + KEY, NOW).user_id == 7


# -- Redis --

def test_s20_a_redis_that_is_away_logs_nobody_out_and_is_asked_again(tmp_path, redis_server, monkeypatch):
    monkeypatch.setattr(session_redis, 'AWAY_SECONDS', 0)
    records = InRedis(tmp_path / 'messenger', redis_server)
    redis_server.stop()
    for attempt in (lambda: records.store.resolve('1:' + KEY, NOW), records.store.check):
        with pytest.raises(StoreUnavailable):
            attempt()
    redis_server.start()
    records.put(1, KEY, pickle.dumps(login()))
    assert records.store.resolve('1:' + KEY, NOW).user_id == 7


def test_s20_a_redis_that_says_nothing_is_waited_for_once(tmp_path, redis_server, monkeypatch):
    monkeypatch.setattr(session_redis, 'AWAY_SECONDS', 600)
    one = store(tmp_path, session_store='redis', session_redis_url=redis_server.url, session_redis_seconds=0.05)
    assert one.resolve('1:' + KEY, NOW) is None
    waits = []
    monkeypatch.setattr(redis.Connection, 'read_response', _counting(waits, redis.Connection.read_response))
    monkeypatch.setattr(redis.UnixDomainSocketConnection, 'read_response', redis.Connection.read_response)
    redis_server.freeze()
    try:
        with pytest.raises(StoreUnavailable, match='does not answer'):
            one.resolve('1:' + KEY, NOW)
        with pytest.raises(StoreUnavailable, match='a moment ago'):
            one.resolve('1:' + KEY, NOW)
        assert len(waits) == 1
    finally:
        redis_server.thaw()


def _counting(calls, function):
    def counting(*arguments, **options):
        calls.append(1)
        return function(*arguments, **options)
    return counting


def test_redis_is_read_without_a_lock_and_never_written(tmp_path, redis_server):
    records = InRedis(tmp_path / 'messenger', redis_server)
    records.put(1, KEY, pickle.dumps(login()))
    records.client.set('w2p:sess:messenger:1:lock', '1')
    with records.client.monitor() as watched:
        assert records.store.resolve('1:' + KEY, NOW).user_id == 7
        records.client.echo('end')
        seen = []
        while 'ECHO end' not in seen:
            seen.append(watched.next_command()['command'])
    assert {command.split()[0] for command in seen} <= {'HMGET', 'CLIENT', 'HELLO', 'ECHO'}


def test_the_records_of_a_master_application_are_those_of_its_name(tmp_path, redis_server):
    chosen = dict(session_store='redis', session_redis_url=redis_server.url, auth_masterapp='Site', db_uri='sqlite://site.sqlite')
    client = redis_server.client()
    for name, tablename in (('Site', 'web2py_session'), ('visits_Site', 'visits')):
        one = store(tmp_path / 'messenger', session_tablename=tablename, **chosen)
        assert one.cookie_name == 'session_id_site' and one.resolve('1:' + KEY, NOW) is None
        client.hset('w2p:sess:%s:1' % name, mapping={'unique_key': KEY, 'session_data': pickle.dumps(login())})
        assert one.resolve('1:' + KEY, NOW).user_id == 7


# -- cookies --

def test_a_cookie_of_the_exact_form_is_a_login():
    one = CookieSessions('Messenger', SECRET)
    assert one.cookie_name == 'session_data_messenger'
    assert one.resolve(sealed(login()), NOW) == Session(7, hashlib.sha256(b'a key').hexdigest()[:32], NOW + HOUR)
    assert one.resolve(sealed(login(), key='another'), NOW) is None
    for length in (1, 31, 32, 33, 70):
        key = 'k' * length
        assert CookieSessions('x', key).resolve(sealed(login(), key=key), NOW).user_id == 7


def test_c15_a_cookie_that_was_tampered_with_is_nobody():
    value = sealed(login())
    version, signature, data = value.split(':')
    old = '%s:%s' % (hmac.new(hashlib.sha1(SECRET.encode()).hexdigest().encode(), data.encode(), hashlib.md5).hexdigest(), data)
    for odd in (None, '', ':', '::', value[:-1], value + 'A', value + '\n', value + ':', version + value, old, data,
                ':'.join((version, signature.upper(), data)), ':'.join((version, '0' * 64, data)), ':'.join(('hmac512', signature, data)),
                ':'.join((version, signature, 'B' + data[1:])), ':'.join((version, '', data)), 'hmac256:%s:' % signature, 'hmac256:' * 100,
                '\u0663' * 64, 'x' * 100_000, ':'.join((version, signature, 'A' * 100_000))):
        assert CookieSessions('x', SECRET).resolve(odd, NOW) is None, odd


def test_c4_c5_c15_a_cookie_that_is_signed_may_still_hold_anything():
    plain, squeezed = CookieSessions('x', SECRET), CookieSessions('x', SECRET, 9)
    whole = sealed(login()).split(':')[2].encode()
    for text in (b'AAAA', b'====', b'A', b'AA==', whole[:-5], whole[:24], *(base64.urlsafe_b64encode(bytes(size)) for size in (16, 48))):
        assert plain.resolve(signed(text), NOW) is None
        assert squeezed.resolve(signed(text), NOW) is None
    for content in ([1], None, {}, login(user_id='7'), login(hmac_key=None), login(hmac_key=5), b'cposix\nsystem\n(S"exit"\ntR.', b''):
        assert plain.resolve(sealed(content), NOW) is None
    assert plain.resolve(sealed(login(), 9), NOW) is None
    assert squeezed.resolve(sealed(login()), NOW) is None


def test_a_cookie_that_grows_without_end_is_cut_off():
    assert CookieSessions('x', SECRET, 9).resolve(sealed(dict(login(), padding='x' * 2_000_000), 9), NOW) is None


# -- files: check_client, and the time zone --

ID = '192.0.2.7-' + KEY


@pytest.mark.parametrize(('session_id', 'client', 'admitted'), [
    (ID, '192.0.2.7', True), (ID, '192.0.2.8', False), (ID, '', False), (None, '192.0.2.7', False), ('', '', True),
    ('ab/' + ID, '192.0.2.7', True), ('2001.db8..7-' + KEY, '2001:db8::7', True), ('2001.db8..7-' + KEY, '2001:DB8::7', True),
    ('..ffff.192.0.2.7-' + KEY, '192.0.2.7', True),
    (ID, '::ffff:192.0.2.7', True), (ID, '192.0.2.70', False), ('192.0.2.70-' + KEY, '192.0.2.7', False)])
def test_c12_with_check_client_an_id_is_good_from_its_own_address_only(tmp_path, session_id, client, admitted):
    assert FileSessions(tmp_path, 'messenger', check_client=True).admits(session_id, client) is admitted
    assert FileSessions(tmp_path, 'messenger').admits(session_id, client)


def written(folder, last_visit, touched, number=0, **more):
    """Store a login as web2py does in a process whose clock says `last_visit`."""
    folder.mkdir(exist_ok=True)
    path = folder / ('%s%d' % (ID[:-1], number))
    path.write_bytes(pickle.dumps(login(last_visit=last_visit, **more)))
    os.utime(path, (touched.timestamp(), touched.timestamp()))


@pytest.mark.parametrize('hours', [-26, -11, -2, -1, -0.5, 0.5, 0.75, 1, 2, 5.5, 14])
def test_c22_sessions_written_in_another_time_zone_are_said_clearly(tmp_path, hours):
    now = datetime.now()
    written(tmp_path / 'sessions', now - timedelta(hours=hours), now + timedelta(seconds=2))
    with pytest.raises(StoreUnavailable, match=r'^web2py works in another time zone than the sidecar: .*\.$'):
        FileSessions(tmp_path / 'sessions', 'messenger').check()


@pytest.mark.parametrize(('ago', 'more'), [
    (timedelta(0), {}), (timedelta(seconds=300), {}), (timedelta(minutes=47), dict(expiration=28_800)),
    # Copied here, or remembered for a month: no evidence.
    (timedelta(hours=3, minutes=7), {}), (timedelta(days=9), {}), (timedelta(hours=2), dict(expiration=2_592_000))])
def test_c22_a_session_that_fits_or_says_nothing_is_no_fault(tmp_path, ago, more):
    now = datetime.now()
    written(tmp_path / 'sessions', now - ago, now, **more)
    FileSessions(tmp_path / 'sessions', 'messenger').check()


def test_c22_one_session_of_our_time_outweighs_what_was_copied_here(tmp_path):
    now = datetime.now()
    for number in range(5):
        written(tmp_path / 'sessions', now - timedelta(hours=2), now, number)
    written(tmp_path / 'sessions', now - timedelta(seconds=1), now - timedelta(seconds=60), 9)
    FileSessions(tmp_path / 'sessions', 'messenger').check()


def test_c22_what_is_no_session_says_nothing(tmp_path):
    folder = tmp_path / 'sessions'
    folder.mkdir()
    (folder / 'rubbish').write_bytes(b'rubbish')
    (folder / 'link').symlink_to('rubbish')
    os.mkfifo(folder / 'fifo')
    (folder / 'visitor').write_bytes(pickle.dumps({'seen': True}))
    FileSessions(folder, 'messenger').check()


# -- what is missing --

@pytest.mark.parametrize(('package', 'module'), [('redis', 'redis'), ('cryptography', 'cookie')])
def test_a_package_that_is_missing_is_said_in_one_sentence_and_asked_for_only_where_it_is_needed(package, module):
    script = '''if True:
        import sys
        sys.modules[%r] = None
        sys.path.insert(0, %r)
        import messenger_live.sessions.stores
        from messenger_core.errors import SettingsError
        try:
            import messenger_live.sessions.%s
        except SettingsError as error:
            print(error)
    ''' % (package, str(APPLICATION / 'modules'), module)
    run = subprocess.run([sys.executable, '-c', script], stdout=subprocess.PIPE, text=True, check=True)
    assert 'need the package %s: pip install' % package in run.stdout and run.stdout.count('\n') == 1


# -- what is known already --

def test_equal_sessions_are_read_once_and_never_more_are_kept_than_allowed(tmp_path, monkeypatch):
    read = []
    monkeypatch.setattr(sessions, '_known', {})
    monkeypatch.setattr(sessions, 'KNOWN', 3)
    monkeypatch.setattr(session_plain, 'read', read.append)
    for user_id in (1, 1, 2, 3, 4, 5, 5):
        assert sessions.login_in(pickle.dumps(login(user_id))).user_id == user_id
    assert len(read) == 5 and len(sessions._known) == 3
    assert sessions.login_in(pickle.dumps({})) is None and sessions.login_in(pickle.dumps({})) is None
    assert len(read) == 6
