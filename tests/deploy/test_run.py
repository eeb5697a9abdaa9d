"""`./setup_env.sh run` itself: the real command, in a copy of this checkout, with the real application and sidecar."""

import http.cookiejar
import os
import re
import shutil
import signal
import subprocess
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

import pytest
from trying import (
    Running,
    assert_fails_with,
    children_of,
    copy_checkout,
    environment,
    free_port,
    furnish,
    is_gone,
    setup_env,
    until,
    without_network,
)

LAST_LINE = 'Ctrl-C stops both'


class Trial(Running):
    """A started messenger, and the ports it was given."""

    def __init__(self, checkout, port=None, **settings):
        self.port, self.ws_port, self.checkout = port or free_port(), free_port(), checkout
        command = ['bash', str(checkout / 'setup_env.sh'), 'run', '--port', str(self.port), '--ws-port', str(self.ws_port)]
        super().__init__(command, env=environment(**settings))

    def is_ready(self):
        self.wait_for_line(LAST_LINE)
        return self

    def url(self, path):
        return f'http://127.0.0.1:{self.port}/messenger/{path}'

    def password_of(self, words):
        """The last word of the printed line that has these words."""
        return next(line for line in self.output.splitlines() if words in line).split()[-1]

    def answers(self):
        return status(f'http://127.0.0.1:{self.ws_port}/health') == 200 and status(self.url('default/index')) == 200


def status(url):
    try:
        with urllib.request.urlopen(url, timeout=10) as answer:
            return answer.status
    except urllib.error.HTTPError as answer:
        with answer:
            return answer.code
    except OSError:
        return None


@pytest.fixture(scope='module')
def messenger(ready_checkout):
    with Trial(ready_checkout) as trial:
        yield trial.is_ready()


def log_in(trial, email, password):
    """As a browser does it, with whatever hidden fields the form has; the page of one's own profile."""
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()))

    def page(data=None, function='login'):
        with browser.open(trial.url(f'default/user/{function}'), data and urllib.parse.urlencode(data).encode()) as answer:
            return answer.read().decode()

    tags = [tag for tag in re.findall(r'<input[^>]*>', page()) if 'name=' in tag and 'value=' in tag]
    fields = {re.search(r'name="([^"]*)"', tag)[1]: re.search(r'value="([^"]*)"', tag)[1] for tag in tags}
    page({**fields, 'email': email, 'password': password})
    return page(function='profile')


@pytest.mark.parametrize(('email', 'name'), [('ada@demo.invalid', 'Lovelace'), ('bob@demo.invalid', 'Kahn')])
def test_the_printed_passwords_let_the_demo_members_in(messenger, email, name):
    assert name in log_in(messenger, email, messenger.password_of(email))


def test_the_printed_address_and_the_live_chat_answer(messenger):
    assert messenger.url('messaging/index') in messenger.output
    assert messenger.answers()


def test_the_printed_password_opens_appadmin(messenger):
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()))
    fields = {'password': messenger.password_of('appadmin/index'), 'send': '/messenger/appadmin/index'}
    with browser.open(f'http://127.0.0.1:{messenger.port}/admin/default/index', urllib.parse.urlencode(fields).encode()) as page:
        assert page.geturl().endswith('/appadmin/index') or page.geturl().endswith('/appadmin')
        assert 'auth_user' in page.read().decode()


def test_neither_the_passwords_nor_the_data_can_be_read_by_others(messenger):
    home = messenger.checkout / '.messenger'
    assert home.stat().st_mode & 0o077 == 0
    assert (home / 'secrets.ini').stat().st_mode & 0o777 == 0o600


def test_no_password_is_written_into_a_log(messenger):
    log_in(messenger, 'ada@demo.invalid', messenger.password_of('ada@demo.invalid'))
    logs = ''.join(path.read_text() for path in (messenger.checkout / '.messenger' / 'logs').iterdir())
    for words in ('ada@demo.invalid', 'bob@demo.invalid', 'appadmin/index'):
        assert messenger.password_of(words) not in logs


def test_the_git_tree_stays_clean(messenger):
    status(messenger.url('default/user/login'))
    done = subprocess.run(['git', 'status', '--porcelain'], cwd=messenger.checkout, stdout=subprocess.PIPE, text=True, check=True)
    assert done.stdout == ''


@pytest.mark.parametrize(('script', 'name'), [('web2py.py', 'web2py'), ('websocket_server.py', 'the live chat')])
def test_what_is_killed_is_started_again(messenger, script, name):
    [pid] = [child for child in children_of(messenger.process.pid) if script in Path(f'/proc/{child}/cmdline').read_text()]
    os.kill(pid, signal.SIGKILL)
    messenger.wait_for_line(f'{name} ended (killed by signal 9); starting it again in 0.5 s')
    messenger.wait_for_line(f'{name} is started again')
    until(messenger.answers)


@pytest.mark.parametrize('number', [signal.SIGTERM, signal.SIGINT])
def test_a_second_start_needs_no_network_and_stopping_leaves_nothing(messenger, ready_checkout, number):
    """Beside the first one, on other ports."""
    with Trial(ready_checkout, **without_network()) as second:
        second.is_ready()
        assert second.answers()
        assert second.password_of('ada@demo.invalid') == messenger.password_of('ada@demo.invalid')
        running = children_of(second.process.pid)
        assert second.end(number) == 0
        assert len(running) == 2 and all(is_gone(pid) for pid in running)


def test_killing_the_command_outright_leaves_nothing_running(ready_checkout):
    with Trial(ready_checkout) as trial:
        running = children_of(trial.is_ready().process.pid)
        trial.end(signal.SIGKILL)

        def all_are_gone():
            return all(is_gone(pid) for pid in running)

        until(all_are_gone)


def test_a_stop_during_the_start_leaves_nothing_running(ready_checkout):
    with Trial(ready_checkout) as trial:
        trial.wait_for_line('preparing the tables')
        running = until(lambda: children_of(trial.process.pid))
        assert trial.end() != 0
        until(lambda: all(is_gone(pid) for pid in running), seconds=1)


@pytest.mark.parametrize(
    ('file', 'breakage'),
    [
        ('models/zzz.py', "raise RuntimeError('it is broken')\n"),
        # web2py's shell ends with status 0 after this one.
        ('modules/messenger_core/upgrade/takeover.py', "\n\ndef take_over(*_):\n    raise RuntimeError('it is broken')\n"),
    ],
    ids=['a model', 'the upgrade'],
)
def test_tables_that_cannot_be_made_stop_it_before_anything_is_served(tmp_path, real_home, file, breakage):
    checkout = copy_checkout(tmp_path / 'checkout')
    home = furnish(tmp_path / 'home', real_home)
    with open(checkout / 'applications' / 'messenger' / file, 'a') as source:
        source.write(breakage)
    done = setup_env(checkout, 'run', '--port', str(free_port()), '--ws-port', str(free_port()), MESSENGER_HOME=home)
    assert_fails_with(done, 'creating the tables failed', 'it is broken', str(home / 'logs' / 'setup.log'))
    assert 'starting web2py' not in done.stdout


@pytest.fixture
def existing(tmp_path, real_home):
    """Somebody's web2py with another application, routes and an administrator password of their own."""
    folder = furnish(tmp_path / 'theirs', real_home) / 'web2py'
    (folder / 'routes.py').write_text("routers = dict(BASE=dict(default_application='other'))\n")
    other = folder / 'applications' / 'other' / 'controllers' / 'default.py'
    other.parent.mkdir(parents=True)
    other.write_text("def index():\n    return 'the other application'\n")
    return folder


def files(folder, *names):
    paths = [folder / name for name in names]
    return {path: path.read_bytes() for top in paths for path in ([top] if top.is_file() else top.rglob('*.py'))}


def test_an_existing_web2py_is_run_in_and_keeps_what_is_its_own(tmp_path, ready_checkout, existing, real_home):
    home = furnish(tmp_path / 'home', real_home)
    shutil.rmtree(home / 'web2py')
    before = files(existing, 'routes.py', 'applications/other', 'gluon')
    with Trial(ready_checkout, MESSENGER_HOME=home, WEB2PY_HOME=existing) as trial:
        trial.is_ready()
        assert trial.answers()
        assert 'Lovelace' in log_in(trial, 'ada@demo.invalid', trial.password_of('ada@demo.invalid'))
        assert status(f'http://127.0.0.1:{trial.port}/other/default/index') == 200
    assert files(existing, 'routes.py', 'applications/other', 'gluon') == before
    assert not (home / 'web2py').exists()


def test_an_existing_administrator_password_is_left(tmp_path, ready_checkout, existing, real_home):
    home, port = furnish(tmp_path / 'home', real_home), free_port()
    theirs = existing / f'parameters_{port}.py'
    theirs.write_text('password="theirs"\n')
    with Trial(ready_checkout, port, MESSENGER_HOME=home, WEB2PY_HOME=existing) as trial:
        trial.is_ready()
        assert 'administrator password this install already has' in trial.output
    assert theirs.read_text() == 'password="theirs"\n'


def test_a_site_that_has_names_is_served_on_its_machine_with_mails_that_lead_there(tmp_path, ready_checkout, real_home):
    home = furnish(tmp_path / 'home', real_home)
    private = home / 'web2py' / 'applications' / 'messenger' / 'private'
    private.mkdir(parents=True)
    (private / 'appconfig.ini').write_text(
        '[host]\nnames = example.com\n[smtp]\nserver = logging\n[auth]\nregistration_requires_verification = true\n')
    with Trial(ready_checkout, MESSENGER_HOME=home) as trial:
        trial.is_ready()
        assert 'Lovelace' in log_in(trial, 'ada@demo.invalid', trial.password_of('ada@demo.invalid'))
        assert status(trial.url('default/user/request_reset_password')) == 200
        for host, expected in (('example.com', 200), (f'localhost:{trial.port}', 200), ('evil.example', 403)):
            assert status(urllib.request.Request(trial.url('default/index'), headers={'Host': host})) == expected, host


@pytest.mark.parametrize(('written', 'given', 'address'), [
    ('', None, 'http://127.0.0.1:8000'), ('[host]\nurl =\n', None, 'http://127.0.0.1:8000'),
    ('[host]\nurl = https://example.com\n', None, None),
    ('', 'https://example.com', 'https://example.com'), ('[host\n', None, 'http://127.0.0.1:8000')])
def test_the_owner_says_where_the_site_is_before_run_does(tmp_path, monkeypatch, written, given, address):
    import app_folder
    private = tmp_path / 'applications' / 'messenger' / 'private'
    private.mkdir(parents=True)
    (private / 'appconfig.ini').write_text(written)
    monkeypatch.setenv('MESSENGER_HOST_URL', given or '')
    if given is None:
        monkeypatch.delenv('MESSENGER_HOST_URL')
    app_folder.name_address(tmp_path, 'http://127.0.0.1:8000')
    assert os.environ.get('MESSENGER_HOST_URL') == address
