"""A fresh database with four members, for tests of the domain: each test runs on all, unless it asks for one of them by name."""
from collections import defaultdict
from contextlib import contextmanager

import pytest
from cast import begin_anew, settle
from crowd import Site
from machine import mariadb as maria
from machine import postgres
from messenger_core import settings
from messenger_core.messages.kept import Kept
from messenger_core.upgrade import schema
from plenty import statements_of


@pytest.fixture
def sqlite(tmp_path):
    """A DAL on SQLite, in memory."""
    db = settle(settings.load(tmp_path, {}), uri='sqlite:memory')
    yield db
    db.close()


@pytest.fixture(scope='session')
def settled():
    """{server: [(address, shape) of a database whose tables are made]}: the next test takes one and puts it back."""
    return defaultdict(list)


@pytest.fixture
def postgresql(tmp_path, cluster, settled):
    """A DAL on PostgreSQL."""
    with _settled(tmp_path, cluster, settled[postgres], postgres.shape_of) as db:
        yield db


@pytest.fixture
def mariadb(tmp_path, mariadb_cluster, settled):
    """A DAL on MariaDB."""
    with _settled(tmp_path, mariadb_cluster, settled[maria], maria.shape_of) as db:
        yield db


@contextmanager
def _settled(folder, cluster, ready, shape_of):
    """Have a DAL on the database of the test before, empty, where that one has left the tables as they were."""
    (folder / 'databases').mkdir(exist_ok=True)
    uri, shape = ready.pop() if ready else (cluster.create(), None)
    configuration = settings.load(folder, {'MESSENGER_DB_URI': uri, 'MESSENGER_DB_POOL_SIZE': '0'})
    is_fresh = shape is None
    db = settle(configuration, folder / 'databases', migrate=is_fresh, begin=schema.prepare if is_fresh else begin_anew)
    shape = shape or shape_of(db._adapter.cursor)
    db.commit()
    yield db
    db.close()
    ready.append((uri, shape)) if cluster.empty(uri, shape) else cluster.drop(uri)


@pytest.fixture(params=['sqlite', 'postgresql', 'mariadb'])
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


@pytest.fixture
def site_on_mariadb(tmp_path, mariadb_uri):
    site = Site(tmp_path, mariadb_uri)
    yield site
    site.db.close()


@pytest.fixture(params=['sqlite', 'postgresql', 'mariadb'])
def site(request):
    return request.getfixturevalue('site_on_' + request.param)


@pytest.fixture(params=['sqlite', 'postgresql'])
def two(request):
    """A database, a writer's connection to it and what that keeps."""
    site = request.getfixturevalue('site_on_' + request.param)
    writer = site.connect()
    yield site.db, writer, Kept()
    writer.close()


@pytest.fixture
def statements(db):
    """A function that runs something and returns the SQL statements pydal was asked for; BEGIN and COMMIT are the drivers' own."""
    return lambda action: statements_of(db, action)
