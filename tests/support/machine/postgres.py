"""A real PostgreSQL server for one run of the tests: in a temporary folder, on a Unix socket, gone at the end."""
import glob
import itertools
import os
import shutil
import signal
import subprocess
import tempfile
import time
from contextlib import closing
from pathlib import Path

import psycopg2

from . import owner

PATIENCE = 60
ROLE = 'messenger'
AT_ONCE = signal.SIGQUIT     # with its children
# By a server that was killed, in memory, until its children have noticed.
LEFT_BEHIND = 'is still in use'
UNPRIVILEGED = ('postgres', 'nobody')


def programs():
    """Return the folder of the newest installed server's programs, or None."""
    folders = sorted(glob.glob('/usr/lib/postgresql/*/bin'), key=lambda path: float(Path(path).parent.name), reverse=True)
    found = shutil.which('initdb', path=os.pathsep.join([*folders, os.environ.get('PATH', '')]))
    return found and Path(found).resolve().parent


def connect(uri):
    """Return a plain connection to a database that a Cluster made."""
    role, _, rest = uri.partition('://')[2].partition('@/')
    name, _, place = rest.partition('?unix_socket=')
    return psycopg2.connect(host=os.path.dirname(place), user=role, dbname=name)


# What somebody may have changed in a database besides its rows: relations, columns, indexes, constraints, functions, triggers.
SHAPE = """SELECT md5(string_agg(part, ';' ORDER BY part)) FROM (
    SELECT concat_ws(' ', c.relname, c.relkind, a.attname, a.atttypid, a.attnotnull, pg_get_indexdef(i.indexrelid), i.indisvalid) AS part
    FROM pg_class c LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 LEFT JOIN pg_index i ON i.indexrelid = c.oid
    WHERE c.relnamespace = 'public'::regnamespace
    UNION ALL SELECT conname || pg_get_constraintdef(oid) FROM pg_constraint WHERE connamespace = 'public'::regnamespace
    UNION ALL SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace
    UNION ALL SELECT tgname FROM pg_trigger WHERE NOT tgisinternal) AS parts"""
OTHERS = 'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()'
ROWS = """SELECT string_agg(format('DELETE FROM %I', relname), ';') FROM pg_class
    WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"""
NUMBERS = """SELECT string_agg(format('ALTER SEQUENCE %I RESTART', relname), ';') FROM pg_class
    WHERE relkind = 'S' AND relnamespace = 'public'::regnamespace"""


class Cluster:
    """A server with as many databases as are asked for. Without fsync: what a killed server loses is not what tests are about."""

    def __init__(self, fsync='off'):
        self._fsync = fsync
        # Not below pytest's folder: a socket's path may have 100 characters, and an unprivileged user must reach it.
        self.folder = Path(tempfile.mkdtemp(prefix='messenger-pg-'))
        self._user = owner.unprivileged(*UNPRIVILEGED)
        owner.give(self.folder, self._user)
        self._names = ('test%d' % number for number in itertools.count(1))
        self._process = None
        self._run('initdb', '--no-sync', '-A', 'trust', '-U', ROLE, '-E', 'UTF8', '--locale=C', '-D', str(self.folder / 'data'))

    def start(self):
        """Start the server, again if it was stopped, and return when it answers."""
        deadline = time.monotonic() + PATIENCE
        self._serve()
        while not self._answers():
            assert time.monotonic() < deadline, self.log()
            if self._process.poll() is not None:
                assert LEFT_BEHIND in self.log(), self.log()
                self._serve()
            time.sleep(0.05)
        return self

    def _serve(self):
        with open(self.folder / 'server.log', 'ab') as log:
            # No TCP at all.
            self._process = self._launch(
                'postgres', '-D', str(self.folder / 'data'), '-k', str(self.folder), '-c', 'listen_addresses=',
                '-c', 'fsync=' + self._fsync, '-c', 'max_connections=200', '-c', 'logging_collector=off', stdout=log, stderr=log)

    def stop(self, how=signal.SIGINT):
        """Stop the server and break off what is connected: SIGINT fast, SIGQUIT at once, SIGKILL without the server's doing."""
        if self._process:
            self._process.send_signal(how)
            self._process.wait(PATIENCE)
            self._process = None

    def pause(self):
        """Let it take connections and statements, and answer nothing, until resume()."""
        for pid in (self._process.pid, *self._children()):
            os.kill(pid, signal.SIGSTOP)

    def resume(self):
        for pid in (*self._children(), self._process.pid):
            os.kill(pid, signal.SIGCONT)

    def create(self):
        """Make a database and return its address as pydal takes it."""
        name = next(self._names)
        self.execute('CREATE DATABASE %s' % name)
        return 'postgres://%s@/%s?unix_socket=%s/.s.PGSQL.5432' % (ROLE, name, self.folder)

    def drop(self, uri):
        """Remove a database, whoever is still connected."""
        self.execute('DROP DATABASE %s WITH (FORCE)' % uri.partition('@/')[2].partition('?')[0])

    def empty(self, uri, shape):
        """End whoever is connected and take all rows out; return whether the tables are still of this `shape`."""
        with closing(connect(uri)) as connection, connection, connection.cursor() as cursor:
            cursor.execute(OTHERS)
            if shape_of(cursor) != shape:
                return False
            cursor.execute('SET session_replication_role = replica')    # no foreign key asks which rows go first
            for made in (ROWS, NUMBERS):
                cursor.execute(made)
                cursor.execute(cursor.fetchone()[0])
        return True

    def remove(self):
        """Stop the server and remove all it kept."""
        self.stop()
        shutil.rmtree(self.folder)

    def log(self):
        return (self.folder / 'server.log').read_text(errors='replace')

    def _children(self):
        pid = self._process.pid
        return [int(child) for child in Path('/proc/%d/task/%d/children' % (pid, pid)).read_text().split()]

    def _answers(self):
        try:
            self.execute('SELECT 1')
        except psycopg2.OperationalError:
            return False
        return True

    def execute(self, statement):
        """Run a statement, outside of the databases that tests are given."""
        with closing(psycopg2.connect(host=str(self.folder), user=ROLE, dbname='postgres')) as connection:
            connection.autocommit = True
            connection.cursor().execute(statement)

    def _run(self, program, *arguments):
        process = self._launch(program, *arguments, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        said, _ = process.communicate(timeout=PATIENCE)
        assert process.returncode == 0, said.decode(errors='replace')

    def _launch(self, program, *arguments, **streams):
        return owner.launch([programs() / program, *arguments], self.folder, self._user, AT_ONCE, **streams)


def shape_of(cursor):
    """Return what tells a database with these tables from one with others."""
    cursor.execute(SHAPE)
    return cursor.fetchone()[0]
