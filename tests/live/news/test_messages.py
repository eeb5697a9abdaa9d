"""Sending and being told, over real sockets."""
from collections import Counter
from unittest import mock

import pytest
from messenger_core.members import preferences
from messenger_core.messages import sending

ANN, BOB, CID = 1, 2, 3

on_both = pytest.mark.parametrize('idle', ['sqlite', 'postgresql'], indirect=True)


@on_both
def test_a_message_is_acked_and_then_told_to_both_and_to_nobody_else(sidecar):
    ann, bob, cid = (sidecar.open(member) for member in (ANN, BOB, CID))
    ann.ask(type='send', receiver=BOB, content='hi', ref='r1')
    ack, own, told = ann.frame(), ann.frame(), bob.frame()
    assert ack == {'type': 'ack', 'ref': 'r1', 'id': 1, 'seq': 1, 'conversation': 1, 'number': 1, 'timestamp': ack['timestamp']}
    assert told == {'type': 'message', 'seq': 1, 'id': 1, 'conversation': 1, 'number': 1, 'sender': 'Ann Lee', 'sender_id': ANN,
                    'receiver_id': BOB, 'content': 'hi', 'timestamp': ack['timestamp']}
    assert own == dict(told, ref='r1')
    assert cid.is_silent()


@on_both
def test_what_is_acked_is_stored(sidecar):
    ann = sidecar.open(ANN)
    ann.ask(type='send', receiver=BOB, content='hi')
    id = ann.until('ack')[-1]['id']
    sidecar.kill()
    assert sidecar.db.message(id).content == 'hi'


def test_all_sockets_of_both_are_told_the_senders_own_too(sidecar):
    sockets = [sidecar.open(ANN), sidecar.open(ANN), sidecar.open(BOB), sidecar.open(BOB)]
    sockets[0].ask(type='send', receiver=BOB, content='hi', ref='r')
    assert [socket.until('message')[-1].get('ref') for socket in sockets] == ['r', 'r', None, None]


@on_both
def test_a_repeat_gets_the_same_ack_and_nothing_else(sidecar):
    ann, bob = sidecar.open(ANN), sidecar.open(BOB)
    ann.ask(type='send', receiver=BOB, content='hi', ref='r')
    first = ann.until('message')[0]
    bob.frame()
    ann.ask(type='send', receiver=BOB, content='hi', ref='r')
    assert ann.frame() == first and ann.is_silent() and bob.is_silent()


@on_both
def test_a_repeat_after_a_kill_is_still_a_repeat(sidecar):
    ann = sidecar.open(ANN)
    ann.ask(type='send', receiver=BOB, content='hi', ref='r')
    first = ann.frame()
    sidecar.kill()
    sidecar.start()
    again = sidecar.open(ANN)
    again.ask(type='send', receiver=BOB, content='hi', ref='r')
    assert again.frame() == first and sidecar.db(sidecar.db.message).count() == 1


@pytest.mark.parametrize(('frame', 'code'), [
    ({'content': 'a\0b', 'receiver': BOB}, 'bad_text'), ({'content': '\ud800', 'receiver': BOB}, 'bad_text'),
    ({'content': ' \u200b\n', 'receiver': BOB}, 'bad_text'), ({'content': 'x' * 10_001, 'receiver': BOB}, 'too_long'),
    ({'content': 'x', 'receiver': 99}, 'no_such_user'), ({'content': 'x', 'receiver': True}, 'bad_type'),
    ({'content': 'x', 'receiver': 2.0}, 'bad_type'), ({'content': 'x', 'receiver': [2]}, 'bad_type'), ({'content': 'x'}, 'bad_type'),
    ({'content': 'x', 'receiver': BOB, 'conversation': 1}, 'bad_type'), ({'content': 5, 'receiver': BOB}, 'bad_type'),
    ({'content': 'x', 'conversation': 1}, 'not_found')])
def test_what_is_refused_is_said_with_its_ref_and_stores_nothing(sidecar, frame, code):
    ann = sidecar.open(ANN)
    ann.ask(type='send', ref='r', **frame)
    error = ann.frame()
    assert (error['type'], error['code'], error['ref']) == ('error', code, 'r') and error['message']
    assert ann.is_silent() and sidecar.db(sidecar.db.message).isempty()


@on_both
@pytest.mark.parametrize('content', ['x' * 10_000, '\U0001f600' * 10_000, '"\\' * 5_000, '\u0001' * 9_999 + 'x', '\u202eabc', '<script>'])
def test_what_fits_is_stored_and_told_exactly(sidecar, content):
    ann, bob = sidecar.open(ANN), sidecar.open(BOB)
    ann.ask(type='send', receiver=BOB, content=content)
    assert bob.frame()['content'] == content
    assert sidecar.db(sidecar.db.message).select().first().content == content


def test_what_a_client_says_about_sender_id_or_time_is_ignored(sidecar):
    ann, bob = sidecar.open(ANN), sidecar.open(BOB)
    ann.ask(type='send', receiver=BOB, content='hi', sender=CID, sender_id=CID, id=77, number=9, seq=9, is_read=True,
            timestamp='2001-01-01T00:00:00Z')
    told = bob.frame()
    assert (told['sender_id'], told['id'], told['seq'], told['number']) == (ANN, 1, 1, 1) and told['timestamp'] > '2026'
    assert sidecar.db.message(1).is_read is False


@on_both
def test_a_hundred_sends_that_wait_take_at_most_five_commits_and_a_refused_one_fails_alone(idle):
    sidecar = idle.start(burst=200, sends_in_flight=200)
    ann, db = sidecar.open(ANN), sidecar.db
    db.executesql('UPDATE messenger_feed SET version = version')     # holds the write lock, so that the sends pile up
    commits_before = _commits(sidecar)
    for number in range(100):
        ann.ask(type='send', receiver=99 if number == 50 else BOB, content=str(number), ref='r%d' % number)
    assert ann.is_silent()      # all of them have been read
    db.rollback()
    answers = [frame for frame in (ann.frame() for _ in range(199)) if frame['type'] != 'message']
    assert [answer['code'] for answer in answers if answer['type'] == 'error'] == ['no_such_user']
    assert sum(answer['type'] == 'ack' for answer in answers) == 99
    assert 1 <= _commits(sidecar) - commits_before <= 5
    contents = [row.content for row in db(db.message).select(orderby=db.message.seq)]
    assert contents == [str(number) for number in range(100) if number != 50]


def _commits(sidecar):
    """Count the transactions that wrote: by PostgreSQL's numbers of them, or in SQLite's write-ahead log.

    There the last frame of each says how large the database then is.
    """
    if sidecar.db._adapter.dbengine == 'postgres':
        return sidecar.db.executesql('SELECT count(DISTINCT xmin::text) FROM message')[0][0]
    log = (sidecar.application / 'databases' / 'messenger.sqlite-wal').read_bytes()
    salts, page_bytes = log[16:24], int.from_bytes(log[8:12], 'big')
    headers = (log[start:start + 24] for start in range(32, len(log), 24 + page_bytes))
    return sum(header[8:16] == salts and any(header[4:8]) for header in headers)


def test_a_row_that_somebody_else_inserts_arrives_without_waiting_for_the_timer(idle):
    sidecar = idle.start(timer_seconds=600)
    bob = sidecar.open(BOB)
    for number in range(5):
        sidecar.insert(ANN, BOB, 'foreign %d' % number)
        assert bob.frame()['content'] == 'foreign %d' % number


@on_both
def test_foreign_rows_and_own_messages_come_in_one_order_without_gap(idle):
    sidecar = idle.start(burst=1000)
    ann, bob = sidecar.open(ANN), sidecar.open(BOB)
    for number in range(30):
        ann.ask(type='send', receiver=BOB, content='own %d' % number)
        sidecar.insert(ANN, BOB, 'foreign %d' % number)
    told = [bob.frame() for _ in range(60)]
    seqs = [frame['seq'] for frame in told]
    assert seqs == sorted(set(seqs))
    assert [frame['number'] for frame in told] == list(range(1, 61))
    assert {frame['content'] for frame in told} == {'%s %d' % (kind, n) for kind in ('own', 'foreign') for n in range(30)}


@on_both
def test_reading_is_told_to_both_and_stored(sidecar):
    ann, bob = sidecar.open(ANN), sidecar.open(BOB)
    ann.ask(type='send', receiver=BOB, content='hi')
    message = bob.frame()
    bob.ask(type='read', conversation=message['conversation'], number=1)
    read = bob.frame()
    assert read == {'type': 'read', 'seq': read['seq'], 'conversation': message['conversation'], 'user_id': BOB, 'number': 1}
    assert ann.until('read')[-1] == read and sidecar.db.message(message['id']).is_read
    bob.ask(type='read', conversation=message['conversation'], number=1)
    assert bob.is_silent() and ann.is_silent()


@on_both
def test_a_strangers_conversation_cannot_be_read_or_marked(sidecar):
    ann, cid = sidecar.open(ANN), sidecar.open(CID)
    ann.ask(type='send', receiver=BOB, content='hi')
    conversation = ann.frame()['conversation']
    for number in (conversation, 999):
        cid.ask(type='read', conversation=number, number=1)
        assert cid.frame()['code'] == 'not_found'
    cid.ask(type='sync', since=0)
    assert [frame['type'] for frame in cid.until('synced')] == ['synced']


@on_both
def test_sync_brings_what_was_missed_once_and_in_order(sidecar):
    ann, bob = sidecar.open(ANN), sidecar.open(BOB)
    ann.ask(type='send', receiver=BOB, content='1')
    seen = bob.frame()['seq']
    bob.close()
    for number in (2, 3):
        ann.ask(type='send', receiver=BOB, content=str(number))
    ann.until('ack'), ann.until('ack'), ann.until('ack')
    bob = sidecar.open(BOB)
    bob.ask(type='sync', since=seen, epoch=bob.welcome['epoch'])
    frames = bob.until('synced')
    assert [frame.get('content') for frame in frames] == ['2', '3', None]
    assert frames[-1]['seq'] == 3 and 'more' not in frames[-1]


@on_both
def test_whoever_comes_while_others_write_misses_nothing_and_is_told_nothing_twice(idle):
    """Between being told the feed's head and being told what happens nothing falls through, however these two meet."""
    sidecar, count = idle.start(burst=10_000, connections=100, questions_burst=10_000), 400
    ann = sidecar.open(ANN)
    for number in range(count):
        ann.ask(type='send', receiver=BOB, content=str(number))
    comers = []
    while not comers or (comers[-1].welcome['seq'] < count and len(comers) < 50):
        comers.append(sidecar.open(BOB))
        comers[-1].ask(type='sync', since=0)
    assert comers[0].welcome['seq'] < count
    for bob in comers:
        told, since, more = Counter(), 0, True
        while more or len(told) < count:
            frame = bob.frame()
            if frame['type'] == 'message':
                told[frame['seq']] += 1
                continue
            since, more = frame['seq'], frame.get('more')
            if more:
                bob.ask(type='sync', since=since)
        bob.ask(type='ping')
        told += Counter(frame['seq'] for frame in bob.until('pong') if frame['type'] == 'message')
        # Once by the sync, and what came after the welcome once by a push; the client knows it by its id.
        wrong = {seq: times for seq, times in told.items() if times != 1 + (bob.welcome['seq'] < seq <= since)}
        assert not wrong, (bob.welcome['seq'], since, wrong)
    assert ann.until('ack')


@on_both
def test_a_long_sync_comes_in_pages(sidecar):
    sending.send_all(sidecar.db, [sending.Draft(ANN, str(number), BOB) for number in range(450)])
    sidecar.wait_for(lambda: sidecar.health()['seq'] == 450)
    bob = sidecar.open(BOB)
    contents, since, more = [], 0, True
    while more:
        bob.ask(type='sync', since=since)
        *events, synced = bob.until('synced')
        assert len(events) <= 200
        contents += [frame['content'] for frame in events if frame['seq'] > since]
        since, more = synced['seq'], synced.get('more')
    assert contents == [str(number) for number in range(450)]


@pytest.mark.parametrize('sync', [{'since': -1}, {'since': '0'}, {'since': 2**63}, {'since': 1.5}, {}])
def test_a_cursor_that_is_none_is_refused(sidecar, sync):
    ann = sidecar.open(ANN)
    ann.ask(type='sync', **sync)
    assert ann.frame()['code'] == 'bad_cursor'


def test_a_cursor_of_another_feed_is_told_to_reset(sidecar):
    ann = sidecar.open(ANN)
    for sync in ({'since': 5}, {'since': 0, 'epoch': 'of a backup'}):
        ann.ask(type='sync', **sync)
        assert ann.frame() == {'type': 'synced', 'seq': 0, 'epoch': ann.welcome['epoch'], 'reset': True}


def test_welcome_says_from_where_on_everything_is_pushed(sidecar):
    sidecar.insert(ANN, BOB, 'before')
    first = sidecar.open(BOB)
    if not first.welcome['seq']:
        first.until('message')
    bob, ann = sidecar.open(BOB), sidecar.open(ANN)
    assert bob.welcome['seq'] == 1 and bob.welcome['name'] == 'Bob Lee' and bob.welcome['version'] == 1
    assert bob.welcome['limits'] == {
        'content': 10_000, 'message_bytes': 131_072, 'sends_per_second': 5.0, 'burst': 30, 'connections': 20,
        'connections_per_address': 200, 'connections_in_all': 10_000, 'typing_seconds': 3.0, 'bad_messages_per_minute': 10,
        'questions_per_second': 20.0, 'questions_burst': 100, 'new_conversations_per_day': 50, 'new_conversations_per_day_young': 10}
    ann.ask(type='send', receiver=BOB, content='after')
    assert bob.frame()['seq'] == 2


class TestTheTutorialsPage:
    """A socket opened without v=1."""

    PATH = '/messenger/messaging/stream/listen'

    def test_it_sends_receiver_and_content_and_is_told_messages_only(self, sidecar):
        page, bob = sidecar.open(ANN, self.PATH), sidecar.open(BOB)
        page.send('{"receiver": 2, "content": "hi"}')
        told = page.frame()
        assert (told['sender'], told['content']) == ('Ann Lee', 'hi') and told['timestamp']
        bob.ask(type='read', conversation=1, number=1)
        bob.until('read')
        bob.ask(type='send', receiver='1', content='hello')
        assert page.frame()['content'] == 'hello'

    def test_it_speaks_the_protocol_from_its_first_frame_with_a_type(self, sidecar):
        page = sidecar.open(ANN, self.PATH)
        page.ask(type='send', receiver=BOB, content='hi', ref='r')
        assert page.frame()['type'] == 'ack'

    def test_stream_alone_says_connected_and_closes(self, sidecar):
        page = sidecar.open(ANN, '/messenger/messaging/stream')
        assert page.recv() == 'Connected' and page.close_code() == 1000


@on_both
def test_the_sender_is_told_once_that_messages_have_reached_a_device(idle):
    sidecar = idle.start(delivered_seconds=0.3, timer_seconds=0.1)
    ann, bob, cid = sidecar.open(ANN), sidecar.open(BOB), sidecar.open(CID)
    for content in ('one', 'two', 'three'):
        ann.ask(type='send', receiver=BOB, content=content)
        number = bob.frame()['number']
        bob.ask(type='delivered', conversation=1, number=number)
    told = ann.until('delivered')[-1]
    while told['number'] < 3:
        told = ann.until('delivered')[-1]
    assert told == {'type': 'delivered', 'conversation': 1, 'user_id': BOB, 'number': 3}
    assert sidecar.db(sidecar.db.participant.user_id == BOB).select().first().delivered_number == 3
    assert bob.is_silent() and cid.is_silent()


def test_deliveries_that_follow_each_other_closely_are_one_transaction_and_one_frame(idle):
    sidecar = idle.start(delivered_seconds=3600, timer_seconds=0.1)
    ann, bob = sidecar.open(ANN), sidecar.open(BOB)
    for number in range(1, 6):
        ann.ask(type='send', receiver=BOB, content='x')
        bob.frame()
        bob.ask(type='delivered', conversation=1, number=number)
    told = [frame['number'] for frame in [ann.frame() for _ in range(5 + 5 + 1)] if frame['type'] == 'delivered']
    assert len(told) == 1 and ann.is_silent() and bob.is_silent()
    assert sidecar.db.executesql('SELECT delivered_number FROM messenger_participant WHERE user_id = %d' % BOB) == [(told[0],)]


@on_both
def test_delivery_is_never_taken_back_nor_claimed_for_others(idle):
    sidecar = idle.start(delivered_seconds=0, timer_seconds=0.1)
    ann, bob, cid = sidecar.open(ANN), sidecar.open(BOB), sidecar.open(CID)
    ann.ask(type='send', receiver=BOB, content='x')
    ann.until('message')
    cid.ask(type='delivered', conversation=1, number=1)
    assert cid.frame()['code'] == 'not_found'
    bob.frame()
    bob.ask(type='delivered', conversation=1, number=99)
    assert ann.frame()['number'] == 1       # no further than what was written
    bob.ask(type='delivered', conversation=1, number=0)
    bob.ask(type='read', conversation=1, number=1)
    assert [frame['type'] for frame in ann.until('read')] == ['read']


def test_whoever_missed_more_than_an_outbox_holds_catches_up_all_the_same(idle):
    sending.send_all(idle.db, [sending.Draft(ANN, str(number) + 'x' * 9_990, BOB) for number in range(150)])
    idle.insert(ANN, BOB, 'y' * 1_300_000)
    sidecar = idle.start()
    sidecar.wait_for(lambda: sidecar.health()['seq'] == 151)
    bob, contents, since, more = sidecar.open(BOB), [], 0, True
    while more:
        bob.ask(type='sync', since=since)
        *events, synced = bob.until('synced')
        contents += [event['content'] for event in events]
        since, more = synced['seq'], synced.get('more')
    assert len(contents) == 151 and len(contents[-1]) == 1_300_000


def test_much_that_is_told_at_once_does_not_make_a_reader_slow(sidecar):
    bob = sidecar.open(BOB)
    for number in range(300):
        sidecar.db.executesql("INSERT INTO message (sender, receiver, content) VALUES (1, 2, '%d%s')" % (number, 'x' * 5_000))
    sidecar.db.commit()
    assert [bob.frame()['number'] for _ in range(300)] == list(range(1, 301))


@pytest.mark.parametrize('statement', [
    "INSERT INTO message (sender, receiver, content, ref) VALUES (1, 2, 'odd', x'00ff')",
    "INSERT INTO message (sender, receiver, content, ref) VALUES (1, 2, x'ff00', 5)",
    "INSERT INTO message (sender, receiver, content, timestamp, is_read) VALUES (1, 2, 7, 'never', 'perhaps')",
    "UPDATE auth_user SET first_name = x'ff', last_name = 5 WHERE id = 1"])
def test_an_odd_row_stops_nobody(sidecar, statement):
    ann, bob = sidecar.open(ANN), sidecar.open(BOB)
    sidecar.db.executesql(statement)
    sidecar.db.commit()
    ann.ask(type='send', receiver=BOB, content='after')
    while bob.frame()['content'] != 'after':
        pass
    bob.ask(type='sync', since=0)
    assert 'after' in [frame.get('content') for frame in bob.until('synced')]
    assert 'Traceback' not in sidecar.log()


def test_questions_beyond_all_measure_are_refused_and_cost_the_others_nothing(idle):
    sidecar = idle.start(questions_burst=5, questions_per_second=1)
    ann = sidecar.open(ANN)
    for _ in range(7):
        ann.ask(type='read', conversation=999, number=1)
    assert sorted(ann.frame()['code'] for _ in range(7)) == ['not_found'] * 5 + ['rate'] * 2


@on_both
def test_who_gives_no_receipts_is_seen_to_have_got_a_message_and_not_to_have_read_it(idle):
    preferences.keep(idle.db, BOB, preferences.Preferences(gives_receipts=False))
    sidecar = idle.start()
    ann, bob, tab = sidecar.open(ANN), sidecar.open(BOB), sidecar.open(BOB)
    ann.ask(type='send', receiver=BOB, content='x')
    seq = ann.until('message')[-1]['seq']
    bob.frame()
    bob.ask(type='read', conversation=1, number=1)
    read = {'type': 'read', 'seq': seq + 1, 'conversation': 1, 'user_id': BOB, 'number': 1}
    assert bob.frame() == tab.until('read')[-1] == read
    assert ann.frame() == {'type': 'delivered', 'conversation': 1, 'user_id': BOB, 'number': 1}
    ann.ask(type='sync', since=seq)
    assert [frame['type'] for frame in ann.until('synced')] == ['synced']
    bob.ask(type='sync', since=seq)
    assert bob.until('synced')[0] == read


@on_both
def test_whatever_changes_something_is_acked_under_its_ref(idle):
    sidecar = idle.start(delivered_seconds=3600)
    ann, bob = sidecar.open(ANN), sidecar.open(BOB)
    ann.ask(type='send', receiver=BOB, content='x')
    ann.until('message'), bob.frame()
    for number, asked in enumerate(({'type': 'read', 'number': 1}, {'type': 'unread'}, {'type': 'mute', 'muted': True},
                                    {'type': 'delivered', 'number': 1})):
        for again in 'ab':
            ref = '%d%s' % (number, again)
            bob.ask(**asked, conversation=1, ref=ref)
            assert bob.until('ack')[-1] == {'type': 'ack', 'ref': ref}
        bob.ask(**asked, conversation=9, ref='no')
        refused = bob.until('error')[-1]
        assert (refused['code'], refused['ref']) == ('not_found', 'no')
    assert 'Traceback' not in sidecar.log()


@on_both
def test_a_mark_as_unread_reaches_ones_own_devices_and_goes_when_the_conversation_is_read(idle):
    sidecar = idle.start()
    ann, bob, tab = sidecar.open(ANN), sidecar.open(BOB), sidecar.open(BOB)
    ann.ask(type='send', receiver=BOB, content='x')
    seq = ann.until('message')[-1]['seq']
    for asked, marked in (('read', None), ('unread', True), ('unread', None), ('read', False), ('read', None)):
        bob.ask(type=asked, conversation=1, number=1)
        if marked is not None:
            frame = {'type': 'unread', 'seq': mock.ANY, 'conversation': 1, 'user_id': BOB, 'marked_unread': marked}
            assert bob.until('unread')[-1] == tab.until('unread')[-1] == frame
    assert ann.until('read')[-1]['seq'] == seq + 1 and ann.is_silent() and tab.is_silent()
    ann.ask(type='unread', conversation=2)
    assert ann.frame()['code'] == 'not_found'
    ann.ask(type='unread')
    assert ann.frame()['code'] == 'bad_type'


@on_both
def test_muting_reaches_ones_own_devices_and_nobody_else(idle):
    sidecar = idle.start()
    ann, bob, tab = sidecar.open(ANN), sidecar.open(BOB), sidecar.open(BOB)
    ann.ask(type='send', receiver=BOB, content='x')
    ann.until('message')
    for muted in (True, False):
        bob.ask(type='mute', conversation=1, muted=muted)
        frame = {'type': 'mute', 'seq': mock.ANY, 'conversation': 1, 'user_id': BOB, 'muted': muted}
        assert bob.until('mute')[-1] == tab.until('mute')[-1] == frame
        bob.ask(type='mute', conversation=1, muted=muted)
    assert bob.is_silent() and tab.is_silent() and ann.is_silent()
    ann.ask(type='mute', conversation=2, muted=True)
    assert ann.frame()['code'] == 'not_found'
