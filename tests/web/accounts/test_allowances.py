"""How often one may ask over HTTP: attempts to get in by address, messages and questions by member."""
import pytest

SEND = {'type': 'send', 'content': 'x'}


def attempt(visitor, action, **fields):
    form = visitor.get('/default/user/' + action).forms[0]
    return visitor.post('/default/user/' + action, {**dict(form.submit_fields()), **fields})


@pytest.fixture
def few(monkeypatch):
    monkeypatch.setenv('MESSENGER_AUTH_ATTEMPTS_PER_MINUTE', '3')


@pytest.mark.parametrize('action', ['login', 'register'])
def test_who_has_tried_too_often_is_told_to_wait_and_nothing_is_looked_at(site, few, action):
    site.member('Ann')
    visitor = site.visitor()
    for _ in range(3):
        assert attempt(visitor, action, email='ann@example.com', password='wrong').status_int in (200, 303)
    answer = attempt(visitor, action, email='ann@example.com', password='a long enough password')
    assert answer.status_int == 429 and 1 <= int(answer.headers['Retry-After']) <= 20
    assert 'Too many attempts' in answer.html.find(class_='flash').text
    assert (answer.forms[0]['email'].value, answer.forms[0]['password'].value) == ('ann@example.com', '')
    assert visitor.get('/messaging/index', status=303)
    assert site.db(site.db.auth_user).count() == 1


def test_each_address_is_counted_for_itself(site, few):
    site.member('Ann')
    for _ in range(4):
        attempt(site.visitor(REMOTE_ADDR='203.0.113.9'), 'login', email='ann@example.com', password='wrong')
    assert attempt(site.visitor(REMOTE_ADDR='203.0.113.9'), 'login').status_int == 429
    assert 'Inbox' in site.visitor(REMOTE_ADDR='203.0.113.10').log_in('ann@example.com')


def test_nobody_gets_another_allowance_by_inventing_addresses(site, few):
    """Only what a proxy on this machine has added itself counts."""
    for number in range(3):
        attempt(site.visitor(HTTP_X_FORWARDED_FOR='198.51.100.%d, 203.0.113.9' % number), 'login', email='x@example.com', password='wrong')
    assert attempt(site.visitor(HTTP_X_FORWARDED_FOR='198.51.100.7, 203.0.113.9'), 'login').status_int == 429
    stranger = {'REMOTE_ADDR': '203.0.113.20'}
    for number in range(3):
        attempt(site.visitor(HTTP_X_FORWARDED_FOR='198.51.100.%d' % number, **stranger), 'login', email='x@example.com', password='wrong')
    assert attempt(site.visitor(HTTP_X_FORWARDED_FOR='198.51.100.99', **stranger), 'login').status_int == 429


def test_guessing_the_password_on_the_account_page_is_counted_too(site, few):
    ann = site.log_in('Ann')
    for _ in range(4):
        form = next(form for form in ann.get('/default/account').forms.values() if form.fields['_formname'][0].value == 'leave')
        form['password'] = 'wrong but long enough'
        page = form.submit()
    assert 'Too many requests' in page.html.find(class_='flash').text


def test_by_default_ten_attempts_a_minute_are_no_trouble(site):
    site.member('Ann')
    answers = [attempt(site.visitor(), 'login', email='ann@example.com', password='wrong').status_int for _ in range(10)]
    assert 429 not in answers


def test_messages_over_http_are_limited_as_those_of_a_socket_are(site, ann, bob, monkeypatch):
    monkeypatch.setenv('MESSENGER_REALTIME_BURST', '3')
    monkeypatch.setenv('MESSENGER_REALTIME_SENDS_PER_SECOND', '0.01')
    for number in range(3):
        ann.post_json({**SEND, 'receiver': bob.id, 'ref': 'r%d' % number})
    answer = ann.post_json({**SEND, 'receiver': bob.id, 'ref': 'r3'}, status=429)
    assert (answer.json['code'], answer.json['ref']) == ('rate', 'r3')
    assert answer.json['retry_after'] == int(answer.headers['Retry-After']) > 1
    page = ann.send(bob.id, 'kept')
    assert page.status_int == 429 and page.forms[0]['content'].value == 'kept'
    assert 'very fast' in page.html.find(class_='error').text
    assert len(site.messages()) == 3
    assert bob.post_json({**SEND, 'receiver': ann.id}).json['type'] == 'ack'


def test_questions_over_http_are_limited_for_each_member(site, ann, bob, monkeypatch):
    monkeypatch.setenv('MESSENGER_REALTIME_QUESTIONS_BURST', '2')
    monkeypatch.setenv('MESSENGER_REALTIME_QUESTIONS_PER_SECOND', '0.01')
    for _ in range(2):
        ann.get('/messaging/updates.json?since=0')
    assert ann.get('/messaging/conversations.json', status=429).json['code'] == 'rate'
    assert bob.get('/messaging/conversations.json')
    assert ann.get('/messaging/index'), 'pages are no questions'
    assert ann.get('/messaging/search?q=x', status=429).content_type == 'text/plain', 'a search is one, however it is asked'


def test_pages_are_limited_for_each_member_and_do_not_keep_the_chat_from_asking(site, ann, bob, monkeypatch):
    monkeypatch.setenv('MESSENGER_REALTIME_QUESTIONS_BURST', '2')
    monkeypatch.setenv('MESSENGER_REALTIME_QUESTIONS_PER_SECOND', '0.01')
    ann.get('/messaging/index')
    ann.get('/default/account')
    for path in ('/messaging/index', '/messaging/chat/%d' % bob.id, '/default/user/profile', '/default/account'):
        answer = ann.get(path, status=429)
        assert int(answer.headers['Retry-After']) > 1 and 'Too many requests' in answer.text and answer.content_type == 'text/plain'
    assert ann.post('/messaging/send_message', {'receiver': bob.id, 'content': 'x'}, status=429) and site.messages() == []
    assert ann.get('/messaging/updates.json?since=0') and bob.get('/messaging/index')


@pytest.fixture
def two_visits(site, monkeypatch):
    monkeypatch.setenv('MESSENGER_AUTH_GUESTS_BURST', '2')
    monkeypatch.setenv('MESSENGER_AUTH_GUESTS_PER_SECOND', '0.01')
    monkeypatch.setenv('MESSENGER_AUTH_GUESTS_WAIT_SECONDS', '0')


def test_guests_are_limited_for_each_address_and_members_there_are_not(site, ann, two_visits):
    for _ in range(2):
        site.visitor().get('/default/index')
    for path in ('/default/index', '/default/user/login', '/messaging/index', '/messaging/stream', '/appadmin/index', '/default/brand.css'):
        answer = site.visitor().get(path, status=429)
        assert answer.headers['Retry-After'] and 'Too many requests' in answer.text and answer.content_type == 'text/plain', path
    assert site.visitor().get('/messaging/updates.json', status=429).json['code'] == 'rate'
    assert site.visitor(REMOTE_ADDR='203.0.113.7').get('/default/index') and ann.get('/messaging/index')


def test_who_brings_no_session_is_refused_before_there_is_a_database(site, two_visits, monkeypatch):
    for _ in range(2):
        site.visitor().get('/default/user/login')
    monkeypatch.setattr('messenger_web.connections.database', None)
    assert site.visitor().get('/default/user/login', status=429)
    assert site.visitor(HTTP_COOKIE='session_id_messenger=127.0.0.1-forged').get('/default/user/login', status=429)
    assert site.visitor().post('/default/user/login', 'x' * 20_000, status=429).content_type == 'text/plain'


def test_who_comes_a_moment_too_soon_waits_for_their_turn_and_who_would_wait_for_long_is_refused(site, two_visits, monkeypatch):
    monkeypatch.setenv('MESSENGER_AUTH_GUESTS_PER_SECOND', '4')
    monkeypatch.setenv('MESSENGER_AUTH_GUESTS_WAIT_SECONDS', '1')
    now, waited = [1000.0], []

    def sleep(seconds):
        waited.append(seconds)
        now[0] += seconds
    monkeypatch.setattr('messenger_web.entrance.allowed.sleep', sleep)
    monkeypatch.setattr('messenger_web.entrance.allowed.monotonic', lambda: now[0])
    for _ in range(4):
        site.visitor().get('/default/index')
    assert waited == [0.25, 0.25]
    monkeypatch.setenv('MESSENGER_AUTH_GUESTS_PER_SECOND', '0.5')
    for status in (200, 200, 429):
        site.visitor().get('/default/index', status=status)
    assert waited[2:] == [1.0]


@pytest.mark.parametrize('cookie', ['session_id_messenger=127.0.0.1-0d1c2b3a', 'session_data_messenger=x', 'session_id_other=1; a=b'])
def test_nobody_gets_another_allowance_by_inventing_a_session(site, two_visits, cookie):
    for number in range(2):
        site.visitor(HTTP_COOKIE=cookie + str(number)).get('/default/index')
    assert site.visitor(HTTP_COOKIE=cookie + 'x').get('/default/index', status=429)
    assert site.visitor(HTTP_COOKIE=cookie + 'x').get('/messaging/updates.json?since=0', status=429).json['code'] == 'rate'
    assert site.visitor().get('/default/index', status=429)


def test_a_visit_is_counted_once(site, two_visits):
    for _ in range(2):
        assert site.visitor().get('/default/user/login')
    assert site.visitor().get('/default/user/login', status=429)
