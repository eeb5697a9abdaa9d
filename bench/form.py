"""How long after somebody has sent a form of web2py's the other has the message on a socket: since the request, and since the commit.

    python bench/form.py [--sends 100] [--command]     # command.json in the form's place

SQLite, settings as a site has them but for how much a member may send. The commit is seen from beside, to a fifth of a millisecond.
"""
import interpreter  # noqa: F401

# isort: split
import argparse
import contextlib
import http.client
import json
import random
import shutil
import sqlite3
import statistics
import tempfile
import threading
import time
import urllib.parse

import target  # noqa: F401
from soak import percentiles
from whole_site import WholeSite

FORM, COMMAND = '/messenger/messaging/send_message', '/messenger/messaging/command.json'
ANN, BOB = 1, 2
LOOK_SECONDS = 0.0002
PATIENCE = 30


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--sends', type=int, default=100)
    parser.add_argument('--command', action='store_true')
    options = parser.parse_args()
    # Short: the path of a socket's file has room for a hundred characters.
    folder = tempfile.mkdtemp(prefix='f')
    site = WholeSite(folder, 2, sends_per_second=1_000_000, burst=1_000_000)
    try:
        site.start()
        shoot(site, options.sends, by_command if options.command else by_form)
    finally:
        site.close()
        shutil.rmtree(folder)


def shoot(site, sends, way):
    from sidecar import Socket
    bob, commits = Socket(), Commits(site.stack.application / 'databases' / 'messenger.sqlite')
    bob.settimeout(PATIENCE)
    bob.connect(site.stack.socket_url, origin=site.stack.origin, cookie=site.cookie(BOB))
    asked = http.client.HTTPConnection('127.0.0.1', site.stack.port, timeout=PATIENCE)
    times = []
    for number in range(sends + 5):
        request = way(site, asked, 'message %d' % number)
        time.sleep(random.uniform(0.1, 0.2))    # no pace that anything else here could have
        commits.seen = None
        began = time.monotonic()
        asked.request('POST', *request)
        while (frame := bob.frame())['type'] != 'message' or frame['content'] != 'message %d' % number:
            pass
        arrived = time.monotonic()
        answer = asked.getresponse()
        answer.read()
        times.append((arrived - began, arrived - (commits.seen or arrived), time.monotonic() - began))
    commits.stop()
    bob.shutdown()
    for name, column in zip(('since the request', 'since the commit', 'the page itself'), zip(*times[5:])):   # the first ones warm it up
        print('%-18s p50/p99/max %5.1f/%5.1f/%5.1f ms, mean %5.1f' % (
            name, *percentiles(column), 1000 * statistics.mean(column)), flush=True)


def by_form(site, asked, content):
    """Return (path, body, headers) of the form, filled in."""
    from member import hidden_fields
    asked.request('GET', FORM, headers={'Cookie': site.cookie(ANN)})
    fields = hidden_fields(asked.getresponse().read().decode())
    body = urllib.parse.urlencode(dict(fields, receiver='#%d' % BOB, content=content))
    return FORM, body, {'Cookie': site.cookie(ANN), 'Content-Type': 'application/x-www-form-urlencoded'}


def by_command(site, asked, content):
    """Return the same of what a chat without a socket posts."""
    body = json.dumps(dict(type='send', receiver='#%d' % BOB, content=content, ref=content.replace(' ', '-')))
    return COMMAND, body, {'Cookie': site.cookie(ANN), 'Content-Type': 'application/json', 'Origin': site.stack.origin}


class Commits(threading.Thread):
    """Notes when somebody has committed, by looking all the time."""

    def __init__(self, path):
        super().__init__(daemon=True)
        self.path, self.seen, self._is_over = path, None, threading.Event()
        self.start()

    def run(self):
        with contextlib.closing(sqlite3.connect(self.path)) as database:
            version = None
            while not self._is_over.is_set():
                before, version = version, database.execute('PRAGMA data_version').fetchone()
                if version != before and self.seen is None:
                    self.seen = time.monotonic()
                time.sleep(LOOK_SECONDS)

    def stop(self):
        self._is_over.set()
        self.join()


if __name__ == '__main__':
    main()
