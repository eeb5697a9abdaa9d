"""How user names and addresses are spelled, and what two of them that look the same may differ in. Must not live here: whose they are."""
import unicodedata
from functools import lru_cache

from ..text import without_ignorable

LONGEST = 512       # what somebody is called is no longer; to compare more could take minutes
PUNYCODE, LONGEST_LABEL = 'xn--', 63
LAST_TO_FOLD = 0x2FA1D
FULL_STOP = '\u3002'    # between the names of a domain, as input methods write it; its narrow form is made this one


def fold(name):
    """Return a name without what two that look the same may differ in: case, width, ligatures, what can't be seen, a domain in ASCII."""
    return _without_case(readable(unicodedata.normalize('NFKC', without_ignorable(name))))


def readable(address):
    """Return an address with its domain as people write it, which some browsers don't send."""
    name, at, domain = address.rpartition('@')
    domain = unicodedata.normalize('NFKC', domain).replace(FULL_STOP, '.')
    return name + at + '.'.join(map(_readable, domain.split('.'))) if at else address


def in_ascii(address):
    """Return an address as mail servers know it: what isn't ASCII in its domain in letters that are."""
    name, at, domain = address.rpartition('@')
    return name + at + '.'.join(map(_in_ascii, domain.split('.')))


def beginnings(folded):
    """Return the characters with which a text may begin that is `folded` when it is folded."""
    first = _taken_apart(folded)[:1]
    return first + _folding_to().get(first, '')


@lru_cache(1)
def _folding_to():
    """Return {character: the others that begin with it once they are folded and taken apart}. A tenth of a second, once in a process."""
    found = {}
    for character in map(chr, range(LAST_TO_FOLD + 1)):
        first = _taken_apart(_without_case(character))[:1]
        if first != character:
            found[first] = found.get(first, '') + character
    return found


def _without_case(name):
    return unicodedata.normalize('NFKC', unicodedata.normalize('NFKC', name).casefold())


def _taken_apart(folded):
    return unicodedata.normalize('NFKD', folded)


def _in_ascii(label):
    return label if label.isascii() or len(label) > LONGEST_LABEL else PUNYCODE + label.encode('punycode').decode()


def _readable(label):
    if label[:len(PUNYCODE)].lower() == PUNYCODE and len(label) <= LONGEST_LABEL:
        try:
            readable = label[len(PUNYCODE):].encode('ascii').decode('punycode')
        except UnicodeError:
            return label
        return readable if not readable.isascii() and readable.isprintable() else label
    return label if label.isascii() else label.lower()
