"""Whom a request comes from, told from its peer and what proxies have added to X-Forwarded-For: the same for pages and for sockets.

Anybody can write that header. An address in it counts only where the next one to the right of it, or the peer, is a trusted proxy.
"""
from __future__ import annotations

import functools
import ipaddress
import re

from messenger_core import site

HOPS = 32       # there are no more proxies in a row than that; what stands further left is not looked at
# An IPv6 address without brackets has no port: nobody could tell it from the last part.
ADDRESS = re.compile(r'\[([^\]%]*)(?:%[^\]]*)?\](?::[0-9]*)?|([0-9.]+)(?::[0-9]*)?|([0-9a-f:.]+)(?:%.*)?', re.IGNORECASE | re.ASCII)
LONGEST = 128
KNOWN = 1024      # so many are kept as they were read: most handshakes come from a proxy, or from whom came before


def client_of(peer: str, forwarded: list[str], trusted: str) -> str:
    """Return the client's address: the first that is no trusted proxy's, from the peer on, through X-Forwarded-For from right to left.

    `forwarded` are that header's values, `trusted` is `[realtime] trusted_proxies`. A unix socket's peer is '', a proxy on this machine.
    Where a proxy names nobody, or nobody who could be, it is the proxy's own.
    """
    address, told = plain(peer), _from_the_right(forwarded)
    while is_trusted(address, trusted):
        named = next(told, None)
        if named is None:
            break
        address = named
    return address


@functools.lru_cache(KNOWN)
def is_trusted(peer: str, trusted: str) -> bool:
    """Say whether what comes from there comes from a proxy that tells whom it comes from."""
    address = _address(peer)
    return not peer or (address is not None and any(address in network for network in site.networks(trusted)))


def is_silent(peer: str, forwarded: list[str], trusted: str) -> bool:
    """Say whether a trusted proxy doesn't tell whom a request comes from. So nobody does who needs none: ask whether there was one."""
    return is_trusted(peer, trusted) and next(_from_the_right(forwarded), None) is None


@functools.lru_cache(KNOWN)
def counted(address: str) -> str:
    """Return what limits go by: of IPv6 the network of 64 bits, all of whose addresses are one customer's to choose from."""
    parsed = _address(address)
    if parsed is None or parsed.version == 4:
        return plain(address)
    return str(ipaddress.IPv6Network((int(parsed) >> 64 << 64, 64)))


@functools.lru_cache(KNOWN)
def plain(peer: str) -> str:
    """Return an address as it is compared and counted: without a zone, and as IPv4 where it was mapped into IPv6."""
    address = _address(peer)
    return peer if address is None else str(address)


def is_loopback(host: str | None) -> bool:
    """Say whether an address, or the Host that was asked for, is this machine's own."""
    name = host or ''
    if _address(name) is None:
        name = site.without_port(name).lower()
    address = _address(name)
    return name == 'localhost' if address is None else address.is_loopback


def _from_the_right(forwarded):
    """Yield the addresses up to the first entry that is none: nobody vouches for what stands left of it. Empty entries mean nothing."""
    for entry in reversed(','.join(forwarded[-HOPS:]).rsplit(',', HOPS)[-HOPS:]):
        if entry.strip():
            address = _address(entry.strip())
            if address is None:
                return
            yield str(address)


@functools.lru_cache(KNOWN)
def _address(text):
    match = ADDRESS.fullmatch(text) if len(text) <= LONGEST else None
    try:
        address = match and ipaddress.ip_address(match[1] or match[2] or match[3])
    except ValueError:
        return None
    return getattr(address, 'ipv4_mapped', None) or address
