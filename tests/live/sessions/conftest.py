"""Sessions that web2py itself has stored, in each of the ways it has."""
import json
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from machine import redisserver


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
