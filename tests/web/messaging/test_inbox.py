"""The inbox: what was received, newest first, and nothing else."""
import re

import pytest
from messenger_core.members import directory
from messenger_core.messages import sending


def write(site, sender, receiver, content):
    return sending.send(site.db, sending.Draft(sender, content, receiver)).message


def contents(page):
    return [div.text for div in page.html.find_all(class_='letter__content')]


def test_it_shows_who_wrote_what_when_newest_first(site, ann):
    bob, cid = site.member('Bob'), site.member('Cid')
    for sender, content in [(bob, 'one'), (cid, 'two'), (bob, 'three')]:
        write(site, sender, ann.id, content)
    page = ann.get('/messaging/index')
    assert contents(page) == ['three', 'two', 'one']
    assert [re.sub(r'\s+', ' ', a.text).strip() for a in page.html.find_all(class_='letter__sender')] == [
        'Bob Lee #%d' % bob, 'Cid Lee #%d' % cid, 'Bob Lee #%d' % bob]
    time = page.html.find('time')
    assert re.fullmatch(r'\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ', time['datetime'])
    assert re.fullmatch(r'\d{4}-\d\d-\d\d \d\d:\d\d UTC', time.text)


def test_it_shows_nothing_that_was_sent_or_is_between_others(site, ann):
    bob, cid = site.member('Bob'), site.member('Cid')
    write(site, ann.id, bob, 'sent')
    write(site, bob, cid, 'between others')
    assert contents(ann.get('/messaging/index')) == []


def test_unread_is_marked_and_opening_it_marks_nothing_read(site, ann):
    write(site, site.member('Bob'), ann.id, 'x')
    for _ in range(2):
        assert len(ann.get('/messaging/index').html.find_all(class_='letter--unread')) == 1
    assert site.messages()[0]['is_read'] is False


def test_it_is_paged(site, ann):
    bob = site.member('Bob')
    for number in range(60):
        write(site, bob, ann.id, 'message %d' % number)
    page, seen = ann.get('/messaging/index'), []
    for size in (25, 25, 10):
        assert len(contents(page)) == size
        seen += contents(page)
        older = page.html.find('a', rel='next')
        page = page.goto(older['href']) if older else None
    assert page is None
    assert seen == ['message %d' % number for number in reversed(range(60))]


@pytest.mark.parametrize('before', ['abc', '-1', '1.5', '٣', '0', '9' * 30, '1e3'])
def test_a_page_that_is_none_is_the_first(site, ann, before):
    write(site, site.member('Bob'), ann.id, 'x')
    assert contents(ann.get('/messaging/index', params={'before': before})) == ['x']
    assert contents(ann.get('/messaging/index?before=1&before=2')) == ['x']


def test_messages_of_a_deleted_member_stay_and_name_nobody(site, ann):
    bob = site.member('Bob')
    write(site, bob, ann.id, 'still here')
    directory.forget(site.db, [bob])
    site.db.commit()
    page = ann.get('/messaging/index')
    assert contents(page) == ['still here']
    assert page.html.find(class_='letter__sender').text == 'former member'
    assert 'Bob' not in page


@pytest.mark.parametrize('changes', [
    {'receiver': 999}, {'sender': 999}, {'sender': None}, {'timestamp': 'no time'}, {'content': None}, {'is_read': None}])
def test_what_plain_sql_can_write_breaks_no_inbox(site, ann, changes):
    row = {'sender': site.member('Bob'), 'receiver': ann.id, 'content': 'x', 'timestamp': '2026-01-01 10:00:00', 'is_read': 'F', **changes}
    site.db.executesql('PRAGMA foreign_keys = OFF')
    site.db.executesql('INSERT INTO message (sender, receiver, content, timestamp, is_read) VALUES (?, ?, ?, ?, ?)', list(row.values()))
    site.db.commit()
    ann.get('/messaging/index')


def test_what_others_insert_is_completed_without_a_sidecar(site, ann):
    bob = site.member('Bob')
    site.write_by_sql(bob, ann.id, 'x')
    assert contents(ann.get('/messaging/index')) == ['x']
    row = site.messages()[0]
    assert (row['number'], row['seq'] > 0) == (1, True)


def test_it_needs_login(site):
    assert '/default/user/login' in site.visitor().get('/messaging/index', status=303).location
    assert site.visitor().get('/messaging/index', status=401, headers={'X-Requested-With': 'XMLHttpRequest'})
