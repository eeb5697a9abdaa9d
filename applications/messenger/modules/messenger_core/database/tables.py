"""The tables, defined once: called by models/db.py, which may migrate, and by the sidecar, which never does.

Definitions only; what makes a database ready for this release is in `schema`.
"""
from datetime import datetime, timezone

from pydal import Field

TABLES = ('conversation', 'participant', 'message', 'event', 'feed', 'preference')


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
    _define_preference(db)


def define_members(db, username=False):
    """Define of auth_user what this product reads, for a process that has no web2py Auth. Never migrates."""
    fields = ['first_name', 'last_name', 'email', 'registration_key'] + ['username'] * username
    db.define_table('auth_user', *map(Field, fields), migrate=False)


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
        Field('receipt_number', 'integer', default=0),      # how far the others have been told that it is read
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
        Field('kind', length=16),                           # read, read_privately, unread, mute, logout, logout_others
        Field('conversation', 'bigint'),
        Field('user_id', 'bigint'),
        Field('number', 'integer'),
        Field('detail', length=64),                         # logout: the hash of the session that ended, or of the only one that did not
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


def _define_preference(db):
    db.define_table(
        'preference',
        Field('user_id', 'bigint'),                         # one row a member, once there is something to keep
        Field('gives_receipts', 'boolean', default=True),
        Field('shows_presence', 'boolean', default=True),
        Field('session_generation', 'integer', default=0),  # sessions of an earlier one are over, see logout
        Field('last_seen', 'datetime'),                     # the minute, UTC, in which they went offline; of who shows it
        singular='preference', plural='preferences')
