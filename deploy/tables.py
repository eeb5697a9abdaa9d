"""Has web2py itself make the tables, before anything is served: parallel first requests would race on making them."""

import os
import subprocess
import sys

import tied
from console import Trouble
from layout import ROOT, SETUP_LOG, last_line

SCRIPT = ROOT / 'deploy' / 'create_tables.py'


def create(web2py, port, demo):
    command = [sys.executable, 'web2py.py', '--no_gui', '--no_banner', '-S', 'messenger', '-M', '-R', str(SCRIPT)]
    environment = web2py_environment()
    environment.update(MESSENGER_DEPLOY=str(SCRIPT.parent), MESSENGER_DEPLOY_PORT=str(port), MESSENGER_DEPLOY_DEMO='yes' if demo else 'no')
    done = subprocess.run(
        command, cwd=web2py, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        preexec_fn=tied.to_this_process(),
    )  # fmt: skip
    with open(SETUP_LOG, 'a') as log:
        log.write(done.stdout)
    # web2py's shell prints a script's exception and ends with status 0: only the script's own last word counts.
    if done.returncode or not done.stdout.rstrip().endswith('messenger: tables are ready'):
        raise Trouble(f'creating the tables failed: {last_line(done.stdout)} (details: {SETUP_LOG})')


def web2py_environment():
    """For every web2py that is started: its output unbuffered, and without the noise its old code makes on Python 3.12 and later."""
    environment = {**os.environ, 'PYTHONUNBUFFERED': '1'}
    # It would send web2py to another folder than the one it is started in.
    environment.pop('web2py_path', None)
    if sys.version_info >= (3, 12):
        environment['PYTHONWARNINGS'] = 'ignore'
    return environment
