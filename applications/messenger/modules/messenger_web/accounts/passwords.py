"""Whether a typed password is somebody's, found out with the same work whatever is known of them: time must not tell who has an account."""
import hashlib
import re
import threading
import unicodedata

from gluon import CRYPT, current

from ..asked import posted

DIGEST = 'pbkdf2(210000,32,sha512)'
LONGEST = 1_024
ITERATIONS = re.compile(r'pbkdf2\(([0-9]{1,9}),')
_turn = threading.Lock()     # one after the other: who tries many passwords must not have all cores
NOBODYS = DIGEST + '$nobody$-'
Lazy = type(CRYPT()('x')[0])


class Hash(CRYPT):
    """web2py's CRYPT, to which a password is the same however a keyboard spells its letters: é may be one character, or two."""

    def validate(self, value, record_id=None):
        """Return the password, hashed when somebody looks; raises ValidationError for one that is too short."""
        lazy = super().validate(_composed(value) if isinstance(value, str) else value, record_id)
        return lazy if lazy is None or not isinstance(value, str) else Typed(self, value)


class Typed(Lazy):
    """A typed password: stored in one spelling, compared in that, and as it was typed, with hashes from before."""

    def __init__(self, crypt, typed):
        super().__init__(crypt, _composed(typed))
        self.spellings = [Lazy(crypt, spelling) for spelling in dict.fromkeys([self.password, typed])]

    def __eq__(self, stored):
        return any(lazy == stored for lazy in self.spellings)

    __hash__ = None


def is_right(typed, stored):
    """Whether `typed`, as the validator CRYPT returns it, is the password stored so; None: there is none."""
    stored = stored or NOBODYS
    if typed is None:   # six stars, which web2py takes for none
        return False
    with _turn:
        return any(_is_spelling(spelling, stored) for spelling in getattr(typed, 'spellings', [typed]))


def spell(form):
    """Have the old password in web2py's form for a new one compared as one that is typed anywhere else."""
    old = form.vars.old_password
    form.vars.old_password = Typed(old.crypt, old.password) if isinstance(old, Lazy) else old


def cut_posted():
    """Cut passwords that are longer than any can be, before somebody hashes a megabyte: the rest is refused as too long, or as wrong."""
    request = current.request
    for name in [name for name in request.post_vars if 'password' in name]:
        request.post_vars[name] = request.vars[name] = posted(name)[:LONGEST + 1]


def _is_spelling(lazy, stored):
    try:
        right = lazy == stored
    except (ValueError, KeyError):      # what another application has stored may be no hash at all
        right = False
    if not right:
        _go_on_to(_iterations(DIGEST) - _iterations(stored))
    return right


def _composed(password):
    return unicodedata.normalize('NFC', password)


def _go_on_to(iterations):
    """Do what an older, weaker hash has saved: who gets in is known anyway, and need not wait for it."""
    if iterations > 0:
        hashlib.pbkdf2_hmac('sha512', b'', b'nobody', iterations, 32)


def _iterations(stored):
    found = ITERATIONS.match(stored)
    return int(found[1]) if found else 0
