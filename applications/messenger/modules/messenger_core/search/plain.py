"""Searching messages on any other database: none of its indexes is known here, each row is asked."""
from ..database.sql import like


def create(db):
    """There is no index to make."""


def upto(db):
    """Return up to which seq an index is complete; None: there is none to use."""


def fill(db):
    """Return whether there may be more to add to the index."""
    return False


def contains(db, terms, column='content'):
    """Return the SQL that says whether a column has all `terms`."""
    return ' AND '.join(like(db, 'LOWER(%s)' % column, term.typed.lower()) for term in terms)


def joined(columns):
    """Return the SQL of columns as one text. They are the site's: with characters that it can't hold they could not be compared."""
    return "CONVERT(CONCAT_WS(' ', %s) USING utf8mb4)" % ', '.join(columns)
