"""The web2py that is served: a private one under HOME, or the existing install that WEB2PY_HOME names."""

import os
import shutil
from pathlib import Path

import install
from console import Trouble, say
from layout import HOME, PRIVATE_WEB2PY, ROOT

PINS = 'requirements-web2py.txt'
# The package lacks this file, and web2py doesn't start without it.
VERSION = 'Version 2.26.1-stable+timestamp.2023.11.16.08.03.24\n'


def prepare():
    """The folder to serve from."""
    return named() or private()


def named():
    """The existing install that WEB2PY_HOME names, or None."""
    return existing(Path(os.environ['WEB2PY_HOME']).absolute()) if os.environ.get('WEB2PY_HOME') else None


def existing(folder):
    if not (folder / 'web2py.py').is_file() or not (folder / 'applications').is_dir():
        raise Trouble(f"WEB2PY_HOME={folder} isn't a web2py folder: it needs web2py.py and applications/")
    if not os.access(folder / 'applications', os.W_OK):
        raise Trouble(f"can't write in {folder / 'applications'}")
    return folder


def private():
    if not install.is_installed(PINS, PRIVATE_WEB2PY):
        say('installing a private web2py')
        fresh = HOME / 'web2py.new'
        # Of an earlier start that was cut off.
        shutil.rmtree(fresh, ignore_errors=True)
        install.pip('--no-deps', '--target', str(fresh), '-r', str(ROOT / PINS))
        replace_code(fresh, PRIVATE_WEB2PY)
        shutil.rmtree(fresh)
        (PRIVATE_WEB2PY / 'VERSION').write_text(VERSION)
        install.mark_installed(PINS, PRIVATE_WEB2PY)
    copy_routes(PRIVATE_WEB2PY)
    return PRIVATE_WEB2PY


def replace_code(fresh, folder):
    """Put web2py's own files in place, one by one: the messenger's data lie in the same tree and are never moved."""
    folder.mkdir(exist_ok=True)
    for entry in fresh.iterdir():
        if entry.name == 'applications':
            replace_code(entry, folder / entry.name)
            continue
        old = folder / entry.name
        shutil.rmtree(old) if old.is_dir() else old.unlink(missing_ok=True)
        shutil.move(str(entry), str(old))


def copy_routes(folder):
    if not (folder / 'routes.py').exists() or (folder / 'routes.py').read_bytes() != (ROOT / 'routes.py').read_bytes():
        shutil.copyfile(ROOT / 'routes.py', folder / 'routes.py')
