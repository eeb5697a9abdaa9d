"""How this product connects to a database: the same for the web application and the sidecar."""
import os

from pydal import DAL

from . import schema
from .errors import SchemaError


def options(settings):
    """Return the keyword arguments for DAL() that every connection of ours needs."""
    uri, seconds = settings.db.uri, settings.db.busy_seconds
    if uri.startswith('sqlite'):
        # IMMEDIATE: a transaction that reads first and writes later fails at once, whatever the busy timeout.
        # detect_types: the driver raises on a timestamp it can't parse, and one such row would stop the feed.
        return dict(driver_args=dict(timeout=seconds, isolation_level='IMMEDIATE', detect_types=0), after_connection=_sqlite)
    milliseconds = int(seconds * 1000)
    if uri.startswith('postgres'):
        return dict(pool_size=settings.db.pool_size, after_connection=lambda adapter: _postgres(adapter, milliseconds))
    return dict(pool_size=settings.db.pool_size, after_connection=lambda adapter: adapter.execute(
        'SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED'))


def connect(settings, folder):
    """Return the DAL of the install whose application lies in `folder`, tables defined, for a process without web2py.

    Never migrates and never makes a file: raises SchemaError when there is no database yet.
    """
    folder, uri = os.path.join(folder, 'databases'), settings.db.uri
    if uri.startswith('sqlite://') and not os.path.exists(os.path.join(folder, uri[len('sqlite://'):])):
        raise SchemaError('There is no database for %s in %s. Open the site once, or use setup_env.sh, to create it.' % (uri, folder))
    db = DAL(uri, folder=folder, migrate_enabled=False, **options(settings))
    schema.define_members(db, settings.auth.username)
    schema.define(db)
    return db


def _sqlite(adapter):
    # Text that isn't UTF-8 (plain SQL can store it) would raise in the driver, and one such row would stop the feed.
    adapter.connection.text_factory = lambda raw: str(raw, 'utf-8', 'replace')
    # FULL: what is committed survives a power cut. With group commit it costs no more than NORMAL.
    for pragma in ('journal_mode=WAL', 'synchronous=FULL'):
        adapter.execute('PRAGMA %s' % pragma)


def _postgres(adapter, milliseconds):
    adapter.execute('SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL READ COMMITTED')
    adapter.execute('SET lock_timeout = %d' % milliseconds)
    adapter.execute('SET idle_in_transaction_session_timeout = %d' % (4 * milliseconds))
