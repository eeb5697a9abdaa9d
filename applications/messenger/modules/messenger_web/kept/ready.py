"""The database of a page: made ready by the first request of a process; from then on tables are defined only where something asks for them.

Nothing of them is migrated any more then: whoever changes a definition restarts web2py, as for any module.
"""
from collections import namedtuple

from gluon import current
from messenger_core.database import tables, texts
from messenger_core.upgrade import schema, takeover

# The names of the members' tables, and what the texts of statements depend on.
Ready = namedtuple('Ready', 'names looks')
_ready = {}     # {what the settings say: Ready}


def is_ready():
    """Whether an earlier request of this process has made the database ready; looked at once in a request.

    While this one is under way another may do so: that comes too late for it.
    """
    if not hasattr(current, 'found_ready'):
        current.found_ready = _ready.get(_asked())
    return current.found_ready is not None


def begin(db):
    """Do what has to be done before any table is defined. Raises SchemaError."""
    if is_ready():
        texts.know_looks(db, current.found_ready.looks)
    elif current.settings.db.migrate and not current.settings.auth.masterapp:
        takeover.before_tables(db)


def define(db, define_members, logged_in):
    """Define the tables of members, by `define_members()`, and ours, now or later; where it is the first time, make the database ready.

    `logged_in` is the member a new message is from unless it says so. Raises SchemaError, SettingsError and Refused.
    """
    settings = current.settings
    name, is_shared = settings.db.message_table, bool(settings.auth.masterapp)
    if is_ready():
        db.define_later(current.found_ready.names, define_members)
        return tables.define_later(db, logged_in, name)
    before = set(db.tables)     # that of sessions
    define_members()
    names = tuple(one for one in db.tables if one not in before)
    tables.define(db, logged_in, name)
    if settings.db.migrate:
        schema.prepare(db, settings.db.legacy_timezone, is_shared)
    else:
        schema.check(db, is_shared)
    _ready[_asked()] = Ready(names, texts.looks(db))


def _asked():
    settings = current.settings
    return (current.request.folder, settings.db.uri, settings.db.migrate, settings.db.message_table, settings.auth.username,
            settings.auth.masterapp)
