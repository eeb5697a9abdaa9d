"""Each *.test.mjs is run by node's own test runner, as one test of the suite."""
import os
import re
import subprocess

import pytest
from machine import node as nodejs


def pytest_collect_file(file_path, parent):
    if file_path.name.endswith('.test.mjs'):
        return Scripts.from_parent(parent, path=file_path)


class Scripts(pytest.File):
    def collect(self):
        yield Run.from_parent(self, name='node')


class Run(pytest.Item):
    """All tests of one file; fails with what node says, or when it found none to run."""

    fixturenames = ()

    def runtest(self):
        path, absence = nodejs.find()
        if path is None:
            pytest.skip(absence)
        environment = {name: value for name, value in os.environ.items() if not name.startswith('NODE_')}
        command = [path, '--test', '--test-reporter=tap', str(self.path)]
        ran = subprocess.run(command, capture_output=True, text=True, timeout=300, env=environment)
        passed = re.search(r'^# pass (\d+)$', ran.stdout, re.MULTILINE)
        assert ran.returncode == 0 and passed and int(passed[1]) > 0, ran.stdout + ran.stderr

    def repr_failure(self, excinfo):
        return str(excinfo.value) if excinfo.errisinstance(AssertionError) else super().repr_failure(excinfo)

    def reportinfo(self):
        return self.path, None, self.path.name
