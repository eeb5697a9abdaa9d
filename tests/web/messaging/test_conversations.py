"""The list of conversations, as a page and as JSON."""
from datetime import datetime
from unittest import mock

import pytest
from messenger_core.ends import last_seen
from messenger_core.errors import Refused
from messenger_core.feed import sequence
from messenger_core.members import preferences
from messenger_core.members.preferences import Preferences
from messenger_core.messages import sending


def write(site, sender, receiver, content):
    return sending.send(site.db, sending.Draft(sender, content, receiver)).message


def listed(browser, **query):
    page = browser.get('/messaging/chat', **query) if query else browser.get('/messaging/chat')
    return [(row.find(class_='conversation__name').get_text(' ', strip=True), row.find(class_='conversation__last').text.strip(),
             row.find(class_='badge') and row.find(class_='badge').text) for row in page.html.find_all(class_='conversation')]


def test_chat_without_a_person_shows_the_conversations_newest_first(site, ann, bob):
    cid = site.member('Cid')
    write(site, cid, ann.id, 'older')
    write(site, bob.id, ann.id, 'newer')
    write(site, bob.id, ann.id, '<b>newest</b>')
    assert listed(ann) == [('Bob Lee #%d' % bob.id, '<b>newest</b>', '2 unread'), ('Cid Lee #%d' % cid, 'older', '1 unread')]
    ann.get('/messaging/chat/%d' % bob.id)
    assert [badge for _, _, badge in listed(ann)] == [None, '1 unread']


def test_ones_own_last_words_are_marked_as_such(site, ann, bob):
    write(site, ann.id, bob.id, 'hello')
    assert listed(ann) == [('Bob Lee #%d' % bob.id, 'You: hello', None)]
    assert listed(bob) == [('Ann Lee #%d' % ann.id, 'hello', '1 unread')]


def test_who_is_in_the_list_is_not_offered_again(site, ann, bob):
    site.member('Cid')
    write(site, bob.id, ann.id, 'x')
    page = ann.get('/messaging/chat').html
    assert [link.find('bdi').text for link in page.find(class_='people').find_all('a')] == ['Cid Lee']


def test_a_former_member_stays_in_the_list_without_a_name(site, ann, bob):
    write(site, bob.id, ann.id, 'x')
    site.db(site.db.auth_user.id == bob.id).update(registration_key='deleted')
    site.db.commit()
    assert [name for name, _, _ in listed(ann)] == ['former member']


def test_the_json_is_what_the_wire_says(site, ann, bob):
    first = write(site, bob.id, ann.id, 'one')
    last = write(site, ann.id, bob.id, 'two')
    answer = ann.get('/messaging/conversations.json').json
    row, = answer.pop('conversations')
    assert answer == {'more': False, 'seq': last.seq, 'unread': 1}
    message = row.pop('last')
    assert (message['id'], message['content'], message['sender_id']) == (last.id, 'two', ann.id)
    assert row == {'conversation': first.conversation, 'kind': 'direct', 'user_id': bob.id, 'name': 'Bob Lee', 'unread': 1,
                   'read_number': 0, 'their_read_number': 0, 'their_delivered_number': 0}


def test_pages_join(site, ann):
    for number in range(5):
        write(site, site.member('M%d' % number), ann.id, 'x')
    names, before = [], ''
    while True:
        answer = ann.get('/messaging/conversations.json?limit=2&before=%s' % before).json
        names += [row['name'] for row in answer['conversations']]
        if not answer['more']:
            break
        before = answer['conversations'][-1]['last']['seq']
    assert names == ['M%d Lee' % number for number in (4, 3, 2, 1, 0)]


@pytest.mark.parametrize(('query', 'status'), [('before=abc', 400), ('limit=-1', 400), ('limit=0', 200), ('limit=1000000000', 200)])
def test_odd_questions_get_an_answer(site, ann, query, status):
    ann.get('/messaging/conversations.json?' + query, status)


def test_the_list_is_for_members(site):
    assert site.visitor().get('/messaging/conversations.json', 401).json['code'] == 'no_session'


def mark(browser, name, conversation, key=None, **more):
    page = browser.get('/messaging/chat')
    key = page.html.find(id='marks').find('input', {'name': '_formkey'})['value'] if key is None else key
    return browser.follow(browser.post('/messaging/mark', {'_formname': 'marks', '_formkey': key, name: conversation, **more}, status=303))


def offered(browser):
    buttons = browser.get('/messaging/chat').html.ol.find_all('button', form='marks')
    return [(button['name'], button['value'], button['aria-label']) for button in buttons]


def test_a_conversation_is_marked_as_unread_and_as_read_by_form(site, ann, bob):
    id = write(site, bob.id, ann.id, 'x').conversation
    assert offered(ann) == [('read', str(id), 'Mark as read')]
    mark(ann, 'read', id)
    assert listed(ann)[0][2] is None and offered(ann) == [('unread', str(id), 'Mark as unread')]
    mark(ann, 'unread', id)
    assert listed(ann)[0][2] == 'unread' and offered(ann) == [('read', str(id), 'Mark as read')]
    assert ann.get('/messaging/conversations.json').json['conversations'][0]['marked_unread'] is True
    assert listed(bob)[0][2] is None, 'it is a mark for oneself'
    ann.get('/messaging/chat/%d' % bob.id)
    assert listed(ann)[0][2] is None, 'who opens it takes the mark off'


@pytest.mark.parametrize('name', ['read', 'unread', 'mute', 'unmute'])
def test_a_mark_needs_the_key_of_its_page_and_a_conversation_of_ones_own(site, ann, bob, name):
    cid = site.member('Cid')
    foreign, own = write(site, bob.id, cid, 'x').conversation, write(site, bob.id, ann.id, 'x').conversation
    assert 'too old' in mark(ann, name, own, key='guessed')
    assert 'There is no such conversation.' in mark(ann, name, foreign)
    for odd in ('0', '-1', 'x', '1e400', '9' * 30):
        mark(ann, name, odd)
    assert [row.read_number for row in site.db(site.db.participant).select()] == [0] * 4
    assert not any(row.marked_unread or row.muted_until for row in site.db(site.db.participant).select())
    ann.get('/messaging/mark', status=405)
    assert site.visitor().get('/messaging/mark', status=303)


@pytest.mark.parametrize('name', ['read', 'unread', 'mute'])
def test_a_mark_that_the_database_has_no_time_for_is_not_shown_as_set_and_said_to_be_none(site, ann, bob, name, monkeypatch):
    id = write(site, bob.id, ann.id, 'x').conversation
    key, before = ann.get('/messaging/chat').html.find(id='marks').find('input', {'name': '_formkey'})['value'], offered(ann)
    with monkeypatch.context() as patch:
        patch.setattr(sequence, 'take', mock.Mock(side_effect=Refused('busy', retry_after=1)))
        page = mark(ann, name, id, key)
    assert page.html.find(class_='flash').text == 'That could not be saved just now. Try again in a moment.'
    assert offered(ann) == before and not page.html.find(class_='conversation__muted')


def test_a_muted_conversation_counts_in_its_row_and_not_in_the_sum(site, ann, bob):
    id, other = write(site, bob.id, ann.id, 'x').conversation, write(site, site.member('Cid'), ann.id, 'y').conversation

    def told():
        answer = ann.get('/messaging/conversations.json').json
        return {row['conversation']: (row['unread'], row.get('muted')) for row in answer['conversations']}, answer['unread']
    assert told() == ({id: (1, None), other: (1, None)}, 2)
    assert ann.post_json({'type': 'mute', 'conversation': id, 'muted': True}).json == {}
    assert told() == ({id: (1, True), other: (1, None)}, 1)
    assert [event['type'] for event in ann.get('/messaging/updates.json?since=2').json['events']] == ['mute']
    assert bob.get('/messaging/updates.json?since=2').json['events'] == []
    ann.post_json({'type': 'mute', 'conversation': id, 'muted': False})
    assert told()[1] == 2


def test_a_conversation_is_muted_by_form_and_one_is_back_where_one_was(site, ann, bob):
    id = write(site, bob.id, ann.id, 'x').conversation
    for name, muted in (('mute', True), ('unmute', None)):
        page = mark(ann, name, id, chat=bob.id)
        assert page.html.find(id='chat')['data-other-id'] == str(bob.id)
        assert ann.get('/messaging/conversations.json').json['conversations'][0].get('muted') is muted


def test_the_json_says_when_the_other_was_last_seen_if_they_show_it(site, ann, bob):
    write(site, ann.id, bob.id, 'x')
    last_seen.record(site.db, {ann.id: datetime(2026, 3, 4, 5, 6), bob.id: datetime(2026, 3, 4, 5, 7)})

    def told():
        return [row.get('last_seen') for row in ann.get('/messaging/conversations.json').json['conversations']]
    assert told() == ['2026-03-04T05:07:00Z']
    preferences.keep(site.db, bob.id, Preferences(shows_presence=False))
    assert told() == [None]
