#!/usr/bin/env python3
"""The sidecar: live sockets beside a web2py install. Options, wiring and start; the only file that opens a port.

    browser ──socket──> handler ─> server ─> client ──> writer (thread) ──> database
       ^                                                    │ reads on in the feed when somebody wrote (watch)
       └──────────── connection <── hub <── bridge <────────┘
"""
import argparse
import functools
import ipaddress
import logging
import os
import resource
import signal
import socket
import sys
import time

APPLICATION = 'messenger'


def main():
    keep_standard_streams()
    options = parse(sys.argv[1:])
    if options.echo and not is_loopback(options.host):
        sys.exit('websocket_server: --echo is for tests and listens on loopback only, not on %s.' % options.host)
    folder = os.path.join(options.web2py, 'applications', APPLICATION)
    if not os.path.isdir(os.path.join(folder, 'modules', 'messenger_live')):
        sys.exit('%s holds no messenger; name the web2py folder with --web2py.' % folder)
    prepare_imports(options.web2py, folder)
    from messenger_core.errors import SchemaError, SettingsError
    from messenger_live.sessions.session import StoreUnavailable
    try:
        run((lambda: Echo(options)) if options.echo else (lambda: Sidecar(options, folder)))
    except (SettingsError, SchemaError, StoreUnavailable, ValueError, OverflowError, OSError) as error:
        sys.exit('websocket_server: %s' % error)


def keep_standard_streams():
    """Have something behind 0, 1 and 2: else the database's file takes the number, and what is meant for stderr is written into it."""
    while os.open(os.devnull, os.O_RDWR) < 2:
        pass        # each takes the lowest number there is


def parse(arguments):
    parser = argparse.ArgumentParser(description='Live sockets for the messenger of a web2py install.')
    parser.add_argument('--web2py', metavar='DIR', default=os.path.dirname(os.path.abspath(__file__)), type=os.path.abspath,
                        help='the web2py folder (default: where this file lies)')
    parser.add_argument('--host', default='127.0.0.1', help='address to listen on (default: %(default)s)')
    parser.add_argument('--port', type=int, help='port to listen on (default: [realtime] port, 8001)')
    parser.add_argument('--monitor-port', type=int, help='port of /health and /metrics, on loopback; 0 for none (default: [realtime] '
                                                         'monitor_port, 8002)')
    parser.add_argument('--origin', action='append', default=[], metavar='URL',
                        help='a site whose pages may connect, like https://example.com; may be repeated (default: [realtime] origins)')
    parser.add_argument('--echo', action='store_true',
                        help='send back whatever comes, for conformance tests: no sessions, no Origin, no database; on loopback only')
    return parser.parse_args(arguments)


def is_loopback(host):
    """Say whether nobody but this machine can reach `host`."""
    try:
        return host == 'localhost' or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def prepare_imports(web2py, folder):
    """Put our modules first, then the pydal that the install itself brings: web2py and the sidecar must agree on it."""
    bundled = [os.path.join(web2py, 'gluon', 'packages', name) for name in ('pydal', 'dal')]
    sys.path[:0] = [os.path.join(folder, 'modules')] + [path for path in bundled if os.path.isdir(os.path.join(path, 'pydal'))]


def run(make):
    """Start everything, serve until a signal or a lost database, stop everything."""
    import gevent.event
    from messenger_live.operation import logs
    sidecar = make()
    stopped = gevent.event.AsyncResult()

    def stop(number, code):
        if stopped.ready():
            os._exit(128 + number)      # asked for twice: whoever asks has no time
        stopped.set(code)
    for number, code in ((signal.SIGTERM, 1012), (signal.SIGINT, 1001)):
        gevent.signal_handler(number, stop, number, code)
    stop_logging = logs.start(sidecar.realtime.log_format)
    reason = sidecar.serve(stopped)
    stop_logging()
    if reason:
        sys.exit('websocket_server: %s' % reason)


class Sidecar:
    """Every part of it, wired. Refuses here, before anything runs, what can't work."""

    def __init__(self, options, folder):
        import gevent
        from messenger_core import settings
        from messenger_core.database import alone, connection
        from messenger_core.feed import memory
        from messenger_core.upgrade import schema
        from messenger_live.news.hub import Hub
        from messenger_live.operation import metrics
        from messenger_live.operation.health import Health
        from messenger_live.server import Server
        from messenger_live.sessions.stores import store_of
        from messenger_live.sockets.door import Door, ticker
        from messenger_live.wire.handshake import origins_of
        from messenger_live.workers.background import Troubles
        from messenger_live.workers.bridge import Bridge
        from messenger_live.workers.reading.readers import Readers
        from messenger_live.workers.tidying import tidying_of
        from messenger_live.workers.watch import Watch
        from messenger_live.workers.writer import Writer

        configuration = settings.load(folder)
        realtime = self.realtime = configuration.realtime
        origins = origins_of(configuration, options.origin)
        sessions = store_of(configuration, folder, APPLICATION)
        sessions.check()

        connect, is_shared = functools.partial(connection.connect, configuration, folder), bool(configuration.auth.masterapp)
        db = connect()
        schema.check(db, is_shared)
        hub = Hub(memory.resume(db), is_shared)
        db.close()

        loop = gevent.get_hub().loop
        self.bridge = Bridge(loop)
        troubles, file = Troubles(), db._adapter.dbpath if db._adapter.dbengine == 'sqlite' else None
        self.writer = Writer(functools.partial(connect, writes_much=True), self.bridge, hub, self._lose, troubles, file, realtime,
                             configuration.retention.events_days, is_shared)
        self.readers = Readers(connect, self.bridge, sessions, troubles, is_shared, limit=realtime.jobs_waiting)
        self.watch = Watch(db._adapter, self.writer.wake, realtime.poll_seconds, realtime.timer_seconds, socket.socket.bind,
                           lambda: alone.backend(self.writer.db))
        self.tidying = tidying_of(configuration, folder, APPLICATION, lambda: connection.connect_sessions(configuration, folder),
                                  self.writer.duties)
        health = Health(troubles, self.writer, (self.readers, self.watch, self.tidying), 2 * configuration.db.answer_seconds)
        self.server = Server(loop, realtime, APPLICATION, sessions, origins, hub, self.writer, self.readers, health)
        self.listener = listen(options.host, realtime.port if options.port is None else options.port, realtime)
        self.http = Door(self.listener, self.server)
        self.monitor = monitor(options, realtime, self.server)
        metrics.watch(self.server, self.writer, self.readers)
        self.ticker, self.reason = ticker(loop, realtime), None

    def serve(self, stopped):
        """Serve until `stopped` holds the close code to say goodbye with, or the database is lost; return the reason for the latter."""
        self.stopped, log = stopped, logging.getLogger('messenger')
        for part in filter(None, (self.writer, self.readers, self.watch, self.tidying, self.http, self.monitor)):
            part.start()
        self.server.begin(self.ticker)
        self.writer.wake()      # tell what was written while no sidecar ran
        log.info('listening on %s:%d', *self.listener.getsockname()[:2])
        self._stop(stopped.get())
        return self.reason

    def _stop(self, code):
        import gevent
        logging.getLogger('messenger').info('stopping')
        self.http.stop_accepting()
        self.watch.stop()
        self.tidying.stop()
        deadline = time.monotonic() + self.realtime.drain_seconds
        # What was asked for before this moment is still stored, acked and told; but no database that hangs is waited for.
        gevent.get_hub().threadpool.apply(self.writer.stop, (self.realtime.drain_seconds - self.realtime.close_seconds,))
        gevent.sleep(0)
        self.server.stop(code)
        while self.server.connections and time.monotonic() < deadline:
            gevent.sleep(0.05)
            self.server.tick()
        for part in filter(None, (self.http, self.monitor)):
            part.stop(timeout=0)

    def _lose(self, reason):
        self.reason = reason
        self.bridge.post(self.stopped.set, 1012)


class Echo:
    """The sidecar's handler and connections with nothing behind them."""

    def __init__(self, options):
        import gevent
        from messenger_live.sockets import door, echo
        loop = gevent.get_hub().loop
        self.server = echo.Echo(loop)
        self.realtime = self.server.realtime
        self.listener = listen(options.host, self.server.realtime.port if options.port is None else options.port, self.server.realtime)
        self.http = door.Door(self.listener, self.server)
        self.ticker = door.ticker(loop, self.server.realtime)

    def serve(self, stopped):
        import gevent
        self.http.start()
        self.ticker.start(self.server.tick)
        logging.getLogger('messenger').info('echoing on %s:%d', *self.listener.getsockname()[:2])
        code = stopped.get()
        self.http.stop(timeout=0)
        self.server.stop(code)
        gevent.sleep(0.01)      # for what was said last to go out


def monitor(options, realtime, server):
    """Return the Monitor, or None where it isn't wanted."""
    from messenger_live.operation.monitor import Monitor
    port = realtime.monitor_port if options.monitor_port is None else options.monitor_port
    return Monitor(bound('127.0.0.1', port, '--monitor-port'), server.health) if port else None


def listen(host, port, realtime):
    """Return the listening socket. Its children inherit TCP_NODELAY, without which each answer may wait 40 ms for an ACK.

    And that the kernel gives up a peer that has vanished, even before its silence is noticed here.
    """
    from messenger_live.sockets import door
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    if hard != resource.RLIM_INFINITY and door.fit_to_files(realtime, hard):
        logging.getLogger('messenger').warning('only %d connections in all: this process may open no more than %d files (ulimit -n)',
                                               realtime.connections_in_all, hard)
    listener = bound(host, port, '--port')
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    if hasattr(socket, 'TCP_USER_TIMEOUT'):     # Linux
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, int(1000 * realtime.unacked_seconds))
    return listener


def bound(host, port, option):
    """Return a listening socket; raises OSError with a sentence that names the option."""
    listener = socket.socket(socket.AF_INET6 if ':' in host else socket.AF_INET)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        raise OSError('cannot listen on %s:%d (%s); choose another with %s.' % (host, port, error.strerror, option)) from error
    listener.listen(4096)
    listener.setblocking(False)
    return listener


if __name__ == '__main__':
    # Threads that wait for the interpreter must not wait 5 ms for it: the writer thread is in every message's way.
    sys.setswitchinterval(0.001)
    main()
