"""A database as the tutorial's application leaves it: made by pydal from the tutorial's own definitions, and nothing of ours in it."""
import contextlib
import sqlite3

from cast import MEMBERS
from messenger_core import settings
from messenger_core.database import connection as database
from messenger_core.database import tables
from messenger_core.upgrade import schema, takeover
from pydal import DAL, Field

NAME = 'storage.sqlite'
URI = 'sqlite://' + NAME
NOON = '2026-01-02 12:00:00'
# models/db.py, as the tutorial has it.
MODEL = """
from gluon.tools import Auth
db = DAL('sqlite://storage.sqlite')
auth = Auth(db)
auth.define_tables(username=False, signature=False)
db.define_table('message',
    Field('sender', 'reference auth_user', default=auth.user_id),
    Field('receiver', 'reference auth_user'),
    Field('content', 'text'),
    Field('timestamp', 'datetime', default=request.now),
    Field('is_read', 'boolean', default=False))
"""


def define_members(db):
    """As web2py's Auth does without signature."""
    names = ('first_name', 'last_name', 'email', 'password', 'registration_key', 'reset_password_key', 'registration_id')
    db.define_table('auth_user', *[Field(name, length=512) for name in names])


def make(folder, rows=(), name=NAME, **options):
    """Make it in `folder` with the cast as members; `rows` are (sender, receiver, content, timestamp, is_read)."""
    folder.mkdir(exist_ok=True)
    define('sqlite://' + name, folder, **options)
    insert(folder, rows, name)
    return folder


def define(uri, folder, **options):
    """Make its tables, and the members."""
    db = DAL(uri, folder=str(folder))
    define_members(db)
    db.define_table(
        'message', Field('sender', 'reference auth_user', **options), Field('receiver', 'reference auth_user', **options),
        Field('content', 'text', **options), Field('timestamp', 'datetime', **options),
        Field('is_read', 'boolean', default=False, **options))
    for member in MEMBERS:
        db.auth_user.insert(first_name=member, last_name='Lee', email='%s@example.com' % member.lower(), registration_key='')
    db.commit()
    db.close()


def insert(folder, rows, name=NAME):
    """Insert rows as the tutorial's application does, which knows five fields and no foreign keys of ours."""
    with contextlib.closing(sqlite3.connect(folder / name, timeout=10)) as connection:
        connection.executemany('INSERT INTO message (sender, receiver, content, timestamp, is_read) VALUES (?, ?, ?, ?, ?)', rows)
        connection.commit()


def open_by_us(folder, uri=URI, zone='UTC', prepare=True, message_table='message', is_shared=False):
    """Return the DAL after what our models do with a database that they may migrate."""
    db = DAL(uri, folder=str(folder), **database.options(settings.load(folder, {'MESSENGER_DB_URI': uri})))
    takeover.before_tables(db)
    define_members(db)
    tables.define(db, message_table=message_table)
    if prepare:
        schema.prepare(db, zone, is_shared)
    return db


def stored(db):
    """Return (sender, receiver, content, timestamp, is_read) of all rows as they lie in the database, in the order of their ids."""
    db.commit()
    return db.executesql('SELECT sender, receiver, content, timestamp, is_read FROM message ORDER BY id')
