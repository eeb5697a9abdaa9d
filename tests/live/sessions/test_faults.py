"""The sidecar as a process, where sessions are slow, locked, away, elsewhere or only in the cookie."""
import base64
import fcntl
import pickle
import threading
import time
import uuid
from datetime import datetime, timedelta

import pytest
import websocket
from sidecar import LISTEN, ORIGIN, PATIENCE, Socket

from .sealing import SECRET, sealed

ANN, BOB = 1, 2


def login(user_id, last_visit=None, expiration=3600):
    visit = last_visit or datetime.now()
    return {'auth': {'user': {'id': user_id}, 'last_visit': visit, 'expiration': expiration, 'hmac_key': 'key of %d' % user_id}}


def knock(sidecar, cookie, **headers):
    """Open a socket with this Cookie header, and whatever other headers."""
    peer = Socket()
    sidecar.sockets.append(peer)
    peer.settimeout(PATIENCE)
    peer.connect('ws://127.0.0.1:%d%s?v=1' % (sidecar.port, LISTEN), origin=ORIGIN, cookie=cookie,
                 header=['%s: %s' % (name.replace('_', '-'), value) for name, value in headers.items()])
    return peer


def start(idle, **chosen):
    """Start it with settings called section_key, and return it."""
    idle.environment.update({'MESSENGER_%s' % name.upper(): str(value) for name, value in chosen.items()})
    return idle.start(recheck_seconds=0.2)


def refused(idle, **chosen):
    """Start it where it can't start; return what it said."""
    process = idle.launch(**{'MESSENGER_%s' % name.upper(): str(value) for name, value in chosen.items()})
    assert process.wait(PATIENCE) == 1
    said = idle.log()
    assert said.startswith('websocket_server: ') and said.count('\n') == 1, said
    return said


# -- files --

def test_c17_a_slow_page_that_holds_the_session_delays_no_connection(sidecar):
    session_id = sidecar.session(ANN)
    with open(sidecar.session_file(session_id), 'rb+') as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        peers = [sidecar.open(ANN, session_id=session_id) for _ in range(3)]
        assert [peer.welcome['user_id'] for peer in peers] == [ANN] * 3
        with open(sidecar.session_file(session_id), 'rb+') as other, pytest.raises(BlockingIOError):
            fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)     # it was held to the end


def test_c12_with_check_client_the_address_decides_and_a_proxy_on_this_machine_is_believed(idle):
    sidecar = start(idle, session_check_client=True)
    here = sidecar.session(ANN)
    there = here.replace('127.0.0.1', '192.0.2.7')
    path = sidecar.session_file(there)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(sidecar.session_file(here).read_bytes())
    for session_id, headers, admitted in (
            (here, {}, True), (there, {}, False),
            (there, {'X_Forwarded_For': '192.0.2.7'}, True), (here, {'X_Forwarded_For': '192.0.2.7'}, False),
            (there, {'X_Forwarded_For': '192.0.2.7, 198.51.100.1'}, True), (there, {'X_Forwarded_For': '198.51.100.1, 192.0.2.7'}, False),
            (here, {'X_Forwarded_For': 'unknown'}, True)):
        peer = knock(sidecar, 'session_id_messenger=%s' % session_id, **headers)
        if admitted:
            assert peer.frame()['user_id'] == ANN, headers
        else:
            assert peer.close_code() == 4401, headers


def test_c18_a_session_that_is_written_again_and_again_logs_nobody_out(idle):
    sidecar = idle.start(recheck_seconds=0.02)
    session_id = sidecar.session(ANN)
    path = sidecar.session_file(session_id)
    states = [pickle.dumps(dict(login(ANN), padding='x' * size)) for size in (10, 60_000)]
    ended, written = threading.Event(), []

    def rewrite():
        # In place, as web2py does: written, then cut to its length.
        while not ended.is_set():
            with open(path, 'rb+') as file:
                file.write(states[len(written) % 2])
                file.truncate()
            written.append(1)
    writer = threading.Thread(target=rewrite)
    writer.start()
    try:
        for _ in range(30):
            assert sidecar.open(ANN, session_id=session_id, welcome=False).recv_data()[0] == websocket.ABNF.OPCODE_TEXT
            sidecar.sockets.pop().shutdown()
        ann = sidecar.open(ANN, session_id=session_id)
        sidecar.wait_for(lambda: len(written) > 3000)
        assert ann.is_silent()
    finally:
        ended.set()
        writer.join()


def test_c19_a_session_that_is_swept_away_ends_its_sockets(idle):
    sidecar = start(idle)
    session_id = sidecar.session(ANN)
    ann, bob = sidecar.open(ANN, session_id=session_id), sidecar.open(BOB)
    sidecar.session_file(session_id).unlink()
    assert ann.close_code() == 4401 and bob.is_silent()


def test_c21_a_session_that_becomes_somebody_elses_ends_its_sockets_and_opens_those_of_who_it_is_now(idle):
    sidecar = start(idle)
    session_id = sidecar.session(ANN)
    tabs, other = [sidecar.open(ANN, session_id=session_id) for _ in range(2)], sidecar.open(ANN)
    for member in (BOB, ANN):   # impersonation begins, and ends
        sidecar.session_file(session_id).write_bytes(pickle.dumps(login(member)))
        assert [tab.close_code() for tab in tabs] == [4401] * 2 and other.is_silent()
        tabs = [sidecar.open(member, session_id=session_id) for _ in range(2)]
        assert [tab.welcome['user_id'] for tab in tabs] == [member] * 2


def test_c22_sessions_of_another_time_zone_keep_it_from_starting(idle):
    session_id = idle.session(ANN, last_visit=datetime.now() - timedelta(hours=2))
    assert 'web2py works in another time zone than the sidecar' in refused(idle)
    idle.session_file(session_id).unlink()
    idle.session(ANN)
    process = idle.launch(TZ='UTC-5' if time.timezone != -18000 else 'UTC-7')
    assert process.wait(PATIENCE) == 1 and 'Give both the same TZ' in idle.log()
    idle.start()


# -- cookies --

def in_cookie(content):
    return 'session_data_messenger="%s"' % sealed(content)


def test_c13_c16_a_session_in_a_cookie_opens_sockets_for_a_while(idle):
    sidecar = start(idle, session_store='cookie', session_cookie_key=SECRET, session_cookie_session_seconds=1.5)
    cookie = in_cookie(login(ANN))
    ann, other = knock(sidecar, cookie), knock(sidecar, cookie)
    assert [peer.frame()['user_id'] for peer in (ann, other)] == [ANN, ANN]
    assert ann.is_silent()
    # Not 4401, after which nobody would come back: the browser has the cookie of now, or none.
    assert ann.close_code() == other.close_code() == 1012
    assert knock(sidecar, cookie).frame()['user_id'] == ANN
    assert knock(sidecar, cookie.replace('A', 'B', 1)).close_code() == 4401


def test_a_cookie_that_expires_under_a_socket_is_asked_for_anew(idle):
    sidecar = start(idle, session_store='cookie', session_cookie_key=SECRET)
    cookie = in_cookie(login(ANN, datetime.now() - timedelta(seconds=3598)))
    ann = knock(sidecar, cookie)
    assert ann.frame()['user_id'] == ANN
    assert ann.close_code() == 1012
    assert knock(sidecar, cookie).close_code() == 4401


def test_p6_a_member_who_is_blocked_is_put_out_wherever_the_session_lies(idle):
    sidecar = start(idle, session_store='cookie', session_cookie_key=SECRET)
    ann = knock(sidecar, in_cookie(login(ANN)))
    assert ann.frame()['user_id'] == ANN
    sidecar.db(sidecar.db.auth_user.id == ANN).update(registration_key='blocked')
    sidecar.db.commit()
    assert ann.close_code() == 4403


# -- Redis and databases --

@pytest.fixture
def in_redis(idle, redis_server):
    """A function that logs a member in; the sidecar looks for sessions in Redis."""
    start(idle, session_store='redis', session_redis_url=redis_server.url, session_redis_seconds=0.3)
    client = redis_server.client()

    def log_in(member, number):
        key = str(uuid.uuid4())
        client.hset('w2p:sess:messenger:%d' % number, mapping={'unique_key': key, 'session_data': pickle.dumps(login(member))})
        return 'session_id_messenger=%d:%s' % (number, key)
    return log_in


def test_s20_while_redis_is_away_nobody_is_logged_out_and_newcomers_are_told_to_come_back(idle, in_redis, redis_server):
    cookie = in_redis(ANN, 1)
    ann = knock(idle, cookie)
    assert ann.frame()['user_id'] == ANN
    redis_server.stop()
    # Looked at again and again meanwhile: still there, still served.
    for _ in range(5):
        assert knock(idle, cookie).close_code() == 1013 and ann.is_silent()
    redis_server.start()
    cookie = in_redis(ANN, 2)
    idle.wait_for(lambda: knock(idle, cookie).recv_data()[0] == websocket.ABNF.OPCODE_TEXT)
    assert ann.close_code() == 4401     # it came back without that session


@pytest.mark.parametrize(('ends', 'code'), [
    (lambda db: db(db.auth_user.id == ANN).update(registration_key='blocked'), 4403),
    (lambda db: db(db.member.user_id == ANN).update(session_generation=1), 4401)])
def test_s20_but_while_redis_is_away_the_database_ends_sessions_still(idle, in_redis, redis_server, ends, code):
    ann, bob = knock(idle, in_redis(ANN, 1)), knock(idle, in_redis(BOB, 2))
    assert ann.frame()['user_id'] == ANN and bob.frame()['user_id'] == BOB
    redis_server.stop()
    ends(idle.db)
    idle.db.commit()
    assert ann.close_code() == code and bob.is_silent()


def test_s20_a_redis_that_hangs_holds_up_nothing_but_sessions(idle, in_redis, redis_server):
    ann = knock(idle, in_redis(ANN, 1))
    assert ann.frame()['user_id'] == ANN
    redis_server.freeze()
    try:
        newcomers = [knock(idle, 'session_id_messenger=1:%s' % uuid.uuid4()) for _ in range(20)]
        ann.ask(type='send', receiver=BOB, content='all the same')
        assert ann.until('ack')
        ann.ask(type='sync', since=0)
        assert ann.until('synced')
        assert {peer.close_code() for peer in newcomers} == {1013}
    finally:
        redis_server.thaw()


def test_s20_a_table_of_sessions_that_is_away_logs_nobody_out(idle):
    idle.db.executesql('CREATE TABLE web2py_session_messenger (id INTEGER PRIMARY KEY, unique_key CHAR(64), session_data BLOB)')
    key = str(uuid.uuid4())
    idle.db.executesql('INSERT INTO web2py_session_messenger VALUES (?, ?, ?)', (1, key, base64.b64encode(pickle.dumps(login(ANN)))))
    idle.db.commit()
    sidecar, cookie = start(idle, session_store='db'), 'session_id_messenger=1:%s' % key
    ann = knock(sidecar, cookie)
    assert ann.frame()['user_id'] == ANN
    idle.db.executesql('ALTER TABLE web2py_session_messenger RENAME TO away')
    idle.db.commit()
    assert knock(sidecar, cookie).close_code() == 1013 and ann.is_silent()
    idle.db.executesql('ALTER TABLE away RENAME TO web2py_session_messenger')
    idle.db.executesql("UPDATE web2py_session_messenger SET unique_key = '%s'" % uuid.uuid4())
    idle.db.commit()
    assert ann.close_code() == 4401     # renewed, as by a login


# -- at the start --

@pytest.mark.parametrize(('chosen', 'words'), [
    (dict(session_store='db'), 'open the site once'), (dict(session_store='postbox'), 'must be one of'),
    (dict(session_store='redis', session_redis_url='unix:///nowhere'), 'does not answer'),
    (dict(session_store='redis', session_redis_url='http://127.0.0.1'), 'no address of Redis'),
    (dict(session_store='cookie'), 'cookie_key'),
    (dict(auth_masterapp='../other'), 'masterapp'),
    (dict(session_store='db', session_uri='sqlite://nothing.sqlite'), 'no database for')])
def test_what_cannot_work_keeps_it_from_starting_and_is_said_in_a_sentence(idle, chosen, words):
    assert words in refused(idle, **chosen)
