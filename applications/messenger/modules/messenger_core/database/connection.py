"""How this product connects to a database: the same for the web application and the sidecar, but that the latter waits for no answer long.
"""
import functools
import math
import os
import select
import time
from pathlib import Path

from pydal import DAL
from pydal.drivers import DRIVERS

from ..errors import SchemaError
from . import alone, tables, transaction

TIMESTAMP, TIMESTAMP_WITH_ZONE = 1114, 1184     # PostgreSQL's numbers for them
# Of MySQL's protocol. Without it an UPDATE counts only the rows that it gave another value, and whoever finds none inserts one.
FOUND_ROWS = 2
# Seconds, whole ones. Nothing else would end the wait for a table that somebody alters; the rest only MariaDB knows, and only it reads.
# For a row as long as it can't be less: whoever waits for one of somebody else's has the feed's lock, and keeps everybody waiting.
MYSQL_WAITS = '''SET SESSION innodb_lock_wait_timeout = 1, lock_wait_timeout = %(busy)d
    /*M!100301 , idle_transaction_timeout = %(idle)d, max_statement_time = %(statement)d */'''

# KiB of memory; pages of 4 KiB that a commit has written beside the database until they are put into it: 16 MiB, which a start after a kill
# reads in a moment.
ROOMY = 'cache_size = -32000', 'wal_autocheckpoint = 4000', 'temp_store = MEMORY'


def options(settings, uri=None, statement_seconds=0, pragmas=()):
    """Return the keyword arguments for DAL() that every connection of ours needs; `uri` is [db] uri unless told.

    `statement_seconds` is the longest a statement may take on PostgreSQL and MariaDB; a page, which may have to make an index, sets none.
    `pragmas` are SQLite's, besides those that every connection has.
    """
    uri, seconds = uri or settings.db.uri, settings.db.busy_seconds
    if uri.startswith('sqlite'):
        # IMMEDIATE: a transaction that reads first and writes later fails at once, whatever the busy timeout.
        # detect_types: the driver raises on a timestamp it can't parse, and one such row would stop the feed.
        return dict(driver_args=dict(timeout=seconds, isolation_level='IMMEDIATE', detect_types=0),
                    after_connection=_whole(lambda adapter: _sqlite(adapter, pragmas)))
    pool_size, milliseconds = settings.db.pool_size, int(seconds * 1000)
    if uri.startswith('postgres'):
        # A server whose machine has vanished is given up; one whose kernel still answers is another matter, see _wait().
        lasting = dict(connect_timeout=max(2, math.ceil(seconds)), tcp_user_timeout=2 * milliseconds, keepalives_idle=30)
        return dict(driver_args=lasting, pool_size=pool_size, after_connection=_whole(lambda adapter: _postgres(
            adapter, milliseconds, int(statement_seconds * 1000))))
    lasting = dict(connect_timeout=max(2, math.ceil(seconds)), client_flag=FOUND_ROWS)
    if statement_seconds:   # a server that says nothing (stopped, swapping) is given up; one that works is told before
        lasting.update(read_timeout=math.ceil(statement_seconds) + 1, write_timeout=math.ceil(statement_seconds) + 1)
    return dict(driver_args=lasting, pool_size=pool_size, after_connection=_whole(lambda adapter: _mysql(
        adapter, seconds, statement_seconds)))


def connect(settings, folder, writes_much=False):
    """Return the DAL of the install whose application lies in `folder`, tables defined, for a process without web2py.

    Never migrates and never makes a file: raises SchemaError when there is no database yet.
    """
    db = _open(settings.db.uri, settings, folder, ROOMY if writes_much else ())
    tables.define_members(db, settings.auth.username)
    tables.define(db, message_table=settings.db.message_table)
    return db


def connect_sessions(settings, folder):
    """Return the DAL, without tables, of the database that web2py keeps its sessions in: this product's own, or [session] uri."""
    return _open(settings.session.uri or settings.db.uri, settings, folder)


def _open(uri, settings, folder, pragmas=()):
    folder = os.path.join(os.path.abspath(folder), 'databases')
    if uri.startswith('sqlite://') and not os.path.exists(os.path.join(folder, uri[len('sqlite://'):])):
        raise SchemaError('There is no database for %s in %s. Open the site once, or use setup_env.sh, to create it.' % (uri, folder))
    _limit_waits(uri, settings.db.answer_seconds)
    try:
        db = DAL(uri, folder=folder, migrate_enabled=False, attempts=1, **options(
            settings, uri, settings.db.answer_seconds, pragmas))
        if uri.startswith('sqlite://'):
            db._adapter.connector = functools.partial(_existing, db._adapter)
        alone.have(db._adapter)
        db._adapter.execution_handlers = []     # pydal's own would note how long each statement takes, which nobody here asks
    except Exception as error:      # each driver has its own, and pydal makes a traceback of them
        raise SchemaError('The database cannot be opened: %s.' % _last_line(error)) from error
    return db


def _existing(adapter):
    """Connect to SQLite's file. Without mode=rw the library would make an empty one where it has been taken away."""
    return adapter.driver.connect(Path(adapter.dbpath).as_uri() + '?mode=rw', uri=True, **adapter.driver_args)


def _last_line(error):
    return (str(error).strip().splitlines() or [type(error).__name__])[-1].strip().rstrip('.')


def _whole(prepare):
    """Return an after_connection that leaves no connection behind which it couldn't prepare."""
    def after_connection(adapter):
        try:
            prepare(adapter)
        except Exception:
            connection = adapter.connection
            adapter.set_connection(None)
            connection.close()
            raise
    return after_connection


def _limit_waits(uri, seconds):
    """Have every psycopg2 connection of this process give up a server that takes what it is told and says nothing (stopped, swapping).

    Not in web2py's process, which is others' too.
    """
    if uri.startswith('postgres') and 'psycopg2' in DRIVERS:
        driver = DRIVERS['psycopg2']
        driver.extensions.set_wait_callback(lambda connection: _wait(driver, connection, seconds))


def _wait(driver, connection, seconds):
    states, deadline = driver.extensions, time.monotonic() + seconds
    while True:
        state = connection.poll()
        if state == states.POLL_OK:
            return
        ready = select.poll()       # select() itself knows no file above 1024
        ready.register(connection.fileno(), select.POLLIN if state == states.POLL_READ else select.POLLOUT)
        if not ready.poll(max(0, 1000 * (deadline - time.monotonic()))):
            raise driver.OperationalError('the database server has not answered for %g s' % seconds)


def _sqlite(adapter, pragmas):
    if 'execute' not in vars(adapter):      # else it is a second connection
        transaction.take_turns(adapter)
    # Text that isn't UTF-8 (plain SQL can store it) would raise in the driver, and one such row would stop the feed.
    adapter.connection.text_factory = lambda raw: str(raw, 'utf-8', 'replace')
    # FULL: what is committed survives a power cut. With group commit it costs no more than NORMAL.
    for pragma in ('journal_mode=WAL', 'synchronous=FULL', *pragmas):
        adapter.execute('PRAGMA %s' % pragma)


def _postgres(adapter, milliseconds, statement_milliseconds):
    _read_any_time(adapter)
    adapter.execute('SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL READ COMMITTED')
    adapter.execute('SET lock_timeout = %d' % milliseconds)
    adapter.execute('SET idle_in_transaction_session_timeout = %d' % (4 * milliseconds))
    adapter.execute('SET statement_timeout = %d' % statement_milliseconds)


def _read_any_time(adapter):
    """Have a time that Python can't hold (the year 12026, 44 BC, infinity) read as none: the driver raises, and one such row stops all."""
    if 'psycopg2' in DRIVERS:
        extensions = DRIVERS['psycopg2'].extensions

        def time_of(value, cursor):
            try:
                return extensions.PYDATETIME(value, cursor) if value and 'infinity' not in value else None
            except (ValueError, OverflowError, DRIVERS['psycopg2'].Error):
                return None
        for kind in (TIMESTAMP, TIMESTAMP_WITH_ZONE):
            extensions.register_type(extensions.new_type((kind,), 'MESSENGER_TIME', time_of), adapter.connection)


def _mysql(adapter, seconds, statement_seconds):
    # Whatever the URI says, and pydal takes for granted: the three bytes of `utf8` make a question mark of an emoji, and say nothing.
    adapter.execute('SET NAMES utf8mb4')
    adapter.execute('SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED')
    adapter.execute(MYSQL_WAITS % dict(
        busy=max(1, math.ceil(seconds)), idle=math.ceil(4 * seconds), statement=math.ceil(statement_seconds)))
