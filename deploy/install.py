"""Installs a list of pinned, hashed packages, once: a copy of the list, left behind last, says that it is done."""

import os
import re
import subprocess
import sys

import tied
from console import Trouble, say, say_more
from layout import ROOT, SETUP_LOG

STAMP = 'installed-{}'
NO_NETWORK = re.compile(r'NewConnectionError|ConnectTimeout|ReadTimeout|NameResolutionError|ProxyError|Temporary failure in name')


def is_installed(list_name, folder):
    stamp = folder / STAMP.format(list_name)
    return stamp.exists() and stamp.read_bytes() == (ROOT / list_name).read_bytes()


def mark_installed(list_name, folder):
    stamp = folder / STAMP.format(list_name)
    unfinished = stamp.with_suffix('.new')
    unfinished.write_bytes((ROOT / list_name).read_bytes())
    os.replace(unfinished, stamp)


def into_venv(list_name, venv, python=sys.executable):
    if not is_installed(list_name, venv):
        say(f'installing {list_name}')
        pip('-r', str(ROOT / list_name), python=python)
        mark_installed(list_name, venv)


def pip(*arguments, python=sys.executable):
    """pip install with every file's hash checked, showing what arrives; all it says goes to the set-up log."""
    command = [python, '-m', 'pip', 'install', '--require-hashes', '--only-binary', ':all:']
    command += ['--disable-pip-version-check', '--no-input', '--progress-bar', 'off', '--retries', '3', '--timeout', '30', *arguments]
    # pip's own PIP_USER would try to install outside of the virtualenv.
    environment = {**os.environ, 'PIP_USER': '0', 'PYTHONUNBUFFERED': '1'}
    process = subprocess.Popen(
        command, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace",
        preexec_fn=tied.to_this_process(),
    )  # fmt: skip
    said = ''.join(passed_on(process.stdout))
    if process.wait():
        raise Trouble(reason(said))


def passed_on(lines):
    with open(SETUP_LOG, 'a') as log:
        for line in lines:
            log.write(line)
            show_progress(line.strip())
            yield line


def show_progress(line):
    arriving = re.match(r'(?:Downloading|Using cached) (?:\S*/)?([^/\s]+\.whl)(.*)', line)
    if arriving and '.metadata' not in line:
        say_more(arriving[1] + arriving[2])
    elif line.startswith('Installing collected packages'):
        say_more('unpacking')
    elif 'Retrying (' in line:
        say_more("the package registry doesn't answer, trying again")


def reason(said):
    if NO_NETWORK.search(said):
        return f"the package registry can't be reached: is there a network? (details: {SETUP_LOG})"
    errors = [line for line in said.splitlines() if line.startswith('ERROR: ')]
    return f'installing failed: {errors[-1][7:] if errors else "pip ended early"} (details: {SETUP_LOG})'
