"""Who may know of whom, with everything around it made up: what comes in which order, what fails, what is left over."""
import json
from types import SimpleNamespace

import pytest
from messenger_core.database.tables import utcnow
from messenger_core.feed import events, sequence
from messenger_core.settings import DEFAULTS
from messenger_live.news.circle import Circle
from messenger_live.news.hub import Hub
from messenger_live.news.presence import Presence
from messenger_live.news.turns import STEPS_A_TURN, Turns

LATER = 10**9


class Loop:
    """Runs what was asked for when it is told to."""

    def __init__(self):
        self.calls = []

    def run_callback(self, call):
        self.calls.append(call)

    def run(self):
        while self.calls:
            self.calls.pop(0)()


class Client:
    def __init__(self, user_id):
        self.user_id, self.frames, self.refused, self.count = user_id, [], [], 0

    def tell(self, frame, event):
        self.frames.append(frame)

    def failed(self, refused):
        self.refused.append(refused.code)

    def done(self):
        self.count += 1

    def told(self):
        """Return what it was told since it was last asked, as {who: online} or who types."""
        frames, self.frames = [json.loads(frame[frame.index(b'{'):]) for frame in self.frames], []
        return [(frame['user_id'], frame.get('online', 'types')) for frame in frames if frame['type'] != 'message']


class House:
    """A Presence, and readers whose answers a test gives."""

    def __init__(self):
        self.loop, self.hub, self.asked, self.circles = Loop(), Hub(sequence.State(0, 0, 'epoch')), [], {}
        readers = SimpleNamespace(circle=lambda user_id, answer: self.asked.append((user_id, answer)))
        self.presence = Presence(self.loop, self.hub, readers, SimpleNamespace(**DEFAULTS['realtime']), lambda *gone: None)

    def join(self, user_id, is_shown=True):
        client = Client(user_id)
        self.hub.join(client)
        self.presence.joined(client, is_shown)
        return client

    def answer(self, fails=False):
        asked, self.asked = self.asked, []
        for user_id, answer in asked:
            answer(None if fails else Circle(self.circles.get(user_id, ())))
        self.loop.run()

    def enter(self, user_id, **how):
        client = self.join(user_id, **how)
        self.answer()
        self.loop.run()
        return client

    def leave(self, client):
        self.hub.leave(client)
        self.presence.left(client.user_id)

    def message(self, conversation, sender, receiver):
        seq = self.hub.cursor + 1
        self.hub.deliver([events.Message(
            seq, seq, conversation, seq, sender, 'Ann', receiver, 'x', utcnow(), False, None)], seq - 1, seq)
        self.loop.run()


@pytest.fixture
def house():
    """Members 1 and 2 have conversation 7."""
    house = House()
    house.circles = {1: [(7, 2)], 2: [(7, 1)]}
    return house


def test_each_of_two_who_come_together_hears_of_the_other_once(house):
    one, two = house.join(1), house.join(2)
    house.answer()
    assert one.told() == [(2, True)] and two.told() == [(1, True)]


def test_a_conversation_that_begins_while_circles_are_read_is_not_lost(house):
    house.circles = {}      # as read before it began
    one, two = house.join(1), house.join(2)
    house.message(7, 1, 2)
    assert one.told() == two.told() == []
    house.answer()
    assert one.told() == [(2, True)] and two.told() == [(1, True)]
    house.presence.type(one, 7)
    assert two.told() == [(1, 'types')]


def test_typing_waits_until_it_is_known_who_may_know(house):
    two, one = house.enter(2), house.join(1)
    house.presence.type(one, 7)
    house.presence.type(one, 8)
    assert two.told() == [] and not one.count and not one.refused
    house.answer()
    assert (1, 'types') in two.told() and one.refused == ['not_found'] and one.count == 1


def test_a_circle_that_cannot_be_read_keeps_nobody_waiting_and_is_asked_for_again(house):
    two, one = house.enter(2), house.join(1)
    house.presence.type(one, 7)
    house.answer(fails=True)
    assert one.count == 1 and not house.asked and two.told() == []
    house.presence.checked(1, True)
    house.answer()
    assert two.told() == [(1, True)] and one.told() == [(2, True)]


def test_whoever_is_told_gets_the_very_same_bytes(house):
    tabs = [house.enter(2) for _ in range(3)]
    one = house.enter(1)
    house.presence.type(one, 7)
    for frames in zip(*(tab.frames[-2:] for tab in tabs)):
        assert len({id(frame) for frame in frames}) == 1


def test_nothing_is_left_of_those_who_have_gone(house):
    for number in range(100):
        house.circles[number] = [(number, number + 1)]
        client = house.enter(number)
        house.presence.type(client, number)
        house.leave(client)
    assert len(house.presence._members) == len(house.presence._leaving) == 100
    house.presence.tick(LATER)
    house.loop.run()
    assert not house.presence._members and not house.presence._leaving and not house.presence._turns._waiting


def test_who_comes_back_in_time_is_not_told_as_gone(house):
    two, one = house.enter(2), house.enter(1)
    assert two.told() == [(1, True)]
    house.leave(one)
    house.enter(1)
    house.presence.tick(LATER)
    house.loop.run()
    assert two.told() == []


def test_what_happens_while_one_is_away_for_a_moment_is_known_afterwards(house):
    three, one = house.enter(3), house.enter(1)
    house.leave(one)
    house.message(9, 3, 1)
    assert house.enter(1).told() == [(3, True)] and three.told() == [(1, True)]


def test_the_hidden_are_never_told_of_also_when_they_go(house):
    two, one = house.enter(2), house.enter(1, is_shown=False)
    assert one.told() == [(2, True)]
    house.leave(one)
    house.presence.tick(LATER)
    house.loop.run()
    assert two.told() == []


def test_an_event_that_the_presence_fails_at_sends_nobody_to_sync(house):
    one = house.enter(1)
    one.connection = SimpleNamespace(close=lambda *goodbye: pytest.fail('closed'))
    house.hub.heard = lambda event: 1 / 0
    house.message(7, 1, 2)
    assert len(one.frames) == 1


def test_a_circle_knows_its_conversations_and_each_member_once():
    circle = Circle([(9, 4), (7, 2), (8, 2), (8, 3)])
    assert [list(circle.others(number)) for number in (6, 7, 8, 9, 2**63 - 1)] == [[], [2], [2, 3], [4], []]
    assert sorted(circle) == [2, 3, 4]
    assert (circle.add(10, 2), circle.add(1, 5), circle.add(1, 5)) == (False, True, False)
    assert list(circle.others(10)) == [2] and list(circle.others(1)) == [5] and sorted(circle) == [2, 3, 4, 5]


def test_long_work_leaves_the_others_their_turn_and_keeps_its_order():
    loop, done = Loop(), []
    turns = Turns(loop)

    def work(name, fails_at=None):
        for number in range(1000):
            if number == fails_at:
                raise ValueError(name)
            done.append((name, number))
            yield
    turns.do(work('a'))
    turns.do(work('b', fails_at=3))
    turns.do(work('c'))
    loop.calls.pop(0)()
    assert len(done) == STEPS_A_TURN and len(loop.calls) == 1
    loop.run()
    assert done == [('a', number) for number in range(1000)] + [('b', number) for number in range(3)] + [
        ('c', number) for number in range(1000)]
