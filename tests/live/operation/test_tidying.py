"""Sessions that are over go by themselves while the sidecar runs, and by hand."""
import base64
import os
import pickle
import time
from datetime import datetime, timedelta

from cast import ANN, BOB
from messenger_core import settings
from messenger_core.database import connection
from messenger_live.workers import duties, tidying


def over(sidecar):
    """Leave a session that has expired; return its file."""
    path = sidecar.session_file(sidecar.session(ANN, last_visit=datetime.now() - timedelta(hours=2)))
    os.utime(path, (time.time() - 7200, time.time() - 7200))
    return path


def test_they_go_and_whoever_is_logged_in_stays(idle):
    kept = idle.session_file(idle.session(BOB))
    gone = over(idle)
    idle.start(prune_seconds=0.1)
    idle.wait_for(lambda: not gone.exists())
    later = over(idle)
    idle.wait_for(lambda: not later.exists())
    assert kept.exists() and 'sessions that are over' in idle.health()['duties'] and idle.health()['ready']
    assert idle.open(BOB).welcome['user_id'] == BOB


def test_not_where_it_is_switched_off(idle):
    left = over(idle)
    idle.environment['MESSENGER_SESSION_TIDY'] = 'false'
    idle.start(prune_seconds=0.1)
    idle.wait_for(lambda: idle.health()['duties']['pruning']['succeeded_seconds_ago'] < 1)
    assert left.exists() and duties.SESSIONS not in idle.health()['duties']


def test_the_sites_own_are_never_looked_at(tmp_path):
    for environment in (dict(AUTH_MASTERAPP='welcome', DB_URI='sqlite://x.sqlite'), dict(SESSION_STORE='redis'),
                        dict(SESSION_STORE='cookie', SESSION_COOKIE_KEY='k')):
        chosen = settings.load(str(tmp_path), {'MESSENGER_' + name: value for name, value in environment.items()})
        assert tidying.tidying_of(chosen, str(tmp_path), 'messenger', None, duties.Duties()).threads == []


def test_rows_in_a_database_go_likewise(idle):
    chosen = settings.load(idle.application, {'MESSENGER_SESSION_STORE': 'db'})
    table = 'web2py_session_messenger'
    idle.db.executesql('CREATE TABLE %s (id INTEGER PRIMARY KEY, locked CHAR(1), client_ip TEXT, created_datetime TIMESTAMP, '
                       'modified_datetime TIMESTAMP, unique_key TEXT, session_data BLOB)' % table)
    now = datetime.now()

    def put(content, modified):
        data = base64.b64encode(content if isinstance(content, bytes) else pickle.dumps(content)).decode()
        idle.db.executesql('INSERT INTO %s (modified_datetime, unique_key, session_data) VALUES (?, ?, ?)' % table,
                           [modified.isoformat(), str(now.timestamp()), data])
    auth = {'user': {'id': ANN}, 'last_visit': now, 'expiration': 3600}
    for content in ({'auth': auth}, {'auth': dict(auth, last_visit=now - timedelta(hours=2))}, {}, b'odd') * 150:
        put(content, now - timedelta(hours=3))
    put({}, now)
    idle.db.commit()

    def run(**options):
        connect = lambda: connection.connect_sessions(chosen, str(idle.application))     # noqa: E731
        return sum(piece.removed for piece in tidying.pieces(chosen.session, str(idle.application), 'messenger', connect, **options))
    assert run(is_dry=True) == 300 and run() == 300 and run() == 0
    assert idle.db.executesql('SELECT count(*) FROM %s' % table) == [(301,)]
