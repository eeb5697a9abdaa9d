"""Statements whose text is made once and kept, and into which numbers are written.

For what is asked with another number each time, where that stands in more places than one could bind it to, as in the pattern of a LIKE.
Numbers alone: a text would have to be written as the database writes it. Must not live here: values that the driver binds (bound.py).
"""
from datetime import datetime

from . import texts
from .bound import GIVEN, LIST
from .tables import utcnow

NOW = datetime(1, 2, 3, 4, 5, 6)    # in a text that is kept, for the time that it is
_NOW = str(NOW)


def rows(db, name, build, *numbers, among=()):
    """Return the tuples of the select whose text `build()` makes, with `numbers` wherever GIVEN stand, and those `among` for any_of()."""
    text = texts.text(db, _named(name), build)
    for given, number in zip(GIVEN, numbers):
        text = text.replace(str(given), '%d' % number)
    if among:
        text = LIST.sub('(%s)' % ','.join(['%d' % number for number in among]), text)
    if _NOW in text:
        text = text.replace(_NOW, str(utcnow()))
    return list(db.executesql(text))


def keep(db, name, build):
    """Have the text of what rows() are asked for under `name` kept."""
    texts.text(db, _named(name), build)


def is_kept(db, name):
    """Whether it is."""
    return texts.is_kept(db, _named(name))


def _named(name):
    return 'written', name
