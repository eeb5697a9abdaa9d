"""Every refusal of the product, with its code, its HTTP status and its sentence; and how our own faults are said in a log."""
import re
import sqlite3
from traceback import extract_tb

STATUS = {
    'bad_json': 400, 'bad_type': 400, 'bad_text': 400, 'too_long': 400, 'bad_cursor': 400,
    'no_session': 401, 'blocked': 403, 'forbidden': 403, 'no_such_user': 404, 'not_found': 404,
    'conflict': 409, 'rate': 429, 'busy': 503,
}

SENTENCES = {
    'bad_json': 'This is not one JSON object.',
    'bad_type': 'The type is unknown or a field is missing or of the wrong kind.',
    'bad_text': 'The message has no visible text, or holds characters that cannot be stored.',
    'too_long': 'The message is too long.',
    'bad_cursor': 'The position must be a whole number that is not negative.',
    'no_session': 'User not authenticated',
    'blocked': 'Your account is blocked.',
    'forbidden': 'You may not do this.',
    'no_such_user': 'There is no such member.',
    'not_found': 'There is no such conversation.',
    'conflict': 'Another message was already sent under this reference.',
    'rate': 'Too many messages in a short time.',
    'busy': 'The message could not be stored just now. Try again in a moment.',
}
# What stands in quotes in an error, to the last of them: a value may hold some itself.
VALUES = re.compile("""'.*'|".*\"""")
OF_VALUES = ('22', '23', '42601')   # as PostgreSQL's codes begin of what comes of a value, and of a syntax


class Refused(Exception):
    """A request that was turned down and changed nothing.

    `code` is one of STATUS, `message` a sentence for people, `retry_after` seconds or None; `limit` names the setting that was met, where
    the code alone doesn't say it.
    """

    limit = None

    def __init__(self, code, message=None, retry_after=None):
        super().__init__(code)
        self.code = code
        self.status = STATUS[code]
        self.message = message or SENTENCES[code]
        self.retry_after = retry_after


class TooManyStarted(Refused):
    """Whoever has started `per_day` conversations within a day starts no more of them; they can always answer."""

    limit = 'new_conversations_per_day'

    def __init__(self, per_day, retry_after):
        super().__init__('rate', 'You have started as many conversations as you may within a day (%d). You can start another in %d hours '
                         'at the latest, and answer at any time.' % (per_day, -(-retry_after // 3600)), retry_after)
        self.per_day = per_day


class Outdated(Refused):
    """The database has become one of a later release, while this process runs on: busy, until it is started again."""

    def __init__(self, least_reader):
        super().__init__('busy', 'The messenger was updated. Please come back in a moment.', retry_after=30)
        self.reason = ('The database is of a later release of the messenger (it takes version %d and later): start web2py and the '
                       'sidecar again.' % least_reader)


class SettingsError(Exception):
    """A setting that cannot be used; the text is one sentence for the operator."""


class SchemaError(Exception):
    """The database is not one this release can work with; the text is one sentence for the operator."""


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
    line = (str(error).strip().splitlines() or [''])[0].strip()
    code = (getattr(error, 'args', None) or [None])[0]
    is_of_mysqls_statement = type(code) is int and 1000 <= code < 2000
    is_of_value = str(getattr(error, 'pgcode', None)).startswith(OF_VALUES) or isinstance(error, sqlite3.Error)
    return VALUES.sub("'...'", line) if is_of_mysqls_statement or is_of_value else line
