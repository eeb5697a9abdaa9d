"""What all tests share: the product's modules on the path, and members to play with."""
import os
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
import postgres
from places import APPLICATION, ROOT

sys.path[:0] = [str(APPLICATION / 'modules'), str(ROOT)]


@pytest.fixture(scope='session')
def web2py_home():
    """The folder of an unmodified web2py, which tests copy from or link to but never write to."""
    home = Path(os.environ.get('MESSENGER_TEST_WEB2PY') or Path(os.environ.get('MESSENGER_HOME', ROOT / '.messenger')) / 'web2py')
    if not (home / 'gluon').is_dir():
        pytest.fail('No web2py in %s; ./setup_env.sh test installs one.' % home)
    return home


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
