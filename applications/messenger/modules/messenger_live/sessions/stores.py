"""Which storage the settings name, for the sidecar, and what web2py's own reading of it must be kept from, for the pages.

What a storage needs besides the standard library is imported when it is chosen, and not before.
"""
import os

from messenger_core.database import connection, transaction
from messenger_core.errors import Refused

from .files import FileSessions, is_of_client
from .session import RECORD_ID, SEALED


def store_of(settings, folder, application):
    """Return the storage of web2py's sessions for the application in `folder`, or for its masterapp. Raises SettingsError."""
    chosen, master = settings.session, settings.auth.masterapp or application
    if chosen.store == 'db':
        from .database import DatabaseSessions
        return DatabaseSessions(lambda: connection.connect_sessions(settings, folder), chosen.tablename, master)
    if chosen.store == 'cookie':
        from .cookie import CookieSessions
        return CookieSessions(master, chosen.cookie_key, chosen.compression_level, chosen.cookie_session_seconds)
    if chosen.store == 'redis':
        from .redis import RedisSessions, client
        return RedisSessions(client(chosen.redis_url, chosen.redis_seconds), chosen.tablename, master)
    return FileSessions(os.path.join(os.path.dirname(os.path.normpath(folder)), master, 'sessions'), master, chosen.check_client)


def is_sound(chosen, value, client):
    """Say whether web2py may look for a session by this cookie. Left to itself, 2.26 takes a record without its key, and a stolen id."""
    if chosen.store == 'cookie':
        return SEALED.fullmatch(value) is not None
    if chosen.store in ('db', 'redis'):
        return RECORD_ID.fullmatch(value) is not None
    return not chosen.check_client or is_of_client(value, client)


def answered(chosen, kept_in, ask):
    """Return what `ask()`, of web2py's, gets from where it keeps the sessions. Raises Refused when that doesn't answer."""
    if chosen.store == 'db':
        with transaction.answered(kept_in):
            return ask()
    if chosen.store != 'redis':
        return ask()
    from redis import RedisError
    try:
        return ask()
    except RedisError as error:
        raise Refused('busy', 'The sessions cannot be read just now.', retry_after=1) from error
