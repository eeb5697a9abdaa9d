"""The rules of the house: who may import whom, and that rooms stay small."""
import ast
import importlib.util
import subprocess
import sys
import sysconfig

import pytest
from places import APPLICATION, ROOT

MODULES = APPLICATION / 'modules'
CORE, LIVE = MODULES / 'messenger_core', MODULES / 'messenger_live'
# What a module of messenger_live may import besides the standard library, messenger_core and its neighbours.
SOCKET_LIBRARIES = {'gevent', 'geventwebsocket'}
# And what one module alone may. Where it is a storage of sessions, it is imported when that is configured.
ALONE = {
    'session_redis': {'redis'}, 'session_cookie': {'cryptography'}, 'session_stores': {'redis'}, 'session_database': {'pydal'},
    'metrics': {'prometheus_client'}}
# Bytes and strings in, bytes and strings out: these can't import a socket, and so can be tested without one.
SANS_IO = {'protocol', 'frames', 'handshake', 'limits', 'outbox', 'session_opcodes', 'session_pickle', 'session_plain'}
STANDARD_LIBRARY = sysconfig.get_path('stdlib')
LINES, MEDIAN_LINES = 250, 90


def imported(path):
    """Return (names of top-level packages imported absolutely, names of neighbours imported relatively)."""
    absolute, relative = set(), set()
    for node in ast.walk(ast.parse(path.read_text(encoding='utf-8'))):
        if isinstance(node, ast.Import):
            absolute |= {alias.name.partition('.')[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level:
            relative |= {node.module} if node.module else {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            absolute.add(node.module.partition('.')[0])
    return absolute, relative


def standard(names):
    """Return those of `names` that belong to Python itself."""
    return {name for name in names if name in sys.builtin_module_names or _origin(name).startswith(STANDARD_LIBRARY)}


def _origin(name):
    origin = getattr(importlib.util.find_spec(name), 'origin', None) or ''
    return '' if 'site-packages' in origin else STANDARD_LIBRARY if origin == 'frozen' else origin


def sources(*folders):
    return sorted(path for folder in folders for path in folder.rglob('*.py'))


@pytest.mark.parametrize('path', sources(CORE), ids=lambda path: path.stem)
def test_the_core_imports_the_standard_library_and_pydal_only(path):
    absolute, relative = imported(path)
    assert absolute - standard(absolute) <= {'pydal'}
    assert all((CORE / ('%s.py' % name)).exists() for name in relative)


@pytest.mark.parametrize('path', sources(LIVE), ids=lambda path: path.stem)
def test_what_is_live_imports_the_core_and_gevent_only(path):
    absolute, relative = imported(path)
    assert absolute - standard(absolute) <= {'messenger_core'} | SOCKET_LIBRARIES | ALONE.get(path.stem, set())
    assert all((LIVE / ('%s.py' % name)).exists() for name in relative)


@pytest.mark.parametrize('name', sorted(SANS_IO))
def test_the_protocol_cannot_reach_a_socket(name):
    reached, waiting = set(), {name}
    while waiting:
        reached |= waiting
        absolute = set().union(*(imported(LIVE / ('%s.py' % one))[0] for one in waiting))
        assert not absolute & ({'socket', 'select', 'ssl', 'asyncio', 'threading'} | SOCKET_LIBRARIES)
        waiting = set().union(*(imported(LIVE / ('%s.py' % one))[1] for one in waiting)) - reached


def test_web_pages_can_use_the_wire_without_gevent():
    for name in ('protocol', 'handshake', 'sessions'):
        assert not imported(LIVE / ('%s.py' % name))[0] & SOCKET_LIBRARIES


def test_the_linter_has_nothing_to_say():
    ran = subprocess.run([sys.executable, '-m', 'ruff', 'check', '--no-cache', str(ROOT)], stdout=subprocess.PIPE, text=True)
    assert ran.returncode == 0, ran.stdout


def test_no_monkey_patching_anywhere():
    for path in [*sources(MODULES, ROOT / 'deploy'), ROOT / 'websocket_server.py']:
        text = path.read_text(encoding='utf-8')
        assert 'monkey.patch' not in text and 'patch_all' not in text, path


def test_only_the_composition_root_opens_a_port():
    for path in sources(MODULES):
        calls = {node.func.attr for node in ast.walk(ast.parse(path.read_text(encoding='utf-8')))
                 if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)}
        assert not calls & {'bind', 'listen'}, path


def test_models_import_the_package_and_leave_the_path_alone():
    for path in sources(APPLICATION / 'models', APPLICATION / 'controllers'):
        text = path.read_text(encoding='utf-8')
        assert 'sys.path' not in text and 'applications.messenger' not in text, path


def rooms():
    tracked = [*sources(MODULES, APPLICATION / 'models', APPLICATION / 'controllers', ROOT / 'deploy'), ROOT / 'websocket_server.py']
    return tracked + sorted((APPLICATION / 'static').glob('js/*.js')) + sorted((APPLICATION / 'static').glob('css/*.css'))


def test_every_file_is_one_screen_or_two():
    lengths = {path: len(path.read_text(encoding='utf-8').splitlines()) for path in rooms()}
    assert {path.name: length for path, length in lengths.items() if length > LINES} == {}
    assert sorted(lengths.values())[len(lengths) // 2] <= MEDIAN_LINES


def test_every_python_file_says_what_lives_in_it():
    files = [path for path in rooms() if path.suffix == '.py']
    assert [path.name for path in files if not ast.get_docstring(ast.parse(path.read_text(encoding='utf-8')))] == []
