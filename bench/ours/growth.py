"""How throughput, tails and memory grow: with clients, with messages in the database, with conversations. Figures alone: pictures.py.

A closed loop on a site of so many; the server is fresh for each point. Must not live here: peers, they don't grow.
"""
import resource

from referee import servers
from referee.lines import OURS, Scenario

CLIENTS = (10, 30, 100, 300, 1_000, 3_000, 10_000)
MESSAGES = (1_000, 10_000, 100_000, 1_000_000)
CONVERSATIONS = (10, 100, 1_000, 10_000)
# What is changed, how it is called, and what the others are meanwhile.
FILES_BESIDES = 3_000   # that the sidecar keeps free, for handshakes and the rest
FEW_CLIENTS, FEW_MESSAGES, FEW_CONVERSATIONS, LEAST_MESSAGES = 100, 1_000, 100, 20_000


def points(is_quick=False):
    """Yield (series, size, clients, messages, conversations)."""
    last = -1 if is_quick else None
    for size in CLIENTS[:last]:
        yield 'clients', size, size, 0, 0
    for size in MESSAGES[:last]:
        yield 'messages', size, FEW_CLIENTS, size, min(FEW_CONVERSATIONS, size // 10)
    for size in CONVERSATIONS[:last]:
        yield 'conversations', size, FEW_CLIENTS, max(LEAST_MESSAGES, 2 * size), size


def measure(competition, is_quick=False):
    """Return {series: [{size, msgs_per_s, cpu_us_per_msg, p50_ms, p99_ms, rss_after_mib}, …]}."""
    figures = {}
    for series, size, clients, messages, conversations in points(is_quick):
        if clients + FILES_BESIDES > resource.getrlimit(resource.RLIMIT_NOFILE)[1]:
            competition.say('growth  %8d %-13s are left out: ulimit -n is too low' % (size, series))
            continue
        scenario = Scenario(series, '--mode dm --clients %d --window 1' % clients, settings=(('connections_in_all', CLIENTS[-1] + 1),))
        full = dict(messages=messages, conversations=conversations) if messages else {}
        with servers.ours(competition.checkouts[OURS], scenario, **full) as server:
            found = competition.drive(scenario, OURS, server)
        competition.say('growth  %8d %-13s %6.0f/s, %5.1f µs, p99 %.1f ms, %.0f MiB' % (
            size, series, *(found[name] for name in ('msgs_per_s', 'cpu_us_per_msg', 'p99_ms', 'rss_after_mib'))))
        kept = {name: found[name] for name in ('msgs_per_s', 'cpu_us_per_msg', 'p50_ms', 'p99_ms', 'rss_after_mib')}
        figures.setdefault(series, []).append(dict(kept, size=size))
    return figures
