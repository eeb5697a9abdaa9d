"""The search: as a page without any script, and as JSON."""
import json
from urllib.parse import parse_qs, urlsplit

import pytest
from messenger_core.messages import sending
from messenger_core.search import hits as search


def write(site, sender, receiver, *contents):
    return [sending.send(site.db, sending.Draft(sender, content, receiver)).message for content in contents]


def found(browser, **query):
    return browser.get('/messaging/search.json', params=query).json


def hits(page):
    return [link.find(class_='hit__text') for link in page.html.select('a.hit:has(.hit__text)')]


def said(page):
    return page.html.find('main').text


# -- search.json ----------------------------------------------------------------------------------------------------------------

def test_people_and_messages_are_found_as_the_wire_has_them(site, ann, bob):
    message, = write(site, bob.id, ann.id, 'See Bob at <the> station')
    answer = found(ann, q='bo')
    assert answer == {'people': [{'user_id': bob.id, 'name': 'Bob Lee'}], 'more': False, 'messages': [{
        'type': 'message', 'seq': message.seq, 'id': message.id, 'conversation': 1, 'number': 1, 'sender': 'Bob Lee', 'sender_id': bob.id,
        'receiver_id': ann.id, 'content': 'See Bob at <the> station', 'timestamp': message.timestamp.isoformat() + 'Z',
        'with_id': bob.id, 'with_name': 'Bob Lee', 'excerpt': ['See ', 'Bo', 'b at <the> station']}]}


def test_results_come_in_pages_and_people_on_the_first(site, ann, bob):
    sent = write(site, bob.id, ann.id, *('bob %d' % number for number in range(30)))
    first = found(ann, q='bob', limit=20)
    second = found(ann, q='bob', limit=20, before=first['before'])
    assert [hit['id'] for hit in first['messages'] + second['messages']] == [message.id for message in reversed(sent)]
    assert (first['more'], second['more'], 'before' in second) == (True, False, False)
    assert (len(first['people']), second['people']) == (1, [])


def test_what_others_insert_is_found(site, ann, bob):
    site.write_by_sql(bob.id, ann.id, 'by a script')
    assert [hit['content'] for hit in found(ann, q='script')['messages']] == ['by a script']


def test_strangers_messages_and_their_number_stay_theirs(site, ann, bob):
    cid = site.log_in('Cid')
    write(site, ann.id, bob.id, *['secret'] * 60)
    assert found(cid, q='secret') == found(cid, q='nothing') == {'people': [], 'messages': [], 'more': False}


def test_addresses_stay_private_and_whole_ones_find_their_owner(site, ann, bob):
    site.member('Eve', 'Fox', 'hidden@secret.org')
    assert found(ann, q='hidden')['people'] == found(ann, q='secret.org')['people'] == []
    answer = found(ann, q='hidden@secret.org')['people']
    assert [person['name'] for person in answer] == ['Eve Fox'] and 'hidden' not in json.dumps(answer)


def test_a_name_with_its_number_is_one_person(site, ann, bob):
    site.member('Bob', 'Lee', 'twin@example.com')
    assert [person['user_id'] for person in found(ann, q='Bob Lee #%d' % bob.id)['people']] == [bob.id]


@pytest.mark.parametrize('typed', [
    '', ' ', '\0', '%', '"', '*', 'NEAR(', "' OR 1=1", '\ud800'.encode('utf-8', 'surrogatepass'), b'\xff\xfe'])
def test_whatever_is_typed_is_answered(site, ann, bob, typed):
    write(site, bob.id, ann.id, 'hello')
    assert found(ann, q=typed)['messages'] == []
    assert ann.get('/messaging/search', params={'q': typed}).status_int == 200


@pytest.mark.parametrize('query, code', [
    ('q=a&q=b', 'bad_type'), ('q=a&before=x', 'bad_type'), ('q=a&limit=-1', 'bad_type'), ('q=a&before=1.5', 'bad_type'),
    ('q=' + 'x' * 201, 'too_long'), ('q=' + 'x' * 10_000, 'too_long')])
def test_what_is_asked_wrongly_is_refused(ann, query, code):
    assert ann.get('/messaging/search.json?' + query, 400).json['code'] == code


def test_nobody_else_may_search(site, ann):
    assert site.visitor().get('/messaging/search.json?q=x', 401).json['code'] == 'no_session'
    assert '/user/login' in site.visitor().get('/messaging/search?q=x', 303).headers['Location']
    ann.get('/messaging/search.xml?q=x', 404)


def test_searches_count_as_questions(site, ann, monkeypatch):
    monkeypatch.setenv('MESSENGER_REALTIME_QUESTIONS_BURST', '3')
    monkeypatch.setenv('MESSENGER_REALTIME_QUESTIONS_PER_SECOND', '0.01')
    answers = [ann.get('/messaging/search.json?q=x', None).status_int for _ in range(6)]
    assert answers == [200] * 3 + [429] * 3


def test_the_page_costs_what_the_json_costs_and_both_together_have_one_allowance(site, ann, monkeypatch):
    monkeypatch.setenv('MESSENGER_REALTIME_QUESTIONS_BURST', '4')
    monkeypatch.setenv('MESSENGER_REALTIME_QUESTIONS_PER_SECOND', '0.01')
    answers = [ann.get('/messaging/search%s?q=x' % kind, None) for kind in ('', '.json') * 8]
    allowed = [answer.status_int for answer in answers].index(429)
    assert allowed <= 4 and {answer.status_int for answer in answers[allowed:]} == {429}
    refused = next(answer for answer in answers if answer.status_int == 429 and answer.content_type == 'text/plain')
    assert 'Too many requests in a short time.' in refused.text and int(refused.headers['Retry-After']) >= 1


def test_a_search_that_takes_too_long_answers_with_what_it_has_and_where_to_go_on(site, ann, bob, monkeypatch):
    monkeypatch.setenv('MESSENGER_SEARCH_SECONDS', '0.000001')
    sent = write(site, bob.id, ann.id, *('bob %d' % number for number in range(6)))
    seen, before, pages = [], {}, 0
    while before is not None:
        answer = found(ann, q='bob', **before)
        assert answer['more'] == ('before' in answer) == answer.get('partial', False)
        assert [person['name'] for person in answer['people']] == ['Bob Lee'] * (not before)
        seen, before, pages = seen + answer['messages'], {'before': answer['before']} if answer['more'] else None, pages + 1
    assert [hit['id'] for hit in seen] == [message.id for message in reversed(sent)] and pages > 1
    page = ann.get('/messaging/search?q=nothing')
    assert 'Older messages were not looked at.' in said(page) and 'No message has these words.' not in said(page)
    assert page.html.find('a', rel='next')


def test_a_search_that_had_time_enough_says_nothing_of_what_it_left_out(site, ann, bob):
    write(site, bob.id, ann.id, *['bob'] * 30)
    assert not {'partial', 'people_partial'} & set(found(ann, q='bob')) and 'not looked at' not in said(ann.get('/messaging/search?q=bob'))


def test_many_different_words_are_refused_with_a_sentence(ann):
    typed = ' '.join('abcdefghijklmnopqrstuvwxyz0123456789' + ''.join(map(chr, range(0x430, 0x463))))
    assert ann.get('/messaging/search.json', 400, params={'q': typed}).json['code'] == 'too_long'
    assert '16 different words' in ann.get('/messaging/search', params={'q': typed}).html.find(role='alert').text


def test_a_search_takes_the_same_few_statements_for_whatever_is_found(site, ann, bob, statements):
    write(site, bob.id, ann.id, 'one word')
    found(ann, q='word')    # what the connection is made ready with, and the index of words, is behind us
    before = len(statements(lambda: found(ann, q='word')))
    write(site, bob.id, ann.id, *['one word'] * 40)
    assert len(statements(lambda: found(ann, q='word'))) == before


# -- the page -------------------------------------------------------------------------------------------------------------------

def test_the_page_finds_by_its_form_and_marks_the_words(site, ann, bob):
    write(site, ann.id, bob.id, 'Is it <b>lost</b>? Or LOST & found?')
    form = ann.get('/messaging/search').forms[0]
    form['q'] = 'lost'
    page = form.submit()
    text, = hits(page)
    assert text.text == 'You: Is it <b>lost</b>? Or LOST & found?'
    assert [mark.text for mark in text.find_all('mark')] == ['lost', 'LOST'] and text.find('b') is None
    assert page.forms[0]['q'].value == 'lost' and page.html.title.text == 'Search · Messenger'


def test_the_page_lists_members_by_name(site, ann, bob):
    page = ann.get('/messaging/search?q=bob')
    link, = page.html.select('a.hit')
    assert link.bdi.text == 'Bob Lee' and link['href'] == '/messenger/messaging/chat/%d#latest' % bob.id


def test_the_page_goes_on_to_older_results_and_back(site, ann, bob):
    write(site, bob.id, ann.id, *('word %d' % number for number in range(30)))
    page = ann.get('/messaging/search?q=word')
    older = page.html.find('a', rel='next')['href']
    assert parse_qs(urlsplit(older).query)['q'] == ['word'] and len(hits(page)) == 20
    page = ann.get(older)
    assert len(hits(page)) == 10 and page.html.find('a', rel='next') is None
    assert page.html.find('a', string='Newest')['href'] == '/messenger/messaging/search?q=word'


def test_the_page_says_what_was_not_found_as_text(site, ann):
    page = ann.get('/messaging/search', params={'q': '<script>alert(1)</script> "quoted"'})
    assert page.html.find(class_='empty').text == 'Nothing was found for “<script>alert(1)</script> "quoted"”.'
    assert [script['type'] for script in page.html.find_all('script')] == ['module']


def test_the_page_says_what_to_do_and_what_is_too_long(site, ann):
    page = ann.get('/messaging/search').html
    assert 'Type words' in page.find(class_='empty').text and page.find('input', attrs={'name': 'q'}).has_attr('autofocus')
    assert '200' in ann.get('/messaging/search?q=' + 'x' * 300).html.find(role='alert').text


def test_the_page_goes_on_looking_where_all_would_take_too_long(site, ann, bob, monkeypatch):
    monkeypatch.setattr(search, 'LOOKED_AT', 5)
    monkeypatch.setattr(search, 'LOOKED_AT_FIRST', 5)
    write(site, bob.id, ann.id, 'a needle %', *['hay'] * 8)
    page = ann.get('/messaging/search', params={'q': '%'})
    assert hits(page) == [] and 'so far' in page.html.find(class_='empty').text
    assert [text.text for text in hits(ann.get(page.html.find('a', rel='next')['href']))] == ['a needle %']


# -- the message in its context --------------------------------------------------------------------------------------------------

def shown(page):
    return [int(li['data-number']) for li in page.html.select('#messages .message[data-id]')]


def test_a_result_opens_at_its_message_with_what_was_written_around_it(site, ann, bob):
    write(site, bob.id, ann.id, *('word%d' % number for number in range(1, 101)))
    page = ann.get('/messaging/search?q=word50')
    address = page.html.select_one('a.hit')['href']
    assert address == '/messenger/messaging/chat/%d?at=50#message-50' % bob.id
    page = ann.get(address)
    assert shown(page) == list(range(25, 76))
    marked = page.html.find(id='message-50')
    assert 'message--found' in marked['class'] and marked['tabindex'] == '-1' and len(page.html.select('.message--found')) == 1
    links = {link.text: link['href'] for link in page.html.select('#chat a[href*=chat]')}
    assert shown(ann.get(links['Older messages'])) == list(range(1, 25))
    assert shown(ann.get(links['Newer messages'])) == list(range(76, 101))
    assert links['Back to the newest messages'] == '/messenger/messaging/chat/%d#latest' % bob.id
    assert not page.html.find(id='chat').has_attr('data-live')
    form = page.forms['composer']
    form['content'] = 'about that'
    done = form.submit(status=303)
    assert done.location.endswith('/messaging/chat/%d#latest' % bob.id) and shown(ann.follow(done))[-1] == 101


def test_the_ends_of_a_chat_have_no_further_pages(site, ann, bob):
    write(site, bob.id, ann.id, *map(str, range(1, 11)))
    for query in ('at=1', 'at=10'):
        page = ann.get('/messaging/chat/%d?%s' % (bob.id, query))
        assert shown(page) == list(range(1, 11)) and page.html.select('.chat__older, .chat__newer') == [], query
    page = ann.get('/messaging/chat/%d?after=10' % bob.id)
    assert shown(page) == [] and page.html.find('a', string='Back to the newest messages')


def test_an_older_page_leads_forward_again(site, ann, bob):
    write(site, bob.id, ann.id, *map(str, range(1, 101)))
    page = ann.get('/messaging/chat/%d?before=51' % bob.id)
    assert shown(page) == list(range(1, 51))
    assert shown(ann.get(page.html.find('a', string='Newer messages')['href'])) == list(range(51, 101))


def test_what_is_not_there_or_not_mine_is_the_same_nothing(site, ann, bob):
    cid = site.log_in('Cid')
    write(site, ann.id, bob.id, 'one', 'two')
    answers = [cid.get('/messaging/chat/%d?at=%d' % place, 404).html.find('main').text.strip()
               for place in ((ann.id, 1), (bob.id, 1), (ann.id, 99), (999, 1), (cid.id, 1))]
    assert set(answers) == {ann.get('/messaging/chat/%d?at=3' % bob.id, 404).html.find('main').text.strip()}
    assert 'There is no such message.' in answers[0]
