"""The checker finds the three bugs that are easiest to make, each put into the running sidecar, and finds nothing where they aren't."""
import contextlib
import time
from pathlib import Path

import pytest

from . import checker
from .broken_sidecar import RIGHT_BEFORE
from .devices import Devices
from .history import History, of_device
from .rounds import quiet
from .site import Site
from .writers import FormWriter

BROKEN = str(Path(__file__).with_name('broken_sidecar.py'))
NAMES = ('Rae', 'Ron', 'Pit')
PATIENCE = 30
# For what never comes, and where nothing is broken comes at once.
SHORT_PATIENCE = 5


@contextlib.contextmanager
def scene(site, node, bug, members):
    """The sidecar with a bug, and devices; yields them, the History of the others, and a function that returns the violations."""
    site.revive()
    site.stack.kill('sidecar')
    site.stack.launch_sidecar(BROKEN, bug)
    site.stack.wait_for_sidecar()
    (head, _), history = site.feed(), History()
    with open(site.stack.folder / 'devices.log', 'ab') as log, Devices(node, log, 1, members, calm=True) as devices:
        def judge(patience=PATIENCE):
            rows, places, reports = quiet(site, devices, head, members, patience)
            sends = history.sends + [send for report in reports for send in of_device(report)]
            return checker.check(sends, rows, reports, places)
        yield devices, history, judge
    # Whoever comes next finds one without a bug.
    site.stack.kill('sidecar')


def kinds(violations):
    return {violation.kind for violation in violations}


def until(is_so):
    deadline = time.monotonic() + PATIENCE
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.05)


@pytest.mark.parametrize(('bug', 'found'), [('no_bug', set()), ('ack_before_commit', {checker.LOST})])
def test_an_ack_before_the_commit_is_found_as_an_acked_row_that_is_not_stored(sqlite_site, node, bug, found):
    site = sqlite_site
    with scene(site, node, bug, [site.device('Rae', 1), site.device('Sue', 1, ['Rae'])]) as (devices, _, judge):
        # With the bug, the one after these has its ack and waits for its commit. Without, any moment will do.
        until(lambda: devices.ask('written')['acked'] > RIGHT_BEFORE)
        site.stack.kill('sidecar')
        site.launch('sidecar')
        assert kinds(judge()) == found


@pytest.mark.parametrize(('bug', 'found'), [('no_bug', set()), ('cursor_by_id', {checker.MISSED})])
def test_a_cursor_by_id_is_found_as_a_missed_row_where_a_smaller_id_is_committed_later(
        web2py_home, tmp_path, postgres_uri, node, bug, found):
    with Site(tmp_path, web2py_home, postgres_uri, NAMES) as site, contextlib.closing(site.stack.connect()) as slow, \
            scene(site, node, bug, [site.device('Rae', 1, ['Ron']), site.device('Ron', 1)]) as (devices, history, judge):
        sender, receiver = site.ids('Pit', 'Ron')
        send = history.invoke(ref=None, sender=sender, receiver=receiver, content='the slow one', via='script')
        slow.cursor().execute("INSERT INTO message (sender, receiver, content, timestamp, is_read) "
                              "VALUES (%s, %s, %s, '2026-01-02 03:04:05', 'F')", (sender, receiver, send.content))
        until(lambda: len(site.rows(0)) > 10)
        devices.ask('finish', PATIENCE)
        told = [row.id for row in site.rows(0)]
        assert devices.ask('settle', PATIENCE, expected={'Rae-1': told, 'Ron-1': told})['done']
        slow.commit()
        history.ok(send)
        assert kinds(judge(SHORT_PATIENCE if found else PATIENCE)) == found


@pytest.mark.parametrize(('bug', 'found'), [('no_bug', set()), ('no_wake_up', {checker.MISSED})])
def test_a_dropped_wake_up_without_a_timer_is_found_as_a_missed_row(sqlite_site, node, bug, found):
    site = sqlite_site
    with scene(site, node, bug, [site.device('Rae', 1), site.device('Sue', 1, ['Ron'])]) as (devices, history, judge):
        # The look that a sidecar takes when it starts is over once it has answered more than one batch.
        until(lambda: devices.ask('written')['acked'] > 3)
        devices.ask('finish', PATIENCE)
        assert devices.ask('resync', PATIENCE, head=site.feed()[0])['done']
        writer = FormWriter(site.visitor('Fay'), site.ids('Rae'), history, 'dropped %s' % bug, 1)
        writer.send('one by the form, %s' % bug)
        assert kinds(judge(SHORT_PATIENCE if found else PATIENCE)) == found
