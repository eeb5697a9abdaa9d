"""What is measured, as a process with a port: a peer on an empty database, or the product with a site around it. For one round."""
import contextlib
import json
import os
import shutil
import socket
import subprocess
import tempfile
import time

from . import folders
from .lines import OURS

START_SECONDS, END_SECONDS = 30, 5
# What is said to the product is said as its pages say it: with a ref.
OURS_SAY = ('--ready', '{"type":"welcome"', '--path', '/messenger/messaging/stream/listen?v=1',
            '--template', '{"type":"send","ref":"%N","receiver":%R,"content":"%C"}')
PEERS_SAY = ('--path', '/ws', '--template', '{"receiver":%R,"content":"%C"}')
PYTHON, NODE = 'python', 'node'
COMMANDS = {
    'naive': (PYTHON, 'naive.py'), 'ceil-thread': (PYTHON, 'ceiling.py'), 'picows': (PYTHON, 'picows_app.py'),
    'node': (NODE, 'node_ws.js'), 'node-group': (NODE, 'node_ws.js', '--group'),
    'node-pg': (NODE, 'node_pg.js'), 'node-pg-group': (NODE, 'node_pg.js', '--group'),
}


class NotStarted(Exception):
    """Why a server can't be measured, in one sentence."""


class Running:
    """A server that was started: its port and process, and what the load generator has to say to it."""

    def __init__(self, port, pid, said, ask=None):
        self.port, self.pid, self.said, self.ask = port, pid, said, ask


def command(peer):
    """Return how a peer is started, without its options."""
    kind, script, *more = COMMANDS[peer]
    program = folders.node() if kind == NODE else folders.PEERS_PYTHON
    if not program or not os.path.exists(program):
        raise NotStarted('%s is not installed' % kind)
    return [str(program), str(folders.PEERS / script), *more]


@contextlib.contextmanager
def peer(name, scenario, database):
    """Start a peer; `database` are the options that say which one, of a server."""
    folder, port = tempfile.mkdtemp(prefix='bench-'), free_port()
    folders.LOGS.mkdir(parents=True, exist_ok=True)
    with open(folders.LOGS / (name + '.log'), 'w+b') as log:
        process = subprocess.Popen([*command(name), '--port', str(port), *(database or ('--db', os.path.join(folder, 'bench.db')))],
                                   stdout=log, stderr=log, stdin=subprocess.DEVNULL, env=folders.environment(), cwd=folder)
        try:
            wait_for_port(port, process, log.name)
            cookie = 'user=1' if scenario.mode == 'fanout' else 'user=%U'
            yield Running(port, process.pid, [*PEERS_SAY, '--cookie', cookie])
        finally:
            end(process)
            shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def ours(checkout, scenario, uri=None, **more):
    """Start the product of a checkout, with a site of as many members as there are clients."""
    asked = {'members': scenario.members, 'settings': dict(scenario.settings), 'uri': uri, **more}
    process = subprocess.Popen(folders.program('host', json.dumps(asked)), cwd=folders.BENCH, env=folders.checkout(checkout),
                               stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        told = answer_of(process)
        cookies = told['first_cookie'] if scenario.mode == 'fanout' else told['cookies']
        yield Running(told['port'], told['pid'], [*OURS_SAY, '--cookies', cookies], lambda **question: ask(process, question))
    finally:
        process.stdin.close()
        end(process, 4 * END_SECONDS)
        process.stdout.close()


def ask(process, question):
    process.stdin.write(json.dumps(question) + '\n')
    process.stdin.flush()
    return answer_of(process)


def answer_of(process):
    line = process.stdout.readline()
    if not line:
        raise NotStarted('%s ended with %d' % (OURS, process.wait()))
    return json.loads(line)


def end(process, seconds=END_SECONDS):
    """End what was started here, politely first. Whoever waits for the end of its stdin has got it."""
    if process.stdin is None:
        process.terminate()
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def free_port():
    with socket.socket() as probe:
        probe.bind(('127.0.0.1', 0))
        return probe.getsockname()[1]


def wait_for_port(port, process, log):
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            socket.create_connection(('127.0.0.1', port), 0.5).close()
            return time.sleep(0.2)
        except OSError:
            time.sleep(0.05)
    raise NotStarted('it does not start: %s' % last_word(log))


def last_word(log):
    """Return the line of a log that says most about why a program ended."""
    with open(log, errors='replace') as said:
        lines = [line.strip() for line in said if line.strip()] or ['it said nothing']
    return next((line for line in reversed(lines) if 'Error' in line), lines[-1])
