"""That our tables keep every character, and take none for another: a matter of MySQL and MariaDB alone.

There pydal makes tables whose `utf8` has three bytes, and an emoji becomes a question mark without a word. Such are the tutorial's and
those of earlier releases. Only columns of ours are changed: what a site has added to its `message` stays as it is.
"""
from ..database.tables import TABLES
from .shape import name_of, quoted

ANY = 'CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci'
# Otherwise "r1" is taken for "R1", and any emoji for any other.
EXACT, EXACT_FIELDS = 'CHARACTER SET utf8mb4 COLLATE utf8mb4_bin', ('ref', 'seal', 'emoji')
_COLUMNS = """SELECT column_name, character_set_name, collation_name, column_type, is_nullable FROM information_schema.columns
    WHERE table_schema = DATABASE() AND table_name = '%s' AND character_set_name IS NOT NULL"""


def of(db, field):
    """Return what a column's definition says about them."""
    if db._adapter.dbengine != 'mysql' or field.type not in ('string', 'text'):
        return ''
    return EXACT if field.name in EXACT_FIELDS else ANY


def unfit(db):
    """Return {pydal's table: [the definitions that put its columns right]} of the tables where any needs it."""
    if db._adapter.dbengine != 'mysql':
        return {}
    found = {table: list(_unfit(db, table)) for table in map(db.__getitem__, TABLES)}
    return {table: columns for table, columns in found.items() if columns}


def mend(db):
    """Put those columns right. A row is copied as it is: the question marks of before can't be told from others."""
    for table, columns in unfit(db).items():
        db.executesql('ALTER TABLE %s %s' % (table._rname, ', '.join('MODIFY ' + column for column in columns)))


def _unfit(db, table):
    for name, characters, collation, kind, is_nullable in db.executesql(_COLUMNS % name_of(table)):
        wanted = of(db, table[name.lower()]) if name.lower() in table.fields else ''
        if wanted and (characters != 'utf8mb4' or (wanted == EXACT and collation not in EXACT)):
            yield '%s %s %s%s' % (quoted(db, name), kind, wanted, ' NOT NULL' if is_nullable == 'NO' else '')
