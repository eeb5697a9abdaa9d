"""The JSON beside the socket: updates, history and commands over plain HTTP."""
import json

import pytest
from messenger_core.database.transaction import turnstile
from messenger_core.feed import sequence
from messenger_core.members import directory
from messenger_core.messages import reading, sending

PATHS = ('/messaging/updates.json?since=0', '/messaging/history.json?conversation=1')


def write(site, sender, receiver, content, ref=None):
    return sending.send(site.db, sending.Draft(sender, content, receiver, ref=ref)).message


def updates(browser, since, status=200, **parameters):
    return browser.get('/messaging/updates.json', status, params={'since': since, **parameters}).json


# -- updates.json ---------------------------------------------------------------------------------------------------------------

def test_updates_are_the_events_as_the_socket_has_them(site, ann, bob):
    message = write(site, bob.id, ann.id, 'Hello')
    answer = updates(ann, 0)
    assert answer == {
        'user_id': ann.id,
        'events': [{'type': 'message', 'seq': message.seq, 'id': message.id, 'conversation': 1, 'number': 1, 'sender': 'Bob Lee',
                    'sender_id': bob.id, 'receiver_id': ann.id, 'content': 'Hello', 'timestamp': message.timestamp.isoformat() + 'Z'}],
        'seq': sequence.state(site.db).head, 'epoch': sequence.state(site.db).epoch, 'more': False, 'retry_after': 5}
    assert updates(ann, answer['seq'])['events'] == []


def test_updates_tell_the_sender_the_ref_and_the_receiver_not(site, ann, bob):
    write(site, bob.id, ann.id, 'x', ref='r1')
    assert updates(bob, 0)['events'][0]['ref'] == 'r1'
    assert 'ref' not in updates(ann, 0)['events'][0]


def test_updates_hold_nothing_of_others_and_no_logout(site, ann, bob):
    cid = site.log_in('Cid')
    write(site, ann.id, bob.id, 'between others')
    bob.log_out()
    assert updates(cid, 0)['events'] == []


def test_updates_come_in_pages_without_a_gap(site, ann, bob):
    for number in range(450):
        write(site, bob.id, ann.id, str(number))
    since, more, seen = 0, True, []
    while more:
        answer = updates(ann, since)
        since, more = answer['seq'], answer['more']
        assert len(answer['events']) <= 200
        seen += [event['content'] for event in answer['events']]
    assert seen == [str(number) for number in range(450)]


@pytest.mark.parametrize('since', ['', 'abc', '-1', '1.5', '٣', '1e3', '9223372036854775808', '9' * 5000])
def test_a_cursor_that_is_none_is_refused(ann, since):
    assert updates(ann, since, 400)['code'] == 'bad_cursor'


def test_a_missing_or_double_cursor_is_refused(ann):
    assert ann.get('/messaging/updates.json', 400).json['code'] == 'bad_cursor'
    assert ann.get('/messaging/updates.json?since=1&since=2', 400).json['code'] == 'bad_cursor'


@pytest.mark.parametrize('parameters', [{'since': 999}, {'since': 0, 'epoch': 'another'}])
def test_a_cursor_of_another_life_is_reset(ann, parameters):
    answer = updates(ann, **parameters)
    assert (answer['reset'], answer['events']) == (True, [])


def test_updates_complete_what_others_insert(site, ann, bob):
    site.write_by_sql(bob.id, ann.id, 'x')
    assert [event['content'] for event in updates(ann, 0)['events']] == ['x']


# -- history.json ---------------------------------------------------------------------------------------------------------------

def test_history_is_paged_from_the_newest(site, ann, bob):
    for number in range(1, 121):
        write(site, bob.id, ann.id, str(number))
    page = ann.get('/messaging/history.json?conversation=1').json
    assert [message['number'] for message in page['messages']] == list(range(71, 121))
    assert page['more'] is True
    page = ann.get('/messaging/history.json?conversation=1&before=11&limit=20').json
    assert [message['number'] for message in page['messages']] == list(range(1, 11))
    assert page['more'] is False


def test_the_limit_of_history_is_clamped(site, ann, bob):
    for number in range(230):
        write(site, bob.id, ann.id, str(number))
    assert len(ann.get('/messaging/history.json?conversation=1&limit=100000').json['messages']) == 200
    assert len(ann.get('/messaging/history.json?conversation=1&limit=0').json['messages']) == 1


@pytest.mark.parametrize('query', [
    '', 'conversation=', 'conversation=abc', 'conversation=-1', 'conversation=1&conversation=2', 'conversation=1&before=abc',
    'conversation=1&limit=1e9', 'conversation=1&limit=-1', 'conversation=1&before=-1', 'conversation=' + '9' * 40])
def test_history_asked_for_wrongly_is_refused(site, ann, bob, query):
    write(site, bob.id, ann.id, 'x')
    assert ann.get('/messaging/history.json?' + query, 400).json['code'] == 'bad_type'


def test_history_of_others_and_of_nobody_is_the_same_nothing(site, ann, bob):
    cid = site.log_in('Cid')
    write(site, ann.id, bob.id, 'secret')
    answers = [cid.get('/messaging/history.json?conversation=%d' % number, 404).text for number in (1, 2, 0, 2**62)]
    assert len(set(answers)) == 1
    assert json.loads(answers[0])['code'] == 'not_found'


# -- command.json ---------------------------------------------------------------------------------------------------------------

def test_a_send_is_acked_once_it_is_stored(site, ann, bob):
    ack = ann.post_json({'type': 'send', 'receiver': bob.id, 'content': 'Hello', 'ref': 'r1'}).json
    row = site.messages()[0]
    assert ack == {'type': 'ack', 'ref': 'r1', 'id': row['id'], 'seq': row['seq'], 'conversation': row['conversation'], 'number': 1,
                   'timestamp': row['timestamp'].isoformat() + 'Z'}
    assert ann.post_json({'type': 'send', 'receiver': bob.id, 'content': 'Hello', 'ref': 'r1'}).json == ack
    assert len(site.messages()) == 1


def test_a_send_into_a_conversation_arrives(site, ann, bob):
    write(site, bob.id, ann.id, 'x')
    assert ann.post_json({'type': 'send', 'conversation': 1, 'content': 'y'}).json['number'] == 2


def test_a_read_is_answered_by_nothing_and_told_to_the_other(site, ann, bob):
    write(site, bob.id, ann.id, 'x')
    assert ann.post_json({'type': 'read', 'conversation': 1, 'number': 1}).json == {}
    assert updates(bob, 0)['events'][-1]['type'] == 'read'
    assert site.messages()[0]['is_read'] is True


def test_whatever_changes_something_is_acked_under_its_ref_also_when_it_was_so_before_and_is_no_send(site, ann, bob):
    write(site, bob.id, ann.id, 'x')
    for number, asked in enumerate(2 * VERBS):
        assert ann.post_json(dict(asked, conversation=1, ref='same')).json == {'type': 'ack', 'ref': 'same'}, number
    assert ann.post_json({'type': 'send', 'receiver': bob.id, 'content': 'y', 'ref': 'same'}).json['number'] == 2
    for asked in VERBS:
        refused = ann.post_json(dict(asked, conversation=9, ref='r'), 404).json
        assert (refused['type'], refused['code'], refused['ref']) == ('error', 'not_found', 'r')
        assert ann.post_json(dict(asked, conversation=1, ref='no ref!'), 400).json['code'] == 'bad_type'


VERBS = [{'type': 'read', 'number': 1}, {'type': 'unread'}, {'type': 'mute', 'muted': True}, {'type': 'delivered', 'number': 1}]
BAD_JSON = [
    b'', b'{', b'[]', b'"x"', b'\xff', b'{"type":"send","type":"send"}', b'{"a":NaN}', b'[' * 100_000]
BAD_TYPE = [
    {}, {'type': 'fly'}, {'type': ['send']}, {'type': 'ping'}, {'type': 'typing', 'conversation': 1}, {'type': 'sync', 'since': 0},
    {'type': 'send', 'content': 'x'},
    {'type': 'send', 'receiver': 1, 'conversation': 1, 'content': 'x'}, {'type': 'send', 'receiver': 1.5, 'content': 'x'},
    {'type': 'send', 'receiver': True, 'content': 'x'}, {'type': 'send', 'receiver': [1], 'content': 'x'},
    {'type': 'send', 'receiver': 1, 'content': 5}, {'type': 'send', 'receiver': 1, 'content': 'x', 'ref': 'no ref!'},
    {'type': 'read', 'conversation': 1},
    {'type': 'mute', 'conversation': 1}, {'type': 'mute', 'conversation': 1, 'muted': 1}, {'type': 'mute', 'muted': True}]
BAD_CONTENT = [('\u200b', 'bad_text'), ('a\0', 'bad_text'), ('\ud800', 'bad_text'), ('x' * 10_001, 'too_long')]
NOBODY = [999, 0, -1, 10**30, 'a\0', '\ud800', '٣', '9' * 5000, '', 'nobody@example.com']
NOWHERE = [{'type': 'send', 'conversation': 999, 'content': 'x'}, {'type': 'send', 'conversation': 2**63 - 1, 'content': 'x'},
           {'type': 'read', 'conversation': 999, 'number': 1}]


@pytest.mark.parametrize(('frame', 'status', 'code'), [
    *((frame, 400, 'bad_json') for frame in BAD_JSON),
    *((frame, 400, 'bad_type') for frame in BAD_TYPE),
    *(({'type': 'send', 'receiver': 1, 'content': content}, 400, code) for content, code in BAD_CONTENT),
    *(({'type': 'send', 'receiver': receiver, 'content': 'x'}, 404, 'no_such_user') for receiver in NOBODY),
    *((frame, 404, 'not_found') for frame in NOWHERE),
])
def test_a_frame_that_cannot_be_done_is_refused_with_its_code(site, ann, frame, status, code):
    answer = ann.post_json(frame, status).json
    assert (answer['type'], answer['code']) == ('error', code)
    assert answer['message']
    assert site.messages() == []


def test_a_refusal_echoes_the_ref(ann):
    assert ann.post_json({'type': 'send', 'receiver': 999, 'content': 'x', 'ref': 'r1'}, 404).json['ref'] == 'r1'


def test_the_same_ref_with_another_text_is_a_conflict(ann, bob):
    ann.post_json({'type': 'send', 'receiver': bob.id, 'content': 'one', 'ref': 'r1'})
    assert ann.post_json({'type': 'send', 'receiver': bob.id, 'content': 'two', 'ref': 'r1'}, 409).json['code'] == 'conflict'


@pytest.mark.parametrize('frame', [
    {'type': 'send', 'content': 'x'}, {'type': 'read', 'number': 1}, {'type': 'unread'}, {'type': 'mute', 'muted': True},
    {'type': 'delivered', 'number': 1}])
def test_a_conversation_of_others_is_not_there(site, ann, bob, frame):
    cid = site.log_in('Cid')
    write(site, ann.id, bob.id, 'x')

    def state():
        site.db.commit()
        tables = ('message', 'messenger_conversation', 'messenger_participant', 'messenger_event')
        return [site.db.executesql('SELECT * FROM ' + table) for table in tables]
    before = state()
    answers = [cid.post_json({**frame, 'conversation': conversation}, 404).text for conversation in (1, 2)]
    assert len(set(answers)) == 1 and json.loads(answers[0])['code'] == 'not_found'
    assert state() == before


def test_a_frame_without_type_is_the_tutorials(site, ann, bob):
    assert ann.post_json({'receiver': str(bob.id), 'content': 'Hello'}).json['type'] == 'ack'


def test_a_busy_database_says_when_to_come_back(site, ann, bob, monkeypatch):
    monkeypatch.setattr(sequence, 'turnstile', lambda db: turnstile(db, 0.05))
    with turnstile(site.db):
        answer = ann.post_json({'type': 'send', 'receiver': bob.id, 'content': 'x'}, 503)
    assert (answer.json['code'], answer.json['retry_after']) == ('busy', 1)
    assert answer.headers['Retry-After'] == '1'


def test_more_than_a_command_may_have_is_refused_unread(ann):
    assert ann.post_json(b' ' * 131_073, 400).json['code'] == 'too_long'
    assert ann.post_json(b'x' * 3_000_000, 413)


def test_ten_thousand_characters_fit_even_as_escapes(site, ann, bob):
    content = '\U0001f389' * 10_000
    assert ann.post_json({'type': 'send', 'receiver': bob.id, 'content': content[:10_000]}).json['type'] == 'ack'


@pytest.mark.parametrize('method', ['GET', 'PUT', 'DELETE', 'HEAD'])
def test_a_command_is_only_taken_by_post(site, ann, bob, method):
    headers = {'Origin': 'http://127.0.0.1:8000', 'Cookie': 'session_id_messenger=' + ann.cookie()}
    body = b'' if method == 'HEAD' else json.dumps({'receiver': bob.id, 'content': 'x'}).encode()
    answer = ann.app.request('/messenger/messaging/command.json', method=method, body=body, headers=headers, expect_errors=True,
                             content_type='application/json')
    assert answer.status_int == 400
    assert site.messages() == []


@pytest.mark.parametrize('content_type', [
    'text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data', 'application/jsonp', ''])
def test_a_command_is_only_taken_as_json(site, ann, bob, content_type):
    answer = ann.app.post('/messenger/messaging/command.json', json.dumps({'receiver': bob.id, 'content': 'x'}), expect_errors=True,
                          content_type=content_type, headers={'Origin': 'http://127.0.0.1:8000'})
    assert (answer.status_int, answer.json['code']) == (400, 'bad_type')
    assert site.messages() == []


@pytest.mark.parametrize('frame', [{'type': 'send', 'content': 'x'}, {'type': 'read', 'conversation': 1, 'number': 1},
                                   {'type': 'unread', 'conversation': 1}])
def test_a_command_from_the_page_of_another_member_is_nothing_to_who_is_logged_in_by_now(site, ann, bob, frame):
    write(site, bob.id, ann.id, 'x')
    asked = {'receiver': bob.id, **frame} if frame['type'] == 'send' else frame
    for author in (bob.id, str(ann.id), None, 0, True, 1.5):
        answer = ann.post_json({**asked, 'author': author, 'ref': 'r'}, 401).json
        assert (answer['code'], answer['ref']) == ('no_session', 'r')
    assert len(site.messages()) == 1 and reading.unread(site.db, ann.id, 1) == 1
    ann.post_json({**asked, 'author': ann.id, 'ref': 'r'})


@pytest.mark.parametrize('origin', [
    None, '', 'null', 'http://evil.example', 'https://127.0.0.1:8001', 'http://127.0.0.1:8000.evil.example', 'http://127.0.0.1:8000/',
    'http://127.0.0.1', 'http://localhost:8000', 'http://127.0.0.1:8000, http://evil.example'])
def test_a_command_from_another_page_is_refused(site, ann, bob, origin):
    answer = ann.app.post('/messenger/messaging/command.json', json.dumps({'receiver': bob.id, 'content': 'x'}), expect_errors=True,
                          content_type='application/json', headers={} if origin is None else {'Origin': origin})
    assert (answer.status_int, answer.json['code']) == (403, 'forbidden')
    assert site.messages() == []


def test_pages_of_a_configured_origin_may_command(ann, bob, monkeypatch):
    monkeypatch.setenv('MESSENGER_REALTIME_ORIGINS', 'https://chat.example, http://localhost:8000')
    frame = {'receiver': bob.id, 'content': 'x'}
    assert ann.post_json(frame, Origin='http://localhost:8000')
    assert ann.post_json(frame, Origin='https://chat.example')
    assert ann.post_json(frame, 403)


# -- all of them ----------------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize('path', PATHS)
def test_without_login_there_is_an_error_object(site, path):
    answer = site.visitor().get(path, 401)
    assert answer.json == {'type': 'error', 'code': 'no_session', 'message': 'User not authenticated'}
    assert site.visitor().post_json({'receiver': 1, 'content': 'x'}, 401).json['code'] == 'no_session'


@pytest.mark.parametrize('path', PATHS)
def test_a_blocked_member_gets_nothing(site, ann, bob, path):
    write(site, bob.id, ann.id, 'secret')
    site.db.executesql("UPDATE auth_user SET registration_key = 'blocked' WHERE id = ?", [ann.id])
    site.db.commit()
    assert ann.get(path, 403).json['code'] == 'blocked'
    assert ann.post_json({'receiver': bob.id, 'content': 'x'}, 403).json['code'] == 'blocked'
    assert len(site.messages()) == 1


def test_a_deleted_member_is_nameless(site, ann, bob):
    write(site, bob.id, ann.id, 'x')
    directory.forget(site.db, [bob.id])
    site.db.commit()
    event = updates(ann, 0)['events'][0]
    assert (event['sender'], 'sender_id' in event) == ('', False)


@pytest.mark.parametrize('path', PATHS)
def test_answers_are_json_and_kept_by_nobody(site, ann, bob, path):
    write(site, bob.id, ann.id, 'x')
    answer = ann.get(path)
    assert answer.headers['Content-Type'] == 'application/json; charset=utf-8'
    assert answer.headers['Cache-Control'] == 'no-store'
    assert 'Set-Cookie' not in answer.headers


@pytest.mark.parametrize('path', PATHS)
def test_they_do_not_wait_for_the_session_of_a_slow_page(site, ann, bob, path, gluon):
    write(site, bob.id, ann.id, 'x')
    unlocked = []
    close = gluon.globals.Session._close

    def note(session, response):
        unlocked.append(response.session_id)
        return close(session, response)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(gluon.globals.Session, '_close', note)
        ann.get(path)
    assert ann.cookie() in unlocked


@pytest.mark.parametrize('extension', ['', '.html', '.xml', '.load', '.rss', '.csv'])
def test_they_answer_under_no_other_extension(site, ann, extension):
    for action in ('updates', 'history', 'command'):
        ann.get('/messaging/%s%s' % (action, extension), 404)


def test_nor_is_what_such_a_page_asks_for(ann, bob):
    ann.send(bob.id, 'hello')
    for asked in ('conversations.json?', 'history.json?conversation=1&', 'search.json?q=hello&', 'active.json?', 'updates.json?since=0&'):
        path = '/messaging/' + asked + 'author=%s'
        assert ann.get(path % ann.id).json.get('type') != 'error'
        for author in (bob.id, '0%d' % ann.id, '', 'x'):
            answer = ann.get(path % author, 401).json
            assert (answer['type'], answer['code']) == ('error', 'no_session')
            assert set(answer) == {'type', 'code', 'message'}
