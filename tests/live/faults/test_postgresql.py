"""Faults of the database D8-D16 on a real PostgreSQL: restarted, stopped, cut off in COMMIT, full of connections.

Each ends with a sidecar that was never started again, works, and has stored once what it acked.
"""
import signal
import threading
import time
from types import SimpleNamespace

import pytest
from faults import Pinging, answer, is_busy, reasons, send, start, stored, synced, works_again
from messenger_core import settings
from messenger_core.database import connection, tables
from messenger_core.feed import sequence
from messenger_core.messages import sending
from messenger_core.messages.sending import Draft
from messenger_live.news.hub import Hub
from messenger_live.wire import protocol
from messenger_live.workers.background import Troubles
from messenger_live.workers.writer import Writer
from pydal import DAL
from sidecar import Sidecar

from .relay import Relay

ANN, BOB, CID = 1, 2, 3

on_postgresql = pytest.mark.parametrize('idle', ['postgresql'], indirect=True)


@pytest.fixture
def reconnect(idle):
    """A function that lets the test's own connection be another one, after the server's end."""
    return lambda: idle.db._adapter.close()


@on_postgresql
@pytest.mark.parametrize('how', [signal.SIGINT, signal.SIGQUIT, signal.SIGKILL], ids=['fast', 'immediate', 'kill'])
def test_d8_a_server_that_goes_amid_sends_loses_nothing_that_was_acked_and_doubles_nothing(idle, cluster, how, reconnect):
    sidecar = start(idle)
    ann, cid = sidecar.open(ANN), sidecar.open(CID)
    acked, ended = [], threading.Event()

    def go_on():
        for number in range(100_000):
            while not is_acked(send(ann, str(number))) and not ended.is_set():
                time.sleep(0.05)        # the same again, as clients do
            if ended.is_set():
                return
            acked.append(str(number))
    sender = threading.Thread(target=go_on)
    with Pinging(cid):
        sender.start()
        sidecar.wait_for(lambda: len(acked) > 5)
        cluster.stop(how)
        sidecar.wait_for(lambda: not sidecar.health()['ready'])
        before = len(acked)
        cluster.start()
        sidecar.wait_for(lambda: len(acked) > before + 5)
    ended.set()
    sender.join()
    reconnect()
    texts = stored(sidecar.db)
    assert len(texts) == len(set(texts)) and set(acked) <= set(texts)
    works_again(sidecar, ann)
    assert 'Traceback' not in sidecar.log()


def is_acked(frame):
    return frame['type'] == 'ack'


@on_postgresql
def test_d9_a_server_that_takes_everything_and_answers_nothing_is_given_up(idle, cluster):
    sidecar = start(idle)
    ann, cid = sidecar.open(ANN), sidecar.open(CID)
    assert send(ann, 'before')['type'] == 'ack'
    cluster.pause()
    try:
        with Pinging(cid):
            for number in range(20):
                ann.ask(type='send', receiver=BOB, content=str(number), ref='r%d' % number)
            assert all(is_busy(answer(ann, 'r%d' % number)) for number in range(20))
            assert is_busy(send(ann, 'amid')) and 'database cannot be' in reasons(sidecar)
            assert sidecar.open(BOB, welcome=False).close_code() == 1013
    finally:
        cluster.resume()
    works_again(sidecar, ann)
    assert stored(sidecar.db) == ['after all', 'before'] and 'Traceback' not in sidecar.log()


@pytest.fixture
def behind_relay(tmp_path, postgres_uri):
    """A Sidecar, not started, whose line to the database can be cut; what the test itself asks goes there directly."""
    relay = Relay(postgres_uri)
    sidecar = Sidecar(tmp_path, postgres_uri)
    sidecar.environment['MESSENGER_DB_URI'] = relay.uri
    sidecar.relay = relay
    yield sidecar
    sidecar.close()
    relay.close()


@pytest.fixture
def relayed(behind_relay):
    return start(behind_relay)


@pytest.mark.parametrize('ref', [{'ref': 'r'}, {}], ids=['with a ref', 'without'])
def test_d10_a_line_that_breaks_after_commit_gives_the_ack_when_it_is_known_and_one_row(relayed, ref):
    ann, bob, cid = relayed.open(ANN), relayed.open(BOB), relayed.open(CID)
    with Pinging(cid):
        relayed.relay.when = 'after'
        ann.ask(type='send', receiver=BOB, content='once', **ref)
        relayed.wait_for(lambda: relayed.relay.cuts)
        if ref:     # who does not wait and asks again is put off, and told the same in the end
            ann.ask(type='send', receiver=BOB, content='once', **ref)
            assert is_busy(answer(ann, 'r'))
        relayed.relay.is_open = True
        frames = ann.until('message')
        assert [frame['type'] for frame in frames] == ['ack', 'message'] and frames[0]['id'] == frames[1]['id']
        assert bob.until('message')[-1]['content'] == 'once'
    works_again(relayed, ann)
    assert stored(relayed.db) == ['after all', 'once'] and 'Traceback' not in relayed.log()


def test_d10_a_line_that_breaks_before_commit_is_busy_and_nothing_is_stored(relayed):
    ann = relayed.open(ANN)
    relayed.relay.when = 'before'
    ann.ask(type='send', receiver=BOB, content='never', ref='r')
    # Not as soon as it is cut: the first question what came of it might find the line open, and then it is stored after all.
    relayed.wait_for(lambda: 'database cannot be' in reasons(relayed))
    relayed.relay.is_open = True
    assert is_busy(answer(ann, 'r'))
    works_again(relayed, ann)
    assert stored(relayed.db) == ['after all']


def test_d10_nothing_of_a_batch_is_told_before_its_ack_though_the_line_is_back_at_once(behind_relay):
    relay, posted = behind_relay.relay, []
    chosen = settings.load(behind_relay.application, {'MESSENGER_DB_URI': relay.uri, 'MESSENGER_DB_POOL_SIZE': '0'})
    bridge, hub = SimpleNamespace(post=lambda call, *args: posted.append((call, args))), Hub(sequence.state(behind_relay.db))
    writer = Writer(lambda: connection.connect(chosen, behind_relay.application), bridge, hub, None, Troubles(), None, chosen.realtime)
    ann = SimpleNamespace(user_id=ANN, session=SimpleNamespace(generation=None, session_hash='h'), done=lambda frame: None)
    relay.heals_late, relay.when = True, 'after'
    for _ in range(2):
        writer.write(ann, protocol.Send(BOB, None, 'once', 'r'))
        writer.wake()
        writer._work(*writer._jobs.take())
    writer.db.close()
    first, again = [(call, args) for call, args in posted if args[0]]
    acked = first[1][0][0]
    assert relay.cuts and first[0] == hub.deliver_stored and (acked.client, acked.message.content) == (ann, 'once'), 'with its message'
    assert again == (ann.done, (acked.ack,)), 'the other is a repeat'
    assert stored(behind_relay.db) == ['once']


@pytest.mark.parametrize('when', ['before', 'after'])
def test_d10_a_page_whose_line_breaks_in_commit_finds_out_by_itself(behind_relay, when):
    relay = behind_relay.relay
    chosen = settings.load(behind_relay.application, {'MESSENGER_DB_URI': relay.uri, 'MESSENGER_DB_POOL_SIZE': '0'})
    db = DAL(relay.uri, folder=str(behind_relay.application / 'databases'), migrate_enabled=False, **connection.options(chosen))
    tables.define_members(db)
    tables.define(db)
    db.commit()     # what connecting has begun
    relay.heals, relay.when = True, when
    try:
        sent = sending.send(db, Draft(ANN, 'from a page', BOB))
        assert sent.message.content == 'from a page' and relay.cuts
    finally:
        db.close()
    assert stored(behind_relay.db) == ['from a page']


@on_postgresql
def test_d11_connections_to_the_database_are_as_many_whether_few_or_many_are_here(idle):
    sidecar = start(idle, connections=100)
    count = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND backend_type = 'client backend'"

    def connections():
        sidecar.db.rollback()
        return sidecar.db.executesql(count)[0][0]
    ann = sidecar.open(ANN)
    ann.ask(type='sync', since=0)
    ann.until('synced')
    assert send(ann, 'one')['type'] == 'ack'
    peers = [sidecar.open(member) for member in (ANN, BOB, CID) for _ in range(30)]
    for peer in peers:
        peer.ask(type='sync', since=0)
    for peer in peers:
        peer.until('synced')
        send(peer, 'text')
    # Of the sidecar: the writer, two that read, one each for logins, for looking at them again and for circles, one that listens; and the
    # test's own.
    assert connections() <= 8


@on_postgresql
def test_d11_a_database_that_takes_no_more_connections_is_busy_until_it_does(idle, cluster, reconnect):
    sidecar = start(idle)
    ann, cid = sidecar.open(ANN), sidecar.open(CID)
    name = sidecar.db.executesql('SELECT current_database()')[0][0]
    with Pinging(cid):
        cluster.execute('ALTER DATABASE %s ALLOW_CONNECTIONS false' % name)
        cluster.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '%s'" % name)
        assert is_busy(send(ann, 'amid')) and is_busy(send(ann, 'amid'))
        cluster.execute('ALTER DATABASE %s ALLOW_CONNECTIONS true' % name)
    reconnect()
    works_again(sidecar, ann)
    assert stored(sidecar.db) == ['after all'] and 'Traceback' not in sidecar.log()


@on_postgresql
def test_d11_more_sends_than_may_wait_are_busy_at_once(idle):
    sidecar = start(idle, jobs_waiting=10, sends_in_flight=1000)
    ann, cid = sidecar.open(ANN), sidecar.open(CID)
    sidecar.db.executesql('UPDATE messenger_feed SET head = head')
    with Pinging(cid):
        for number in range(300):
            ann.ask(type='send', receiver=BOB, content=str(number), ref='r%d' % number)
        assert is_busy(answer(ann, 'r299'))
        sidecar.db.rollback()
    sidecar.wait_for(lambda: is_acked(send(ann, 'after all')))


@on_postgresql
def test_d14_a_place_that_was_taken_and_given_back_is_waited_for_by_nobody(idle):
    sidecar = start(idle)
    ann, bob = sidecar.open(ANN), sidecar.open(BOB)
    sidecar.db.executesql("INSERT INTO message (sender, receiver, content) VALUES (1, 2, 'taken back')")
    sidecar.db.rollback()       # its id is gone for good
    assert send(ann, 'next')['type'] == 'ack' and bob.frame()['content'] == 'next'
    sidecar.insert(ANN, BOB, 'foreign')
    assert bob.frame()['content'] == 'foreign' and 'WARNING' not in sidecar.log()


@on_postgresql
def test_d15_what_is_written_while_nobody_listens_is_found_all_the_same(idle):
    sidecar = start(idle)
    bob = sidecar.open(BOB)
    sidecar.logs('listening for notifications')
    sidecar.db.executesql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN%'")
    sidecar.db.commit()
    sending.send(sidecar.db, Draft(ANN, 'unheard', BOB))
    assert bob.frame()['content'] == 'unheard'


@on_postgresql
@pytest.mark.parametrize('payload', ['', "'nonsense'", "'%s'" % ('x' * 7900), "'{\"seq\": 99}'"], ids=['none', 'text', 'long', 'seq'])
def test_d16_notifications_about_nothing_do_nothing(idle, payload):
    sidecar = start(idle)
    ann, bob = sidecar.open(ANN), sidecar.open(BOB)
    for _ in range(20):
        sidecar.db.executesql('NOTIFY messenger' + (payload and ', ' + payload))
        sidecar.db.commit()
    assert bob.is_silent() and send(ann, 'text')['type'] == 'ack' and bob.frame()['content'] == 'text'
    assert synced(sidecar, BOB) == ['text'] and 'WARNING' not in sidecar.log()


@on_postgresql
@pytest.mark.parametrize('held', ['messenger_conversation', 'messenger_participant'])
def test_a_conversation_that_somebody_keeps_is_busy_and_no_other(idle, held):
    sending.send(idle.db, Draft(ANN, 'before', BOB))
    sidecar = start(idle)
    ann, cid = sidecar.open(ANN), sidecar.open(CID)
    idle.db.executesql('UPDATE %s SET id = id' % held)
    for number in range(3):
        assert is_busy(send(ann, 'waits %d' % number)) and send(cid, 'goes on %d' % number, receiver=CID)['type'] == 'ack'
    ann.ask(type='read', conversation=1, number=1)
    assert send(cid, 'still', receiver=CID)['type'] == 'ack' and sidecar.health()['ready']
    idle.db.rollback()
    works_again(sidecar, ann)
