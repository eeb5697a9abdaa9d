"""Whether the session that a request came with is still there: it may end while the request waits, reads or works.

A session that has ended stays ended. web2py would bring it back: whoever waits for the lock of its file reads it after it was unlinked,
and at its end a page whose UPDATE finds no record inserts one.
"""
import os
from datetime import datetime, timedelta
from time import monotonic

from gluon import current, recfile, redirect
from messenger_core.ends.logout import session_hash
from messenger_live.sessions import stores
from messenger_live.sessions.session import LONGEST_SECONDS

from ..accounts.leaving import login_id


def is_over(asks_again=False):
    """Whether the session of who is logged in has ended since it was loaded; `asks_again`: also where that takes a question to a database.

    Raises Refused busy where Redis doesn't answer. A session in a cookie is over with its time only.
    """
    response = current.response
    if _has_expired(current.session.auth):
        return True
    if response.session_new:    # of this very request
        return False
    if response.session_storage_type == 'file':
        return not _has_file(response)
    return asks_again and response.session_storage_type == 'db' and not stores.answered(current.settings.session, _has_record)


def end():
    """Go on as a guest. Nothing is taken away: what lies there by now, in the browser too, is of another login."""
    current.auth.user = current.session.auth = None
    current.response.had_login = False


def asked(draft):
    """Return a draft as of this session, by which messenger_core judges once more whether that is over."""
    generation = None if current.settings.auth.masterapp else current.session.auth.generation or 0
    return draft._replace(generation=generation, session_hash=session_hash(login_id()), asked_at=monotonic())


def why_over():
    """Return the sentence for whoever has a session of an earlier generation."""
    return current.T('You have been logged out: from another session, by a new password or by an administrator.')


def send_to_login(sentence):
    """End the request and its session; a text that was posted goes along."""
    auth, session = current.auth, current.session
    auth.user = None
    session.renew(clear_session=True)
    session.flash = sentence
    redirect(auth.settings.on_failed_authentication(auth.settings.login_url))


def watch():
    """From here on web2py changes the record of a session only as long as it is the one that was loaded."""
    response = current.response
    if response.session_db_table:
        response.session_db_table = _Table(response.session_db_table, bool(response.session_new))


def begin():
    """Let a login have a session of its own, whatever has become of the one that was loaded."""
    if current.response.session_db_table:
        current.response.session_db_table.has_begun = True


def _has_expired(auth):
    # Of request.now, by which web2py reckons, it may be long ago.
    return auth.last_visit + timedelta(seconds=min(auth.expiration, LONGEST_SECONDS)) <= datetime.now()


def _has_file(response):
    try:
        # A closed one has been let go by this request itself.
        held = response.session_file and os.fstat(response.session_file.fileno())
        return os.path.samestat(held, os.stat(response.session_file.name)) if held else recfile.exists(response.session_filename)
    except OSError:
        return False


def _has_record():
    response = current.response
    return bool(response.session_db_table(response.session_db_record_id, unique_key=response.session_db_unique_key))


class _Table:
    """web2py's table of sessions, or what it has for one of Redis, as gluon.globals.Session uses it; `has_begun`: by the request itself."""

    def __init__(self, table, has_begun):
        self._table, self.has_begun = table, has_begun

    def __getattr__(self, name):
        return getattr(self._table, name)

    def __call__(self, record, **fields):
        return self._table(record, **fields)

    def _db(self, record):
        key, is_in_redis = current.response.session_db_unique_key, record is None   # what its table makes of any comparison
        found = self._table._db().of(key) if is_in_redis else self._table._db(record & (self._table.unique_key == key))
        return _Record(self, found)


class _Record:
    """The record that was loaded, and no other that has its number by now."""

    def __init__(self, table, found):
        self._table, self._found = table, found

    def delete(self):
        """Return the number of records; what follows is another session."""
        self._table.has_begun = True
        return self._found.delete()

    def update(self, **fields):
        """Return what web2py takes for the number of changed records: where there is none, it inserts one."""
        response = current.response
        changed = self._found.update(**fields)
        if changed or self._table.has_begun:
            return changed
        response.session_id = None      # nor is the browser to have its cookie, in place of which there may be another
        response.cookies.pop(response.session_id_name, None)
        return True
