"""Checkouts and homes for the tests of setup_env.sh: always copies, so that no test touches this checkout or its .messenger/."""

import os
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
# At the end: nothing here may hide another module.
sys.path += [str(HERE), str(HERE.parents[1] / 'deploy')]

from trying import ROOT, copy_checkout, furnish, setup_env  # noqa: E402


@pytest.fixture(scope='session')
def real_home():
    """What `./setup_env.sh test` has prepared: its virtualenv and its web2py are lent to the tests' own homes."""
    home = Path(os.environ.get('MESSENGER_HOME') or ROOT / '.messenger')
    if not (home / 'web2py' / 'installed-requirements-web2py.txt').exists():
        done = setup_env(ROOT, 'test', '--version', MESSENGER_HOME=home)
        assert done.returncode == 0, done.stderr
    return home


@pytest.fixture(scope='module')
def checkout(tmp_path_factory):
    return copy_checkout(tmp_path_factory.mktemp('checkout'))


@pytest.fixture(scope='module')
def ready_checkout(checkout, real_home):
    """A checkout in which setup_env.sh has already installed everything."""
    furnish(checkout / '.messenger', real_home)
    return checkout
