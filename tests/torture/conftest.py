"""Sites to torture, and what is said about it."""
import time
from random import randrange

import pytest

from .site import Site

FIGURES = pytest.StashKey()


@pytest.fixture(scope='session')
def sqlite_site(web2py_home, tmp_path_factory):
    with Site(tmp_path_factory.mktemp('sqlite'), web2py_home) as site:
        yield site


@pytest.fixture(scope='session')
def postgresql_site(web2py_home, tmp_path_factory, cluster):
    uri = cluster.create()
    with Site(tmp_path_factory.mktemp('postgresql'), web2py_home, uri) as site:
        yield site
    cluster.drop(uri)


@pytest.fixture
def tell(request):
    """A function that keeps a Round and tells of it at once: 500 of them take hours."""
    def tell(one):
        request.config.stash[FIGURES].append(one)
        _say(request.config, one.line)
        for violation in one.violations:
            _say(request.config, '    %s: %s' % violation)
    return tell


def pytest_configure(config):
    config.stash[FIGURES] = []
    config.first_seed = config.option.seed if config.option.seed is not None else randrange(10**6)


def pytest_generate_tests(metafunc):
    if 'turn' in metafunc.fixturenames:
        databases = ('sqlite', 'postgresql')
        metafunc.parametrize('turn', range(metafunc.config.option.rounds), ids=lambda turn: '%d-%s' % (turn + 1, databases[turn % 2]))


def pytest_terminal_summary(config):
    rounds = config.stash[FIGURES]
    if rounds:
        _say(config, '%d rounds, %d faults, %d sends, %d acks, %d sent again, longest wait %.1f s, %.0f s, %d rounds with violations' % (
            len(rounds), sum(len(one.faults) for one in rounds), sum(len(one.sends) for one in rounds), sum(one.acks for one in rounds),
            sum(one.again for one in rounds), max(one.longest for one in rounds), sum(one.seconds for one in rounds),
            sum(bool(one.violations) for one in rounds)))


def _say(config, line):
    with config.pluginmanager.get_plugin('capturemanager').global_and_fixture_disabled():
        config.pluginmanager.get_plugin('terminalreporter').write_line(line)
    if config.option.figures:
        with open(config.option.figures, 'a', encoding='utf-8') as file:
            file.write('%s %s\n' % (time.strftime('%H:%M:%S'), line))
