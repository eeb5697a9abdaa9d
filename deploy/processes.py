"""Keeps processes running: starts them, restarts what dies, ends them all. Knows nothing of what they are."""

import contextlib
import os
import signal
import subprocess
import time

import tied
from console import say


class Pace:
    """How long to wait before a restart: twice as long each time, from the start again after a steady while."""

    def __init__(self, first=0.5, longest=30.0, steady=60.0):
        self.first, self.longest, self.steady = first, longest, steady
        self.wait = first

    def next(self, was_up):
        if was_up >= self.steady:
            self.wait = self.first
        wait, self.wait = self.wait, min(self.wait * 2, self.longest)
        return wait


class Child:
    def __init__(self, name, command, log, cwd=None, environment=None, pace=None):
        self.name, self.command, self.log, self.cwd, self.environment = name, command, log, cwd, environment
        self.pace = pace or Pace()
        self.process = None

    def start(self):
        with open(self.log, 'ab') as log:
            # A session of its own: Ctrl-C in the terminal reaches the supervisor alone, which then ends its children in good order.
            self.process = subprocess.Popen(
                self.command, cwd=self.cwd, env=self.environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                start_new_session=True, preexec_fn=tied.to_this_process(),
            )  # fmt: skip
        self.since, self.due = time.monotonic(), None

    def is_up(self):
        return self.process is not None and self.process.poll() is None

    def tend(self):
        """Called again and again: starts it when its time has come."""
        if self.is_up():
            return
        now = time.monotonic()
        if self.due is None:
            wait = self.pace.next(now - self.since)
            self.due = now + wait
            say(f'{self.name} ended ({ending(self.process.returncode)}); starting it again in {wait:g} s (log: {self.log})')
        elif now >= self.due:
            self.start()
            say(f'{self.name} is started again')

    def signal(self, number):
        """To the whole group: whatever it has started itself goes with it."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, number)


def ending(returncode):
    return f'killed by signal {-returncode}' if returncode < 0 else f'exit status {returncode}'


def keep_running(children, is_over, tick=0.1):
    while not is_over():
        for child in children:
            child.tend()
        time.sleep(tick)


def stop(children, patience=10.0):
    """Politely, then not: what hasn't ended after `patience` seconds is killed."""
    started = [child for child in children if child.process]
    for child in started:
        child.signal(signal.SIGTERM)
    deadline = time.monotonic() + patience
    for child in started:
        try:
            child.process.wait(max(0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            say(f"{child.name} doesn't stop, so it is killed")
        child.signal(signal.SIGKILL)
        child.process.wait()
