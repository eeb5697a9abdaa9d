"""The end of sessions, as far as others must know: it is a row in the feed, and every sidecar closes the sockets of those sessions.

A session belongs to a generation: the number that its member had when somebody logged in. Logging out elsewhere raises it, and sessions
of an earlier generation are over, wherever they are kept; it is raised when the account is gone, too, for somebody else may get that
account's number. It is kept in `preference` and in `member`, either of which somebody may tidy away; the larger one counts.
"""
import hashlib

from ..database.sql import rows, whole
from ..database.transaction import transact
from ..feed import sequence
from ..members import directory, known

LARGEST_GENERATION = 2**31 - 1


def session_hash(session_id):
    """Return the name under which a session is spoken of: never the id itself, which would be a key to the account."""
    return hashlib.sha256(session_id.encode('utf-8', 'replace')).hexdigest()[:32]


def record(db, user_id, session_id):
    """Tell the sidecars that `user_id` has ended the session whose cookie holds `session_id`, and commit."""
    transact(db, lambda: _tell(db, sequence.take(db, 1), user_id, 'logout', session_hash(session_id)))


def record_others(db, user_id, session_id):
    """End all sessions of the member but the one whose cookie holds `session_id`, and commit; return the generation it must get."""
    return transact(db, lambda: _end_others(db, user_id, session_hash(session_id)))


def leave(db, user_id):
    """Remove a member's account, as directory.forget() has it, with all its sessions, and commit. Raises Refused busy."""
    transact(db, lambda: _leave(db, user_id))


def end_all(db, user_id):
    """End all sessions of a number, whoever's it is. Does not commit."""
    _end_others(db, user_id, '')


def generation(db, user_id):
    """Return the generation of sessions that counts for a number, whoever's it is."""
    found = [row for table in (db.preference, db.member) for row in rows(db, table.user_id == user_id, table.session_generation)]
    return max((whole(row[0]) for row in found), default=0)


def _end_others(db, user_id, spared):
    since, now = sequence.take(db, 1), min(generation(db, user_id) + 1, LARGEST_GENERATION)
    _tell(db, since, user_id, 'logout_others', spared, now)
    known.know(db, [user_id])
    db(db.member.user_id == user_id).update(session_generation=now)
    if not db(db.preference.user_id == user_id).update(session_generation=now):
        db.preference.insert(user_id=user_id, session_generation=now)
    return now


def _leave(db, user_id):
    end_all(db, user_id)
    db(db.preference.user_id == user_id).update(last_seen=None)
    if not directory.forget(db, [user_id]):
        db(db.auth_user.id == user_id).delete()


def _tell(db, since, user_id, kind, detail, number=None):
    db.event.insert(seq=since + 1, kind=kind, user_id=user_id, number=number, detail=detail)
