"""One change of the database: asked for in turn, committed whole or not at all, refused as `busy` when it can't be done now.

SQLite lets whoever asks first after a commit have the write lock, and a sidecar that commits batch after batch is always first.
So everybody who wants the lock holds an flock, the turnstile, while asking, and lets go of it as soon as the lock is theirs.
"""
import contextlib
import fcntl
import os
import time

from .errors import Refused

ATTEMPTS = 3
# Deadlock and serialization failure (PostgreSQL), deadlock (MySQL): the same change may well succeed when started again.
TRANSIENT = {'40P01', '40001', '1213'}


def transact(db, change):
    """Run `change()` as one transaction and return its result; whatever was open before is committed first.

    Raises what `change` raises, after a rollback, and Refused busy when the database is locked, full or away.
    """
    for attempt in range(1, ATTEMPTS + 1):
        try:
            db.commit()
            result = change()
            db.commit()
            return result
        except Exception as error:
            undo(db)
            if _code(error) in TRANSIENT and attempt < ATTEMPTS:
                continue
            if is_away(db, error):
                raise Refused('busy', retry_after=1) from error
            raise


def is_away(db, error):
    """Say whether the database is locked, full or away, rather than that something is wrong."""
    return isinstance(error, (db._adapter.driver.OperationalError, db._adapter.driver.InterfaceError))


def undo(db):
    """Roll back; a connection that can't even do that is dropped, and the next statement opens another."""
    try:
        db.rollback()
    except Exception:
        # Closing fails when connecting had failed before, and pydal would go on with what is left of it, for ever.
        with contextlib.suppress(Exception):
            db._adapter.close('rollback')
        db._adapter.set_connection(None)


@contextlib.contextmanager
def turnstile(db, seconds=5.0):
    """Hold the turn to ask for SQLite's write lock; without meaning on other databases. Raises Refused busy."""
    path = _turn_path(db)
    if path is None:
        yield
        return
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o660)
    try:
        _lock(handle, time.monotonic() + seconds)
        yield
    finally:
        os.close(handle)


def _code(error):
    return getattr(error, 'pgcode', None) or str(error.args[0] if error.args else '')


def _turn_path(db):
    adapter = db._adapter
    if adapter.dbengine != 'sqlite' or adapter.dbpath.startswith('file:'):
        return None
    return os.path.join(os.path.dirname(adapter.dbpath), 'messenger.turn')


def _lock(handle, deadline):
    # Not a blocking flock: a stopped process that holds the turn must cost the others a `busy`, not their thread.
    while True:
        try:
            return fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            if time.monotonic() > deadline:
                raise Refused('busy', retry_after=1) from error
            time.sleep(0.001)
