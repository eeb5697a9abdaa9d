"""How a log says what has gone wrong in our own code or in a database: never with what members have written, or are called."""
import re
import sqlite3
from traceback import extract_tb

# What stands in quotes in an error, to the last of them: a value may hold some itself.
VALUES = re.compile("""'.*'|".*\"""", re.DOTALL)
OF_VALUES = ('22', '23', '42601')   # as PostgreSQL's codes begin of what comes of a value, and of a syntax


def traced(error):
    """Return the kind of an error and the places in the code, with what it came from, and never its text.

    Databases put the row, or the statement, that they refuse into theirs: the name, the address, the message of somebody.
    """
    parts = []
    while error is not None:
        places = ' > '.join('%s:%d %s' % (frame.filename.rpartition('/')[2], frame.lineno, frame.name)
                            for frame in extract_tb(error.__traceback__))
        parts.insert(0, '%s at %s' % (type(error).__name__, places) if places else type(error).__name__)
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return ', then '.join(parts)


def said(error):
    """Return the first line of what a database or the file system said of itself, an error or words: that it is away, full or locked.

    Of a statement or a value that it won't take it says more; what that is about stands in quotes.
    """
    code = (getattr(error, 'args', None) or [None])[0]
    is_of_mysqls_statement = type(code) is int and 1000 <= code < 2000
    is_of_value = str(getattr(error, 'pgcode', None)).startswith(OF_VALUES) or isinstance(error, sqlite3.Error)
    words = str(error).strip()
    words = VALUES.sub("'...'", words) if is_of_mysqls_statement or is_of_value else words
    return (words.splitlines() or [''])[0].strip()
