"""A sidecar for each test."""
import pytest
from sidecar import Sidecar


@pytest.fixture
def idle(tmp_path):
    """A Sidecar that has not been started."""
    sidecar = Sidecar(tmp_path)
    yield sidecar
    sidecar.close()


@pytest.fixture
def sidecar(idle):
    """A running Sidecar with the settings a site has by default."""
    return idle.start()
