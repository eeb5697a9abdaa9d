"""How long after the form has committed a message the other's socket has it: a whole site, web2py and the sidecar, one message at a time.

    python -m ours.form [SENDS]      # in the folder bench; prints JSON

The commit is when a connection of our own sees that somebody has written. `posted_*` counts from when the form is posted.
"""
import contextlib
import json
import shutil
import sqlite3
import statistics
import sys
import tempfile
import threading
import time

from crowds.clients import Crowd
from sites.whole_site import WholeSite

SENDS, WARM, PAUSE_SECONDS = 60, 5, 0.15
LOOK_SECONDS, FORM = 0.0005, '/messenger/messaging/send_message'
ALLOWED = dict.fromkeys(('sends_per_second', 'burst'), 1_000_000)


class Commits(threading.Thread):
    """Notes when somebody else commits."""

    def __init__(self, path):
        super().__init__(daemon=True)
        self.path, self.times, self.is_over = path, [], False
        self.start()

    def run(self):
        with contextlib.closing(sqlite3.connect(self.path)) as database:
            known = None
            while not self.is_over:
                version = database.execute('PRAGMA data_version').fetchone()[0]
                if version != known:
                    self.times.append(time.monotonic())
                known = version
                time.sleep(LOOK_SECONDS)


def measure(sends):
    folder = tempfile.mkdtemp(prefix='bench-')
    site = WholeSite(folder, 2, **ALLOWED)
    try:
        site.start()
        who = talkers(site)
        return figures([one(*who) for _ in range(WARM + sends)][WARM:])
    finally:
        site.close()
        shutil.rmtree(folder, ignore_errors=True)


def talkers(site):
    from member import PASSWORD, Member
    sender = Member(site.stack, 'Member', '1', 'm1@example.com', PASSWORD)
    sender.log_in()
    heard, crowd = [], Crowd(site.port)
    crowd.open(site.cookie(2), heard=lambda peer, payload: heard.append((time.monotonic(), payload)))
    crowd.wait(lambda: crowd.welcomed() == 1)
    return sender, crowd, heard, Commits(site.stack.application / 'databases' / 'messenger.sqlite')


def one(sender, crowd, heard, commits):
    """Send one; return the seconds (from the post, from the commit) to its arrival."""
    from member import hidden_fields
    content, fields = 'at %r' % time.monotonic(), hidden_fields(sender.get(FORM))
    crowd.run(PAUSE_SECONDS)
    before, posted = len(commits.times), time.monotonic()
    posting = threading.Thread(target=sender.post, args=(FORM,), kwargs=dict(fields, receiver='2', content=content))
    posting.start()
    if not crowd.wait(lambda: any(content.encode() in payload for _, payload in heard), 30):
        raise SystemExit('a message of the form did not arrive')
    arrived = next(at for at, payload in heard if content.encode() in payload)
    posting.join()
    heard.clear()
    committed = [at for at in commits.times[before:] if posted <= at <= arrived]
    return arrived - posted, arrived - (committed[0] if committed else arrived)


def figures(times):
    whole, live = ([1000 * took for took in column] for column in zip(*times))
    return {'p50_ms': statistics.median(live), 'p99_ms': statistics.quantiles(live, n=100)[98], 'posted_p50_ms': statistics.median(whole),
            'posted_p99_ms': statistics.quantiles(whole, n=100)[98]}


if __name__ == '__main__':
    print(json.dumps(measure(int(sys.argv[1]) if sys.argv[1:] else SENDS)))
