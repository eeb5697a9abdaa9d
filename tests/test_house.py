"""The rules of the house: which room stands on which, what each may bring in from outside, and that rooms and files stay small."""
import ast
import importlib.util
import os
import re
import shutil
import subprocess
import sys
import sysconfig
from collections import Counter

import pytest
from places import APPLICATION, ROOT

PREFIX = 'messenger_'
MODULES, STATIC = APPLICATION / 'modules', APPLICATION / 'static'
# Each room, or file on the ground floor, and what it may import. That stands above it here, so there are no circles. `web` is one room.
FLOORS = {
    'core/errors': '', 'core/faults': '', 'core/unicode_tables': '', 'core/site': 'core/errors', 'core/settings': 'core/errors core/site',
    'core/text': 'core/errors core/unicode_tables', 'core/shown': 'core/text',
    'core/database': 'core/errors',
    'core/members': 'core/text core/database',
    'core/feed': 'core/errors core/database core/members',
    'core/ends': 'core/errors core/database core/members core/feed',
    'core/search': 'core/errors core/faults core/shown core/database core/members core/feed',
    'core/messages': 'core/errors core/faults core/database core/members core/feed core/ends',
    'core/adoption': 'core/errors core/database core/members core/feed core/messages',
    'core/upgrade': 'core/errors core/database core/members core/search core/adoption',

    'live/limits': '', 'live/allowances': 'live/limits',
    'live/wire': 'core/errors core/site core/text core/feed',
    'live/sessions': 'core/errors core/database core/ends',
    'live/operation': 'core/faults',
    'live/sockets': 'core/errors core/settings core/feed live/limits live/allowances live/wire live/operation',
    'live/news': 'core/errors core/database core/feed core/ends core/messages live/allowances live/wire live/operation live/sockets',
    'live/workers': 'core/errors core/faults core/database core/members core/feed core/ends core/search core/messages core/adoption '
                    'live/wire live/sessions live/operation live/news',
    'live/server': 'live/limits live/allowances live/wire live/sessions live/sockets live/news',

    'web': 'core/errors core/faults core/site core/settings core/text core/shown core/database core/members core/feed core/ends '
           'core/search core/messages core/adoption core/upgrade live/allowances live/wire live/sessions',

    'models': 'core/settings core/upgrade web',
    'controllers': 'core/errors core/members core/feed core/ends core/messages core/adoption live/wire web',

    'js/shown': '', 'js/wire': '', 'js/unsent': 'js/wire', 'js/browser': '',
    'js/writing': 'js/wire js/browser',
    'js/thread/model': 'js/shown js/wire', 'js/thread': 'js/shown js/wire js/unsent js/browser js/writing js/thread/model',
    'js/list/model': 'js/wire', 'js/list': 'js/shown js/wire js/browser js/list/model',
    'js/inbox/model': '', 'js/inbox': 'js/shown js/unsent js/browser js/writing js/inbox/model',
    'js/noticing/model': 'js/shown', 'js/noticing': 'js/wire js/unsent js/browser js/noticing/model',
    'js/page': 'js/shown js/wire js/unsent js/browser js/thread js/list js/inbox js/noticing',
}
# The rooms of scripts that know no page: they run anywhere, a test included.
WITHOUT_A_PAGE = {'js/shown', 'js/wire', 'js/unsent', 'js/thread/model', 'js/list/model', 'js/inbox/model', 'js/noticing/model'}
PAGE = re.compile(r'(?<![.\w$])(document|window|sessionStorage|localStorage|navigator|HTMLElement)\b')
WORDS = re.compile(r"//.*|'(?:[^'\\\n]|\\.)*'")
# What a room, or one of its modules alone, may bring in from outside. A storage of sessions brings in its own when it is configured.
LIBRARIES = {
    'core/database': {'pydal'}, 'core/messages': {'pydal'},
    'live/sessions/database': {'pydal'}, 'live/sessions/cookie': {'cryptography'},
    'live/sessions/redis': {'redis'}, 'live/sessions/stores': {'redis'},
    'live/operation/metrics': {'prometheus_client'}, 'live/operation/tallies': {'prometheus_client'},
    'live/operation/monitor': {'gevent'},
    'live/wire/quick_json': {'orjson'},
    'live/sockets': {'gevent', 'geventwebsocket'},
    'web': {'gluon'},
}
# Bytes and strings in, bytes and strings out: these can't reach a socket or a thread, and so can be tested without one.
SANS_IO = {'live/limits', 'live/wire', 'live/sockets/outbox', 'live/sessions/opcodes',
           'live/sessions/pickle', 'live/sessions/plain'}
REACH = {'socket', 'select', 'selectors', 'ssl', 'asyncio', 'threading', 'gevent', 'geventwebsocket'}
# What web pages use too: web2py's Python has no gevent.
FOR_PAGES = ('live/wire', 'live/sessions', 'live/limits', 'live/allowances')
STANDARD_LIBRARY = sysconfig.get_path('stdlib')
LINES, MEDIAN_LINES, FILES_IN_A_ROOM, MODELS = 250, 90, 16, 8


def files(folder, *endings, least):
    """Return the files below a folder; there are at least so many, or somebody looks in the wrong place."""
    found = sorted(path for ending in endings for path in folder.rglob('*' + ending) if 'packed' not in path.parts)
    assert len(found) >= least, 'only %d files in %s' % (len(found), folder)
    return found


def modules(folder=MODULES):
    """Return {name, as in core/feed/events: path} of all modules."""
    return {path.relative_to(folder).with_suffix('').as_posix()[len(PREFIX):]: path for path in files(folder, '.py', least=80)}


def standard(names):
    """Return those of `names` that belong to Python itself. (sys.stdlib_module_names came with 3.10.)"""
    return {name for name in names if name in sys.builtin_module_names or _origin(name).startswith(STANDARD_LIBRARY)}


def _origin(name):
    origin = getattr(importlib.util.find_spec(name), 'origin', None) or ''
    return '' if 'site-packages' in origin else STANDARD_LIBRARY if origin == 'frozen' else origin


def room_of(name):
    """Return the room that a module is in: the first folder below its package, on the ground floor the module itself, or the package."""
    package = name.partition('/')[0]
    return package if package in FLOORS else '/'.join(name.split('/')[:2])


def imported(path, name=''):
    """Return (names of packages from outside, names of own modules or packages) that a module imports."""
    outside, own = set(), set()
    for node in ast.walk(ast.parse(path.read_text(encoding='utf-8'))):
        if isinstance(node, ast.Import):
            outside |= {alias.name.partition('.')[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            above = name.split('/')[:-node.level] if node.level else []
            whole = '/'.join([*above, *(node.module or '').split('.')]).strip('/')
            if node.level or whole.startswith(PREFIX):
                whole = whole if node.level else whole[len(PREFIX):]
                own |= {whole} if whole.count('/') else {'%s/%s' % (whole, alias.name) for alias in node.names}
            else:
                outside.add(whole.partition('/')[0])
    return outside, own


def scripts(folder=STATIC / 'js'):
    """Return {name, as in js/thread/model/order: path} of all scripts."""
    return {'js/' + path.relative_to(folder).with_suffix('').as_posix(): path for path in files(folder, '.js', least=70)}


def named_by(script, name):
    """Return the names of the scripts that a script imports, in whatever form."""
    found = re.findall(r"""\b(?:from|import)\s*\(?\s*['"`]([^'"`]+)['"`]""", script.read_text(encoding='utf-8'))
    return {os.path.normpath(os.path.join(os.path.dirname(name), address))[:-len('.js')] for address in found}


def edges(of_modules=MODULES, of_scripts=STATIC / 'js'):
    """Return {(room, the room that it imports)}."""
    python = {(room_of(name), room_of(other)) for name, path in modules(of_modules).items() for other in imported(path, name)[1]}
    python |= {(path.relative_to(APPLICATION).parts[0], room_of(other)) for path in pages() for other in imported(path)[1]}
    script = {tuple(map(os.path.dirname, (name, other))) for name, path in scripts(of_scripts).items() for other in named_by(path, name)}
    return {(room, other) for room, other in python | script if room != other}


def faults(floors, found):
    """Return what is wrong with a table of floors, or with the edges found, a sentence each."""
    allowed = {(room, other) for room, others in floors.items() for other in others.split()}
    order = list(floors)
    circles = [edge for edge in allowed if edge[1] not in order or order.index(edge[1]) >= order.index(edge[0])]
    return sorted(['%s may not import %s' % edge for edge in found - allowed]
                  + ['%s need not be allowed to import %s' % edge for edge in allowed - found]
                  + ['%s does not stand on %s' % edge for edge in circles])


def test_each_room_imports_what_it_stands_on_and_nothing_else():
    assert faults(FLOORS, edges()) == []
    packages = [name for name in modules() if name.count('/') == 1 and name.endswith('/__init__')]
    rooms = {room_of(name) for name in modules() if name not in packages} | set(map(os.path.dirname, scripts()))
    assert rooms | {'models', 'controllers'} == set(FLOORS)


@pytest.mark.parametrize(('module', 'line', 'said'), [
    ('core/database/sql', 'from ..feed import events', 'core/database may not import core/feed'),
    ('core/text', 'from .members.directory import find', 'core/text may not import core/members'),
    ('core/shown/links', 'from messenger_live.wire import frames', 'core/shown may not import live/wire'),
    ('live/wire/frames', '    from .. import server', 'live/wire may not import live/server'),
    ('core/feed/events', 'from messenger_web import forms', 'core/feed may not import web'),
    ('live/sessions/stores', 'from messenger_web.entrance.gate import let_in', 'live/sessions may not import web'),
    ('web/look', 'from messenger_live.sockets.door import Door', 'web may not import live/sockets')])
def test_an_upward_import_is_found(tmp_path, module, line, said):
    shutil.copytree(MODULES, tmp_path, dirs_exist_ok=True)
    with open(tmp_path / (PREFIX + module + '.py'), 'a', encoding='utf-8') as source:
        source.write('\n\ndef planted():\n    %s\n' % line.strip())
    assert faults(FLOORS, edges(tmp_path)) == [said]


@pytest.mark.parametrize(('script', 'line', 'said'), [
    ('wire/line', "import { newRef } from '../unsent/ref.js';", 'js/wire may not import js/unsent'),
    ('list/model/typing', "import { avatar } from '../avatar.js';", 'js/list/model may not import js/list'),
    ('inbox/inbox', "export * from '../thread/chat.js';", 'js/inbox may not import js/thread'),
    ('writing/keys', "const later = () => import('../page/page.js');", 'js/writing may not import js/page')])
def test_an_upward_import_of_a_script_is_found(tmp_path, script, line, said):
    shutil.copytree(STATIC / 'js', tmp_path, dirs_exist_ok=True)
    with open(tmp_path / (script + '.js'), 'a', encoding='utf-8') as source:
        source.write(line + '\n')
    assert faults(FLOORS, edges(of_scripts=tmp_path)) == [said]


def test_an_edge_that_nobody_uses_and_a_circle_are_found():
    unused = dict(FLOORS, **{'core/members': 'core/text core/database core/errors'})
    assert faults(unused, edges()) == ['core/members need not be allowed to import core/errors']
    circle = dict(FLOORS, **{'core/database': 'core/errors core/members'})
    found = edges() | {('core/database', 'core/members')}
    assert faults(circle, found) == ['core/database does not stand on core/members']
    unused = dict(FLOORS, **{'js/list/model': 'js/wire js/shown'})
    assert faults(unused, edges()) == ['js/list/model need not be allowed to import js/shown']


def know_a_page(folder=STATIC / 'js'):
    """Return the scripts that know that there is a page, though their rooms don't."""
    return [name for name, path in scripts(folder).items()
            if os.path.dirname(name) in WITHOUT_A_PAGE and names_a_page(path)]


def names_a_page(script):
    """Whether the code of a script, besides its comments and texts, says a word that only a page knows."""
    return bool(PAGE.search(WORDS.sub('', script.read_text(encoding='utf-8'))))


def test_scripts_know_a_page_only_where_their_room_does(tmp_path):
    assert know_a_page() == []
    shutil.copytree(STATIC / 'js', tmp_path, dirs_exist_ok=True)
    with open(tmp_path / 'thread' / 'model' / 'order.js', 'a', encoding='utf-8') as source:
        source.write('export const planted = ({ body }) => body;\nplanted(document);\n')
    assert know_a_page(tmp_path) == ['js/thread/model/order']
    with_one = {os.path.dirname(name) for name, path in scripts().items() if names_a_page(path)}
    assert with_one == {room for room in FLOORS if room.startswith('js/')} - WITHOUT_A_PAGE


def test_each_module_brings_in_what_its_room_may():
    for name, path in modules().items():
        may = LIBRARIES.get(room_of(name), set()) | LIBRARIES.get(name, set())
        outside = imported(path, name)[0]
        assert outside - standard(outside) <= may, name
    for name, libraries in LIBRARIES.items():
        used = [imported(path, one)[0] for one, path in modules().items() if name in (one, room_of(one))]
        assert libraries <= set().union(*used), 'allowed for nothing: %s' % name


def test_what_knows_bytes_and_strings_only_cannot_reach_a_socket():
    known, reached = modules(), set()
    waiting = {name for name in known if name in SANS_IO or room_of(name) in SANS_IO}
    while waiting:
        reached |= waiting
        found = [imported(known[name], name) for name in waiting]
        assert not set().union(*(outside for outside, _ in found)) & REACH
        waiting = {one for _, own in found for one in own if one in known and one.startswith('live/')} - reached
    assert len(reached) >= 8


def test_web_pages_can_use_the_wire_without_gevent():
    for name, path in modules().items():
        if room_of(name) in FOR_PAGES:
            assert not imported(path, name)[0] & {'gevent', 'geventwebsocket'}, name


def test_the_linter_has_nothing_to_say():
    ran = subprocess.run([sys.executable, '-m', 'ruff', 'check', '--no-cache', str(ROOT)], stdout=subprocess.PIPE, text=True)
    assert ran.returncode == 0, ran.stdout


def test_no_monkey_patching_anywhere():
    for path in [*modules().values(), *files(ROOT / 'deploy', '.py', least=10), ROOT / 'websocket_server.py']:
        text = path.read_text(encoding='utf-8')
        assert 'monkey.patch' not in text and 'patch_all' not in text, path


def test_only_the_composition_root_opens_a_port():
    for path in modules().values():
        calls = {node.func.attr for node in ast.walk(ast.parse(path.read_text(encoding='utf-8')))
                 if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)}
        assert not calls & {'bind', 'listen'}, path


def pages():
    return files(APPLICATION / 'models', '.py', least=4) + files(APPLICATION / 'controllers', '.py', least=3)


def test_pages_import_the_packages_and_leave_the_path_alone():
    for path in pages() + files(MODULES / 'messenger_web', '.py', least=15):
        text = path.read_text(encoding='utf-8')
        assert 'sys.path' not in text and 'applications.messenger' not in text, path


def test_nobody_imports_in_a_way_that_the_table_does_not_see():
    for name, path in modules().items():
        for node in ast.walk(ast.parse(path.read_text(encoding='utf-8'))):
            names = [alias.name for alias in node.names] if isinstance(node, (ast.Import, ast.ImportFrom)) else []
            assert '*' not in names and not {'importlib', 'runpy'} & set(names), name
            assert getattr(node, 'id', '') != '__import__', name
            if isinstance(node, ast.ImportFrom) and not node.level:
                assert node.module.partition('.')[0] != PREFIX + name.partition('/')[0], '%s: relative within a package' % name
    assert list((STATIC / 'js').rglob('*.mjs')) == []


def test_a_room_gives_nothing_out_by_its_own_name():
    for path in files(MODULES, '__init__.py', least=15):
        assert len(ast.parse(path.read_text(encoding='utf-8')).body) == 1, path


def test_few_models_run_for_each_request():
    assert len(files(APPLICATION / 'models', '.py', least=4)) <= MODELS


def run_at_import(node):
    """Yield what runs when a module is imported: everything but what lies inside of functions."""
    for field, value in ast.iter_fields(node):
        inside = field == 'body' and isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda))
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.AST) and not inside:
                yield child
                yield from run_at_import(child)


def of_a_request(path):
    """Return the names of a request, and of own functions that could ask for one, that a module uses when it is imported."""
    tree = ast.parse(path.read_text(encoding='utf-8'))
    now, nodes = list(run_at_import(tree)), list(ast.walk(tree))
    imports = [(node, alias) for node in nodes if isinstance(node, (ast.Import, ast.ImportFrom)) for alias in node.names]
    own = {node.name for node in nodes if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))}
    own |= {alias.asname or alias.name for node, alias in imports if getattr(node, 'level', 0)}
    called = [node.func for node in now if isinstance(node, ast.Call)]
    called += [one for node in now for one in getattr(node, 'decorator_list', ())]
    named = {getattr(node, 'id', None) or getattr(node, 'attr', None) for node in now}
    renamed = {alias.asname for _, alias in imports if alias.name in ('current', 'gluon', 'gluon.globals') and alias.asname}
    return (named & {'current', 'T'}) | (own & {one.id for call in called for one in ast.walk(call) if isinstance(one, ast.Name)}) | renamed


def test_what_pages_share_knows_a_request_inside_of_functions_only():
    found = {path.name: of_a_request(path) for path in files(MODULES / 'messenger_web', '.py', least=15)}
    assert {name: names for name, names in found.items() if names} == {}


@pytest.mark.parametrize(('line', 'named'), [
    ('HOST = current.request.env.http_host', 'current'), ('class Form:\n    title = T("Log in")', 'T'),
    ('from gluon import current as now', 'now'), ('import gluon\nDB = gluon.current.db', 'current'),
    ('def show(page=current.request):\n    return page', 'current'), ('TITLE = fine()', 'fine'),
    ('from . import device\nKNOWN = device.known()', 'device'), ('from .answers import page\n@page\ndef show():\n    pass', 'page')])
def test_a_request_outside_of_functions_is_found(tmp_path, line, named):
    fine = 'from gluon import current\n\n\ndef fine():\n    return current.T("Fine")\n'
    (tmp_path / 'planted.py').write_text(fine)
    assert of_a_request(tmp_path / 'planted.py') == set()
    (tmp_path / 'planted.py').write_text(fine + line + '\n')
    assert of_a_request(tmp_path / 'planted.py') == {named}


def product():
    python = [*modules().values(), *pages(), *files(ROOT / 'deploy', '.py', least=10), ROOT / 'websocket_server.py']
    return [path for path in python if path.name != '__init__.py'] + files(STATIC, '.js', '.css', least=80)


def test_every_file_is_one_screen_or_two():
    lengths = {path: len(path.read_text(encoding='utf-8').splitlines()) for path in product()}
    assert {path.name: length for path, length in lengths.items() if length > LINES} == {}
    assert sorted(lengths.values())[len(lengths) // 2] <= MEDIAN_LINES


def test_every_python_file_says_what_lives_in_it():
    said = {path: ast.get_docstring(ast.parse(path.read_text(encoding='utf-8'))) or '' for path in [*product(), *modules().values()]
            if path.suffix == '.py'}
    assert [path for path, text in said.items() if not text] == []
    packages = {MODULES / (PREFIX + name) for name in ('core', 'live')}
    rooms = {path: text for path, text in said.items() if path.name == '__init__.py' and path.parent not in packages}
    assert [path for path, text in rooms.items() if 'ust not live here' not in text] == []


@pytest.mark.parametrize(('folder', 'least'), [(MODULES, 80), (STATIC / 'js', 70), (ROOT / 'tests', 140), (ROOT / 'bench', 30)])
def test_no_folder_has_more_files_than_one_can_look_over(folder, least):
    found = Counter(path.parent for path in files(folder, '.py', '.js', '.mjs', least=least))
    assert {os.path.relpath(room, ROOT): count for room, count in found.items() if count > FILES_IN_A_ROOM} == {}
