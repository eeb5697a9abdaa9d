"""The page's scripts, as far as they need no page: their own tests, run by node's test runner."""
import os
import re
import subprocess

import pytest
from places import APPLICATION, ROOT

TESTS = ROOT / 'tests' / 'js'
SCRIPTS = sorted((APPLICATION / 'static' / 'js').rglob('*.js'))
LINES = 150


def test_the_scripts_pass_their_own_tests(node):
    files = sorted(map(str, TESTS.rglob('*.test.mjs')))
    environment = {name: value for name, value in os.environ.items() if not name.startswith('NODE_')}
    ran = subprocess.run([node, '--test', *files], capture_output=True, text=True, timeout=300, env=environment)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    passed = re.search(r'^\S+ pass (\d+)', ran.stdout, re.MULTILINE)
    assert passed and int(passed[1]) > 100, 'the runner found no tests:\n' + ran.stdout


def test_there_are_scripts_to_judge():
    assert len(SCRIPTS) >= 70


@pytest.mark.parametrize('script', SCRIPTS, ids=lambda path: path.stem)
def test_a_script_is_small_says_what_lives_in_it_and_makes_no_markup(script):
    text = script.read_text(encoding='utf-8')
    assert text.startswith('// ') and len(text.splitlines()) <= LINES
    assert not re.search(r'innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|setAttribute\(.style', text)
    assert not re.search(r'https?://', text), 'no address of another host'
    assert all(name.startswith(('./', '../')) for name in re.findall(r"from '([^']+)'", text))
