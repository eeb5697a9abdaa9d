"""Searching messages on SQLite: an index of words by FTS5 where the library has that, and what a row is asked where there is no index.

The index holds words, not texts, and is filled piece by piece from the feed. Not by triggers on `message`: whoever writes there with a
library without FTS5 could write no more. A message has one more word for each of its members, which nobody can type, so that strangers'
messages cost nothing. The index may lag behind, or know a row that others have changed or deleted: it only says where to look.
"""
import functools
import logging

from ..database.sql import like, text
from ..database.transaction import patience, transact, undo
from ..errors import Refused
from ..faults import said
from ..feed import sequence
from . import words
from .deadline import Deadline, Interrupted

log = logging.getLogger('messenger.search')

NAME = 'messenger_words'
OLD_NAME = 'message_words'   # before version 5
# What one transaction adds. A form that has to wait for it must not notice.
CHUNK, CHUNK_CHARACTERS = 500, 100_000
NOTHING, ALL, MORE = range(3)
STEPS = 50      # of SQLite's machine, after which it is asked whether it is time to end: a handful of rows, which may be long

_TABLE = '''CREATE VIRTUAL TABLE IF NOT EXISTS %s USING fts5(
    words, content='', detail=none, prefix='2 3', tokenize="ascii tokenchars '#'")''' % NAME
_OURS = "SELECT 1 FROM sqlite_master WHERE name = '%s' AND sql LIKE '%%USING fts5(%%tokenchars ''#''%%'"
_FIND = '''SELECT seq, letter.id FROM %(index)s CROSS JOIN %(message)s letter ON seq = %(index)s.rowid
    WHERE %(index)s MATCH '%(asked)s' AND %(index)s.rowid < %(below)d AND (sender = %(me)d OR receiver = %(me)d) AND %(contains)s
    ORDER BY %(index)s.rowid DESC LIMIT %(limit)d'''


class Unusable(Exception):
    """The index is there, but can't be read."""


def create(db):
    """Make the index where it is missing, if the library can."""
    try:
        if db.executesql(_OURS % OLD_NAME):
            db.executesql('DROP TABLE %s' % OLD_NAME if db.executesql(_OURS % NAME) else 'ALTER TABLE %s RENAME TO %s' % (OLD_NAME, NAME))
        db.executesql(_TABLE)
    except db._adapter.driver.OperationalError as error:
        if 'no such module' not in str(error):
            raise


def upto(db):
    """Return up to which seq the index is complete; None where there is none to use."""
    try:
        # It has no other memory than itself, and so can't be wrong about itself. (Asking for max(rowid) would read all of it.)
        found = db.executesql('SELECT rowid FROM %s ORDER BY rowid DESC LIMIT 1' % NAME)
    except db._adapter.driver.DatabaseError as error:
        if 'no such' not in str(error):     # table, as it was never made; module, as another library made it
            _warn(said(error))
        return None
    return found[0][0] if found else 0


def fill(db, seconds=None, most=None):
    """Add the next `most` messages (CHUNK) to the index and commit; return ALL or MORE of what was missing. What fails is logged, once.

    Waits for others who write no longer than so many seconds; None: as everybody does. Returns NOTHING where none was missing or it failed.
    """
    try:
        if not _is_behind(db):
            return NOTHING
        with patience(db, seconds):
            return transact(db, lambda: _fill(db, most or CHUNK))
    except (Refused, db._adapter.driver.Error) as error:
        undo(db, error)
        cause = error.__cause__ if isinstance(error, Refused) else error
        if isinstance(cause, db._adapter.driver.Error) and 'locked' not in str(cause):
            _warn(said(cause))
        return NOTHING


def contains(db, terms, column='content'):
    """Return the SQL that says whether a column has all `terms`."""
    patterns = [term.pattern() for term in terms]
    db._adapter.connection.create_function('messenger_contains', 1, lambda value: words.are_in(patterns, text(value)))
    # As bytes: the library doesn't call a function with a text that isn't UTF-8.
    return '(%s AND messenger_contains(CAST(%s AS BLOB)))' % (_may_contain(db, terms, column), column)


def joined(columns):
    """Return the SQL of columns as one text."""
    return " || ' ' || ".join("coalesce(%s, '')" % column for column in columns)


def ask(db, statement, deadline):
    """Return the rows of a SELECT. Raises Interrupted, which ends nothing but the statement."""
    if deadline.left() is None:
        return db.executesql(statement)
    found, connection = [], db._adapter.connection
    connection.set_progress_handler(deadline.is_over, STEPS)
    try:
        db._adapter.execute(statement)
        found.extend(db._adapter.cursor)
        return found
    except db._adapter.driver.DatabaseError as error:
        if not deadline.is_over():
            raise
        raise Interrupted(found) from error
    finally:
        connection.set_progress_handler(None, 0)    # or it would end whatever this connection does next


def find(db, user_id, terms, below, limit, deadline=None):
    """Return [(seq, id)] of a member's messages with all `terms`, of those in the index, newest first. Raises Unusable, Interrupted."""
    asked = ' AND '.join(['"#%d"' % user_id] + ['"%s"%s' % (term.folded, '*' * (term.kind == words.START)) for term in terms])
    try:
        return ask(db, _FIND % dict(
            index=NAME, message=db.message._rname, asked=asked, below=below, me=user_id, contains=contains(db, terms), limit=limit),
            deadline or Deadline())
    except db._adapter.driver.DatabaseError as error:
        raise Unusable from error


@functools.lru_cache(maxsize=8)
def _warn(reason):
    log.warning('the index of words cannot be used, so searching takes longer: %s', reason)


def _is_behind(db):
    done = upto(db)
    return done is not None and (bool(_next(db, done, 1)) or done > sequence.state(db).head)


def _fill(db, most):
    sequence.take(db, 0)    # the lock; and from now on no row has a seq that the feed hasn't given
    done = upto(db)
    if done > sequence.state(db).head:
        db.executesql("INSERT INTO %s(%s) VALUES ('delete-all')" % (NAME, NAME))    # it knows another life of the feed
        return MORE
    last, size, found = done, 0, _next(db, done, most)
    for seq, length in found:
        size += length or 0
        if size > CHUNK_CHARACTERS and last > done:
            break
        last = seq
    if last == done:
        return NOTHING
    _add(db, done, last)
    return MORE if len(found) == most or last < found[-1][0] else ALL


def _next(db, done, limit):
    return db.executesql('SELECT seq, length(content) FROM %s WHERE seq > %d ORDER BY seq LIMIT %d' % (db.message._rname, done, limit))


def _add(db, done, last):
    db._adapter.connection.create_function('messenger_words_of', 3, _words_of)
    db.executesql('INSERT INTO %s(rowid, words) SELECT seq, messenger_words_of(CAST(content AS BLOB), sender, receiver) FROM %s'
                  ' WHERE seq > %d AND seq <= %d ORDER BY seq' % (NAME, db.message._rname, done, last))


def _words_of(content, *members):
    return ' '.join(['#%s' % one for one in members if one] + words.of(text(content)))


def _may_contain(db, terms, column):
    """Return SQL that costs less to ask first: most texts are all ASCII, and those SQLite itself can compare."""
    folded = [term.folded for term in terms]
    likes = ' AND '.join(like(db, column, word) for word in folded) if all(map(str.isascii, folded)) else '0'
    return '(length(%s) <> length(CAST(%s AS BLOB)) OR %s)' % (column, column, likes)
