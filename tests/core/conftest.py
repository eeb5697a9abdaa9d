"""A database in memory with four members, for tests of the domain."""
import pytest
from cast import settle
from messenger_core import settings


@pytest.fixture
def db(tmp_path):
    db = settle(settings.load(tmp_path, {}), uri='sqlite:memory')
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
