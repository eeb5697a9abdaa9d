"""`./setup_env.sh test`: everything the tests need is put in place, then this process becomes pytest."""

import os
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
WITH_VALUE = ('-k', '-m', '-n', '-p', '-c', '-o', '-r', '-W', '--dist', '--durations', '--figures',
              '--maxfail', '--rounds', '--seed', '--tb')


def main(arguments):
    with locked():
        install.into_venv('requirements.txt', VENV)
        install.into_venv('requirements-test.txt', VENV)
        app_folder.prepare(web2py_folder.private())
    os.environ['MESSENGER_HOME'] = str(HOME)
    os.chdir(ROOT)
    # What somebody asks for by name is theirs to arrange.
    os.execv(sys.executable, [sys.executable, '-m', 'pytest', *(paths(arguments) or WHOLE_SUITE)])


def paths(arguments):
    """pytest's arguments, with what is in tests/ by its path there: `core`, `live/wire`, or `wire` for each room of that name."""
    before = ['', *arguments]
    return [path for previous, word in zip(before, arguments) for path in ([word] if previous in WITH_VALUE else found(word))]


def found(word):
    place, mark, test = word.partition('::')
    if word.startswith('-') or not place or os.path.isabs(place):
        return [word]
    if (TESTS / place).exists():
        return [os.path.join(TESTS.name, place) + mark + test]
    rooms = [] if (ROOT / place).exists() else sorted(room for room in TESTS.rglob(place) if room.is_dir())
    return [str(room.relative_to(ROOT)) for room in rooms] or [word]     # if need be pytest says that there is no such thing


if __name__ == '__main__':
    sys.exit(run(main, sys.argv[1:]))
