"""Where everything lies, and the lock on it. Nothing outside of HOME is ever written, except into an install named by WEB2PY_HOME."""

import contextlib
import fcntl
import os
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
HOME = Path(os.environ.get('MESSENGER_HOME') or ROOT / '.messenger').absolute()
VENV = HOME / 'venv'
LOGS = HOME / 'logs'
SETUP_LOG = LOGS / 'setup.log'
SECRETS = HOME / 'secrets.ini'
PRIVATE_WEB2PY = HOME / 'web2py'

LARGEST_LOG = 5_000_000


@contextlib.contextmanager
def locked():
    """One at a time: two commands started at once in one checkout wait for each other (setup_env.sh takes the same lock)."""
    LOGS.mkdir(parents=True, exist_ok=True)
    # People's messages lie below it.
    HOME.chmod(0o700)
    with open(HOME / 'lock', 'a') as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def log(name):
    """The log file of that name, begun anew when it has grown too large; the one before it is kept."""
    path = LOGS / f'{name}.log'
    if path.exists() and path.stat().st_size > LARGEST_LOG:
        os.replace(path, path.with_suffix('.log.1'))
    return path


def last_line(text):
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else 'it said nothing'


def tail(path):
    """The last line of a log, read from its end."""
    with open(path, 'rb') as file:
        file.seek(max(0, path.stat().st_size - 4096))
        return last_line(file.read().decode(errors='replace'))
