"""What pages take of the processor beside the tutorial's own index page, asked at the same pace, of the same web2py.

    python -m ours.pages [rocket | gunicorn] [--upstream] [--asks 30] [--pace 16]     # in bench; prints JSON {"ours": …, "tutorial": …}

Each page is asked for in blocks, and the tutorial's between them. What is counted is the process, all its threads.
"""
import argparse
import functools
import glob
import http.client
import json
import os
import shutil
import statistics
import tempfile
import time
import urllib.parse

from referee.lines import OURS
from referee.rounds import LEFT_OUT
from sites.paged import Paged

MESSAGES, CONVERSATIONS, WARM, BLOCKS, ASKS, PACE = 1_000, 100, 10, 3, 30, 16
TUTORIAL, GUNICORN, INDEX, LOGIN = 'tutorial', 'gunicorn', 'index_ms', 'login_ms'
UPSTREAM = 'BENCH_WEB2PY_3X'    # there is no package of it: a checkout with its submodules
READ = {INDEX: '/messaging/index', 'chat_ms': '/messaging/chat', 'chat_n_ms': '/messaging/chat/2', LOGIN: '/default/user/login'}


class Client:
    """One who asks both applications over one connection."""

    def __init__(self, site):
        self.site, self.connection, self.sent = site, http.client.HTTPConnection('127.0.0.1', site.stack.port), 0

    def ask(self, path, cookie='', body=None, kind=None):
        """Return the text; raises SystemExit for what is no answer."""
        headers = {'Accept-Encoding': 'gzip', 'Accept-Language': 'en-US,en;q=0.5', **({'Cookie': cookie} if cookie else {}),
                   **({'Content-Type': kind, 'Origin': self.site.stack.url} if kind else {})}
        self.connection.request('GET' if body is None else 'POST', path, body, headers)
        answer = self.connection.getresponse()
        text = answer.read()
        if answer.status not in (200, 303):
            raise SystemExit('%s answers %d: %s' % (path, answer.status, text[:200]))
        return text

    def tutorials(self, figure):
        return self.ask('/tutorial' + (READ[LOGIN] if figure == LOGIN else READ[INDEX]), '' if figure == LOGIN else self.site.theirs)

    def poll(self):
        self.ask('/messenger/messaging/updates.json?since=%d' % self.site.head, self.site.ours)

    def command(self):
        self.sent += 1
        frame = {'type': 'send', 'receiver': '#2', 'content': 'said by a command', 'ref': 'pages-%d' % self.sent}
        self.ask('/messenger/messaging/command.json', self.site.ours, json.dumps(frame), 'application/json')

    def form(self):
        self.sent += 1
        fields = {**self.fields, 'receiver': '#2', 'content': 'said by a form', 'ref': 'pages-%d' % self.sent}
        self.ask('/messenger/messaging/send_message', self.site.ours, urllib.parse.urlencode(fields), 'application/x-www-form-urlencoded')

    def read_form(self):
        import gzip

        from member import hidden_fields
        self.fields = hidden_fields(gzip.decompress(self.ask('/messenger/messaging/send_message', self.site.ours)).decode())


def measure(server, asks, pace):
    folder = tempfile.mkdtemp(prefix='bench-')
    site = Paged(folder, MESSAGES, CONVERSATIONS, server)
    try:
        return figures(Client(site), asks, pace)
    finally:
        site.close()
        shutil.rmtree(folder, ignore_errors=True)


def figures(client, asks, pace):
    client.read_form()
    pages = {figure: functools.partial(client.ask, '/messenger' + path, '' if figure == LOGIN else client.site.ours)
             for figure, path in READ.items()}
    # What writes comes last: a poll finds nothing new before.
    pages.update(updates_ms=client.poll, command_ms=client.command, form_ms=client.form)
    ours, theirs = {figure: [] for figure in pages}, {INDEX: [], LOGIN: []}
    for action in (*pages.values(), lambda: client.tutorials(INDEX), lambda: client.tutorials(LOGIN)):
        block(client.site, action, WARM, pace)
    client.site.head = client.site.stack.query('SELECT head FROM messenger_feed')[0][0]
    for _ in range(BLOCKS):
        for figure in theirs:
            theirs[figure].append(block(client.site, lambda figure=figure: client.tutorials(figure), asks, pace))
        for figure, action in pages.items():
            if figure == 'updates_ms':
                client.site.head = client.site.stack.query('SELECT head FROM messenger_feed')[0][0]
            ours[figure].append(block(client.site, action, asks, pace))
    theirs = {figure: statistics.median(theirs[LOGIN if figure == LOGIN else INDEX]) for figure in pages}
    return {OURS: {figure: statistics.median(found) for figure, found in ours.items()}, TUTORIAL: theirs}


def block(site, action, asks, pace):
    """Return the milliseconds of processor time that an ask takes."""
    before, began = site.cpu(), time.monotonic()
    for number in range(1, asks + 1):
        action()
        time.sleep(max(0.0, began + number / pace - time.monotonic()))
    return (site.cpu() - before) / asks


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('server', nargs='?', default='rocket', choices=('rocket', GUNICORN))
    parser.add_argument('--upstream', action='store_true', help='in the web2py 3.x whose folder %s names' % UPSTREAM)
    parser.add_argument('--asks', type=int, default=ASKS)
    parser.add_argument('--pace', type=float, default=PACE, help='how often a second')
    asked = parser.parse_args()
    missing = lacking(asked.server, asked.upstream)
    print(json.dumps({LEFT_OUT: missing} if missing else measure(asked.server, asked.asks, asked.pace)))


def lacking(server, upstream):
    """Return what is not there to measure with, None where all is; from here on web2py is that of UPSTREAM, if that is asked for."""
    if server == GUNICORN and not glob.glob(os.path.join(os.environ['BENCH_PEERS'], 'lib', 'python3*', 'site-packages', GUNICORN)):
        return 'there is no gunicorn'
    if upstream:
        os.environ['WEB2PY_HOME'] = os.environ.get(UPSTREAM, '')
        if not os.path.isfile(os.path.join(os.environ['WEB2PY_HOME'], 'gluon', 'version.py')):
            return '%s names no folder with a web2py 3.x' % UPSTREAM
    return None


if __name__ == '__main__':
    main()
