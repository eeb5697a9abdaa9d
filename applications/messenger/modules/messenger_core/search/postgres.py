"""Searching messages on PostgreSQL: an index of `message` itself, which knows each row from its commit, whoever wrote it.

A message has one more word for each of its members, which nobody can type, so that strangers' messages cost nothing. The server's own
parser finds the words: case makes no difference, accents do.
"""
import unicodedata

from ..database.sql import like
from ..database.transaction import undo
from ..feed.sequence import LARGEST_SEQ
from . import words
from .deadline import Interrupted

NAME = 'messenger_message_words'
FORMER_NAMES = 'messenger_words', 'message_words'   # of the same words, which it took longer to find

CANCELED = '57014'

# The parser takes an address or the like for one word, and in a locale that knows ASCII only it takes everything else for letters.
# ASCII's by where it begins and ends. Not translate(), which holds each character against each of these: 36 µs for a line.
_PUNCTUATION = '[!-/:-@[-`{-~\u00a0¡¿«»‘’‚“”„–—…•·،؛؟、。「」！，：；？（）]+'
_WORDS = """to_tsvector('simple', regexp_replace(left(coalesce({}, ''), %d) COLLATE "C", '%s', ' ', 'g'))""" % (
    words.TEXT_LIMIT, _PUNCTUATION.replace('{', '{{'))
_MEMBERS = "array_to_tsvector(ARRAY['#' || CAST(coalesce(sender, 0) AS text), '#' || CAST(coalesce(receiver, 0) AS text)])"
_VECTOR = '(%s || %s)' % (_WORDS.format('content'), _MEMBERS)
# What is new is put aside and sorted in later, by whoever writes when it is so many kilobytes; by default those wait for much more.
_INDEX = 'CREATE INDEX IF NOT EXISTS %s ON %s USING gin (%s) WITH (gin_pending_list_limit = 256)'
_INDEXED = "SELECT 1 FROM pg_indexes WHERE schemaname = current_schema() AND tablename = '%s' AND indexname = '%s'"
# Not at once in the order of `seq`: the server could believe that it will soon find enough among everybody's messages.
_FIND = '''WITH found AS MATERIALIZED (SELECT seq, id FROM %s WHERE %s @@ (%s) AND seq < %d)
    SELECT seq, id FROM found ORDER BY seq DESC LIMIT %d'''


def create(db):
    """Make the index where it is missing, and take away those of earlier releases."""
    if not upto(db):
        db.executesql(_INDEX % (NAME, db.message._rname, _VECTOR))
    for name in FORMER_NAMES:
        if _has(db, name):
            db.executesql('DROP INDEX IF EXISTS ' + name)


def upto(db):
    """Return up to which seq the index is complete: all there will ever be; None where there is none."""
    return LARGEST_SEQ if _has(db, NAME) else None


def fill(db, seconds=None, most=None):
    """Return whether there may be more to add to the index: never, the server does it."""
    return False


def ask(db, statement, deadline):
    """Return the rows of a SELECT. Raises Interrupted, after a rollback: nothing else ends what the server has begun."""
    seconds = deadline.left()
    if seconds is None:
        return db.executesql(statement)
    try:
        found = db.executesql('SET LOCAL statement_timeout = %d; %s' % (max(1, 1000 * seconds), statement))
        db.executesql('SET LOCAL statement_timeout TO DEFAULT')     # what comes after it in this transaction may take longer
        return found
    except db._adapter.driver.Error as error:
        if error.pgcode != CANCELED:
            raise
        undo(db)
        raise Interrupted from error


def contains(db, terms, column='content'):
    """Return the SQL that says whether a column has all `terms`."""
    asked = [like(db, column, term.typed) for term in terms if term.kind == words.PART]
    # What costs less is asked first.
    asked += [like(db, 'lower(%s)' % column, term.folded) for term in terms if term.kind != words.PART and term.typed.isascii()]
    return ' AND '.join(asked + ['%s @@ %s' % (_WORDS.format(column), query) for query in _queries(db, terms)])


def joined(columns):
    """Return the SQL of columns as one text."""
    return "concat_ws(' ', %s)" % ', '.join(columns)


def find(db, user_id, terms, below, limit, deadline):
    """Return [(seq, id)] of a member's messages with all `terms`, newest first. Raises Interrupted."""
    asked = ["'''#%d'''::tsquery" % user_id] + _queries(db, terms)
    return ask(db, _FIND % (db.message._rname, _VECTOR, ' && '.join(asked), below, limit), deadline)


def _has(db, name):
    return bool(db.executesql(_INDEXED % (db.message._raw_rname, name)))


def _queries(db, terms):
    """Return the words among `terms` as a query of the server's; none if there are none."""
    asked = ' & '.join('(%s)' % ' | '.join(_spellings(term)) for term in terms if term.kind != words.PART)
    return ["to_tsquery('simple', %s)" % db._adapter.represent(asked, 'string')] if asked else []


def _spellings(term):
    """Return how the index may spell a word on a server whose locale knows the case of ASCII letters only."""
    forms = {term.typed, term.typed.lower(), term.typed.upper(), term.typed.capitalize()}
    forms |= {unicodedata.normalize('NFD', form) for form in forms}
    return ["'%s'%s" % (form, ':*' * (term.kind == words.START)) for form in sorted(forms)]
