"""The sidecar with a fault at the place that $FAULT names, once the file $ARMED is there. Run by tests, not imported."""
import os
import signal
import sys
import time
from datetime import datetime, timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))
import websocket_server

options = websocket_server.parse(sys.argv[1:])
websocket_server.prepare_imports(options.web2py, '%s/applications/messenger' % options.web2py)
from messenger_core.messages import conversations  # noqa: E402
from messenger_live import server  # noqa: E402
from messenger_live.news.hub import Hub  # noqa: E402
from messenger_live.sockets.connection import Connection  # noqa: E402
from messenger_live.workers import writer  # noqa: E402
from messenger_live.workers.jobs import Jobs  # noqa: E402
from messenger_live.workers.reading import identities, readers  # noqa: E402
from messenger_live.workers.watch import DataVersion  # noqa: E402


def armed():
    return os.path.exists(os.environ['ARMED'])


def before(where, name, act):
    """Have `act()` happen before the function is called, once we are armed."""
    function = getattr(where, name)

    def acts_first(*given, **more):
        if armed():
            act()
        return function(*given, **more)
    setattr(where, name, acts_first)


def die():
    os.kill(os.getpid(), signal.SIGKILL)
    time.sleep(10)


def die_soon():
    """After what was said has gone out; what is to be said next has not."""
    import gevent
    gevent.get_hub().loop.timer(0.2).start(die)
    raise RuntimeError('dying')


def fail():
    raise RuntimeError(' '.join(['what', 'was', 'written', 'is', 'secret']))


class Clock(datetime):
    """The wall clock of a machine whose hand has been moved by as many seconds as the file says."""

    @classmethod
    def now(cls, zone=None):
        return datetime.now(zone) + timedelta(seconds=int(Path(os.environ['ARMED']).read_text()) if armed() else 0)


def move_clock():
    server.datetime = identities.datetime = Clock
    true = time.time
    time.time = lambda: true() + (Clock.now() - datetime.now()).total_seconds()


{
    'insert': lambda: before(conversations, 'count', die),
    'commit': lambda: before(writer.Writer, '_answer', die),
    'ack': lambda: before(Hub, '_tell_stored', die_soon),
    'writer': lambda: before(Jobs, 'take', fail),
    'batch': lambda: before(writer.Writer, '_write', fail),
    'reader': lambda: before(readers.Readers, '_note', fail),
    'watch': lambda: before(DataVersion, 'wait', fail),
    'ticker': lambda: before(Connection, 'tick', fail),
    'clock': move_clock,
}[os.environ['FAULT']]()
websocket_server.main()
