"""Benches are run by hand, and by the wrong Python first: each says which one it needs."""
import os
import subprocess
import sys

import pytest
from places import ROOT

BENCHES = sorted(path.name for path in (ROOT / 'bench').glob('*.py') if 'import interpreter' in path.read_text(encoding='utf-8'))
# What brings no package along, or is run by the others.
OF_ANY_PYTHON = {'pairs.py', 'plot.py', 'visitors.py'}


def run(name, *arguments):
    """Run a bench by a Python without packages."""
    environment = {name: value for name, value in os.environ.items() if name != 'PYTHONPATH'}
    return subprocess.run([sys.executable, '-S', 'bench/' + name, *arguments], cwd=ROOT, capture_output=True, text=True,
                          stdin=subprocess.DEVNULL, env=dict(environment, MESSENGER_HOME='.home'), timeout=60)


def test_each_bench_that_needs_packages_says_so():
    programs = {path.name for path in (ROOT / 'bench').glob('*.py') if '__main__\':' in path.read_text(encoding='utf-8')}
    assert programs - OF_ANY_PYTHON == set(BENCHES) and len(BENCHES) >= 7


@pytest.mark.parametrize('name', BENCHES)
def test_a_bench_says_in_one_sentence_by_which_python_it_is_run(name):
    ran = run(name)
    assert (ran.returncode, ran.stdout, ran.stderr.count('\n')) == (2, '', 1)
    assert 'pydal' in ran.stderr and ': run .home/venv/bin/python bench/%s (./setup_env.sh test makes it).' % name in ran.stderr
    helped = run(name, '--help')
    assert helped.returncode == 0 and 'bench/' + name in helped.stdout


@pytest.mark.parametrize('name', sorted(OF_ANY_PYTHON))
@pytest.mark.parametrize('arguments', [(), ('--help',)])
def test_a_bench_of_any_python_says_what_it_has_to_be_given(name, arguments):
    ran = run(name, *arguments)
    assert ran.returncode == 1 and 'Traceback' not in ran.stderr and len(ran.stderr.split()) > 20
