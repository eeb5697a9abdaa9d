"""`./setup_env.sh test`: everything the tests need is put in place, then this process becomes pytest."""

import os
import sys

import app_folder
import install
import web2py_folder
from console import run
from layout import HOME, ROOT, VENV, locked


def main(arguments):
    with locked():
        install.into_venv('requirements.txt', VENV)
        install.into_venv('requirements-test.txt', VENV)
        app_folder.prepare(web2py_folder.private())
    os.environ['MESSENGER_HOME'] = str(HOME)
    os.chdir(ROOT)
    # The whole suite, two files at a time. What somebody asks for by name is theirs to arrange.
    os.execv(sys.executable, [sys.executable, '-m', 'pytest', *(arguments or ['-n', '2', '--dist', 'loadfile'])])


if __name__ == '__main__':
    sys.exit(run(main, sys.argv[1:]))
