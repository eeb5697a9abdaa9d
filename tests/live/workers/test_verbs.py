"""What members do besides sending, while others send: one transaction for all of it, an answer for each, and nobody's message behind it."""
import json
import time
from types import SimpleNamespace
from unittest import mock

import pytest
from cast import ANN, BOB, CID, DAN
from crowd import Site
from messenger_core import settings
from messenger_core.ends import logout
from messenger_core.errors import Refused
from messenger_core.feed import sequence
from messenger_core.messages import marking, sending
from messenger_live.news.hub import Hub
from messenger_live.operation import metrics
from messenger_live.sessions.session import Session
from messenger_live.wire import protocol
from messenger_live.workers import jobs as jobs_of
from messenger_live.workers.background import Troubles
from messenger_live.workers.writer import Writer

FLOODERS, EACH = 5, 100
MANY = FLOODERS * EACH


def said(frame):
    """Return what an encoded frame says, None for none."""
    return frame and json.loads(frame[frame.index(b'{'):])


class Scene:
    """A Writer whose thread is the test's: `turn()` is one batch. What it does to the database is in `statements`."""

    def __init__(self, folder):
        self.site = Site(folder)
        self.db, self.posted, self.statements = self.site.db, [], []
        for number in range(20 + EACH):
            self.db.auth_user.insert(first_name='Member', last_name=str(number), registration_key='')
        self.db.commit()
        self.realtime = settings.load(folder).realtime
        bridge = SimpleNamespace(post=lambda call, *args: self.posted.append((call, args)))
        self.writer = Writer(self.connect, bridge, Hub(sequence.state(self.db)), None, Troubles(), None, self.realtime)
        self.answers = []

    def connect(self):
        db = self.site.connect()
        db._adapter.connection.set_trace_callback(self.statements.append)
        return db

    def client(self, user_id):
        def answered(result, ref=None):
            self.answers.append((user_id, result.code if isinstance(result, Refused) else said(result), ref))
        return SimpleNamespace(user_id=user_id, session=Session(user_id, 'hash of %d' % user_id, None), done=answered, failed=answered,
                               stored=lambda ack, message: answered(ack))

    def turn(self):
        del self.statements[:]
        taken = self.writer._jobs.take()
        self.writer._work(*taken)
        self.writer._jobs.refuse(self.writer._jobs.unanswered(), 5)
        posted, self.posted = self.posted, []
        for call, args in posted:
            if call.__name__ == 'answered':
                call(*args)
            for one in args[0] if call.__name__ == 'deliver_stored' else ():
                one.client.done(one.ack)
        return [job for jobs in taken for job in jobs]

    def told(self):
        return [event for call, args in self.posted if call.__name__ == 'deliver' for event in args[0]]

    def commits(self):
        return sum(statement.startswith('COMMIT') for statement in self.statements)

    def writes(self):
        return sum(not statement.startswith(('SELECT', 'BEGIN', 'COMMIT', 'PRAGMA')) for statement in self.statements)


@pytest.fixture
def scene(tmp_path):
    scene = Scene(tmp_path)
    yield scene
    scene.writer.db.close()
    scene.db.close()


def test_what_waits_to_be_sent_when_its_session_ends_is_not_sent(scene):
    thief, ann = scene.client(ANN), scene.client(ANN)
    ann.session = ann.session._replace(generation=1)    # it has ended the others
    for client in (thief, ann):
        scene.writer.write(client, protocol.Send(BOB, None, 'late', 'r'))
    logout.record_others(scene.db, ANN, 'another')
    scene.turn()
    assert scene.answers[0] == (ANN, 'no_session', 'r') and [answer['type'] for _, answer, _ in scene.answers[1:]] == ['ack']
    assert scene.db(scene.db.message).count() == 1


def test_nor_is_it_after_a_logout_of_that_session_alone(scene):
    thief, ann = scene.client(ANN), scene.client(ANN)
    thief.session = thief.session._replace(session_hash=logout.session_hash('stolen'))
    for client in (thief, ann):
        scene.writer._jobs.put((client, protocol.Send(BOB, None, 'late', None), time.monotonic() - 1))
    logout.record(scene.db, ANN, 'stolen')
    scene.turn()
    assert [answer if isinstance(answer, str) else answer['type'] for _, answer, _ in scene.answers] == ['no_session', 'ack']


def test_but_for_members_of_another_application_whose_sessions_have_no_generation(scene):
    scene.writer._is_shared = True
    logout.record_others(scene.db, ANN, 'another')
    scene.writer.write(scene.client(ANN), protocol.Send(BOB, None, 'hi', 'r'))
    scene.turn()
    assert [answer['type'] for _, answer, _ in scene.answers] == ['ack']


def talk(scene, *pairs):
    return [sending.send(scene.db, sending.Draft(sender, 'x', receiver)).message.conversation for sender, receiver in pairs]


def test_500_mutes_of_five_members_are_a_few_commits_and_who_sends_after_them_is_in_the_next_batch(scene):
    talked = {flooder: talk(scene, *((flooder, other) for other in range(20, 20 + EACH))) for flooder in range(10, 10 + FLOODERS)}
    scene.writer.wake()
    scene.turn()
    for flooder, conversations in talked.items():
        for conversation in conversations:
            scene.writer.write(scene.client(flooder), protocol.Mute(conversation, True))
    scene.writer.write(scene.client(ANN), protocol.Send(BOB, None, 'hello', 'r'))
    commits = 0
    for turn in range(99):
        scene.turn()
        commits += scene.commits()
        assert scene.writes() <= 20, 'whatever waits'
        assert (turn, [answer[0] for answer in scene.answers].count(ANN)) == (turn, 1)
        if not scene.writer.waiting():
            break
    assert commits <= 1 + -(-MANY // jobs_of.BATCH) and len(scene.answers) == MANY + 1
    assert scene.db(scene.db.participant.muted_until != None).count() == MANY  # noqa: E711


def test_each_gets_its_own_answer_in_order_and_a_refused_one_takes_none_along(scene):
    first, second = talk(scene, (ANN, BOB), (ANN, CID))
    for user_id, command in ((BOB, protocol.MarkRead(first, 1)), (DAN, protocol.MarkRead(first, 1)), (CID, protocol.Mute(second, True)),
                             (CID, protocol.Mute(second, True)), (CID, protocol.Mute(9, True)), (BOB, protocol.MarkDelivered(first, 1)),
                             (DAN, protocol.MarkDelivered(first, 1)), (ANN, protocol.MarkUnread(second))):
        scene.writer.write(scene.client(user_id), command)
    scene.turn()
    answers = [(user_id, result) for user_id, result, _ in scene.answers]
    assert [answer for answer in answers if answer[1]] == [(DAN, 'not_found'), (CID, 'not_found'), (DAN, 'not_found')]
    assert [user_id for user_id, _ in answers] == [BOB, DAN, CID, CID, CID, BOB, DAN, ANN] and scene.commits() <= 2
    assert scene.db.participant(user_id=BOB).read_number == 1 and scene.db.participant(user_id=CID).muted_until
    assert len(scene.db(scene.db.event).select()) == 3


def asked_of(conversation, ref=None):
    return (protocol.MarkRead(conversation, 1, ref), protocol.MarkUnread(conversation, ref), protocol.Mute(conversation, True, ref),
            protocol.MarkDelivered(conversation, 1, ref))


def test_what_carries_a_ref_is_acked_once_it_is_stored_and_what_carries_none_is_not(scene):
    talk(scene, (ANN, BOB))
    acks = metrics.acks.total
    for _ in range(2):
        for command in (*asked_of(1, 'r'), *asked_of(1), *asked_of(9, 'r')):
            scene.writer.write(scene.client(BOB), command)
        scene.turn()
        assert scene.answers == [(BOB, {'type': 'ack', 'ref': 'r'}, None)] * 4 + [(BOB, None, None)] * 4 + [(BOB, 'not_found', 'r')] * 4
        place = scene.db.participant(user_id=BOB)
        assert (place.read_number, place.marked_unread, place.delivered_number) == (1, True, 1) and place.muted_until
        scene.db.commit()
        del scene.answers[:]
    assert metrics.acks.total == acks, 'they are no messages'


def test_what_cannot_be_stored_is_refused_under_its_ref(scene, monkeypatch):
    talk(scene, (ANN, BOB))
    monkeypatch.setattr(sequence, 'take', mock.Mock(side_effect=Refused('busy', retry_after=1)))
    for command in asked_of(1, 'r'):
        scene.writer.write(scene.client(BOB), command)
        scene.turn()
    assert scene.answers == [(BOB, 'busy', 'r')] * 4


def test_what_cannot_be_stored_fails_alone_and_without_a_savepoint(scene):
    conversations = talk(scene, *((ANN, other) for other in range(20, 30)))
    scene.db.executesql('''CREATE TRIGGER no BEFORE UPDATE OF muted_until ON messenger_participant
        WHEN OLD.conversation = %d BEGIN SELECT RAISE(ABORT, 'never this one'); END''' % conversations[4])
    scene.db.commit()
    for conversation in conversations:
        scene.writer.write(scene.client(ANN), protocol.Mute(conversation, True))
    scene.turn()
    assert sorted(result for _, result, _ in scene.answers if result) == ['busy'] and len(scene.answers) == 10
    muted = scene.db(scene.db.participant.muted_until != None).select()  # noqa: E711
    assert {row.conversation for row in muted} == set(conversations) - {conversations[4]}
    assert not any('SAVEPOINT' in statement for statement in scene.statements)


def test_when_the_database_is_locked_all_are_told_to_come_again_and_nothing_has_changed(scene, monkeypatch):
    talk(scene, (ANN, BOB))

    def busy(db, count):
        raise Refused('busy', retry_after=1)
    scene.writer.wake()
    scene.turn()
    with monkeypatch.context() as patch:
        patch.setattr(marking.sequence, 'take', busy)
        for _ in range(300):
            scene.writer.write(scene.client(ANN), protocol.Mute(1, True))
        scene.turn()
    assert [result for _, result, _ in scene.answers] == ['busy'] * 300 and not scene.writer.waiting()
    assert not scene.db(scene.db.participant.muted_until != None).count()  # noqa: E711


def test_what_is_told_comes_in_the_order_of_the_feed_after_the_messages_of_the_batch(scene):
    talk(scene, (ANN, BOB), (ANN, CID))
    scene.writer.wake()
    scene.turn()
    heard, post = [], scene.writer.telling._bridge.post
    scene.writer.telling._bridge.post = lambda call, *args: heard.append(args) if 'deliver' in call.__name__ else post(call, *args)
    for user_id, command in ((BOB, protocol.Mute(1, True)), (BOB, protocol.MarkRead(1, 9)), (ANN, protocol.Send(BOB, None, 'x', 'r'))):
        scene.writer.write(scene.client(user_id), command)
    scene.turn()
    seqs = [getattr(event, 'message', event).seq for events, _, _ in heard for event in events]
    assert len(seqs) == 3 and seqs == sorted(seqs)
    assert all(before[2] == after[1] for before, after in zip(heard, heard[1:]))
    assert [answer[:2] for answer in scene.answers if answer[1] is None] == [(BOB, None), (BOB, None)]


@pytest.mark.parametrize('count', [1, 31, 32, 33, 100])
def test_the_hub_hears_of_each_place_in_the_feed_whatever_is_in_it(scene, count):
    """Of refused messages, too, and of repeats: it could never be told anything again behind a place it had not heard of."""
    hub, post = scene.writer.telling._hub, scene.writer.telling._bridge.post
    scene.writer.telling._bridge.post = lambda call, *args: call(*args) if call.__name__.startswith('deliver') else post(call, *args)
    batches = [protocol.Send(BOB, None, 'x', 'r'), protocol.Send(99, None, 'x', None), protocol.Send(BOB, None, 'x', 'r')]
    for command in (*batches, batches[0]):
        for number in range(count):
            scene.writer.write(scene.client(ANN), command._replace(ref=command.ref and command.ref + str(number)))
        scene.writer._work(*scene.writer._jobs.take())
        assert hub.cursor == scene.writer.telling.cursor == sequence.state(scene.db).head
        scene.db.commit()


def test_the_end_comes_after_all_that_waits(scene):
    talk(scene, (ANN, BOB))
    for number in range(MANY):
        scene.writer.write(scene.client(ANN), protocol.Mute(1, bool(number % 2)))
    scene.writer._jobs.put(jobs_of.STOP)
    turns = 1
    while jobs_of.STOP not in scene.turn():
        turns += 1
    assert len(scene.answers) == MANY and turns == -(-MANY // jobs_of.BATCH)


def test_no_more_wait_than_may_though_they_were_sorted(tmp_path):
    failed = []
    bridge = SimpleNamespace(post=lambda call, *args: failed.append(args))
    jobs = jobs_of.Jobs(bridge, 500)
    client = SimpleNamespace(failed=None)
    for number in range(2_000):
        jobs.put((client, protocol.Mute(1, True), number))
        if number == 450:
            jobs.take()
    assert jobs.count() == 500 and len(failed) == 2_000 - 500 - jobs_of.BATCH
