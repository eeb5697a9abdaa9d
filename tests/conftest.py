"""What all tests share: the product's modules on the path, and members to play with."""
import os
import sys
import tempfile
from pathlib import Path

import pytest

# What other applications write is of the machine's zone, unless it is said which.
os.environ['TZ'] = 'UTC'
sys.path.insert(0, str(Path(__file__).parents[1]))
sys.path.insert(0, str(Path(__file__).parent / 'support'))
from machine import mariadb, postgres, redisserver
from machine import node as nodejs
from places import APPLICATION, ROOT

sys.path.insert(0, str(APPLICATION / 'modules'))
if UPSTREAM := os.environ.get('MESSENGER_TEST_WEB2PY'):
    # It brings its own pydal and yatl, as the sidecar has it too.
    sys.path[:0] = [str(path) for path in sorted(Path(UPSTREAM, 'gluon', 'packages').glob('*')) if path.is_dir()]
HERE = Path(__file__).parent
SLOWEST_FIRST = ('torture', 'browser', 'deploy', 'live', 'core', 'web')


def pytest_addoption(parser):
    group = parser.getgroup('torture')
    group.addoption('--rounds', type=int, default=4, help='how many rounds tests/torture plays (default: %(default)s)')
    group.addoption('--seed', type=int, help='the seed of the first round; the next have the next numbers (default: drawn)')
    group.addoption('--figures', metavar='FILE', help='where the lines of the rounds are written too')
    parser.addoption('--byhand', action='store_true', help='run also what takes minutes')


def pytest_collection_modifyitems(config, items):
    """What takes minutes is left out, not skipped: under CI nothing may be skipped. Of the rest the slowest comes first.

    So all processes of a run end at about the same time.
    """
    slow = [item for item in items if item.get_closest_marker('byhand')]
    if slow and not config.getoption('--byhand'):
        config.hook.pytest_deselected(items=slow)
        items[:] = [item for item in items if item not in slow]
    items.sort(key=lambda item: SLOWEST_FIRST.index(_room(item)) if _room(item) in SLOWEST_FIRST else len(SLOWEST_FIRST))


def _room(item):
    return item.path.relative_to(HERE).parts[0]


@pytest.fixture(scope='session')
def web2py_home():
    """The folder of an unmodified web2py, which tests copy from or link to but never write to."""
    home = Path(UPSTREAM or Path(os.environ.get('MESSENGER_HOME', ROOT / '.messenger')) / 'web2py')
    if not (home / 'gluon').is_dir():
        pytest.fail('No web2py in %s; ./setup_env.sh test installs one.' % home)
    return home


@pytest.fixture
def short_path():
    """A folder whose path is as short as a site's: that of a socket's file has room for a hundred characters."""
    with tempfile.TemporaryDirectory(prefix='m', dir='/tmp') as folder:
        yield Path(folder)


@pytest.fixture(scope='session')
def node():
    """The path of a node that knows --test."""
    path, absence = nodejs.find()
    if path is None:
        pytest.skip(absence)
    return path


@pytest.fixture(scope='session')
def cluster():
    """A PostgreSQL server for the whole run."""
    if not postgres.programs():
        pytest.skip('no PostgreSQL server is installed')
    cluster = postgres.Cluster()
    try:
        yield cluster.start()
    finally:
        cluster.remove()


@pytest.fixture
def postgres_uri(cluster):
    """The address of a fresh PostgreSQL database."""
    uri = cluster.create()
    yield uri
    cluster.drop(uri)


@pytest.fixture(scope='session')
def mariadb_cluster():
    """A MariaDB server for the whole run."""
    if not mariadb.programs():
        pytest.skip('no MariaDB server is installed')
    cluster = mariadb.Cluster()
    try:
        yield cluster.start()
    finally:
        cluster.remove()


@pytest.fixture
def mariadb_uri(mariadb_cluster):
    """The address of a fresh MariaDB database."""
    uri = mariadb_cluster.create()
    yield uri
    mariadb_cluster.drop(uri)


@pytest.fixture(scope='session')
def redis_for_all():
    """A Redis server for the whole run."""
    if not redisserver.program():
        pytest.skip('no Redis server is installed')
    server = redisserver.RedisServer()
    try:
        yield server.start()
    finally:
        server.remove()


@pytest.fixture
def redis_server(redis_for_all):
    """The Redis server, empty; a test may stop it."""
    if redis_for_all.is_running():
        redis_for_all.client().flushall()
    else:
        redis_for_all.start()
    return redis_for_all


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    return _nothing_skipped((yield))


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(collector):
    return _nothing_skipped((yield))


def _nothing_skipped(report):
    """Under CI what a test needs must be there; on anybody's machine its absence is a visible skip."""
    if report.skipped and os.environ.get('CI') == 'true' and not hasattr(report, 'wasxfail'):
        report.outcome = 'failed'
        report.longrepr = 'Nothing may be skipped under CI: %s' % (report.longrepr,)
    return report
