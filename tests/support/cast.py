"""The members that tests play with, in a database of ours."""
from messenger_core.database import connection, tables
from messenger_core.upgrade import schema
from pydal import DAL

MEMBERS = ('Ann', 'Bob', 'Cid', 'Dan')
ANN, BOB, CID, DAN = 1, 2, 3, 4


def settle(configuration, folder=None, uri=None, username=False, migrate=True):
    """Return a DAL with all tables made, as web2py's Auth and our models would, and the cast in it.

    Without `migrate` the tables are there, and empty.
    """
    db = DAL(uri or configuration.db.uri, folder=folder and str(folder), migrate_enabled=migrate, **connection.options(configuration))
    names = ['first_name', 'last_name', 'email', 'registration_key'] + ['username'] * username
    db.define_table('auth_user', *map(tables.Field, names))
    tables.define(db)
    schema.prepare(db)
    for name in MEMBERS:
        db.auth_user.insert(first_name=name, last_name='Lee', email='%s@example.com' % name.lower(), registration_key='')
    db.commit()
    return db
