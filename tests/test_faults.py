"""docs/faults.md: every fault of the list is in it, and every test that it names exists."""
import ast
import re
from functools import cache

import pytest
from places import ROOT

TABLE = (ROOT / 'docs' / 'faults.md').read_text(encoding='utf-8')
# The letter of a section and how many faults it has; and those that are known to lack a test.
SECTIONS = {'W': 33, 'S': 22, 'F': 20, 'J': 22, 'H': 30, 'C': 23, 'D': 18, 'G': 14, 'L': 14, 'R': 26, 'E': 106, 'T': 61, 'Q': 16}
GAPS = set()

ROWS = {id: re.findall(r'`([^`]+)`', tests) for id, tests in re.findall(r'^\| ([A-Z]\d+) \|.*?\|([^|]*)\|$', TABLE, re.MULTILINE)}


@cache
def functions(path):
    """Return the names of the test functions in a file, by class where they stand in one."""
    tree = ast.parse((ROOT / path).read_text(encoding='utf-8'))
    classes = {'%s::%s' % (node.name, one.name) for node in tree.body if isinstance(node, ast.ClassDef)
               for one in node.body if isinstance(one, ast.FunctionDef)}
    return classes | {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


@pytest.mark.parametrize(('letter', 'count'), SECTIONS.items())
def test_every_fault_of_the_list_is_in_the_table_once(letter, count):
    ids = [id for id in re.findall(r'^\| ([A-Z]\d+) \|', TABLE, re.MULTILINE) if id[0] == letter]
    assert ids == ['%s%d' % (letter, number) for number in range(1, count + 1)]


def test_every_fault_names_a_test_but_for_the_known_gaps():
    assert {id for id, tests in ROWS.items() if not tests} == GAPS
    assert {id[0] for id in ROWS} == set(SECTIONS)


@pytest.mark.parametrize('id', [id for id in ROWS if id not in GAPS])
def test_the_tests_that_it_names_exist(id):
    for test in ROWS[id]:
        path, _, name = test.partition('::')
        assert name.startswith(('test_', 'Test')) and name in functions(path), test
