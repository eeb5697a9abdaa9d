"""Long work in slices: what takes ten thousand steps leaves the event loop its turn in between, and keeps its order."""
import logging
from collections import deque

log = logging.getLogger('messenger.turns')

STEPS_A_TURN = 200


class Turns:
    """Does generators to their end, one after the other, some steps in each turn of the loop."""

    def __init__(self, loop):
        self._loop, self._waiting, self._is_due = loop, deque(), False

    def do(self, steps):
        """Have `steps` done once all is done that was given before."""
        self._waiting.append(steps)
        self._go_on()

    def _go_on(self):
        if self._waiting and not self._is_due:
            self._is_due = True
            self._loop.run_callback(self._turn)

    def _turn(self):
        self._is_due = False
        for _ in range(STEPS_A_TURN):
            if self._waiting and not self._step(self._waiting[0]):
                self._waiting.popleft()
        self._go_on()

    def _step(self, steps):
        try:
            return next(steps, self) is not self
        except Exception:
            log.exception('something could not be told to the end')
            return False
