"""A database in memory with four members, for tests of the domain."""
import pytest
from messenger_core import database, schema, settings
from pydal import DAL

MEMBERS = ('Ann', 'Bob', 'Cid', 'Dan')


@pytest.fixture
def db(tmp_path):
    configuration = settings.load(tmp_path, {})
    db = DAL('sqlite:memory', **database.options(configuration))
    db.define_table('auth_user', *[schema.Field(name) for name in ('first_name', 'last_name', 'email', 'registration_key')])
    schema.define(db)
    schema.prepare(db)
    for name in MEMBERS:
        db.auth_user.insert(first_name=name, last_name='Lee', email='%s@example.com' % name.lower(), registration_key='')
    db.commit()
    yield db
    db.close()


@pytest.fixture
def statements(db):
    """A function that runs something and returns the SQL statements it took."""
    def run(action):
        seen = []
        db._adapter.connection.set_trace_callback(seen.append)
        action()
        db._adapter.connection.set_trace_callback(None)
        return seen
    return run
