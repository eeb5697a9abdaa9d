"""Modules as a site has them: found by web2py below the application, at once, and those of two copies apart."""
import builtins
import json
import os
import shutil
import subprocess
import sys
import types
from pathlib import Path

import pytest
from places import APPLICATION

PARTS = ('controllers', 'languages', 'models', 'modules', 'views')


@pytest.fixture(scope='module')
def told(web2py_home, tmp_path_factory):
    """What two_copies.py says."""
    root = tmp_path_factory.mktemp('two')
    for part in ('gluon', 'VERSION'):
        if (web2py_home / part).exists():
            (root / part).symlink_to(web2py_home / part)
    for copy in ('messenger', 'second'):
        application = root / 'applications' / copy
        for part in PARTS:
            shutil.copytree(APPLICATION / part, application / part, ignore=shutil.ignore_patterns('__pycache__'))
        (application / 'static').symlink_to(APPLICATION / 'static')
        (application / 'private').mkdir()
    environment = {name: value for name, value in os.environ.items() if name not in ('PYTHONPATH', 'MESSENGER_HOME')}
    ran = subprocess.run([sys.executable, str(Path(__file__).with_name('two_copies.py')), str(root)], capture_output=True, text=True,
                         cwd=root, env=dict(environment, PYTHONDONTWRITEBYTECODE='1', MESSENGER_AUTH_GUESTS_BURST='1000'), timeout=120)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return json.loads(ran.stdout.splitlines()[-1])


def test_both_copies_are_served_each_by_modules_of_its_own(told):
    assert set(told['statuses']) == {'200 OK'} and len(told['statuses']) == 6 + 16
    assert told['rooms'] == ['applications.messenger', 'applications.second'] and told['bare'] == []


def test_a_module_that_is_just_being_imported_is_waited_for(gluon, monkeypatch):
    from messenger_web.kept import modules
    half = types.ModuleType('messenger_half')
    half.__spec__, half.name = types.SimpleNamespace(_initializing=True), 'there, but not all of it'
    monkeypatch.setitem(sys.modules, modules._PREFIX + 'messenger_half', half)
    monkeypatch.setattr(gluon.current, 'request', types.SimpleNamespace(_custom_import_track_changes=False), raising=False)
    found = []
    with monkeypatch.context() as patch:
        patch.setattr(builtins, '__import__', lambda name, *_: 'waited for')
        for half.__spec__._initializing in (True, False):
            found.append(modules._imported('messenger_half', fromlist=('name',)))
    assert found == ['waited for', half]


def test_a_second_page_looks_for_no_module_anywhere(told):
    assert told['searched'] == []


def test_an_edited_view_shows_at_once_in_its_copy_alone_and_a_module_after_a_restart(told):
    """As web2py has it for every application."""
    assert told['edited'] == [True, False] and told['documented'] is False
