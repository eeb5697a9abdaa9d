"""Making our tables, or the columns they lack, from their definitions. Alters no table but those; a column is never changed nor dropped."""
from ..database.tables import TABLES
from . import characters
from .shape import columns, name_of

_ENDS = {'mysql': ' ENGINE=InnoDB ' + characters.ANY}


def missing(db):
    """Return {pydal's table: the fields that its table in the database lacks}; a table that isn't there lacks all."""
    lacking = {}
    for table in map(db.__getitem__, TABLES):
        there = columns(db, name_of(table))
        fields = [field for field in table if field.name not in there]
        if fields:
            lacking[table] = fields
    return lacking


def make(db):
    """Make what is missing."""
    for table, fields in missing(db).items():
        if len(fields) == len(table.fields):
            db.executesql(_created(db, table))
        else:
            for field in fields:
                db.executesql('ALTER TABLE %s ADD %s' % (table._rname, _column(db, field)))


def _created(db, table):
    parts = [_column(db, field) for field in table]
    engine = db._adapter.dbengine
    if engine == 'mysql':
        parts.append('PRIMARY KEY (%s)' % table._id._rname)
    return 'CREATE TABLE %s(\n    %s\n)%s' % (table._rname, ',\n    '.join(parts), _ENDS.get(engine, ''))


def _column(db, field):
    # A reference is pydal's business, for appadmin: in the database it would keep the site from deleting its members.
    kind = 'integer' if field.type.startswith('reference') else field.type
    return ('%s %s %s' % (field._rname, db._adapter.types[kind] % dict(length=field.length), characters.of(db, field))).rstrip()
