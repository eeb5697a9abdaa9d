"""The members that tests play with, in a database of ours."""
from messenger_core.adoption import zones
from messenger_core.database import connection, tables
from messenger_core.errors import Refused
from messenger_core.members import known
from messenger_core.upgrade import schema
from pydal import DAL

MEMBERS = ('Ann', 'Bob', 'Cid', 'Dan')
ANN, BOB, CID, DAN = 1, 2, 3, 4


def settle(configuration, folder=None, uri=None, username=False, migrate=True, begin=schema.prepare):
    """Return a DAL with all tables made, as web2py's Auth and our models would, and the cast in it.

    Without `migrate` the tables are there, and empty. `begin` is what makes those of ours.
    """
    db = DAL(uri or configuration.db.uri, folder=folder and str(folder), migrate_enabled=migrate, **connection.options(configuration))
    names = ['first_name', 'last_name', 'email', 'registration_key'] + ['username'] * username
    db.define_table('auth_user', *map(tables.Field, names))
    tables.define(db)
    begin(db)
    for name in MEMBERS:
        db.auth_user.insert(first_name=name, last_name='Lee', email='%s@example.com' % name.lower(), registration_key='')
    db.commit()
    return db


def begin_anew(db):
    """What schema.prepare does where all tables are there, and empty; that it finds this out takes longer than most tests."""
    schema._begin(db, '')
    known.call_all_old(db)
    schema._note_zone(db, zones.name_of(''))
    db.commit()


def codes(change):
    """Return for each of the results of a feed.Change why it was refused, 'ok' where it wasn't."""
    return [result.code if isinstance(result, Refused) else 'ok' for result in change.result]
