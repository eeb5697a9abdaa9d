"""Section L of docs/faults.md at full size: what well-behaved pairs notice of it, and what it costs the sidecar. One line a scenario.

    python bench/load.py [--seconds 15] [--pairs 10] [--json FILE] L1 L2 …       # all of them without names

Each scenario has a fresh site and sidecar. First the pairs are alone for a while ("quiet"), then the nuisance lasts for so many seconds
("loud"), then it ends and the figures are taken a last time. The pairs and the nuisance are processes of their own; the latter gives way.
"""
import interpreter  # noqa: F401

# isort: split
import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time

from crowds.clients import Crowd
from crowds.scenarios import SCENARIOS
from sites.target import ROOT, Watch, cpu, descriptors, rss, wait_for
from soak import finish, measured_pairs, percentiles

QUIET_SECONDS, REST_SECONDS = 4, 4
FIRST_PAIR = 101
GIVING_WAY = 5      # the others' machines are not this one: they give way to what they are to disturb


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--seconds', type=float, help='how long the nuisance lasts (default: 15 or what the scenario needs)')
    parser.add_argument('--pairs', type=int, default=10)
    parser.add_argument('--json', help='append the figures to this file')
    parser.add_argument('names', nargs='*', default=list(SCENARIOS))
    options = parser.parse_args()
    if len(options.names) > 1:
        for name in options.names:      # in processes of their own: what has once given way to others can't go back
            arguments = ['--pairs', str(options.pairs), *(['--seconds', str(options.seconds)] if options.seconds else [])]
            arguments += ['--json', options.json] if options.json else []
            subprocess.run([sys.executable, __file__, *arguments, name], check=False)
        return
    figures = run(options.names[0], options)
    print(line(figures), flush=True)
    if options.json:
        with open(options.json, 'a') as file:
            file.write(json.dumps(figures) + '\n')


def run(name, options):
    """Return the figures of one scenario."""
    scenario = SCENARIOS[name]()
    folder = tempfile.mkdtemp()
    target = scenario.target(folder, scenario.members, **dict(scenario.realtime))
    try:
        scenario.prepare(target)
        target.start(scenario.program and ROOT / 'tests' / 'live' / 'load' / scenario.program)
        return measured(name, scenario, target, options)
    finally:
        target.close()
        shutil.rmtree(folder)


def measured(name, scenario, target, options):
    crowd = Crowd(target.port)
    nuisances = scenario.nuisances(crowd, target)
    count = scenario.pairs or options.pairs
    pairs = measured_pairs(target, range(FIRST_PAIR, FIRST_PAIR + 2 * count))
    os.nice(GIVING_WAY)
    scenario.before(crowd, target)
    marks = [time.monotonic()]
    crowd.run(QUIET_SECONDS)
    before, used, watch = (rss(target.pid), descriptors(target.pid)), cpu(target.pid), Watch(target.pid)
    marks.append(time.monotonic())
    for nuisance in nuisances:
        nuisance.begin()

    def step():
        for nuisance in nuisances:
            nuisance.step()
    crowd.run(options.seconds or scenario.seconds or 15, step)
    marks.append(time.monotonic())
    used = 100 * (cpu(target.pid) - used) / (marks[2] - marks[1])
    said = scenario.said(nuisances)
    crowd.close()
    wait_for(lambda: target.connections() == 2 * count, 30)
    time.sleep(REST_SECONDS)
    watch.stop()
    after = rss(target.pid), descriptors(target.pid)
    chatted = finish(pairs)
    samples = [tuple(one) for one in chatted['samples']]
    log = target.sidecar.log()
    return {
        'name': name, 'what': scenario.what, 'quiet': percentiles([took for due, took in samples if marks[0] <= due < marks[1]]),
        'loud': percentiles([took for due, took in samples if marks[1] <= due < marks[2]]), 'count': len(samples), 'lost': chatted['lost'],
        'rss': (before[0], watch.rss, after[0]), 'descriptors': (before[1], watch.descriptors, after[1]), 'cpu': used, 'tcp': watch.tcp,
        'ends': dict(crowd.ends), 'pairs_ends': chatted['ends'], 'pairs_refused': chatted['refused'], 'said': said,
        'slow': log.count('slow consumer'), 'tracebacks': log.count('Traceback')}


def line(figures):
    """Return the figures as they are read."""
    times = ['%.0f/%.0f/%.0f' % tuple(figures[when]) for when in ('quiet', 'loud')]
    text = '%-4s p50/p99/max ms quiet %-12s loud %-14s lost %d of %d' % (figures['name'], *times, figures['lost'], figures['count'])
    text += ' | RSS %.0f > %.0f > %.0f MiB | fds %d > %d > %d' % (*figures['rss'], *figures['descriptors'])
    text += ' | CPU %.0f%% | TCP %.0f MiB' % (figures['cpu'], figures['tcp'])
    for name in ('ends', 'pairs_ends', 'pairs_refused', 'said'):
        text += ' | %s %s' % (name, figures[name]) if figures[name] else ''
    return text + ' | 4508: %d' % figures['slow'] + (' | TRACEBACKS %d' % figures['tracebacks'] if figures['tracebacks'] else '')


if __name__ == '__main__':
    main()
