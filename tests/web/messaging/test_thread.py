"""How messages stand in a thread where no script runs: days, turns, groups, what is new, what is large."""
import datetime
import json

import pytest
from messenger_core.adoption import adoption
from messenger_core.messages import sending
from places import ROOT

GROUPS = json.loads((ROOT / 'tests' / 'cases' / 'groups.json').read_text(encoding='utf-8'))
EMOJI = json.loads((ROOT / 'tests' / 'cases' / 'emoji.json').read_text(encoding='utf-8'))
INSERT = "INSERT INTO message (sender, receiver, content, timestamp, is_read) VALUES (?, ?, 'x', ?, ?)"


def items(page):
    return page.html.find(id='messages').find_all('li', class_='message')


def has(item, name):
    return 'message--' + name in item['class']


def day(item):
    line = item.find(class_='message__day')
    return line.text if line else None


def write(site, sender, receiver, content='x'):
    return sending.send(site.db, sending.Draft(sender, content, receiver)).message


def insert(site, sender, receiver, at, is_read='T'):
    site.db.executesql(INSERT, [sender, receiver, at, is_read])
    site.db.commit()


@pytest.mark.parametrize('case', [case for case in GROUPS if 'news' not in case], ids=lambda case: str(case['stands']))
def test_messages_stand_to_each_other_as_the_table_says(site, ann, bob, case):
    people = {'ann': (ann.id, bob.id), 'bob': (bob.id, ann.id)}
    for sender, at in case['messages']:
        insert(site, *people[sender], at.replace('T', ' ').rstrip('Z'))
    adoption.adopt(site.db)
    shown = items(ann.get('/messaging/chat/%d' % bob.id))
    stands = [' '.join(word for word in (day(item) and 'day', has(item, 'turn') and 'turn', has(item, 'continues') and 'continues') if word)
              for item in shown]
    assert stands == case['stands']
    assert [has(item, 'continued') for item in shown] == [has(item, 'continues') for item in shown[1:]] + [False]


@pytest.mark.parametrize('case', [case for case in GROUPS if 'news' in case], ids=lambda case: str(case['stands']))
def test_the_line_over_what_is_new_begins_a_turn(site, ann, bob, case):
    people = {'ann': (ann.id, bob.id), 'bob': (bob.id, ann.id)}
    for index, (sender, at) in enumerate(case['messages']):
        insert(site, *people[sender], at.replace('T', ' ').rstrip('Z'))
        adoption.adopt(site.db)
        if index < case['news']:
            ann.get('/messaging/chat/%d' % bob.id)
    shown = items(ann.get('/messaging/chat/%d' % bob.id))
    assert [bool(item.find(class_='message__new')) for item in shown] == [index == case['news'] for index in range(len(shown))]
    assert [has(item, 'turn') for item in shown] == ['turn' in stand for stand in case['stands']]


def test_days_are_called_today_yesterday_or_by_their_date(site, ann, bob):
    now = datetime.datetime.now(datetime.timezone.utc)
    for ago in (40, 1, 0):
        insert(site, bob.id, ann.id, (now - datetime.timedelta(days=ago)).strftime('%Y-%m-%d %H:%M:%S'))
    names = [day(item) for item in items(ann.get('/messaging/chat/%d' % bob.id))]
    assert names == [(now - datetime.timedelta(days=40)).strftime('%Y-%m-%d'), 'Yesterday', 'Today']


def test_the_page_opens_at_what_is_new_and_only_once(site, ann, bob):
    write(site, ann.id, bob.id)
    read = write(site, bob.id, ann.id)
    ann.get('/messaging/chat/%d' % bob.id)
    write(site, ann.id, bob.id)
    new = [write(site, bob.id, ann.id) for _ in range(2)]
    page = ann.get('/messaging/chat/%d' % bob.id)
    news = page.html.find_all(class_='message__new')
    assert [line.text for line in news] == ['New messages'] and news[0].parent['data-number'] == str(new[0].number)
    assert news[0].parent['id'] == 'latest'
    data = page.html.find(id='messages')
    assert (int(data['data-unread-from']), int(data['data-unread-to'])) == (read.number + 1, new[-1].number)
    again = ann.get('/messaging/chat/%d' % bob.id)
    assert not again.html.find(class_='message__new') and not again.html.find(id='messages').get('data-unread-from')
    assert items(again)[-1]['id'] == 'latest'


def test_what_one_has_written_oneself_is_never_new(site, ann, bob):
    write(site, ann.id, bob.id)
    write(site, ann.id, ann.id)
    assert not ann.get('/messaging/chat/%d' % bob.id).html.find(class_='message__new')
    assert not ann.get('/messaging/chat/%d' % ann.id).html.find(class_='message__new')


def test_each_state_is_said_once_and_not_of_notes_to_oneself(site, ann, bob):
    for _ in range(2):
        write(site, ann.id, bob.id)
    bob.get('/messaging/chat/%d' % ann.id)
    for _ in range(2):
        write(site, ann.id, bob.id)
    states = [item.find(class_='message__state') for item in items(ann.get('/messaging/chat/%d' % bob.id))]
    assert [state and state['data-state'] for state in states] == [None, 'read', None, 'sent']
    write(site, ann.id, ann.id)
    assert not ann.get('/messaging/chat/%d' % ann.id).html.find(class_='message__state')


def test_a_few_emoji_alone_are_large(site, ann, bob):
    table = [(text, expected) for text, expected in EMOJI if text and not set(text) <= set('\ufe0f\u200d')]
    for text, _ in table[-45:]:
        write(site, bob.id, ann.id, text)
    assert [has(item, 'emoji') for item in items(ann.get('/messaging/chat/%d' % bob.id))] == [expected for _, expected in table[-45:]]
