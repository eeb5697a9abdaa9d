"""What makes a database ready for this release, whether it is fresh, made by an earlier release, or by following the tutorial.

Here are versions and the steps between them; the tables themselves are defined in `tables`. All is made under one lock, each part may be
cut off at any moment, and the next start goes on.
"""
import contextlib
import secrets

from ..adoption import zones
from ..database.tables import LEAST_READER, MESSAGE, TABLES, VERSION, utcnow
from ..database.transaction import transact, turnstile
from ..errors import SchemaError
from ..members import known
from ..search import names
from . import characters, constraints, indexes, making, moving, ours, shape

LOCK = 4857_0901    # a number of our own among PostgreSQL's advisory locks ...
NAMED_LOCK = "CONCAT('messenger.', MD5(DATABASE()))"    # ... and a name among MySQL's, which are the whole server's
LOCK_SECONDS = 5


def prepare(db, legacy_timezone='', is_shared=False):
    """Make what is missing: tables, columns, indexes, the feed's one row, the steps from an older version. May run any number of times.

    Rows that are there before the feed are messages of before; their ids and their time zone are noted, and `takeover` does the rest.
    `is_shared`: the database is another application's. Raises SchemaError, SettingsError and Refused.
    """
    refuse_newer(db)
    if not _is_made(db):
        _make(db, legacy_timezone, is_shared)
    _note_zone(db, zones.name_of(legacy_timezone))
    if not db.executesql('SELECT legacy_upto FROM %s WHERE id = 1' % db.feed._rname)[0][0]:
        create_late(db)


def create_late(db):
    """Make the indexes that messages of before have to do without while they are taken over, take away what nobody needs, and commit."""
    if indexes.missing(db, indexes.LATE):
        _alone(db, lambda: indexes.create(db, indexes.LATE))
    if shape.indexes(db, shape.name_of(db.message)) & {'message_%s' % part for part in moving.OLD_INDEXES[MESSAGE]}:
        _alone(db, lambda: moving.drop_indexes(db, shape.name_of(db.message), MESSAGE))     # only now: they were of use meanwhile
    if indexes.former(db):
        _alone(db, lambda: indexes.drop_former(db))
    if not names.is_there(db):
        _alone(db, lambda: names.create(db))
    indexes.create_words(db)
    db.commit()


def refuse_newer(db):
    """Raise SchemaError when a later release has made this database unfit for this one. Needs no table defined."""
    version = ours.version(db)
    if version and version.least_reader > VERSION:
        raise SchemaError('The database has schema version %d, made by a later release of the messenger; this one knows versions up to %d '
                          'and leaves it alone. Update the messenger.' % (version.number, VERSION))


def check(db, is_shared=False):
    """Raise SchemaError unless the database has the tables of this release; `is_shared` as for prepare()."""
    refuse_newer(db)
    _refuse_without_members(db, is_shared)
    version = ours.version(db)
    if version and version.number < VERSION:
        raise SchemaError('The database has schema version %d; this release works with version %d. Open the site once, or start with '
                          'setup_env.sh, to bring it up to date.' % (version.number, VERSION))
    lacking = sorted(map(shape.name_of, making.missing(db)))
    db.commit()
    if lacking:
        raise SchemaError('The database lacks tables of the messenger (%s). Open the site once, or start with setup_env.sh, to create them.'
                          % ', '.join(lacking))
    _refuse_without_emoji(db)
    if not version:
        raise SchemaError('The database lacks its feed. Open the site once, or start with setup_env.sh, to create it.')


def _refuse_without_emoji(db):
    """Raise SchemaError where a message would be acked and stored with question marks in it."""
    unfit = sorted(map(shape.name_of, characters.unfit(db)))
    db.commit()
    if unfit:
        raise SchemaError('The database would make a question mark of an emoji: the character set of %s is not utf8mb4. Open the site '
                          'once, or start with setup_env.sh, to convert the tables.' % ', '.join(unfit))


def _is_made(db):
    version = ours.version(db)
    return bool(version and not version.is_old and version.number >= VERSION and not making.missing(db) and not characters.unfit(db)
                and not indexes.missing(db, indexes.INDEXES) and not indexes.missing_some(db))


def _make(db, legacy_timezone, is_shared):
    _refuse_unfit(db, is_shared)
    constraints.drop(db, {*ours.OLD, *map(shape.name_of, map(db.__getitem__, TABLES))} if ours.version(db) else {
        shape.name_of(db.message)}, _alone)
    _alone(db, lambda: _bring_up(db, legacy_timezone, is_shared))


def _refuse_unfit(db, is_shared):
    """Raise SchemaError where the messages have no place."""
    _refuse_without_members(db, is_shared)
    version, name = ours.version(db), shape.name_of(db.message)
    if not version:
        return ours.refuse_others_message(db, is_shared)
    if version.is_old and name == MESSAGE and ours.is_message_taken(db, is_shared):
        raise SchemaError('The messages lie in a table "%s" that belongs to the site. %s They are moved there.' % (name, ours.ADVICE))
    if not version.is_old and not shape.columns(db, name) and db.executesql('SELECT 1 FROM %s WHERE head > 0' % db.feed._rname):
        raise SchemaError('The messages are not in the table "%s" that [db] message_table names. Write there what it was, or rename the '
                          'table too.' % name)


def _refuse_without_members(db, is_shared):
    if is_shared and not shape.columns(db, shape.name_of(db.auth_user)):
        raise SchemaError('The database that [db] uri names has no table auth_user: it is not that of the application '
                          'that [auth] masterapp names.')


def _alone(db, change):
    """Make a change of the tables that nobody else makes at the same moment, and commit."""
    try:
        return transact(db, lambda: (_lock(db), change())[1])
    finally:
        if db._adapter.dbengine == 'mysql':
            _unlock(db)


def _lock(db):
    if db._adapter.dbengine == 'sqlite':
        with turnstile(db):
            db.executesql('BEGIN IMMEDIATE')
    elif db._adapter.dbengine == 'postgres':
        db.executesql('SELECT pg_advisory_xact_lock(%d)' % LOCK)
    elif not db.executesql('SELECT GET_LOCK(%s, %d)' % (NAMED_LOCK, LOCK_SECONDS))[0][0]:
        raise SchemaError('Another process is making the tables of the messenger.')


def _unlock(db):
    """Let go of MySQL's lock, which outlives a transaction: a connection of a pool would keep it. What was taken twice is let go twice."""
    with contextlib.suppress(Exception):    # it went with the connection
        while db.executesql('SELECT RELEASE_LOCK(%s)' % NAMED_LOCK)[0][0]:
            pass


def _bring_up(db, legacy_timezone, is_shared):
    version = ours.version(db)      # again, under the lock: of two that start at once, one does all of it
    if version and version.is_old:
        moving.rename(db)
    making.make(db)
    if version and version.is_old:
        moving.move_out(db, is_shared)
    characters.mend(db)
    indexes.create(db, indexes.INDEXES)
    if not version:
        _begin(db, legacy_timezone)
    for number in range(version.number if version else VERSION, VERSION):
        STEPS[number](db)
        db(db.feed.id == 1).update(version=number + 1, least_reader=LEAST_READER)
    known.call_all_old(db)
    indexes.create_some(db)


def _begin(db, legacy_timezone):
    upto = db.executesql('SELECT max(id) FROM %s WHERE seal IS NULL' % db.message._rname)[0][0]
    db.feed.insert(id=1, head=0, floor=0, epoch=secrets.token_hex(6), version=VERSION, least_reader=LEAST_READER,
                   legacy_upto=upto or 0, legacy_timezone=upto and zones.name_of(legacy_timezone), unsealed_upto=0)
    known.know_all(db)


def _note_zone(db, name):
    if db.executesql('SELECT foreign_timezone FROM %s WHERE id = 1' % db.feed._rname)[0][0] != name:
        transact(db, lambda: db(db.feed.id == 1).update(foreign_timezone=name))


def _note_that_nothing_is_legacy(db):
    """1 to 2: `feed` notes which rows come from before. Under version 1 they were all adopted, their times unconverted."""
    db(db.feed.id == 1).update(legacy_upto=0)


def _note_how_far_others_were_told(db):
    """2 to 3: members can keep to themselves what they read. Under version 2 all of it was told."""
    db(db.participant.id > 0).update(receipt_number=db.participant.read_number)


def _keep_when_members_were_seen(db):
    """3 to 4: `preference` has a column for it, which begins empty."""


def _note_what_is_without_a_seal(db):
    """4 to 5: messages are sealed, places know their newest message, conversations their beginning, and members are known."""
    names = {name: db[name]._rname for name in TABLES}
    placed = 'SELECT max(id) FROM {message} WHERE seq IS NOT NULL AND number IS NOT NULL AND conversation IS NOT NULL'
    db(db.feed.id == 1).update(unsealed_upto=db.executesql(placed.format(**names))[0][0] or 0)
    now, false = db._adapter.represent(utcnow(), 'datetime'), db._adapter.represent(False, 'boolean')
    for statement in _FROM_4:
        db.executesql(statement.format(now=now, false=false, **names))
    known.know_all(db)


_FROM_4 = (
    '''UPDATE {participant} SET cleared_number = 0, last_seq = COALESCE((SELECT newest.seq FROM {conversation} c
       JOIN {message} newest ON newest.id = c.last_message WHERE c.id = {participant}.conversation), 0)''',
    '''UPDATE {conversation} SET
       started_by = (SELECT first.sender FROM {message} first WHERE first.conversation = {conversation}.id AND first.number = 1),
       started_at = (SELECT first.timestamp FROM {message} first WHERE first.conversation = {conversation}.id AND first.number = 1)''',
    '''INSERT INTO {member} (user_id, first_seen, is_cleared) SELECT known.user_id, {now}, {false} FROM (
       SELECT user_id FROM {participant} WHERE left_number IS NULL UNION SELECT user_id FROM {preference}) known
       WHERE known.user_id IS NOT NULL AND known.user_id NOT IN (SELECT user_id FROM {member})''',
)

def _note_where_something_waits(db):
    """5 to 6: places have a column for it, and the feed one that says how far that is; it is done in the background."""


# What leads from a version to the next one; columns and tables are there before.
STEPS = {1: _note_that_nothing_is_legacy, 2: _note_how_far_others_were_told, 3: _keep_when_members_were_seen,
         4: _note_what_is_without_a_seal, 5: _note_where_something_waits}
