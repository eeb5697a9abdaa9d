"""Logging out, as far as others must know: the end of a session is a row in the feed, and every sidecar closes that session's sockets."""
import hashlib

from . import feed
from .transaction import transact


def session_hash(session_id):
    """Return the name under which a session is spoken of: never the id itself, which would be a key to the account."""
    return hashlib.sha256(session_id.encode('utf-8', 'replace')).hexdigest()[:32]


def record(db, user_id, session_id):
    """Tell the sidecars that `user_id` has ended the session whose cookie holds `session_id`, and commit."""
    transact(db, lambda: db.event.insert(
        seq=feed.take(db, 1) + 1, kind='logout', user_id=user_id, detail=session_hash(session_id)))
