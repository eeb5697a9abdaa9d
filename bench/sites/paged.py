"""What a bench asks for pages: web2py with a messenger in which Ann has much, and the tutorial's application beside it in the same process.

Every gate is on; only the numbers of limits are out of the way of somebody who asks sixteen times a second. Must not live here: who asks.
"""
import json
import os
import shutil
import sys
import urllib.request
from pathlib import Path

from ours import full
from sites import tutorial
from sites.whole_site import WholeSite

ANN, EMAIL = full.ANN, 'ann@example.com'
NO_LIMITS = dict.fromkeys(('sends_per_second', 'burst', 'questions_per_second', 'questions_burst'), 1_000_000)
NO_WAITS = dict.fromkeys(('MESSENGER_AUTH_%s' % name for name in ('GUESTS_BURST', 'GUESTS_PER_SECOND', 'ATTEMPTS_PER_MINUTE')), '1000000')
DATABASES = 'databases'


class Paged:
    """`ours` and `theirs` are the cookies of Ann in both applications; `head` is where the feed is. Serves as soon as it is made."""

    def __init__(self, folder, messages, conversations, server='rocket'):
        site = WholeSite(folder, 0, **NO_LIMITS)
        self.stack, self.server = site.stack, server
        self.stack._environment.update(NO_WAITS)
        tutorial.lay_out(self.stack.root)
        self.fill(messages, conversations)
        self.serve()
        self.log_in()

    def fill(self, messages, conversations):
        """Take a filled database from those that are kept, or fill it."""
        kept = full.HOME / 'full' / ('%s-site-%d-%d' % (full.state(), messages, conversations))
        databases = self.stack.application / DATABASES
        if not kept.exists():
            print('filling a site with %d messages' % messages, file=sys.stderr, flush=True)
            self.stack._create_tables()
            full.fill_site(self.stack, messages, conversations)
            # A note of how far the feed was seen that is found elsewhere says that the site has moved.
            shutil.copytree(databases, str(kept) + '.new', dirs_exist_ok=True, ignore=shutil.ignore_patterns('messenger.seen'))
            os.replace(str(kept) + '.new', kept)
            return
        for path in kept.iterdir():
            shutil.copy(path, databases)

    def serve(self):
        if self.server == 'gunicorn':
            self.stack._launch('web2py', str(Path(__file__).with_name('under_gunicorn.py')), str(self.stack.port), cwd=self.stack.root)
        else:
            self.stack.launch_web2py()
        self.stack.wait_for_web2py()

    def log_in(self):
        from member import PASSWORD, Member
        from stack import quick_hash
        urllib.request.urlopen(self.stack.url + '/%s/default/user/login' % tutorial.NAME).read()      # makes its tables
        tutorial.fill(self.stack.root, EMAIL, quick_hash())
        there = Member(self.stack, 'Ann', 'Lee', EMAIL, PASSWORD)
        there.submit('/%s/default/user/login' % tutorial.NAME, email=EMAIL, password=PASSWORD)
        self.ours, self.theirs, self.head = self.login(), there.cookie, self.stack.query('SELECT head FROM messenger_feed')[0][0]

    def login(self):
        """Return the cookies of another login of Ann's."""
        from member import PASSWORD, Member
        member = Member(self.stack, 'Ann', 'Lee', EMAIL, PASSWORD)
        member.log_in()
        return member.cookie

    def processes(self):
        """Return the numbers of all processes that serve."""
        first = self.stack.processes['web2py'].pid
        return [first, *map(int, Path('/proc/%d/task/%d/children' % (first, first)).read_text().split())]

    def cpu(self):
        """Return the milliseconds of processor time that they have used, all threads."""
        threads = (path for pid in self.processes() for path in Path('/proc/%d/task' % pid).iterdir())
        return sum(int((thread / 'schedstat').read_text().split()[0]) for thread in threads) / 1e6

    def close(self):
        tickets = self.stack.tickets()
        self.stack.stop()
        if tickets:
            raise SystemExit('a page failed: %s' % json.dumps(tickets[0]))


