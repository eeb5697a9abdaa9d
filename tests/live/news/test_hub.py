"""The hub: each event once, in order, to those it concerns."""
import json
from types import SimpleNamespace

import pytest
from messenger_core.database.tables import utcnow
from messenger_core.ends import logout
from messenger_core.feed import events, sequence
from messenger_live.news.hub import Hub


class Client:
    def __init__(self, user_id, session_hash='s', generation=2):
        self.user_id, self.session, self.seen, self.closed = user_id, SimpleNamespace(
            session_hash=session_hash, user_id=user_id, generation=generation), [], []
        self.connection = SimpleNamespace(close=lambda code, reason: self.closed.append(code))

    def tell(self, encoded, event):
        self.seen.append(json.loads(encoded[encoded.index(b'{'):]))


def message(seq, sender=1, receiver=2):
    return events.Message(seq, seq, 1, seq, sender, 'Ann', receiver, 'x', utcnow(), False, 'r')


@pytest.fixture
def hub():
    return Hub(sequence.State(0, 0, 'epoch'))


def joined(hub, *clients):
    for client in clients:
        hub.join(client)
    return clients


def test_an_event_goes_to_all_sockets_of_those_it_concerns_and_to_nobody_else(hub):
    clients = joined(hub, Client(1), Client(1), Client(2), Client(3))
    hub.deliver([message(1)], 0, 1)
    assert [len(client.seen) for client in clients] == [1, 1, 1, 0]
    assert [client.seen[0].get('ref') for client in clients[:3]] == ['r', 'r', None]


def test_what_was_told_is_not_told_again(hub):
    client, = joined(hub, Client(2))
    hub.deliver([message(1), message(2)], 0, 2)
    hub.deliver([message(1), message(2), message(3)], 0, 3)
    hub.deliver([message(2)], 1, 2)
    assert [frame['seq'] for frame in client.seen] == [1, 2, 3] and hub.cursor == 3


def test_a_gap_is_an_error_and_not_a_silence(hub):
    with pytest.raises(AssertionError, match='gap'):
        hub.deliver([message(5)], 4, 5)
    assert hub.cursor == 0


def test_an_event_that_cannot_be_told_sends_its_readers_to_sync_and_stops_nobody_else(hub):
    odd, other = joined(hub, Client(2), Client(3))
    hub.deliver([message(1)._replace(content=object()), message(2, receiver=3)], 0, 2)
    assert odd.closed == [4508] and odd.seen == []
    assert [frame['seq'] for frame in other.seen] == [2] and hub.cursor == 2


def test_who_has_left_is_told_nothing(hub):
    client, = joined(hub, Client(2))
    hub.leave(client)
    hub.leave(client)
    hub.deliver([message(1)], 0, 1)
    assert client.seen == [] and hub.count(2) == 0


def test_one_that_leaves_while_everybody_is_told_spoils_nothing(hub):
    first, second = joined(hub, Client(2), Client(2))
    for one, other in ((first, second), (second, first)):
        one.tell = lambda encoded, event, other=other: hub.leave(other)
    hub.deliver([message(1)], 0, 1)
    assert hub.count(2) == 0 or hub.count(2) == 1


def test_a_logout_closes_that_session_only_and_is_told_nobody(hub):
    tab, other_device, stranger = joined(hub, Client(1, 'gone'), Client(1, 'stays'), Client(2, 'gone'))
    hub.deliver([events.Logout(1, 1, 'gone')], 0, 1)
    assert (tab.closed, other_device.closed, stranger.closed) == ([4401], [], [])
    assert tab.seen == other_device.seen == []


def test_a_reading_without_a_receipt_is_a_delivery_for_the_others(hub):
    reader, tab, other = joined(hub, Client(2), Client(2), Client(1))
    hub.deliver([events.Read(1, 7, 2, 3, frozenset({2}), frozenset({1}))], 0, 1)
    read = {'type': 'read', 'seq': 1, 'conversation': 7, 'user_id': 2, 'number': 3}
    assert reader.seen == tab.seen == [read]
    assert other.seen == [{'type': 'delivered', 'conversation': 7, 'user_id': 2, 'number': 3}]


def test_a_mark_is_told_to_whoever_made_it(hub):
    one, tab, other = joined(hub, Client(2), Client(2), Client(1))
    hub.deliver([events.Marked(1, 7, 2, True)], 0, 1)
    assert one.seen == tab.seen == [{'type': 'unread', 'seq': 1, 'conversation': 7, 'user_id': 2, 'marked_unread': True}]
    assert other.seen == []


def test_the_end_of_a_session_closes_its_sockets_and_no_others(hub):
    this, same, other, stranger = joined(hub, Client(2, 'a'), Client(2, 'a'), Client(2, 'b'), Client(3, 'c'))
    hub.deliver([events.Logout(1, 2, 'a')], 0, 1)
    assert [client.closed for client in (this, same, other, stranger)] == [[4401], [4401], [], []]
    assert [hub.has_ended(client.session) for client in (this, other, stranger)] == [True, False, False]


def test_the_end_of_all_other_sessions_spares_one(hub):
    this, other, stranger, later = joined(hub, Client(2, 'a'), Client(2, 'b'), Client(3, 'c'), Client(2, 'd', generation=3))
    hub.deliver([events.Logout(1, 2, 'a', generation=3)], 0, 1)
    assert [client.closed for client in (this, other, stranger, later)] == [[], [4401], [], []]
    assert [hub.has_ended(client.session) for client in (this, other, stranger, later)] == [False, True, False, False]


def test_where_members_are_another_applications_no_generation_ends_a_socket():
    hub = Hub(sequence.State(0, 0, 'epoch'), is_shared=True)
    one, = joined(hub, Client(2, 'a', generation=None))
    hub.deliver([events.Logout(1, 2, 'b', generation=3)], 0, 1)
    assert one.closed == [] and not hub.has_ended(one.session)
    hub.deliver([events.Logout(2, 2, 'a')], 1, 2)
    assert one.closed == [4401]


def test_but_a_block_does_there_too_until_the_member_is_let_in_again():
    hub = Hub(sequence.State(0, 0, 'epoch'), is_shared=True)
    one, other = joined(hub, Client(2, 'a', generation=None), Client(3, 'b', generation=None))
    hub.deliver([events.Logout(1, 2, logout.BLOCKED, generation=3)], 0, 1)
    assert (one.closed, other.closed) == ([4403], []) and hub.has_ended(one.session)
    hub.deliver([events.Logout(2, 2, '', generation=4)], 1, 2)
    assert not hub.has_ended(one.session)


@pytest.mark.parametrize('generation', [None, 0, '3', True])
def test_a_session_without_a_generation_is_of_an_earlier_one(hub, generation):
    one, = joined(hub, Client(2, 'a', generation=generation))
    hub.deliver([events.Logout(1, 2, 'b', generation=3)], 0, 1)
    assert one.closed == [4401]


def test_whoever_is_blocked_is_told_so(hub):
    one, other = joined(hub, Client(2, 'a'), Client(3, 'b'))
    hub.deliver([events.Logout(1, 2, logout.BLOCKED, generation=3)], 0, 1)
    assert (one.closed, other.closed) == ([4403], [])


def test_what_ended_a_minute_ago_is_forgotten_whatever_ends_again_meanwhile(hub, monkeypatch):
    now = [0]
    monkeypatch.setattr('messenger_live.news.hub.monotonic', lambda: now[0])
    for seq in range(1, 5):
        hub.deliver([events.Logout(seq, 2, 'a'), events.Logout(seq, 3, 'b%d' % seq)], seq - 1, seq)
        now[0] += 25
    assert set(hub._ended) == {'a', 'b2', 'b3', 'b4'} and hub.has_ended(Client(2, 'a').session)
