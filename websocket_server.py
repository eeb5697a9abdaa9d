#!/usr/bin/env python3
"""The sidecar: live sockets beside a web2py install. Options, wiring and start; the only file that opens a port.

    browser ──socket──> handler ─> server ─> client ──> writer (thread) ──> database
       ^                                                    │ reads on in the feed when somebody wrote (watch)
       └──────────── connection <── hub <── bridge <────────┘
"""
import argparse
import logging
import logging.handlers
import os
import queue
import resource
import signal
import socket
import sys
import time

APPLICATION = 'messenger'
TICK_SECONDS = 1.0


def main():
    options = parse(sys.argv[1:])
    folder = os.path.join(options.web2py, 'applications', APPLICATION)
    if not os.path.isdir(os.path.join(folder, 'modules', 'messenger_live')):
        sys.exit('%s holds no messenger; name the web2py folder with --web2py.' % folder)
    prepare_imports(options.web2py, folder)
    from messenger_core.errors import SchemaError, SettingsError
    try:
        run(options, folder)
    except (SettingsError, SchemaError, ValueError, OSError) as error:
        sys.exit('websocket_server: %s' % error)


def parse(arguments):
    parser = argparse.ArgumentParser(description='Live sockets for the messenger of a web2py install.')
    parser.add_argument('--web2py', metavar='DIR', default=os.path.dirname(os.path.abspath(__file__)), type=os.path.abspath,
                        help='the web2py folder (default: where this file lies)')
    parser.add_argument('--host', default='127.0.0.1', help='address to listen on (default: %(default)s)')
    parser.add_argument('--port', type=int, help='port to listen on (default: [realtime] port, 8001)')
    parser.add_argument('--origin', action='append', default=[], metavar='URL',
                        help='a site whose pages may connect, like https://example.com; may be repeated (default: [realtime] origins)')
    return parser.parse_args(arguments)


def prepare_imports(web2py, folder):
    """Put our modules first, then the pydal that the install itself brings: web2py and the sidecar must agree on it."""
    bundled = [os.path.join(web2py, 'gluon', 'packages', name) for name in ('pydal', 'dal')]
    sys.path[:0] = [os.path.join(folder, 'modules')] + [path for path in bundled if os.path.isdir(os.path.join(path, 'pydal'))]


def run(options, folder):
    """Start everything, serve until a signal or a lost database, stop everything."""
    import gevent.event
    sidecar = Sidecar(options, folder)
    stopped = gevent.event.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        gevent.signal_handler(number, stopped.set)
    stop_logging = start_logging()
    reason = sidecar.serve(stopped)
    stop_logging()
    if reason:
        sys.exit('websocket_server: %s' % reason)


class Sidecar:
    """Every part of it, wired. Refuses here, before anything runs, what can't work."""

    def __init__(self, options, folder):
        import gevent
        from gevent.pywsgi import WSGIServer
        from messenger_core import database, feed, schema, settings
        from messenger_live.bridge import Bridge
        from messenger_live.handler import Handler
        from messenger_live.handshake import OriginPolicy
        from messenger_live.hub import Hub
        from messenger_live.readers import Readers
        from messenger_live.server import Server
        from messenger_live.sessions import FileSessions, check_readable
        from messenger_live.watch import Watch
        from messenger_live.writer import Writer

        configuration = settings.load(folder)
        realtime = self.realtime = configuration.realtime
        origins = OriginPolicy(options.origin or realtime.origins.replace(',', ' ').split(), scheme_of(realtime.url))
        sessions = FileSessions(os.path.join(folder, 'sessions'), APPLICATION)
        check_readable(os.path.join(folder, 'sessions'))

        def connect():
            return database.connect(configuration, folder)

        db = connect()
        schema.check(db)
        hub = Hub(feed.state(db))
        db.close()

        loop = gevent.get_hub().loop
        self.bridge = Bridge(loop)
        file = db._adapter.dbpath if db._adapter.dbengine == 'sqlite' else None
        self.writer = Writer(connect, self.bridge, hub, self._lose, file, realtime.delivered_seconds)
        self.readers = Readers(connect, self.bridge, sessions)
        self.watch = Watch(db._adapter, self.writer.wake, realtime.poll_seconds, realtime.timer_seconds)
        self.server = Server(loop, realtime, APPLICATION, sessions.cookie_name, origins, hub, self.writer, self.readers)
        self.listener = listen(options.host, realtime.port if options.port is None else options.port)
        self.http = WSGIServer(self.listener, application=self.server, handler_class=Handler, log=None, error_log=None,
                               environ={'SERVER_NAME': APPLICATION})     # else it asks the name service for one
        self.ticker = loop.timer(TICK_SECONDS, min(TICK_SECONDS, max(0.05, realtime.close_seconds)))
        self.reason = None

    def serve(self, stopped):
        """Serve until the event is set or the database is lost; return the reason for the latter."""
        self.stopped, log = stopped, logging.getLogger('messenger')
        for part in (self.writer, self.readers, self.watch, self.http):
            part.start()
        self.ticker.start(self.server.tick)
        self.writer.wake()      # tell what was written while no sidecar ran
        log.info('listening on %s:%d', *self.listener.getsockname()[:2])
        stopped.wait()
        log.info('stopping')
        self._stop()
        return self.reason

    def _stop(self):
        import gevent
        self.http.stop_accepting()
        self.watch.stop()
        # What was asked for before this moment is still stored, acked and told.
        gevent.get_hub().threadpool.apply(self.writer.stop)
        gevent.sleep(0)
        self.server.stop()
        deadline = time.monotonic() + self.realtime.drain_seconds
        while self.server.connections and time.monotonic() < deadline:
            gevent.sleep(0.05)
            self.server.tick()
        self.http.stop(timeout=0)

    def _lose(self, reason):
        self.reason = reason
        self.bridge.post(self.stopped.set)


def scheme_of(url):
    """Return the scheme of the pages, as [realtime] url tells it, or None."""
    return {'wss': 'https', 'https': 'https', 'ws': 'http', 'http': 'http'}.get(url.partition(':')[0])


def listen(host, port):
    """Return the listening socket. Its children inherit TCP_NODELAY, without which each answer may wait 40 ms for an ACK."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    listener = socket.socket(socket.AF_INET6 if ':' in host else socket.AF_INET)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        raise OSError('cannot listen on %s:%d (%s); choose another with --port.' % (host, port, error.strerror)) from error
    listener.listen(4096)
    listener.setblocking(False)
    return listener


def start_logging():
    """Log to stderr through a thread of its own, so that a slow terminal never stops the loop; return what stops it."""
    lines = queue.SimpleQueue()
    stderr = logging.StreamHandler()
    stderr.setFormatter(logging.Formatter('%(asctime)s %(levelname)s %(name)s: %(message)s'))
    listener = logging.handlers.QueueListener(lines, stderr)
    listener.start()
    root = logging.getLogger()
    root.addHandler(logging.handlers.QueueHandler(lines))
    root.setLevel(logging.INFO)
    return listener.stop


if __name__ == '__main__':
    # Threads that wait for the interpreter must not wait 5 ms for it: the writer thread is in every message's way.
    sys.setswitchinterval(0.001)
    main()
