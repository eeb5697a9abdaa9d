"""How many messages the sidecar stores and delivers, and what one costs it: pairs who each have so many messages under way at any time.

    python bench/throughput.py [--seconds 5] [--rounds 3] [100x1 100x16 1000x1]     # members x messages under way of each
    python bench/throughput.py --serve cookies.txt      # only start it, for another load generator; ends with its stdin

A message counts once its sender and its receiver have been told. The limits of a member are out of the way; everything else is as on any
site: SQLite, a commit that has reached the disk before anybody is told. Processor time is the sidecar's own, from /proc.
"""
import interpreter  # noqa: F401

# isort: split
import argparse
import itertools
import json
import shutil
import statistics
import sys
import tempfile
import time

from crowds.clients import Crowd
from sites.target import Target, cpu, rss
from soak import percentiles

SCENARIOS = ['100x1', '100x16', '1000x1']
NO_LIMITS = dict.fromkeys(
    ('sends_per_second', 'burst', 'refusals_per_minute', 'sends_waiting', 'sends_waiting_in_all', 'connections_per_address'), 1_000_000)
CONTENT = 'x' * 60
WARM_SECONDS = 1


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--seconds', type=float, default=5)
    parser.add_argument('--rounds', type=int, default=3)
    parser.add_argument('--serve', metavar='FILE')
    parser.add_argument('scenarios', nargs='*', default=SCENARIOS)
    options = parser.parse_args()
    for scenario in ['1000x1'] if options.serve else options.scenarios or SCENARIOS:
        members, window = map(int, scenario.split('x'))
        found = [shoot(members, window, options) for _ in range(options.rounds)]
        print('%-8s %6.0f messages/s, %4.0f us of processor each, p50 %.1f ms, p99 %.1f ms, RSS %.0f MiB' % (
            scenario, *(statistics.median(column) for column in zip(*found))), flush=True)


def shoot(members, window, options):
    folder = tempfile.mkdtemp()
    target = Target(folder, members, **NO_LIMITS)
    try:
        if options.serve:
            return serve(target, options.serve, members)
        return Pairs(target.start(), members, window).measured(options.seconds)
    finally:
        target.close()
        shutil.rmtree(folder)


def serve(target, path, members):
    """Write down everybody's Cookie, line by line; say the port and the process on stdout."""
    target.start()
    with open(path, 'w') as file:
        file.writelines(target.cookie(member) + '\n' for member in range(1, members + 1))
    print(target.port, target.pid, flush=True)
    sys.stdin.read()
    sys.exit()


class Pairs:
    """1 and 2, 3 and 4, … who write the next message when one of theirs is done."""

    def __init__(self, target, members, window):
        self.target, self.crowd, self.keys = target, Crowd(target.port), itertools.count()
        self.under_way, self.done, self.times = {}, 0, []
        self.peers = [self.crowd.open(target.cookie(member), heard=self.heard, data=member) for member in range(1, members + 1)]
        self.crowd.wait(lambda: self.crowd.welcomed() == members)
        for peer in self.peers * window:
            self.write(peer)

    def measured(self, seconds):
        self.crowd.run(WARM_SECONDS)
        self.times, done, used, began = [], self.done, cpu(self.target.pid), time.monotonic()
        self.crowd.run(seconds)
        took, done, used = time.monotonic() - began, self.done - done, cpu(self.target.pid) - used
        figures = done / took, 1e6 * used / done, *percentiles(self.times)[:2], rss(self.target.pid)
        self.crowd.close()
        return figures

    def write(self, peer):
        key = str(next(self.keys))
        self.under_way[key] = [time.monotonic(), 2]
        peer.say(receiver=(peer.data - 1 ^ 1) + 1, content=key + ' ' + CONTENT)

    def heard(self, peer, payload):
        if b'"type":"message"' not in payload[:100]:
            return
        frame = json.loads(payload)
        key = frame['content'].partition(' ')[0]
        self.under_way[key][1] -= 1
        if frame['sender_id'] != peer.data:
            self.times.append(time.monotonic() - self.under_way[key][0])
        if not self.under_way[key][1]:
            del self.under_way[key]
            self.done += 1
            self.write(self.peers[frame['sender_id'] - 1])


if __name__ == '__main__':
    main()
