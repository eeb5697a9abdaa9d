"""Each cookie of each answer, whoever set it: out of reach for scripts, other sites and, where there is https, for eavesdroppers."""
import pytest

SECRET = 'a secret of the site'
STORES = {
    'file': {}, 'separate': {'session_separate': 'true'}, 'check_client': {'session_check_client': 'true'},
    'db': {'session_store': 'db', 'session_uri': 'sqlite:///%t/sessions.sqlite'},
    'cookie': {'session_store': 'cookie', 'session_cookie_key': SECRET}, 'redis': {'session_store': 'redis'},
    'masterapp': {'auth_masterapp': 'welcome', 'db_uri': 'sqlite:///%s'}}
STRANGER = {'REMOTE_ADDR': '203.0.113.9'}
# How it is reached: settings, the WSGI environment, and whether that is https.
ROADS = {
    'plain': ({}, {}, False), 'tls': ({}, {'wsgi.url_scheme': 'https'}, True), 'cgi': ({}, {'HTTPS': 'on'}, True),
    'url': ({'host_url': 'https://chat.example'}, {}, True), 'plain url': ({'host_url': 'http://chat.example'}, {}, False),
    'proxy': ({}, {'HTTP_X_FORWARDED_PROTO': 'https'}, True), 'chain': ({}, {'HTTP_X_FORWARDED_PROTO': 'http, https'}, True),
    'claimed': ({}, {'HTTP_X_FORWARDED_PROTO': 'https, http'}, False),
    'untrusted': ({}, {'HTTP_X_FORWARDED_PROTO': 'https', **STRANGER}, False),
    'no longer trusted': ({'realtime_trusted_proxies': '10.0.0.0/8'}, {'HTTP_X_FORWARDED_PROTO': 'https'}, False),
    'trusted': ({'realtime_trusted_proxies': '203.0.113.0/24'}, {'HTTP_X_FORWARDED_PROTO': 'https', **STRANGER}, True)}
PAGES = [
    '/default/index', '/default/user/login', '/default/user/register', '/default/user/nothing', '/default/nothing', '/nothing/index',
    '/default/account', '/default/administrator', '/default/brand.css', '/default/manifest.webmanifest', '/messaging/index',
    '/messaging/chat', '/messaging/chat/999', '/messaging/send_message', '/messaging/stream',
    '/messaging/nothing.json', '/messaging/index.json',
    '/messaging/updates.json?since=0', '/messaging/updates.json', '/messaging/conversations.json', '/appadmin/index', '/messaging/_TEST']
# Of these, each page sets another set of cookies, or is answered somewhere else.
FEW_PAGES = (
    '/default/index', '/default/user/login', '/messaging/index', '/messaging/chat/999', '/messaging/nothing.json', '/appadmin/index')
pytestmark = pytest.mark.filterwarnings('ignore:.*hmset:DeprecationWarning')


@pytest.fixture
def choose(site, gluon, monkeypatch, request, tmp_path):
    """A function that makes settings, called section_key, and returns what the members' cookies are named after."""
    from gluon.settings import global_settings
    before = set(global_settings.db_sessions)

    def choose(**chosen):
        if chosen.get('session_store') == 'redis':
            chosen['session_redis_url'] = request.getfixturevalue('redis_server').url
        for name, value in chosen.items():
            value = value.replace('%s', str(site.application / 'databases' / 'messenger.sqlite')).replace('%t', str(tmp_path))
            monkeypatch.setenv('MESSENGER_' + name.upper(), value)
    yield choose
    global_settings.db_sessions = before


class Jar:
    """Asks, and looks at each cookie of each answer."""

    def __init__(self, browser, is_https):
        self.browser, self.is_https, self.seen = browser, is_https, set()
        # It sends them without https, too, so that the next page is a member's on each road.
        browser.app.cookiejar._policy.secure_protocols = ('http', 'https')

    def look(self, answer):
        for cookie in answer.headers.getall('Set-Cookie'):
            name, *attributes = [part.strip() for part in cookie.split(';')]
            said = {part.partition('=')[0].lower(): part.partition('=')[2] for part in attributes}
            assert 'httponly' in said and said['samesite'] == 'Lax' and said['path'] == '/', (answer.request.url, cookie)
            assert ('secure' in said) is self.is_https, (answer.request.url, cookie)
            self.seen.add(name.partition('=')[0])
        return answer

    def walk(self, pages):
        """These pages as a guest and as a member, what changes something, and logging out."""
        for path in pages:
            self.look(self.browser.get(path, None))
        form = self.browser.get('/default/user/login').forms[0]
        form['email'], form['password'] = 'ann@example.com', 'wrong'
        self.look(form.submit(expect_errors=True))
        self.look(self.browser.submit_login('ann@example.com'))
        for path in pages:
            self.look(self.browser.get(path, None))
        for form in self.browser.get('/default/account').forms.values():
            if 'device' in form.text:
                self.look(form.submit(expect_errors=True))
        self.look(self.browser.post('/messaging/send_message', 'x', content_type='text/plain'))
        self.look(self.browser.post_json({'receiver': 1}, None))
        self.look(self.browser.log_out())


@pytest.mark.parametrize(('store', 'road'), [
    *((store, road) for store in STORES for road in ('plain', 'url', 'proxy', 'untrusted')),
    *(('file', road) for road in ROADS if road not in ('plain', 'url', 'proxy', 'untrusted'))])
def test_each_cookie_is_sealed(site, choose, store, road):
    settings, environment, is_https = ROADS[road]
    choose(**STORES[store], **settings)
    site.member('Ann')
    jar = Jar(site.visitor(**environment), is_https)
    # Each page by each road, and in each place for sessions, both with https and without: where both are another, a few pages do.
    jar.walk(PAGES if store == 'file' or road in ('plain', 'proxy') else FEW_PAGES)
    master = 'welcome' if store == 'masterapp' else 'messenger'
    expected = {'session_id_' + master, 'messenger_device', 'messenger_form', 'messenger_said'}
    expected |= {'session_data_' + master} if store == 'cookie' else set()
    assert jar.seen == expected


@pytest.mark.parametrize('store', STORES)
def test_no_cookie_goes_out_before_it_is_known_how_the_site_is_reached(site, choose, monkeypatch, store):
    choose(**STORES[store], db_migrate='maybe')
    answer = site.visitor(HTTP_X_FORWARDED_PROTO='https').get('/default/index', 503)
    assert answer.headers.getall('Set-Cookie') == []


def test_what_is_left_of_sessions_in_cookies_is_taken_back_sealed(site, choose):
    choose(host_url='https://chat.example')
    visitor = site.visitor()
    visitor.app.set_cookie('session_data_messenger', 'old')
    jar = Jar(visitor, True)
    jar.look(visitor.get('/default/index'))
    assert 'session_data_messenger' in jar.seen


def test_a_login_over_http_is_not_secure_because_a_page_came_by_https_before(site, choose):
    site.member('Ann')
    visitor = site.visitor()
    for scheme, is_https in (('https', True), ('http', False)):
        visitor.app.extra_environ['HTTP_X_FORWARDED_PROTO'] = scheme
        Jar(visitor, is_https).look(visitor.get('/default/user/login'))
