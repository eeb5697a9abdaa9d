"""Sessions that are over are removed, and nothing else is."""
import errno
import fcntl
import os
import pickle
import uuid
from datetime import datetime, timedelta

import pytest
from messenger_live.sessions import tidy
from messenger_live.sessions.files import spread

NOW, ID = datetime.now(), '127.0.0.1-0c5a8a2b-a7a4-4a5a-9cf3-0e7a7c58ca9c'


def session(user=3, last_visit=NOW, expiration=3600, **more):
    return {'auth': {'user': {'id': user}, 'last_visit': last_visit, 'expiration': expiration, 'hmac_key': 'k'}, **more}


OVER = session(last_visit=NOW - timedelta(seconds=3700))
DAY, HOUR = 24 * 3600, 3600


def put(folder, content, age=DAY, path=None):
    """Store what web2py would have, so many seconds ago; return where."""
    file = folder / (path or spread('127.0.0.1-%s' % uuid.uuid4()))
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content if isinstance(content, bytes) else pickle.dumps(content))
    then = NOW.timestamp() - age
    os.utime(file, (then, then))
    return file


def run(folder, **options):
    pieces = list(tidy.in_files(str(folder), **options))
    return sum(piece.removed for piece in pieces)


@pytest.fixture
def folder(tmp_path):
    (tmp_path / 'sessions').mkdir()
    return tmp_path / 'sessions'


@pytest.mark.parametrize('path', ['{id}', '{spread}', 'a1/{id}', 'a1/{spread}'])
@pytest.mark.parametrize('content', [OVER, {}, {'_formkey[login]': ['x']}, session(user=None), {'auth': None}])
def test_what_is_over_goes_wherever_web2py_has_put_it(folder, path, content):
    id = '127.0.0.1-%s' % uuid.uuid4()
    file = put(folder, content, path=path.format(id=id, spread=spread(id)))
    assert run(folder, is_dry=True) == 1 and file.exists(), 'only told'
    assert run(folder) == 1 and not file.exists()
    assert run(folder) == 0


@pytest.mark.parametrize(('content', 'age'), [
    (session(), 0), (session(), HOUR), (session(last_visit=NOW - timedelta(minutes=30)), 1800),
    (session(last_visit=NOW - timedelta(days=20), expiration=30 * DAY), 20 * DAY),      # "remember me"
    (session(last_visit=NOW + timedelta(days=2)), DAY),     # somebody's clock is wrong, perhaps ours
    ({'_formkey[login]': ['x']}, HOUR), (b'', DAY), (b'half a pic', DAY), (pickle.dumps(OVER)[:-3], DAY), (b'x' * (1 << 20) + b'x', DAY)])
def test_what_is_not_or_cannot_be_read_stays(folder, content, age):
    file = put(folder, content, age)
    assert run(folder) == 0 and file.exists()


@pytest.mark.parametrize('path', [
    'notes.txt', '127.0.0.1-x', 'a/b/c/d/' + ID, '.git/' + ID, 'a folder of somebody/' + ID, ID.upper()])
def test_what_web2py_has_not_made_stays(folder, path):
    file = put(folder, OVER, path=path)
    assert run(folder) == 0 and file.exists()


def test_no_link_leads_elsewhere(folder, tmp_path):
    id, elsewhere = '127.0.0.1-%s' % uuid.uuid4(), tmp_path / 'elsewhere'
    file = put(elsewhere, OVER, path=id)
    (folder / id).symlink_to(file)
    (folder / 'abc').symlink_to(elsewhere)
    (folder / ('127.0.0.1-%s' % uuid.uuid4())).mkdir()
    os.mkfifo(folder / ('127.0.0.1-%s' % uuid.uuid4()))
    assert run(folder) == 0 and file.exists()


def test_the_folder_itself_may_be_one_or_be_missing(folder, tmp_path):
    put(folder, OVER)
    (tmp_path / 'link').symlink_to(folder)
    assert run(tmp_path / 'nowhere') == 0 and run(tmp_path / 'link') == 1


def test_what_web2py_has_open_stays(folder):
    file = put(folder, OVER)
    with open(file, 'rb+') as opened:
        fcntl.flock(opened, fcntl.LOCK_EX)
        assert run(folder) == 0
    assert run(folder) == 1


def test_what_is_rewritten_in_the_last_moment_stays(folder, monkeypatch):
    file, plain = put(folder, OVER), tidy.is_over

    def is_over(data, age):
        file.write_bytes(pickle.dumps(session()))
        return plain(data, age)
    monkeypatch.setattr(tidy, 'is_over', is_over)
    assert run(folder) == 0 and file.exists()


def test_many_are_gone_through_in_pieces(folder):
    for _ in range(450):
        put(folder, OVER)
    assert [piece.seen for piece in tidy.in_files(str(folder))] == [200, 200, 50]


def test_where_this_user_may_not_remove_them_that_is_counted(folder, monkeypatch):
    def unlink(*_, **__):
        raise PermissionError(errno.EACCES, 'no')
    put(folder, OVER)
    monkeypatch.setattr(os, 'unlink', unlink)
    assert [(piece.removed, piece.kept_out) for piece in tidy.in_files(str(folder))] == [(0, 1)]
