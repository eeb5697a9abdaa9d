"""What the sidecar counts and measures, for Prometheus. Nothing here names a member, a conversation or an address.

Counted where it happens; the gauges ask the running parts, which websocket_server.py names to `watch`.
"""
from time import monotonic

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST

from . import tallies

REGISTRY = CollectorRegistry()
ProcessCollector(registry=REGISTRY)     # memory, processor time, open files

QUICK = (.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10)
SIZES = (1, 2, 5, 10, 20, 50, 100, 200)


def _counter(name, text, *labels):
    return Counter('messenger_' + name, text, labels, registry=REGISTRY)


def _gauge(name, text, *labels):
    return Gauge('messenger_' + name, text, labels, registry=REGISTRY)


def _histogram(name, text, buckets=QUICK):
    return Histogram('messenger_' + name, text, buckets=buckets, registry=REGISTRY)


def _tally(kind, name, *args):
    tally = kind('messenger_' + name, *args)
    REGISTRY.register(tally)
    return tally


# Tallies are counted by one thread each: commands and deliveries by the loop, acks, their seconds and the batches by the writer.
commands = _tally(tallies.Counts, 'commands', 'What clients asked for.', 'type')
acks = _tally(tallies.Count, 'acks', 'Messages that were stored, and acked to their sender.')
refusals = _counter('refusals', 'What was refused, by the code that the client got.', 'code')
deliveries = _tally(tallies.Count, 'deliveries', 'Events told to sockets, one for each socket.')
volatile_dropped = _counter('volatile_dropped', 'Typing and presence not told to sockets that have much to read already.')
closes = _counter('closes', 'Sockets closed by this side, by close code.', 'code')
handshakes_refused = _counter('handshakes_refused', 'Handshakes refused, by HTTP status.', 'status')
database_errors = _counter('database_errors', 'Transactions and reads that failed.')

ack_seconds = _tally(tallies.Distribution, 'ack_seconds', 'From the frame of a message to its ack.', QUICK)
batch_messages = _tally(tallies.Distribution, 'batch_messages', 'Messages stored in one transaction.', SIZES)
commit_seconds = _tally(tallies.Distribution, 'commit_seconds', 'One transaction that stores messages, with its commit.', QUICK)
sync_seconds = _histogram('sync_seconds', 'Reading the events of a sync.')

connections = _gauge('connections', 'Open sockets.')
members_online = _gauge('members_online', 'Members who have a socket open.')
queued = _gauge('queued', 'What waits for a thread.', 'thread')
outbox_bytes = _gauge('outbox_bytes', 'What waits to be written to sockets.')
feed_seq = _gauge('feed_seq', 'Up to where the feed has been told.')
feed_lag_seconds = _gauge('feed_lag_seconds', 'How long ago the feed was last read to its end.')
duty_seconds = _gauge('duty_seconds', 'How long ago a duty of the writer last succeeded.', 'duty')
set_aside = _gauge('messages_set_aside', 'Foreign rows that cannot be shown; the table messenger_aside says why.')


def watch(server, writer, readers):
    """Have the gauges ask these parts whenever somebody asks for the metrics."""
    connections.set_function(lambda: len(server.connections))
    members_online.set_function(server.hub.count_members)
    outbox_bytes.set_function(lambda: sum(connection.waiting_bytes for connection in list(server.connections)))
    feed_seq.set_function(lambda: server.hub.cursor)
    feed_lag_seconds.set_function(lambda: monotonic() - writer.telling.caught_up_at)
    set_aside.set_function(lambda: writer.upkeep.set_aside)
    for duty in writer.duties.report():
        duty_seconds.labels(duty).set_function(lambda duty=duty: writer.duties.seconds_since(duty))
    for thread, waiting in dict(readers.waiting(), writer=writer.waiting).items():
        queued.labels(thread).set_function(waiting)


def text():
    """Return all of it as (bytes, content type)."""
    return generate_latest(REGISTRY), CONTENT_TYPE_LATEST
