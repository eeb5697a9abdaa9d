"""Threads that only read: the events of a `sync`, and who is behind a cookie. Files and databases may be slow; the loop may not wait."""
import logging
import queue
import threading
from datetime import datetime

from messenger_core import feed, members
from messenger_core.errors import Refused
from messenger_core.transaction import undo

from .sessions import StoreUnavailable

log = logging.getLogger('messenger.readers')

STOP = object()


class Readers:
    """`connect` opens the database, in each thread; `sessions` resolves cookies."""

    def __init__(self, connect, bridge, sessions, threads=2):
        self._connect, self._bridge, self._sessions = connect, bridge, sessions
        self._jobs = queue.SimpleQueue()
        self._threads = [threading.Thread(target=self._run, name='reader-%d' % number, daemon=True) for number in range(threads)]

    def start(self):
        for thread in self._threads:
            thread.start()

    # -- from the loop --

    def sync(self, client, command):
        """Read the events the client missed; its synced() or failed() is called on the loop."""
        self._jobs.put((self._read_events, client, command))

    def identify(self, session_id, answer):
        """Find the session of a cookie's value; `answer(session, name)` is called on the loop.

        session None: nobody is logged in. name None: the member is blocked or gone. session StoreUnavailable: nobody knows just now.
        """
        self._jobs.put((self._read_session, session_id, answer))

    def stop(self):
        for _ in self._threads:
            self._jobs.put(STOP)
        for thread in self._threads:
            thread.join()

    # -- in a thread --

    def _run(self):
        db = self._connect()
        while True:
            job = self._jobs.get()
            if job is STOP:
                return
            read, *asked = job
            try:
                read(db, *asked)
            except Exception:
                log.exception('a read failed')
            finally:
                undo(db)    # ends the transaction where the database has one

    def _read_events(self, db, client, command):
        try:
            page = feed.since_for(db, client.user_id, command.since, command.epoch)
        except Refused as refused:
            return self._bridge.post(client.failed, refused)
        except Exception:
            log.exception('a sync failed')
            return self._bridge.post(client.failed, Refused('busy', retry_after=5))
        self._bridge.post(client.synced, page)

    def _read_session(self, db, session_id, answer):
        try:
            session = self._sessions.resolve(session_id, datetime.now())
            name = members.names(db, [session.user_id]).get(session.user_id) if session else None
        except StoreUnavailable:
            session, name = StoreUnavailable, None
        except Exception:
            log.exception('a session could not be read')
            session, name = StoreUnavailable, None
        self._bridge.post(answer, session, name)
