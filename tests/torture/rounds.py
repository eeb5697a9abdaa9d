"""One round: everybody writes and reads, the nemesis has its way, then all is quiet and the checker judges."""
import json
import time
from dataclasses import dataclass, field
from random import Random

from . import checker
from .checker import UNEXPECTED, Violation
from .devices import Devices
from .history import OK, History, of_device
from .nemesis import Nemesis
from .site import READERS, SOCKET_WRITERS, STRANGER
from .writers import CommandWriter, FormWriter, ScriptWriter

LEAST_SECONDS, LEAST_SENDS = 6.0, 200
# How long the quiet at the end may take, each of its steps; it ends as soon as everything is there.
PATIENCE = 40
SECOND_DEVICES = READERS[:2]


@dataclass
class Round:
    """What happened, and what was wrong with it."""

    number: int
    seed: int
    database: str
    faults: list = field(default_factory=list)
    sends: list = field(default_factory=list)
    violations: list = field(default_factory=list)
    seconds: float = 0.0

    @property
    def line(self):
        """The round in one line."""
        return 'round %d %s seed %d: %s; %d sends, %d acks, %d sent again, longest wait %.1f s, %.1f s, %s' % (
            self.number, self.database, self.seed, ', '.join(self.faults), len(self.sends), self.acks, self.again, self.longest,
            self.seconds, 'violations: %d' % len(self.violations) if self.violations else 'ok')

    @property
    def acks(self):
        return sum(send.outcome == OK for send in self.sends)

    @property
    def again(self):
        return sum(send.attempts > 1 for send in self.sends)

    @property
    def longest(self):
        return max((send.waited for send in self.sends), default=0.0)


def play(site, node, number, seed):
    """Return the Round of a seed."""
    began, random = time.monotonic(), Random(seed)
    site.revive()
    one = Round(number, seed, 'sqlite' if site.stack.uri is None else 'postgresql')
    mark, (head, _), cast = site.mark(), site.feed(), members(site)
    history, nemesis = History(), Nemesis(site, random)
    with open(site.stack.folder / 'devices.log', 'ab') as log, Devices(node, log, seed, cast) as devices:
        writers = others(site, history, 'r%d.%d' % (number, seed), random)
        for writer in writers:
            writer.start()
        nemesis.run()
        _wait_for_enough(began, devices, history)
        site.revive()
        for writer in writers:
            writer.finish()
        rows, places, reports = quiet(site, devices, head, cast)
    one.faults = nemesis.done
    one.sends = history.sends + [send for report in reports for send in of_device(report)]
    one.violations = checker.check(one.sends, rows, reports, places) + [Violation(UNEXPECTED, said) for said in site.complaints(mark)]
    one.seconds = time.monotonic() - began
    if one.violations:
        _keep(site.stack.folder / ('round-%d.json' % number), one, rows=rows, places=places, devices=reports)
    return one


def members(site):
    """Return the devices: writers who also read each other, readers, some of them twice, and one to whom nobody writes."""
    writers = [site.device(name, 1, [*READERS, *(other for other in SOCKET_WRITERS if other != name)]) for name in SOCKET_WRITERS]
    readers = [site.device(name, 1) for name in (*READERS, STRANGER, 'Cat')]
    return writers + readers + [site.device(name, 2) for name in SECOND_DEVICES]


def others(site, history, name, random):
    """Return those who write without a socket."""
    to = site.ids(*READERS, SOCKET_WRITERS[0])
    return [
        CommandWriter(site.visitor('Cat'), to, history, name + ' command', random.random()),
        FormWriter(site.visitor('Fay'), to, history, name + ' form', random.random()),
        ScriptWriter(site.stack.connect, site.visitor('Pit'), to, history, name + ' script', random.random())]


def quiet(site, devices, head, cast, patience=PATIENCE):
    """Let everything come to its end; return (rows, places, what the devices report)."""
    devices.ask('finish', patience)
    rows = _adopted(site, head, patience)
    everybody = {one['name']: one['user_id'] for one in cast}
    expected = {name: [row.id for row in rows if user_id in (row.sender, row.receiver)] for name, user_id in everybody.items()}
    if devices.ask('settle', patience, expected=expected)['done']:
        devices.ask('resync', patience, head=site.feed()[0])
    return site.rows(head), site.places(), devices.ask('report')['devices']


def _keep(path, one, **found):
    """Write down all that the checker saw, for whoever has to understand it."""
    path.write_text(json.dumps(dict(found, round=one.line, violations=one.violations, sends=[vars(send) for send in one.sends])))


def _adopted(site, head, patience):
    deadline = time.monotonic() + patience
    while True:
        rows = site.rows(head)
        if all(row.seq for row in rows) or time.monotonic() > deadline:
            return rows
        time.sleep(0.05)


def _wait_for_enough(began, devices, history):
    # Everybody goes on writing as long as this waits.
    while time.monotonic() < began + LEAST_SECONDS or devices.ask('written')['written'] + len(history.sends) < LEAST_SENDS:
        time.sleep(0.05)
