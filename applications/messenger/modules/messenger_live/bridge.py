"""From threads back to the event loop: what a thread posts is called on the loop, in the order it was posted.

The other way is a queue.SimpleQueue. gevent's own primitives stay on the loop's side.
"""
import logging
from collections import deque

log = logging.getLogger('messenger.bridge')


class Bridge:
    """Made on the loop; `post` may be called from any thread."""

    def __init__(self, loop):
        self._calls = deque()
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
        while self._calls:
            call, args = self._calls.popleft()
            try:
                call(*args)
            except Exception:
                # One that fails must not take those behind it along.
                log.exception('a call from a thread failed')
