"""The tables of an earlier release, which had no prefix, become ours of today: renamed, or emptied where the table is the site's own.

That happened where a site had a table of the same name: it got our columns and our rows into it. Our rows are moved out, and our columns
taken away again; its own stay. May be cut off at any moment and done again. Call under the lock of schema.prepare().
"""
import sqlite3

from ..database.tables import MESSAGE, TUTORIALS
from .ours import OLD, OLD_MESSAGE, is_message_taken
from .shape import columns, indexes, name_of, quoted

# Which rows of such a table are ours: what we have always written into them, and nobody else does.
MINE = {
    'conversation': "direct_key IS NOT NULL AND last_number IS NOT NULL AND last_seq IS NOT NULL",
    'participant': 'conversation IS NOT NULL AND user_id IS NOT NULL AND read_number IS NOT NULL AND sent_count IS NOT NULL',
    'event': "seq IS NOT NULL AND kind IN ('read', 'read_privately', 'unread', 'mute', 'logout', 'logout_others')",
    'preference': "user_id IS NOT NULL AND session_generation IS NOT NULL",
    'feed': 'id = 1',
    MESSAGE: 'seq IS NOT NULL',
}
LATER = {'participant': {'receipt_number'}, 'preference': {'shows_presence', 'session_generation', 'last_seen'},
         'feed': {'legacy_upto', 'legacy_timezone'}}
# Indexes that earlier releases made; on SQLite a name is of the whole database.
OLD_INDEXES = {
    'conversation': ('direct_key', 'last_seq'), 'participant': ('conversation_user_id_joined_number', 'user_id'),
    'event': ('seq', 'conversation_seq'), 'preference': ('user_id',), 'feed': (),
    MESSAGE: ('seq', 'conversation_number', 'sender_ref', 'receiver_seq', 'sender_seq', 'conversation_seq'),
}


def rename(db):
    """Give those of the old tables that are wholly ours their names of today. The feed comes last: by it they are known."""
    for name in OLD:
        if _is_wholly_ours(db, name) and not columns(db, name_of(db[name])):
            db.executesql('ALTER TABLE %s RENAME TO %s' % (quoted(db, name), name_of(db[name])))
            drop_indexes(db, name_of(db[name]), name)


def move_out(db, is_shared):
    """Move our rows out of the others, into our own tables, which are there by now."""
    if name_of(db.message) != MESSAGE and is_message_taken(db, is_shared):
        _move_out(db, MESSAGE, set(OLD_MESSAGE), keeps=_what_is_the_sites_too(db))
    for name, first in OLD.items():
        if set(first.split()) <= set(columns(db, name)):
            _move_out(db, name, set(first.split()) | LATER.get(name, set()))


def drop_indexes(db, table, name):
    """Drop those indexes of a table that an earlier release has made for the one called `name`."""
    for index in indexes(db, table) & {'%s_%s' % (name, part) for part in OLD_INDEXES[name]}:
        on = ' ON %s' % quoted(db, table) if db._adapter.dbengine == 'mysql' else ''
        db.executesql('DROP INDEX %s%s' % (quoted(db, index), on))


def _is_wholly_ours(db, name):
    there, first, later = columns(db, name), OLD[name].split(), LATER.get(name, set())
    if [column for column in there if column in first] != first or set(there) - {'id', *first, *later}:
        return False
    mine = MINE[name] if 'session_generation' in there or name != 'preference' else 'user_id IS NOT NULL'
    return not db.executesql('SELECT 1 FROM %s WHERE NOT (%s) LIMIT 1' % (quoted(db, name), mine))


def _what_is_the_sites_too(db):
    """Return which of the rows the site goes on to see: those it may have written, which nothing tells from ours."""
    foreign = [column for column in columns(db, MESSAGE) if column not in ('id', *TUTORIALS, *OLD_MESSAGE)]
    return ' OR '.join('%s IS NOT NULL' % quoted(db, column) for column in foreign) or '1 = 1'


def _move_out(db, name, ours, keeps='1 = 0'):
    table, there = db[name], columns(db, name)
    shared = [field.name for field in table if field.name in there]
    names = ', '.join(quoted(db, column) for column in shared)
    old, new = quoted(db, name), name_of(table)
    db.executesql('INSERT INTO %s (%s) SELECT %s FROM %s WHERE %s AND id NOT IN (SELECT id FROM %s)' % (
        new, names, names, old, MINE[name], new))
    db.executesql('DELETE FROM %s WHERE %s AND NOT (%s)' % (old, MINE[name], keeps))
    if db._adapter.dbengine == 'postgres':
        db.executesql("SELECT setval(pg_get_serial_sequence('%s', 'id'), max(id)) FROM %s HAVING max(id) IS NOT NULL" % (new, new))
    drop_indexes(db, name, name)
    _drop_columns(db, name, ours, is_empty_only=name != MESSAGE)


def _drop_columns(db, name, ours, is_empty_only):
    """Take our columns away: those behind all of the site's, where nobody but us has written anything into them."""
    if db._adapter.dbengine == 'sqlite' and sqlite3.sqlite_version_info < (3, 35):
        return
    for column in reversed(columns(db, name)):
        if column not in ours:
            return
        column = quoted(db, column)
        if is_empty_only and db.executesql('SELECT 1 FROM %s WHERE %s IS NOT NULL LIMIT 1' % (quoted(db, name), column)):
            return
        db.executesql('ALTER TABLE %s DROP COLUMN %s' % (quoted(db, name), column))
