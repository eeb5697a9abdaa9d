"""A sidecar for each test, sessions that web2py itself has stored, and members of a real site for the modules that have a `stack`."""
import json
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
import redisserver
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
    """A running Sidecar with the settings a site has by default."""
    return idle.start()


@pytest.fixture(scope='module')
def ann(stack):
    return stack.register('Ann', 'Lee', 'ann@example.com')


@pytest.fixture(scope='module')
def bob(stack):
    return stack.register('Bob', 'Lee', 'bob@example.com')
@pytest.fixture(scope='session')
def site(tmp_path_factory, web2py_home):
    """Applications of a real web2py, one for each way of keeping sessions, and the Cookie headers of browsers that were there."""
    folder = tmp_path_factory.mktemp('web2py')
    redis = redisserver.RedisServer().start() if redisserver.program() else None
    try:
        script = Path(__file__).with_name('web2py_logins.py')
        command = [sys.executable, '-W', 'ignore', script, web2py_home, redis.folder / 'redis.sock' if redis else '']
        run = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=120)
        assert run.returncode == 0, run.stderr
        yield SimpleNamespace(folder=folder / 'applications', redis=redis, cookies=json.loads(run.stdout.splitlines()[-1]))
    finally:
        if redis:
            redis.remove()
