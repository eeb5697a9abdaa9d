"""What is typed into the forms of an account, as it counts: addresses and names without blanks around, names with something to see.

Validators for whatever form has these fields, web2py's own and appadmin's, and what is to be done before web2py's login looks. Passwords
have a module of their own.
"""
import unicodedata

from gluon import current
from gluon.validators import ValidationError, Validator
from messenger_core.members.spelling import LONGEST, readable
from messenger_core.text import has_visible

from ..asked import posted

NAMES = ('email', 'username')
WIDE_AT = '\uff20'


class Address(Validator):
    """Takes away what keyboards and copying put around an address or a user name; lets everything pass."""

    def validate(self, value, record_id=None):
        """Return the address as it counts."""
        return address(value) if isinstance(value, str) else value


class Name(Validator):
    """Lets a part of a name pass that can be seen, or none where the `other` part can: many people have one name only."""

    def __init__(self, other):
        self._other = other

    def validate(self, value, record_id=None):
        """Return the name without blanks around, or raise ValidationError."""
        T, value = current.T, str(value or '').strip()
        if value and not has_visible(value):
            raise ValidationError(T('Cannot be empty'))
        if not value and not has_visible(posted(self._other)):
            raise ValidationError(T('One of the two names is needed'))
        return value


def address(typed):
    """Return what was meant: without blanks and marks around, and with its domain as people write it."""
    seen = [place for place, character in enumerate(typed) if has_visible(character)]
    meant = typed[seen[0]:seen[-1] + 1][:LONGEST + 1] if seen else ''     # what is cut is refused as too long, or as nobody's
    return unicodedata.normalize('NFC', readable(meant.replace(WIDE_AT, '@')))


def settle_posted():
    """Have all that looks at the posted form see addresses and user names as they were meant."""
    request = current.request
    for name in NAMES:
        if name in request.post_vars:
            request.post_vars[name] = request.vars[name] = address(posted(name))
