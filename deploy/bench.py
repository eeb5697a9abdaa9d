"""`./setup_env.sh bench`: what the benches need is put in place, then this process becomes bench/compare.py."""

import os
import sys

import app_folder
import bench_peers
import install
import web2py_folder
from console import run
from layout import HOME, ROOT, VENV, locked

PROGRAM = ROOT / 'bench' / 'compare.py'


def main(arguments):
    judge(arguments)
    with locked():
        install.into_venv('requirements.txt', VENV)
        # The site around the sidecar is the tests'.
        install.into_venv('requirements-test.txt', VENV)
        app_folder.prepare(web2py_folder.private())
        bench_peers.prepare()
    os.environ['MESSENGER_HOME'] = str(HOME)
    os.environ.pop('PYTHONDONTWRITEBYTECODE', None)
    os.execv(sys.executable, [sys.executable, str(PROGRAM), *arguments])


def judge(arguments):
    """Whoever asks for help or for what there isn't gets that answer before anything is installed."""
    sys.path.insert(0, str(PROGRAM.parent))
    from referee import options

    options.parse(arguments)


if __name__ == '__main__':
    sys.exit(run(main, sys.argv[1:]))
