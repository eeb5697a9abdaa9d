"""Packed scripts and style sheets: the same as the files, as new as these, and refused where they would not be the same."""

import gzip
import os
import re
import shutil
import subprocess
import sys

import pytest
from pack import SHEETS, pack
from trying import ROOT

STATIC = ROOT / 'applications' / 'messenger' / 'static'
LAYOUT = ROOT / 'applications' / 'messenger' / 'views' / 'layout.html'


@pytest.fixture
def static(tmp_path):
    for name in ('css', 'js/one/deep', 'js/page'):
        (tmp_path / name).mkdir(parents=True)
    for name in SHEETS:
        (tmp_path / 'css' / f'{name}.css').write_text('/* %s */\n@layer %s { a { color: red; } }\n' % (name, name))
    (tmp_path / 'js' / 'one' / 'deep' / 'one.js').write_text(
        '// What lives here.\nconst HIDDEN = 1;\n\nexport function one() {\n    return HIDDEN;\n}\n')
    (tmp_path / 'js' / 'one' / 'one.js').write_text(
        "import { one as first } from './deep/one.js';\nconst HIDDEN = 2;\nexport const two = () => first() + HIDDEN;\n")
    (tmp_path / 'js' / 'page' / 'page.js').write_text(
        "import { one } from '../one/deep/one.js';\nimport {\n    two,\n} from '../one/one.js';\nconsole.log(one(), two());\n")
    return tmp_path


def said_by(node, script):
    """Return what a script says, and what node says about it."""
    ran = subprocess.run([node, '--input-type=module', '-'], input=script.read_text(), capture_output=True, text=True)
    return ran.stdout, ran.stderr


@pytest.fixture
def unhelped(monkeypatch):
    """As on a machine that has no wheel of the library."""
    monkeypatch.setitem(sys.modules, 'minify', None)


def test_the_scripts_do_the_same_as_one(static, node):
    assert pack(static) is True
    assert said_by(node, static / 'packed' / 'page.js') == ('1 3\n', '')
    assert 'HIDDEN' not in (static / 'packed' / 'page.js').read_text()


def test_so_they_do_where_nothing_helps_to_make_them_smaller(static, node, unhelped):
    pack(static)
    assert 'HIDDEN' in (static / 'packed' / 'page.js').read_text()
    assert said_by(node, static / 'packed' / 'page.js') == ('1 3\n', '')


def test_the_style_sheets_keep_their_order_and_lose_their_comments(static):
    pack(static)
    text = (static / 'packed' / 'page.css').read_text()
    assert re.findall(r'@layer (\w+)', text) == list(SHEETS) and '/*' not in text


def test_there_is_a_gzipped_copy_and_all_are_as_new_as_the_newest_file(static):
    pack(static)
    newest = max(path.stat().st_mtime_ns for path in static.rglob('*.*s') if path.parent.name != 'packed')
    made = list((static / 'packed').iterdir())
    assert {path.name for path in made} == {'page.js', 'page.js.gz', 'page.css', 'page.css.gz'}
    assert {path.stat().st_mtime_ns for path in made} == {newest}
    assert gzip.decompress((static / 'packed' / 'page.js.gz').read_bytes()) == (static / 'packed' / 'page.js').read_bytes()


def test_it_is_made_anew_when_a_file_has_changed_and_left_alone_when_not(static, unhelped):
    assert (pack(static), pack(static)) == (True, False)
    script = static / 'js' / 'one' / 'deep' / 'one.js'
    script.write_text(script.read_text().replace('HIDDEN = 1', 'HIDDEN = 5'))
    os.utime(script, (2_000_000_000, 2_000_000_000))
    assert pack(static) is True
    assert 'HIDDEN = 5' in (static / 'packed' / 'page.js').read_text()


@pytest.mark.parametrize('line', [
    "import * as all from './deep/one.js';", "import one from './deep/one.js';", "import './deep/one.js';", "import { one } from 'one';",
    'export default 1;', 'export default function () {}', 'export let count = 0;', 'export { two as three };',
    'export const { a, b } = {};',
    "export * from './deep/one.js';", "export { one } from './deep/one.js';", "import { one } from './deep/one.js'; one();",
    "const later = () => import('./deep/one.js');", "const text = \"import { one } from './deep/one.js';\";",
    'const here = import.meta.url;',
    'const text = `a\nb`;', "const text = `a\nimport { one } from './deep/one.js';\n`;", "/*\nimport { one } from './deep/one.js';\n*/",
    "const text = 'a\\\nb';", 'await two();', 'const later = await two();',
    'export const two$ = 2;', 'export function on$() {}', 'if (HIDDEN) {\n    await two();\n}', 'export const later =\n    await two();',
    'const f = async () => 1; await f();', "const text = '`' + `a\n   b` + '`';", "const text = `${`a\nexport const b = 1;`}`;",
    "const text = `${`a` + '}'\n}`;", "import { two as again } from '../page/m.v2.js';", "import { two as again } from '../page/a-b.js';",
    "import { two as again } from '../../outside.js';", "const text = 'a \\\n// b';",
    "import { three } from './deep/one.js';", "import { one as again, three } from './deep/one.js';", "import { one } from './nowhere.js';",
    "import { page } from '../page/page.js';"])
def test_what_it_does_not_know_is_refused(static, line):
    for name in ('m.v2', 'a-b', '../../outside'):
        (static / 'js' / 'page' / (name + '.js')).write_text('export const two = 2;\n')
    with open(static / 'js' / 'one' / 'one.js', 'a') as script:
        script.write(line + '\n')
    with pytest.raises(ValueError):
        pack(static)
    assert not (static / 'packed' / 'page.js').exists()


@pytest.mark.parametrize('line', [
    '// import { three } from "./nowhere.js"; and export nothing', "const text = 'what is important, and exports';",
    'const later = async () => await two();', 'const text = `a\\`b`;',
    'const text = `${[1].map(one => `${ { one }.one }`)}`;', "const text = '`';",
    'const text = "a\u2028b";',
    'const later = {\n    async f() {\n        if (await two()) {\n            await two();\n        }\n    },\n};',
    "const quotes = `'`, sign = '\\'';", 'export async function three() {\n    await two();\n}', 'export class Four {}'])
def test_what_only_looks_like_that_is_packed(static, node, line):
    with open(static / 'js' / 'one' / 'one.js', 'a') as script:
        script.write(line + '\n')
    pack(static)
    assert said_by(node, static / 'packed' / 'page.js') == ('1 3\n', '')


def test_imports_stand_at_the_beginning(static):
    script = static / 'js' / 'page' / 'page.js'
    script.write_text('// What lives here.\n\n%s// And this.\n%sconsole.log(one(), two());\n' % (
        "import { one } from '../one/deep/one.js';\n", "import { two } from '../one/one.js';\n"))
    assert pack(static) is True
    os.utime(script, (2_000_000_000, 2_000_000_000))
    script.write_text("console.log(1);\nimport { one } from '../one/deep/one.js';\none();\n")
    with pytest.raises(ValueError):
        pack(static)


def test_a_folder_without_scripts_or_sheets_is_refused(static):
    shutil.rmtree(static / 'css')
    with pytest.raises(ValueError):
        pack(static)


def test_the_products_own_files_can_be_packed_each_sheet_among_them(tmp_path, node, monkeypatch):
    for name in ('css', 'js'):
        shutil.copytree(STATIC / name, tmp_path / name)
    pack(tmp_path)
    subprocess.run([node, '--check', tmp_path / 'packed' / 'page.js'], check=True)
    size = (tmp_path / 'packed' / 'page.js').stat().st_size
    shutil.rmtree(tmp_path / 'packed')
    monkeypatch.setitem(sys.modules, 'minify', None)
    pack(tmp_path)
    sheets = {path.stem for path in (STATIC / 'css').rglob('*.css')}
    assert len(sheets) >= 13 and sheets - set(SHEETS) <= {'dark'}
    linked = re.search(r'for layout_sheet in \(([^)]*)\)', LAYOUT.read_text())[1]
    assert re.findall(r"'(\w+)'", linked) == list(SHEETS)
    packed = (tmp_path / 'packed' / 'page.js').read_text()
    subprocess.run([node, '--check', tmp_path / 'packed' / 'page.js'], check=True)
    assert 'class Line' in packed and size < 0.75 * len(packed.encode())
    assert packed.count('(() => {\n') >= len(list((STATIC / 'js').rglob('*.js'))) >= 70
