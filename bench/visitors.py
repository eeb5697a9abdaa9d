"""Who uses the pages: members who look at their inbox, timed in a process of their own, and strangers who ask for what costs most.

As a program it reads a line of JSON from stdin: {port, cookies, path}; each member loads that page once a second until there is another
line, then it prints {samples: [[when it was due, seconds it took], …], refused: {status: how often}}.
"""
import http.client
import itertools
import json
import select
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from pathlib import Path

from crowds.nuisances import Nuisance

STRANGERS, EVERY = 10, 1.0
PATIENCE = 30
LINE, PARTS = 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=b'
ACCOUNT = '/messenger/default/user/'


def loading(target, members, path='/messenger/messaging/index'):
    """Start the members who load pages; return their process."""
    process = subprocess.Popen([sys.executable, str(Path(__file__))], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    asked = {'port': target.stack.port, 'cookies': [target.cookie(member) for member in members], 'path': path}
    process.stdin.write(json.dumps(asked) + '\n')
    process.stdin.flush()
    return process


def worst_requests():
    """Return (method, path, content type, body): what a stranger may have looked at, and what they are refused."""
    sys.path.append(str(Path(__file__).resolve().parent.parent / 'tests' / 'support'))
    from worst_bodies import worst
    requests = [('GET', path, None, None) for path in (
        ACCOUNT + 'login', ACCOUNT + 'register', ACCOUNT + 'request_reset_password', '/messenger/messaging/search?q=a+b+c',
        '/messenger/nothing/x',
        '/messenger/messaging/updates.json?since=0', '/messenger/default/index?' + 'a=&' * 5_000, '/messenger/appadmin/index')]
    requests += [('POST', ACCOUNT + action, kind, body) for action in ('login', 'register', 'request_reset_password')
                 for _, kind, body in worst(136_000, 300, 131_072, 'email')]
    requests += [('POST', '/messenger/messaging/send_message', kind, body) for _, kind, body in worst(136_000, 300, 131_072)]
    much = b'&'.join(b'a%d=' % number for number in range(20_000))
    requests += [('POST', path, kind, much) for path in (ACCOUNT + 'login', '/messenger/appadmin/select/db', '/messenger/nothing/x')
                 for kind in (LINE, PARTS, 'text/plain')]
    return requests


class Strangers(Nuisance):
    """`connections` of people who aren't logged in, each with the next of the worst requests as soon as the last was answered."""
    connections = STRANGERS

    def begin(self):
        self.began_at, self.is_over, self.answers = time.monotonic(), threading.Event(), Counter()
        requests = worst_requests()
        for number in range(self.connections):
            turn = itertools.cycle(requests[number::self.connections] + requests[:number])
            threading.Thread(target=self.ask, args=(turn,), daemon=True).start()

    def ask(self, turn):
        for number, (method, path, kind, body) in enumerate(turn):
            if self.is_over.is_set():
                return
            try:
                self.answers[asked(self.target.stack.port, method, path, kind, body)] += 1
                if number % 5 == 0:
                    self.knock()
            except (OSError, http.client.HTTPException) as error:
                self.answers[type(error).__name__] += 1

    def knock(self):
        """Open a socket without a session."""
        from crowds.clients import HANDSHAKE, LISTEN
        with socket.create_connection(('127.0.0.1', self.target.port), PATIENCE) as peer:
            peer.sendall((HANDSHAKE % (LISTEN, '')).encode())
            self.answers['socket ' + peer.recv(100).split(b' ')[1].decode()] += 1


def asked(port, method, path, kind=None, body=None, cookie=''):
    """Return the status of one request on a connection of its own."""
    connection = http.client.HTTPConnection('127.0.0.1', port, timeout=PATIENCE)
    try:
        connection.request(method, path, body, {**({'Content-Type': kind} if kind else {}), **({'Cookie': cookie} if cookie else {})})
        answer = connection.getresponse()
        answer.read()
        return answer.status
    finally:
        connection.close()


def main():
    told = json.loads((not sys.argv[1:] and sys.stdin.readline()) or sys.exit(__doc__))
    samples, refused, began = [], Counter(), time.monotonic()

    def load(cookie, first):
        for number in itertools.count():
            due = first + EVERY * number
            time.sleep(max(0.0, due - time.monotonic()))
            status = asked(told['port'], 'GET', told['path'], cookie=cookie)
            samples.append((due, time.monotonic() - due))
            if status != 200:
                refused[status] += 1
    for number, cookie in enumerate(told['cookies']):
        threading.Thread(target=load, args=(cookie, began + EVERY * number / len(told['cookies'])), daemon=True).start()
    select.select([sys.stdin], [], [])
    json.dump({'samples': list(samples), 'refused': refused}, sys.stdout)


if __name__ == '__main__':
    main()
