"""What is posted that is no form: an answer, never a ticket."""
import io
import tracemalloc
from wsgiref.util import setup_testing_defaults

import pytest


@pytest.mark.parametrize(('kind', 'body', 'status'), [
    ('text/plain', b'receiver=2&content=x', 415), ('', b'x', 415), ('application/octet-stream', b'\x00', 415),
    ('multipart/form-data', b'x', 400), ('multipart/form-data; boundary=', b'x', 400), ('multipart/form-data; boundary=\xff', b'x', 400)])
@pytest.mark.parametrize('path', ['/messaging/send_message', '/messaging/chat', '/default/user/login'])
def test_what_is_no_form_is_refused(site, ann, path, kind, body, status):
    for browser in (ann, site.visitor()):
        answer = browser.app.post('/messenger' + path, body, {'Content-Type': kind}, expect_errors=True)
        assert answer.status_int == status and not site.tickets()
    assert site.messages() == []


class Endless(io.RawIOBase):
    """A body that goes on and on, of which nobody should keep much."""

    def __init__(self, length):
        self.left = length

    def read(self, size=-1):
        size = self.left if size < 0 else min(size, self.left)
        self.left -= size
        return bytes(size)


@pytest.mark.parametrize('address', ['/messaging/send_message', '/messaging/chat', '/default/user/login', '/messaging/command.json'])
def test_a_body_of_a_hundred_megabytes_is_refused_and_takes_no_memory(site, ann, address):
    length, started = 100 * 1024 * 1024, []
    environ = {'REQUEST_METHOD': 'POST', 'CONTENT_LENGTH': str(length), 'CONTENT_TYPE': 'application/x-www-form-urlencoded',
               'wsgi.input': Endless(length), 'PATH_INFO': '/messenger' + address, 'HTTP_COOKIE': 'session_id_messenger=' + ann.cookie(),
               'REMOTE_ADDR': '127.0.0.1', 'HTTP_HOST': '127.0.0.1:8000'}
    setup_testing_defaults(environ)
    tracemalloc.start()
    try:
        answer = b''.join(site.gluon.main.wsgibase(environ, lambda status, headers: started.append(status)))
        assert tracemalloc.get_traced_memory()[1] < 8 << 20
    finally:
        tracemalloc.stop()
    assert b'more than the site accepts' in answer and started[0].startswith('413') and not site.tickets()


@pytest.mark.parametrize('length', ['abc', '-1', '1_0', '\xb2', '9' * 30])
def test_a_length_that_is_none_is_refused(site, ann, length):
    headers, started = {'REQUEST_METHOD': 'POST', 'CONTENT_LENGTH': length, 'PATH_INFO': '/messenger/messaging/send_message'}, []
    environ = dict(headers, REMOTE_ADDR='127.0.0.1', HTTP_HOST='127.0.0.1:8000', CONTENT_TYPE='application/x-www-form-urlencoded')
    setup_testing_defaults(environ)
    list(site.gluon.main.wsgibase(environ, lambda status, headers: started.append(status)))
    assert started[0][:3] == ('413' if length.isdecimal() else '400') and not site.tickets()
