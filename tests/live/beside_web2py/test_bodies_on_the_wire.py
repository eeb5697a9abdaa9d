"""Bodies as they come over a connection to the real web2py: cut short, left unread, without a length."""
import http.client
import socket

import pytest
from stack import PATIENCE, Stack

INDEX = b'GET /messenger/default/index HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n'


@pytest.fixture(scope='module')
def stack(tmp_path_factory, web2py_home):
    with Stack(tmp_path_factory.mktemp('stack'), web2py_home) as stack:
        yield stack
        assert not stack.tickets()


def said(stack, *parts, path='/messenger/default/user/login', length=None, header=b'', is_cut=False):
    """Send a POST, and whatever else on the same connection; return all that is answered, as the lines with a status."""
    head = b'POST %s HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\n' % path.encode()
    with socket.create_connection(('127.0.0.1', stack.port), PATIENCE) as peer:
        peer.sendall(head + header + (b'Content-Length: %d\r\n' % length if length is not None else b'') + b'\r\n' + b''.join(parts))
        if is_cut:
            peer.shutdown(socket.SHUT_WR)
        with peer.makefile('rb') as answers:
            try:
                return [line.decode().split()[1] for line in answers if line.startswith(b'HTTP/1.1 ')]
            except ConnectionResetError:
                return ['reset']


@pytest.mark.parametrize(('path', 'status'), [
    ('/messenger/default/user/login', '400'), ('/messenger/default/nothing', '404'), ('/messenger/messaging/updates.json', '405')])
def test_a_body_that_ends_too_early_is_answered_at_once(stack, path, status):
    assert said(stack, b'email=x', path=path, length=1000, is_cut=True)[0] == status


@pytest.mark.parametrize('path', ['/messenger/default/nothing', '/messenger/messaging/updates.json', '/messenger/appadmin/index',
                                  '/messenger/messaging/mark.json'])
def test_what_is_not_read_is_no_request_of_its_own(stack, path):
    connection = http.client.HTTPConnection('127.0.0.1', stack.port, timeout=PATIENCE)
    connection.request('POST', path, INDEX * 2_000, {'Content-Type': 'text/plain'})     # more than the server has read of it ahead
    first = connection.getresponse()
    first.read()
    opened = connection.sock
    connection.request('GET', '/messenger/messaging/stream')
    assert (connection.getresponse().status, connection.sock) == (403, opened) and first.status in (303, 404, 405)
    connection.close()


def test_nor_is_what_is_too_much_or_has_no_length(stack):
    hidden = INDEX * 10
    assert said(stack, hidden, length=60_000_000)[0] in ('413', 'reset')
    assert len(said(stack, hidden, length=60_000_000)) == 1
    assert said(stack, b'%x\r\n%s\r\n0\r\n\r\n' % (len(hidden), hidden), header=b'Transfer-Encoding: chunked\r\n') in (['411'], ['reset'])
