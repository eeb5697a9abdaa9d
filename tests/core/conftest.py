"""A fresh database with four members, for tests of the domain: each test runs on both, unless it asks for one of them by name."""
import pytest
from cast import settle
from crowd import Site
from machine import postgres
from messenger_core import settings
from plenty import statements_of


@pytest.fixture
def sqlite(tmp_path):
    """A DAL on SQLite, in memory."""
    db = settle(settings.load(tmp_path, {}), uri='sqlite:memory')
    yield db
    db.close()


@pytest.fixture(scope='session')
def settled(cluster):
    """A list of (address, shape) of databases whose tables are made: the next test takes one and puts it back."""
    return []


@pytest.fixture
def postgresql(tmp_path, cluster, settled):
    """A DAL on PostgreSQL: on the database of the test before, empty, where that one has left the tables as they were."""
    (tmp_path / 'databases').mkdir(exist_ok=True)
    uri, shape = settled.pop() if settled else (cluster.create(), None)
    configuration = settings.load(tmp_path, {'MESSENGER_DB_URI': uri, 'MESSENGER_DB_POOL_SIZE': '0'})
    db = settle(configuration, tmp_path / 'databases', migrate=shape is None)
    shape = shape or postgres.shape_of(db._adapter.cursor)
    db.commit()
    yield db
    db.close()
    settled.append((uri, shape)) if cluster.empty(uri, shape) else cluster.drop(uri)


@pytest.fixture(params=['sqlite', 'postgresql'])
def db(request):
    return request.getfixturevalue(request.param)


@pytest.fixture
def site_on_sqlite(tmp_path):
    """A crowd.Site on a real file."""
    site = Site(tmp_path)
    yield site
    site.db.close()


@pytest.fixture
def site_on_postgresql(tmp_path, postgres_uri):
    site = Site(tmp_path, postgres_uri)
    yield site
    site.db.close()


@pytest.fixture(params=['sqlite', 'postgresql'])
def site(request):
    return request.getfixturevalue('site_on_' + request.param)


@pytest.fixture
def statements(db):
    """A function that runs something and returns the SQL statements pydal was asked for; BEGIN and COMMIT are the drivers' own."""
    return lambda action: statements_of(db, action)
