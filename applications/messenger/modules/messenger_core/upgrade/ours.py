"""What in a database is ours: recognised by our feed's row and by all our columns, never guessed from a name.

Before version 5 our tables had no prefix, and a site that had a table of the same name got our columns into its own.
"""
from typing import NamedTuple, Optional

from ..database.tables import MESSAGE, PREFIX, TUTORIALS
from ..errors import SchemaError
from .shape import columns, name_of, quoted

# What they were made with, in this order; later releases have added columns behind.
OLD = {
    'conversation': 'kind direct_key title last_number first_number last_seq last_message',
    'participant': 'conversation user_id role read_number delivered_number sent_count sent_at_read joined_number left_number '
                   'marked_unread muted_until archived_at',
    'event': 'seq kind conversation user_id number detail created_at',
    'preference': 'user_id gives_receipts',
    'feed': 'head floor epoch version',
}
OLD_MESSAGE = ('conversation', 'number', 'seq', 'ref')
OLD_VERSIONS = range(1, 5)
ADVICE = 'Name another for the messenger in private/appconfig.ini: [db] message_table = messenger_message.'


class Version(NamedTuple):
    """What the feed says: of which version the tables are, and which is the earliest that may work with them."""

    number: int
    least_reader: int
    is_old: bool = False


def version(db):
    """Return the Version of our tables in `db`, or None where there are none. Needs no table defined."""
    feed = PREFIX + 'feed'
    if {'head', 'epoch', 'version', 'least_reader'} <= set(columns(db, feed)):
        found = db.executesql('SELECT version, least_reader FROM %s WHERE id = 1' % feed)
        if found and found[0][0]:
            return Version(found[0][0], found[0][1] or 0)
    old = _old_version(db)
    return Version(old, old, True) if old else None


def refuse_others_message(db, is_shared):
    """Raise SchemaError where the table that should hold the messages is somebody else's. Only to be asked of what isn't ours yet."""
    name = name_of(db.message)
    there = columns(db, name)
    if not there:
        return
    if is_shared:
        raise SchemaError('The database of the site has a table "%s", which belongs to the site. %s' % (name, ADVICE))
    lacking = [column for column in TUTORIALS if column not in there]
    if lacking:
        raise SchemaError('The database has a table "%s" that is not the messenger\'s: it has no %s. %s' % (
            name, ', '.join(lacking), ADVICE))


def is_message_taken(db, is_shared):
    """Whether the messages of an earlier release lie in a table that is the site's own: it has rows that aren't messages, or had its own.

    Of a table in the site's database the latter is enough; in our own it is the tutorial's.
    """
    foreign = [column for column in columns(db, MESSAGE) if column not in ('id', *TUTORIALS, *OLD_MESSAGE)]
    had_rows = 'legacy_upto' in columns(db, 'feed') and db.executesql('SELECT legacy_upto FROM %s WHERE id = 1' % quoted(db, 'feed'))[0][0]
    return bool(foreign or had_rows) if is_shared else any(holds_others_rows(db, column) for column in foreign)


def holds_others_rows(db, column):
    """Whether `message` has rows that hold nothing but in this column of somebody else's."""
    empty = ' AND '.join('%s IS NULL' % quoted(db, name) for name in ('sender', 'receiver', 'content', 'seq'))
    return bool(db.executesql('SELECT 1 FROM %s WHERE %s IS NOT NULL AND %s LIMIT 1' % (quoted(db, MESSAGE), quoted(db, column), empty)))


def _old_version(db) -> Optional[int]:
    made_with = dict(OLD, message=' '.join((*TUTORIALS, *OLD_MESSAGE)))
    made_with.pop('preference')     # came with the third version
    if all(set(names.split()) <= set(columns(db, name)) for name, names in made_with.items()):
        found = db.executesql('SELECT version FROM %s WHERE id = 1 AND head IS NOT NULL AND epoch IS NOT NULL' % quoted(db, 'feed'))
        if found and found[0][0] in OLD_VERSIONS:
            return found[0][0]
    return None
