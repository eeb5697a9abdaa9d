"""Ports for the servers that tests start, below those that the system gives to whoever asks for any.

Of the system's own, one that was free a moment ago may be another process's before the server listens.
"""
import functools
import itertools
import socket

HOST = '127.0.0.1'
FIRST, LAST, BLOCK = 20_000, 32_000, 500


def free(count):
    """Return the numbers of ports that nobody listens on and no other process is given."""
    once_around = itertools.islice(_ours(), BLOCK)
    found = list(itertools.islice(filter(_is_free, once_around), count))
    if len(found) < count:
        raise OSError('of %d ports only %d are free' % (BLOCK, len(found)))
    return found


@functools.cache
def _ours():
    """Ports for this process as long as it lives, round and round, so that one comes back long after its test."""
    for first in range(FIRST, LAST, BLOCK):
        # As one of UDP, which no server here listens to: the mark is gone when this process is, however it ends.
        mark = _bound(socket.SOCK_DGRAM, first)
        if mark:
            mark.detach()
            return itertools.cycle(range(first, first + BLOCK))
    raise OSError('all ports from %d to %d are taken' % (FIRST, LAST))


def _is_free(port):
    probe = _bound(socket.SOCK_STREAM, port)
    if probe:
        probe.close()
    return probe is not None


def _bound(kind, port):
    """Return a socket with this port, or None when somebody else has it."""
    one = socket.socket(socket.AF_INET, kind)
    if kind == socket.SOCK_STREAM:
        # As servers do: connections that have just ended don't keep them from it, or soon no port would be left.
        one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        one.bind((HOST, port))
    except OSError:
        one.close()
        return None
    return one
