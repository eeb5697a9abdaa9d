"""Says by which Python a bench is run, where this one lacks what it needs. Imported before anything else."""
import importlib.util
import os
import shlex
import sys
from pathlib import Path

NEEDED, NEEDED_BY = ('gevent', 'geventwebsocket', 'pydal'), {'thread.py': ('playwright',)}
ROOT = Path(__file__).resolve().parent.parent
UNUSABLE = 2


def judge(main=None):
    """End the process with a sentence unless all packages are here; whoever asks for help gets it first."""
    main = main or sys.modules['__main__']
    program = Path(getattr(main, '__file__', None) or '-').resolve()
    needed = (*NEEDED, *NEEDED_BY.get(program.name, ()))
    missing = [name for name in needed if importlib.util.find_spec(name) is None]
    if missing and program.parent == Path(__file__).resolve().parent:     # a test may import a bench
        wants_help = {'-h', '--help'} & set(sys.argv[1:])
        if wants_help:
            print(main.__doc__)
        sys.stderr.write('%s has no %s: run %s (./setup_env.sh test makes it).\n' % (sys.executable, ', '.join(missing), command(program)))
        sys.exit(0 if wants_help else UNUSABLE)


def command(program):
    """Return what is to be typed instead, from where one is."""
    python = Path(os.environ.get('MESSENGER_HOME') or ROOT / '.messenger') / 'venv' / 'bin' / 'python'
    return ' '.join(shlex.quote(os.path.relpath(path)) for path in (python, program))


judge()
