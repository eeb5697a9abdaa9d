"""The tables, defined once: called by models/db.py, which may migrate, and by the sidecar, which never does.

Nothing is read or changed here but what makes a fresh database ready (`prepare`).
"""
import secrets
from datetime import datetime, timezone

from pydal import Field

from .errors import SchemaError

VERSION = 1
TABLES = ('conversation', 'participant', 'message', 'event', 'feed')

# (table, columns, unique). Made apart from the fields: `unique=True` there breaks validate_and_insert in web2py 2.26.
INDEXES = (
    ('conversation', ('direct_key',), True),
    ('conversation', ('last_seq',), False),
    ('participant', ('conversation', 'user_id', 'joined_number'), True),
    ('participant', ('user_id',), False),
    ('message', ('seq',), True),
    ('message', ('conversation', 'number'), True),
    ('message', ('sender', 'ref'), True),
    ('message', ('receiver', 'seq'), False),
    ('message', ('conversation', 'seq'), False),
    ('event', ('seq',), True),
    ('event', ('conversation', 'seq'), False),
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


def prepare(db):
    """Make the indexes and the feed's one row where they are missing; may run any number of times."""
    for table, columns, unique in INDEXES:
        _create_index(db, db[table], columns, unique)
    if db(db.feed).isempty():
        db.feed.insert(id=1, head=0, floor=0, epoch=secrets.token_hex(6), version=VERSION)
    db.commit()


def prepare_once(db):
    """The same for a model that runs at each request: free after the first time in a process."""
    database = (db._uri, db._adapter.folder)
    if database not in _PREPARED:
        prepare(db)
        _PREPARED.add(database)


def check(db):
    """Raise SchemaError unless the database has the tables of this release."""
    try:
        rows = db.executesql(db(db.feed.id == 1)._select(db.feed.version))
        for table in TABLES:
            db.executesql(db(db[table].id == 0)._select())
    except Exception as error:
        raise SchemaError('The database lacks tables of the messenger (%s). Open the site once, or start with setup_env.sh, to create them.'
                          % error) from error
    finally:
        db.rollback()
    if [tuple(row) for row in rows] != [(VERSION,)]:
        raise SchemaError('The database has schema version %s; this release works with version %d.' % (rows and rows[0][0], VERSION))


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
        singular='feed', plural='feeds')


def _create_index(db, table, columns, unique):
    name = '%s_%s' % (table._tablename, '_'.join(columns))
    if db._adapter.dbengine == 'mysql' and db.executesql(
            "SELECT 1 FROM information_schema.statistics WHERE table_schema = DATABASE() AND index_name = '%s'" % name):
        return
    db.executesql('CREATE %sINDEX %s%s ON %s (%s)' % (
        'UNIQUE ' * unique, 'IF NOT EXISTS ' * (db._adapter.dbengine != 'mysql'), name, table._rname,
        ', '.join(table[column]._rname for column in columns)))
