"""The wire as text: what is taken, what is refused, what is said."""
import json

import pytest
from messenger_core.database.tables import utcnow
from messenger_core.errors import STATUS, Refused
from messenger_core.feed import events, pages
from messenger_core.messages import batch
from messenger_live.wire import protocol

NOW = utcnow()
MESSAGE = events.Message(5, 9, 2, 3, 1, 'Ann', 2, 'hi', NOW, False, 'r')


def refusal(text):
    with pytest.raises(Refused) as refused:
        protocol.command(protocol.decode(text))
    return refused.value.code


@pytest.mark.parametrize('text', [
    '', 'null', '[]', '1', '"x"', '{"a":1} x', '\ufeff{}', '[' * 100_000, '{"a":' * 100_000, '{"a":NaN}', '{"a":Infinity}', '{"a":1e999}',
    '{"a":%s}' % ('9' * 60_000), '{"to":2,"to":3}', '{"a":{"b":1,"b":2}}', "{'a':1}", b'\xff{}', b'{"a":"\xff"}'])
def test_only_one_strict_object_is_json(text):
    assert refusal(text) == 'bad_json'


@pytest.mark.parametrize('frame', [
    {}, {'type': None}, {'type': 'nonsense'}, {'type': '__proto__'}, {'type': 5}, {'type': ['send']}, {'receiver': 2}, {'content': 'x'},
    {'type': 'send', 'content': 'x'}, {'type': 'send', 'receiver': 2}, {'type': 'send', 'receiver': 2, 'content': None},
    {'type': 'send', 'receiver': 2, 'conversation': 3, 'content': 'x'}, {'type': 'send', 'conversation': '3', 'content': 'x'},
    {'type': 'send', 'conversation': -1, 'content': 'x'}, {'type': 'send', 'receiver': {}, 'content': 'x'},
    {'type': 'send', 'receiver': 2, 'content': 'x', 'ref': ''}, {'type': 'send', 'receiver': 2, 'content': 'x', 'ref': 'a' * 65},
    {'type': 'send', 'receiver': 2, 'content': 'x', 'ref': 'ä'}, {'type': 'send', 'receiver': 2, 'content': 'x', 'ref': 7},
    {'type': 'read', 'conversation': 1}, {'type': 'read', 'conversation': 1, 'number': '1'},
    {'type': 'read', 'conversation': True, 'number': 1}, {'type': 'typing'}, {'type': 'typing', 'conversation': [1]},
    {'type': 'mute', 'conversation': 1}, {'type': 'mute', 'conversation': 1, 'muted': 0},
    {'type': 'mute', 'conversation': '1', 'muted': True},
    {'type': 'sync', 'since': 0, 'epoch': 5}])
def test_a_field_that_is_missing_or_of_the_wrong_kind_is_bad_type(frame):
    assert refusal(json.dumps(frame)) == 'bad_type'


def test_unknown_fields_are_ignored():
    frame = {'type': 'send', 'receiver': 2, 'content': 'x', 'ref': 'r', 'sender': 9, 'constructor': {}}
    assert protocol.command(frame) == protocol.Send(2, None, 'x', 'r')


def test_the_tutorials_frame_without_a_type_is_a_send():
    assert protocol.command({'receiver': '2', 'content': 'a\r\nb'}) == protocol.Send('#2', None, 'a\nb', None)


@pytest.mark.parametrize(('typed', 'untyped'), [
    ('2', '#2'), (' 2 ', '#2'), ('9' * 30, '#' + '9' * 30), (2, 2),
    ('#2', '#2'), ('ann', 'ann'), ('2a', '2a'), ('٣', '٣'), ('２', '２'), ('', '')])
def test_digits_are_an_id_in_the_tutorials_frame_alone(typed, untyped):
    frame = {'receiver': typed, 'content': 'x'}
    assert protocol.command(frame).receiver == untyped
    assert protocol.command(dict(frame, type='send')).receiver == typed


def test_a_ref_is_echoed_only_when_it_is_one():
    assert [protocol.ref_of({'ref': ref}) for ref in ('a.B:1_-', 'a b', 5, None, 'x\n')] == ['a.B:1_-', None, None, None, None]


def test_only_its_sender_is_told_the_ref_of_a_message():
    assert protocol.message_frame(MESSAGE, 1)['ref'] == 'r' and 'ref' not in protocol.message_frame(MESSAGE, 2)


def test_a_former_member_has_no_name_and_no_id():
    frame = protocol.message_frame(MESSAGE._replace(sender='', sender_id=None), 2)
    assert frame['sender'] == '' and 'sender_id' not in frame


def test_ack_and_message_agree():
    ack, message = protocol.ack_frame(batch.Sent(MESSAGE, False), 'r'), protocol.message_frame(MESSAGE, 1)
    assert all(ack[name] == message[name] for name in ('id', 'seq', 'conversation', 'number', 'timestamp', 'ref'))
    assert 'ref' not in protocol.ack_frame(batch.Sent(MESSAGE, False), None)


def test_times_are_utc_and_whole_seconds():
    assert protocol.time(NOW) == NOW.strftime('%Y-%m-%dT%H:%M:%SZ')


def test_every_refusal_has_a_status_and_a_sentence():
    for code in STATUS:
        frame = protocol.error_frame(Refused(code, retry_after=3), 'r')
        assert frame == {'type': 'error', 'ref': 'r', 'code': code, 'message': frame['message'], 'retry_after': 3} and frame['message']


def test_typing_and_presence_are_no_events():
    assert protocol.command({'type': 'typing', 'conversation': 7, 'user_id': 9}) == protocol.Typing(7)
    assert protocol.typing_frame(7, 1) == {'type': 'typing', 'conversation': 7, 'user_id': 1}
    assert protocol.presence_frame(1, True) == {'type': 'presence', 'user_id': 1, 'online': True}
    seen = NOW.replace(second=0)
    assert protocol.presence_frame(1, False, seen) == {'type': 'presence', 'user_id': 1, 'online': False, 'last_seen': protocol.time(seen)}


def test_a_page_of_events_is_the_same_for_socket_and_http():
    page = pages.Page([MESSAGE, events.Read(10, 2, 2, 3, frozenset({1, 2}))], 10, 'e', True, False)
    body = protocol.page_frame(page, 1, 5)
    assert [event['type'] for event in body['events']] == ['message', 'read']
    assert (body['user_id'], body['seq'], body['epoch'], body['more'], body['retry_after']) == (1, 10, 'e', True, 5) and 'reset' not in body
    assert protocol.synced_frame(page) == {'type': 'synced', 'seq': 10, 'epoch': 'e', 'more': True}


def test_text_goes_out_as_it_is():
    content = '</script>\u2028😀"\\'
    assert json.loads(protocol.encode({'content': content})) == {'content': content}
