"""From threads back to the event loop: what a thread posts is called on the loop, in the order it was posted.

The other way is a queue.SimpleQueue. gevent's own primitives stay on the loop's side.
"""
import logging
from collections import deque
from time import monotonic

log = logging.getLogger('messenger.bridge')

CALLS_A_TURN = 32
SECONDS_A_TURN = 0.005


class Bridge:
    """Made on the loop; `post` may be called from any thread."""

    def __init__(self, loop):
        self._loop, self._calls = loop, deque()
        self._wake = loop.async_()
        self._wake.start(self._run)

    def post(self, call, *args):
        """Have `call(*args)` run on the loop."""
        self._calls.append((call, args))
        self._wake.send()

    def close(self):
        """Stop watching, so that the loop can end."""
        self._wake.stop()
        self._wake.close()

    def _run(self):
        # Not until none is left: more may keep coming, and sockets and timers have their turn in between.
        began = monotonic()
        for _ in range(min(len(self._calls), CALLS_A_TURN)):
            if monotonic() - began > SECONDS_A_TURN:
                break
            call, args = self._calls.popleft()
            try:
                call(*args)
            except Exception:
                # One that fails must not take those behind it along.
                log.exception('a call from a thread failed')
        if self._calls:
            self._loop.run_callback(self._run)


def call_each(calls):
    """Make calls, each a function and its arguments, that were posted as one."""
    for call, args in calls:
        try:
            call(*args)
        except Exception:
            log.exception('a call from a thread failed')
