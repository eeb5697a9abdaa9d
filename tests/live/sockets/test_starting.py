"""How many conversations a member starts in a day: counted over all sockets and sidecars, and final for one message only."""
import pytest
from messenger_core.members import known

ANN, BOB, CID = 1, 2, 3
STRANGERS = range(5, 205)
UNLIMITED = dict(sends_per_second=1000, burst=1000, sends_in_flight=1000)


@pytest.fixture
def old(idle):
    """A sidecar that isn't started, with two hundred strangers; Ann and Bob were there before it was noted who comes."""
    for number in STRANGERS:
        idle.db.auth_user.insert(first_name='S', last_name=str(number), registration_key='')
    known.know(idle.db, [ANN, BOB])
    idle.db(idle.db.member.user_id <= BOB).update(first_seen=None)
    idle.db.commit()
    return idle


def write(peer, strangers, **more):
    for stranger in strangers:
        peer.ask(type='send', receiver=stranger, content='hi', ref='to-%d' % stranger, **more)


def answers(peer, count):
    """Return the next acks and errors, in the order of what was asked."""
    found = []
    while len(found) < count:
        found += [frame for frame in [peer.frame()] if frame['type'] in ('ack', 'error')]
    return found


@pytest.mark.parametrize('idle', ['sqlite', 'postgresql'], indirect=True)
def test_sixty_strangers_written_to_at_once_are_fifty_and_the_others_go_on(old):
    sidecar = old.start(**UNLIMITED)
    ann, bob = sidecar.open(ANN), sidecar.open(BOB)
    write(ann, STRANGERS[:60])
    write(bob, [CID, *STRANGERS[60:64]])
    found = answers(ann, 60)
    assert [frame.get('code', frame['type']) for frame in found] == ['ack'] * 50 + ['rate'] * 10
    assert [frame['ref'] for frame in found] == ['to-%d' % stranger for stranger in STRANGERS[:60]]
    assert all(60 < frame['retry_after'] <= 86_400 and frame['limit'] == 'new_conversations_per_day' for frame in found[50:])
    assert found[-1]['message'].startswith('You have started as many conversations as you may within a day (50).')
    assert {frame['type'] for frame in answers(bob, 5)} == {'ack'}
    write(ann, STRANGERS[:50])
    assert answers(ann, 50) == found[:50], 'a repeat gets its ack'


def test_a_limit_is_one_for_all_sidecars_and_can_be_set(old):
    one = old.start(new_conversations_per_day=4, **UNLIMITED)
    other = one.beside().start(new_conversations_per_day=4, **UNLIMITED)
    try:
        peers = one.open(ANN), other.open(ANN)
        write(peers[0], STRANGERS[:5])
        write(peers[1], STRANGERS[5:10])
        found = answers(peers[0], 5) + answers(peers[1], 5)
        assert sorted(frame['type'] for frame in found) == ['ack'] * 4 + ['error'] * 6
        assert old.db(old.db.conversation.started_by == ANN).count() == 4
    finally:
        other.leave()


def test_who_has_just_come_starts_ten_and_who_goes_on_is_closed(old):
    cid = old.start(**UNLIMITED).open(CID)
    write(cid, STRANGERS[:111])
    assert [frame['type'] for frame in answers(cid, 111)] == ['ack'] * 10 + ['error'] * 101
    assert cid.close_code() == 4429


def test_the_frames_of_the_tutorial_are_counted_too(old):
    sidecar = old.start(new_conversations_per_day=2, **UNLIMITED)
    ann = sidecar.open(ANN, path='/messenger/messaging/stream/listen')
    for stranger in [*STRANGERS[:4], STRANGERS[0]]:
        ann.send('{"receiver": %d, "content": "hi"}' % stranger)
    seen = [ann.frame()['receiver_id'] for _ in range(3)]
    assert seen == [STRANGERS[0], STRANGERS[1], STRANGERS[0]]
    assert old.db(old.db.message).count() == 3
