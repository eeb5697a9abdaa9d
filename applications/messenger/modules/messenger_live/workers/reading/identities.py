"""Who is behind cookies: each session from where web2py keeps it, and the standing of all their members in one statement. In a thread.

Must not live here: threads and queues (readers.py), where sessions lie (sessions/).
"""
from datetime import datetime

from messenger_core.ends import logout
from messenger_core.members import at_once, directory

from ...sessions.session import StoreUnavailable
from ..bridge import call_each

NOBODY = None, None, False
UNREADABLE = 'sessions cannot be read'
CALLS = 16      # so many are answered in one call on the loop


class Identities:
    """`bridge`, `sessions`, `troubles` and `is_shared` as Readers has them; a job is what Readers.identify() was called with."""

    def __init__(self, bridge, sessions, troubles, is_shared):
        self._bridge, self._sessions, self._troubles, self._is_shared = bridge, sessions, troubles, is_shared

    def read(self, db, batch):
        """Answer the jobs of a Batch. One that fails ends it, once those before it have their answers, and raises."""
        found, failure = [], None
        for job in batch:
            session_id, answer, is_wanted, again = job
            if not is_wanted():
                batch.close(job)
                self.refuse(*job)
                continue
            try:
                found.append((job, self._session(db, session_id, answer, again)))
            except Exception as error:
                failure = error
                break
        self._answer(db, batch, found)
        if failure:
            raise failure

    def refuse(self, session_id, answer, is_wanted, again):
        if answer:
            self._bridge.post(answer, StoreUnavailable, None, False)

    def _session(self, db, session_id, answer, again):
        """Return the Session of a job, None where nobody is logged in."""
        try:
            if answer is None:
                self._sessions.check()
                directory.standing(db, 0)
            session = self._sessions.resolve(session_id, datetime.now())
        except Exception as error:
            self._troubles.begin(UNREADABLE, error)
            if not again or not isinstance(error, StoreUnavailable):
                raise
            # It goes on unless its time is over, or its member's: that is in our database.
            return again if again.expires > datetime.now() else None
        self._troubles.end(UNREADABLE)
        return session

    def _answer(self, db, batch, found):
        standings, ended = self._judged(db, [session for _, session in found if session])
        calls = []
        for job, session in found:
            batch.close(job)
            if job[1]:
                calls.append((job[1], self._of(session, standings, ended) if session else NOBODY))
        for start in range(0, len(calls), CALLS):
            self._bridge.post(call_each, calls[start:start + CALLS])

    def _judged(self, db, sessions):
        """Return ({id of a member: Standing}, hashes of those sessions that somebody has logged out of, where only the feed knows)."""
        if not sessions:
            return {}, ()
        try:
            standings = at_once.standings(db, {session.user_id for session in sessions})
            is_kept = self._sessions.socket_seconds is None
            return standings, () if is_kept else logout.logged_out(db, [session.session_hash for session in sessions])
        except Exception as error:
            self._troubles.begin(UNREADABLE, error)
            raise

    def _of(self, session, standings, ended):
        """Return the session, its member's name and whether they show their presence, without what has been ended or blocked meanwhile."""
        name, generation, shows_presence = standings[session.user_id]
        is_over = name and (logout.is_over(session.generation, generation, self._is_shared) or session.session_hash in ended)
        return NOBODY if is_over else (session, name, shows_presence)
