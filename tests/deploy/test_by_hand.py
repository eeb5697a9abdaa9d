"""README's "Deploy by hand", followed to the letter into a web2py that serves another application."""

import contextlib
import hashlib
import http.cookiejar
import json
import re
import secrets
import shutil
import subprocess
import sys
import urllib.parse
import urllib.request

import pytest
import websocket
from trying import ROOT, environment, free_port, until

STEPS = re.compile(r'^```sh deploy\n(.*?)^```', re.MULTILINE | re.DOTALL)
THEIR_ROUTES = "routers = dict(BASE=dict(default_application='blog', default_controller='default', default_function='index'))\n"


@pytest.fixture(scope='module')
def install(tmp_path_factory, web2py_home):
    """A web2py with an application, routes and a password of its own."""
    folder = tmp_path_factory.mktemp('site') / 'web2py'
    shutil.copytree(web2py_home, folder, ignore=shutil.ignore_patterns('messenger', 'parameters_*.py', '__pycache__', 'routes.py'))
    blog = folder / 'applications' / 'blog' / 'controllers' / 'default.py'
    blog.parent.mkdir(parents=True)
    blog.write_text("def index():\n    return 'the front page of the blog'\n")
    (folder / 'routes.py').write_text(THEIR_ROUTES)
    return folder


def fingerprints(folder):
    """What the site's owner would not want to see changed."""
    ours = (folder / 'applications' / 'messenger', folder / 'messenger-venv', folder / 'websocket_server.py')
    return {
        path: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob('*.py'))
        if not any(path.is_relative_to(one) for one in ours)
    }


@pytest.fixture(scope='module')
def deployed(install):
    before = fingerprints(install)
    steps = STEPS.search((ROOT / 'README.md').read_text(encoding='utf-8'))[1]
    done = subprocess.run(
        ['bash', '-euc', steps],
        cwd=ROOT,
        env=environment(WEB2PY=install, PYTHON=sys.executable, PYTHONWARNINGS='ignore', MESSENGER_HOST_NAMES='example.com'),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert done.returncode == 0, done.stdout
    assert done.stdout.endswith('messenger: tables are ready\n')
    assert fingerprints(install) == before
    return install


@pytest.fixture(scope='module')
def site(deployed):
    """web2py and the sidecar, started as the README says; yields their ports."""
    port, ws_port = free_port(), free_port()
    web2py = [sys.executable, 'web2py.py', '--no_gui', '--no_banner', '-i', '127.0.0.1', '-p', str(port), '-a', secrets.token_hex(8)]
    sidecar = [
        str(deployed / 'messenger-venv' / 'bin' / 'python'),
        str(deployed / 'websocket_server.py'),
        '--port',
        str(ws_port),
        '--monitor-port',
        str(free_port()),
        '--origin',
        'http://127.0.0.1:%d' % port,
    ]
    with contextlib.ExitStack() as running:
        log = running.enter_context(open(deployed.parent / 'log', 'wb'))
        for command in (web2py, sidecar):
            process = subprocess.Popen(
                command,
                cwd=deployed,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=environment(MESSENGER_REALTIME_PORT=ws_port, PYTHONWARNINGS='ignore', MESSENGER_HOST_NAMES='example.com'),
            )
            running.callback(process.wait, 20)
            running.callback(process.terminate)

        def both_answer():
            return all(_status('http://127.0.0.1:%d%s' % where) == 200 for where in ((port, '/'), (ws_port, '/health')))

        until(both_answer, 60)
        yield port, ws_port


def _status(url):
    with contextlib.suppress(OSError), urllib.request.urlopen(url, timeout=10) as answer:
        return answer.status


class Browser:
    """Fills in forms, keeps cookies."""

    def __init__(self, port):
        self.address = 'http://127.0.0.1:%d/messenger/' % port
        self.cookies = http.cookiejar.CookieJar()
        self._opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self.cookies))

    def open(self, path, fields=None):
        with self._opener.open(self.address + path, fields and urllib.parse.urlencode(fields).encode()) as answer:
            return answer.read().decode()

    def submit(self, path, **fields):
        tags = [tag for tag in re.findall(r'<input[^>]*>', self.open(path)) if 'type="hidden"' in tag]
        hidden = {re.search(r'name="([^"]*)"', tag)[1]: re.search(r'value="([^"]*)"', tag)[1] for tag in tags}
        return self.open(path, {**hidden, **fields})

    def cookie(self):
        return '; '.join('%s=%s' % (cookie.name, cookie.value) for cookie in self.cookies)


def test_what_was_there_is_not_touched_and_still_works(deployed, site):
    port, _ = site
    assert (deployed / 'routes.py').read_text() == THEIR_ROUTES
    with urllib.request.urlopen('http://127.0.0.1:%d/' % port) as page:
        assert page.read() == b'the front page of the blog'


def test_members_register_write_and_are_told_live(site):
    port, ws_port = site
    browser = Browser(port)
    password = secrets.token_hex(8)
    browser.submit(
        'default/user/register', first_name='Ann', last_name='Lee', email='ann@example.com', password=password, password_two=password
    )
    live = websocket.create_connection(
        'ws://127.0.0.1:%d/messenger/messaging/stream/listen?v=1' % ws_port,
        timeout=20,
        origin='http://127.0.0.1:%d' % port,
        cookie=browser.cookie(),
    )
    with contextlib.closing(live):
        welcome = json.loads(live.recv())
        assert welcome['name'] == 'Ann Lee'
        page = browser.submit('messaging/send_message', receiver=str(welcome['user_id']), content='a note to myself')
        assert 'Message sent successfully!' in page
        assert json.loads(live.recv())['content'] == 'a note to myself'
