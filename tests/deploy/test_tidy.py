"""./setup_env.sh tidy: what the sidecar removes each hour, by hand."""
import os
import pickle
import shutil
import subprocess
import sys
import time
import uuid
from datetime import datetime, timedelta

import pytest
from cast import settle
from messenger_core import settings
from messenger_core.database.tables import utcnow
from messenger_live.sessions.files import spread
from trying import ROOT, environment

APPLICATION = ROOT / 'applications' / 'messenger'


@pytest.fixture
def site(tmp_path):
    """An install with an old session, an old event, and one of each that are not."""
    folder = tmp_path / 'web2py'
    application = folder / 'applications' / 'messenger'
    (application / 'databases').mkdir(parents=True)
    (application / 'modules').symlink_to(APPLICATION / 'modules')
    (folder / 'web2py.py').write_text('')
    db = settle(settings.load(application, {}), application / 'databases')
    db.executesql('DELETE FROM messenger_event')
    db.executesql('UPDATE messenger_feed SET head = 1000')
    for days in (1, 91):
        db.event.insert(seq=1000 - days, kind='read', created_at=utcnow() - timedelta(days=days))
    db.commit()
    for hours in (0, 5):
        path = application / 'sessions' / spread('127.0.0.1-%s' % uuid.uuid4())
        path.parent.mkdir(parents=True)
        path.write_bytes(pickle.dumps({'auth': {
            'user': {'id': 1}, 'last_visit': datetime.now() - timedelta(hours=hours), 'expiration': 3600}}))
        os.utime(path, (time.time() - hours * 3600,) * 2)
    yield folder
    db.close()


def tidy(site, tmp_path, *arguments, **changes):
    """Run it as setup_env.sh does; return (status, what it said)."""
    run = subprocess.run([sys.executable, str(ROOT / 'deploy' / 'tidy.py'), *arguments], capture_output=True, text=True, check=False,
                         timeout=120, env=environment(**{'WEB2PY_HOME': site, 'MESSENGER_HOME': home(tmp_path), **changes}))
    return run.returncode, run.stdout + run.stderr


def home(tmp_path):
    """A made home, so that nothing has to be installed."""
    (tmp_path / 'home' / 'venv').mkdir(parents=True, exist_ok=True)
    shutil.copy(ROOT / 'requirements.txt', tmp_path / 'home' / 'venv' / 'installed-requirements.txt')
    return tmp_path / 'home'


def test_it_says_how_many_removes_them_and_then_there_are_none(site, tmp_path):
    for arguments, words in (
            (['--dry-run'], ['1 of 2 sessions are over', '1 events older than 90 days are there']),
            ([], ['1 of 2 sessions were over and are removed', '1 events older than 90 days are removed']),
            ([], ['0 of 1 sessions were over', '0 events older than 90 days'])):
        status, said = tidy(site, tmp_path, *arguments)
        assert status == 0 and all(one in said for one in words), said


def test_what_is_the_sites_it_leaves(site, tmp_path):
    uri = 'sqlite:///%s' % (site / 'applications' / 'messenger' / 'databases' / 'messenger.sqlite')
    status, said = tidy(site, tmp_path, MESSENGER_AUTH_MASTERAPP='welcome', MESSENGER_DB_URI=uri)
    assert status == 0 and 'left to the application welcome' in said, said
    assert sum(path.is_file() for path in (site / 'applications' / 'messenger' / 'sessions').rglob('*')) == 2


@pytest.mark.parametrize(('changes', 'words'), [
    ({'WEB2PY_HOME': ''}, 'there is no messenger in'), ({'WEB2PY_HOME': '/nowhere'}, "isn't a web2py folder"),
    ({'MESSENGER_DB_URI': 'sqlite://missing.sqlite'}, 'There is no database'), ({'MESSENGER_SESSION_TIDY': 'maybe'}, '[session] tidy')])
def test_what_is_wrong_is_one_line_and_a_status(site, tmp_path, changes, words):
    status, said = tidy(site, tmp_path, **changes)
    assert status == 1 and words in said and 'Traceback' not in said, said


def test_it_can_be_asked_for_help_and_takes_nothing_else(site, tmp_path):
    assert tidy(site, tmp_path, '--help')[0] == 0 and tidy(site, tmp_path, '--nonsense')[0] == 2
