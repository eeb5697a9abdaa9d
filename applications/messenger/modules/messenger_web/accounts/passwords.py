"""Whether a typed password is somebody's, found out with the same work whatever is known of them: time must not tell who has an account."""
import hashlib
import re
import threading

from gluon import current

from ..asked import posted

DIGEST = 'pbkdf2(210000,32,sha512)'
LONGEST = 1_024
ITERATIONS = re.compile(r'pbkdf2\(([0-9]{1,9}),')
_turn = threading.Lock()     # one after the other: who tries many passwords must not have all cores
NOBODYS = DIGEST + '$nobody$-'


def is_right(typed, stored):
    """Whether `typed`, as the validator CRYPT returns it, is the password stored so; None: there is none."""
    stored = stored or NOBODYS
    if typed is None:   # six stars, which web2py takes for none
        return False
    with _turn:
        try:
            right = typed == stored
        except (ValueError, KeyError):      # what another application has stored may be no hash at all
            right = False
        if not right:
            _go_on_to(_iterations(DIGEST) - _iterations(stored))
    return right


def cut_posted():
    """Cut passwords that are longer than any can be, before somebody hashes a megabyte: the rest is refused as too long, or as wrong."""
    request = current.request
    for name in [name for name in request.post_vars if 'password' in name]:
        request.post_vars[name] = request.vars[name] = posted(name)[:LONGEST + 1]


def _go_on_to(iterations):
    """Do what an older, weaker hash has saved: who gets in is known anyway, and need not wait for it."""
    if iterations > 0:
        hashlib.pbkdf2_hmac('sha512', b'', b'nobody', iterations, 32)


def _iterations(stored):
    found = ITERATIONS.match(stored)
    return int(found[1]) if found else 0
