"""The sidecar's end of what pages ring: where it listens, what a ring in vain costs, and that nothing depends on it."""
import contextlib
import os
import resource
import socket
import stat
import threading
import time
from pathlib import Path

import pytest
from cast import ANN, BOB, settle
from messenger_core import settings
from messenger_core.database import wakes
from messenger_core.messages import sending
from messenger_core.messages.sending import Draft
from messenger_live.workers.watch import Bell, Watch
from sidecar import Sidecar

LONG = 30       # seconds: nothing that comes sooner comes by looking


@pytest.fixture
def sidecar(short_path):
    """A Sidecar that has not been started, with a path that leaves room for a socket's file."""
    sidecar = Sidecar(short_path)
    wakes.wake_after_commits(sidecar.db._adapter)     # as a page's
    yield sidecar
    if sidecar.process and sidecar.process.poll() is None:
        sidecar.kill()      # which looks for nothing else before it has slept
    sidecar.close()
    assert 'Traceback' not in sidecar.log(), sidecar.log()


@pytest.fixture
def file(sidecar):
    return Path(wakes.places(sidecar.db._adapter.dbpath)[0])


def start(sidecar, seconds=LONG):
    """Start a sidecar, and return it once it has looked for the first time."""
    sidecar.start(poll_seconds=seconds, timer_seconds=10 * LONG)
    settle_down(sidecar)
    return sidecar


def settle_down(sidecar):
    # The first look, which finds everything new, and all that it makes the writer commit.
    wakes.wake(sidecar.db._adapter.dbpath)
    time.sleep(0.3)


def passed(sidecar, live, content):
    """Send as a page does; return for how many seconds it was on its way."""
    sending.send(sidecar.db, Draft(ANN, content, BOB))
    committed = time.monotonic()
    assert live.until('message')[-1]['content'] == content
    return time.monotonic() - committed


def test_what_a_page_commits_arrives_at_once_though_nobody_looks(sidecar, file):
    live = start(sidecar).open(BOB)
    assert stat.S_ISSOCK(file.stat().st_mode) and stat.S_IMODE(file.stat().st_mode) == 0o666
    assert sorted(passed(sidecar, live, 'by a page %d' % number) for number in range(10))[5] < 0.5
    assert live.is_silent()


def test_without_the_file_looking_does_it_and_a_row_of_others_needs_none(sidecar, file):
    live = start(sidecar, 0.03).open(BOB)
    file.unlink()
    assert passed(sidecar, live, 'with no file') < 5
    sidecar.insert(ANN, BOB, 'by somebody else')
    assert live.until('message')[-1]['content'] == 'by somebody else'


def test_a_file_that_a_killed_sidecar_has_left_is_replaced_and_a_stopped_one_leaves_none(sidecar, file):
    start(sidecar)
    sidecar.kill()
    left = file.stat().st_ino, file.stat().st_mtime_ns
    sending.send(sidecar.db, Draft(ANN, 'to nobody', BOB))
    assert file.exists()
    live = start(sidecar).open(BOB)
    assert (file.stat().st_ino, file.stat().st_mtime_ns) != left and not file.with_name(wakes.NAMES[1]).exists()
    assert passed(sidecar, live, 'to the next one') < 5
    assert sidecar.stop() == 0 and not file.exists()


def test_two_sidecars_are_both_woken_and_either_may_leave(sidecar, file):
    other = start(sidecar).beside()
    try:
        start(other)
        lives = [one.open(BOB) for one in (sidecar, other)]
        sending.send(sidecar.db, Draft(ANN, 'to both', BOB))
        assert [live.until('message')[-1]['content'] for live in lives] == ['to both', 'to both']
        assert sidecar.stop() == 0
        assert passed(other, lives[1], 'to the one that is left') < 5
        assert not file.exists() and file.with_name(wakes.NAMES[1]).exists()
    finally:
        other.leave()
    assert not file.with_name(wakes.NAMES[1]).exists()


def test_a_third_one_looks(sidecar):
    others = [start(sidecar).beside(), sidecar.beside()]
    try:
        start(others[0])
        third = start(others[1], 0.03)
        assert passed(third, third.open(BOB), 'to all three') < 5
    finally:
        for one in others:
            one.kill()
            one.leave()


def test_a_path_that_is_too_long_is_not_even_worth_a_word(tmp_path):
    folder = tmp_path / ('long' * 25)
    folder.mkdir()
    sidecar = Sidecar(folder).start()
    wakes.wake_after_commits(sidecar.db._adapter)
    assert passed(sidecar, sidecar.open(BOB), 'along a long path') < 5
    assert not list((sidecar.application / 'databases').glob('messenger.wake*')) and 'ring' not in sidecar.log()
    sidecar.close()


def test_what_is_no_socket_is_left_alone(sidecar, file):
    file.write_text("somebody's own")
    live = start(sidecar).open(BOB)
    assert passed(sidecar, live, 'by the second place') < 5
    assert file.read_text() == "somebody's own"


def test_where_no_file_may_be_made_it_says_so_once_and_looks(caplog, short_path):
    def refuses(bell, place):
        raise PermissionError(13, 'Permission denied')
    db = settle_in(short_path)
    waked = threading.Semaphore(0)
    watch = Watch(db._adapter, waked.release, poll_seconds=0.01, timer_seconds=LONG, bind=refuses)
    watch.start()
    assert waked.acquire(timeout=5)
    sending.send(db, Draft(ANN, 'hi', BOB))
    assert waked.acquire(timeout=5)
    watch.stop()
    db.close()
    assert len([record for record in caplog.records if 'ring' in record.getMessage()]) == 1


def settle_in(folder):
    (folder / 'databases').mkdir()
    return settle(settings.load(folder, {}), folder / 'databases')


def ring(place, count):
    """Ring as somebody does who wants to be a nuisance: as fast as they are heard, `count` times."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as bad:
        bad.connect(str(place))
        with contextlib.suppress(OSError):      # until nobody is there any more
            for _ in range(count):
                bad.send(b'x' * 100)


@pytest.fixture
def bell(short_path):
    bell = Bell(str(short_path / 'database'), socket.socket.bind)
    bell.hang()
    yield bell
    bell.take_down()
    bell._socket.close()
    assert not list(short_path.iterdir())


def test_who_rings_all_the_time_is_listened_to_as_often_as_one_looks_anyway(bell, short_path):
    over = threading.Event()

    def go_on():
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as bad:
            bad.setblocking(False)
            while not over.is_set():
                try:
                    bad.sendto(b'x' * 100, str(short_path / wakes.NAMES[0]))
                except OSError:
                    time.sleep(0.0001)
    nuisance = threading.Thread(target=go_on)
    nuisance.start()
    try:
        looks, until, began = 0, time.monotonic() + 1, time.thread_time()
        while time.monotonic() < until:
            bell.wait(0.03)
            looks += 1
        used = time.thread_time() - began
    finally:
        over.set()
        nuisance.join()
    assert looks < 45 and used < 0.2
    for _ in range(3):      # once they have stopped
        bell.wait(0.01)
    assert not bell._rest


def test_rings_that_come_together_are_one_and_those_that_are_right_are_heard_soon(bell, short_path):
    for _ in range(5):
        wakes.wake(str(short_path / 'database'))
    began = time.monotonic()
    bell.wait(LONG)
    assert time.monotonic() - began < LONG / 2
    for _ in range(20):
        bell.was_right()
        assert bell._rest <= 0.002
        wakes.wake(str(short_path / 'database'))
        bell.wait(LONG)
    assert time.monotonic() - began < LONG / 2


def test_a_hundred_thousand_rings_cost_the_others_nothing(sidecar, file):
    ann, bob = start(sidecar, 0.03).open(ANN), sidecar.open(BOB)
    nuisance, before = threading.Thread(target=ring, args=(file, 100_000), daemon=True), cpu(sidecar.process.pid)
    nuisance.start()
    began, times = time.monotonic(), []
    while time.monotonic() - began < 2:
        ann.ask(type='send', receiver=BOB, content='meanwhile')
        asked = time.monotonic()
        bob.until('message')
        times.append(time.monotonic() - asked)
        time.sleep(0.2)
    used, took = cpu(sidecar.process.pid) - before, time.monotonic() - began
    assert sorted(times)[len(times) // 2] < 0.25 and used / took < 0.5
    assert passed(sidecar, bob, 'from a page') < 5
    sidecar.kill()      # or the nuisance would go on for minutes
    nuisance.join(5)


def cpu(pid):
    with open('/proc/%d/stat' % pid) as line:
        fields = line.read().rpartition(')')[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf('SC_CLK_TCK')


def test_no_socket_to_be_had_is_no_trouble(short_path):
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    taken = [os.open(os.devnull, os.O_RDONLY)]
    resource.setrlimit(resource.RLIMIT_NOFILE, (taken[0], hard))
    try:
        bell = Bell(str(short_path / 'database'), socket.socket.bind)
        bell.hang()
        bell.wait(0.001)
        bell.take_down()
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        os.close(taken[0])
