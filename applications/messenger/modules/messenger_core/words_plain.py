"""Searching messages on any other database: none of its indexes is known here, each row is asked."""
from .sql import like


def create(db):
    """There is no index to make."""


def upto(db):
    """Return up to which seq an index is complete; None: there is none to use."""


def fill(db):
    """Return whether there may be more to add to the index."""
    return False


def contains(db, terms):
    """Return the SQL that says whether a message's content has all `terms`."""
    return ' AND '.join(like(db, 'LOWER(content)', term.typed.lower()) for term in terms)
