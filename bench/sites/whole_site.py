"""What a bench shoots at that needs pages: web2py and the sidecar as tests/support/stack.py starts them, with many members, logged in.

As settings have it by default, for guests too; web2py has the threads that it has by default. Must not live here: clients.
"""
import os
from pathlib import Path

from sites.target import ROOT

ESTABLISHED = '01'
ORIGIN = 'http://site.example'      # that of the peers
NOT_AS_TESTS = ('MESSENGER_AUTH_GUESTS_BURST', 'MESSENGER_AUTH_ATTEMPTS_PER_MINUTE')


class WholeSite:
    """Used in the place of a Target."""

    def __init__(self, folder, members, **realtime):
        from stack import Stack
        home = Path(os.environ.get('MESSENGER_HOME', ROOT / '.messenger'))
        self.stack = Stack(Path(folder), Path(os.environ.get('WEB2PY_HOME', home / 'web2py')), **realtime)
        self.members, self.cookies = members, {}
        self.stack.origins.append(ORIGIN)
        for name in NOT_AS_TESTS:
            self.stack._environment.pop(name, None)
        self.sidecar = self

    def start(self, program=None):
        from stack import quick_hash
        self.stack.start()
        names = ["('Member', '%d', 'm%d@example.com', '%s', '')" % (number, number, quick_hash()) for number in range(1, self.members + 1)]
        self.stack.query('INSERT INTO auth_user (first_name, last_name, email, password, registration_key) VALUES ' + ','.join(names))
        return self

    @property
    def port(self):
        return self.stack.socket_port

    @property
    def pid(self):
        return self.stack.processes['sidecar'].pid

    def cookie(self, number):
        """Return the Cookie of a member, who has logged in by the form, from an address of their own."""
        from member import PASSWORD, Member
        if number not in self.cookies:
            member = Member(self.stack, 'Member', str(number), 'm%d@example.com' % number, PASSWORD)
            member._opener.addheaders = [('X-Forwarded-For', '198.51.100.%d' % (number % 250))]
            member.log_in()
            self.cookies[number] = member.cookie
        return self.cookies[number]

    def connections(self):
        """Return how many are open to the sidecar, as the system has them: it is asked for nothing."""
        port = ':%04X' % self.port
        lines = [line.split() for line in Path('/proc/net/tcp').read_text().splitlines()[1:]]
        return sum(words[1].endswith(port) and words[3] == ESTABLISHED for words in lines)

    def log(self):
        path = self.stack.folder / 'sidecar.log'
        return path.read_text(errors='replace') if path.exists() else ''

    def close(self):
        tickets = self.stack.tickets()
        self.stack.stop()
        if tickets:
            print('TICKETS %d: %s' % (len(tickets), tickets[0]))
