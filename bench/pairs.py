"""Well-behaved pairs of members in a process of their own, who write to each other, and how long each message takes to arrive.

Reads a line of JSON from stdin: {port, rate, pairs: [[member, cookie, member, cookie], …]}; begins when all are welcomed, prints "ready",
goes on until there is another line, then prints {samples: [[when it was due, seconds until it arrived], …], lost, ends, refused}.
`rate` is messages a second of each member. The time counts from the moment at which a message was due, not from when it was sent.
"""
import heapq
import json
import select
import sys
import time
from collections import Counter

from crowds.clients import Crowd, text

PATIENCE = 10


def main():
    asked = json.loads((not sys.argv[1:] and sys.stdin.readline()) or sys.exit(__doc__))
    pairs = Pairs(asked['port'], asked['rate'])
    for number, (one, cookie, other, other_cookie) in enumerate(asked['pairs']):
        pairs.join(one, cookie, other, number)
        pairs.join(other, other_cookie, one, number)
    pairs.crowd.wait(lambda: pairs.crowd.welcomed() == len(pairs.members), 60)
    print('ready', flush=True)
    pairs.chat(lambda: bool(select.select([sys.stdin], [], [], 0)[0]))
    json.dump({'samples': pairs.samples, 'lost': len(pairs.under_way), 'ends': pairs.crowd.ends, 'refused': pairs.refused,
               'welcomed': len(pairs.members)}, sys.stdout)


class Pairs:
    def __init__(self, port, rate):
        self.crowd, self.rate = Crowd(port), rate
        self.members, self.under_way, self.samples, self.refused = {}, {}, [], Counter()

    def join(self, member, cookie, partner, number):
        source = '127.1.0.%d' % (1 + number // 20)
        self.members[member] = partner, self.crowd.open(cookie, source=source, heard=self.heard, data=member)

    def chat(self, ended):
        """Write until `ended()`, then wait for what is still under way."""
        began, step = time.monotonic(), 1 / self.rate
        due = [(began + step * index / len(self.members), member, 0) for index, member in enumerate(self.members)]
        heapq.heapify(due)
        while not ended():
            for _ in range(20):
                while due[0][0] <= time.monotonic():
                    when, member, number = heapq.heappop(due)
                    self.send(when, member, number)
                    heapq.heappush(due, (when + step, member, number + 1))
                self.crowd.turn(min(0.01, max(0.0, due[0][0] - time.monotonic())))
        self.crowd.wait(lambda: not self.under_way, PATIENCE)

    def send(self, due, member, number):
        partner, peer = self.members[member]
        key = '%d to %d: %d' % (member, partner, number)
        self.under_way[key] = due
        peer.send(text(type='send', receiver=partner, content=key, ref='%d-%d-%d' % (member, number, due * 1000)))

    def heard(self, peer, payload):
        frame = json.loads(payload)
        if frame['type'] == 'message' and frame.get('receiver_id') == peer.data:
            due = self.under_way.pop(frame['content'], None)
            if due:
                self.samples.append((due, time.monotonic() - due))
        elif frame['type'] == 'error':
            self.refused[frame['code']] += 1


if __name__ == '__main__':
    main()
