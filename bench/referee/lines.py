"""The scenarios by name, and the lines of the table: which figure is held against whose, what must be reached and what would be splendid.

Must not live here: how anything is measured.
"""
from typing import NamedTuple, Optional

OURS = 'ours'
# As they are called in tables. All of them, and ours, have a commit that has reached the disk before anybody is told.
TITLES = {OURS: 'ours', 'node': 'node:FULL', 'node-group': 'node-group:FULL', 'ceil-thread': 'ceil-thread:FULL', 'naive': 'naive:FULL',
          'picows': 'picows:FULL', 'node-pg': 'node + pg', 'node-pg-group': 'node + pg, grouped', 'few': 'ours, 1,000',
          'tutorial': 'the tutorial', 'quiet': 'ours, alone'}
OF_PROGRAMS = ('few', 'tutorial', 'quiet')      # who a program of ours measures beside ours by itself


class Scenario(NamedTuple):
    """`load` is what the load generator is told; without it there is a program instead, ours/`program`.py, told `arguments`."""
    what: str
    load: str = ''
    peers: tuple = ()
    program: str = ''
    arguments: tuple = ()
    settings: tuple = ()
    database: str = 'sqlite'

    @property
    def mode(self):
        return self.load.split()[1] if self.load else ''

    @property
    def clients(self):
        words = self.load.split()
        return int(words[words.index('--clients') + 1])

    @property
    def members(self):
        return 2 if self.mode == 'fanout' else self.clients


class Line(NamedTuple):
    """`figure` of ours divided by that of `peer`; without a peer the figure itself."""
    scenario: str
    what: str
    figure: str
    peer: Optional[str]
    sign: str
    must: float
    moonshot: float


# Rates come first: what they leave to be done in the background would be done in the time of the next.
SCENARIOS = {
    'rate500': Scenario('500 messages a second by 100 members', '--mode dm --clients 100 --rate 500', ('node-group', 'node')),
    'rate2000': Scenario('2,000 messages a second by 100 members', '--mode dm --clients 100 --rate 2000', ('node-group', 'node')),
    'dm1': Scenario('100 members, 1 message under way each', '--mode dm --clients 100 --window 1',
                    ('node', 'node-group', 'ceil-thread', 'naive', 'picows')),
    'dm16': Scenario('100 members, 16 under way each', '--mode dm --clients 100 --window 16', ('node', 'node-group', 'ceil-thread')),
    'dm1k': Scenario('1,000 members, 1 under way each', '--mode dm --clients 1000 --window 1', ('node', 'node-group')),
    'fan1000': Scenario('one member with 1,000 sockets', '--mode fanout --clients 1000 --window 4', ('node',),
                        settings=(('connections', 1_001),)),
    'idle5000': Scenario('5,000 who come and stay', '--mode idle --clients 5000 --settle 1', ('node',)),
    'form': Scenario('sent by the form, live in the other browser', program='form'),
    'flat': Scenario('1,000,000 messages, 10,000 conversations of one member, against 1,000', program='flat'),
    'start': Scenario('start to the first socket, 1,000,000 messages', program='start'),
    'pages': Scenario('pages beside the index page of the tutorial, in one web2py under Rocket', program='pages'),
    'pages-gunicorn': Scenario('the same under gunicorn, two processes of four threads', program='pages', arguments=('gunicorn',)),
    'pages-3x': Scenario('the same under Rocket, in the web2py 3.x of BENCH_WEB2PY_3X', program='pages', arguments=('--upstream',)),
    'pages-3x-gunicorn': Scenario('and under gunicorn', program='pages', arguments=('gunicorn', '--upstream')),
    'pages-flat': Scenario('pages of a member with 1,000,000 messages, 10,000 conversations, against 1,000', program='pages_flat'),
    'pages-crowd': Scenario('ten click and fifty poll, for a minute on one core, against one alone', program='pages_crowd'),
    'first-view': Scenario('the first view of a chat in Chromium, a processor 4 times slower, nothing cached', program='first_view'),
    'pg-dm1': Scenario('dm1 on PostgreSQL', '--mode dm --clients 100 --window 1', ('node-pg', 'node-pg-group'), database='postgresql'),
    'pg-dm16': Scenario('dm16 on PostgreSQL', '--mode dm --clients 100 --window 16', ('node-pg', 'node-pg-group'), database='postgresql'),
}
# What may be asked for by name, in the order in which it is done.
TOGETHER = {'pages': ('pages', 'pages-gunicorn', 'pages-3x', 'pages-3x-gunicorn', 'pages-flat', 'pages-crowd', 'first-view'),
            'postgresql': ('pg-dm1', 'pg-dm16')}
NAMES = {**{name: (name,) for name in SCENARIOS if name not in sum(TOGETHER.values(), ())}, **TOGETHER, 'growth': ()}
QUICK = ('rate500', 'dm1', 'dm16', 'fan1000', 'idle5000', 'form')

CPU, P50, P99 = ('CPU a message', 'cpu_us_per_msg'), ('p50', 'p50_ms'), ('p99', 'p99_ms')
RATE = ('messages a second', 'msgs_per_s')
LINES = (
    Line('dm1', *CPU, 'node', '≤', 1.0, 0.6),
    Line('dm1', *CPU, 'ceil-thread', '≤', 1.7, 1.0),
    Line('dm16', *CPU, 'node', '≤', 0.7, 0.4),
    Line('dm16', *CPU, 'node-group', '≤', 2.5, 1.2),
    Line('dm1k', *RATE, 'node', '≥', 2, 3),
    Line('rate500', *CPU, 'node-group', '≤', 1.5, 1.0),
    Line('rate500', *P50, 'node-group', '≤', 1.5, 1.0),
    Line('rate500', *P99, 'node-group', '≤', 1.3, 1.0),
    Line('rate2000', *CPU, 'node-group', '≤', 2, 1.2),
    Line('rate2000', *P50, 'node-group', '≤', 1.6, 1.2),
    Line('rate2000', *P99, 'node-group', '≤', 1.5, 1.2),
    Line('idle5000', 'CPU a connect', 'connect_cpu_us', 'node', '≤', 2.4, 1.5),
    Line('idle5000', 'memory a socket', 'rss_kib_per_client', 'node', '≤', 0.4, 0.25),
    Line('idle5000', 'idle CPU, % of a core', 'idle_cpu_pct', None, '≤', 1, 0.3),
    Line('fan1000', 'CPU a delivery', 'cpu_us_per_delivery', 'node', '≤', 0.4, 0.25),
    Line('form', 'p50, ms', 'p50_ms', None, '≤', 15, 5),
    Line('flat', 'sync of 50', 'sync_ms', 'few', '≤', 1.2, 1.05),
    Line('flat', 'list of conversations', 'list_ms', 'few', '≤', 1.2, 1.05),
    Line('start', 'seconds', 'seconds', None, '≤', 1, 0.3),
    *(Line(scenario, what, figure, 'tutorial', '≤', must, moonshot)
      for scenario in ('pages', 'pages-gunicorn', 'pages-3x', 'pages-3x-gunicorn')
      for what, figure, must, moonshot in (
          ('index', 'index_ms', 1.5, 1.0), ('chat', 'chat_ms', 1.5, 1.0), ('chat/N, 50 messages', 'chat_n_ms', 1.5, 1.0),
          ('updates.json, nothing new', 'updates_ms', 0.35, 0.25), ('command.json, a message', 'command_ms', 1.2, 1.0),
          ('the form, a message', 'form_ms', 1.2, 1.0), ('login page', 'login_ms', 1.2, 1.0))),
    *(Line('pages-flat', what, figure, 'few', '≤', 1.2, 1.05) for what, figure in (
        ('inbox', 'index_ms'), ('chat', 'chat_ms'), ('chat/N', 'chat_n_ms'), ('conversations.json', 'list_ms'), ('search', 'search_ms'))),
    Line('pages-crowd', "clicks' p95", 'p95_ms', 'quiet', '≤', 3, 2),
    Line('first-view', 'largest contentful paint, s', 'lcp_s', None, '≤', 1.0, 0.5),
    Line('first-view', 'longest task, ms', 'longest_task_ms', None, '≤', 50, 25),
    Line('pg-dm1', *RATE, 'node-pg', '≥', 3, 6),
    Line('pg-dm16', *RATE, 'node-pg', '≥', 3, 6),
)


def judged(name):
    """Return the peers that a line of the table holds against ours in a scenario."""
    peers = {line.peer for line in LINES if line.scenario == name}
    return tuple(peer for peer in SCENARIOS[name].peers if peer in peers)
