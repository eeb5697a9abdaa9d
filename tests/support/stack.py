"""The whole product on loopback: a web2py of its own, the sidecar beside it, and members who registered through the real form."""
import contextlib
import functools
import os
import pickle
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
import urllib.error
import urllib.request

from machine import ports, postgres
from machine.ports import HOST
from member import PASSWORD, Member
from places import APPLICATION, ROOT
from pydal.validators import CRYPT

from deploy import tied

PATIENCE = 60
LISTEN = '/messenger/messaging/stream/listen?v=1'
CODE = ('controllers', 'languages', 'models', 'modules', 'static', 'views')


class Stack:
    """web2py and the sidecar in `folder`; keyword arguments are [realtime] settings for both, `environment` is for others.

    Without a `uri` the database is SQLite's.
    """

    def __init__(self, folder, web2py_home, uri=None, environment=None, **realtime):
        self.folder, self.uri = folder, uri
        self.root = folder / 'web2py'
        self.application = self.root / 'applications' / 'messenger'
        self.port, self.socket_port = ports.free(2)
        self.url = 'http://%s:%d' % (HOST, self.port)
        self.socket_url = 'ws://%s:%d%s' % (HOST, self.socket_port, LISTEN)
        self.origin = self.url
        self.processes = {}
        self.origins = [self.url, 'http://localhost:%d' % self.port]
        self._environment = dict(_environment(dict(realtime, port=self.socket_port), uri), **environment or {})
        _lay_out(self.root, web2py_home, self.application)

    def start(self):
        """Create the tables, start both, and return when both answer."""
        try:
            self._create_tables()
            self.launch_web2py()
            self.start_sidecar()
            self.wait_for_web2py()
        except BaseException:
            self.stop()
            raise
        return self

    def start_sidecar(self):
        """Start the sidecar and return when it is ready."""
        self.launch_sidecar()
        self.wait_for_sidecar()

    def launch_sidecar(self, *script):
        """Start the sidecar, or a `script` with its arguments in its place, which gets the same options."""
        origins = [part for origin in self.origins for part in ('--origin', origin)]
        self._launch('sidecar', *(script or [str(ROOT / 'websocket_server.py')]), '--web2py', str(self.root),
                     '--port', str(self.socket_port), '--monitor-port', '0', *origins)

    def wait_for_sidecar(self):
        """Return when the sidecar is ready."""
        self._wait_for('sidecar', 'http://%s:%d/health' % (HOST, self.socket_port))

    def launch_web2py(self, name='web2py', port=None):
        """Start web2py; under another name and at another port it is one more process in the same folder."""
        # A connection that a browser keeps open takes a thread; when the ten it has by default are taken, the next waits for seconds.
        self._launch(name, 'web2py.py', '--no_gui', '--no_banner', '--min_threads', '60', '-i', HOST, '-p', str(port or self.port),
                     '-a', PASSWORD, cwd=self.root)

    def wait_for_web2py(self, name='web2py', port=None):
        """Return when that web2py answers."""
        self._wait_for(name, 'http://%s:%d/messenger/default/index' % (HOST, port or self.port))

    def restart_sidecar(self, **realtime):
        """Start the sidecar anew, with these [realtime] settings besides those it had."""
        self.kill_sidecar()
        self._environment.update(_as_environment(realtime))
        self.start_sidecar()

    def kill_sidecar(self):
        """End the sidecar as a crash would."""
        self.kill('sidecar')

    def kill(self, name):
        """End one of the processes as a crash would."""
        self._end(name, signal.SIGKILL)

    def stop(self):
        """End all of them."""
        for name in list(self.processes):
            self._end(name, signal.SIGTERM)

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.stop()

    # -- members and what is stored --

    def register(self, first, last, email, password=PASSWORD):
        """Register somebody by the form; return them, logged in."""
        member = Member(self, first, last, email, password)
        member.submit('/messenger/default/user/register', first_name=first, last_name=last, email=email,
                      password=password, password_two=password)
        found = self.query('SELECT id FROM auth_user WHERE email = ?', email)
        assert found and member.session_id, 'registering %s failed\n%s' % (email, self.logs())
        member.id = found[0][0]
        return member

    def welcome(self, first, last, email):
        """Store somebody, with a hash that costs little to check, and log them in by the form; return them."""
        self.query("INSERT INTO auth_user (first_name, last_name, email, password, registration_key, reset_password_key, registration_id) "
                   "VALUES (?, ?, ?, ?, '', '', '')", first, last, email, quick_hash())
        member = Member(self, first, last, email, PASSWORD)
        member.log_in()
        member.id, = self.query('SELECT id FROM auth_user WHERE email = ?', email)[0]
        assert member.session_id, 'logging in %s failed\n%s' % (email, self.logs())
        return member

    def query(self, statement, *values):
        """Return the rows of an SQL statement, run beside the product."""
        with contextlib.closing(self.connect()) as database:
            cursor = database.cursor()
            cursor.execute(statement if self.uri is None else statement.replace('?', '%s'), values)
            rows = cursor.fetchall() if cursor.description else []
            database.commit()
        return rows

    def connect(self):
        """Return a connection to the database that knows nothing of the product."""
        if self.uri is None:
            return sqlite3.connect(self.application / 'databases' / 'messenger.sqlite', timeout=10)
        return postgres.connect(self.uri)

    def tickets(self):
        """Return the tracebacks of requests that failed inside web2py."""
        return [_traceback(path) for path in sorted((self.application / 'errors').glob('*')) if path.is_file()]

    def logs(self):
        """Return what both have said, for whoever has to find out why a test failed."""
        said = ['--- %s\n%s' % (path.name, path.read_text(errors='replace')[-6000:]) for path in sorted(self.folder.glob('*.log'))]
        return '\n'.join(said + ['--- ticket\n' + ticket for ticket in self.tickets()])

    # -- the processes --

    def _create_tables(self):
        script = self.folder / 'create_tables.py'
        script.write_text('db.commit()\n')
        ran = subprocess.run(
            [sys.executable, 'web2py.py', '--no_gui', '--no_banner', '-S', 'messenger', '-M', '-R', str(script)], cwd=self.root,
            env=self._environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=PATIENCE)
        assert ran.returncode == 0 and 'Traceback' not in ran.stdout, ran.stdout + self.logs()

    def _launch(self, name, *command, cwd=ROOT):
        with open(self.folder / ('%s.log' % name), 'ab') as log:
            self.processes[name] = subprocess.Popen(
                [sys.executable, *command], cwd=cwd, env=self._environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                preexec_fn=tied.to_this_process())

    def _wait_for(self, name, url):
        deadline = time.monotonic() + PATIENCE
        while not _answers(url):
            assert self.processes[name].poll() is None, '%s has ended\n%s' % (name, self.logs())
            assert time.monotonic() < deadline, '%s does not answer\n%s' % (name, self.logs())
            time.sleep(0.05)

    def _end(self, name, number):
        process = self.processes.pop(name)
        process.send_signal(number)
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _environment(realtime, uri):
    kept = {name: value for name, value in os.environ.items() if not name.startswith('MESSENGER_')}
    # The web2py that is linked to belongs to somebody else: not even compiled files are left in it.
    kept.update(PYTHONDONTWRITEBYTECODE='1', PYTHONWARNINGS='ignore')
    # All members of a test come from one address.
    kept.update(MESSENGER_AUTH_ATTEMPTS_PER_MINUTE='100000', MESSENGER_AUTH_GUESTS_BURST='100000')
    if uri:
        kept['MESSENGER_DB_URI'] = uri
    return dict(kept, **_as_environment(realtime))


def _as_environment(realtime):
    return {'MESSENGER_REALTIME_%s' % name.upper(): str(value) for name, value in realtime.items()}


@functools.cache
def quick_hash():
    """Return the hash of PASSWORD with few rounds: web2py checks whatever strength it finds."""
    return str(CRYPT(digest_alg='pbkdf2(1000,20,sha512)')(PASSWORD)[0])


def _lay_out(root, web2py_home, application):
    application.mkdir(parents=True)
    for entry in web2py_home.iterdir():
        if entry.name in ('gluon', 'handlers', 'scripts', 'VERSION', 'web2py.py', 'anyserver.py', 'extras', 'site-packages'):
            # A script is copied: Python looks for modules where a linked one really lies.
            shutil.copy(entry, root) if entry.is_file() else (root / entry.name).symlink_to(entry)
    for name in ('admin', 'welcome'):
        if (web2py_home / 'applications' / name).is_dir():
            # Copied, because they write sessions into their own folder.
            shutil.copytree(web2py_home / 'applications' / name, root / 'applications' / name,
                            ignore=shutil.ignore_patterns('sessions', 'errors'))
    for name in CODE:
        if (APPLICATION / name).is_dir():
            (application / name).symlink_to(APPLICATION / name)
    for name in ('databases', 'sessions', 'private', 'errors', 'uploads', 'cache'):
        (application / name).mkdir()
    if (ROOT / 'routes.py').exists():
        shutil.copy(ROOT / 'routes.py', root)


def _answers(url):
    try:
        with urllib.request.urlopen(url, timeout=PATIENCE) as answer:
            return answer.status == 200
    except urllib.error.HTTPError as error:
        with error:
            return False
    except OSError:
        return False


def _traceback(path):
    ticket = path.read_bytes()
    with contextlib.suppress(Exception):
        return str(pickle.loads(ticket)['traceback'])
    # It holds objects that only web2py can make; its first text is the traceback.
    return '%s: %s' % (path.name, ticket[max(0, ticket.find(b'Traceback')):].decode('utf-8', 'replace')[:4000])
