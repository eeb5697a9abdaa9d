"""Whether the session that a request came with is still there: it may end while the request waits, reads or works.

A session that has ended stays ended. web2py would bring it back: whoever waits for the lock of its file reads it after it was unlinked,
and at its end a page whose UPDATE finds no record inserts one.
"""
import hashlib
import os
from datetime import datetime, timedelta
from time import monotonic

from gluon import current, recfile, redirect
from messenger_core.database.transaction import answered
from messenger_core.ends import logout
from messenger_core.ends.logout import session_hash
from messenger_core.errors import Refused
from messenger_live.sessions.session import LONGEST_SECONDS

from .records import Table


def is_over(asks_again=False):
    """Whether the session of who is logged in has ended since it was loaded; `asks_again`: also where that takes a question to a database.

    Raises Refused busy where they don't answer. Of a session in a cookie there are copies, and only the feed knows of its end.
    """
    response = current.response
    if _has_expired(current.session.auth):
        return True
    if response.session_storage_type == 'cookie':
        return bool(logout.logged_out(current.db, [session_hash(login_id())]))
    if response.session_new:    # of this very request
        return False
    if response.session_storage_type == 'file':
        return not _has_file(response)
    return asks_again and response.session_storage_type == 'db' and not _has_record()


def login_id():
    """Return what tells this session from others: the id that its cookie holds.

    A cookie that holds the session itself changes with each page: there it is the key that this login was given.
    """
    session, is_sealed = current.session, current.settings.session.store == 'cookie'
    found = session.auth and session.auth.hmac_key if is_sealed else current.response.session_id
    return found if isinstance(found, str) else ''


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
    try:
        session.renew(clear_session=True)
    except Refused:     # its record stays, and is over all the same
        dict.clear(session)
    session.flash = sentence
    redirect(auth.settings.on_failed_authentication(auth.settings.login_url))


def watch():
    """From here on web2py changes the record of a session only as long as it is the one that was loaded."""
    response = current.response
    if response.session_db_table:
        response.session_db_table = Table(response.session_db_table, response)


def begin():
    """Let a login have a session of its own, whatever has become of the one that was loaded."""
    if current.response.session_db_table:
        current.response.session_db_table.has_begun = True


def take_record():
    """Delete the session's record, where it has one, in the transaction that is open if it lies there; what follows is another session.

    Raises Refused busy: it is as it was.
    """
    response = current.response
    table, record = response.session_db_table, response.session_db_record_id
    if table and record:
        table._db(table.id == record).delete()
        table.commit_apart()


def took_record():
    """Have web2py look no more for the record that take_record() has deleted, once that is committed."""
    response = current.response
    if response.session_db_table and response.session_db_record_id:
        response.session_id = response.session_db_record_id = response.session_db_unique_key = response.session_pickled = None
        response.session_new = True


def write():
    """Write the session's record, if it has one, in the transaction that is open if it lies there. Raises Refused busy."""
    session, response = current.session, current.response
    table = response.session_db_table
    if table and not session._forget:
        with table.refusing():
            session._try_store_in_db(current.request, response)
            table.commit_apart()
        if response.session_db_record_id:
            response.session_new = False
            session._unchanged(response)    # pickles it
            response.session_hash = hashlib.md5(response.session_pickled).hexdigest()


def store(is_needed):
    """Write the session's record and commit. web2py would do so when the answer is made, and nobody is left who could say that it can't.

    Raises Refused busy if that `is_needed` by what is answered, or if the session begins here. Else what was done stands without it.
    """
    if not current.response.session_db_table or current.session._forget:
        return
    with answered(current.db):
        current.db.commit()
    try:
        write()
        with answered(current.db):
            current.db.commit()
    except Refused:
        leave()
        if is_needed or current.response.session_new:
            raise


def leave():
    """Have the record and the browser's cookie stay as they were: nothing was done."""
    table = current.response.session_db_table
    if table and not (table.is_apart() and table.has_written):
        current.session.forget(current.response)


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
    table = current.response.session_db_table
    return bool(table(current.response.session_db_record_id, unique_key=table.key))
