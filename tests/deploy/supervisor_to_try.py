"""A supervisor over small real processes: `supervisor_to_try.py FOLDER NAME=CODE ...`, each CODE a Python program of one line.

Each child's log is FOLDER/NAME; the waits are short, so that the tests are.
"""

import signal
import sys
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[2] / 'deploy'))

import processes

folder = Path(sys.argv[1])
over = []
for number in (signal.SIGINT, signal.SIGTERM):
    signal.signal(number, lambda got, frame: over.append(got))
children = []
for argument in sys.argv[2:]:
    name, _, code = argument.partition('=')
    children.append(processes.Child(name, [sys.executable, '-u', '-c', code], folder / name, pace=processes.Pace(0.05, 0.4)))
    children[-1].start()
processes.keep_running(children, lambda: bool(over), tick=0.01)
processes.stop(children, patience=1)
print('all stopped', flush=True)
