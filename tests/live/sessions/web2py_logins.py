"""Run inside web2py's Python, in an empty folder: makes a site, logs in as a browser would, prints each scene's cookies as JSON.

Not imported by tests: importing gluon changes the process.
"""
import io
import json
import os
import re
import sys
from urllib.parse import urlencode

MODEL = '''
from gluon.tools import Auth
# web2py writes its sessions' times with a T, which SQLite's driver can't read.
db = DAL("sqlite://storage.sqlite", driver_args=dict(detect_types=0))
where = request.application
if where == "indb":
    session.connect(request, response, db=db)
elif where in ("incookie", "squeezed"):
    session.connect(request, response, cookie_key="a secret of the site", compression_level=9 if where == "squeezed" else None)
elif where == "inredis":
    from gluon.contrib.redis_session import RedisSession
    from gluon.contrib.redis_utils import RConn
    session.connect(request, response, db=RedisSession(RConn(unix_socket_path=REDIS), session_expiry=3600))
else:
    session.connect(request, response, separate=where == "separate", masterapp="Plain" if where == "guest" else None)
auth = Auth(db)
# Else the login gives the session a new id, and renew() of 2.26 forgets about separate.
auth.settings.renew_session_onlogin = request.application != "separate"
auth.define_tables(username=False, signature=False)
'''

CONTROLLER = '''
import collections, datetime, decimal, fractions, types, uuid

def user():
    return str(auth())

def member():
    if not db(db.auth_user).count():
        for name in ("ann", "bob"):
            db.auth_user.insert(first_name=name, email=name + "@example.com", password=db.auth_user.password.validate("secret")[0])
    return "made"

def visit():
    session.seen = True
    return "seen"

def odd_things():
    session.cart = [decimal.Decimal("1.5"), {1, 2}, frozenset("ab"), uuid.uuid4(), datetime.date.today(), (1, (2, 3))]
    session.sizes = 2 ** 70, b"\\0" * 300
    session.when = datetime.datetime.now(datetime.timezone.utc)
    session.names = types.SimpleNamespace(a=collections.OrderedDict(b=fractions.Fraction(1, 2)))
    session.numbers = {1: "one", None: 2.5, (1, 2): bytearray(b"x"), "lone": "\\ud800", "long": "x" * 70000}
    session.row = db.auth_user(1)
    session.rows = db(db.auth_user).select().as_list()
    session.myself = session.cart
    session.many = list(range(2000))
    return "stored"

def half():
    session.auth_two_factor_user = dict(id=1)
    session.auth_two_factor = 123456
    return "half"

def impersonate():
    auth.settings.everybody_group_id = None
    auth.add_permission(auth.add_group("bosses"), "impersonate", "auth_user", 0)
    auth.add_membership(auth.id_group("bosses"), auth.user_id)
    auth.impersonate(2)
    return "as bob"

def who():
    return str(auth.user_id)
'''

# The Unix socket of a Redis server, or nothing.
REDIS = sys.argv[2]


class Browser:
    """One browser: keeps what Set-Cookie says, and sends it back unread, quotes and all."""

    def __init__(self, wsgi, application):
        self.wsgi, self.application, self.cookies = wsgi, application, {}

    def get(self, function, **fields):
        body = urlencode(fields).encode()
        environ = {
            'REQUEST_METHOD': 'POST' if fields else 'GET', 'PATH_INFO': f'/{self.application}/default/{function}', 'QUERY_STRING': '',
            'SERVER_NAME': 'localhost', 'SERVER_PORT': '8000', 'HTTP_HOST': 'localhost:8000', 'REMOTE_ADDR': '127.0.0.1',
            'SERVER_PROTOCOL': 'HTTP/1.1', 'wsgi.url_scheme': 'http', 'wsgi.input': io.BytesIO(body), 'wsgi.errors': sys.stderr,
            'wsgi.multithread': False, 'wsgi.multiprocess': False, 'wsgi.run_once': False, 'wsgi.version': (1, 0),
            'CONTENT_TYPE': 'application/x-www-form-urlencoded', 'CONTENT_LENGTH': str(len(body)), 'HTTP_COOKIE': self.cookie(),
        }
        answer = b''.join(self.wsgi(environ, self._start)).decode()
        assert self.status < '4', (self.status, answer)
        return answer

    def _start(self, status, headers, error=None):
        self.status = status
        for name, value in headers:
            if name.lower() == 'set-cookie':
                key, _, text = value.split(';')[0].partition('=')
                self.cookies[key.strip()] = text

    def cookie(self):
        return '; '.join(map('='.join, self.cookies.items()))

    def log_in(self, **more):
        self.get('member')
        form_key = re.search('name="_formkey"[^>]*value="([^"]+)"', self.get('user/login'))[1]
        self.get('user/login', email='ann@example.com', password='secret', _formkey=form_key, _formname='login', **more)
        assert self.get('who') == '1'


def make_applications(*names):
    with open('VERSION', 'w') as version:
        version.write('Version 2.26.1-stable+timestamp.2023.01.01.00.00.00')
    for name in names:
        model = f'REDIS = {REDIS!r}\n{MODEL}'
        for folder, file, text in (('models', 'db.py', model), ('controllers', 'default.py', CONTROLLER), ('views', 'generic.html', '')):
            os.makedirs(f'applications/{name}/{folder}', exist_ok=True)
            with open(f'applications/{name}/{folder}/{file}', 'w') as target:
                target.write(text)


def scenes(wsgi):
    """Yield each scene's name and its browser's Cookie header."""
    def browser(application='Plain'):
        return Browser(wsgi, application)

    for name, application, fields in (
            ('logged in', 'Plain', {}), ('remembered', 'Plain', {'remember_me': 'on'}), ('separate', 'separate', {})):
        member = browser(application)
        member.log_in(**fields)
        yield name, member.cookie()

    for application in ('indb', 'incookie', 'squeezed', 'inredis'):
        if application == 'inredis' and not REDIS:
            continue
        for name in (application, f'{application}, odd things', f'{application}, logged out'):
            member = browser(application)
            member.log_in()
            if name.endswith('odd things') and application != 'incookie':       # no browser would keep a cookie of that size
                member.get('odd_things')
            yield name, member.cookie()
        member.get('user/logout')
        yield f'{application}, after logout', member.cookie()

    # Whoever is logged in in the master application is logged in in its guests.
    member = browser()
    member.log_in()
    member.application = 'guest'
    assert member.get('who') == '1'
    yield 'guest', member.cookie()

    for name, function in (('visitor', 'visit'), ('half logged in', 'half')):
        visitor = browser()
        visitor.get(function)
        yield name, visitor.cookie()

    for name, function in (('odd things', 'odd_things'), ('impersonating', 'impersonate')):
        member = browser()
        member.log_in()
        member.get(function)
        yield name, member.cookie()

    member = browser()
    member.log_in()
    before = member.cookie()
    member.get('user/logout')
    yield 'logged out', before
    yield 'after logout', member.cookie()


if __name__ == '__main__':
    make_applications('Plain', 'separate', 'indb', 'incookie', 'squeezed', 'inredis', 'guest')
    sys.path.insert(0, sys.argv[1])
    sys.dont_write_bytecode = True
    from gluon.main import wsgibase
    print(json.dumps(dict(scenes(wsgibase))))
