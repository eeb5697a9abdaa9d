"""A real MariaDB server for one run of the tests: in a temporary folder, on a Unix socket, gone at the end."""
import itertools
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import pymysql
from pymysql import connections

from . import owner

# On a Unix socket nobody encrypts; that the driver reads all certificates of the machine first takes longer than most tests.
connections.SSL_ENABLED = False
PATIENCE = 60
ROLE = 'messenger'
UNPRIVILEGED = ('mysql', 'nobody')
SERVER, INSTALLER = 'mariadbd', 'mariadb-install-db'
PLACES = os.pathsep.join(('/usr/sbin', '/usr/bin', os.environ.get('PATH', '')))     # Debian keeps a server's programs off the PATH
# Not those of the machine's own server. No TCP at all, and little memory. What a killed server loses is not what these tests are about.
OPTIONS = ('--no-defaults', '--skip-networking', '--skip-name-resolve', '--skip-log-bin', '--performance-schema=OFF',
           '--max-connections=200', '--innodb-buffer-pool-size=32M', '--innodb-log-file-size=16M',
           '--innodb-flush-log-at-trx-commit=0', '--innodb-doublewrite=OFF')


def programs():
    """Return the paths of the server and of what makes its folder; None where one is missing."""
    found = [shutil.which(name, path=PLACES) for name in (SERVER, INSTALLER)]
    return found if all(found) else None


def connect(uri):
    """Return a plain connection to a database that a Cluster made."""
    return pymysql.connect(unix_socket=uri.partition('?unix_socket=')[2], user=ROLE, database=_name(uri), charset='utf8mb4')


# What somebody may have changed in a database besides its rows: columns, indexes, constraints, triggers.
SHAPE = """SELECT MD5(GROUP_CONCAT(part ORDER BY part SEPARATOR ';')) FROM (
    SELECT CONCAT_WS(' ', table_name, column_name, column_type, is_nullable, collation_name, ordinal_position) AS part
    FROM information_schema.columns WHERE table_schema = DATABASE()
    UNION ALL SELECT CONCAT_WS(' ', table_name, index_name, column_name, seq_in_index, non_unique)
    FROM information_schema.statistics WHERE table_schema = DATABASE()
    UNION ALL SELECT CONCAT_WS(' ', table_name, constraint_name) FROM information_schema.table_constraints WHERE table_schema = DATABASE()
    UNION ALL SELECT trigger_name FROM information_schema.triggers WHERE trigger_schema = DATABASE()) AS parts"""
# Tables that had rows. An ALTER TABLE for each of the others would take longer than most tests.
USED = """SELECT table_name FROM information_schema.tables WHERE table_schema = DATABASE() AND table_type = 'BASE TABLE'
    AND (auto_increment > 1 OR auto_increment IS NULL)"""


class Cluster:
    """A server with as many databases as are asked for."""

    def __init__(self):
        # Not below pytest's folder: a socket's path may have 100 characters, and an unprivileged user must reach it.
        self.folder = Path(tempfile.mkdtemp(prefix='messenger-maria-'))
        self._user = owner.unprivileged(*UNPRIVILEGED)
        # A server that starts removes the temporary tables it finds: in a folder of all, those of the others, too.
        self._temporary = self.folder / 'tmp'
        self._temporary.mkdir()
        for folder in (self.folder, self._temporary):
            owner.give(folder, self._user)
        self._names = ('test%d' % number for number in itertools.count(1))
        self._process = None
        self._make()

    def _make(self):
        made = self._launch(programs()[1], '--no-defaults', '--datadir=%s' % self._data, '--auth-root-authentication-method=normal',
                            '--skip-test-db', stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        said, _ = made.communicate(timeout=PATIENCE)
        assert made.returncode == 0, said.decode(errors='replace')

    def start(self):
        """Start the server, again if it was stopped, and return when it answers."""
        with open(self.folder / 'server.log', 'ab') as log:
            self._process = self._launch(programs()[0], *OPTIONS, '--datadir=%s' % self._data, '--socket=%s' % self._socket,
                                         '--pid-file=%s' % (self.folder / 'server.pid'), stdout=log, stderr=log)
        deadline = time.monotonic() + PATIENCE
        while not self._answers():
            assert self._process.poll() is None and time.monotonic() < deadline, self.log()
            time.sleep(0.05)
        # Not its administrator, who may do what an owner's user may not.
        self.execute('CREATE USER IF NOT EXISTS %s@localhost' % ROLE, 'GRANT ALL ON `test%%`.* TO %s@localhost' % ROLE)
        return self

    def stop(self, how=signal.SIGTERM):
        """Stop the server and break off what is connected: SIGTERM in good order, SIGKILL without the server's doing."""
        if self._process:
            self._process.send_signal(how)
            self._process.wait(PATIENCE)
            self._process = None

    def pause(self):
        """Let it take connections and statements, and answer nothing, until resume()."""
        self._process.send_signal(signal.SIGSTOP)

    def resume(self):
        self._process.send_signal(signal.SIGCONT)

    def create(self):
        """Make a database and return its address as pydal takes it."""
        name = next(self._names)
        self.execute('CREATE DATABASE %s' % name)
        return 'mysql://%s@localhost/%s?unix_socket=%s' % (ROLE, name, self._socket)

    def drop(self, uri):
        """Remove a database, whoever is still connected."""
        with self._administrator() as cursor:
            _disconnect_others(cursor, _name(uri))
            cursor.execute('DROP DATABASE %s' % _name(uri))

    def empty(self, uri, shape):
        """End whoever is connected and take all rows out; return whether the tables are still of this `shape`."""
        with self._administrator(_name(uri)) as cursor:
            _disconnect_others(cursor, _name(uri))
            if shape_of(cursor) != shape:
                return False
            cursor.execute(USED)
            used = [name for (name,) in cursor.fetchall()]
            cursor.execute('SET foreign_key_checks = 0')    # no foreign key asks which rows go first
            for name in used:
                cursor.execute('DELETE FROM `%s`' % name)
            cursor.connection.commit()
            for name in used:
                cursor.execute('ALTER TABLE `%s` AUTO_INCREMENT = 1' % name)
        return True

    def remove(self):
        """Stop the server and remove all it kept."""
        self.stop(signal.SIGKILL)
        shutil.rmtree(self.folder)

    def log(self):
        return (self.folder / 'server.log').read_text(errors='replace')

    def execute(self, *statements):
        """Run statements as the server's administrator, outside of the databases that tests are given; return what the last one finds."""
        with self._administrator() as cursor:
            for statement in statements:
                cursor.execute(statement)
            return cursor.fetchall()

    @contextmanager
    def _administrator(self, name=None):
        with closing(pymysql.connect(unix_socket=self._socket, user='root', database=name)) as connection, connection.cursor() as cursor:
            yield cursor

    def _answers(self):
        # First without the driver, which leaves its socket open where nobody listens.
        with socket.socket(socket.AF_UNIX) as asked:
            if asked.connect_ex(self._socket):
                return False
        return self.execute('SELECT 1') == ((1,),)

    @property
    def _data(self):
        return self.folder / 'data'

    @property
    def _socket(self):
        return str(self.folder / 'server.sock')

    def _launch(self, *command, **streams):
        return owner.launch(command, self.folder, self._user, signal.SIGKILL, env=dict(os.environ, TMPDIR=str(self._temporary)), **streams)


def shape_of(cursor):
    """Return what tells a database with these tables from one with others."""
    cursor.execute('SET SESSION group_concat_max_len = 1000000')
    cursor.execute(SHAPE)
    return cursor.fetchone()[0]


def _disconnect_others(cursor, name):
    cursor.execute("SELECT id FROM information_schema.processlist WHERE db = '%s' AND id <> CONNECTION_ID()" % name)
    for (number,) in cursor.fetchall():
        with suppress(pymysql.OperationalError):    # it has gone by itself
            cursor.execute('KILL %d' % number)


def _name(uri):
    return uri.partition('@localhost/')[2].partition('?')[0]
