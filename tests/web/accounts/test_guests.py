"""Whoever isn't logged in leaves nothing behind: a session begins with an accepted login, and ends with it."""
import pickle
import stat
import threading

import pytest
from messenger_live.sessions.files import spread

SOMEBODY = '127.0.0.1-0c5a8a2b-a7a4-4a5a-9cf3-0e7a7c58ca9c'
SESSION_COOKIES = {'session_id_messenger', 'session_data_messenger'}
STORES = {
    'file': {}, 'separate': {'separate': 'true'}, 'db': {'store': 'db'}, 'redis': {'store': 'redis'},
    'cookie': {'store': 'cookie', 'cookie_key': 'a secret of the site'}}
GET = ('/default/index', '/default/user', '/default/user/login', '/default/user/register', '/default/user/request_reset_password',
       '/default/user/reset_password', '/default/user/reset_password?key=1-x', '/default/user/verify_email/x', '/default/user/logout',
       '/default/user/profile', '/default/user/change_password', '/default/user/nonsense', '/default/account', '/default/administrator',
       '/default/nonsense', '/default/brand.css', '/messaging/index', '/messaging/send_message', '/messaging/chat/1', '/messaging/search',
       '/messaging/stream', '/messaging/updates.json?since=0', '/messaging/active.json', '/appadmin/index',
       '/default/user/login?_next=/messenger/messaging/chat/1')
# web2py uses a name of the client's that Redis gave up long ago.
pytestmark = pytest.mark.filterwarnings('ignore:.*hmset:DeprecationWarning')


@pytest.fixture
def secret(gluon):
    from messenger_web.entrance import secret
    return secret


@pytest.fixture(params=STORES)
def stored(request, site, gluon, monkeypatch, mail_server):
    """A function that counts what web2py has stored of sessions, wherever it does just now."""
    from gluon.settings import global_settings
    before = set(global_settings.db_sessions)
    for name, value in STORES[request.param].items():
        monkeypatch.setenv('MESSENGER_SESSION_%s' % name.upper(), value)
    redis = request.getfixturevalue('redis_server') if request.param == 'redis' else None
    if redis:
        monkeypatch.setenv('MESSENGER_SESSION_REDIS_URL', redis.url)

    def stored():
        if redis:
            return sum(key.rpartition(b':')[2].isdigit() for key in redis.client().keys('w2p:sess:messenger:*'))
        if request.param == 'db':
            site.db.rollback()
            has_table = site.db.executesql("SELECT 1 FROM sqlite_master WHERE name = 'web2py_session_messenger'")
            return site.db.executesql('SELECT count(*) FROM web2py_session_messenger')[0][0] if has_table else 0
        return sum(path.is_file() for path in (site.application / 'sessions').rglob('*'))
    yield stored
    global_settings.db_sessions = before


def go_everywhere(site, visitor):
    """Take each road that somebody can take who isn't logged in."""
    for address in GET:
        visitor.get(address, None)
    for action in ('login', 'register', 'request_reset_password', 'verify_email', 'reset_password'):
        visitor.post('/default/user/' + action, {'email': 'x', 'password': 'y', '_formname': action}, None)
        form = visitor.get('/default/user/' + action, None).forms
        if 0 in form:
            form[0]['email'] = 'nobody@example.com'
            answer = visitor._checked(form[0].submit(expect_errors=True), None)
            if answer.status_int == 303:
                visitor._checked(answer.follow(expect_errors=True), None)
    visitor.post('/messaging/send_message', {'receiver': '1', 'content': 'x', 'author': '1'}, None)
    visitor.post('/messaging/mark', {'read': '1'}, None)
    visitor.post('/default/user/login', b'x' * 9, 415, content_type='text/plain')
    visitor.post_json({'type': 'read'}, status=401)


def test_no_road_of_a_guest_leaves_a_session_or_its_cookie(site, stored):
    site.member('Ann')
    visitor = site.visitor()
    go_everywhere(site, visitor)
    assert stored() == 0 and not SESSION_COOKIES & set(visitor.app.cookies)
    visitor.log_in('ann@example.com')
    assert stored() == (0 if 'session_data_messenger' in visitor.app.cookies else 1), 'and this one is counted'


def test_nor_does_who_has_been_logged_out_or_may_not_go_on(site, stored):
    ann, bob = site.log_in('Ann'), site.log_in('Bob')
    begun = stored()
    assert 'Logged out' in ann.log_out().follow()
    site.db.executesql("UPDATE auth_user SET registration_key = 'blocked' WHERE id = %d" % bob.id)
    site.db.commit()
    page = bob.follow(bob.get('/messaging/index', status=303))
    assert 'blocked or no longer exists' in page.html.find(class_='flash').text
    for browser in (ann, bob):
        go_everywhere(site, browser)
        assert not SESSION_COOKIES & set(browser.app.cookies)
    assert stored() == begun - 2 or begun == 0


def test_what_the_next_page_has_to_say_is_said_once(ann):
    answer = ann.log_out()
    ann.get('/messaging/updates.json?since=0', 401)
    assert 'Logged out' in ann.follow(answer)
    assert 'Logged out' not in ann.get('/default/user/login')


def test_what_a_logout_takes_away_is_told_through_a_redirect_and_once(site, ann):
    ann.log_out()
    page = ann.follow(ann.get('/messaging/index', status=303))
    assert page.html.find('meta', attrs={'name': 'left'})['content'] == str(ann.id)
    assert not ann.get('/default/index').html.find('meta', attrs={'name': 'left'})


@pytest.mark.parametrize('forge', [
    lambda seal: seal[:-1] + ('0' if seal[-1] != '0' else '1'), lambda seal: '', lambda seal: 'x.y.z', lambda seal: seal.partition('.')[2],
    lambda seal: 'ffffffff' + seal, lambda seal: '\u0663' + seal])
def test_nobody_else_can_have_a_page_say_or_take_away_anything(site, ann, forge):
    ann.log_out()
    seal = ann.app.cookies['messenger_said'].strip('"')
    visitor = site.visitor(HTTP_COOKIE='messenger_said=' + seal)
    assert visitor.get('/default/index').html.find('meta', attrs={'name': 'left'})
    page = site.visitor(HTTP_COOKIE='messenger_said=' + forge(seal).encode().decode('latin-1')).get('/default/index')
    assert not page.html.find('meta', attrs={'name': 'left'}) and not page.html.find(class_='flash')


def test_nor_later_than_a_minute(site, ann, secret, monkeypatch):
    ann.log_out()
    now = secret.now()
    monkeypatch.setattr(secret, 'now', lambda: now + 61)
    assert not ann.get('/default/index').html.find('meta', attrs={'name': 'left'})


def test_what_somebody_has_put_into_a_session_before_the_login_is_not_there_after_it(site):
    path = site.application / 'sessions' / spread(SOMEBODY)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(pickle.dumps({'unsent': {'author': str(site.member('Ann')), 'receiver': '1', 'content': 'planted'}, 'flash': 'planted',
                                   'left': 1, 'planted': 1}))
    visitor = site.visitor()
    visitor.app.set_cookie('session_id_messenger', SOMEBODY)
    for _ in range(2):
        assert 'planted' not in visitor.get('/default/index')
    visitor.log_in('ann@example.com')
    assert visitor.cookie() != SOMEBODY and 'planted' not in visitor.get('/messaging/send_message')
    assert b'planted' not in (site.application / 'sessions' / spread(visitor.cookie())).read_bytes()
    assert site.visitor(HTTP_COOKIE='session_id_messenger=' + SOMEBODY).get('/messaging/index', status=303)


def test_the_secret_is_made_once_however_many_want_it_and_for_nobody_else_to_read(secret, tmp_path):
    path, found = str(tmp_path / 'messenger.key'), []
    wait = threading.Barrier(8)

    def ask():
        wait.wait()
        found.append(secret._key.__wrapped__(path))
    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8 and len(set(found)) == 1 and [one.name for one in tmp_path.iterdir()] == ['messenger.key']
    assert stat.S_IMODE((tmp_path / 'messenger.key').stat().st_mode) == 0o600


@pytest.mark.parametrize(('content', 'sentence'), [('', 'is damaged'), ('short', 'is damaged'), (None, 'cannot be made or read')])
def test_a_secret_that_cannot_be_had_is_said_in_a_sentence(site, secret, monkeypatch, content, sentence):
    secret._key.cache_clear()
    name = 'messenger.key' if content is not None else 'nowhere/messenger.key'
    monkeypatch.setattr(secret, 'FILE', name)
    if content is not None:
        (site.application / 'private' / name).write_text(content)
    assert sentence in site.visitor().get('/default/user/login', 503)
    secret._key.cache_clear()


@pytest.mark.parametrize('flash', ['\u0645' * 5_000, '\U0001f600' * 5_000, '\ud800', '<b>"&'])
def test_whatever_is_to_be_said_fits_a_cookie(site, gluon, monkeypatch, flash):
    from messenger_web.accounts import leaving
    monkeypatch.setattr(leaving, 'record_logout', lambda user: setattr(gluon.current.auth.messages, 'logged_out', flash))
    ann = site.log_in('Ann')
    answer = ann.log_out()
    assert all(len(cookie) < 4_096 for cookie in answer.headers.getall('Set-Cookie'))
    assert (flash[0] if flash != '\ud800' else '?') in ann.follow(answer).html.find(class_='flash').text
