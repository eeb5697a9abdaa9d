"""A sidecar for each test."""
import pytest
from sidecar import Sidecar


@pytest.fixture
def idle(request, tmp_path):
    """A Sidecar that has not been started; on PostgreSQL for a test that is parametrised so."""
    database = getattr(request, 'param', 'sqlite')
    sidecar = Sidecar(tmp_path, request.getfixturevalue('postgres_uri') if database == 'postgresql' else None)
    yield sidecar
    sidecar.close()


@pytest.fixture
def sidecar(idle):
    """A running Sidecar with the settings a site has by default."""
    return idle.start()
