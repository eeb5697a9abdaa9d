"""Whether a request may become a WebSocket: its syntax (RFC 6455, strictly) and the Origin it comes from.

Lives here: checks on a method, a version and headers. Must not live here: sockets, cookies, who is logged in, limits.
A subprotocol or an extension that is offered is never taken, so nothing here reads one.
"""
from __future__ import annotations

import functools
import re
from binascii import b2a_base64
from hashlib import sha1

GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11'
# 16 bytes are 21 base64 characters and two bits: no other last character is canonical.
KEY = re.compile(r'[A-Za-z0-9+/]{21}[AQgw]==')
ORIGIN = re.compile(r'(https?)://([a-z0-9._-]+|\[[0-9a-f:.]+\])(?::([0-9]{1,5}))?', re.IGNORECASE | re.ASCII)
DEFAULT_PORTS = {'http': 80, 'https': 443}
BLANKS = ' \t'
LOGGED_CHARACTERS = 300


class Refused(Exception):
    """The handshake is answered with this HTTP status, and the connection closed. `allowed` is for the log: what would have been let in."""

    def __init__(self, status: int, reason: str, headers: tuple = (), allowed: str = ''):
        super().__init__(status, reason)
        self.status = status
        self.reason = reason
        self.headers = headers
        self.allowed = allowed


def check_upgrade(method: str, version: str, headers: list[tuple[str, str]]) -> str:
    """Return the request's Sec-WebSocket-Key. `headers` as they were received, so that what came twice is seen. Raises Refused."""
    values = _by_name(headers)
    if method != 'GET' or version != 'HTTP/1.1':
        raise Refused(400, 'A WebSocket is opened by GET and HTTP/1.1.')
    if not any(values('host')):
        raise Refused(400, 'A Host is needed: a proxy has to pass on the one it was asked for.')
    if len(values('host')) != 1:
        raise Refused(400, 'Exactly one Host is needed.')
    if 'websocket' not in _tokens(values('upgrade')) or 'upgrade' not in _tokens(values('connection')):
        raise Refused(400, 'This address speaks WebSocket only.')
    if values('transfer-encoding') or set(values('content-length')) - {'0'}:
        raise Refused(400, 'A WebSocket is opened without a body.')
    if values('sec-websocket-version') != ['13']:
        raise Refused(426, 'Only version 13 of the WebSocket protocol is spoken.', (('Sec-WebSocket-Version', '13'),))
    keys = values('sec-websocket-key')
    if len(keys) != 1 or not KEY.fullmatch(keys[0]):
        raise Refused(400, 'Exactly one Sec-WebSocket-Key of 16 bytes is needed.')
    return keys[0]


def accept_key(key: str) -> str:
    """Return the Sec-WebSocket-Accept that answers `key`."""
    return b2a_base64(sha1((key + GUID).encode('ascii')).digest(), newline=False).decode('ascii')


@functools.lru_cache(256)
def parse_origin(text: str) -> tuple[str, str, int] | None:
    """Return (scheme, host, port), comparable as it is, or None when `text` is not an http(s) origin and nothing else."""
    match = ORIGIN.fullmatch(text)
    if match is None:
        return None
    # lower() is safe because only ASCII matches: there the Kelvin sign would become a k.
    scheme, host = match[1].lower(), match[2].lower()
    port = int(match[3] or DEFAULT_PORTS[scheme])
    return (scheme, host, port) if 0 < port < 1 << 16 else None


def scheme_of(url: str) -> str | None:
    """Return the scheme of the site's pages, as the address of its socket tells it, or None."""
    return {'wss': 'https', 'https': 'https', 'ws': 'http', 'http': 'http'}.get(url.partition(':')[0])


class OriginPolicy:
    """Which pages may open a socket: those of the list or, where it is empty, those of the host that was asked and of the site's address.

    The latter because a proxy may ask for another host than people do.
    """

    def __init__(self, allowed: list[str], scheme: str | None = None, site: str = ''):
        """`scheme` is that of the site's pages and `site` its address, where they are known. Raises ValueError with a sentence."""
        if scheme not in (None, *DEFAULT_PORTS):
            raise ValueError(f'The scheme of the site must be http or https, not {scheme!r}.')
        self._allowed, self._site = frozenset(map(_configured, allowed)), _configured(site) if site else None
        self._schemes = (scheme,) if scheme else tuple(DEFAULT_PORTS)

    def allows(self, origin_values: list[str], host: str) -> bool:
        """Judge the values of the request's Origin headers. Raises Refused when there is more than one."""
        if len(origin_values) > 1:
            raise Refused(400, 'One Origin is needed, not several.')
        origin = parse_origin(origin_values[0].strip(BLANKS)) if origin_values else None
        if origin is None:
            return False
        if self._allowed:
            return origin in self._allowed
        return origin in self._at(host)

    def said(self, origin_values: list[str], host: str) -> str:
        """Return what the owner of the site has to know of a refusal. Where the page is from may be nobody's business."""
        allowed = ' '.join(map(_named, sorted(self._allowed or self._at(host))))
        return f'{"another" if origin_values else "no"} Origin; allowed are: {allowed[:LOGGED_CHARACTERS]}'

    def _at(self, host):
        own = {parse_origin(f'{scheme}://{host}') for scheme in self._schemes}
        return (own | {self._site}) - {None}


def origins_of(settings, chosen: list[str] | None = None) -> OriginPolicy:
    """Return the OriginPolicy of an install, or of those origins that were `chosen` for it. Raises ValueError with a sentence."""
    realtime, site = settings.realtime, settings.host.url
    scheme = scheme_of(realtime.url) or ('https' if site.startswith('https:') else None)
    return OriginPolicy(chosen or realtime.origins.replace(',', ' ').split(), scheme, site)


def _named(origin):
    scheme, host, port = origin
    return f'{scheme}://{host}' + (f':{port}' if port != DEFAULT_PORTS[scheme] else '')


def _by_name(headers):
    collected = {}
    for name, value in headers:
        collected.setdefault(name.lower(), []).append(value.strip(BLANKS))
    return lambda name: collected.get(name, [])


def _tokens(values):
    return {token.strip(BLANKS).lower() for value in values for token in value.split(',')}


def _configured(text):
    origin = parse_origin(text)
    if origin is None:
        raise ValueError(
            f'{text!r} is not an origin: write scheme, host and, where it is not the usual one, port, like https://example.com:8443, '
            'with nothing after it and the host in ASCII (xn--…).')
    return origin
