"""What makes a database ready for this release, whether it is fresh, made by an earlier release, or by following the tutorial.

Here are indexes, versions and the steps between them; the tables themselves are defined in `tables`.
"""
import secrets

from ..adoption import zones
from ..database.tables import TABLES
from ..database.transaction import transact, turnstile
from ..errors import SchemaError
from ..search import hits

VERSION = 4

# (table, columns, unique). Made apart from the fields: `unique=True` there breaks validate_and_insert in web2py 2.26.
INDEXES = (
    ('conversation', ('direct_key',), True),
    ('conversation', ('last_seq',), False),
    ('participant', ('conversation', 'user_id', 'joined_number'), True),
    ('participant', ('user_id',), False),
    ('message', ('seq',), True),
    ('event', ('seq',), True),
    ('event', ('conversation', 'seq'), False),
    ('preference', ('user_id',), True),
)
# Where a million messages of before are taken over, these are made afterwards: keeping them up meanwhile takes three times as long.
LATE_INDEXES = (
    ('message', ('conversation', 'number'), True),
    ('message', ('sender', 'ref'), True),
    ('message', ('receiver', 'seq'), False),
    ('message', ('sender', 'seq'), False),
    ('message', ('conversation', 'seq'), False),
)

# MySQL knows no IF NOT EXISTS. PostgreSQL locks the table before it sees that the index is there: each web2py process that started would
# stop whoever writes, and now and then meet them in a deadlock.
_INDEX_QUERIES = {
    'mysql': "SELECT 1 FROM information_schema.statistics WHERE table_schema = DATABASE() AND index_name = '%s'",
    'postgres': "SELECT 1 FROM pg_indexes WHERE schemaname = ANY (current_schemas(false)) AND indexname = '%s'",
}

_PREPARED = set()


def prepare(db, legacy_timezone=''):
    """Make what is missing: the indexes, the feed's one row, the steps from an older version. May run any number of times.

    Rows that are there before the feed are messages of before; their ids and their time zone are noted, and `upgrade` does the rest.
    Raises SchemaError, SettingsError and Refused.
    """
    refuse_newer(db)
    create_indexes(db, INDEXES)
    if _version(db) != VERSION:
        transact(db, lambda: _bring_up(db, legacy_timezone))
    if not db.executesql('SELECT legacy_upto FROM feed WHERE id = 1')[0][0]:
        create_late(db)


def prepare_once(db, legacy_timezone=''):
    """The same for a model that runs at each request: free after the first time in a process."""
    if not is_prepared(db):
        prepare(db, legacy_timezone)
        _PREPARED.add((db._uri, db._adapter.folder))


def is_prepared(db):
    """Return whether prepare_once has done it in this process."""
    return (db._uri, db._adapter.folder) in _PREPARED


def create_indexes(db, indexes):
    """Make those of `indexes` that are missing, and commit."""
    for table, columns, unique in indexes:
        _create_index(db, db[table], columns, unique)
    db.commit()


def create_late(db):
    """Make the indexes that messages of before have to do without while they are taken over, and commit."""
    create_indexes(db, LATE_INDEXES)
    hits.create_index(db)


def refuse_newer(db):
    """Raise SchemaError when a later release has made this database. Needs no table defined, and so can be asked before pydal migrates."""
    version = _version(db)
    if version is not None and version > VERSION:
        raise SchemaError('The database has schema version %d, made by a later release of the messenger; this one knows versions up to %d '
                          'and leaves it alone. Update the messenger.' % (version, VERSION))


def check(db):
    """Raise SchemaError unless the database has the tables of this release."""
    refuse_newer(db)
    version = _version(db)
    if version not in (None, VERSION):
        raise SchemaError('The database has schema version %d; this release works with version %d. Open the site once, or start with '
                          'setup_env.sh, to bring it up to date.' % (version, VERSION))
    try:
        for table in TABLES:
            db.executesql(db(db[table].id == 0)._select())
    except Exception as error:
        raise SchemaError('The database lacks tables of the messenger (%s). Open the site once, or start with setup_env.sh, to create them.'
                          % error) from error
    finally:
        db.rollback()
    if version is None:
        raise SchemaError('The database lacks its feed. Open the site once, or start with setup_env.sh, to create it.')


def _version(db):
    """Return the version the database says it has, or None."""
    try:
        found = db.executesql('SELECT version FROM feed WHERE id = 1')
    except (db._adapter.driver.OperationalError, db._adapter.driver.ProgrammingError):
        db.rollback()
        return None     # no such table
    return found[0][0] if found else None


def _bring_up(db, legacy_timezone):
    with turnstile(db):
        db.executesql('UPDATE feed SET head = head')    # takes the lock: of two that start at once, one does all of it
    found = db.executesql('SELECT version FROM feed WHERE id = 1')
    if not found:
        return _begin(db, legacy_timezone)
    for version in range(found[0][0], VERSION):
        STEPS[version](db)
        db(db.feed.id == 1).update(version=version + 1)


def _begin(db, legacy_timezone):
    upto = db.executesql('SELECT max(id) FROM message WHERE seq IS NULL')[0][0]
    db.feed.insert(id=1, head=0, floor=0, epoch=secrets.token_hex(6), version=VERSION,
                   legacy_upto=upto or 0, legacy_timezone=upto and zones.name_of(legacy_timezone))


def _note_that_nothing_is_legacy(db):
    """1 to 2: `feed` notes which rows come from before. Under version 1 they were all adopted, their times unconverted."""
    db(db.feed.id == 1).update(legacy_upto=0)


def _note_how_far_others_were_told(db):
    """2 to 3: members can keep to themselves what they read. Under version 2 all of it was told."""
    db(db.participant.id > 0).update(receipt_number=db.participant.read_number)


def _keep_when_members_were_seen(db):
    """3 to 4: `preference` has a column for it, which begins empty."""


# What leads from a version to the next one; pydal has added new columns and tables before.
STEPS = {1: _note_that_nothing_is_legacy, 2: _note_how_far_others_were_told, 3: _keep_when_members_were_seen}


def _create_index(db, table, columns, unique):
    name, engine = '%s_%s' % (table._tablename, '_'.join(columns)), db._adapter.dbengine
    if engine in _INDEX_QUERIES and db.executesql(_INDEX_QUERIES[engine] % name):
        return
    db.executesql('CREATE %sINDEX %s%s ON %s (%s)' % (
        'UNIQUE ' * unique, 'IF NOT EXISTS ' * (engine != 'mysql'), name, table._rname,
        ', '.join(table[column]._rname for column in columns)))
