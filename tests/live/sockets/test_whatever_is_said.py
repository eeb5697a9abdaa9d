"""Whatever is said without end comes to an end: each kind of frame is counted, and so is what no other count knows."""
import contextlib
import json
from types import SimpleNamespace

import pytest
import websocket
from cast import ANN, BOB
from messenger_core import settings
from messenger_core.errors import Refused
from messenger_live.allowances import Allowances
from messenger_live.limits import BYTES, Allowance, of_socket
from messenger_live.sockets import client as clients
from messenger_live.sockets.client import Client
from wire import masked

TEXT, CLOSE = 1, 8
WITHOUT_END = 20_000
SAID = {
    'a ping': dict(type='ping'), 'a message': dict(type='send', receiver=2, content='x'),
    'no text': dict(type='send', receiver=2, content=' '),
    'too long a text': dict(type='send', receiver=2, content='x' * 10_001), 'a message to nobody': dict(type='send', content='x'),
    'a reading': dict(type='read', conversation=1, number=1), 'a mark': dict(type='unread', conversation=1),
    'a muting': dict(type='mute', conversation=1, muted=True), 'a delivery': dict(type='delivered', conversation=1, number=1),
    'typing': dict(type='typing', conversation=1), 'a sync': dict(type='sync', since=0), 'a sync from nowhere': dict(type='sync', since=-1),
    'an unknown type': dict(type='sing'), 'no type': dict(), 'no object': [1], 'a page of the tutorial': dict(receiver=2, content='x')}
# What comes back at once from whoever would do the work.
DONE = {'all is done': lambda client: client.done(), 'all is refused': lambda client: client.failed(Refused('not_found'))}


class Line:
    """What a Client needs of a server and of a connection; `now` is the time."""

    def __init__(self, folder, outcome, **realtime):
        self.realtime = SimpleNamespace(**dict(vars(settings.load(folder).realtime), **realtime))
        self.now, self.said, self.code, self.work = 1_000.0, 0, None, 0
        self.sends = Allowances(self.realtime.sends_per_second, self.realtime.burst)
        self.questions = Allowances(self.realtime.questions_per_second, self.realtime.questions_burst)
        self.writer = SimpleNamespace(waiting=lambda: 0, write=self.do)
        self.readers, self.presence = SimpleNamespace(sync=self.do), SimpleNamespace(type=self.do)
        self.outcome = outcome
        self.client = Client(self, self, SimpleNamespace(user_id=ANN), 'Ann', 'id', True)

    def do(self, client, command, came=None):
        self.work += 1
        self.outcome(client)

    def send(self, message):
        self.said += 1

    def close(self, code, reason):
        self.code = code

    def resume(self):
        pass

    def flood(self, text, count=WITHOUT_END):
        """Say it so many times; return how many were taken before the end."""
        for number in range(count):
            if self.client.busy():
                return number
            self.client.received(text)
        return count


@pytest.fixture
def line(tmp_path, monkeypatch):
    made = []

    def make(outcome=DONE['all is done'], **realtime):
        made.append(Line(tmp_path, outcome, **realtime))
        monkeypatch.setattr(clients, 'monotonic', lambda: made[-1].now)
        made[-1].client.says = of_socket(made[-1].realtime, made[-1].now)
        return made[-1]
    return make


@pytest.mark.parametrize('outcome', DONE)
@pytest.mark.parametrize('kind', SAID)
def test_whatever_is_said_without_end_ends_after_a_bounded_number_and_is_answered_no_more(line, kind, outcome):
    one = line(DONE[outcome])
    taken = one.flood(json.dumps(SAID[kind]))
    assert taken < 1_000 and one.said <= taken and one.code in (4429, 4400), taken
    assert one.work <= one.realtime.questions_burst


@pytest.mark.parametrize('kind', SAID)
def test_whatever_is_said_for_an_hour_at_a_moderate_pace_is_bounded_by_an_allowance(line, kind):
    one = line()
    for _ in range(3_600):
        one.now += 1
        one.flood(json.dumps(SAID[kind]), 200)
        if one.client.busy():
            break
    assert one.code in (4429, 4400)


def test_pings_of_both_kinds_share_one_count(line):
    one = line()
    for _ in range(60):
        one.flood('{"type": "ping"}', 1)
        assert one.client.may_ping() or one.code
    assert one.code == 4429 and one.said <= one.realtime.refusals_per_minute


def test_who_pings_each_second_may_do_so_for_ever(line):
    one = line()
    for _ in range(3_600):
        one.now += 1
        one.flood('{"type": "ping"}', 1)
    assert one.code is None and one.said == 3_600


def test_what_is_long_counts_for_more(line):
    short, long = (line().flood(json.dumps(dict(type='send', receiver=2, content='x' * size))) for size in (10_001, 7 * BYTES))
    assert long < short / 4


def test_who_keeps_to_all_other_limits_never_meets_this_one(line):
    """After an outage: all that was unsent at once, what was refused again, delivered and read, pages of a sync, a ping now and then."""
    one = line()
    text = json.dumps(dict(type='send', receiver=2, content='\U0001f600' * 10_000), ensure_ascii=False)
    for second in range(600):
        one.now += 1
        one.flood(text, one.realtime.sends_in_flight if second == 0 else 6)
        one.flood('{"type": "sync", "since": 0}', 30 if second == 0 else 10)
        one.flood('{"type": "delivered", "conversation": 1, "number": 1}', 10)
        one.flood('{"type": "ping"}', second % 2)
        one.client.refusals.times.clear()      # that is another limit
    assert one.code is None


def test_where_a_site_allows_more_a_socket_may_say_more(line):
    few = line().flood('{"type": "send", "receiver": 2, "content": " "}')
    one = line(sends_per_second=1_000.0, burst=5_000)
    assert one.flood('{"type": "send", "receiver": 2, "content": " "}') > 5_000 > few


def test_an_allowance_that_was_overdrawn_makes_the_next_wait():
    allowance = Allowance(1, 10, 0)
    assert [allowance.take(0, 8), allowance.take(0, 8), allowance.take(0)] == [0, 0, 7]
    assert allowance.take(6.9) and not allowance.take(7.1)


@pytest.mark.parametrize('text', ['{"type": "ping"}', '{"type": "send", "receiver": 2, "content": ""}', '{"type": "sync", "since": -1}'])
def test_a_socket_that_says_it_a_hundred_thousand_times_is_closed_and_the_others_notice_nothing(sidecar, text):
    flooder, other = sidecar.open(ANN), sidecar.open(BOB)
    answers = 0
    with contextlib.suppress(OSError, websocket.WebSocketException):
        flooder.sock.sendall(masked(TEXT, text.encode()) * 100_000)
    with contextlib.suppress(OSError, websocket.WebSocketException):
        while flooder.recv_data()[0] != CLOSE:
            answers += 1
    assert answers < 1_000
    other.ask(type='send', receiver=BOB, content='still here', ref='r')
    assert other.until('ack')[-1]['ref'] == 'r'
