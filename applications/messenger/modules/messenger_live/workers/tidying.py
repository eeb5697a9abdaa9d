"""Sessions that are over are removed, once in a while, in a thread of its own that works a small part of the time: nobody waits for it."""
import logging
import os
import threading
import time

from ..sessions import tidy
from . import duties
from .background import Background

log = logging.getLogger('messenger.tidying')

# It pauses so many times as long as it has worked.
PAUSES, SHORTEST_PAUSE = 9, 0.01


def tidying_of(settings, folder, application, connect_sessions, noted):
    """Return the Tidying of an install; it has no thread where there is nothing to tidy that is this application's."""
    chosen = settings.session
    tidying = Tidying(lambda: pieces(chosen, folder, application, connect_sessions), noted, settings.realtime.prune_seconds)
    if not chosen.tidy or settings.auth.masterapp or chosen.store not in ('file', 'db'):
        noted.leave_out(duties.SESSIONS)
        tidying.threads = []
    return tidying


def pieces(chosen, folder, application, connect_sessions, is_dry=False):
    """Go through the sessions of the application in `folder`, as tidy does."""
    if chosen.store == 'file':
        yield from tidy.in_files(os.path.join(folder, 'sessions'), is_dry)
        return
    db = connect_sessions()
    try:
        yield from tidy.in_database(db, chosen.tablename, application, is_dry)
    finally:
        db.close()


class Tidying:
    """`pieces()` goes through the sessions; `noted` are the Duties. At the start, and each `seconds` after it was done."""

    def __init__(self, pieces, noted, seconds):
        self._pieces, self._noted, self._seconds, self._stopped = pieces, noted, seconds, threading.Event()
        self._was_kept_out, self.threads = False, [Background('tidying', self._run)]

    def start(self):
        for thread in self.threads:
            thread.start()

    def stop(self):
        self._stopped.set()

    def _run(self):
        while not self._stopped.is_set():
            try:
                self._tidy()
            except Exception as error:
                if duties.SESSIONS not in self._noted.failing():
                    log.warning('sessions that are over cannot be removed: %s', type(error).__name__)
                self._noted.failed(duties.SESSIONS, error)
            else:
                self._noted.succeeded(duties.SESSIONS)
            self._stopped.wait(self._seconds)

    def _tidy(self):
        removed, began = 0, time.monotonic()
        for piece in self._pieces():
            removed += piece.removed
            self._say_once(piece)
            if self._stopped.wait(max(SHORTEST_PAUSE, PAUSES * (time.monotonic() - began))):
                return
            began = time.monotonic()
        if removed:
            log.info('%d sessions were over and are removed', removed)

    def _say_once(self, piece):
        if piece.kept_out and not self._was_kept_out:
            self._was_kept_out = True
            log.warning('sessions that are over cannot be removed by this user: run the sidecar as web2py\'s user, or see [session] tidy')
