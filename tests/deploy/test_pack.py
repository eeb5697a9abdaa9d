"""Packed scripts and style sheets: the same as the files, as new as these, and refused where they would not be the same."""

import gzip
import os
import re
import shutil
import subprocess

import pytest
from node import find
from pack import SHEETS, pack
from trying import ROOT

STATIC = ROOT / 'applications' / 'messenger' / 'static'
LAYOUT = ROOT / 'applications' / 'messenger' / 'views' / 'layout.html'


@pytest.fixture
def static(tmp_path):
    for name in ('css', 'js'):
        (tmp_path / name).mkdir()
    for name in SHEETS:
        (tmp_path / 'css' / f'{name}.css').write_text('/* %s */\n@layer %s { a { color: red; } }\n' % (name, name))
    (tmp_path / 'js' / 'one.js').write_text('// What lives here.\nconst HIDDEN = 1;\n\nexport function one() {\n    return HIDDEN;\n}\n')
    (tmp_path / 'js' / 'two.js').write_text("import { one as first } from './one.js';\nconst HIDDEN = 2;\n"
                                            'export const two = () => first() + HIDDEN;\n')
    (tmp_path / 'js' / 'page.js').write_text("import { one } from './one.js';\nimport {\n    two,\n} from './two.js';\n"
                                             'console.log(one(), two());\n')
    return tmp_path


def test_the_scripts_do_the_same_as_one(static):
    assert pack(static) is True
    path, absence = find()
    if path is None:
        pytest.skip(absence)
    script = (static / 'packed' / 'page.js').read_text()
    ran = subprocess.run([path, '--input-type=module', '-'], input=script, capture_output=True, text=True)
    assert (ran.stdout, ran.stderr) == ('1 3\n', '')


def test_the_style_sheets_keep_their_order_and_lose_their_comments(static):
    pack(static)
    text = (static / 'packed' / 'page.css').read_text()
    assert re.findall(r'@layer (\w+)', text) == list(SHEETS) and '/*' not in text


def test_there_is_a_gzipped_copy_and_all_are_as_new_as_the_newest_file(static):
    pack(static)
    newest = max(path.stat().st_mtime_ns for path in static.glob('*s*/*'))
    made = list((static / 'packed').iterdir())
    assert {path.name for path in made} == {'page.js', 'page.js.gz', 'page.css', 'page.css.gz'}
    assert {path.stat().st_mtime_ns for path in made} == {newest}
    assert gzip.decompress((static / 'packed' / 'page.js.gz').read_bytes()) == (static / 'packed' / 'page.js').read_bytes()


def test_it_is_made_anew_when_a_file_has_changed_and_left_alone_when_not(static):
    assert (pack(static), pack(static)) == (True, False)
    script = static / 'js' / 'one.js'
    script.write_text(script.read_text().replace('HIDDEN = 1', 'HIDDEN = 5'))
    os.utime(script, (2_000_000_000, 2_000_000_000))
    assert pack(static) is True
    assert 'HIDDEN = 5' in (static / 'packed' / 'page.js').read_text()


@pytest.mark.parametrize('line', ["import * as all from './two.js';", 'export default 1;', "import './two.js';", 'const text = `a\nb`;',
                                  "import { page } from './page.js';"])
def test_what_it_does_not_know_is_refused(static, line):
    with open(static / 'js' / 'one.js', 'a') as script:
        script.write(line + '\n')
    with pytest.raises(ValueError):
        pack(static)


def test_the_products_own_files_can_be_packed_each_sheet_among_them(tmp_path):
    for name in ('css', 'js'):
        shutil.copytree(STATIC / name, tmp_path / name)
    pack(tmp_path)
    assert {path.stem for path in (STATIC / 'css').glob('*.css')} - set(SHEETS) <= {'dark'}
    linked = re.search(r'for layout_sheet in \(([^)]*)\)', LAYOUT.read_text())[1]
    assert re.findall(r"'(\w+)'", linked) == list(SHEETS)
    assert 'class Line' in (tmp_path / 'packed' / 'page.js').read_text()
