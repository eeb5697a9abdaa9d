"""The page's scripts, as far as they need no page: their own tests, run by node's test runner."""
import os
import re
import subprocess

import pytest
from places import APPLICATION, ROOT

TESTS = ROOT / 'tests' / 'js'
SCRIPTS = sorted((APPLICATION / 'static' / 'js').glob('*.js'))
LINES = 150
# Scripts that may know that there is a page; the others run anywhere.
ON_THE_PAGE = {
    'announcer', 'attention', 'avatar', 'chat', 'company', 'composer', 'conversation', 'conversations', 'covered', 'draft_rows',
    'finder', 'head', 'hotkeys', 'inbox', 'item', 'leaving', 'letters', 'list', 'live', 'messages', 'noticing', 'offer', 'page',
    'place', 'sound', 'status', 'storage', 'writing'}


def test_the_scripts_pass_their_own_tests(node):
    files = sorted(map(str, TESTS.glob('*.test.mjs')))
    environment = {name: value for name, value in os.environ.items() if not name.startswith('NODE_')}
    ran = subprocess.run([node, '--test', *files], capture_output=True, text=True, timeout=300, env=environment)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    passed = re.search(r'^\S+ pass (\d+)', ran.stdout, re.MULTILINE)
    assert passed and int(passed[1]) > 100, 'the runner found no tests:\n' + ran.stdout


@pytest.mark.parametrize('script', SCRIPTS, ids=lambda path: path.stem)
def test_a_script_is_small_says_what_lives_in_it_and_makes_no_markup(script):
    text = script.read_text(encoding='utf-8')
    assert text.startswith('// ') and len(text.splitlines()) <= LINES
    assert not re.search(r'innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|setAttribute\(.style', text)
    assert not re.search(r'https?://', text), 'no address of another host'
    assert all(name.startswith('./') for name in re.findall(r"from '([^']+)'", text))


@pytest.mark.parametrize('script', [path for path in SCRIPTS if path.stem not in ON_THE_PAGE], ids=lambda path: path.stem)
def test_the_core_of_the_page_knows_no_page(script):
    assert not re.search(r'\b(document|window|sessionStorage|localStorage|navigator)\b[.\[(]', script.read_text(encoding='utf-8'))
