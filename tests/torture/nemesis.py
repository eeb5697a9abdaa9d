"""Who breaks things: processes are killed and stopped, lines are cut, the database is locked. What, when and how is drawn from a seed."""
import contextlib
import signal
import threading
import time
from typing import NamedTuple

from .relay import CUTS

STOP_SECONDS, LOCK_SECONDS = 5.0, 3.0
FIRST_SECONDS, LAST_START_SECONDS, LAST_SECONDS = 0.2, 1.5, 5.5
DOWN_SECONDS = 0.8
KILLS = ('kill sidecar', 'kill web2py')
OTHERS = ('stop sidecar', 'stop web2py', 'cut', 'lock')
LOCKS = {
    True: ('BEGIN IMMEDIATE', 'BEGIN EXCLUSIVE'),
    False: ('LOCK TABLE messenger_feed IN EXCLUSIVE MODE', 'LOCK TABLE messenger_feed IN ACCESS EXCLUSIVE MODE',
            'SELECT head FROM messenger_feed FOR UPDATE'),
}


class Step(NamedTuple):
    """One thing to do, so many seconds after the beginning."""

    at: float
    act: object
    arguments: tuple


class Nemesis:
    """`faults` are the kinds that this round has: always a kill, and at least two others."""

    def __init__(self, site, random):
        self.site, self._random = site, random
        self.faults = [random.choice(KILLS), *random.sample(OTHERS, random.choice((2, 2, 3)))]
        if random.random() < 0.3:
            self.faults = sorted({*KILLS, *self.faults})
        self.done, self._locks = [], []
        self._steps = [step for fault in self.faults for step in getattr(self, '_' + fault.split()[0])(*fault.split()[1:])]

    def run(self):
        """Do all of it and return. To be called in the main thread: processes die with the thread they start in."""
        began = time.monotonic()
        for step in sorted(self._steps):
            time.sleep(max(0, began + step.at - time.monotonic()))
            step.act(*step.arguments)
        for lock in self._locks:
            lock.join()

    # -- planning --

    def _kill(self, what):
        for name in self._processes(what):
            at = self._random.uniform(FIRST_SECONDS, LAST_SECONDS)
            yield Step(at, self._do_kill, (name,))
            yield Step(at + self._random.uniform(0, DOWN_SECONDS), self._do_launch, (name,))

    def _stop(self, what):
        at, name = self._random.uniform(FIRST_SECONDS, LAST_START_SECONDS), self._random.choice(self._processes(what))
        yield Step(at, self._do_signal, (name, signal.SIGSTOP))
        yield Step(at + STOP_SECONDS, self._do_signal, (name, signal.SIGCONT))

    def _cut(self):
        for _ in range(self._random.randint(2, 5)):
            line = self._random.choice((self.site.line, self.site.line, self.site.web))
            yield Step(self._random.uniform(FIRST_SECONDS, LAST_SECONDS), self._do_cut, (line, self._random.choice(CUTS)))

    def _lock(self):
        statement = self._random.choice(LOCKS[self.site.stack.uri is None])
        yield Step(self._random.uniform(FIRST_SECONDS, LAST_START_SECONDS), self._do_lock, (statement,))

    def _processes(self, what):
        if what == 'sidecar':
            return ['sidecar']
        return self._random.sample(self.site.webs, self._random.randint(1, len(self.site.webs)))

    # -- doing --

    def _do_kill(self, name):
        self.site.stack.kill(name)
        self.done.append('kill ' + name)

    def _do_launch(self, name):
        self.site.launch(name)

    def _do_signal(self, name, number):
        process = self.site.stack.processes.get(name)
        if process:
            process.send_signal(number)     # harmless to one that has been started since
        if number == signal.SIGSTOP:
            # What is dead just now can't be stopped; each round has its kinds all the same.
            self.done.append('stop ' + name) if process else self._do_cut(self.site.line, 'reset')

    def _do_cut(self, line, how):
        line.cut(how)
        self.done.append('%s %s' % (how, 'sockets' if line is self.site.line else 'web'))

    def _do_lock(self, statement):
        self._locks.append(threading.Thread(target=self._hold, args=(statement,), daemon=True))
        self._locks[-1].start()

    def _hold(self, statement):
        with contextlib.closing(self.site.stack.connect()) as database:
            if self.site.stack.uri is None:
                database.isolation_level = None
            # Somebody who was stopped may have the lock for longer than this one waits.
            with contextlib.suppress(Exception):
                database.cursor().execute(statement)
                self.done.append('lock')
                time.sleep(LOCK_SECONDS)
            database.rollback()
