"""What a message costs the sidecar, without a clock: the statements of a batch exactly, and how many calls of functions it takes.

All of it in one thread and in one process: members on sockets filled by hand, a real writer on a real file.
"""
import sys
from types import SimpleNamespace

import pytest
from crowd import Site
from messenger_core import settings
from messenger_core.feed import sequence
from messenger_live.allowances import Allowances
from messenger_live.news.hub import Hub
from messenger_live.sessions.session import Session
from messenger_live.sockets.client import Client
from messenger_live.workers.background import Troubles
from messenger_live.workers.writer import Writer
from wire import masked

from ..sockets import by_hand

MEMBERS = 20
PLENTY = 1_000_000
# Python 3.11: calls a message with nobody else's in its batch, and with nineteen others'. Where a release of Python calls otherwise
# than that it is no less a sign, but not as exact.
ALONE, AMONG_OTHERS = dict(loop=124, writer=238), dict(loop=105, writer=66)


class Road:
    """Members 1 to 20, 1 and 2 writing to each other, 3 and 4, …; `say()` and `turn()` are a message's whole way."""

    def __init__(self, folder):
        self.site, self.statements, self.posted, self.said = Site(folder), [], [], 0
        for number in range(MEMBERS):
            self.site.db.auth_user.insert(first_name='Member', last_name=str(number), registration_key='')
        self.site.db.commit()
        bridge = SimpleNamespace(post=lambda call, *args: self.posted.append((call, args)))
        realtime = settings.load(folder).realtime
        hub, self.loop = Hub(sequence.state(self.site.db)), by_hand.Loop()
        self.writer = Writer(self.connect, bridge, hub, None, Troubles(), self.site.db._adapter.dbpath, realtime)
        server = SimpleNamespace(realtime=realtime, sends=Allowances(PLENTY, PLENTY), writer=self.writer, hub=hub)
        self.connections = []
        for user_id in range(1, MEMBERS + 1):
            connection = by_hand.connection(self.loop)
            client = Client(server, connection, Session(user_id, 'hash of %d' % user_id, None, 0), 'Member', 'cookie', True)
            connection.owner = client
            hub.join(client)
            self.connections.append(connection)
        self.turn(MEMBERS)      # conversations begin, texts are made
        self.turn(1)

    def connect(self):
        db = self.site.connect()
        db._adapter.connection.set_trace_callback(self.statements.append)
        return db

    def turn(self, count, counting=None):
        """Have so many messages sent, stored and told; return {where: how many functions were called for each}."""
        counting = counting or (lambda work: work())
        for connection in self.connections[:count]:
            self.said += 1
            connection.socket.incoming.append(masked(1, b'{"type":"send","ref":"r%d","receiver":%d,"content":"%s"}' % (
                self.said, (self.connections.index(connection) ^ 1) + 1, b'x' * 80)))
            connection.socket.outgoing = b''
        loop = counting(lambda: [connection._reader.ready() for connection in self.connections[:count]])
        del self.statements[:]
        writer = counting(lambda: self.writer._work(*self.writer._jobs.take()))
        back = counting(self.back)
        assert all(b'"type":"ack"' in connection.socket.outgoing for connection in self.connections[:count])
        return {'loop': (loop, back), 'writer': writer}

    def back(self):
        posted, self.posted = self.posted, []
        for call, args in posted:
            call(*args)
        self.loop.turn()


@pytest.fixture
def road(tmp_path):
    road = Road(tmp_path)
    yield road
    road.writer.db.close(), road.site.db.close()


def calls(work):
    """Return how many functions `work()` calls, of Python and of C."""
    seen = []
    before = sys.getprofile()
    sys.setprofile(lambda frame, event, argument: seen.append(event) if event.endswith('call') else None)
    try:
        work()
    finally:
        sys.setprofile(before)
    return len(seen)


@pytest.mark.parametrize('count', [1, 2, 7, MEMBERS])
def test_a_batch_takes_these_statements_and_no_others(road, count):
    road.turn(count)
    words = [' '.join(statement.split()[:1 + statement.startswith(('UPDATE', 'PRAGMA'))]) for statement in road.statements]
    assert words == ['BEGIN', 'UPDATE messenger_feed', 'PRAGMA data_version', 'SELECT', 'SELECT', 'INSERT',
                     'UPDATE messenger_conversation', *['UPDATE messenger_participant'] * (2 if count <= 2 else 1), 'COMMIT']


def test_a_wake_up_by_ones_own_commit_asks_whether_it_was_that_and_nothing_else(road):
    for _ in range(5):      # whatever is due once in a while, and a look at what that has left
        road.turn(1)
        road.writer.wake()
        road.writer._work(*road.writer._jobs.take())
    road.turn(1)
    del road.statements[:]
    road.writer.wake()
    road.writer._work(*road.writer._jobs.take())
    assert road.statements == ['PRAGMA data_version']


@pytest.mark.parametrize(('count', 'expected'), [(1, ALONE), (MEMBERS, AMONG_OTHERS)])
def test_a_message_takes_about_so_many_calls(road, count, expected):
    found = road.turn(count, calls)
    found = {'loop': sum(found['loop']) / count, 'writer': found['writer'] / count}
    margin = 0.2 if sys.version_info[:2] == (3, 11) else 0.5
    assert all(abs(found[where] / expected[where] - 1) < margin for where in expected), found
