"""What an operator is told: /health and /metrics on a port of their own, and a log in which nothing private stands."""
import json
import re
import urllib.error
import urllib.request

import pytest

ANN, BOB = 1, 2


def ask(port, path, method='GET'):
    """Return (status, text)."""
    request = urllib.request.Request('http://127.0.0.1:%d%s' % (port, path), method=method)
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()


def figures(sidecar):
    """Return {name with labels: value} of the metrics."""
    text = ask(sidecar.monitor_port, '/metrics')[1]
    return {name: float(value) for name, value in re.findall(r'^(\w+(?:\{[^}]*\})?) (\S+)$', text, re.MULTILINE)}


def test_health_says_that_all_is_well(sidecar):
    status, text = ask(sidecar.monitor_port, '/health')
    health = json.loads(text)
    assert status == 200 and health['live'] and health['ready'] and health['reasons'] == []


def test_the_port_of_the_sockets_says_no_more_than_whether_it_is_ready(sidecar):
    sidecar.open(ANN)
    assert ask(sidecar.port, '/health') == (200, '{"live": true, "ready": true}')
    assert ask(sidecar.port, '/metrics')[0] == 404


@pytest.mark.parametrize(('path', 'method', 'status'), [
    ('/', 'GET', 404), ('/metrics/x', 'GET', 404), ('/health', 'POST', 405), ('/metrics', 'DELETE', 405), ('/metrics', 'HEAD', 200)])
def test_nothing_else_is_there(sidecar, path, method, status):
    assert ask(sidecar.monitor_port, path, method)[0] == status


def figures_when_nothing_waits(sidecar):
    """Return the figures of a moment at which the writer had nothing to do: its own commits wake it."""
    now = {}

    def nothing_waits():
        now.update(figures(sidecar))
        return now['messenger_queued{thread="writer"}'] == 0
    sidecar.wait_for(nothing_waits)
    return now


def test_the_figures_follow_what_happens(sidecar):
    before = figures(sidecar)
    ann, tab, bob = sidecar.open(ANN), sidecar.open(ANN), sidecar.open(BOB)
    for number in range(3):
        ann.ask(type='send', receiver=BOB, content='private words', ref='r%d' % number)
    for peer in (tab, bob):
        assert [peer.until('message')[-1]['number'] for _ in range(3)] == [1, 2, 3]
    bob.ask(type='sync', since=0)
    bob.until('synced')
    ann.ask(type='read', conversation=9, number=1)
    assert ann.until('error')[-1]['code'] == 'not_found'
    now = figures_when_nothing_waits(sidecar)
    assert now['messenger_connections'] == 3 and now['messenger_members_online'] == 2
    assert now['messenger_acks_total'] == now['messenger_ack_seconds_count'] == now['messenger_batch_messages_sum'] == 3
    assert now['messenger_deliveries_total'] == 9 and now['messenger_feed_seq'] == 3
    assert now['messenger_commands_total{type="Send"}'] == 3 and now['messenger_refusals_total{code="not_found"}'] == 1
    assert now['messenger_sync_seconds_count'] == 1 and now['messenger_commit_seconds_count'] >= 1
    assert now['messenger_outbox_bytes'] == 0
    assert now['process_resident_memory_bytes'] > 10_000_000 and now['process_open_fds'] > before['process_open_fds']
    assert 0 <= now['messenger_feed_lag_seconds'] < 60


def test_a_database_that_fails_is_counted_and_told_until_it_works_again(idle):
    idle.environment['MESSENGER_DB_BUSY_SECONDS'] = '0.2'
    sidecar = idle.start(timer_seconds=0.2)
    ann = sidecar.open(ANN)
    sidecar.db.executesql('UPDATE messenger_feed SET head = head')    # holds the write lock
    ann.ask(type='send', receiver=BOB, content='x', ref='r')
    assert ann.until('error')[-1]['code'] == 'busy'
    now = figures(sidecar)
    assert now['messenger_database_errors_total'] >= 1 and now['messenger_refusals_total{code="busy"}'] == 1
    status, text = ask(sidecar.monitor_port, '/health')
    assert status == 503 and json.loads(text)['live'] and json.loads(text)['reasons'] == ['the database cannot be written']
    sidecar.db.rollback()
    sidecar.wait_for(lambda: ask(sidecar.monitor_port, '/health')[0] == 200)


def test_refused_handshakes_and_closed_sockets_are_counted_by_their_code(idle):
    sidecar = idle.start(burst=1, sends_per_second=0, refusals_per_minute=2)
    with pytest.raises(Exception, match='403'):
        sidecar.open(ANN, origin='http://evil.example')
    assert sidecar.open(session_id='unknown').close_code() == 4401
    ann = sidecar.open(ANN)
    for _ in range(4):
        ann.ask(type='send', receiver=BOB, content='x')
    assert ann.close_code() == 4429
    now = figures(sidecar)
    assert now['messenger_handshakes_refused_total{status="403"}'] == 1
    assert now['messenger_closes_total{code="4401"}'] == now['messenger_closes_total{code="4429"}'] == 1
    assert now['messenger_refusals_total{code="rate"}'] == 3


def test_neither_figures_nor_log_tell_what_is_private(idle):
    sidecar = idle.start(log_format='json')
    session_id = sidecar.session(ANN)
    ann = sidecar.open(ANN, session_id=session_id)
    ann.ask(type='send', receiver=BOB, content='private words', ref='a-ref')
    ann.until('message')
    told = ask(sidecar.monitor_port, '/metrics')[1] + ask(sidecar.monitor_port, '/health')[1]
    sidecar.stop()
    lines = sidecar.log().splitlines()
    assert json.loads(lines[0])['message'].startswith('listening on') and all(json.loads(line) for line in lines)
    for word in ('private words', 'a-ref', session_id, session_id.rpartition('-')[2]):
        assert word not in told and word not in sidecar.log()


def test_a_monitor_port_that_is_taken_is_said_in_one_line(idle):
    first = idle.start()
    second = idle.beside()
    second.monitor_port = first.monitor_port
    process = second.launch()
    assert process.wait(10) == 1
    assert second.log().splitlines()[-1].endswith('choose another with --monitor-port.')


def test_without_a_monitor_port_there_is_none(idle):
    idle.monitor_port = 0
    process = idle.launch()
    idle.wait_for(lambda: idle_answers(idle))
    process.terminate()
    assert process.wait(15) == 0


def idle_answers(sidecar):
    try:
        return ask(sidecar.port, '/health')[0] == 200
    except OSError:
        return False


@pytest.mark.parametrize(('setting', 'value'), [('log_format', 'xml'), ('monitor_port', 'eight')])
def test_a_setting_that_cannot_be_used_is_one_line(idle, setting, value):
    process = idle.launch(**{'MESSENGER_REALTIME_%s' % setting.upper(): value})
    assert process.wait(10) == 1 and setting in idle.log() and idle.log().count('\n') == 1
