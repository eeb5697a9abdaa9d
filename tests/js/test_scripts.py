"""What holds for every script of the pages. Their own tests stand beside this, by room, and are run by node: conftest.py."""
import re

import pytest
from places import APPLICATION, ROOT

SCRIPTS = sorted((APPLICATION / 'static' / 'js').rglob('*.js'))
LINES = 150


def test_there_are_scripts_to_judge_and_tests_of_them():
    assert len(SCRIPTS) >= 70
    tests = list((ROOT / 'tests' / 'js').rglob('*.test.mjs'))
    assert len(tests) >= 20 and sum(path.read_text(encoding='utf-8').count("\ntest('") for path in tests) > 150


@pytest.mark.parametrize('script', SCRIPTS, ids=lambda path: path.stem)
def test_a_script_is_small_says_what_lives_in_it_and_makes_no_markup(script):
    text = script.read_text(encoding='utf-8')
    assert text.startswith('// ') and len(text.splitlines()) <= LINES
    assert not re.search(r'innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|setAttribute\(.style', text)
    assert not re.search(r'https?://', text), 'no address of another host'
    assert not re.search(r'\bimport\s*\(|\bimport\.meta|\bWorker\b', text), 'nothing that comes in by another door'
    assert all(name.startswith(('./', '../')) for name in re.findall(r"from '([^']+)'", text))


def test_whether_an_input_method_composes_is_asked_in_one_way():
    scripts = {path.relative_to(APPLICATION / 'static' / 'js').as_posix(): path.read_text(encoding='utf-8') for path in SCRIPTS}
    assert [name for name, text in scripts.items() if re.search(r'keyCode|event\.isComposing', text)] == ['browser/composing.js']
    # Who hears keys asks, or hands the event on to who asks; attention.js only notices that there are some.
    hearing = {name for name, text in scripts.items() if re.search(r"addEventListener\('key", text)}
    assert hearing == {'page/hotkeys.js', 'list/finder.js', 'inbox/answers.js', 'writing/composer.js'}
    asking = {name for name, text in scripts.items() if 'isComposing(event)' in text}
    assert asking == hearing - {'writing/composer.js'} | {'writing/keys.js', 'page/shortcuts.js'}
