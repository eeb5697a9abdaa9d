"""A sidecar for each test, and members of a real site for the modules that have a `stack`."""
import pytest
from sidecar import Sidecar


@pytest.fixture
def idle(request, tmp_path):
    """A Sidecar that has not been started; on PostgreSQL for a test that is parametrised so."""
    database = getattr(request, 'param', 'sqlite')
    sidecar = Sidecar(tmp_path, request.getfixturevalue('postgres_uri') if database == 'postgresql' else None)
    yield sidecar
    sidecar.close()
    assert 'Traceback' not in sidecar.log(), sidecar.log()


@pytest.fixture
def sidecar(idle):
    """A running Sidecar with the settings a site has by default, but for a quicker clock."""
    return idle.start()


@pytest.fixture(scope='module')
def ann(stack):
    return stack.register('Ann', 'Lee', 'ann@example.com')


@pytest.fixture(scope='module')
def bob(stack):
    return stack.register('Bob', 'Lee', 'bob@example.com')
