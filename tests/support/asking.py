"""Asks the web application as a client does that tidies nothing up."""
from wsgiref.util import setup_testing_defaults


def ask(site, path, method='GET', kind=None, body=b'', cookie='', **changes):
    """Ask as no browser does; return (status, headers, body). There must be no ticket."""
    environ = {'PATH_INFO': '/messenger/' + path, 'REQUEST_METHOD': method, 'REMOTE_ADDR': '127.0.0.1', 'HTTP_HOST': '127.0.0.1:8000',
               'HTTP_COOKIE': cookie, 'CONTENT_LENGTH': str(len(body)), 'wsgi.input': Sent(body), **changes}
    if kind is not None:
        environ['CONTENT_TYPE'] = kind
    setup_testing_defaults(environ)
    for name in [name for name, value in environ.items() if value is None]:
        del environ[name]
    started = []
    answer = b''.join(site.gluon.main.wsgibase(environ, lambda status, headers, error=None: started.append((status, dict(headers)))))
    assert not site.tickets(), site.tickets()[0]
    (status, headers), = started
    assert int(status[:3]) < 500, (path, method, kind, status)
    return int(status[:3]), headers, answer.decode('utf-8', 'replace')


class Sent:
    """What a server hands over; it notes how much of it was read."""

    def __init__(self, body):
        self.body, self.was_read = body, 0

    def read(self, size):
        part = self.body[self.was_read:self.was_read + size]
        self.was_read += len(part)
        return part
