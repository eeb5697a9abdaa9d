"""Which tables, columns and indexes a database has, whoever made them. Reads nothing but the database's own lists."""

_COLUMNS = "SELECT column_name FROM information_schema.columns WHERE table_schema = %s AND table_name = '%s' ORDER BY ordinal_position"
_SCHEMA = {'postgres': 'current_schema()', 'mysql': 'DATABASE()'}
_INDEXES = {
    'sqlite': "SELECT name FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL AND tbl_name = '%s'",
    'postgres': "SELECT indexname FROM pg_indexes WHERE schemaname = current_schema() AND tablename = '%s'",
    'mysql': "SELECT DISTINCT index_name FROM information_schema.statistics WHERE table_schema = DATABASE() AND table_name = '%s'",
}


def columns(db, name):
    """Return the names of a table's columns, in their order and in small letters; [] where there is no such table."""
    engine = db._adapter.dbengine
    if engine == 'sqlite':
        return [row[1].lower() for row in db.executesql('PRAGMA table_info("%s")' % name)]
    return [row[0].lower() for row in db.executesql(_COLUMNS % (_SCHEMA[engine], name))]


def indexes(db, name):
    """Return the names of the indexes of a table, but for those that its constraints have brought on SQLite."""
    return {row[0] for row in db.executesql(_INDEXES[db._adapter.dbengine] % name)}


def name_of(table):
    """Return what pydal's `table` is called in the database."""
    return table._raw_rname


def quoted(db, name):
    """Return a name as SQL."""
    return db._adapter.dialect.quote(name)
