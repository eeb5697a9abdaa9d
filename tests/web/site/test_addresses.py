"""Addresses, hosts and headers that no link of ours has. H25 and H26 are the numbers in the list of bad inputs."""
import re
from urllib.parse import unquote_to_bytes
from wsgiref.util import setup_testing_defaults

import pytest
from messenger_core.messages import sending
from places import ROOT

SECRETS = re.compile(r'DAL\(|\[db\]|root:')
LONG = 'x' * 9000
ADDRESSES = [
    'static/../models/db.py', 'static/css/../../models/db.py', 'static/%2e%2e/models/db.py', 'static/..%2fmodels/db.py',
    'static/%252e%252e/models/db.py', 'static/_0.1.2/../../models/db.py', 'static/\\..\\models\\db.py', 'static//etc/passwd', 'static/%FF',
    'static/css', 'static/' + LONG, 'static/css/base.css/x', '../admin', 'private/appconfig.ini', 'models/db.py', '/messaging/index',
    'messaging//index', 'messaging/..', 'messaging/chat/..', 'messaging/chat/2/..', 'messaging/chat/%00', 'messaging/chat/%FF',
    'messaging/chat/%ED%A0%80', 'messaging/in%00dex', 'messaging/%FF', '%FF/x', '%00', 'messaging/' + LONG, 'messaging/chat/' + LONG, LONG,
    'messaging/stream/%0d%0aX:y', 'messaging/nothing;a=b']
IGNORED = ['messaging/index;a=b', 'messaging/index%3bx', 'messaging/index/' + 'a/' * 4000, 'messaging/index?before=' + LONG,
           'messaging/index?before=%FF', 'messaging/index?' + '&'.join(['a=b'] * 2000)]
WITH_ROUTES = ['messenger/static/css/base.css%00.png', 'messenger/static/_1.2.3', 'messenger/static/_1.2.3/',
               'messenger/static/../models/db.py', 'static/../models/db.py', 'static/css/base.css%00.png']


def ask(site, address, cookie='', **environment):
    """Ask as a client does that tidies nothing up; return (status, headers, body)."""
    path, _, query = address.partition('?')
    environ = {
        'PATH_INFO': unquote_to_bytes(path).decode('latin-1'), 'QUERY_STRING': query, 'REMOTE_ADDR': '127.0.0.1', 'HTTP_COOKIE': cookie,
        'HTTP_HOST': '127.0.0.1:8000', 'REQUEST_URI': address, **environment}
    setup_testing_defaults(environ)
    for name in [name for name, value in environ.items() if value is None]:
        del environ[name]
    started = []
    body = b''.join(site.gluon.main.wsgibase(environ, lambda status, headers, error=None: started.append((status, headers))))
    assert not site.tickets(), site.tickets()[0]
    (status, headers), = started
    return int(status[:3]), dict(headers), body.decode('utf-8', 'replace')


@pytest.mark.parametrize('address', ADDRESSES, ids=lambda address: address[:40])
def test_h25_an_address_that_leads_nowhere_is_not_found(site, ann, bob, address):
    for cookie in ('', 'session_id_messenger=' + ann.cookie()):
        status, headers, body = ask(site, '/messenger/' + address, cookie)
        assert status in (303, 400, 403, 404) and not SECRETS.search(body) and 'X' not in headers
        assert status != 303 or headers['Location'].startswith('/messenger/default/user/login')


@pytest.mark.parametrize('address', IGNORED, ids=lambda address: address[:40])
def test_h25_what_an_address_has_too_much_is_ignored_and_lets_nobody_in(site, ann, address):
    assert ask(site, '/messenger/' + address, 'session_id_messenger=' + ann.cookie())[0] == 200
    assert ask(site, '/messenger/' + address)[0] == 303


@pytest.mark.parametrize('address', WITH_ROUTES)
def test_h25_static_addresses_lead_nowhere_else_under_our_routes(site, gluon, address):
    gluon.rewrite.load(data=(ROOT / 'routes.py').read_text())
    try:
        assert ask(site, '/static/css/base.css')[0] == ask(site, '/messenger/static/css/base.css')[0] == 200
        status, _, body = ask(site, '/' + address)
    finally:
        gluon.rewrite.load(data='')
    assert status in (400, 403, 404) and not SECRETS.search(body)


@pytest.mark.parametrize('environment', [
    {'HTTP_HOST': 'evil.example'}, {'HTTP_HOST': 'evil.example:99'}, {'HTTP_X_FORWARDED_HOST': 'evil.example'},
    {'HTTP_FORWARDED': 'for=evil.example;host=evil.example;proto=https'}, {'HTTP_X_FORWARDED_SERVER': 'evil.example'},
    {'HTTP_X_ORIGINAL_URL': '/evil'}, {'HTTP_X_REWRITE_URL': '/evil'}, {'HTTP_X_FORWARDED_PREFIX': '/evil'},
    {'HTTP_REFERER': 'http://evil.example/'},
    {'HTTP_HOST': None}, {'HTTP_HOST': ''}, {'HTTP_HOST': 'a b"><script>'}, {'HTTP_X_FORWARDED_PROTO': 'evil'}])
def test_h26_no_link_is_made_from_what_a_request_says_of_its_host(site, ann, environment):
    cookie = 'session_id_messenger=' + ann.cookie()
    for address in ('/default/index', '/default/user/login', '/default/user/register', '/messaging/index', '/messaging/chat/%d' % ann.id,
                    '/messaging/chat/999', '/messaging/stream'):
        for known in ('', cookie):
            status, headers, body = ask(site, '/messenger' + address, known, **environment)
            assert status < 500 and 'evil' not in body and '<script>' not in body
            assert headers.get('Location', '/messenger').startswith('/messenger')


@pytest.mark.parametrize('address', ['x', "'><script>", '1.2.3', '\xff', ','])
def test_h26_an_address_that_is_none_is_a_bad_request(site, address):
    assert ask(site, '/messenger/default/index', HTTP_X_FORWARDED_FOR=address)[0] in (200, 400)


def test_h26_what_a_proxy_is_said_to_have_been_asked_makes_no_origin_good(site, ann, bob):
    for name in ('X-Forwarded-Host', 'X-Forwarded-Server', 'X-Host', 'Forwarded'):
        frame = {'receiver': bob.id, 'content': 'x'}
        value = 'host=evil.example' if name == 'Forwarded' else 'evil.example'
        answer = ann.post_json(frame, 403, Origin='http://evil.example', **{name.replace('-', '_'): value})
        assert answer.json['code'] == 'forbidden'
    assert site.messages() == []


# -- pages of a conversation ----------------------------------------------------------------------------------------------------

def test_h21_a_place_in_the_future_or_of_another_conversation_shows_no_more_than_ones_own(site, ann, bob):
    cid = site.log_in('Cid')
    for number in range(3):
        sending.send(site.db, sending.Draft(bob.id, 'secret %d' % number, cid.id))
    sending.send(site.db, sending.Draft(bob.id, 'mine', ann.id))
    for address in ('index?before=4', 'index?before=999999999999', 'chat/%d?before=999999' % bob.id, 'chat?before=999999999',
                    'updates.json?since=999999', 'updates.json?since=2', 'conversations.json?before=9999999999',
                    'history.json?conversation=2&before=999999999'):
        assert 'secret' not in ann.get('/messaging/' + address).text, address
    assert ann.get('/messaging/history.json?conversation=2&before=1').json['messages'] == []
    assert ann.get('/messaging/history.json?conversation=1&before=999999999', 404).json['code'] == 'not_found'
