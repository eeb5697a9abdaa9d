"""The indexes of our tables. Each has the prefix of ours and is looked for on its table: on SQLite a name is of the whole database."""
from ..database.tables import PREFIX
from ..search import hits
from . import shape

# (table, columns, unique). Made apart from the fields: `unique=True` there breaks validate_and_insert in web2py 2.26.
INDEXES = (
    ('conversation', ('direct_key',), True),
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
# Of some rows alone, where the database can do that, or those that are written most often would touch it; (table, columns, which, name).
# What says which is among the columns, or SQLite would rather take another index, or read the table.
SOME = (
    ('message', ('seal', 'id'), 'seal IS NULL', 'unsealed'),    # a sealed row that is inserted doesn't touch it
    ('participant', ('user_id', 'waits'), "waits = 'T'", 'waits'),
    ('participant', ('user_id', 'marked_unread'), "marked_unread = 'T'", 'marked'),
)
# Where a million messages of before are taken over, these are made afterwards: keeping them up meanwhile takes three times as long.
LATE = (
    ('message', ('conversation', 'number'), True),
    ('message', ('sender', 'ref'), True),
    ('message', ('receiver', 'seq'), False),
)
# What earlier releases have made, and nothing is found by any more: each of them costs whoever sends. A process of theirs that begins
# beside us makes them again, and the next one of ours takes them away again; neither goes wrong meanwhile.
FORMER = (
    ('conversation', ('last_seq',)),
    ('message', ('sender', 'seq')),
    ('message', ('conversation', 'seq')),
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


def former(db):
    """Return those of FORMER that are there."""
    there = {name: shape.indexes(db, shape.name_of(db[name])) for name in {name for name, _ in FORMER}}
    return [index for index in FORMER if _name(*index) in there[index[0]]]


def drop_former(db):
    """Take them away: 0.4 s for a million messages on SQLite, and at once elsewhere."""
    for name, columns in former(db):
        on = ' ON %s' % db[name]._rname if db._adapter.dbengine == 'mysql' else ''
        db.executesql('DROP INDEX %s%s' % (_name(name, columns), on))


def missing_some(db):
    """Return those of SOME that aren't there."""
    return [index for index in SOME if _name(index[0], index[-1:]) not in shape.indexes(db, shape.name_of(db[index[0]]))]


def create_some(db):
    """Make those of SOME that are missing."""
    for name, columns, which, last in missing_some(db):
        where = '' if db._adapter.dbengine == 'mysql' else ' WHERE ' + which
        db.executesql('CREATE INDEX %s ON %s (%s)%s' % (_name(name, (last,)), db[name]._rname, ', '.join(columns), where))


def create_words(db):
    """Make the index of words where it is missing."""
    hits.engine_of(db).create(db)


def _name(table, columns):
    return '%s%s_%s' % (PREFIX, table, '_'.join(columns))
