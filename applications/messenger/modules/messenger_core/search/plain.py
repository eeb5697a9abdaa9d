"""Searching messages on any other database: none of its indexes is known here, each row is asked."""
from ..database.sql import like
from .deadline import Interrupted

TOOK_TOO_LONG = 1969    # MariaDB's number for it


def create(db):
    """There is no index to make."""


def upto(db):
    """Return up to which seq an index is complete; None: there is none to use."""


def fill(db, seconds=None, most=None):
    """Return whether there may be more to add to the index."""
    return False


def ask(db, statement, deadline):
    """Return the rows of a SELECT. Raises Interrupted on MariaDB alone: others can't be told how long it may take."""
    seconds = deadline.left()
    if seconds is None or not _is_mariadb(db):
        return db.executesql(statement)
    try:
        return db.executesql('SET STATEMENT max_statement_time = %.3f FOR %s' % (seconds, statement))
    except db._adapter.driver.Error as error:
        if error.args[:1] != (TOOK_TOO_LONG,):
            raise
        raise Interrupted from error


def contains(db, terms, column='content'):
    """Return the SQL that says whether a column has all `terms`."""
    return ' AND '.join(like(db, 'LOWER(%s)' % column, term.typed.lower()) for term in terms)


def joined(columns):
    """Return the SQL of columns as one text. They are the site's: with characters that it can't hold they could not be compared."""
    return "CONVERT(CONCAT_WS(' ', %s) USING utf8mb4)" % ', '.join(columns)


def _is_mariadb(db):
    return db._adapter.dbengine == 'mysql' and 'mariadb' in db._adapter.connection.get_server_info().lower()
