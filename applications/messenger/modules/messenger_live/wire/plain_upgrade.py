"""The request by which browsers open a socket, whole and read by one expression; whatever is written in another way is not read here.

What `read` takes, `handshake.check_upgrade` takes too, and finds the same in it: that one is the judge, and tests hold both against it.
Must not live here: which address, Origin or client is let in, and what to say to those who are not.
"""
from __future__ import annotations

import re
from typing import NamedTuple

from .handshake import BLANKS, KEY

MOST_BYTES, MOST_LINES = 8192, 64     # well below the limits of what is read slowly
# Stricter than HTTP where browsers are: no characters beyond ASCII, no blank before the end of the line that matters to anybody.
HEAD = re.compile(rb'GET ([!-~]+) HTTP/1\.1\r\n((?:[A-Za-z0-9-]+:[\t -~]*\r\n)+)\r\n')
LINE = re.compile('([^:\r]+):([^\r]*)\r\n')
CONNECTIONS = ('Upgrade', 'keep-alive, Upgrade', 'upgrade')     # as browsers and proxies write it
UNREAD = ('content-length', 'transfer-encoding', 'expect')      # who sends one of these wants something else, or something more


class Upgrade(NamedTuple):
    """`size` is the length of the head in bytes; the lists are the values of the headers, none or one."""
    size: int
    target: str
    key: str
    host: str
    origins: list[str]
    cookies: list[str]
    forwarded: list[str]


def read(data: bytes) -> Upgrade | None:
    """Return the request that `data` begins with, None where it isn't whole and exactly as browsers write it."""
    match = HEAD.match(data, 0, MOST_BYTES)
    if match is None:
        return None
    pairs = LINE.findall(str(match[2], 'ascii'))
    headers = {name.lower(): value.strip(BLANKS) for name, value in pairs}
    key = headers.get('sec-websocket-key', '')
    # A name that comes twice is a case for those who know what it means.
    if len(headers) != len(pairs) or len(pairs) > MOST_LINES or not _asks_for_socket(headers) or not KEY.fullmatch(key):
        return None
    origins, cookies, forwarded = ([headers[name]] if name in headers else [] for name in ('origin', 'cookie', 'x-forwarded-for'))
    return Upgrade(match.end(), str(match[1], 'ascii'), key, headers['host'], origins, cookies, forwarded)


def _asks_for_socket(headers):
    return (headers.get('host') and headers.get('upgrade') == 'websocket' and headers.get('connection') in CONNECTIONS
            and headers.get('sec-websocket-version') == '13' and not any(name in headers for name in UNREAD))
