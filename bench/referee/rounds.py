"""Rounds: each scenario so often, ours and its peers in turn within each round, so that a minute that is slow is slow for all."""
import json
import os
import statistics
import subprocess
import tempfile
import time
from collections import defaultdict

from . import folders, servers
from .lines import OURS, SCENARIOS, TITLES

LOAD_SECONDS, PROGRAM_SECONDS = 400, 1_800
CLIENTS_PER_WARM_SECOND = 1_000
LEFT_OUT = 'left_out'   # in the place of figures: why a program could not measure


class Wrong(Exception):
    """A round that lost, doubled or mixed something up."""


class Pace:
    """How long a round lasts, and how many there are."""

    def __init__(self, rounds, seconds=4.0, warm=1.0, hold=10.0, once=(), until=None, **of_programs):
        """`once`: scenarios of one round; after `until` none gets another. `of_programs`: {program: its arguments} unless as usual."""
        self.rounds, self.seconds, self.warm, self.hold, self.of_programs = rounds, seconds, warm, hold, of_programs
        self.once, self.until = once, until

    def turns(self, name):
        """Yield the numbers of the rounds of a scenario."""
        for turn in range(1, 2 if name in self.once else self.rounds + 1):
            if turn > 1 and self.until and time.monotonic() > self.until:
                return
            yield turn

    def arguments(self, clients):
        """Of the load generator. Where thousands write for the first time, their conversations are made before anything counts."""
        warm = max(self.warm, clients / CLIENTS_PER_WARM_SECOND)
        return ['--seconds', str(self.seconds), '--warm', str(warm), '--hold', str(self.hold)]


class Competition:
    """`checkouts` is {name: folder}: ours, and other states of it; `say` is told how far it is."""

    def __init__(self, loadgen, checkouts, pace, say, databases=None):
        self.loadgen, self.checkouts, self.pace, self.say, self.databases = loadgen, checkouts, pace, say, databases
        self.left_out = {}

    def run(self, name, peers=None):
        """Return {competitor: {figure: median}} of a scenario."""
        scenario, figures = SCENARIOS[name], defaultdict(list)
        if scenario.program:
            return self.alone(name, scenario)
        if scenario.database != 'sqlite' and not self.has_database():
            return {}
        peers = scenario.peers if peers is None else [one for one in peers if one in scenario.peers]
        for turn in self.pace.turns(name):
            for competitor in [*self.checkouts, *peers]:
                if competitor not in self.left_out:
                    self.one(name, scenario, competitor, turn, figures)
        return {competitor: medians(found) for competitor, found in figures.items()}

    def one(self, name, scenario, competitor, turn, figures):
        try:
            with self.started(scenario, competitor) as server:
                found = self.drive(scenario, competitor, server)
        except (servers.NotStarted, Wrong) as error:
            # What goes wrong with a peer is no reason not to measure the others.
            if competitor in self.checkouts:
                raise
            self.left_out[competitor] = str(error)
            return self.say('%s is left out: %s' % (TITLES[competitor], error))
        figures[competitor].append(found)
        self.say('%-8s round %d  %-16s %s' % (name, turn, TITLES.get(competitor, competitor), told(found)))

    def alone(self, name, scenario):
        """Let a program of ours measure, for each checkout in turn."""
        figures = defaultdict(list)
        for turn in self.pace.turns(name):
            for competitor, checkout in self.checkouts.items():
                found = asked(checkout, scenario.program, *scenario.arguments, *self.pace.of_programs.get(scenario.program, ()))
                if LEFT_OUT in found:
                    self.say('%s is left out: %s' % (name, found[LEFT_OUT]))
                    return {}
                for who, one in (found.items() if OURS in found else [(OURS, found)]):
                    who = who if competitor == OURS else '%s: %s' % (competitor, who)
                    figures[who].append(one)
                    self.say('%-8s round %d  %-16s %s' % (name, turn, TITLES.get(who, who), told(one)))
        return {who: medians(found) for who, found in figures.items()}

    def judge(self, database='sqlite'):
        """Have ours go through rounds with repeats, conflicts and refusals, and through one in which it is killed."""
        if database != 'sqlite' and not self.has_database():
            return
        for competitor, checkout in self.checkouts.items():
            for what, more in (('1 % repeats, conflicts and refusals', ()), ('the same, killed in the middle', ('--kill',))):
                where = () if database == 'sqlite' else ('--uri', self.databases.new(True))
                found = asked(checkout, 'checked', *more, *where, *self.pace.of_programs.get('checked', ()))
                if found['faults']:
                    raise Wrong('%s: %s: %s' % (competitor, what, '; '.join(found['faults'][:5])))
                self.say('checked  %-16s %s on %s: %d rows, each acked and arrived once, in order (%d, %d, %d)' % (
                    competitor, what, database, *(found[name] for name in ('rows', 'repeats', 'conflicts', 'refusals'))))

    def has_database(self):
        try:
            return bool(self.databases.new(True))
        except servers.NotStarted as error:
            self.say('PostgreSQL is left out: %s' % error)
            return False

    def started(self, scenario, competitor):
        database = self.databases.new(competitor in self.checkouts) if scenario.database != 'sqlite' else None
        if competitor in self.checkouts:
            return servers.ours(self.checkouts[competitor], scenario, database)
        return servers.peer(competitor, scenario, database)

    def drive(self, scenario, competitor, server):
        """Let the load generator loose; of ours every arrival is checked."""
        is_checked = competitor in self.checkouts and scenario.mode != 'idle'
        with tempfile.TemporaryDirectory(prefix='bench-') as folder:
            log = os.path.join(folder, 'arrivals')
            figures = self.load(scenario, competitor, server, ['--log', log] if is_checked else [])
            if is_checked:
                check(figures, server.ask(ask='check', records=log, fanout=scenario.clients if scenario.mode == 'fanout' else 0))
        return figures

    def load(self, scenario, competitor, server, more):
        command = [str(self.loadgen), '--name', competitor, '--port', str(server.port), '--pid', str(server.pid),
                   *scenario.load.split(), *server.said, *self.pace.arguments(scenario.clients), *more]
        try:
            ran = subprocess.run(command, capture_output=True, text=True, timeout=LOAD_SECONDS)
        except subprocess.TimeoutExpired:
            raise Wrong('%s: no end after %d s' % (TITLES.get(competitor, competitor), LOAD_SECONDS)) from None
        if ran.returncode:
            raise Wrong('%s: %s' % (TITLES.get(competitor, competitor), ran.stderr.strip()))
        return json.loads(ran.stdout)


def asked(checkout, program, *arguments):
    """Return what a program of ours/ says about the product of a checkout."""
    ran = subprocess.run(folders.program(program, *arguments), cwd=folders.BENCH, env=folders.checkout(checkout), stdout=subprocess.PIPE,
                         text=True, timeout=PROGRAM_SECONDS)
    if ran.returncode:
        raise Wrong('%s ended with %d' % (program, ran.returncode))
    return json.loads(ran.stdout.splitlines()[-1])


def check(figures, checked):
    wrong = list(checked['faults'])
    if figures['lost'] or figures['refused'] or figures['dead']:
        wrong.append('%(lost)d messages did not arrive, %(refused)d were refused, %(dead)d sockets were closed' % figures)
    if checked['rows'] != figures['sent']:
        wrong.append('%d messages were sent and %d are stored' % (figures['sent'], checked['rows']))
    if wrong:
        raise Wrong('%s: %s' % (OURS, '; '.join(wrong)))
    figures['checked'] = checked['rows']


def medians(rounds):
    names = [name for name, value in rounds[0].items() if isinstance(value, (int, float))]
    return {**{name: statistics.median(one[name] for one in rounds) for name in names}, 'rounds': len(rounds)}


def told(figures):
    if 'idle_cpu_pct' in figures:
        return '%(connect_cpu_us).0f µs a connect, %(rss_kib_per_client).1f KiB a socket, idle %(idle_cpu_pct).2f %%' % figures
    if 'cpu_us_per_msg' not in figures:
        return ', '.join('%s %.4g' % pair for pair in figures.items())
    line = '%(cpu_us_per_msg)6.1f µs a message, %(msgs_per_s)6.0f/s, p50 %(p50_ms).2f ms, p99 %(p99_ms).2f ms' % figures
    if figures['deliveries_per_s'] > 2 * figures['msgs_per_s']:
        line = '%.3f µs a delivery, ' % figures['cpu_us_per_delivery'] + line
    return line + (', %d rows = acks = arrivals' % figures['checked'] if 'checked' in figures else '')
