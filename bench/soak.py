"""Everything at once for as long as you like, and what the sidecar takes meanwhile, as a CSV that plot.py draws.

    python bench/soak.py [--minutes 30] [--idle 2000] [--csv soak.csv]
    python bench/soak.py --churn [--minutes 10] [--csv churn.csv]     # nothing but connecting and leaving, 500 times a second

Well-behaved pairs write to each other all the time (pairs.py); the last columns say how long their messages took in each minute. When the
time is over all leave, and the last line is what remains a minute later.
"""
import interpreter  # noqa: F401

# isort: split
import argparse
import csv
import itertools
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from crowds.clients import Crowd
from crowds.nuisances import Churn, Flood, Idle, Pace, Silent, Slowloris, SlowReaders, Syncers, Writers
from sites.target import Target, cpu, descriptors, rss, tcp_memory

SAMPLE_SECONDS = 5
PAIRS = range(101, 121)
COLUMNS = ('minute', 'rss_mib', 'descriptors', 'cpu_percent', 'connections', 'tcp_mib')


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--minutes', type=float)
    parser.add_argument('--idle', type=int, default=2000)
    parser.add_argument('--csv', default='soak.csv')
    parser.add_argument('--churn', action='store_true')
    options = parser.parse_args()
    options.minutes = options.minutes or (10 if options.churn else 30)
    folder = tempfile.mkdtemp()
    target = Target(folder, 200 + options.idle).start()
    try:
        soak(target, options)
    finally:
        target.close()
        shutil.rmtree(folder)


def soak(target, options):
    pairs = measured_pairs(target, PAIRS)
    os.nice(5)      # the others' machines are not this one: they give way to what they are to disturb
    crowd = Crowd(target.port)
    nuisances = [Churn(crowd, target, range(200, 400))] if options.churn else everything(crowd, target, options.idle)
    record = Record(target)
    record.sample()
    time.sleep(5)
    for nuisance in nuisances:
        nuisance.begin()

    def step():
        for nuisance in nuisances:
            nuisance.step()
        record.step()
    crowd.run(60 * options.minutes, step)
    print('ends', dict(crowd.ends), *['churn: opened %d, unwelcome %d' % (one.opened, one.unwelcome) for one in nuisances
                                      if isinstance(one, Churn)], flush=True)
    crowd.close()
    time.sleep(60)
    record.sample()
    chatted = finish(pairs)
    record.write(options.csv, chatted['samples'])
    print('first', record.rows[0], '\nlast with all', record.rows[-2], '\na minute after', record.rows[-1])
    print(summary(chatted), 'slow consumers dropped', target.sidecar.log().count('slow consumer'),
          'tracebacks', target.sidecar.log().count('Traceback'))


def everything(crowd, target, idle):
    """Return all nuisances, each at a measure that two cores can bear together."""
    return [
        Idle(crowd, target, range(201, 201 + idle), per_second=100),
        Churn(crowd, target, range(1, 60), per_second=30),
        Silent(crowd, target, range(61, 64)), SlowReaders(crowd, target, range(64, 66)),
        Writers(crowd, target, range(66, 70), receivers=range(61, 66), per_second=10),
        Flood(crowd, target, [70], sockets=10, per_second=200, receivers=[71]),
        Slowloris(crowd, target, (), count=200, addresses=5),
        Syncers(crowd, target, [72], again=True, at_least=2.0),
        ForeignRows(crowd, target, (), per_second=2), Crash(crowd, target, range(73, 93), seconds=60),
    ]


class ForeignRows(Idle):
    """Rows that somebody inserts who knows nothing of us."""

    def begin(self):
        self.pace, self.to_come = Pace(self.per_second), itertools.count()

    def step(self):
        for _ in range(min(self.pace.due(), 1)):
            self.target.sidecar.insert(94, 95, 'by a script')


class Crash(Idle):
    """200 sockets that all vanish at once, and all come back at once, again and again."""

    def begin(self):
        self.pace = Pace(1 / self.seconds)

    def step(self):
        if self.pace.due():
            for peer in self.peers:
                peer.leave(politely=False)
            self.peers = []
            for member in [*self.members] * 10:
                self.open(member)


class Record:
    """A row of figures each few seconds."""

    def __init__(self, target):
        self.target, self.rows, self.at = target, [], []
        self.began_at, self.pace, self.used = time.monotonic(), Pace(1 / SAMPLE_SECONDS), None

    def step(self):
        if self.pace.due():
            self.sample()

    def sample(self):
        now, used, pid = time.monotonic(), cpu(self.target.pid), self.target.pid
        percent = 100 * (used - self.used[1]) / (now - self.used[0]) if self.used else 0
        self.used = now, used
        self.at.append(now)
        self.rows.append((round((now - self.began_at) / 60, 2), round(rss(pid), 1), descriptors(pid), round(percent, 1),
                          self.target.connections(), round(tcp_memory(), 1)))

    def write(self, path, samples):
        """Write the rows, each with p50, p99 and the longest, in ms, of the minute before it."""
        samples = sorted(samples)
        with open(path, 'w', newline='') as file:
            writer = csv.writer(file)
            writer.writerow((*COLUMNS, 'p50_ms', 'p99_ms', 'longest_ms'))
            for at, row in zip(self.at, self.rows):
                writer.writerow((*row, *('%.1f' % one for one in percentiles([took for due, took in samples if at - 60 < due <= at]))))


def measured_pairs(target, members, rate=1):
    """Start the well-behaved; return their process once all are there."""
    process = subprocess.Popen([sys.executable, str(Path(__file__).with_name('pairs.py'))], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                               text=True)
    both = zip(*[iter(members)] * 2)
    asked = {'port': target.port, 'rate': rate, 'pairs': [(one, target.cookie(one), two, target.cookie(two)) for one, two in both]}
    process.stdin.write(json.dumps(asked) + '\n')
    process.stdin.flush()
    if process.stdout.readline() != 'ready\n':
        raise RuntimeError('the pairs did not begin')
    return process


def finish(process):
    """End the well-behaved; return what they have found."""
    out, _ = process.communicate('\n')
    return json.loads(out)


def percentiles(times):
    """Return p50, p99 and the longest, in milliseconds."""
    times = sorted(times) or [0]
    return [1000 * times[min(len(times) - 1, int(len(times) * part))] for part in (0.5, 0.99, 1)]


def summary(chatted, since=0.0, until=float('inf')):
    times = [took for due, took in chatted['samples'] if since <= due < until]
    return 'p50 %.1f p99 %.1f longest %.0f ms of %d, lost %d' % (*percentiles(times), len(times), chatted['lost'])


if __name__ == '__main__':
    main()
