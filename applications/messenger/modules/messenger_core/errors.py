"""Every refusal of the product, with its code, its HTTP status and its sentence."""

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
