"""The site under torture: two web2py processes and the sidecar on one database, behind lines that can be cut, and its members."""
import contextlib
import re
from types import SimpleNamespace

from machine import ports
from machine.ports import HOST
from stack import Stack

from .checker import Place, Row
from .relay import Relay

# Wide enough for hundreds of messages in seconds; no other limit is touched.
LIMITS = dict(sends_per_second=1000, burst=1000, questions_per_second=1000, questions_burst=1000, refusals_per_minute=100_000,
              connections=200, connections_per_address=5000)
SOCKET_WRITERS, READERS, OTHERS = ('Sue', 'Sam', 'Sid'), ('Rae', 'Ron', 'Roy', 'Rex'), ('Fay', 'Cat', 'Pit')
STRANGER = 'Zoe'
EVERYBODY = (*SOCKET_WRITERS, *READERS, *OTHERS, STRANGER)
WEB_SECONDS = 8
FAULT = re.compile(r'^Traceback|ERROR|AssertionError', re.MULTILINE)


class Site:
    """`webs` are the names of the web2py processes; `web` and `line` the relays before them and before the sidecar."""

    def __init__(self, folder, web2py_home, uri=None, names=EVERYBODY, **realtime):
        self.stack = Stack(folder, web2py_home, uri, **dict(LIMITS, **realtime))
        self.ports = {'web2py': self.stack.port, 'web2py-2': ports.free(1)[0]}
        self.webs = list(self.ports)
        self.web, self.line = Relay(*self.ports.values()), Relay(self.stack.socket_port)
        self.url = 'http://%s:%d' % (HOST, self.web.port)
        self.socket_url = 'ws://%s:%d' % (HOST, self.line.port)
        self.stack.origins.append(self.url)
        self.members, self._names = {}, names
        self._log = folder / 'sidecar.log'

    def __enter__(self):
        with contextlib.ExitStack() as started:
            started.enter_context(self.stack)
            for relay in (self.web, self.line):
                relay.start()
                started.callback(relay.stop)
            self.revive()
            self._register()
            self._stop = started.pop_all()
        return self

    def __exit__(self, *_):
        self._stop.close()

    # -- processes --

    def launch(self, name):
        """Start a process that was killed, without waiting for it."""
        if name == 'sidecar':
            self.stack.launch_sidecar()
        else:
            self.stack.launch_web2py(name, self.ports[name])

    def revive(self):
        """Return when all of them run and answer."""
        for name in [*self.webs, 'sidecar']:
            if name not in self.stack.processes:
                self.launch(name)
        for name, port in self.ports.items():
            self.stack.wait_for_web2py(name, port)
        self.stack.wait_for_sidecar()

    # -- members --

    def visitor(self, name):
        """Return a member who comes through the line that can be cut."""
        member = self.members[name]
        member.stack, member.patience = SimpleNamespace(url=self.url, origin=self.url, logs=self.stack.logs), WEB_SECONDS
        return member

    def device(self, name, number, writes=()):
        """Return what device.mjs needs to be one of the devices of a member, at the place where the feed is now."""
        member, (head, epoch) = self.members[name], self.feed()
        return dict(name='%s-%d' % (name, number), user_id=member.id, cookie=member.cookie, origin=self.url, site=self.url,
                    socket=self.socket_url, seq=head, epoch=epoch, writes=self.ids(*writes))

    def ids(self, *names):
        return [self.members[name].id for name in names]

    def _register(self):
        for name in self._names:
            self.members[name] = self.stack.register(name, 'Lee', '%s@example.com' % name.lower())

    # -- what is stored and what went wrong --

    def feed(self):
        """Return (head, epoch)."""
        return self.stack.query('SELECT head, epoch FROM messenger_feed')[0]

    def rows(self, after):
        """Return the Rows above a place in the feed, and those that have none."""
        return [Row(*row) for row in self.stack.query(
            'SELECT id, seq, conversation, number, sender, receiver, content, ref FROM message WHERE seq > ? OR seq IS NULL', after)]

    def places(self):
        """Return every Place, all of one moment: one statement is one snapshot."""
        return [Place(*row) for row in self.stack.query(
            'SELECT p.user_id, p.conversation, c.last_number - p.read_number - (p.sent_count - p.sent_at_read), (SELECT COUNT(*) '
            'FROM message m WHERE m.conversation = p.conversation AND m.number > p.read_number AND m.sender <> p.user_id) '
            'FROM messenger_participant p JOIN messenger_conversation c ON c.id = p.conversation')]

    def complaints(self, since=(0, 0)):
        """Return what the processes have complained of since a `mark`."""
        with open(self._log, errors='replace') as log:
            log.seek(since[0])
            said = log.read()
        return self.stack.tickets()[since[1]:] + ([said[-3000:]] if FAULT.search(said) else [])

    def mark(self):
        """Return the place up to which complaints are known."""
        return self._log.stat().st_size, len(self.stack.tickets())
