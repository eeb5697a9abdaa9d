"""The tables, defined once: called by models/db.py, which may migrate, and by the sidecar, which never does.

Nothing is read or changed here but what makes a database ready for this release (`prepare`), whether it is fresh, made by an earlier
release, or by following the tutorial.
"""
import secrets
from datetime import datetime, timezone

from pydal import Field

from . import timezones
from .errors import SchemaError
from .transaction import transact, turnstile

VERSION = 2
TABLES = ('conversation', 'participant', 'message', 'event', 'feed')

# (table, columns, unique). Made apart from the fields: `unique=True` there breaks validate_and_insert in web2py 2.26.
INDEXES = (
    ('conversation', ('direct_key',), True),
    ('conversation', ('last_seq',), False),
    ('participant', ('conversation', 'user_id', 'joined_number'), True),
    ('participant', ('user_id',), False),
    ('message', ('seq',), True),
    ('event', ('seq',), True),
    ('event', ('conversation', 'seq'), False),
)
# Where a million messages of before are taken over, these are made afterwards: keeping them up meanwhile takes three times as long.
LATE_INDEXES = (
    ('message', ('conversation', 'number'), True),
    ('message', ('sender', 'ref'), True),
    ('message', ('receiver', 'seq'), False),
    ('message', ('conversation', 'seq'), False),
)

_PREPARED = set()


def utcnow():
    """The time as `timestamp` keeps it: naive UTC, whole seconds."""
    return datetime.now(timezone.utc).replace(tzinfo=None, microsecond=0)


def define(db, logged_in=None):
    """Define the tables on `db`, which already knows auth_user; `logged_in` is the member a new message is from unless it says so."""
    _define_conversation(db)
    _define_participant(db)
    _define_message(db, logged_in)
    _define_event(db)
    _define_feed(db)


def define_members(db, username=False):
    """Define of auth_user what this product reads, for a process that has no web2py Auth. Never migrates."""
    fields = ['first_name', 'last_name', 'email', 'registration_key'] + ['username'] * username
    db.define_table('auth_user', *map(Field, fields), migrate=False)


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
        create_indexes(db, LATE_INDEXES)


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
                   legacy_upto=upto or 0, legacy_timezone=upto and timezones.name_of(legacy_timezone))


def _note_that_nothing_is_legacy(db):
    """1 to 2: `feed` notes which rows come from before. Under version 1 they were all adopted, their times unconverted."""
    db(db.feed.id == 1).update(legacy_upto=0)


# What leads from a version to the next one; pydal has added new columns and tables before.
STEPS = {1: _note_that_nothing_is_legacy}


def _define_conversation(db):
    db.define_table(
        'conversation',
        Field('kind', default='direct', length=16),
        Field('direct_key', length=64),                     # "3:17", the lower member first; null in a group
        Field('title', length=255),
        Field('last_number', 'integer', default=0),         # never goes down: numbers are given once
        Field('first_number', 'integer', default=1),        # messages below it have been pruned
        Field('last_seq', 'bigint', default=0),
        Field('last_message', 'bigint'),
        singular='conversation', plural='conversations')


def _define_participant(db):
    db.define_table(
        'participant',
        Field('conversation', 'reference conversation', ondelete='NO ACTION', requires=None),
        Field('user_id', 'bigint'),                         # no reference: a row outlives its member
        Field('role', default='member', length=16),
        Field('read_number', 'integer', default=0),
        Field('delivered_number', 'integer', default=0),
        Field('sent_count', 'integer', default=0),
        Field('sent_at_read', 'integer', default=0),        # how many of sent_count lie at or below read_number
        Field('joined_number', 'integer', default=0),
        Field('left_number', 'integer'),
        Field('marked_unread', 'boolean', default=False),
        Field('muted_until', 'datetime'),
        Field('archived_at', 'datetime'),
        singular='participant', plural='participants')


def _define_message(db, logged_in):
    db.define_table(
        'message',
        Field('sender', 'reference auth_user', ondelete='NO ACTION', default=logged_in),
        Field('receiver', 'reference auth_user', ondelete='NO ACTION'),
        Field('content', 'text'),
        Field('timestamp', 'datetime', default=utcnow),     # UTC; nothing sorts by it
        Field('is_read', 'boolean', default=False),
        # What follows may be null: whoever knows the five fields above can insert a row, and the feed completes it.
        Field('conversation', 'reference conversation', ondelete='NO ACTION', requires=None),
        Field('number', 'integer', requires=None),
        Field('seq', 'bigint', requires=None),
        Field('ref', length=64, requires=None, filter_in=lambda ref: ref or None),
        singular='message', plural='messages')


def _define_event(db):
    db.define_table(
        'event',
        Field('seq', 'bigint'),
        Field('kind', length=16),                           # read, logout
        Field('conversation', 'bigint'),
        Field('user_id', 'bigint'),
        Field('number', 'integer'),
        Field('detail', length=64),                         # logout: the hash of the session that ended
        Field('created_at', 'datetime', default=utcnow),
        singular='event', plural='events')


def _define_feed(db):
    db.define_table(
        'feed',
        Field('head', 'bigint', default=0),
        Field('floor', 'bigint', default=0),
        Field('epoch', length=32),
        Field('version', 'integer'),
        Field('legacy_upto', 'bigint'),                     # messages up to this id were there before us ...
        Field('legacy_timezone', length=64),                # ... and their times are of this zone until they get a `seq`
        singular='feed', plural='feeds')


def _create_index(db, table, columns, unique):
    name = '%s_%s' % (table._tablename, '_'.join(columns))
    if db._adapter.dbengine == 'mysql' and db.executesql(
            "SELECT 1 FROM information_schema.statistics WHERE table_schema = DATABASE() AND index_name = '%s'" % name):
        return
    db.executesql('CREATE %sINDEX %s%s ON %s (%s)' % (
        'UNIQUE ' * unique, 'IF NOT EXISTS ' * (db._adapter.dbengine != 'mysql'), name, table._rname,
        ', '.join(table[column]._rname for column in columns)))
