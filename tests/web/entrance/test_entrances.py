"""Every entrance and none besides: whatever is asked for, by whatever method and with whatever body, gets an answer and never a ticket."""
import ast
import itertools

import pytest
from asking import ask
from messenger_live import allowances
from places import APPLICATION

EXTENSIONS = ('html', 'json', 'load', 'xml', 'rss', 'csv', 'css', 'jsonp', 'JSON', 'pickle')
METHODS = ('GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'OPTIONS', 'TRACE', 'PATCH', 'BOTH')
NOWHERE = ('_TEST', 'call', 'download', 'data', 'wiki', 'user_bar', '__init__', 'stream_', 'Index', 'adopt', 'people', 'searched', 'ASKED')
BODIES = (
    ('text/plain', b'receiver=2&content=x'), ('', b'x'), ('application/octet-stream', bytes(9)), ('multipart/form-data', b'x'),
    ('multipart/form-data; boundary=b', b'--b\r\n'), ('multipart/form-data; boundary=\xff', b'--\xff'),
    ('multipart/form-data; boundary=b', b'--b\r\nContent-Disposition: form-data; name=x\r\n\r\n1\r\n--b--\r\n'),
    ('application/x-www-form-urlencoded', b'_formkey=1&_formname=login&email=%FF&password=%00'), ('application/json', b'{"a":'),
    ('application/json', b'[' * 5000), ('application/json', b'{"receiver":{"a":[1]},"content":7,"_formname":[]}'),
    ('application/x-www-form-urlencoded; charset=utf-7', b'+AGE-=1;b=2;;&&=&=1'), ('APPLICATION/JSON ; x="', b'null'))


@pytest.fixture
def table(gluon):
    from messenger_web.entrance.entrances import ENTRANCES
    return ENTRANCES


@pytest.fixture
def unlimited(monkeypatch):
    for name in ('AUTH_GUESTS_BURST', 'REALTIME_QUESTIONS_BURST', 'AUTH_ATTEMPTS_PER_MINUTE'):
        monkeypatch.setenv('MESSENGER_' + name, '1000000')


@pytest.mark.parametrize('controller', ['default', 'messaging', 'appadmin', 'door'])
@pytest.mark.parametrize('who', ['stranger', 'forged', 'member'])
def test_no_controller_function_extension_and_method_gives_a_ticket(site, ann, unlimited, table, controller, who):
    cookie = {'stranger': '', 'forged': 'session_id_messenger=forged', 'member': 'session_id_messenger=' + ann.cookie()}[who]
    for function, extension, method in itertools.product((*table.get(controller, ()), *NOWHERE), EXTENSIONS, METHODS):
        entrance = table.get(controller, {}).get(function)
        if method not in ('GET', 'POST') and extension not in (entrance.extensions if entrance else ('html',)):
            continue
        status, headers, _ = ask(site, '%s/%s.%s' % (controller, function, extension), method, cookie=cookie)
        if not entrance or extension not in entrance.extensions:
            assert (status, headers['Content-Type'].partition(';')[0]) == (404, 'text/plain') or (status == 400 and function == '__init__')
        elif method not in entrance.methods:
            assert status == 405 and headers['Allow'] == ', '.join(entrance.methods), (function, method)
        else:
            assert status != 405 or function.startswith('mark'), (function, extension, method)


@pytest.mark.parametrize('who', ['stranger', 'member'])
def test_no_body_of_any_kind_gives_a_ticket(site, ann, unlimited, table, who):
    cookie = 'session_id_messenger=' + ann.cookie() if who == 'member' else ''
    posted = [(controller, function, entrance) for controller, functions in table.items() for function, entrance in functions.items()]
    for (controller, function, entrance), (kind, body) in itertools.product(posted, BODIES):
        for extension, method in itertools.product(entrance.extensions, ('POST', 'GET')):
            status, _, _ = ask(site, '%s/%s.%s' % (controller, function, extension), method, kind, body, cookie)
            assert status in (200, 303, 400, 401, 403, 404, 405, 415), (function, extension, kind, status)
    assert site.messages() == []


@pytest.mark.parametrize('args', ['', '/jwt', '/impersonate', '/cas', '/groups', '/nothing', '/login/x', '/%00', '/__class__'])
@pytest.mark.parametrize('extension', ['', '.json', '.load', '.xml'])
@pytest.mark.parametrize('method', ['GET', 'POST'])
def test_nothing_asked_of_an_account_gives_a_ticket(site, ann, args, extension, method):
    for cookie in ('', 'session_id_messenger=' + ann.cookie()):
        ask(site, 'default/user%s%s' % (args, extension), method, 'application/x-www-form-urlencoded', b'email=x', cookie)


def test_the_table_has_every_action_and_nothing_more(table):
    for controller, functions in table.items():
        tree = ast.parse((APPLICATION / 'controllers' / (controller + '.py')).read_text(encoding='utf-8'))
        exposed = {node.name for node in tree.body if isinstance(node, ast.FunctionDef) and not node.args.args and node.name[0] != '_'}
        helpers = {'searched'} if controller == 'messaging' else set()     # web2py would serve it to anybody
        assert exposed - helpers == set(functions), controller
    assert set(table) == {path.stem for path in (APPLICATION / 'controllers').glob('*.py')}


def test_what_is_not_there_is_said_before_there_is_a_database(site, monkeypatch):
    def opened():
        raise AssertionError('a database was opened')
    monkeypatch.setattr('messenger_web.connections.database', opened)
    for path, method, status in (('messaging/nothing', 'GET', 404), ('messaging/index.json', 'GET', 404), ('default/index', 'PUT', 405),
                                 ('messaging/_TEST', 'POST', 404), ('nothing/at_all', 'GET', 404)):
        assert ask(site, path, method)[0] == status


def test_nothing_is_parsed_for_who_is_no_administrator(site, ann, unlimited, table, monkeypatch):
    monkeypatch.setattr('messenger_web.entrance.fields.in_parts', None)
    monkeypatch.setattr('messenger_web.entrance.fields.in_line', None)
    cookies = '', 'session_id_messenger=' + ann.cookie(), 'session_id_admin=127.0.0.1-forged'
    kinds = 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=b', 'text/plain'
    for function, cookie, kind in itertools.product(table['appadmin'], cookies, kinds):
        status, headers, _ = ask(site, 'appadmin/' + function, 'POST', kind, b'--b\r\n' + b'x' * 100_000, cookie)
        assert status == 303 and headers['Location'] == '/messenger/default/administrator'


@pytest.mark.parametrize('id', ['../../../messenger/sessions/planted', '127.0.0.1-x/../planted', '/tmp/planted', '.', 'planted'])
def test_no_file_is_read_for_an_administrator_but_a_session(site, gluon, monkeypatch, id):
    """Web2py unpickles what the cookie leads to, whoever has put it there."""
    monkeypatch.setattr('gluon.fileutils.get_session', lambda *asked: pytest.fail('it was read'))
    assert ask(site, 'appadmin/index', cookie='session_id_admin=' + id)[0] == 303
    assert ask(site, 'appadmin/select/db', cookie='session_id_admin="%s"' % id)[0] == 303


def test_a_shell_that_runs_the_models_gets_in(site):
    """It has no method, and asks for the first page."""
    assert ask(site, 'default/index', method='')[0] == 200


def test_allowances_are_not_spent_on_what_is_not_there(site, monkeypatch):
    monkeypatch.setenv('MESSENGER_AUTH_GUESTS_BURST', '1')
    monkeypatch.setenv('MESSENGER_AUTH_GUESTS_PER_SECOND', '0.001')
    allowances.shared.cache_clear()
    for _ in range(3):
        assert ask(site, 'messaging/nothing')[0] == 404
    assert ask(site, 'default/index')[0] == 200
    assert ask(site, 'default/index')[0] == 429
