"""What was asked for, as a log may hold it: whatever strangers send is one short line, without what a query or a name would give away.

Must not live here: whether it is granted (handshake.py).
"""
from __future__ import annotations

import re

METHOD_CHARACTERS, PATH_CHARACTERS = 16, 80
ORIGIN = re.compile(r'^[A-Za-z][A-Za-z0-9+.-]*://[^/?#]*')
# An address, however its sign is written.
ADDRESS = re.compile('@|%(?:25)*40|\uff20|\xef\xbc\xa0|%(?:25)*EF%(?:25)*BC%(?:25)*A0', re.IGNORECASE)
# Who writes with whom, and the key of a mail's link, wherever in the path a site's routes put them.
PRIVATE = re.compile('[0-9]+|(?:pending-)?[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}')
# Parts further back hold what is asked about: the key of a forgotten password, a number.
PARTS = re.compile(r'((?:/[^/]*){4})/.*', re.DOTALL)


def named(method: str, target: str) -> str:
    """Return method and path; in the place of what is left out stands an ellipsis."""
    path = re.split('[?#]', ORIGIN.sub('', target, count=1), maxsplit=1)[0] or '/'
    # Part by part: one expression for all of it takes time by the square of its length, which strangers choose.
    path = '/'.join('…' if ADDRESS.search(part) or PRIVATE.fullmatch(part) else part for part in path.split('/'))
    path = PARTS.sub(r'\1/…', path)
    return f'{_short(method, METHOD_CHARACTERS)} {_short(path, PATH_CHARACTERS)}'


def _short(text, most):
    text = ''.join(character if ' ' < character <= '~' or character == '…' else '?' for character in text)
    return text if len(text) <= most else text[:most] + '…'
