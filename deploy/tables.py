"""Has web2py itself make the tables, before anything is served: parallel first requests would race on making them."""

import os
import queue
import subprocess
import sys
import threading

import tied
from console import Trouble, say_more
from layout import ROOT, SETUP_LOG, last_line

SCRIPT = ROOT / 'deploy' / 'create_tables.py'
OURS = 'messenger: '
READY, DEMO = 'tables are ready', 'demo members are ready'
# What these say is meant for whoever started it, and needs no log.
SENTENCES = ('messenger_core.errors.SchemaError', 'messenger_core.errors.SettingsError')  # web2py puts the application before it
LONGEST_SILENCE = 2.0


def create(web2py, port, demo):
    """Returns whether demo members can log in. What the script says on the way is shown as it comes."""
    command = [sys.executable, 'web2py.py', '--no_gui', '--no_banner', '-S', 'messenger', '-M', '-R', str(SCRIPT)]
    environment = web2py_environment()
    environment.update(MESSENGER_DEPLOY=str(SCRIPT.parent), MESSENGER_DEPLOY_PORT=str(port), MESSENGER_DEPLOY_DEMO='yes' if demo else 'no')
    process = subprocess.Popen(
        command, cwd=web2py, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        errors='replace', preexec_fn=tied.to_this_process(),
    )  # fmt: skip
    try:
        said = list(passed_on(process.stdout))
        process.wait()
    finally:
        process.kill()
    # web2py's shell prints a script's exception and ends with status 0: only the script's own last word counts.
    if process.returncode or not said or said[-1] != OURS + READY:
        raise trouble(''.join(f'{line}\n' for line in said))
    return OURS + DEMO in said


def passed_on(stream):
    """The lines of a stream. Those of ours are shown, and when none comes for a while, that it still goes on."""
    lines = queue.SimpleQueue()
    threading.Thread(target=read, args=(stream, lines), daemon=True).start()
    with open(SETUP_LOG, 'a') as log:
        while True:
            try:
                line = lines.get(timeout=LONGEST_SILENCE)
            except queue.Empty:
                say_more('still preparing them')
                continue
            if line is None:
                return
            log.write(line)
            yield from show(line.rstrip())


def read(stream, lines):
    with stream:
        for line in stream:
            lines.put(line)
    lines.put(None)


def show(line):
    if line.startswith(OURS) and line[len(OURS) :] not in (READY, DEMO):
        say_more(line[len(OURS) :])
    if line:
        yield line


def trouble(said):
    kind, _, sentence = last_line(said).partition(': ')
    if kind.endswith(SENTENCES):
        return Trouble(sentence)
    return Trouble(f'creating the tables failed: {last_line(said)} (details: {SETUP_LOG})')


def web2py_environment():
    """For every web2py that is started: its output unbuffered, and without the noise its old code makes on Python 3.12 and later."""
    environment = {**os.environ, 'PYTHONUNBUFFERED': '1'}
    # It would send web2py to another folder than the one it is started in.
    environment.pop('web2py_path', None)
    if sys.version_info >= (3, 12):
        environment['PYTHONWARNINGS'] = 'ignore'
    return environment
