"""What stands between the threads and the event loop: nobody waits there for somebody else's flood."""
import threading
import time
from datetime import datetime, timedelta
from types import SimpleNamespace

import gevent
import pytest
from messenger_core import settings
from messenger_core.feed import pages
from messenger_core.feed.pages import Page
from messenger_core.members import at_once, directory
from messenger_live.news.hub import Hub
from messenger_live.server import Server
from messenger_live.sessions.session import Session, StoreUnavailable
from messenger_live.sockets.client import Client
from messenger_live.sockets.resting import CLOSING, OPEN
from messenger_live.wire.protocol import Sync
from messenger_live.workers.background import Troubles
from messenger_live.workers.bridge import Bridge
from messenger_live.workers.reading.readers import Readers

PATIENCE = 10


@pytest.fixture
def bridge():
    bridge = Bridge(gevent.get_hub().loop)
    yield bridge
    bridge.close()


def take_turns(called, others, count):
    """Wait until `count` calls were made, as a greenlet that waits for its own turns, and notes them in `others`."""
    with gevent.Timeout(PATIENCE):
        while len(called) < count:
            others.append(len(called))
            gevent.sleep(0)


def test_calls_that_keep_coming_let_the_loop_do_other_things_in_between(bridge):
    called, others = [], []

    def call_again():
        called.append(len(others))
        if len(called) < 100:
            bridge.post(call_again)
    bridge.post(call_again)
    take_turns(called, others, 100)
    assert len(set(called)) > 50


def test_calls_that_pile_up_are_not_made_all_in_one_turn(bridge):
    called, others = [], []
    for _ in range(1_000):
        bridge.post(lambda: called.append(len(others)))
    take_turns(called, others, 1_000)
    assert len(set(called)) > 10


def test_calls_that_take_long_end_the_turn_before_their_number_does(bridge):
    called, others = [], []
    for _ in range(60):
        bridge.post(lambda: (time.sleep(0.002), called.append(len(others))))
    take_turns(called, others, 60)
    assert len(set(called)) > 10


def test_calls_from_many_threads_come_all_and_each_threads_in_order(bridge):
    called = []
    threads = [threading.Thread(target=lambda name=name: [bridge.post(called.append, (name, number)) for number in range(300)])
               for name in 'abc']
    for thread in threads:
        thread.start()
    with gevent.Timeout(PATIENCE):
        while len(called) < 900:
            gevent.sleep(0.001)
    assert all([number for name, number in called if name == thread] == list(range(300)) for thread in 'abc')


def test_one_call_that_fails_takes_none_along(bridge):
    called = []
    bridge.post(lambda: 1 / 0)
    bridge.post(called.append, 'after')
    with gevent.Timeout(PATIENCE):
        while not called:
            gevent.sleep(0.001)


def readers_of(bridge, resolve, troubles=None):
    """Return Readers of a storage of sessions that has nothing but `resolve`, on a database that nobody asks."""
    sessions = SimpleNamespace(resolve=resolve, socket_seconds=None)
    return Readers(lambda: SimpleNamespace(rollback=lambda: None), bridge, sessions, troubles or Troubles())


def test_syncs_that_wait_for_the_database_keep_nobody_out(monkeypatch):
    session, hangs, answered = Session(1, 'hash', datetime.now() + timedelta(hours=1)), threading.Event(), threading.Event()
    monkeypatch.setattr(pages, 'since_for', lambda *asked: hangs.wait(PATIENCE) and Page([], 0, 'epoch', False, False))
    monkeypatch.setattr(at_once, 'standings', lambda db, ids: {1: ('Ann', 0, True)})
    bridge = SimpleNamespace(post=lambda call, *args: call(*args))
    readers = readers_of(bridge, lambda id, now: session)
    readers.start()
    client, synced = SimpleNamespace(user_id=1, failed=None), []
    client.synced = lambda *page: synced.append(page)
    for _ in range(50):
        readers.sync(client, Sync(0, None))
    readers.identify('id', lambda *found: answered.set(), lambda: True)
    assert answered.wait(PATIENCE / 2) and not synced
    hangs.set()
    readers.stop()
    assert len(synced) == 50


def test_who_has_given_up_is_not_looked_up_and_who_comes_does_not_wait_for_those_looked_at_again(monkeypatch):
    session, hangs, asked, answered = Session(1, 'hash', datetime.now() + timedelta(hours=1)), threading.Event(), [], threading.Event()

    def resolve(id, now):
        asked.append(id)
        return session if id != 'slow' or hangs.wait(PATIENCE) else None
    monkeypatch.setattr(at_once, 'standings', lambda db, ids: dict.fromkeys(ids, ('Ann', 0, True)))
    bridge = SimpleNamespace(post=lambda call, *args: call(*args))
    readers = readers_of(bridge, resolve)
    readers.start()
    for _ in range(50):
        readers.identify('slow', lambda *found: None, lambda: True, again=True)
    readers.identify('gave up', lambda *found: asked.append(found), lambda: False)
    readers.identify('came', lambda *found: answered.set(), lambda: True)
    assert answered.wait(PATIENCE / 2)
    hangs.set()
    readers.stop()
    assert 'gave up' not in asked and (StoreUnavailable, None, False) in asked and asked.count('slow') == 50


HOUR = timedelta(hours=1)


class Quiet:
    """A connection of which nobody needs to look whether it is alive."""

    state, due = OPEN, None

    def tick(self, now):
        pass

    def next_look(self):
        return time.monotonic() + 1000


@pytest.mark.parametrize(('left', 'generation', 'standing', 'code'), [
    (HOUR, 1, ('Ann', 1, True), None), (HOUR, None, ('Ann', 0, True), None), (-HOUR, 1, ('Ann', 1, True), 4401),
    (HOUR, 1, ('Ann', 2, True), 4401), (HOUR, None, ('Ann', 1, True), 4401), (HOUR, 1, (None, 0, False), 4403), (HOUR, 1, None, None)])
def test_while_its_store_is_away_a_session_goes_on_until_its_time_or_the_database_says_that_it_is_over(
        monkeypatch, left, generation, standing, code):
    def resolve(id, now):
        raise StoreUnavailable('away')

    def found(db, ids):
        if not standing:
            raise StoreUnavailable('the database, too')
        return dict.fromkeys(ids, directory.Standing(*standing))
    monkeypatch.setattr(at_once, 'standings', found)
    answered, closed, troubles, realtime = threading.Event(), [], Troubles(), settings.load('.', {}).realtime
    bridge = SimpleNamespace(post=lambda call, *args: (call(*args), answered.set()))
    readers = readers_of(bridge, resolve, troubles)
    server = Server(None, realtime, 'messenger', SimpleNamespace(socket_seconds=None), None, Hub(SimpleNamespace(head=0, epoch='e')),
                    SimpleNamespace(departures=SimpleNamespace(note=None)), readers, None)
    server.presence, connection = SimpleNamespace(checked=lambda *found: None, tick=lambda now: None), Quiet()

    def close(*goodbye):
        closed.append(goodbye[0])
        connection.state = CLOSING
    connection.close = close
    client = connection.owner = Client(server, connection, Session(1, 'hash', datetime.now() + left, generation), 'Ann', 'id', True)
    client.check_at = 0
    server._deadlines.put(connection, 0)
    readers.start()
    server.tick()
    assert answered.wait(PATIENCE)
    readers.stop()
    assert closed == ([code] if code else []) and 'sessions cannot be read' in troubles and not client.is_looked_at


def test_a_session_that_is_being_looked_at_again_is_not_asked_for_a_second_time():
    realtime = settings.load('.', {}).realtime
    realtime.recheck_seconds, realtime.tick_seconds, asked = 0.0, 0.05, []
    readers = SimpleNamespace(identify=lambda session_id, answer, is_wanted, again: asked.append(answer))
    hub = Hub(SimpleNamespace(head=0, epoch='e'))
    writer = SimpleNamespace(departures=SimpleNamespace(note=None))
    server = Server(None, realtime, 'messenger', None, None, hub, writer, readers, None)
    server.presence = SimpleNamespace(checked=lambda *found: None, tick=lambda now: None)
    session, connection = Session(1, 'hash', datetime.now() + timedelta(hours=1)), Quiet()
    connection.owner = Client(server, connection, session, 'Ann', 'id', True)
    server._deadlines.put(connection, 0)
    for _ in range(3):
        time.sleep(0.06)        # longer than from one look to the next
        server.tick()
    assert len(asked) == 1
    asked[0](session, 'Ann', True)
    time.sleep(0.06)
    server.tick()
    assert len(asked) == 2
