"""The indexes of our tables. Each has the prefix of ours and is looked for on its table: on SQLite a name is of the whole database."""
from ..database.tables import PREFIX
from ..search import hits
from . import shape

# (table, columns, unique). Made apart from the fields: `unique=True` there breaks validate_and_insert in web2py 2.26.
INDEXES = (
    ('conversation', ('direct_key',), True),
    ('conversation', ('last_seq',), False),
    ('conversation', ('started_by', 'started_at'), False),
    ('participant', ('conversation', 'user_id', 'joined_number'), True),
    ('participant', ('user_id', 'last_seq'), False),
    ('message', ('seq',), True),
    ('event', ('seq',), True),
    ('event', ('conversation', 'seq'), False),
    ('event', ('detail',), False),      # which sessions have ended: see ends/logout.py
    ('preference', ('user_id',), True),
    ('member', ('user_id',), True),
    ('aside', ('message',), True),
    ('aside', ('waits_for',), False),
    ('reaction', ('message', 'user_id', 'emoji'), True),
    ('hidden', ('message', 'user_id'), True),
)
UNSEALED = PREFIX + 'message_unsealed'
# Where a million messages of before are taken over, these are made afterwards: keeping them up meanwhile takes three times as long.
LATE = (
    ('message', ('conversation', 'number'), True),
    ('message', ('sender', 'ref'), True),
    ('message', ('receiver', 'seq'), False),
    ('message', ('sender', 'seq'), False),
    ('message', ('conversation', 'seq'), False),
)


def missing(db, wanted):
    """Return those of `wanted` that aren't there."""
    there = {}
    for name, _, _ in wanted:
        if name not in there:
            there[name] = shape.indexes(db, shape.name_of(db[name]))
    return [index for index in wanted if _name(*index[:2]) not in there[index[0]]]


def create(db, wanted):
    """Make those of `wanted` that are missing; return whether there were any."""
    lacking = missing(db, wanted)
    for name, columns, unique in lacking:
        table = db[name]
        db.executesql('CREATE %sINDEX %s ON %s (%s)' % (
            'UNIQUE ' * unique, _name(name, columns), table._rname, ', '.join(table[column]._rname for column in columns)))
    return bool(lacking)


def create_unsealed(db):
    """Make the index of the messages without a seal, where it is missing; return whether it was.

    Of them alone, where the database can do that: a sealed row that is inserted doesn't touch it.
    """
    if is_unsealed_missing(db):
        # With `seal` in it, or SQLite would rather read the table, which is in the order of ids too.
        where = '' if db._adapter.dbengine == 'mysql' else ' WHERE seal IS NULL'
        db.executesql('CREATE INDEX %s ON %s (seal, id)%s' % (UNSEALED, db.message._rname, where))
        return True


def is_unsealed_missing(db):
    """Whether that one is missing."""
    return UNSEALED not in shape.indexes(db, shape.name_of(db.message))


def create_words(db):
    """Make the index of words where it is missing."""
    hits.engine_of(db).create(db)


def _name(table, columns):
    return '%s%s_%s' % (PREFIX, table, '_'.join(columns))
