"""The HTTP side of a socket: one strict request with a deadline, the handshake, and then pywsgi lets go of the socket.

gevent-websocket's WebSocketHandler with its weak points replaced: see docs/decisions/0002-sidecar-stack.md.
"""
import contextlib
import io
import json
import logging
import os
import re
import socket
from time import monotonic
from urllib.parse import parse_qs

import gevent
from geventwebsocket.handler import WebSocketHandler

from ..allowances import Sparing
from ..operation import metrics
from ..wire import handshake, requests
from .whence import Whence

log = logging.getLogger('messenger.handler')
refusals = Sparing(log)

HEADER_BYTES, HEADER_LINES = 16_384, 100
HEADER_LINE = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+:[^\x00-\x08\x0a-\x1f\x7f]*\r\n")
REQUEST_LINE = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+ [\x21-\x7e]+ HTTP/1\.[01]\r\n")
KINDS = {(): 'tutorial', ('1',): 'protocol'}     # who comes, by the `v` in the address
REASONS = {400: 'Bad Request', 403: 'Forbidden', 404: 'Not Found', 405: 'Method Not Allowed', 414: 'URI Too Long',
           426: 'Upgrade Required', 429: 'Too Many Requests', 503: 'Service Unavailable'}
UNREAD = {400: 'This request cannot be read: its headers are too many, too long, or not as HTTP has them.',
          414: 'This address is too long.'}


class Handler(WebSocketHandler):
    """pywsgi's `application` is the server.Server that takes the sockets over; the connection was accepted at `since`."""

    def __init__(self, sock, address, server, since):
        super().__init__(sock, address, server)
        self.since = since

    def handle_one_request(self):
        """One request, whole within the deadline; there is no second one on the same connection."""
        with gevent.Timeout(max(0, self.since + self.server.application.realtime.handshake_seconds - monotonic()), False):
            answer = super().handle_one_request()
            if isinstance(answer, tuple):
                # Not by pywsgi, which takes it for a fault of ours if the peer has left.
                with contextlib.suppress(OSError):
                    self.socket.sendall(self._unread(int(answer[0])))

    def read_requestline(self):
        line = super().read_requestline()
        # A TLS hello, random bytes, HTTP/0.9: not worth parsing, let alone logging.
        return line if REQUEST_LINE.fullmatch(line) or len(line) >= 8192 else ''

    def read_request(self, raw_requestline):
        """Read strictly: what two parties could read differently is refused."""
        lines = self._header_lines()
        stream, self.rfile = self.rfile, io.BytesIO(b''.join(lines))
        try:
            accepted = super().read_request(raw_requestline)
        except ValueError:
            has_body = any(line.lower().startswith((b'content-length:', b'transfer-encoding:')) for line in lines)
            self.sentence = 'HEAD is asked for without a body.' if has_body and raw_requestline.startswith('HEAD ') else None
            raise
        finally:
            self.rfile = stream
        pairs = [line.decode('latin-1').rstrip('\r\n').partition(':') for line in lines[:-1]]
        self.header_pairs = [(name, value.strip(' \t')) for name, _, value in pairs]
        self.close_connection = True
        # Nothing here has a body; pywsgi would read one, to throw it away, before it lets go.
        self.content_length = 0
        del self.headers['transfer-encoding']
        return accepted

    def values(self, name):
        """Return the values of all headers called `name` (in lower case)."""
        return [value for header, value in self.header_pairs if header.lower() == name]

    def run_application(self):
        try:
            super().run_application()
        finally:
            if getattr(self, 'websocket', None):    # the peer left in the middle of the 101
                self.websocket.terminate()

    def upgrade_websocket(self):
        """Answer 101 and set `self.websocket`, or refuse."""
        if any('websocket' in value.lower() for value in self.values('upgrade')):
            return self._open()
        return self._answer_plain_http()

    def run_websocket(self):
        """Hand the socket over; bytes that came with the handshake sit in rfile and go along."""
        self.socket.settimeout(0)
        received = self.rfile.peek()    # raises when the peer has left; the connection is still ours then, and ends with the request
        connection, self.websocket = self.websocket, None
        self.environ['wsgi.websocket'] = None
        self.server.application.opened(connection, self.kind, self.values('cookie'), self._whence().client(), received)
        self.socket = None      # or pywsgi would read from it and close it

    def log_request(self):
        """Nothing: a query string may hold what no log should."""

    def handle_error(self, kind, error, traceback):
        """A fault of ours: said in our log. pywsgi would print it, whatever its text."""
        if not issubclass(kind, (gevent.Timeout, OSError)):     # too late, or the peer has left
            log.error('a request failed', exc_info=(kind, error, traceback))
        self.close_connection = True

    def log_error(self, msg, *args):
        """Nothing: the answer is logged, by _unread."""

    def _header_lines(self):
        lines, size = [], 0
        while not lines or lines[-1] != b'\r\n':
            line = self._line()
            size += len(line)
            if size > HEADER_BYTES or len(lines) == HEADER_LINES or not (line == b'\r\n' or HEADER_LINE.fullmatch(line)):
                raise ValueError('bad headers')
            lines.append(line)
        return lines

    def _line(self):
        try:
            return self.rfile.readline(HEADER_BYTES)
        except OSError as error:
            raise ValueError('the peer has left') from error

    def _open(self):
        desk, path = self.server.application, self.path.split('?', 1)
        try:
            if path[0] not in desk.paths:
                raise handshake.Refused(404, 'There is nothing here.')
            key = handshake.check_upgrade(self.command, self.request_version, self.header_pairs)
            origin, host = self.values('origin'), self.values('host')[0]
            if not desk.origins.allows(origin, host):
                raise handshake.Refused(403, 'This page may not open a socket here.', allowed=desk.origins.said(origin, host))
            self._whence().note_silent_proxy(host)
            desk.admit(self._whence().address())
        except handshake.Refused as refused:
            return self._refuse(refused)
        versions = tuple(parse_qs(path[1] if path[1:] else '').get('v', ()))
        self.kind = KINDS.get(versions, 'later') if desk.paths[path[0]] else 'stream'
        self._detach(key)

    def _detach(self, key):
        # A descriptor of our own: pywsgi closes its one when the handler returns.
        sock = socket.socket(fileno=os.dup(self.socket.fileno()))
        sock.setblocking(False)
        self.websocket = self.environ['wsgi.websocket'] = self.server.application.connection(sock, self._whence().address())
        self.start_response('101 Switching Protocols', [
            ('Upgrade', 'websocket'), ('Connection', 'Upgrade'), ('Sec-WebSocket-Accept', handshake.accept_key(key))])

    def _whence(self):
        peer = self.client_address[0] if self.client_address else ''
        return Whence(peer, self.values('x-forwarded-for'), self.server.application.realtime.trusted_proxies)

    def _answer_plain_http(self):
        path, paths = self.path.split('?', 1)[0], self.server.application.paths
        if path not in (*paths, '/health'):
            sentence = 'There is nothing here: WebSockets are opened at %s, /health says how it is.' % max(paths)
            return self._refuse(handshake.Refused(404, sentence))
        if self.command not in ('GET', 'HEAD'):
            return self._refuse(handshake.Refused(405, 'This address is asked for by GET or HEAD only.', (('Allow', 'GET, HEAD'),)))
        if path in paths:
            return self._refuse(handshake.Refused(426, 'This address speaks WebSocket only.', (('Upgrade', 'websocket'),)))
        # No more than that: a proxy may show it to everybody. What is wrong is said on the monitor's own port.
        ready = self.server.application.health()['ready']
        body = json.dumps({'live': True, 'ready': ready})
        return self._respond('200 OK' if ready else '503 Service Unavailable', body, 'application/json')

    def _refuse(self, refused):
        metrics.handshakes_refused.labels(refused.status).inc()
        self._say(refused.status, refused.reason + (f' ({refused.allowed})' if refused.allowed else ''))
        status = '%d %s' % (refused.status, REASONS[refused.status])
        return self._respond(status, refused.reason + '\n', 'text/plain; charset=utf-8', refused.headers)

    def _unread(self, status):
        """Return the whole answer to what couldn't be read."""
        sentence = getattr(self, 'sentence', None) or UNREAD[status]
        self._say(status, sentence)
        body = '' if self.requestline.startswith('HEAD ') else sentence + '\n'
        head = 'HTTP/1.1 %d %s\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: %d\r\nConnection: close\r\n\r\n'
        return (head % (status, REASONS[status], len(body)) + body).encode()

    def _say(self, status, sentence):
        method, target = (*self.requestline.split(), '', '')[:2]
        refusals.say(monotonic(), 'refused: %d %s: %s', status, requests.named(method, target), sentence)

    def _respond(self, status, text, kind, headers=()):
        body = text.encode('utf-8')
        self.start_response(status, [('Content-Type', kind), ('Content-Length', str(len(body))), ('Connection', 'close'), *headers])
        return [] if self.command == 'HEAD' else [body]
