"""The tables, defined once: called by models/db.py and by the sidecar. Definitions only; `upgrade` makes a database fit them.

pydal never migrates them: it would alter tables by what its own files remember of them, and on some databases drop what isn't ours.
In the database each has the prefix `messenger_`, and so its indexes; only `message` keeps the tutorial's name, or has that of [db]
message_table. No constraint refers to auth_user, or the site could not delete its members.
"""
import functools
from datetime import datetime, timezone

from pydal import Field

TABLES = ('conversation', 'participant', 'message', 'event', 'feed', 'preference', 'member', 'aside', 'reaction', 'hidden')
TUTORIALS = ('sender', 'receiver', 'content', 'timestamp', 'is_read')
MESSAGE, PREFIX = 'message', 'messenger_'
# Of these tables; and the earliest that works with what this one writes.
VERSION, LEAST_READER = 6, 5


def utcnow():
    """The time as `timestamp` keeps it: naive UTC, whole seconds."""
    return datetime.now(timezone.utc).replace(tzinfo=None, microsecond=0)


def define(db, logged_in=None, message_table=MESSAGE):
    """Define the tables on `db`, which already knows auth_user; `logged_in` is the member a new message is from unless it says so."""
    for name in TABLES:
        _define_one(db, name, logged_in, message_table)


def define_later(db, logged_in, message_table):
    """The same on a late.Database, each table when it is first asked for."""
    for name in TABLES:
        db.define_later((name,), functools.partial(_define_one, db, name, logged_in, message_table))


def _define_one(db, name, logged_in, message_table):
    if name == MESSAGE:
        _define_message(db, logged_in, message_table)
    else:
        _DEFINED[name](db)


def define_members(db, username=False):
    """Define of auth_user what this product reads, for a process that has no web2py Auth. Never migrates."""
    fields = ['first_name', 'last_name', 'email', 'registration_key'] + ['username'] * username
    db.define_table('auth_user', *map(Field, fields), migrate=False)


def _define(db, name, *fields, **options):
    db.define_table(name, *fields, **dict(dict(rname=PREFIX + name, plural=name + 's'), **options), migrate=False, singular=name)


def _define_conversation(db):
    _define(
        db, 'conversation',
        Field('kind', default='direct', length=16),
        Field('direct_key', length=64),                     # "3:17", the lower member first; null in a group, and once one has gone
        Field('title', length=255),
        Field('last_number', 'integer', default=0),         # never goes down: numbers are given once
        Field('first_number', 'integer', default=1),        # messages below it have been pruned
        Field('last_seq', 'bigint', default=0),
        Field('last_message', 'bigint'),
        Field('started_by', 'bigint'),
        Field('started_at', 'datetime'))                    # null: it began with a row that somebody else has inserted


def _define_participant(db):
    _define(
        db, 'participant',
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
        Field('last_seq', 'bigint', default=0),             # of the conversation's newest message; in direct ones only
        Field('pinned_at', 'datetime'),
        Field('cleared_number', 'integer', default=0),      # up to it the member has emptied the conversation for themselves
        Field('delivered_at', 'datetime'),
        Field('read_at', 'datetime'),
        Field('waits', 'boolean'))                          # something may wait to be read: see messages/noting.py


def _define_message(db, logged_in, name):
    _define(
        db, MESSAGE,
        Field('sender', 'reference auth_user', ondelete='NO ACTION', default=logged_in),    # null: a former member
        Field('receiver', 'reference auth_user', ondelete='NO ACTION'),                     # the same, or a message of a group
        Field('content', 'text'),
        Field('timestamp', 'datetime', default=utcnow),     # UTC; nothing sorts by it
        Field('is_read', 'boolean', default=False),
        # What follows may be null: whoever knows the five fields above can insert a row, and the feed completes it.
        Field('conversation', 'reference conversation', ondelete='NO ACTION', requires=None),
        Field('number', 'integer', requires=None),
        Field('seq', 'bigint', requires=None),
        Field('ref', length=64, requires=None, filter_in=lambda ref: ref or None),
        Field('seal', length=32, requires=None, filter_in=lambda seal: seal or None),      # ours, as it stands: see feed/seal.py
        Field('edited_at', 'datetime', requires=None),
        Field('deleted_at', 'datetime', requires=None),     # a tombstone, its content is gone
        Field('reply_to', 'bigint', requires=None),
        # Whoever knows this column writes times in UTC; of the others nobody knows.
        Field('forwarded', 'boolean', default=False, requires=None),
        rname=None if name == MESSAGE else name)


def _define_event(db):
    _define(
        db, 'event',
        Field('seq', 'bigint'),
        Field('kind', length=16),                           # read, read_privately, unread, mute, logout, logout_others
        Field('conversation', 'bigint'),
        Field('user_id', 'bigint'),
        Field('number', 'integer'),
        Field('detail', length=64),                         # logout: the hash of the session that ended, or of the only one that did not
        Field('created_at', 'datetime', default=utcnow))


def _define_feed(db):
    _define(
        db, 'feed',
        Field('head', 'bigint', default=0),
        Field('floor', 'bigint', default=0),
        Field('epoch', length=32),
        Field('version', 'integer'),                        # of the tables ...
        Field('least_reader', 'integer'),                   # ... and the earliest whose processes may work with them
        Field('legacy_upto', 'bigint'),                     # messages up to this id were there before us ...
        Field('legacy_timezone', length=64),                # ... and their times are of this zone until they get a `seq`
        Field('foreign_timezone', length=64),               # the zone of the times that other applications write
        Field('unsealed_upto', 'bigint'),                   # up to this id those with a place are ours, without a seal until now
        Field('checked_upto', 'bigint'),                    # up to this id it has been looked whether they lie where we have put them ...
        Field('checked_head', 'bigint'),                    # ... and how far the feed was then
        Field('members', 'bigint'),                         # how many rows `member` had at the last look ...
        Field('last_member', 'bigint'),                     # ... and the largest of their ids: they are never taken away
        Field('newcomers_since', 'datetime'),               # whom `member` has since then was not here before
        Field('noted_upto', 'bigint'))                      # up to this place it is noted where something waits


def _define_preference(db):
    _define(
        db, 'preference',
        Field('user_id', 'bigint'),                         # one row a member, once there is something to keep
        Field('gives_receipts', 'boolean', default=True),
        Field('shows_presence', 'boolean', default=True),
        Field('session_generation', 'integer', default=0),  # sessions of an earlier one are over, see logout
        Field('last_seen', 'datetime'))                     # the minute, UTC, in which they went offline; of who shows it


def _define_member(db):
    _define(
        db, 'member',
        Field('user_id', 'bigint'),                         # everybody who has an account: who of them is gone from auth_user is looked for
        Field('first_seen', 'datetime', default=utcnow),    # null: they were here before that was noted
        Field('gone_at', 'datetime'),                       # since then the number is nobody's, and being taken off what they wrote ...
        Field('is_cleared', 'boolean', default=False),      # ... until all of that is done
        Field('session_generation', 'integer', default=0))  # the same as in preference: either may be taken away


def _define_aside(db):
    _define(
        db, 'aside',
        Field('message', 'bigint'),                         # a row that can't be shown ...
        Field('reason', length=255),
        Field('waits_for', 'bigint'),                       # ... until this member exists
        Field('noticed_at', 'datetime', default=utcnow),
        plural='messages set aside')


def _define_reaction(db):
    _define(db, 'reaction', Field('message', 'bigint'), Field('user_id', 'bigint'), Field('emoji', length=64))


def _define_hidden(db):
    _define(
        db, 'hidden',
        Field('message', 'bigint'),                         # deleted for this member alone
        Field('user_id', 'bigint'),
        plural='messages hidden')


_DEFINED = {
    'conversation': _define_conversation, 'participant': _define_participant, 'event': _define_event, 'feed': _define_feed,
    'preference': _define_preference, 'member': _define_member, 'aside': _define_aside, 'reaction': _define_reaction,
    'hidden': _define_hidden}
