"""Where web2py keeps the sessions, from the same settings as the sidecar, and what it may not take for one."""
import pickle
from datetime import timedelta

import pytest
from messenger_core.site import LOOPBACK
from messenger_live.sessions.files import FileSessions, spread
from messenger_live.wire import addresses

SECRET = 'a secret of the site'
COOKIE = 'session_id_messenger'
VICTIM = '198.51.100.7'
SOMEBODY = '0c5a8a2b-a7a4-4a5a-9cf3-0e7a7c58ca9c'
# web2py uses a name of the client's that Redis gave up long ago.
pytestmark = pytest.mark.filterwarnings('ignore:.*hmset:DeprecationWarning')


def is_let_in(browser):
    return browser.get('/messaging/index', status=None).status_int == 200


def with_cookie(site, value, **changes):
    visitor = site.visitor(**changes)
    visitor.app.set_cookie(COOKIE, value)
    return visitor


def test_c14_in_redis_a_record_without_its_key_is_nobodys(site, in_redis):
    ann = site.log_in('Ann')
    value = ann.cookie()
    record, _, key = value.partition(':')
    assert is_let_in(ann) and is_let_in(with_cookie(site, value))
    for odd in (record + ':', record, '0%s:%s' % (record, key), '%s:%s' % (record, SOMEBODY)):
        assert not is_let_in(with_cookie(site, odd)), odd

def test_in_redis_a_session_is_one_record_however_often_it_is_written_and_none_is_left_behind(site, in_redis):
    ann = site.log_in('Ann')
    cookie = ann.cookie()
    for _ in range(3):
        ann.send(ann.id, 'x')       # each form keeps a key in the session
    assert ann.cookie() == cookie
    assert sum(key.rpartition(b':')[2].isdigit() for key in in_redis.client().keys('w2p:sess:messenger:*')) == 1
    ann.log_out()
    assert COOKIE not in ann.app.cookies and not is_let_in(with_cookie(site, cookie))


def test_c12_with_check_client_a_stolen_cookie_is_nobodys(site, choose):
    choose(session_check_client=True)
    ann = site.log_in('Ann')
    assert is_let_in(ann)
    thief = with_cookie(site, ann.cookie(), REMOTE_ADDR='192.0.2.9')
    assert not is_let_in(thief)
    assert not is_let_in(thief)
    assert is_let_in(ann)


@pytest.mark.parametrize('begun', [dict(REMOTE_ADDR=VICTIM), dict(HTTP_X_FORWARDED_FOR=VICTIM)])
@pytest.mark.parametrize(('changes', 'is_in'), [
    (dict(REMOTE_ADDR=VICTIM), True), (dict(HTTP_X_FORWARDED_FOR=VICTIM), True), (dict(REMOTE_ADDR='::ffff:' + VICTIM), True),
    (dict(HTTP_X_FORWARDED_FOR='192.0.2.9, ' + VICTIM), True), (dict(REMOTE_ADDR=VICTIM, HTTP_X_FORWARDED_FOR='192.0.2.9'), True),
    (dict(REMOTE_ADDR='192.0.2.9', HTTP_X_FORWARDED_FOR=VICTIM), False), (dict(HTTP_X_FORWARDED_FOR=VICTIM + ', 192.0.2.9'), False),
    (dict(HTTP_X_FORWARDED_FOR=VICTIM + ', unknown'), False), ({}, False)])
def test_c12_whoever_only_says_that_they_are_at_its_address_has_none_of_it_and_sockets_agree(site, choose, tmp_path, begun, changes, is_in):
    choose(session_check_client=True)
    cookie = site.log_in('Ann', **begun).cookie()
    assert is_let_in(with_cookie(site, cookie, **changes)) is is_in
    told = [changes['HTTP_X_FORWARDED_FOR']] if 'HTTP_X_FORWARDED_FOR' in changes else []
    client = addresses.client_of(changes.get('REMOTE_ADDR', '127.0.0.1'), told, LOOPBACK)
    assert FileSessions(tmp_path, 'messenger', check_client=True).admits(cookie, client) is is_in


@pytest.mark.parametrize('chosen', [
    dict(session_store='db'), dict(session_store='cookie', session_cookie_key=SECRET), dict(auth_masterapp='welcome', db_uri='sqlite:///%s')])
def test_a_login_that_lies_in_a_file_of_an_earlier_time_counts_no_more(site, choose, chosen):
    ann = site.log_in('Ann')
    assert is_let_in(ann)
    choose(**{name: value.replace('%s', str(site.application / 'databases' / 'messenger.sqlite')) for name, value in chosen.items()})
    assert not is_let_in(ann)
    ann.log_in('ann@example.com')
    assert is_let_in(ann)


@pytest.mark.parametrize('level', [0, 9])
def test_a_cookie_that_holds_the_session_is_out_of_reach_for_scripts_and_other_sites(site, choose, level):
    choose(session_store='cookie', session_cookie_key=SECRET, session_compression_level=level)
    ann = site.log_in('Ann')
    assert is_let_in(ann)
    answer = ann.get('/messaging/send_message')
    kept = [header for header in answer.headers.getall('Set-Cookie') if header.strip().startswith('session_data_messenger=')]
    assert len(kept) == 1 and 'HttpOnly' in kept[0] and 'SameSite=Lax' in kept[0] and 'ann@' not in kept[0]
    for _ in range(2):
        assert ann.send(ann.id, 'x').status_int == 303
    ann.follow(ann.log_out())
    assert not is_let_in(ann)


def test_c15_a_sealed_cookie_of_another_form_is_nobodys_on_the_pages_either(site, choose, gluon):
    choose(session_store='cookie', session_cookie_key=SECRET)
    ann = site.log_in('Ann')
    value = ann.app.cookies['session_data_messenger'].strip('"')
    content = gluon.utils.secure_loads(value.encode(), SECRET)
    old = gluon.utils.secure_dumps_deprecated(content, SECRET).decode()
    for odd, admitted in ((value, True), (old, False), (value[:-1], False), (value[:-8] + 'AAAAAAA=', False), ('x' * 5000, False),
                          ('b\'%s\'' % value, False), (':'.join(value.split(':')[1:]), False), ('hmac256::', False), ('', False)):
        visitor = site.visitor()
        visitor.app.set_cookie('session_data_messenger', odd)
        assert is_let_in(visitor) is admitted, odd


def test_s20_while_redis_is_away_pages_say_that_they_will_be_back(site, in_redis):
    ann = site.log_in('Ann')
    in_redis.stop()
    answer = ann.get('/messaging/index', status=503)
    assert 'sessions' in answer.text and answer.headers['Retry-After']
    in_redis.start()
    assert not is_let_in(ann), 'it forgot, and nobody else is meant by that'


@pytest.mark.parametrize('value', [
    '', 'x' * 5000, '"', '..', '../x', 'a/..', '/etc/passwd', 'sub/../../x', '../{id}', './{id}', '{id}/', '{id}\\012', '"..\\057x"',
    '%2e%2e', '\u0663', '{id}; session_id_messenger=x', 'True', 'None'])
def test_c1_c2_a_cookie_that_holds_no_session_id_is_nobodys_on_the_pages_either(site, ann, value):
    assert is_let_in(site.visitor(HTTP_COOKIE='session_id_messenger=' + ann.cookie()))
    cookie = 'session_id_messenger=' + value.format(id=ann.cookie())
    page = site.visitor(HTTP_COOKIE=cookie.encode().decode('latin-1')).get('/messaging/index', status=303)
    assert '/default/user/login' in page.location


# -- how long a session lasts --

def stored(site, ann):
    path = site.application / 'sessions' / spread(ann.cookie())
    return path, pickle.loads(path.read_bytes())


def visited_an_hour_earlier(site, ann):
    path, content = stored(site, ann)
    content.auth.last_visit -= timedelta(hours=1)
    path.write_bytes(pickle.dumps(content))
    return content.auth.last_visit


def test_a_reader_at_work_moves_the_end_of_the_session_on(site, ann):
    before = visited_an_hour_earlier(site, ann)
    assert ann.get('/messaging/active.json').json == {}
    assert stored(site, ann)[1].auth.last_visit - before >= timedelta(hours=1)


@pytest.mark.parametrize('address', ['updates.json?since=0', 'conversations.json'])
def test_what_a_page_asks_for_by_itself_does_not(site, ann, address):
    before = visited_an_hour_earlier(site, ann)
    ann.get('/messaging/' + address)
    assert stored(site, ann)[1].auth.last_visit == before


def test_nobody_is_at_work_without_a_session(site):
    assert site.visitor().get('/messaging/active.json', status=401).json['code'] == 'no_session'


def test_the_page_is_told_how_often_to_say_so(site, ann, choose):
    page = ann.get('/messaging/chat')
    assert page.html.find(attrs={'data-active-url': True})['data-active-seconds'] == str(8 * 3600 // 4)
    choose(auth_expiration=400)
    bob = site.log_in('Bob')
    assert bob.get('/messaging/chat').html.find(attrs={'data-active-url': True})['data-active-seconds'] == '100'
