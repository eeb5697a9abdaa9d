"""What a page's commit does on SQLite: it wakes the sidecars, by an empty datagram to the files of their sockets beside the database.

As PostgreSQL's NOTIFY it says no more than "look"; the feed is the message, and `PRAGMA data_version` finds what nobody was woken for.
So nothing here may fail, wait, or take away a file that a killed sidecar has left.
"""
import atexit
import contextlib
import functools
import os
import socket

# Two: a sidecar that is about to take another one's place is there before that one leaves. A third one has its watch.
NAMES = ('messenger.wake', 'messenger.wake2')
_IS_DUE = '_messenger_wake_is_due'


@functools.lru_cache(64)
def places(database):
    """Return the paths at which sidecars may listen, for the file of a database; none for one in memory."""
    folder = os.path.dirname(database)
    return tuple(os.path.join(folder, name) for name in NAMES) if os.path.isabs(folder) else ()


def take_note(db):
    """The transaction that is open changes the feed."""
    setattr(db._adapter, _IS_DUE, True)


def wake_after_commits(adapter):
    """Have whatever is committed through this adapter of pydal's wake the sidecars, if it changes the feed.

    For pages alone: what a sidecar commits itself it tells from memory.
    """
    commit = adapter.commit

    def commit_and_wake():
        commit()
        if vars(adapter).pop(_IS_DUE, False):
            wake(adapter.dbpath)
    adapter.commit = commit_and_wake


def wake(database):
    """Have the sidecars look now, those that there are."""
    for place in places(database):
        # No such file, nobody behind it, one that is woken already, a path of more than a hundred bytes, not even a socket to be had.
        with contextlib.suppress(OSError, ValueError):
            _sender().sendto(b'', place)


@functools.lru_cache(1)
def _sender():
    """Return the socket of this process, and of those that are forked from it: it is connected to nothing, and so they may share it."""
    sender = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    sender.setblocking(False)
    atexit.register(sender.close)
    return sender
