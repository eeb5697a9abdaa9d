"""Typing and presence over real sockets: told to whoever has a conversation in common, and to nobody else."""
import json
import re
import urllib.request
from datetime import datetime, timedelta, timezone
from time import monotonic

import pytest
from cast import ANN, BOB, CID, DAN
from faults import is_busy, send, start
from messenger_core.ends import last_seen
from messenger_core.feed import sequence
from messenger_core.members import preferences
from messenger_core.members.preferences import Preferences
from messenger_core.messages import sending
from messenger_core.messages.sending import Draft
from messenger_live.wire import protocol
from sidecar import LISTEN

SOON, NEVER = 0.2, 3600


@pytest.fixture
def site(idle):
    """Not started: Ann talks with Bob (1) and with Cid (2), Bob with Dan (3), Dan with himself (4)."""
    for sender, receiver in ((ANN, BOB), (ANN, CID), (BOB, DAN), (DAN, DAN)):
        sending.send(idle.db, Draft(sender, 'x', receiver))
    return idle


def presence(user_id, online, **more):
    return {'type': 'presence', 'user_id': user_id, 'online': online, **more}


def typing(conversation, user_id):
    return {'type': 'typing', 'conversation': conversation, 'user_id': user_id}


def told(peer, kind='presence'):
    """Return the next frame of a kind."""
    frame = peer.any_frame()
    while frame['type'] != kind:
        frame = peer.any_frame()
    return frame


def heard(peer):
    """Return all that a socket was told up to now."""
    peer.ask(type='ping')
    frames = [peer.any_frame()]
    while frames[-1] != {'type': 'pong'}:
        frames.append(peer.any_frame())
    return frames[:-1]


def enter(sidecar, member, **how):
    """Open a socket and wait until it is known who may know; return it with all that was told."""
    peer = sidecar.open(member, **how)
    peer.ask(type='typing', conversation=999)
    peer.first = [peer.any_frame()]
    while peer.first[-1]['type'] != 'error':
        peer.first.append(peer.any_frame())
    peer.first = [frame for frame in peer.first + heard(peer) if frame['type'] == 'presence']
    return peer


def metric(sidecar, name):
    with urllib.request.urlopen('http://127.0.0.1:%d/metrics' % sidecar.monitor_port) as answer:
        return float(re.search(r'^messenger_%s (\S+)$' % name, answer.read().decode(), re.MULTILINE)[1])


# -- presence --

def test_who_comes_is_told_who_is_there_and_only_those_with_a_conversation_hear_of_it(site):
    sidecar = site.start()
    cid, ann = enter(sidecar, CID), enter(sidecar, ANN)
    dan, bob = enter(sidecar, DAN), enter(sidecar, BOB)
    assert cid.first == [] and ann.first == [presence(CID, True)] and dan.first == []
    assert sorted(frame['user_id'] for frame in bob.first) == [ANN, DAN] and all(frame['online'] for frame in bob.first)
    assert (heard(ann), heard(dan), heard(cid)) == ([presence(BOB, True)], [presence(BOB, True)], [presence(ANN, True)])


def test_tabs_count_once_and_the_last_to_close_is_told_a_moment_later_with_the_minute(site):
    sidecar = site.start(offline_seconds=SOON)
    ann, bob = enter(sidecar, ANN), enter(sidecar, BOB)
    tab = enter(sidecar, BOB)
    assert tab.first == [presence(ANN, True)] and heard(ann) == [presence(BOB, True)]
    before = datetime.now(timezone.utc).replace(tzinfo=None)
    tab.close()
    sidecar.wait_for(lambda: sidecar.health()['connections'] == 2)
    bob.ask(type='ping')
    assert bob.frame() == {'type': 'pong'} and heard(ann) == []
    bob.close()
    gone = told(ann)
    seen = datetime.strptime(gone['last_seen'], '%Y-%m-%dT%H:%M:00Z')
    assert gone == presence(BOB, False, last_seen=gone['last_seen'])
    assert before - timedelta(minutes=1) < seen <= datetime.now(timezone.utc).replace(tzinfo=None)
    assert enter(sidecar, BOB).first == [presence(ANN, True)] and heard(ann) == [presence(BOB, True)]


def seen(site, user_id):
    site.db.commit()
    return last_seen.of(site.db, [user_id]).get(user_id)


@pytest.mark.parametrize('idle', ['sqlite', 'postgresql'], indirect=True)
def test_when_somebody_went_is_stored_as_it_is_told(site):
    sidecar = site.start(offline_seconds=SOON, delivered_seconds=SOON)
    ann, bob = enter(sidecar, ANN), enter(sidecar, BOB)
    bob.close()
    told(ann)
    minute = told(ann)['last_seen']
    sidecar.wait_for(lambda: seen(site, BOB))
    assert protocol.time(seen(site, BOB)) == minute and seen(site, ANN) is None


def test_of_who_hides_it_nothing_is_stored(site):
    preferences.keep(site.db, BOB, Preferences(shows_presence=False))
    sidecar = site.start(offline_seconds=SOON, delivered_seconds=SOON)
    bob, cid = enter(sidecar, BOB), enter(sidecar, CID)
    bob.close()
    cid.close()
    sidecar.wait_for(lambda: seen(site, CID))
    assert seen(site, BOB) is None


def test_a_locked_database_forgets_a_departure_and_works_on(site):
    site.environment['MESSENGER_DB_BUSY_SECONDS'] = '0.5'
    sidecar = start(site, offline_seconds=SOON, delivered_seconds=SOON)
    ann, bob = enter(sidecar, ANN), enter(sidecar, BOB)
    site.db.executesql('UPDATE messenger_feed SET head = head')
    bob.close()
    while told(ann)['online']:
        pass
    gone = monotonic()
    # A round of the writer's that has begun since: whatever comes in it before it reads on waits for half a second at most.
    while monotonic() - sidecar.health()['duties']['reading on']['succeeded_seconds_ago'] < gone + 2:
        assert is_busy(send(ann, 'x', CID))
    site.db.rollback()
    sidecar.wait_for(lambda: not sidecar.health()['reasons'])
    ann.ask(type='send', receiver=CID, content='x')
    assert ann.until('ack') and seen(site, BOB) is None
    cid = enter(sidecar, CID)
    cid.close()
    sidecar.wait_for(lambda: seen(site, CID))


def test_who_comes_back_in_time_was_never_away(site):
    sidecar = site.start(offline_seconds=NEVER)
    ann, bob = enter(sidecar, ANN), enter(sidecar, BOB)
    assert heard(ann) == [presence(BOB, True)]
    for _ in range(3):
        bob.close()
        sidecar.wait_for(lambda: sidecar.health()['connections'] == 1)
        bob = enter(sidecar, BOB)
        assert bob.first == [presence(ANN, True)]
    assert heard(ann) == []


def test_who_shows_no_presence_sees_the_others_all_the_same(site):
    preferences.keep(site.db, BOB, Preferences(shows_presence=False))
    sidecar = site.start(offline_seconds=SOON)
    ann, bob = enter(sidecar, ANN), enter(sidecar, BOB)
    assert bob.first == [presence(ANN, True)] and enter(sidecar, ANN).first == []
    bob.close()
    cid = enter(sidecar, CID)
    cid.close()
    # Bob's time came first, so what is told of Cid would have come after what is told of him.
    assert [told(ann), told(ann)['online']] == [presence(CID, True), False] and heard(ann) == []


def test_a_change_of_mind_is_told_at_the_next_look_and_without_a_time(site):
    sidecar = site.start(recheck_seconds=SOON)
    ann, bob = enter(sidecar, ANN), enter(sidecar, BOB)
    assert heard(ann) == [presence(BOB, True)]
    for shows in (False, True):
        preferences.keep(site.db, BOB, Preferences(shows_presence=shows))
        assert told(ann) == presence(BOB, shows)
    assert heard(bob) == []


def test_a_blocked_member_is_offline(site):
    sidecar = site.start(recheck_seconds=SOON, offline_seconds=NEVER)
    ann, bob = enter(sidecar, ANN), enter(sidecar, BOB)
    assert told(ann) == presence(BOB, True)
    site.db(site.db.auth_user.id == BOB).update(registration_key='blocked')
    site.db.commit()
    assert bob.close_code() == 4403 and told(ann) == presence(BOB, False)
    assert enter(sidecar, ANN).first == []


def test_the_first_message_of_two_makes_each_known_to_the_other(site):
    sidecar = site.start()
    bob, cid = enter(sidecar, BOB), enter(sidecar, CID)
    assert bob.first == cid.first == heard(bob) == []
    bob.ask(type='send', receiver=CID, content='x')
    assert told(bob) == presence(CID, True) and told(cid) == presence(BOB, True)
    bob.ask(type='send', receiver=CID, content='x')
    bob.until('message')
    cid.until('message')
    assert heard(bob) == heard(cid) == []
    cid.ask(type='typing', conversation=5)
    assert told(bob, 'typing') == typing(5, CID)


def test_the_tutorials_page_counts_and_hears_nothing(site):
    sidecar = site.start()
    ann = enter(sidecar, ANN)
    page = sidecar.open(BOB, path=LISTEN)
    assert told(ann) == presence(BOB, True)
    cid = enter(sidecar, CID)
    ann.ask(type='typing', conversation=1)
    ann.ask(type='send', receiver=BOB, content='after')
    assert page.any_frame()['content'] == 'after'
    assert heard(cid) == []


# -- typing --

def test_typing_reaches_the_others_of_the_conversation_and_is_stored_nowhere(site):
    sidecar = site.start()
    ann, tab, bob, other_tab, cid = (enter(sidecar, member) for member in (ANN, ANN, BOB, BOB, CID))
    before = sequence.state(site.db)
    ann.ask(type='typing', conversation=1)
    assert told(bob, 'typing') == told(other_tab, 'typing') == typing(1, ANN)
    ann.ask(type='typing', conversation=2)
    assert told(cid, 'typing') == typing(2, ANN)
    assert [frame for peer in (ann, tab, bob, other_tab, cid) for frame in heard(peer) if frame['type'] != 'presence'] == []
    site.db.commit()
    assert sequence.state(site.db) == before


def test_who_types_all_the_time_is_told_once_in_a_while(site):
    sidecar = site.start(typing_seconds=NEVER)
    ann, tab, bob = enter(sidecar, ANN), enter(sidecar, ANN), enter(sidecar, BOB)
    for peer in (ann, tab, ann):
        peer.ask(type='typing', conversation=1)
        assert peer.is_silent()
    bob.ask(type='typing', conversation=1)
    assert told(ann, 'typing') == typing(1, BOB)
    assert heard(bob) == [typing(1, ANN)]


def test_where_one_has_no_part_there_is_no_conversation(site):
    sidecar = site.start()
    cid, bob = sidecar.open(CID), enter(sidecar, BOB)
    answers = []
    for conversation in (1, 3, 4, 999, 0, 2**63 - 1):
        cid.ask(type='typing', conversation=conversation)
        answers.append(cid.frame())
    assert answers == [dict(answers[0], code='not_found')] * 6 and heard(bob) == []


def test_who_types_a_note_to_oneself_tells_nobody(site):
    sidecar = site.start()
    dan, tab = enter(sidecar, DAN), enter(sidecar, DAN)
    dan.ask(type='typing', conversation=4)
    assert heard(dan) == heard(tab) == []


def test_a_flood_of_typing_costs_its_sender_alone(site):
    sidecar = site.start(questions_burst=5, questions_per_second=0.01, refusals_per_minute=100)
    cid, bob = enter(sidecar, CID), enter(sidecar, BOB)
    ann = sidecar.open(ANN)
    for _ in range(300):
        ann.ask(type='typing', conversation=1)
    assert ann.close_code() == 4429
    assert [frame for frame in heard(bob) if frame['type'] == 'typing'] == [typing(1, ANN)]
    bob.ask(type='typing', conversation=3)
    assert bob.is_silent() and cid.is_silent()


@pytest.mark.parametrize('frame', [{}, {'conversation': None}, {'conversation': '1'}, {'conversation': 1.0}, {'conversation': -1}])
def test_typing_needs_a_conversation(site, frame):
    ann = site.start().open(ANN)
    ann.ask(type='typing', **frame)
    assert ann.frame()['code'] == 'bad_type'


# -- who does not read --

def test_who_does_not_read_gets_every_message_and_no_old_news_of_who_typed(site):
    sidecar = site.start(typing_seconds=0, questions_burst=10_000, burst=10_000, outbox_bytes=1 << 26, outbox_frames=100_000,
                         stuck_seconds=NEVER, volatile_bytes=1000)
    ann, bob = enter(sidecar, ANN), enter(sidecar, BOB)
    ids = []
    while metric(sidecar, 'outbox_bytes') < 100_000:
        for _ in range(50):
            ann.ask(type='send', receiver=BOB, content='x' * 10_000)
        ids += [ann.until('message')[-1]['id'] for _ in range(50)]
    ann.ask(type='typing', conversation=1)
    enter(sidecar, DAN)
    assert ann.is_silent() and metric(sidecar, 'volatile_dropped_total') == 2
    frames = [bob.any_frame() for _ in ids]
    assert [frame['id'] for frame in frames] == ids
    assert heard(bob) == []
    ann.ask(type='typing', conversation=1)
    assert json.dumps(bob.any_frame()) == json.dumps(typing(1, ANN))
