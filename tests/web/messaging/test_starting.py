"""Who has started as many conversations as they may in a day is told so on every page, in their language, and keeps their text."""
from datetime import timedelta

import pytest
from messenger_core.database.tables import utcnow

PER_DAY, HOUR = 2, 3600
ENGLISH = 'You have started as many conversations as you may within a day (2). You can start another in 24 hours at the latest, and answer'
GERMAN = 'Du hast so viele Unterhaltungen begonnen, wie du an einem Tag darfst (2). Die nächste kannst du spätestens in 24 Stunden beginnen'


@pytest.fixture
def few(monkeypatch):
    monkeypatch.setenv('MESSENGER_REALTIME_NEW_CONVERSATIONS_PER_DAY', str(PER_DAY))


@pytest.fixture
def others(site):
    return [site.member('Other', str(number), 'other-%d@example.com' % number) for number in range(5)]


def use_up(browser, others):
    for other in others[:PER_DAY]:
        assert browser.send(other, 'hi').status_int == 303


def by_form(browser, other):
    return browser.send(other, 'Keep this')


def on_the_inbox(browser, other):
    form = browser.get('/messaging/index').forms[0]
    form['receiver'], form['content'] = str(other), 'Keep this'
    return browser._checked(form.submit(expect_errors=True), None)


def in_a_chat(browser, other):
    form = browser.get('/messaging/chat/%d' % other).forms['composer']
    form['content'] = 'Keep this'
    return browser._checked(form.submit(expect_errors=True), None)


@pytest.mark.parametrize('way', [by_form, on_the_inbox, in_a_chat])
def test_each_form_says_how_many_and_when_again_and_keeps_the_text(few, site, ann, others, way):
    use_up(ann, others)
    page = way(ann, others[3])
    assert page.status_int == 429 and 0 < int(page.headers['Retry-After']) <= 24 * HOUR
    assert ENGLISH in page.html.find(class_='error').text
    assert 'Keep this' in {form['content'].value for form in page.forms.values() if 'content' in form.fields}
    assert len(site.messages()) == PER_DAY
    assert way(ann, others[0]).status_int == 303, 'who has been written to can be written to'


def test_it_is_said_in_the_readers_language(few, site, others):
    ann = site.log_in('Ann', HTTP_ACCEPT_LANGUAGE='de')
    use_up(ann, others)
    assert GERMAN in by_form(ann, others[3]).text
    page = ann.get('/messaging/chat/%d' % others[3])
    assert page.html.find(id='composer')['data-text-too-many-started'].startswith('Du hast so viele Unterhaltungen begonnen')


def test_an_hour_before_it_is_an_hour(few, site, ann, others):
    use_up(ann, others)
    site.db(site.db.conversation.id > 0).update(started_at=utcnow() - timedelta(hours=23, minutes=10))
    site.db.commit()
    assert 'in 1 hour at the latest' in by_form(ann, others[3]).text
    site.db(site.db.conversation.id > 0).update(started_at=utcnow() - timedelta(hours=24))
    site.db.commit()
    assert by_form(ann, others[3]).status_int == 303


def test_a_command_is_answered_by_429_when_to_come_again_and_which_limit_it_was(few, site, ann, others):
    for number, other in enumerate(others[:PER_DAY]):
        ann.post_json({'type': 'send', 'receiver': other, 'content': 'hi', 'ref': 'r%d' % number})
    answer = ann.post_json({'type': 'send', 'receiver': others[3], 'content': 'hi', 'ref': 'late'}, 429)
    assert (answer.json['code'], answer.json['ref'], answer.json['limit']) == ('rate', 'late', 'new_conversations_per_day')
    assert 60 < answer.json['retry_after'] == int(answer.headers['Retry-After']) <= 24 * HOUR
    assert answer.json['message'].startswith('You have started as many conversations as you may within a day (2).')
    assert ann.post_json({'type': 'send', 'receiver': others[1], 'content': 'hi', 'ref': 'r1'}).json['type'] == 'ack'
    assert ann.post_json({'receiver': others[3], 'content': 'an untyped one'}, 429).json['code'] == 'rate'
    assert by_form(ann, others[3]).status_int == 429, 'one count for all ways'


def test_answering_from_the_inbox_and_rows_of_others_count_nothing(few, site, ann, others):
    use_up(ann, others)
    site.write_by_sql(others[3], ann.id, 'a question')
    site.write_by_sql(ann.id, others[4], 'from a script of the site')
    ann.get('/messaging/index')
    assert by_form(ann, others[3]).status_int == 303 and by_form(ann, others[4]).status_int == 303


def test_newcomers_have_ten_and_nobody_else(site, ann, monkeypatch):
    others = [site.member('Other', str(number), 'other-%d@example.com' % number) for number in range(13)]
    for other in others[:10]:
        ann.post_json({'type': 'send', 'receiver': other, 'content': 'hi'})
    ann.post_json({'type': 'send', 'receiver': others[10], 'content': 'hi'}, 429)
    monkeypatch.setenv('MESSENGER_REALTIME_YOUNG_DAYS', '0')
    ann.post_json({'type': 'send', 'receiver': others[10], 'content': 'hi'})
    monkeypatch.delenv('MESSENGER_REALTIME_YOUNG_DAYS')
    site.db(site.db.member.user_id == ann.id).update(first_seen=utcnow() - timedelta(days=3))
    site.db.commit()
    ann.post_json({'type': 'send', 'receiver': others[11], 'content': 'hi'})
