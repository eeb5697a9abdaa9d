"""The real sidecar as a process, with members whose sessions lie where web2py would have put them."""
import contextlib
import copy
import json
import os
import pickle
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
import uuid
from datetime import datetime

import websocket
from cast import settle
from machine import ports
from messenger_core import settings
from messenger_live.sessions.files import spread
from places import APPLICATION, ROOT

ORIGIN = 'http://site.example'
LISTEN = '/messenger/messaging/stream/listen'
HANDSHAKE = ('GET %s HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n'
             'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\nOrigin: %s\r\n') % (LISTEN + '?v=1', ORIGIN)
PATIENCE = 10
# How many its threads open when they first need them: three for each connection to SQLite.
DATABASE_FILES = 20


class Sidecar:
    """A web2py folder with the messenger's database and sessions in it, and the sidecar beside it.

    The database is SQLite, or the one at `uri`.
    """

    def __init__(self, folder, uri=None):
        self.folder = folder
        self.environment = {'MESSENGER_DB_URI': uri} if uri else {}
        self.application = folder / 'applications' / 'messenger'
        for name in ('databases', 'sessions'):
            (self.application / name).mkdir(parents=True)
        (self.application / 'modules').symlink_to(APPLICATION / 'modules')
        self.db = settle(settings.load(self.application, self.environment), self.application / 'databases')
        self.program = ROOT / 'websocket_server.py'
        self.process, self.sockets, self.port, self.monitor_port = None, [], *ports.free(2)
        self._descriptors = None

    def beside(self):
        """Return a second one in the same folder, on the same database; it is closed before this one."""
        second = copy.copy(self)
        second.process, second.sockets, second.port, second.monitor_port = None, [], *ports.free(2)
        return second

    # -- the process --

    def launch(self, *arguments, **environment):
        """Start the process and return it, without waiting."""
        command = [sys.executable, str(self.program), '--web2py', str(self.folder), '--port', str(self.port),
                   '--monitor-port', str(self.monitor_port), *arguments]
        with open(self.folder / 'sidecar.log', 'ab') as log:
            return subprocess.Popen(command, stdout=log, stderr=log, env=dict(os.environ, **self.environment, **environment))

    def start(self, **realtime):
        """Start it and wait until it is ready; keyword arguments are [realtime] settings. Its clock is quick: nobody waits for it."""
        environment = {'MESSENGER_REALTIME_%s' % name.upper(): str(value) for name, value in {'tick_seconds': 0.1, **realtime}.items()}
        self.process = self.launch('--origin', ORIGIN, **environment)
        self.wait_for(lambda: self.health() or self.process.poll() is not None)
        assert self.process.poll() is None, 'it ended with %d: %s' % (self.process.poll(), self.log())
        self._descriptors = self.descriptors()
        return self

    def descriptors(self):
        """Return how many files the process has open."""
        return len(os.listdir('/proc/%d/fd' % self.process.pid))

    def health(self):
        """Return what /health says, or None while nobody answers."""
        try:
            with urllib.request.urlopen('http://127.0.0.1:%d/health' % self.monitor_port, timeout=PATIENCE) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as unwell:
            return json.load(unwell)
        except OSError:
            return None

    def wait_for(self, condition):
        """Wait until `condition()` is true; fails after PATIENCE seconds."""
        deadline = time.monotonic() + PATIENCE
        while not condition():
            assert time.monotonic() < deadline, '%s\n%d files, %d at first\n%s' % (
                self.health(), self.descriptors(), self._descriptors or 0, self.log())
            time.sleep(0.02)

    def logs(self, words, times=1):
        """Wait until these words are in its log so often; return True. What it does is seen before what it says of it."""
        self.wait_for(lambda: self.log().count(words) >= times)
        return True

    def log(self):
        path = self.folder / 'sidecar.log'
        return path.read_text() if path.exists() else ''

    def kill(self):
        self.process.kill()
        self.process.wait(PATIENCE)

    def stop(self):
        """End it politely; return its exit code."""
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(PATIENCE) if self.process else None
        except subprocess.TimeoutExpired:
            self.kill()
            raise

    def close(self):
        self.leave()
        self.db.close()

    def leave(self):
        """Close the sockets and the process, and leave the database open to others."""
        for one in self.sockets:
            one.shutdown() if isinstance(one, Socket) else one.close()
        try:
            if self.process and self.process.poll() is None and self._descriptors:
                self.wait_for(self._is_back_to_base)
        finally:
            self.stop()

    def _is_back_to_base(self):
        """Say whether nothing is left of those who were here, whatever they and the test have done."""
        health = self.health()
        if health is None:      # about to end
            return self.process.poll() is not None
        return health['connections'] == 0 and self.descriptors() <= self._descriptors + DATABASE_FILES

    # -- members --

    def session(self, member, expiration=3600, last_visit=None, **more):
        """Log a member in; return the value of their session cookie."""
        session_id = '127.0.0.1-%s' % uuid.uuid4()
        path = self.session_file(session_id)
        path.parent.mkdir(parents=True, exist_ok=True)
        auth = {'user': {'id': member}, 'last_visit': last_visit or datetime.now(), 'expiration': expiration, **more}
        path.write_bytes(pickle.dumps({'auth': auth}))
        return session_id

    def session_file(self, session_id):
        return self.application / 'sessions' / spread(session_id)

    def open(self, member=None, path=LISTEN + '?v=1', origin=ORIGIN, session_id=None, welcome=True):
        """Open a socket; with `welcome` wait for that frame, which is left in `.welcome`."""
        session_id = session_id or (self.session(member) if member else None)
        peer = Socket()
        self.sockets.append(peer)
        peer.settimeout(PATIENCE)
        peer.connect('ws://127.0.0.1:%d%s' % (self.port, path), origin=origin, suppress_origin=origin is None,
                     cookie='session_id_messenger=%s' % session_id if session_id else None)
        if welcome and '?v=1' in path and member:
            peer.welcome = peer.frame()
        return peer

    def raw(self, data=b''):
        """Return a plain TCP socket to the sidecar that has sent `data`."""
        peer = socket.create_connection(('127.0.0.1', self.port), timeout=PATIENCE)
        self.sockets.append(peer)
        peer.sendall(data)
        return peer

    def status(self, request):
        """Send a raw request; return the status of the answer, or None when the connection just ends."""
        answer = self.raw(request.encode('latin-1')).makefile('rb').readline()
        return int(answer.split()[1]) if answer else None

    def insert(self, sender, receiver, content):
        """Insert as an application does that knows the tutorial's five fields only."""
        self.db.executesql('INSERT INTO message (sender, receiver, content, timestamp, is_read) '
                           "VALUES (%d, %d, '%s', '2026-01-02 03:04:05', 'F')" % (sender, receiver, content))
        self.db.commit()


class Socket(websocket.WebSocket):
    """A client of the wire."""

    def ask(self, **frame):
        """Send a frame."""
        self.send(json.dumps(frame))

    def frame(self):
        """Return the next frame but for those about presence, which come whenever somebody comes; fails when there is none."""
        frame = self.any_frame()
        while frame['type'] == 'presence':
            frame = self.any_frame()
        return frame

    def any_frame(self):
        """Return the next frame, whatever it is about; fails when there is none."""
        opcode, data = self._next(websocket.ABNF.OPCODE_TEXT, websocket.ABNF.OPCODE_BINARY)
        assert opcode == websocket.ABNF.OPCODE_TEXT, 'closed: %r' % data
        return json.loads(data)

    def until(self, kind):
        """Return the frames up to and with the first of this type."""
        frames = [self.frame()]
        while frames[-1]['type'] != kind:
            frames.append(self.frame())
        return frames

    def close_code(self):
        """Read on until the server closes; return its code."""
        return int.from_bytes(self._next()[1][:2], 'big')

    def _next(self, *kinds):
        """Return the next (opcode, data) of these kinds or of the end. A server that goes on pinging and says nothing else fails, too."""
        deadline = time.monotonic() + PATIENCE
        while True:
            opcode, data = self.recv_data(control_frame=True)
            if opcode in (websocket.ABNF.OPCODE_CLOSE, *kinds):
                return opcode, data
            assert time.monotonic() < deadline, 'nothing but %d came' % opcode

    def is_silent(self):
        """Say whether everything sent so far was answered: a ping comes back and nothing before it."""
        self.ask(type='ping')
        return self.frame() == {'type': 'pong'}


@contextlib.contextmanager
def listening(stack, member, seconds=PATIENCE):
    """A member's socket at the sidecar of a whole site, which waits so long for what it is to hear."""
    peer = Socket()
    peer.settimeout(seconds)
    peer.connect(stack.socket_url, origin=stack.origin, cookie=member.cookie)
    assert peer.frame()['user_id'] == member.id
    yield peer
    peer.shutdown()
