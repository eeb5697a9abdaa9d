"""The database, and the session of who asks: the same settings lead the sidecar to where web2py keeps it."""
import contextlib
import os
import threading
from http import cookies

from gluon import DAL, HTTP, current
from messenger_core.database import connection, late, wakes
from messenger_core.errors import Refused
from messenger_live.sessions import stores

from .answers import or_later
from .entrance import lasting
from .entrance.reached import is_https
from .kept import ready

_of_thread = threading.local()


def database():
    """Return the database of the settings; raises Refused busy where it doesn't answer."""
    settings = current.settings
    db = _opened(late.Database, settings, settings.db.uri, settings.db.migrate and not ready.is_ready())
    db._adapter.execution_handlers = []     # pydal's own would note how long each statement takes, which nobody here asks
    if db._adapter.dbengine == 'sqlite':
        late.keep_connections(db._adapter, settings.db.pool_size)
        wakes.wake_after_commits(db._adapter)
    return db


@contextlib.contextmanager
def in_passing():
    """Have a current.db within it, where there is none yet, for what is asked by texts that are kept: it never has a table.

    To make one is a fifth of what a poll takes, so a thread keeps its own; the connection is one of those that all share.
    """
    if getattr(current, 'db', None):
        yield
        return
    db = current.db = or_later(_kept_by_thread)
    try:
        ready.begin(db)
        yield
    finally:
        db._adapter.close('rollback')   # web2py does so only for those that are made in a request
        current.db = None


def _kept_by_thread():
    kept, where = getattr(_of_thread, 'kept', None), (current.settings, current.request.folder)
    if kept and kept[0] == where:
        return kept[1]
    db = database()
    if db._adapter.dbengine == 'sqlite':    # a server's connection may have been cut, which pydal finds out where it makes a database
        _of_thread.kept = where, db
    return db


def _opened(dal, settings, uri, migrate):
    try:
        return dal(uri, migrate_enabled=migrate, attempts=2, **connection.options(settings))
    except RuntimeError as error:   # what pydal makes of whatever the driver says; the first line of it is enough for the log
        raise Refused('busy', 'The database does not answer just now. Try again in a moment.', retry_after=5) from error


def seal_cookies():
    """From here on each cookie of this answer is sealed, those among them that web2py has set before the models.

    But where the session lies elsewhere those are about another one, and would take away the cookie of the one that is meant.
    """
    response, earlier = current.response, current.response.cookies
    response.cookies = SealedCookies()
    if not has_session_elsewhere():
        response.session_data_name = 'session_data_%s' % current.request.application.lower()   # db.py has hidden it until it is known
        for name, cookie in earlier.items():
            response.cookies[name] = cookie


def has_session_elsewhere():
    """Whether the session that web2py has looked for before the models is not the one that the settings mean."""
    chosen, masterapp = current.settings.session, current.settings.auth.masterapp
    return bool(masterapp or chosen.store != 'file' or chosen.separate or chosen.check_client)


def apart(settings, folder):
    """Return the database, without tables, for a thread that isn't web2py's."""
    return DAL(settings.db.uri, folder=os.path.join(folder, 'databases'), migrate_enabled=False, attempts=1, **connection.options(settings))


def connect_session(chosen, masterapp):
    """Have web2py load the session from where the settings say; before the models it has looked into this application's files only."""
    request, response, session = current.request, current.response, current.session
    _check_cookie(chosen, masterapp or request.application)
    response.cookies = SealedCookies()      # without the id of the session in this application's files, which nobody will ask for
    arguments = or_later(_session_storage, chosen)
    session._close(response)
    dict.clear(session)  # what lay in a file of an earlier time, or of another's address, must log nobody in
    migrates, current.db._migrate_enabled = current.db._migrate_enabled, current.settings.db.migrate    # of sessions in a database
    try:
        or_later(stores.answered, chosen, arguments.get('db'), lambda: session.connect(
            request, response, masterapp=masterapp or None, **arguments))
    except HTTP:
        session.forget(response)  # else web2py would want to store the empty one
        raise
    finally:
        current.db._migrate_enabled = migrates
    lasting.watch()


class SealedCookies(cookies.SimpleCookie):
    """Cookies that no script and no other site gets at, and no eavesdropper where the site is reached by https; whoever sets them.

    web2py sees to that for one of its own, and forgets the one with a session's data and those that it takes back.
    """

    def __setitem__(self, name, value):
        # What it has sealed is bytes, of which 3.x would write down how Python shows them.
        super().__setitem__(name, value.decode('ascii') if isinstance(value, bytes) else value)
        self[name].update({'httponly': True, 'samesite': 'Lax', 'secure': is_https()})


def _session_storage(chosen):
    """Return the arguments of web2py's session.connect() that lead to the sessions, as the settings have it."""
    settings = current.settings
    if chosen.store == 'cookie':
        return dict(cookie_key=chosen.cookie_key, compression_level=chosen.compression_level or None)
    if chosen.store == 'db':
        kept_in = _opened(DAL, settings, chosen.uri, settings.db.migrate) if chosen.uri else current.db
        return dict(db=kept_in, tablename=chosen.tablename, migrate=settings.db.migrate and not settings.auth.masterapp)
    if chosen.store == 'redis':
        return dict(db=_redis(chosen), tablename=chosen.tablename)
    return dict(separate=chosen.separate)   # check_client is judged by _check_cookie(): web2py compares only how addresses are written


def _redis(chosen):
    """Return web2py's client of Redis. Not by RedisSession(): its one object for all threads confuses whose session is to be saved."""
    from gluon.contrib.redis_session import RedisClient
    from messenger_live.sessions import redis

    class Client(RedisClient):
        def __call__(self, where=''):
            query = super().__call__(where)
            return RedisRecord(self.r_server, '%s:%s' % (query.keyprefix, query.value), self.tablename.id_idx, chosen.session_expiry)
    return Client(redis.client(chosen.redis_url, chosen.redis_seconds), session_expiry=chosen.session_expiry)


class RedisRecord:
    """The record of a session under the key that it had: whoever has ended it or given it another one may do so at any moment."""

    def __init__(self, server, name, index, seconds):
        self._server, self._name, self._index, self._seconds = server, name, index, seconds

    def of(self, key):
        """Return the same; `key` is its unique_key."""
        self._key = key.encode()
        return self

    def update(self, **fields):
        """Return whether it was there."""
        def change(commands):
            commands.hset(self._name, mapping=fields)
            if self._seconds:
                commands.expire(self._name, self._seconds)
        return self._change(change)

    def delete(self):
        """Return whether it was there."""
        def change(commands):
            commands.delete(self._name)
            commands.srem(self._index, self._name)
        return self._change(change)

    def _change(self, change):
        def run(commands):
            is_there = commands.hget(self._name, 'unique_key') == self._key
            commands.multi()
            if is_there:
                change(commands)
            return is_there
        return self._server.transaction(run, self._name, value_from_callable=True)


def _check_cookie(chosen, master):
    """Take away a cookie that web2py must not look for a session by, and hand it a sealed one in a way that all its releases take."""
    request, is_sealed = current.request, chosen.store == 'cookie'
    name = ('session_data_%s' if is_sealed else 'session_id_%s') % master.lower()
    cookie = request.cookies.get(name)
    if cookie and not stores.is_sound(chosen, cookie.value, request.client):
        del request.cookies[name]
    elif cookie and is_sealed:
        cookie.set(name, cookie.value.encode('ascii'), cookie.coded_value)
