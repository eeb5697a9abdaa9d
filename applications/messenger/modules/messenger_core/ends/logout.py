"""The end of sessions, as far as others must know: it is a row in the feed, and every sidecar closes the sockets of those sessions.

A session belongs to a generation: the number that its member had when somebody logged in. Logging out elsewhere raises it, and sessions
of an earlier generation are over, wherever they are kept; it is raised when the account is gone, too, for somebody else may get that
account's number. It is kept in `preference` and in `member`, either of which somebody may tidy away; the larger one counts.
"""
import hashlib

from ..database import bound
from ..database.sql import insert_many, rows, whole
from ..database.tables import utcnow
from ..database.transaction import transact
from ..errors import Refused
from ..feed import sequence
from ..members import directory, known
from ..members.preferences import Preferences

LARGEST_GENERATION = 2**31 - 1
AT_ONCE = 500
BLOCKED = 'blocked'     # spared is nobody: the member may not be here any more, and is told that


def session_hash(session_id):
    """Return the name under which a session is spoken of: never the id itself, which would be a key to the account."""
    return hashlib.sha256(session_id.encode('utf-8', 'replace')).hexdigest()[:32]


def record(db, user_id, session_id, end=lambda: None):
    """Tell the sidecars that `user_id` has ended the session whose cookie holds `session_id`, and commit.

    `end()` ends it, wherever it is kept: both happen or neither.
    """
    transact(db, lambda: (_tell(db, sequence.take(db, 1), user_id, 'logout', session_hash(session_id)), end()))


def logged_out(db, hashes):
    """Return those of sessions, spoken of by their hashes, that somebody has logged out of; for as long as events are kept.

    Where a session lies in its cookie nothing else can tell.
    """
    found = bound.select(db, 'logged out', lambda: db(bound.any_of(db.event.detail) & (db.event.kind == 'logout'))._select(
        db.event.detail), hashes)
    return {row[0] for row in found}


def record_others(db, user_id, session_id):
    """End all sessions of the member but the one whose cookie holds `session_id`, and commit; return the generation it must get."""
    return transact(db, lambda: end_each(db, [user_id], session_hash(session_id)))[user_id]


def leave(db, user_id, asker=None, end=lambda: None):
    """Remove a member's account, as directory.forget() has it, with all its sessions, and commit.

    `end()`: as record() has it. Raises Refused: busy, no_session as end_each() has it.
    """
    transact(db, lambda: (_leave(db, user_id, asker), end()))


def end_all(db, user_id):
    """End all sessions of a number, whoever's it is. Does not commit."""
    end_each(db, [user_id])


def end_each(db, ids, spared='', asker=None):
    """End all sessions of these numbers but the one that is spoken of as `spared`; return {id: the generation that counts}.

    `asker`: (number, generation) of the session that asks for it. Raises Refused no_session where it is one of those and over by now: it
    may have been let in a moment before another of its member's sessions ended it, and must not outlive that by ending others.
    Does not commit. What it costs grows with the numbers by little: it may be a whole site that is blocked in one go.
    """
    ids, now = sorted(set(ids)), {}
    for start in range(0, len(ids), AT_ONCE):
        now.update(_end_some(db, ids[start:start + AT_ONCE], spared))
    if asker and asker[0] in now and is_over(asker[1], now[asker[0]] - 1):
        raise Refused('no_session')
    return now


def is_over(generation, counting, is_shared=False):
    """Say whether a session of a generation is over where `counting` counts. Pages, JSON, the sidecar's readers and its hub ask here.

    One that nobody has given it, or that is no number, is 0. `is_shared`: members log in in another application, which knows of none.
    """
    return not is_shared and (generation if type(generation) is int else 0) < counting


def generation(db, user_id):
    """Return the generation of sessions that counts for a number, whoever's it is."""
    return _generations(db, [user_id])[user_id]


def _end_some(db, ids, spared):
    since, before = sequence.take(db, len(ids)), _generations(db, ids)
    now = {id: min(before[id] + 1, LARGEST_GENERATION) for id in ids}
    events = [dict(seq=since + place, kind='logout_others', user_id=id, number=now[id], detail=spared, created_at=utcnow())
              for place, id in enumerate(ids, 1)]
    insert_many(db, db.event, events)
    known.know(db, ids)
    _choose_nothing(db, ids)
    for counting in set(now.values()):
        these = [id for id in ids if now[id] == counting]
        for table in (db.preference, db.member):
            db(table.user_id.belongs(these)).update(session_generation=counting)
    return now


def _choose_nothing(db, ids):
    """Make a row for what each has chosen, where there is none."""
    found = {row[0] for row in rows(db, db.preference.user_id.belongs(ids), db.preference.user_id)}
    new = [dict(Preferences()._asdict(), user_id=id, session_generation=0) for id in ids if id not in found]
    if new:
        insert_many(db, db.preference, new)


def _generations(db, ids):
    found = dict.fromkeys(ids, 0)
    for table in (db.preference, db.member):
        for id, counting in rows(db, table.user_id.belongs(ids), table.user_id, table.session_generation):
            found[id] = max(found[id], whole(counting))
    return found


def _leave(db, user_id, asker):
    end_each(db, [user_id], asker=asker)
    db(db.preference.user_id == user_id).update(last_seen=None)
    if not directory.forget(db, [user_id]):
        db(db.auth_user.id == user_id).delete()


def _tell(db, since, user_id, kind, detail):
    db.event.insert(seq=since + 1, kind=kind, user_id=user_id, detail=detail)
