"""`./setup_env.sh test`: everything the tests need is put in place, then this process becomes pytest."""

import os
import re
import sys

import app_folder
import install
import web2py_folder
from console import run
from layout import HOME, ROOT, VENV, locked

TESTS = ROOT / 'tests'
# Three files at a time, in the order of tests/conftest.py: on two cores there is always one that waits for something.
WHOLE_SUITE = ['-n', '3', '--dist', 'loadfile', '--no-loadscope-reorder']
# Options of pytest that take the next word, which is no room then.
WITH_VALUE = ('-k', '-m', '-n', '-p', '-c', '-o', '-r', '-W', '--basetemp', '--deselect', '--dist', '--durations', '--figures', '--ignore',
              '--junitxml', '--log-file', '--maxfail', '--rounds', '--seed', '--tb')


def main(arguments):
    with locked():
        install.into_venv('requirements.txt', VENV)
        install.into_venv('requirements-test.txt', VENV)
        app_folder.prepare(web2py_folder.private())
    os.environ['MESSENGER_HOME'] = str(HOME)
    # Hundreds of Pythons are started on the way, and compile all of the product each time where they may not keep what they compiled.
    os.environ.pop('PYTHONDONTWRITEBYTECODE', None)
    os.chdir(ROOT)
    # What somebody asks for by name is theirs to arrange.
    os.execv(sys.executable, [sys.executable, '-m', 'pytest', *(paths(arguments) or WHOLE_SUITE)])


def paths(arguments):
    """pytest's arguments, with what is in tests/ by its path there: `core`, `live/wire`, `wire` for each room of that name.

    What a room is called where it lies will do, too: messenger_core/feed, static/js/thread/model.
    """
    before = ['', *arguments]
    return [path for previous, word in zip(before, arguments) for path in ([word] if previous in WITH_VALUE else found(word))]


def found(word):
    place, mark, test = word.partition('::')
    if word.startswith('-') or not place or os.path.isabs(place):
        return [word]
    if (TESTS / place).exists():
        return [os.path.join(TESTS.name, place) + mark + test]
    if (ROOT / place).exists() and not place.startswith('applications'):
        return [word]
    return rooms(re.sub('.*(messenger_|static/js/)', '', place.rstrip('/'))) or [word]     # then pytest says that there is no such thing


def rooms(name):
    """The folders in tests/ that a room's name may mean; a model is tested where its room is, a single file by its name."""
    for pattern in (name, name.replace('/model', ''), f'test_{name}.py'):
        paths = sorted(str(path.relative_to(ROOT)) for path in TESTS.rglob(pattern) if '__pycache__' not in path.parts)
        if paths:
            return paths
    return []


if __name__ == '__main__':
    sys.exit(run(main, sys.argv[1:]))
