"""Whom a request comes from, as limits count it and as web2py puts it into a session's id: the same whichever road a request takes.

Must not live here: how such addresses are written and which are trusted (wire/addresses.py).
"""
import functools
import logging
import re
from typing import NamedTuple

from ..wire import addresses

log = logging.getLogger('messenger.whence')

CLIENT = re.compile(r'[\w:]+(\.\w+)*')      # web2py's own


@functools.lru_cache(1)
def warn_of_silent_proxy():
    """Say it once in the life of the process."""
    log.warning('handshakes come through a proxy that sends no X-Forwarded-For: to the limits everybody is one address')


class Whence(NamedTuple):
    """The peer's address, what proxies have added to it, and which of them are trusted."""

    peer: str
    forwarded: list
    trusted: str

    def address(self):
        """The address whose connections are counted."""
        return addresses.counted(addresses.client_of(*self))

    def note_silent_proxy(self, host):
        """Warn of a proxy that doesn't say whom it speaks for."""
        if addresses.is_silent(*self) and not addresses.is_loopback(host):
            warn_of_silent_proxy()

    def client(self):
        """The address that web2py puts into a session's id: of those a proxy names it takes the first, which the client can choose."""
        named = CLIENT.search(','.join(self.forwarded)) if addresses.is_trusted(self.peer, self.trusted) else None
        return named[0] if named and named[0] != 'unknown' else self.peer or '127.0.0.1'
