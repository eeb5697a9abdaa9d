"""What the benches shoot at: a site with many members in a temporary folder, the real sidecar beside it, and what that process takes.

Must not live here: clients (clients.py).
"""
import contextlib
import functools
import os
import sys
import threading
import time
from pathlib import Path

# Another checkout's product may be measured by this one's benches.
ROOT = Path(os.environ.get('BENCH_CHECKOUT') or Path(__file__).resolve().parents[2])
sys.path[:0] = [str(ROOT / 'applications' / 'messenger' / 'modules'), str(ROOT / 'tests' / 'support'), str(ROOT)]
TICKS, PAGE = os.sysconf('SC_CLK_TCK'), os.sysconf('SC_PAGE_SIZE')
MEMBERS_PER_INSERT = 500
LOGIN_SECONDS = 8 * 3600
# All members have just come, and some write to more others in a minute than anybody does in a day.
NEW_CONVERSATIONS = dict.fromkeys(('new_conversations_per_day', 'new_conversations_per_day_young'), 1_000_000)


class Target:
    """A site of `members` members; `realtime` are the settings that differ from what a site has by default."""

    def __init__(self, folder, members, uri=None, **realtime):
        from sidecar import Sidecar
        self.sidecar, self.realtime = Sidecar(Path(folder), uri), realtime
        # The load generator of referee/ comes from the site's own address.
        self.sidecar.launch = functools.partial(self.sidecar.launch, '--origin', 'http://127.0.0.1:%d' % self.sidecar.port)
        # As patient as a machine that is busy with thousands of sockets needs.
        self.sidecar.wait_for = lambda condition: wait_for(condition, 120)
        self.join(members)
        self.cookies = {}

    def join(self, members):
        """Have so many members at least."""
        db = self.sidecar.db
        present = db(db.auth_user).count()
        names = ["('Member', '%d', 'm%d@example.com', '')" % (number, number) for number in range(present + 1, members + 1)]
        for start in range(0, len(names), MEMBERS_PER_INSERT):
            db.executesql('INSERT INTO auth_user (first_name, last_name, email, registration_key) VALUES '
                          + ','.join(names[start:start + MEMBERS_PER_INSERT]))
        db.commit()

    def start(self, program=None):
        """Start the sidecar; or the program instead that starts it and does more."""
        self.sidecar.program = program or self.sidecar.program
        # A clock as a site has it, where tests have a quicker one.
        self.sidecar.start(**{'tick_seconds': 1.0, **NEW_CONVERSATIONS, **self.realtime})
        return self

    @property
    def port(self):
        return self.sidecar.port

    @property
    def pid(self):
        return self.sidecar.process.pid

    def cookie(self, member):
        """Return the Cookie of a member, who is logged in."""
        if member not in self.cookies:
            self.cookies[member] = 'session_id_messenger=' + self.sidecar.session(member, expiration=LOGIN_SECONDS)
        return self.cookies[member]

    def connections(self):
        health = self.sidecar.health()
        return health['connections'] if health else None

    def close(self):
        with contextlib.suppress(Exception):
            self.sidecar.kill()
        self.sidecar.close()


def wait_for(condition, seconds):
    """Wait until `condition()` is true; return what it was in the end."""
    deadline = time.monotonic() + seconds
    while not (found := condition()) and time.monotonic() < deadline:
        time.sleep(0.05)
    return found


def rss(pid):
    """Return the MiB of memory that the process holds."""
    with open('/proc/%d/statm' % pid) as line:
        return int(line.read().split()[1]) * PAGE / (1 << 20)


def descriptors(pid):
    return len(os.listdir('/proc/%d/fd' % pid))


def cpu(pid):
    """Return the seconds of processor time that the process has used."""
    with open('/proc/%d/stat' % pid) as line:
        fields = line.read().rpartition(')')[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def tcp_memory():
    """Return the MiB that all TCP buffers of this machine hold."""
    with open('/proc/net/sockstat') as lines:
        words = next(line for line in lines if line.startswith('TCP:')).split()
    return int(words[words.index('mem') + 1]) * PAGE / (1 << 20)


class Watch(threading.Thread):
    """Looks at a process again and again, until stop()."""

    def __init__(self, pid, seconds=0.1):
        super().__init__(daemon=True)
        self.pid, self.seconds, self.rss, self.descriptors, self.tcp = pid, seconds, 0, 0, 0
        self._stopped = threading.Event()
        self.start()

    def run(self):
        with contextlib.suppress(OSError):
            while not self._stopped.wait(self.seconds):
                self.rss, self.descriptors = max(self.rss, rss(self.pid)), max(self.descriptors, descriptors(self.pid))
                self.tcp = max(self.tcp, tcp_memory())

    def stop(self):
        self._stopped.set()
        self.join()
