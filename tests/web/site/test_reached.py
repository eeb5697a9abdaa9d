"""By which address, name and scheme a request has reached the site: what of it is believed, and what then differs."""
import logging

import pytest

from .test_addresses import ask

STRANGER, MACHINE = '203.0.113.9', '127.0.0.1'
FORBIDDEN = 'This site is not reached under this name.'
SETTINGS = '[db] migrate'


@pytest.fixture(autouse=True)
def fresh(gluon):
    """Nothing was said in the log yet."""
    from messenger_web.entrance import reached
    reached._warn_of_silent_proxy.cache_clear()


@pytest.fixture
def choose(monkeypatch):
    def choose(**chosen):
        for name, value in chosen.items():
            monkeypatch.setenv('MESSENGER_' + name.upper(), value)
    return choose


# -- names --

@pytest.mark.parametrize(('names', 'host', 'status'), [
    ('chat.example', 'chat.example', 200), ('chat.example', 'CHAT.example', 200), ('Chat.Example', 'chat.example', 200),
    ('chat.example', 'chat.example:80', 200), ('chat.example', 'chat.example:443', 403), ('chat.example', 'chat.example:8000', 403),
    ('chat.example', 'evil.example', 403), ('chat.example', 'chat.example.evil', 403), ('chat.example', 'chatXexample', 403),
    ('chat.example, *.chat.example:8000', 'a.chat.example:8000', 200), ('*.chat.example:8000', 'chat.example:8000', 403),
    ('*.chat.example', 'a.chat.example:8000', 403), ('10.0.0.1:*', '10.0.0.1:8000', 200), ('10.0.0.1:*', '10.0.0.1', 403),
    ('[2001:db8::1]:8000', '[2001:db8::1]:8000', 200), ('[2001:db8::1]', '[2001:db8::1]', 200), ('[2001:db8::1]', '2', 403),
    ('[2001:db8::1]', '[2001:db8::2]', 403), ('*', 'whatever.example:1', 200), ('', 'whatever.example:1', 200)])
def test_a_site_with_names_is_asked_by_them_only(site, choose, names, host, status):
    choose(host_names=names)
    answer = site.visitor(HTTP_HOST=host).get('/default/index', status)
    assert status == 200 or answer.text == FORBIDDEN


@pytest.mark.parametrize('address', [
    'default/index', 'default/user/login', 'messaging/updates.json?since=0', 'messaging/stream', 'appadmin/index',
    'default/brand.css', 'messaging/command.json', 'messaging/send_message'])
@pytest.mark.parametrize('method', ['GET', 'HEAD', 'POST'])
def test_another_name_is_told_so_in_our_words_whatever_is_asked_for(site, choose, method, address):
    choose(host_names='chat.example')
    status, headers, body = ask(site, '/messenger/' + address, HTTP_HOST='evil.example', REQUEST_METHOD=method)
    if status == 405:   # that it doesn't exist, is said to everybody
        return
    assert (status, body) == (403, '' if method == 'HEAD' else FORBIDDEN)
    assert headers['Content-Type'].startswith('text/plain') and headers['X-Content-Type-Options'] == 'nosniff'


def test_the_address_of_the_site_is_one_of_its_names(site, choose):
    choose(host_names='other.example', host_url='https://chat.example:8443')
    assert site.visitor(HTTP_HOST='chat.example:8443').get('/default/index')
    assert site.visitor(HTTP_HOST='chat.example').get('/default/index', 403)


@pytest.mark.parametrize(('host', 'changes', 'status'), [
    ('127.0.0.1:8000', {}, 200), ('localhost:8000', {}, 200), ('[::1]:8000', {'REMOTE_ADDR': '::1'}, 200),
    ('127.0.0.1:8000', {'REMOTE_ADDR': STRANGER}, 403), ('127.0.0.1:8000', {'HTTP_X_FORWARDED_FOR': STRANGER}, 403),
    ('127.0.0.1:8000', {'HTTP_X_FORWARDED_FOR': MACHINE}, 403)])
def test_who_sits_at_the_machine_needs_no_name(site, choose, host, changes, status):
    choose(host_names='chat.example', host_url='https://chat.example')
    site.visitor(HTTP_HOST=host, **changes).get('/default/index', status)


# -- who sits here --

@pytest.mark.parametrize('changes', [{}, {'HTTP_HOST': 'localhost'}, {'REMOTE_ADDR': '::1'}, {'REMOTE_ADDR': '::ffff:127.0.0.1'}])
def test_who_sits_at_the_machine_is_told_what_is_wrong_with_the_settings(site, choose, changes):
    choose(db_migrate='maybe')
    assert SETTINGS in site.visitor(**changes).get('/default/index', 503)


PROXIED = [
    {'REMOTE_ADDR': STRANGER}, {'REMOTE_ADDR': STRANGER, 'HTTP_X_FORWARDED_FOR': MACHINE}, {'HTTP_X_FORWARDED_FOR': STRANGER},
    {'HTTP_X_FORWARDED_FOR': '127.0.0.1, 203.0.113.9'}, {'HTTP_X_FORWARDED_FOR': '127.0.0.1'}, {'HTTP_X_FORWARDED_FOR': 'unknown'},
    {'HTTP_HOST': 'chat.example'}, {'HTTP_X_FORWARDED_HOST': 'chat.example'}, {'HTTP_X_FORWARDED_PROTO': 'https'},
    {'HTTP_VIA': '1.1 proxy'}, {'HTTP_X_REAL_IP': MACHINE}, {'HTTP_FORWARDED': 'for=127.0.0.1'}]


@pytest.mark.parametrize('changes', PROXIED)
def test_who_comes_through_a_proxy_is_not(site, choose, changes):
    choose(db_migrate='maybe')
    assert SETTINGS not in site.visitor(**changes).get('/default/index', 503)


def test_behind_a_proxy_that_passes_nothing_on_the_address_of_the_site_tells(site, choose, tmp_path):
    choose(host_url='http://chat.example', auth_masterapp='welcome', db_uri='sqlite:///%s' % (tmp_path / 'nothing.sqlite'))
    assert 'being set up' in site.visitor().get('/default/index', 503)
    choose(host_url='http://127.0.0.1:8000')
    assert 'being set up' not in site.visitor().get('/default/index', 503)


@pytest.mark.parametrize(('changes', 'is_safe'), [
    ({}, True), ({'wsgi.url_scheme': 'https', 'REMOTE_ADDR': STRANGER}, True), ({'HTTP_X_FORWARDED_PROTO': 'https'}, True),
    ({'HTTP_X_FORWARDED_PROTO': 'https', 'REMOTE_ADDR': STRANGER}, False), ({'HTTP_X_FORWARDED_FOR': '127.0.0.1, 203.0.113.9'}, False),
    ({'HTTP_X_FORWARDED_FOR': MACHINE}, False), ({'HTTP_HOST': 'chat.example'}, False)])
def test_an_administrators_password_is_asked_for_where_nobody_listens(site, changes, is_safe):
    assert bool(site.visitor(**changes).get('/default/administrator').forms) is is_safe


def test_web2pys_own_code_decides_by_the_same(site, gluon):
    for changes, expected in (({}, (False, True)), ({'HTTP_X_FORWARDED_PROTO': 'https'}, (True, False)),
                              ({'HTTP_X_FORWARDED_PROTO': 'https', 'REMOTE_ADDR': STRANGER}, (False, False)),
                              ({'HTTP_X_FORWARDED_FOR': MACHINE}, (False, False))):
        site.visitor(**changes).get('/default/index')
        assert (gluon.current.request.is_https, gluon.current.request.is_local) == expected, changes


# -- whose attempts are counted together --

@pytest.mark.parametrize(('first', 'second', 'together'), [
    ({'REMOTE_ADDR': '2001:db8::1'}, {'REMOTE_ADDR': '2001:db8::2:3'}, True),
    ({'REMOTE_ADDR': '2001:db8::1'}, {'REMOTE_ADDR': '2001:db8:0:1::1'}, False),
    ({'HTTP_X_FORWARDED_FOR': '[2001:db8::1]:80'}, {'HTTP_X_FORWARDED_FOR': '2001:db8::9'}, True),
    ({'HTTP_X_FORWARDED_FOR': STRANGER}, {'REMOTE_ADDR': '::ffff:127.0.0.1', 'HTTP_X_FORWARDED_FOR': STRANGER}, True),
    ({'HTTP_X_FORWARDED_FOR': STRANGER}, {'REMOTE_ADDR': '::ffff:127.0.0.1', 'HTTP_X_FORWARDED_FOR': '203.0.113.10'}, False),
    ({'REMOTE_ADDR': '::ffff:203.0.113.9'}, {'REMOTE_ADDR': STRANGER}, True),
    ({'REMOTE_ADDR': STRANGER, 'HTTP_X_FORWARDED_FOR': '1.1.1.1'}, {'REMOTE_ADDR': STRANGER, 'HTTP_X_FORWARDED_FOR': '1.1.1.2'}, True),
    ({'REMOTE_ADDR': '10.0.0.1', 'HTTP_X_FORWARDED_FOR': '1.1.1.1'}, {'REMOTE_ADDR': '10.0.0.1', 'HTTP_X_FORWARDED_FOR': '1.1.1.2'}, False),
    ({'HTTP_X_FORWARDED_FOR': '8.8.8.8, 1.1.1.1:5'}, {'HTTP_X_FORWARDED_FOR': '9.9.9.9, 1.1.1.1, 10.0.0.7'}, True)])
def test_attempts_are_counted_for_who_asks_and_not_for_the_proxy(site, choose, first, second, together):
    choose(auth_attempts_per_minute='1', realtime_trusted_proxies='127.0.0.0/8, ::1, 10.0.0.0/8')
    for changes, is_too_much in ((first, False), (second, together)):
        form = site.visitor(**changes).get('/default/user/login').forms[0]
        form['email'], form['password'] = 'nobody@example.com', 'wrong'
        assert (form.submit(expect_errors=True).status_int == 429) is is_too_much, changes


@pytest.mark.parametrize(('changes', 'noted'), [
    ({'REMOTE_ADDR': STRANGER, 'HTTP_X_FORWARDED_FOR': MACHINE}, STRANGER), ({'HTTP_X_FORWARDED_FOR': '1.1.1.1, ' + STRANGER}, STRANGER),
    ({'REMOTE_ADDR': '::ffff:203.0.113.9'}, STRANGER), ({}, MACHINE)])
def test_what_is_noted_of_a_login_is_the_address_it_came_from(site, changes, noted):
    site.log_in('Ann', **changes)
    assert site.db.executesql('SELECT DISTINCT client_ip FROM auth_event') == [(noted,)]


@pytest.mark.parametrize('address', [STRANGER, '2001:db8::9'])
def test_with_check_client_a_session_is_good_from_the_address_that_counts(site, choose, address):
    choose(session_check_client='true')
    ann = site.log_in('Ann', HTTP_X_FORWARDED_FOR='198.51.100.1, %s' % address)
    assert ann.get('/messaging/index') and ann.cookie().startswith(address.replace(':', '.'))
    ann.app.extra_environ['HTTP_X_FORWARDED_FOR'] = '%s, 198.51.100.1' % address
    ann.get('/messaging/index', 303)


# -- a proxy that doesn't say --

@pytest.mark.parametrize(('changes', 'is_said'), [
    ({'HTTP_HOST': 'chat.example'}, True), ({'HTTP_X_FORWARDED_PROTO': 'https'}, True), ({'HTTP_VIA': '1.1 proxy'}, True),
    ({'HTTP_X_FORWARDED_FOR': 'unknown'}, True), ({'HTTP_X_FORWARDED_FOR': STRANGER, 'HTTP_HOST': 'chat.example'}, False),
    ({'HTTP_X_FORWARDED_FOR': MACHINE, 'HTTP_HOST': 'chat.example'}, False), ({}, False), ({'HTTP_HOST': 'localhost:8000'}, False),
    ({'HTTP_HOST': 'chat.example', 'REMOTE_ADDR': STRANGER}, False), ({'HTTP_HOST': 'chat.example', 'REMOTE_ADDR': ''}, True),
    ({'HTTP_HOST': 'chat.example', 'REMOTE_ADDR': '::ffff:127.0.0.1'}, True)])
def test_that_all_are_one_address_is_said_in_the_log_once(site, caplog, changes, is_said):
    caplog.set_level(logging.WARNING)
    for _ in range(3):
        site.visitor(**changes).get('/default/index')
    said = [record for record in caplog.records if 'one address' in record.getMessage()]
    assert len(said) == is_said


# -- where a page may open its socket, and which pages may send --

def sockets(answer):
    return answer.headers['Content-Security-Policy'].partition('connect-src ')[2].partition(';')[0]


@pytest.mark.parametrize(('chosen', 'changes', 'expected'), [
    ({}, {}, 'ws://127.0.0.1:8001'), ({}, {'HTTP_HOST': 'chat.example'}, 'ws://chat.example:8001'), ({}, {'HTTP_HOST': 'a b'}, ''),
    ({'host_url': 'https://chat.example'}, {}, 'wss://chat.example:8001'),
    ({'host_url': 'https://chat.example:8443'}, {'HTTP_HOST': 'evil.example'}, 'wss://chat.example:8001'),
    ({'host_url': 'http://127.0.0.1:8000'}, {'HTTP_HOST': 'localhost:8000'}, 'ws://127.0.0.1:8001 ws://localhost:8001'),
    ({'host_url': 'http://127.0.0.1:8000'}, {'HTTP_HOST': 'evil.example'}, 'ws://127.0.0.1:8001'),
    ({'host_url': 'http://[::1]:8000'}, {}, 'ws://[::1]:8001 ws://127.0.0.1:8001'),
    ({'host_url': 'https://chat.example', 'host_names': '*.chat.example'}, {'HTTP_HOST': 'b.chat.example'},
     'wss://chat.example:8001 wss://b.chat.example:8001'),
    ({'realtime_url': 'wss://x.example/y', 'host_url': 'https://chat.example'}, {}, 'wss://x.example'),
    ({}, {'HTTP_X_FORWARDED_PROTO': 'https', 'HTTP_HOST': 'chat.example'}, 'wss://chat.example:8001'),
    ({}, {'HTTP_X_FORWARDED_PROTO': 'https', 'HTTP_HOST': 'chat.example', 'REMOTE_ADDR': STRANGER}, 'ws://chat.example:8001')])
def test_a_page_opens_sockets_of_its_site_only(site, choose, chosen, changes, expected):
    choose(**chosen)
    assert sockets(site.visitor(**changes).get('/default/index')) == ("'self' " + expected).strip()


@pytest.mark.parametrize(('chosen', 'host', 'origin', 'status'), [
    ({'host_url': 'https://chat.example'}, '127.0.0.1:8000', 'https://chat.example', 200),
    ({'host_url': 'https://chat.example'}, '127.0.0.1:8000', 'http://chat.example', 403),
    ({'host_url': 'https://chat.example'}, 'chat.example', 'http://chat.example', 403),
    ({'host_url': 'https://chat.example'}, 'other.example', 'https://other.example', 200),
    ({'host_url': 'https://chat.example'}, 'chat.example', 'https://evil.example', 403),
    ({'host_url': 'https://chat.example', 'realtime_origins': 'https://only.example'}, 'chat.example', 'https://chat.example', 403)])
def test_commands_are_taken_from_pages_of_the_address_as_well(site, ann, choose, chosen, host, origin, status):
    choose(**chosen)
    ann.app.extra_environ['HTTP_HOST'] = host
    ann.post_json({'receiver': ann.id, 'content': 'x'}, status, Origin=origin, Cookie='session_id_messenger=' + ann.cookie())


def test_what_is_refused_at_the_door_is_named_in_the_log(site, choose, caplog, monkeypatch):
    from messenger_live.allowances import Sparing
    from messenger_web.entrance import entrances, reached
    for module in (entrances, reached):
        monkeypatch.setattr(module, 'refusals', Sparing(logging.getLogger('web2py.app.messenger')))
    status, headers, body = ask(site, '/messenger/messaging/index?key=secret', REQUEST_METHOD='OPTIONS')
    assert (status, headers['Allow'], body) == (405, 'GET, HEAD', 'This page is asked for by GET or HEAD only.')
    assert 'refused: 405 OPTIONS /messenger/messaging/index: This page is asked for by GET or HEAD only.' in caplog.text
    choose(host_names='chat.example')
    assert ask(site, '/messenger/default/index', HTTP_HOST='evil\x1b.example')[0] == 403
    assert "refused: 403 GET /messenger/default/index: asked for as 'evil\\x1b.example', and [host] names has chat.example" in caplog.text
    assert 'secret' not in caplog.text
