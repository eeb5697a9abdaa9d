"""The end of sessions and of accounts: who has to be told, and what stays."""
import contextlib
import logging
from time import monotonic

from gluon import HTTP, current
from messenger_core.adoption import aside, imported, last_id
from messenger_core.database.sql import identity
from messenger_core.database.transaction import undo
from messenger_core.ends import logout
from messenger_core.errors import Refused
from messenger_core.faults import traced
from messenger_core.feed import memory
from messenger_core.members import directory
from messenger_core.messages import former

from ..entrance import lasting

_look_again = {}    # {database: when}


def record_logout(user):
    """End the record of the session, where it has one, and tell the sidecars, before web2py makes a new one. Raises Refused busy."""
    if user and lasting.login_id():
        try:
            logout.record(current.db, user.id, lasting.login_id(), lasting.take_record)
            lasting.took_record()
        except Refused:
            if current.response.session_storage_type == 'db':
                raise
            # the session ends all the same, and the sidecars see it when they look again
            logging.getLogger('web2py.app.messenger').warning('A logout could not be recorded.')
            current.auth.messages.logout_log = None     # nor could it be in web2py's own list, and nobody is kept in for that


@contextlib.contextmanager
def clearing_browser():
    """Have the page after a logout take away what the browser keeps for the member: see static/js/unsent/shelf.js."""
    auth, user_id = current.auth, current.auth.user_id
    try:
        yield
    except HTTP:
        if user_id and not auth.user:
            current.session.left = user_id
        raise


def keep_what_others_read(chosen):
    """Anonymise members whose messages others hold, and really delete the rest. Returning True keeps the rows."""
    db = current.db
    ids = [row.id for row in chosen.select(db.auth_user.id)]
    kept = [id for id in ids if directory.forget(db, [id])]
    rest = set(ids) - set(kept)
    if kept and rest:
        db(db.auth_user.id.belongs(rest)).delete()
    return bool(kept)


def is_due():
    """Whether it is time to look_after()."""
    return monotonic() >= _look_again.get(identity(current.db), 0)


def look_after():
    """What a sidecar does all the time, once in a while in each process: there may be none.

    Whose account was deleted in the site or by SQL is taken out of their conversations, a restored backup is noticed, and so is what was
    put right or put in by somebody else.
    """
    db, seconds = current.db, current.settings.realtime.look_seconds
    if is_due():
        _look_again[identity(db)] = monotonic() + seconds
        for duty in (memory.resume, memory.remember, former.notice, last_id.free, aside.look_again, imported.look):
            in_spite_of_faults(duty, db)


def in_spite_of_faults(duty, db, *arguments):
    """Do what nobody has asked for: whoever has asked for a page gets it, whatever becomes of that."""
    try:
        duty(db, *arguments)
    except Refused:     # busy: the next page tries again
        pass
    except Exception as error:
        undo(db, error)
        logging.getLogger('web2py.app.messenger').error('%s has failed: %s', duty.__qualname__, traced(error))
