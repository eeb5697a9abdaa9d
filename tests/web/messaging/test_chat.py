"""The chat page: with one person, by everybody's own address for them."""
import pytest
from messenger_core.feed import sequence
from messenger_core.members import directory
from messenger_core.messages import reading, sending


def write(site, sender, receiver, content):
    return sending.send(site.db, sending.Draft(sender, content, receiver)).message


def shown(page):
    return [div.text for li in page.html.find_all('li', class_='message') for div in li.find_all(class_='message__content')
            if li.get('data-id')]


def receiver_form(page):
    return next(form for form in page.forms.values() if 'receiver' in form.fields)


def chat(page):
    return page.html.find(id='chat')


def test_it_shows_what_both_wrote_in_order(site, ann, bob):
    for sender, receiver, content in [(ann, bob, 'one'), (bob, ann, 'two'), (ann, bob, 'three')]:
        write(site, sender.id, receiver.id, content)
    page = ann.get('/messaging/chat/%d' % bob.id)
    assert shown(page) == ['one', 'two', 'three']
    assert [li['class'][1] for li in page.html.find_all('li', class_='message') if li.get('data-id')] == [
        'message--own', 'message--other', 'message--own']
    assert [li['data-number'] for li in page.html.find_all('li', class_='message') if li.get('data-id')] == ['1', '2', '3']


def test_it_tells_its_script_where_it_stands(site, ann, bob):
    write(site, bob.id, ann.id, 'x')
    state = sequence.state(site.db)
    page = ann.get('/messaging/chat/%d' % bob.id)
    assert chat(page).h1.text == 'Bob Lee #%d' % bob.id
    assert page.html.title.text == 'Chat with Bob Lee · Messenger'
    data = chat(page).attrs
    assert (data['data-other-id'], data['data-conversation'], data['data-more']) == (str(bob.id), '1', '')
    data = page.html.find(id='live').attrs
    assert (data['data-user-id'], data['data-seq'], data['data-epoch']) == (str(ann.id), str(state.head), state.epoch)
    assert data['data-socket-path'] == '/messenger/messaging/stream/listen'
    assert data['data-socket-port'] == '8001'
    assert data['data-updates-url'] == '/messenger/messaging/updates.json'
    assert data['data-history-url'] == '/messenger/messaging/history.json'
    assert data['data-command-url'] == '/messenger/messaging/command.json'


def test_its_script_is_a_module_and_the_only_one(ann, bob):
    scripts = ann.get('/messaging/chat/%d' % bob.id).html.find_all('script')
    assert [(script['type'], script['src'].rpartition('/')[2]) for script in scripts] == [('module', 'page.js')]


def test_before_the_first_message_it_is_empty(ann, bob):
    page = ann.get('/messaging/chat/%d' % bob.id)
    assert shown(page) == []
    assert chat(page)['data-conversation'] == ''


def test_it_sends_without_script(site, ann, bob):
    form = ann.get('/messaging/chat/%d' % bob.id).forms['composer']
    form['content'] = 'Typed here'
    assert shown(ann.follow(form.submit())) == ['Typed here']
    assert site.messages()[0]['receiver'] == bob.id


def test_it_sends_to_the_person_in_its_address_and_nobody_else(site, ann, bob):
    cid = site.member('Cid')
    form = ann.get('/messaging/chat/%d' % bob.id).forms['composer']
    form['content'], form['receiver'] = 'x', str(cid)
    form.submit()
    assert site.messages()[0]['receiver'] == bob.id


def test_posting_twice_is_one_message(site, ann, bob):
    form = ann.get('/messaging/chat/%d' % bob.id).forms['composer']
    form['content'] = 'Once'
    form.submit(status=303)
    form.submit(status=303)
    assert len(site.messages()) == 1


def test_a_text_that_cannot_be_sent_stays_with_its_reason(site, ann, bob):
    form = ann.get('/messaging/chat/%d' % bob.id).forms['composer']
    form['content'] = '\u200b'
    page = form.submit(status=200)
    assert page.html.find(id='composer-error').text.strip()
    assert page.forms['composer']['content'].value == '\u200b'
    assert site.messages() == []


def test_what_it_shows_is_read(site, ann, bob):
    write(site, bob.id, ann.id, 'x')
    ann.get('/messaging/chat/%d' % bob.id)
    assert site.messages()[0]['is_read'] is True
    assert 'letter--unread' not in ann.get('/messaging/index')


def is_read(site):
    return {row['is_read'] for row in site.messages()} == {True}


@pytest.mark.parametrize('headers', [
    {'Sec-Purpose': 'prefetch;prerender'}, {'Purpose': 'prefetch;prerender'}, {'X-Moz': 'prefetch'}, {'Sec-Fetch-Dest': 'empty'},
    {'Sec-Fetch-Dest': 'document', 'Sec-Fetch-Mode': 'cors'}, {'X-Requested-With': 'XMLHttpRequest'}])
def test_what_a_browser_fetches_ahead_or_for_a_script_stays_unread(site, ann, bob, headers):
    write(site, bob.id, ann.id, 'x')
    ann.get('/messaging/chat/%d' % bob.id, headers=headers)
    assert not is_read(site)


@pytest.mark.parametrize('query', ['', '?before=3', '?after=1', '?at=2'])
def test_where_scripts_run_they_say_what_is_read(site, ann, bob, query):
    write(site, bob.id, ann.id, 'x')
    write(site, bob.id, ann.id, 'y')
    place = '/messaging/chat/%d%s' % (bob.id, query)
    ann.app.set_cookie('messenger_js', '1')
    ann.get(place)
    assert not is_read(site)
    ann.app.reset()
    ann.submit_login('ann@example.com')
    ann.get(place, headers={'Sec-Fetch-Dest': 'document', 'Sec-Fetch-Mode': 'navigate', 'X-Requested-With': 'com.example.browser'})
    assert is_read(site)


def test_what_a_former_member_wrote_is_marked_by_the_script_too(site, ann, bob):
    write(site, bob.id, ann.id, 'x')
    site.db.executesql('DELETE FROM auth_user WHERE id = ?', [bob.id])
    site.db.commit()
    ann.app.set_cookie('messenger_js', '1')
    assert 'no longer here' in ann.get('/messaging/chat/%d' % bob.id)
    assert not is_read(site)
    ann.get('/messaging/chat/%d?noscript=1' % bob.id)
    assert is_read(site)


def test_where_scripts_were_switched_off_the_page_leads_to_itself_and_is_read_there(site, ann, bob):
    write(site, bob.id, ann.id, 'x')
    place = '/messaging/chat/%d?at=1' % bob.id
    ann.app.set_cookie('messenger_js', '1')
    refresh = ann.get(place).html.select_one('noscript meta[http-equiv=refresh]')['content']
    assert refresh == '0; url=/messenger%s&noscript=1#message-1' % place
    answer = ann.get(refresh.partition('url=')[2].partition('#')[0])
    assert is_read(site) and answer.html.select_one('noscript meta') is None
    assert 'messenger_js' not in ann.app.cookies
    write(site, bob.id, ann.id, 'y')
    assert ann.get('/messaging/chat/%d' % bob.id).html.select_one('noscript meta') is None and is_read(site)


def test_a_text_that_was_refused_is_not_left_by_a_page_that_leads_to_itself(ann, bob):
    ann.app.set_cookie('messenger_js', '1')
    form = ann.get('/messaging/chat/%d' % bob.id).forms['composer']
    form['content'] = '\u200b'
    assert form.submit(status=200).html.select_one('noscript meta') is None


def test_reading_an_older_page_leaves_the_newer_ones_unread(site, ann, bob):
    for number in range(60):
        write(site, bob.id, ann.id, str(number))
    ann.get('/messaging/chat/%d?before=11' % bob.id)
    assert [row['is_read'] for row in site.messages()] == [True] * 10 + [False] * 50


def test_it_pages_back_to_the_first_message(site, ann, bob):
    for number in range(120):
        write(site, bob.id, ann.id, str(number))
    page, seen = ann.get('/messaging/chat/%d' % bob.id), []
    while page:
        assert len(shown(page)) <= reading.HISTORY_LIMIT
        seen = shown(page) + seen
        assert chat(page)['data-more'] == ('1' if page.html.find(class_='chat__older') else '')
        page = page.click('Older messages') if page.html.find(class_='chat__older') else None
    assert seen == [str(number) for number in range(120)]


def test_an_older_page_leads_back_and_is_not_live(site, ann, bob):
    for number in range(60):
        write(site, bob.id, ann.id, str(number))
    page = ann.get('/messaging/chat/%d?before=20' % bob.id)
    assert 'data-live' not in chat(page).attrs
    assert shown(page.click('Back to the newest messages'))[-1] == '59'


@pytest.mark.parametrize('person', [
    'abc', '1.5', '-1', '0', '1e400', '99999999999999999999', '1_0', '%D9%A3', '+1', '01', '1/2', '999', '1.json'])
def test_an_address_of_nobody_is_not_found(ann, bob, person):
    assert ann.get('/messaging/chat/' + person, status=404 if person != '+1' else None).status_int in (400, 404)


def test_nobody_blocked_and_deleted_get_the_same_answer(site, ann, statements):
    blocked = site.member('Cid', registration_key='blocked')
    deleted = site.member('Dan')
    directory.forget(site.db, [deleted])
    site.db.executesql('DELETE FROM auth_user WHERE id = ?', [deleted])
    site.db.commit()
    ann.get('/messaging/chat')      # so that none of the answers says "Logged in"
    answers = [ann.get('/messaging/chat/%d' % person, status=404).text for person in (blocked, deleted, 999)]
    assert answers[0] == answers[1] == answers[2]
    assert 'There is no such member.' in answers[0]
    # Nor can they be told apart by what it takes to find out.
    assert len({len(statements(lambda person=person: ann.get('/messaging/chat/%d' % person, status=404)))
                for person in (blocked, deleted, 999)}) == 1


def test_with_a_former_member_it_can_be_read_but_not_written(site, ann, bob):
    write(site, bob.id, ann.id, 'still here')
    directory.forget(site.db, [bob.id])
    site.db.commit()
    page = ann.get('/messaging/chat/%d' % bob.id)
    assert shown(page) == ['still here']
    assert 'former member' in page
    assert 'Bob' not in page
    assert 'composer' not in page.forms


def test_a_chat_of_others_cannot_be_opened(site, ann, bob):
    cid = site.log_in('Cid')
    write(site, ann.id, bob.id, 'secret')
    assert 'secret' not in cid.get('/messaging/chat/%d' % ann.id)
    assert 'secret' not in cid.get('/messaging/chat/%d' % bob.id)


def test_of_who_was_never_written_to_and_is_gone_the_page_gives_back_what_was_written_to_nobody_else(site, ann, bob):
    form = ann.get('/messaging/chat/%d' % bob.id).forms['composer']
    form['content'] = 'not <b>lost</b>'
    site.db(site.db.auth_user.id == bob.id).update(registration_key='blocked')
    site.db.commit()
    page = form.submit(status=404)
    assert page.html.find(role='alert').text == 'This was not sent: not <b>lost</b>'
    eve = site.log_in('Eve')
    assert 'lost' not in eve.post('/messaging/chat/%d' % bob.id, form.submit_fields(), status=404)
    assert eve.get('/messaging/chat/%d' % bob.id, status=404).html.find(role='alert') is None
    assert site.messages() == []


def test_notes_to_oneself_are_a_chat(site, ann):
    form = ann.get('/messaging/chat/%d' % ann.id).forms['composer']
    form['content'] = 'remember'
    assert shown(ann.follow(form.submit())) == ['remember']


def test_without_a_person_one_can_be_chosen(ann, bob):
    page = ann.get('/messaging/chat')
    assert chat(page.click('Bob Lee'))['data-other-id'] == str(bob.id)


@pytest.mark.parametrize('typed', ['{id}', 'Bob Lee #{id}', 'bob@example.com'])
def test_without_a_person_one_can_be_typed(ann, bob, typed):
    form = receiver_form(ann.get('/messaging/chat'))
    form['receiver'] = typed.format(id=bob.id)
    assert chat(ann.follow(form.submit()))['data-other-id'] == str(bob.id)


def test_somebody_typed_who_is_not_there_is_said_so(ann):
    form = receiver_form(ann.get('/messaging/chat'))
    form['receiver'] = 'nobody@example.com'
    page = form.submit(status=200)
    assert page.html.find(id='receiver-error').text == 'There is no such member.'
    assert receiver_form(page)['receiver'].value == 'nobody@example.com'


def test_two_of_the_same_name_can_be_told_apart(site, ann):
    twins = [site.member('Eve', email='eve%d@example.com' % number) for number in range(2)]
    people = [link.bdi.parent.text for link in ann.get('/messaging/chat').html.find(class_='people').find_all('a')]
    assert people == ['Eve Lee #%d' % twin for twin in twins]
    assert '#%d' % twins[1] in chat(ann.get('/messaging/chat/%d' % twins[1])).h1.text


def test_it_needs_login(site, bob):
    assert '/default/user/login' in site.visitor().get('/messaging/chat/%d' % bob.id, status=303).location


def test_plain_http_at_the_socket_says_where_the_socket_is(site, ann, monkeypatch):
    answer = ann.get('/messaging/stream', status=400)
    assert 'port 8001' in answer
    assert answer.content_type == 'text/plain'
    monkeypatch.setenv('MESSENGER_REALTIME_URL', 'wss://chat.example/socket')
    assert 'wss://chat.example/socket' in ann.get('/messaging/stream/listen', status=400)


def test_plain_http_at_the_socket_without_login_is_refused(site):
    answer = site.visitor().get('/messaging/stream', status=403)
    assert answer.text == 'User not authenticated'
    assert answer.content_type == 'text/plain'
