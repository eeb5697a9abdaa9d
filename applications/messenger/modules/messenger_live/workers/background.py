"""Threads that nobody would miss until too late: one that ends by an exception is begun again, ever more slowly, and /health says so.

Also what is known to be wrong just now, which is logged when it begins and when it ends, and not each second in between.
"""
import contextlib
import logging
import threading
import time

from messenger_core.faults import said

from ..sessions.session import StoreUnavailable

log = logging.getLogger('messenger.background')

RETRY_SECONDS, LONGEST_RETRY_SECONDS = 0.1, 5.0
# What may be wrong with the database, in the words of /health.
NOT_WRITABLE, NOT_READABLE = 'the database cannot be written', 'the database cannot be read'
NO_FILE, REPLACED = 'the database file is away', 'the database was replaced'


class Background:
    """Calls `work()` in a thread until it returns. `restarts` counts how often it didn't."""

    def __init__(self, name, work):
        self.name, self._work = name, work
        self.restarts, self._retry, self._is_down = 0, RETRY_SECONDS, False
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self):
        self._thread.start()

    def join(self, seconds=None):
        self._thread.join(seconds)

    @property
    def is_running(self):
        return self._thread.is_alive() and not self._is_down

    def _run(self):
        while True:
            began, self._is_down = time.monotonic(), False
            try:
                return self._work()
            except Exception:
                self._is_down = True
                with contextlib.suppress(Exception):    # what can't be said either, as without memory, keeps nobody from beginning again
                    log.exception('the thread %s has failed and is begun again', self.name)
            self.restarts += 1
            if time.monotonic() - began > LONGEST_RETRY_SECONDS:
                self._retry = RETRY_SECONDS
            time.sleep(self._retry)
            self._retry = min(2 * self._retry, LONGEST_RETRY_SECONDS)


class Troubles:
    """What is wrong just now, each under a few words for /health; noted by threads, read by the loop."""

    def __init__(self):
        self._known = {}        # {words: what the database or the file system said}

    def __iter__(self):
        return iter(list(self._known))

    def __contains__(self, words):
        return words in self._known

    def begin(self, words, error):
        """Note it, and log it unless it was known."""
        if words not in self._known:
            self._known[words] = error
            log.warning('%s: %s', words, _sentence(error))

    def end(self, words):
        """It works again."""
        if self._known.pop(words, None) is not None:
            log.warning('%s: no more', words)


def _sentence(error):
    """Return the first line of what the database or the file system said; a path that names a session is in no log."""
    known = error if isinstance(error, StoreUnavailable) else getattr(error, '__cause__', None) or error
    return said(known)
