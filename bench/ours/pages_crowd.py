"""How long clicks take while many poll, on one core, and how long they take one person alone.

    python -m ours.pages_crowd [SECONDS]     # in the folder bench; prints JSON {"ours": …, "quiet": …}

web2py has one processor to itself, those who ask have the others. Whoever polls asks as often as updates.json tells them; whoever clicks
goes from page to page, one every few seconds, and reads meanwhile.
"""
import json
import os
import random
import shutil
import statistics
import sys
import tempfile
import threading
import time

from referee.lines import OURS
from sites.paged import Paged

from .pages import READ, Client

SECONDS, POLLERS, CLICKERS, POLL_SECONDS, CLICK_SECONDS, QUIET_SECONDS = 60, 50, 10, 5.0, 3.0, 1.0
MESSAGES, CONVERSATIONS = 1_000, 100
CLICKED = [path for figure, path in READ.items() if figure != 'login_ms']


def main(arguments):
    seconds = float(arguments[0]) if arguments else SECONDS
    folder = tempfile.mkdtemp(prefix='bench-')
    site = Paged(folder, MESSAGES, CONVERSATIONS)
    try:
        pin(site)
        cookies = [site.login() for _ in range(CLICKERS + POLLERS)]
        for path in CLICKED * 3:
            Client(site).ask('/messenger' + path, site.ours)
        Client(site).poll()
        quiet = together(seconds, [Person(site, cookies[0], QUIET_SECONDS, True)])
        crowd = together(seconds, [Person(site, cookie, CLICK_SECONDS, True) for cookie in cookies[:CLICKERS]]
                         + [Person(site, cookie, POLL_SECONDS, False) for cookie in cookies[CLICKERS:]])
        return {OURS: figures(crowd), 'quiet': figures(quiet)}
    finally:
        site.close()
        shutil.rmtree(folder, ignore_errors=True)


def pin(site):
    processors = sorted(os.sched_getaffinity(0))
    for pid in site.processes():
        for thread in os.listdir('/proc/%d/task' % pid):
            os.sched_setaffinity(int(thread), processors[:1])
    os.sched_setaffinity(0, processors[1:] or processors)


def together(seconds, people):
    """Return the seconds that each click of all people took."""
    until = time.monotonic() + seconds
    threads = [threading.Thread(target=one.go_on, args=(until,)) for one in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return [took for one in people for took in one.took]


class Person:
    """Asks again and again, from a moment of their own on: for pages, or for what is new."""

    def __init__(self, site, cookie, pause, is_clicking):
        self.site, self.cookie, self.pause, self.is_clicking, self.took = site, cookie, pause, is_clicking, []
        self.chance, self.since = random.Random(cookie), site.head

    def go_on(self, until):
        time.sleep(self.chance.uniform(0, self.pause))
        while time.monotonic() < until:
            began = time.monotonic()
            self.click(began) if self.is_clicking else self.poll()
            time.sleep(max(0.0, began + self.pause * self.chance.uniform(0.5, 1.5) - time.monotonic()))

    def click(self, began):
        # A connection for each: Rocket closes one that says nothing for a second.
        Client(self.site).ask('/messenger' + self.chance.choice(CLICKED), self.cookie)
        self.took.append(time.monotonic() - began)

    def poll(self):
        self.since = json.loads(Client(self.site).ask('/messenger/messaging/updates.json?since=%d' % self.since, self.cookie))['seq']


def figures(took):
    ordered = sorted(1000 * one for one in took)
    return {'p50_ms': statistics.median(ordered), 'p95_ms': ordered[int(0.95 * len(ordered))], 'clicks': len(ordered)}


if __name__ == '__main__':
    print(json.dumps(main(sys.argv[1:])))
