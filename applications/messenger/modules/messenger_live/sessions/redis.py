"""web2py's sessions in Redis (gluon.contrib.redis_session): one hash each, read without web2py's lock, which only a write frees."""
from __future__ import annotations

import functools
import threading
import time
from datetime import datetime

from messenger_core.errors import SettingsError

from .session import RECORD_ID, Record, Session, StoreUnavailable, judge_record

try:
    import redis
    from redis.backoff import NoBackoff
    from redis.retry import Retry
except ImportError as error:
    raise SettingsError('Sessions in Redis ([session] store = redis) need the package redis: '
                        'pip install --require-hashes -r requirements-redis.txt') from error

# While Redis is away, whoever asks is told so at once: each waiting would take a thread that could read for others.
AWAY_SECONDS = 1


@functools.cache
def client(url: str, seconds: float) -> redis.Redis:
    """Return the process's client of the Redis at `url`, which waits no longer than `seconds` for it."""
    try:
        # Without retries, each of which would wait once more: connections that died with the server of before are noticed as it is.
        return redis.Redis.from_url(url, socket_timeout=seconds, socket_connect_timeout=seconds, retry=Retry(NoBackoff(), 0))
    except ValueError as error:
        raise SettingsError('The setting [session] redis_url is no address of Redis: %s' % error) from error


class RedisSessions(Record):
    """`tablename` is web2py's, to which it appends the application's."""

    def __init__(self, server: redis.Redis, tablename: str, application: str):
        self.cookie_name = f'session_id_{application.lower()}'
        self._server = server
        self._prefix = 'w2p:sess:%s:' % f'{tablename}_{application}'.replace('web2py_session_', '')
        self._away_until = 0
        self._thread = threading.local()

    def check(self) -> None:
        """Raise StoreUnavailable when Redis doesn't answer."""
        try:
            self._server.ping()
        except redis.RedisError as error:
            raise StoreUnavailable(
                f'Redis, where web2py keeps its sessions, does not answer ({error}); see [session] redis_url.') from error

    def resolve(self, value: str | None, now: datetime) -> Session | None:
        """Return the login behind the cookie's value, None when there is none. Raises StoreUnavailable."""
        found = RECORD_ID.fullmatch(value or '')
        return judge_record(*self._read(found[1]), value, found[2], now) if found else None

    def _read(self, record):
        if time.monotonic() < self._away_until:
            raise StoreUnavailable('Redis was away a moment ago')
        try:
            return self._ask(self._prefix + record)
        except redis.RedisError as error:
            self._away_until = time.monotonic() + AWAY_SECONDS
            raise StoreUnavailable('Redis does not answer') from error

    def _ask(self, key, attempts=2):
        # A connection of our own in each thread: getting one from the client's pool takes longer than the question.
        if not hasattr(self._thread, 'connection'):
            self._thread.connection = self._server.connection_pool.make_connection()
        connection = self._thread.connection
        try:
            connection.send_command('HMGET', key, 'unique_key', 'session_data')
            return connection.read_response()
        except redis.RedisError as error:
            connection.disconnect()
            if attempts == 1 or not isinstance(error, redis.ConnectionError):
                raise
            return self._ask(key, attempts - 1)     # it may have died with the server of before
