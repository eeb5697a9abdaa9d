"""The supervisor over real processes: what dies is started again after a growing wait, and in the end nothing is left."""

import os
import signal
import sys
from pathlib import Path

import pytest
from trying import Running, is_gone, until

SCRIPT = Path(__file__).with_name('supervisor_to_try.py')
FOR_EVER = 'import os, time; print(os.getpid()); time.sleep(600)'
DEAF = 'import os, signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print(os.getpid()); time.sleep(600)'
PARENT = f"import os, subprocess, sys; print(os.getpid()); subprocess.run([sys.executable, '-u', '-c', {FOR_EVER!r}])"
FAILING = 'import sys, time; print(time.time()); sys.exit(3)'


@pytest.fixture
def supervise(tmp_path):
    """Starts a supervisor; what a child prints is the lines of the file by its name."""
    running = []

    def start(**children):
        running.append(Running([sys.executable, str(SCRIPT), str(tmp_path), *(f'{name}={code}' for name, code in children.items())]))
        return running[-1]

    yield start
    for supervisor in running:
        supervisor.__exit__()


def printed(path, lines):
    """The numbers a child has printed, once there are that many."""

    def are_there():
        return path.exists() and len(path.read_text().splitlines()) >= lines

    until(are_there)
    return [float(line) for line in path.read_text().splitlines()]


def pids(path, lines=1):
    return [int(number) for number in printed(path, lines)]


def test_what_dies_is_started_again_and_it_is_said(supervise, tmp_path):
    supervisor = supervise(steady=FOR_EVER, other=FOR_EVER)
    first, other = pids(tmp_path / 'steady')[0], pids(tmp_path / 'other')[0]
    os.kill(first, signal.SIGKILL)
    line = supervisor.wait_for_line('steady ended')
    assert 'killed by signal 9' in line
    assert str(tmp_path / 'steady') in line
    supervisor.wait_for_line('steady is started again')
    assert not is_gone(pids(tmp_path / 'steady', 2)[1])
    assert not is_gone(other)


def test_the_wait_doubles_up_to_its_limit(supervise, tmp_path):
    supervisor = supervise(failing=FAILING)
    for wait in (0.05, 0.1, 0.2, 0.4, 0.4):
        assert f'exit status 3); starting it again in {wait:g} s' in supervisor.wait_for_line('failing ended')
    starts = printed(tmp_path / 'failing', 5)
    gaps = [later - earlier for earlier, later in zip(starts, starts[1:])]
    assert all(gap >= wait for gap, wait in zip(gaps, (0.05, 0.1, 0.2, 0.4)))


def test_by_default_the_wait_grows_from_half_a_second_to_thirty():
    from processes import Pace

    pace = Pace()
    assert [pace.next(was_up=1) for _ in range(8)] == [0.5, 1, 2, 4, 8, 16, 30, 30]


def test_after_a_minute_up_the_wait_begins_anew():
    from processes import Pace

    pace = Pace()
    waits = [pace.next(was_up) for was_up in (1, 1, 59, 60, 1)]
    assert waits == [0.5, 1, 2, 0.5, 1]


@pytest.mark.parametrize('number', [signal.SIGTERM, signal.SIGINT])
def test_stopping_leaves_nothing_running_not_even_what_a_child_has_started(supervise, tmp_path, number):
    supervisor = supervise(parent=PARENT, steady=FOR_EVER)
    started = pids(tmp_path / 'parent', 2) + pids(tmp_path / 'steady')
    assert supervisor.end(number) == 0
    supervisor.wait_for_line('all stopped')
    assert all(is_gone(pid) for pid in started)


def test_a_child_that_does_not_listen_is_killed(supervise, tmp_path):
    supervisor = supervise(deaf=DEAF)
    pid = pids(tmp_path / 'deaf')[0]
    assert supervisor.end() == 0
    supervisor.wait_for_line("deaf doesn't stop, so it is killed")
    assert is_gone(pid)


@pytest.mark.skipif(sys.platform != 'linux', reason='only Linux tells a process that its parent was killed')
def test_killing_the_supervisor_outright_leaves_nothing_running(supervise, tmp_path):
    supervisor = supervise(deaf=DEAF, steady=FOR_EVER)
    started = pids(tmp_path / 'deaf') + pids(tmp_path / 'steady')
    supervisor.end(signal.SIGKILL)

    def all_are_gone():
        return all(is_gone(pid) for pid in started)

    until(all_are_gone)
