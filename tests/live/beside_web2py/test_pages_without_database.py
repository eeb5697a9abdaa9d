"""Pages and JSON while PostgreSQL is locked or away: a 503 that says so, no ticket, and everything as before when it is back."""
import contextlib
import urllib.error
import urllib.request

import pytest
from stack import Stack

PAGES = ('index', 'chat', 'chat/2', 'updates.json?since=0', 'conversations.json', 'history.json?conversation=1')


@pytest.fixture(scope='module')
def stack(tmp_path_factory, web2py_home, cluster):
    uri = cluster.create()
    with Stack(tmp_path_factory.mktemp('stack'), web2py_home, uri, environment={'MESSENGER_DB_BUSY_SECONDS': '0.5'}) as stack:
        yield stack
    cluster.drop(uri)


def asked(stack, member, path):
    """Return (status, body) of what a member asks for."""
    request = urllib.request.Request('%s/messenger/messaging/%s' % (stack.url, path), headers={'Cookie': member.cookie})
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            assert error.headers['Retry-After']
            return error.code, error.read().decode()


@contextlib.contextmanager
def locked(stack, table):
    """Nobody else may even read the table."""
    with contextlib.closing(stack.connect()) as database:
        database.cursor().execute('LOCK TABLE %s IN ACCESS EXCLUSIVE MODE' % table)
        yield


@pytest.fixture(scope='module')
def written(stack, ann, bob):
    status, answer = ann.ask('/messenger/messaging/command.json', {'type': 'send', 'receiver': bob.id, 'content': 'before', 'ref': 'r'})
    assert status == 200 and answer['conversation'] == 1


@pytest.mark.parametrize('table', ['messenger_feed', 'message', 'messenger_preference'])
@pytest.mark.parametrize('path', PAGES)
def test_what_reads_a_locked_table_is_told_to_come_back_and_no_ticket_is_left(stack, ann, written, path, table):
    assert asked(stack, ann, path)[0] == 200
    with locked(stack, table):
        status, body = asked(stack, ann, path)
        assert status == 503 and 'does not answer just now' in body
    assert asked(stack, ann, path)[0] == 200
    assert stack.tickets() == []


@pytest.mark.parametrize('path', PAGES)
def test_while_the_server_is_away_who_asks_is_told_so_and_no_ticket_is_left(stack, cluster, ann, written, path):
    cluster.stop()
    try:
        status, body = asked(stack, ann, path)
    finally:
        cluster.start()
    assert status == 503 and ('does not answer just now' in body or 'being set up' in body)
    assert asked(stack, ann, path)[0] == 200
    assert stack.tickets() == []


@pytest.mark.parametrize('table', ['messenger_feed', 'message', 'messenger_member', 'messenger_conversation', 'auth_user'])
def test_a_web2py_that_starts_beside_a_locked_table_says_so_until_it_is_free(stack, ann, written, table):
    stack.kill('web2py')
    with locked(stack, table):
        stack.launch_web2py()
        answers = iter(lambda: answered(stack, ann), None)
        status, body = next(answer for answer in answers if answer[0] != 'away')
        assert status == 503 and ('does not answer just now' in body or 'being set up' in body)
    stack.wait_for_web2py()
    assert asked(stack, ann, 'index')[0] == 200 and stack.tickets() == []


def answered(stack, member):
    """The same once something listens there."""
    try:
        return asked(stack, member, 'index')
    except urllib.error.URLError:
        assert stack.processes['web2py'].poll() is None
        return 'away', ''
