"""One change of the database: asked for in turn, committed whole or not at all, refused as `busy` when it can't be done now.

SQLite lets whoever asks first after a commit have the write lock, and a sidecar that commits batch after batch is always first.
So everybody who wants the lock holds an flock, the turnstile, while asking, and lets go of it as soon as the lock is theirs.
"""
import contextlib
import fcntl
import os
import re
import time

from ..errors import Refused

ATTEMPTS = 3
# Deadlock and serialization failure (PostgreSQL), deadlock (MySQL): the same change may well succeed when started again. So it may after
# a unique violation (of both): somebody else's row, uncommitted until now, has a `seq` that sequence.take() will take from it.
TRANSIENT = {'40P01', '40001', '1213', '23505', '1062'}
# PostgreSQL: no such table, no such column, read-only (a standby), damaged pages. MySQL: no such table. All can be mended while we run;
# the others of MySQL's are OperationalErrors.
UNFIT = {'42P01', '42703', '25006', 'XX001', 'XX002', '1146'}
LOCKED = {'55P03', '1205'}      # for longer than one waits: PostgreSQL, MySQL
SQL_LOGIC_ERROR = 1     # SQLite: the statement's own fault
# The statements before which SQLite's driver begins a transaction.
WRITES = re.compile(r'\s*(?:INSERT|UPDATE|DELETE|REPLACE)\b', re.IGNORECASE)
_HAS_TURN = '_messenger_has_turn'


class Unknown(Refused):
    """The connection was lost while COMMIT was under way: `result` is stored or it isn't. To whoever doesn't ask, it is busy."""

    def __init__(self, result, is_stored):
        super().__init__('busy', retry_after=1)
        self.result, self._is_stored = result, is_stored

    def settle(self, db):
        """Return whether it is stored; raises while nobody can know."""
        try:
            db.commit()
            found = self._is_stored(self.result)
            db.commit()
            return found
        except Exception as error:
            undo(db, error)
            raise


class Held(Refused):
    """Somebody else keeps a row of ours in an open transaction: whatever needs that row is refused, and nothing else."""

    def __init__(self):
        super().__init__('busy', retry_after=1)


def transact(db, change, is_stored=None):
    """Run `change()` as one transaction and return its result; whatever was open before is committed first.

    Raises what `change` raises, after a rollback, and Refused busy when the database is locked, full or away: nothing was changed then.
    `is_stored(result)` is for a change that must not be made twice: it says, in a transaction of its own, whether the change was made
    after all when the connection was lost in COMMIT. Unknown is raised while it can't. Without it such a change may have been made.
    """
    for attempt in range(1, ATTEMPTS + 1):
        result, is_committing = None, False
        try:
            db.commit()
            result = change()
            is_committing = True
            db.commit()
            return result
        except Exception as error:
            is_unknown = not undo(db, error) and is_committing and is_stored is not None
            if is_unknown and _settled(db, Unknown(result, is_stored)):
                return result
            if attempt < ATTEMPTS and (is_unknown or _code(error) in TRANSIENT):
                _catch_up(db, error)
                continue
            if is_held(error):
                raise Held from error
            if is_away(db, error):
                raise Refused('busy', retry_after=1) from error
            raise


def _catch_up(db, error):
    """Put the ids that PostgreSQL gives behind those that somebody has written themselves, where one of them was taken."""
    diagnosis = getattr(error, 'diag', None)
    if diagnosis and (diagnosis.constraint_name or '').endswith('_pkey'):
        with contextlib.suppress(Exception):
            # Not behind the largest, which may be the last one there can be: behind those that follow each other.
            db.executesql(_FREE_ID % dict(table=diagnosis.table_name))
            db.commit()


_FREE_ID = '''SELECT setval(pg_get_serial_sequence('%(table)s', 'id'), taken.id) FROM %(table)s taken
    WHERE taken.id >= pg_sequence_last_value(pg_get_serial_sequence('%(table)s', 'id')::regclass)
    AND NOT EXISTS (SELECT 1 FROM %(table)s next WHERE next.id = taken.id::bigint + 1) ORDER BY taken.id LIMIT 1'''


@contextlib.contextmanager
def answered(db):
    """Have whatever is read within it refused as busy while the database is locked, full or away."""
    try:
        yield
    except Exception as error:
        if not is_away(db, error):
            raise
        undo(db, error)
        raise Refused('busy', 'The database does not answer just now. Try again in a moment.', retry_after=1) from error


def is_away(db, error):
    """Say whether the database is locked, full, damaged or away, rather than that something is wrong with what was asked."""
    driver = db._adapter.driver
    # As when a function in a trigger of the site's own has failed. Before Python 3.11 nothing tells it from the others.
    if getattr(error, 'sqlite_errorcode', None) == SQL_LOGIC_ERROR and not str(error).startswith('no such'):
        return False
    # DatabaseError itself: SQLite's file is damaged or none, PostgreSQL's line was cut amid an answer.
    return (isinstance(error, (driver.OperationalError, driver.InterfaceError)) or type(error) is driver.DatabaseError
            or _code(error) in UNFIT)


def is_held(error):
    """Say whether it was only that somebody else kept a row too long."""
    return _code(error) in LOCKED


def undo(db, error=None):
    """Roll back what failed with `error`; return whether that could be done, and so nothing was changed.

    A connection that can't is dropped, and the next statement opens another.
    """
    try:
        db.rollback()
    except Exception:
        _drop(db)
        return False
    if error is not None and _turn_path(db) and is_away(db, error) and 'locked' not in str(error):
        _drop(db)       # SQLite looks only when it opens a file whether it may write to it, and whether it is one of its own
    return True


def _drop(db):
    # Closing fails when connecting had failed before, and pydal would go on with what is left of it, for ever. Nor is it to be kept.
    adapter = db._adapter
    kept, adapter.pool_size = adapter.pool_size, 0
    with contextlib.suppress(Exception):
        adapter.close('rollback')
    adapter.pool_size = kept
    adapter.set_connection(None)


def _settled(db, unknown):
    try:
        return unknown.settle(db)
    except Exception as error:
        raise unknown from error


class turnstile:
    """Hold the turn to ask for SQLite's write lock; without meaning on other databases. Raises Refused busy."""

    __slots__ = ('_adapter', '_path', '_seconds', '_handle')

    def __init__(self, db, seconds=None):
        self._adapter, self._path, self._seconds, self._handle = db._adapter, _turn_path(db), seconds, None

    def __enter__(self):
        if self._path is None or getattr(self._adapter, _HAS_TURN, False):
            return
        # As long as one would wait for the lock itself.
        seconds = self._adapter.driver_args.get('timeout', 5.0) if self._seconds is None else self._seconds
        self._handle = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o660)
        try:
            _lock(self._handle, time.monotonic() + seconds)
        except BaseException:
            os.close(self._handle)
            raise
        setattr(self._adapter, _HAS_TURN, True)

    def __exit__(self, *error):
        if self._handle is not None:
            setattr(self._adapter, _HAS_TURN, False)
            os.close(self._handle)


@contextlib.contextmanager
def patience(db, seconds):
    """Wait for SQLite's write lock no longer than so many seconds; None: as long as everybody does. Raises Refused busy."""
    if seconds is None or _turn_path(db) is None:
        yield
        return
    with turnstile(db, seconds):
        db.executesql('PRAGMA busy_timeout = %d' % (1000 * seconds))
        try:
            yield
        finally:
            with contextlib.suppress(Exception):    # a connection that was dropped meanwhile waits as everybody does
                db.executesql('PRAGMA busy_timeout = %d' % (1000 * db._adapter.driver_args.get('timeout', 5.0)))


def take_turns(adapter):
    """Have each transaction that begins to write through this adapter of pydal's take its turn, whoever wrote the statement.

    web2py registers people and notes their logins by itself; beside a sidecar that is busy they would wait for seconds, and some in vain.
    """
    execute = adapter.execute

    def in_turn(command, *arguments, **options):
        connection = adapter.connection     # whose name pydal makes anew each time it is asked for
        if not connection or connection.in_transaction or not WRITES.match(command):
            return execute(command, *arguments, **options)
        with turnstile(adapter.db):
            return execute(command, *arguments, **options)
    adapter.execute = in_turn


def _code(error):
    return getattr(error, 'pgcode', None) or str(error.args[0] if error.args else '')


def _turn_path(db):
    adapter = db._adapter
    try:
        return adapter._messenger_turn
    except AttributeError:
        is_file = adapter.dbengine == 'sqlite' and not adapter.dbpath.startswith('file:')
        adapter._messenger_turn = os.path.join(os.path.dirname(adapter.dbpath), 'messenger.turn') if is_file else None
        return adapter._messenger_turn


def _lock(handle, deadline):
    # Not a blocking flock: a stopped process that holds the turn must cost the others a `busy`, not their thread.
    while True:
        try:
            return fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            if time.monotonic() > deadline:
                raise Refused('busy', retry_after=1) from error
            time.sleep(0.001)
