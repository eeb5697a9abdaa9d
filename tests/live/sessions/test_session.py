"""Who is behind a cookie: sessions that web2py itself stored, and planted ones. C1 to C23 are the numbers in the list of bad inputs."""
import fcntl
import hashlib
import os
import pickle
import sys
import time
import tracemalloc
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from messenger_live.sessions import files, opcodes
from messenger_live.sessions import pickle as session_pickle
from messenger_live.sessions import plain as session_plain
from messenger_live.sessions.files import FileSessions, check_readable, spread
from messenger_live.sessions.session import Session, StoreUnavailable, cookie_value, login_of

NOW = datetime(2026, 11, 23, 9, 2, 11, 500)
ID = '192.0.2.7-0c5a8a2b-a7a4-4a5a-9cf3-0e7a7c58ca9c'
HOUR = timedelta(hours=1)
LONG_AGO = 1_000_000_000
unhurried = settings(deadline=None, database=None)


# -- sessions of web2py --

def who(site, scene, application='Plain', now=None):
    store = FileSessions(site.folder / application / 'sessions', application)
    value = cookie_value([site.cookies[scene]], store.cookie_name)
    assert value, 'the scene has no session cookie'
    return store.resolve(value, now or datetime.now())


def test_whoever_logged_in_is_known_for_an_hour(site):
    session = who(site, 'logged in')
    assert session.user_id == 1
    assert timedelta(minutes=55) < session.expires - datetime.now() <= HOUR


def test_remember_me_lasts_thirty_days(site):
    session = who(site, 'remembered')
    assert session.user_id == 1
    assert timedelta(days=29, hours=23) < session.expires - datetime.now() <= timedelta(days=30)


def test_c13_a_session_in_a_separate_folder_is_found_though_its_cookie_is_quoted(site):
    assert '"' in site.cookies['separate']
    assert who(site, 'separate', 'separate').user_id == 1


def test_c6_a_login_ends_at_the_very_moment_web2py_ends_it(site):
    end = who(site, 'logged in').expires
    assert who(site, 'logged in', now=end - timedelta(microseconds=1)).user_id == 1
    assert who(site, 'logged in', now=end) is None


@pytest.mark.parametrize('scene', ['visitor', 'half logged in', 'logged out', 'after logout'])
def test_c20_whoever_is_not_logged_in_is_nobody(site, scene):
    assert who(site, scene) is None


@pytest.mark.parametrize('scene', ['visitor', 'half logged in'])
def test_a_session_without_a_login_is_readable_all_the_same(site, scene):
    session_id = cookie_value([site.cookies[scene]], 'session_id_plain')
    content = session_pickle.read((site.folder / 'Plain' / 'sessions' / spread(session_id)).read_bytes())
    assert set(content) & {'seen', 'auth_two_factor'}


def test_a_session_may_hold_objects_of_any_kind(site):
    assert who(site, 'odd things').user_id == 1


def test_c21_whoever_is_impersonated_is_who_is_there(site):
    assert who(site, 'impersonating').user_id == 2


def test_a_login_of_one_application_is_none_in_another(site):
    store = FileSessions(site.folder / 'separate' / 'sessions', 'separate')
    assert cookie_value([site.cookies['logged in']], store.cookie_name) is None
    assert store.resolve(cookie_value([site.cookies['logged in']], 'session_id_plain'), datetime.now()) is None


def test_c17_a_request_that_holds_the_lock_delays_nobody(site):
    session_id = cookie_value([site.cookies['logged in']], 'session_id_plain')
    with open(site.folder / 'Plain' / 'sessions' / spread(session_id), 'rb+') as held:
        fcntl.lockf(held, fcntl.LOCK_EX)
        fcntl.flock(held, fcntl.LOCK_EX)
        assert who(site, 'logged in').user_id == 1


def test_the_store_reads_and_never_writes(site):
    session_id = cookie_value([site.cookies['logged in']], 'session_id_plain')
    path = site.folder / 'Plain' / 'sessions' / spread(session_id)
    before = path.read_bytes(), path.stat().st_mtime_ns
    assert who(site, 'logged in')
    assert who(site, 'logged in', now=datetime.now() + 2 * HOUR) is None
    assert (path.read_bytes(), path.stat().st_mtime_ns) == before


@unhurried
@given(st.uuids(), st.sampled_from(['', 'ab/']), st.sampled_from(['127.0.0.1', '..1', '2001.db8..7']))
def test_the_path_is_the_one_of_recfile(uuid, folder, client):
    name = f'{client}-{uuid}'
    number = sum(ord(character) * 256 ** (index % 4) for index, character in enumerate(name)) % 512 ** 2
    first, second = divmod(number, 512)
    assert spread(folder + name) == f'{folder}{first:03x}/{second:03x}/{name}'


# -- planted sessions --

@pytest.fixture
def folder(tmp_path):
    return tmp_path / 'sessions'


def plant(folder, content, session_id=ID, touched=LONG_AGO):
    """Put bytes, or the pickle of something, where web2py would."""
    path = folder / spread(session_id)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else pickle.dumps(content))
    os.utime(path, (touched, touched))
    return path


def login(user_id=7, last_visit=NOW, expiration=3600, **more):
    return {'auth': {'user': {'id': user_id}, 'last_visit': last_visit, 'expiration': expiration, **more}}


def resolve(folder, session_id=ID, now=NOW, sleep=None):
    return FileSessions(folder, 'messenger', sleep=sleep or never_sleep).resolve(session_id, now)


def never_sleep(seconds):
    raise AssertionError('nothing to wait for')


def test_a_session_is_its_user_its_end_and_a_hash_that_is_no_cookie(folder):
    plant(folder, login())
    assert resolve(folder) == Session(7, hashlib.sha256(ID.encode()).hexdigest()[:32], NOW + HOUR)


def test_an_address_of_ipv6_is_an_address(folder):
    for session_id in (ID.replace('192.0.2.7', '..1'), ID.replace('192.0.2.7', '2001.db8..7'), 'localhost' + ID[9:]):
        plant(folder, login(), session_id)
        assert resolve(folder, session_id).user_id == 7


def test_an_old_session_straight_in_the_folder_is_found_first_as_in_web2py(folder):
    plant(folder, login(user_id=8))
    (folder / ID).write_bytes(pickle.dumps(login(user_id=9)))
    assert resolve(folder).user_id == 9


@pytest.mark.parametrize('value', [
    None, '', 'x' * 5000, ID + 'a' * 5000, ID + '\0', ID + '\n', '\n' + ID, f'"{ID}"', f"'{ID}'", ID.replace('-', '\\055', 1),
    ID.replace('-', '%2d', 1), ID.replace('7', '\u0667', 1), ID.replace('a', '\u0430'), ID.upper(), ID + '/', '/' + ID, ID[:-1],
    ID.split('-', 1)[1],
    '.', '..', '../x', 'a/..', '/etc/passwd', 'sub/../../x', 'planted', '../' + ID, '../../sessions/' + ID, './' + ID,
    'a/b/' + ID, 'a' * 9 + '/' + ID, '..\\' + ID, '\u00e9\u00e9/' + ID,
], ids=lambda value: ascii(value)[:40])
def test_c1_c2_a_value_that_is_no_session_id_opens_no_file(folder, value, monkeypatch):
    plant(folder, login())
    (folder / 'planted').write_bytes(pickle.dumps(login()))
    monkeypatch.setattr(os, 'open', lambda *arguments: pytest.fail('a file was opened'))
    assert resolve(folder, value) is None


def test_c1_an_unknown_id_is_nobody(folder):
    assert resolve(folder) is None
    plant(folder, login())
    assert resolve(folder, ID[:-1] + '0') is None


def test_c3_a_file_that_is_no_session_is_nobody(folder):
    whole = pickle.dumps(login())
    broken = (b'', whole[:-1], whole[:20], b'\x80', os.urandom(5000), b'\0' * 100, b'not a pickle')
    for content in (*broken, pickle.dumps([1]), pickle.dumps(None)):
        plant(folder, content)
        assert resolve(folder) is None, content


def test_c3_a_file_may_have_a_mebibyte_and_no_more(folder):
    empty = len(pickle.dumps(login(padding=b'x' * 100_000)))
    for size, expected in ((0, 7), (1, None)):
        plant(folder, login(padding=b'x' * (100_000 + (1 << 20) - empty + size)))
        session = resolve(folder)
        assert (session and session.user_id) == expected


def _fifo(path):
    os.mkfifo(path)


def _folder(path):
    path.mkdir()


def _link(path):
    path.with_name('real').write_bytes(pickle.dumps(login()))
    path.symlink_to('real')


def _loop(path):
    path.symlink_to(path)


@pytest.mark.parametrize('make', [_fifo, _folder, _link, _loop])
def test_c3_what_is_no_regular_file_is_nobody_and_blocks_nothing(folder, make):
    path = plant(folder, b'')
    path.unlink()
    make(path)
    assert resolve(folder) is None


@contextmanager
def without_rights(path):
    """As somebody who may not open `path`: root has to become another user for that."""
    mode = path.stat().st_mode
    path.chmod(0)
    if os.getuid() == 0:
        os.seteuid(65_534)
    try:
        yield
    finally:
        if os.getuid() == 0:
            os.seteuid(0)
        path.chmod(mode)


def test_c3_s20_a_store_that_may_not_be_read_logs_nobody_out(folder):
    path = plant(folder, login())
    for closed in (path, folder):
        with without_rights(closed), pytest.raises(StoreUnavailable, match='ermission'):
            resolve(folder)
    assert resolve(folder).user_id == 7


def test_s20_a_disk_that_fails_logs_nobody_out(folder, monkeypatch):
    plant(folder, login())
    monkeypatch.setattr(os, 'read', lambda *arguments: (_ for _ in ()).throw(OSError(5, 'Input/output error')))
    with pytest.raises(StoreUnavailable, match='Input/output error'):
        resolve(folder)


def test_c18_a_session_that_is_half_written_is_read_again(folder):
    whole = pickle.dumps(login())
    states, path = [whole[:50], whole[:-1], whole], plant(folder, b'', touched=time.time())
    assert resolve(folder, sleep=lambda seconds: path.write_bytes(states.pop(0))).user_id == 7
    assert states == []


def test_c18_a_session_that_stays_half_written_is_not_a_logout(folder):
    waited = []
    plant(folder, pickle.dumps(login())[:-1], touched=time.time())
    with pytest.raises(StoreUnavailable):
        resolve(folder, sleep=waited.append)
    assert len(waited) == files.RETRIES == 50
    assert set(waited) == {0.002}


def test_a_session_that_goes_away_while_it_is_read_is_a_logout(folder):
    path = plant(folder, b'', touched=time.time())
    assert resolve(folder, sleep=lambda seconds: path.unlink()) is None


class Runs:
    """Pickles to a call."""

    def __init__(self, function, *arguments):
        self.call = function, arguments

    def __reduce__(self):
        return self.call


@pytest.mark.parametrize('protocol', [3, 4, 5])
def test_c4_a_planted_call_does_not_happen_and_does_no_harm(folder, tmp_path, protocol):
    touched, made = tmp_path / 'touched', tmp_path / 'made'
    calls = [Runs(os.system, f'touch {touched}'), Runs(os.mkdir, str(made))]
    evil = pickle.dumps(calls, protocol)
    pickle.loads(evil)
    assert touched.exists() and made.exists(), 'the calls would have failed anyway'
    touched.unlink()
    made.rmdir()
    plant(folder, pickle.dumps({**login(), 'evil': calls}, protocol))
    assert resolve(folder).user_id == 7
    plant(folder, evil)
    assert resolve(folder) is None
    plant(folder, pickle.dumps(Runs(os.system, f'touch {touched}'), protocol))
    assert resolve(folder) is None
    assert not touched.exists() and not made.exists()


def test_c4_a_planted_name_is_not_imported(folder, tmp_path, monkeypatch):
    (tmp_path / 'planted_module.py').write_text('raise SystemExit')
    monkeypatch.syspath_prepend(tmp_path)
    for name in (b'cplanted_module\nname\n', b'\x8c\x0eplanted_module\x8c\x04name\x93'):
        plant(folder, b'\x80\x04' + name + b')R.')
        assert resolve(folder) is None
    assert 'planted_module' not in sys.modules


NESTED_TUPLE = b')q\x00' + b''.join(b'h%ch%c\x86q%c' % (index, index, index + 1) for index in range(100))
BOMBS = {
    'nested lists': b'\x80\x03' + b']' * 500_000 + b'a' * 499_999 + b'.',
    'nested tuples': b'\x80\x03N' + b'\x85' * 1_000_000 + b'.',
    'nested dicts': b'\x80\x04' + b'}\x8c\x01x' * 200_000 + b'}' + b's' * 200_000 + b'.',
    'many dicts': b'\x80\x03' + b'}' * 1_000_000 + b'.',
    'memo index': b'\x80\x03Nr\xff\xff\xff\x7f.',
    'bytearray of 2 GiB': b'\x80\x05\x96' + (1 << 31).to_bytes(8, 'little') + b'x.',
    'text of 2^62': b'\x80\x04\x8d' + (1 << 62).to_bytes(8, 'little') + b'x.',
    'frame of 2^62': b'\x80\x04\x95' + (1 << 62).to_bytes(8, 'little') + b'x.',
    'bytearray by call': b'\x80\x03cbuiltins\nbytearray\nJ\xff\xff\xff\x7f\x85R.',
    'bytes by call': b'\x80\x03cbuiltins\nbytes\nJ\xff\xff\xff\x7f\x85R.',
    'copies of a list': b'\x80\x03cbuiltins\nlist\nq\x00](' + b'N' * 40_000 + b'eq\x01' + b'h\x00h\x01\x85R' * 9000 + b'.',
    'hash of a nested tuple': b'\x80\x03' + NESTED_TUPLE + b'}hdNs.',
    'set of a nested tuple': b'\x80\x04' + NESTED_TUPLE + b'\x8f(hd\x90.',
    'name that is a nested tuple': b'\x80\x04' + NESTED_TUPLE + b'hdhd\x93.',
    'numbers of one hash': b'\x80\x03}(' + b''.join(
        b'\x8a\x0c' + (n * ((1 << 61) - 1)).to_bytes(12, 'little') + b'N' for n in range(20_000)) + b'u.',
    'number of a million digits': b'L' + b'9' * 1_000_000 + b'L\n.',
    'dict in itself': b'\x80\x04}q\x00\x8c\x04authh\x00s.',
}


@pytest.mark.parametrize('name', BOMBS)
def test_c4_a_bomb_takes_neither_time_nor_memory(folder, name):
    plant(folder, BOMBS[name])
    started = time.process_time()
    assert resolve(folder) is None
    assert time.process_time() - started < 0.5
    tracemalloc.start()
    try:
        resolve(folder)
        assert tracemalloc.get_traced_memory()[1] < 16 << 20
    finally:
        tracemalloc.stop()


ODD = {
    'auth a text': {'auth': 'user'}, 'auth a list': {'auth': [1]}, 'auth none': {'auth': None}, 'no auth': {'user': {'id': 7}},
    'user none': {'auth': {**login()['auth'], 'user': None}}, 'user a number': {'auth': {**login()['auth'], 'user': 7}},
    'user without id': {'auth': {**login()['auth'], 'user': {'name': 'x'}}},
    **{f'id {value!r:.20}': login(user_id=value) for value in ([7], '7', 0, -7, True, 7.0, None, 1 << 63, (7,), {'id': 7})},
    **{f'expiration {value!r}': login(expiration=value) for value in (float('inf'), float('nan'), None, -1, 0, '3600', True, timedelta(1))},
    'visit in the future': login(last_visit=NOW + timedelta(hours=1, minutes=6)), 'visit in the year 9999': login(last_visit=datetime.max),
    'visit in the year 1': login(last_visit=datetime.min), 'no visit': login(last_visit=None), 'visit a number': login(last_visit=1e9),
    'visit with a time zone': login(last_visit=NOW.replace(tzinfo=timezone.utc)), 'visit a date': login(last_visit=NOW.date()),
    'C6 expired by a second': login(last_visit=NOW - HOUR - timedelta(seconds=1)), 'C6 expired now': login(last_visit=NOW - HOUR),
    'C20 two-factor half done': {'auth_two_factor_user': {'id': 7}, 'auth_two_factor': 123456},
}


@pytest.mark.parametrize('name', ODD)
def test_c5_an_odd_session_is_nobody(folder, name):
    plant(folder, ODD[name])
    assert resolve(folder) is None


def test_an_expiration_of_a_hundred_years_is_a_login_and_of_a_fraction_too(folder):
    plant(folder, login(expiration=100 * 366 * 86_400))
    assert resolve(folder).expires == NOW + timedelta(days=366)
    plant(folder, login(expiration=0.5))
    assert resolve(folder).expires == NOW + timedelta(milliseconds=500)


def test_when_summer_time_ends_nobody_is_logged_out_and_nobody_gains_an_hour(folder):
    plant(folder, login(last_visit=NOW + HOUR))
    assert resolve(folder).expires == NOW + HOUR


# -- the pickle, as data --

class Plain:
    """Pickles as web2py's own dicts do: a class and a dict."""


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text() | st.binary(),
    lambda inner: st.tuples(inner, inner, inner, inner) | st.tuples(inner, inner) | st.dictionaries(st.text(), inner, max_size=5),
    max_leaves=20)


@unhurried
@given(st.dictionaries(st.text(), values), st.sampled_from([3, 4, 5]))
def test_what_is_pickled_comes_back(value, protocol):
    assert session_pickle.read(pickle.dumps(value, protocol)) == value


def test_what_is_big_comes_back():
    value = {str(number): (number, 'x' * number, b'x' * number, 1 << number) for number in range(0, 5000, 7)}
    for protocol in (3, 4, 5):
        assert session_pickle.read(pickle.dumps(value, protocol)) == value


@unhurried
@given(st.dictionaries(st.text(), values, min_size=1), st.data())
def test_a_pickle_that_is_cut_off_is_unreadable(value, data):
    whole = pickle.dumps(value)
    with pytest.raises(session_pickle.Unreadable):
        session_pickle.read(whole[:data.draw(st.integers(0, len(whole) - 1))])


@unhurried
@given(st.binary(max_size=200), st.binary(max_size=50))
def test_rubbish_is_unreadable_or_harmless_and_nothing_else(rubbish, more):
    for data in (rubbish, pickle.dumps(login())[:60] + more):
        with suppress(session_pickle.Unreadable):
            session_pickle.read(data)


def test_what_is_not_a_text_is_no_key_and_what_is_not_known_is_inert():
    read = session_pickle.read(pickle.dumps({1: 'one', 'object': Plain(), 'list': [1], 'set': {2}, 'tuple': (3, [4])}))
    inert = opcodes.INERT
    assert read == {'object': inert, 'list': inert, 'set': inert, 'tuple': (3, inert)}


# -- the plain ones --

PLAIN = {'auth': {**login()['auth'], 'hmac_key': ID[-36:], 'generation': 3, 'remember': False}, 'flash': None, 'rate': 1.5,
         '_formkey[send]': [ID[-36:]] * 10, 'many': 70_000, 'time': NOW}


def test_what_is_plain_is_read_alike_and_quickly():
    data = pickle.dumps(PLAIN)
    assert session_plain.read(data) == PLAIN and login_of(session_plain.read(data)) == login_of(session_pickle.read(data))


def test_the_sessions_that_web2py_stores_are_plain(site):
    for scene in ('logged in', 'remembered', 'visitor'):
        session_id = cookie_value([site.cookies[scene]], 'session_id_plain')
        assert session_plain.read((site.folder / 'Plain' / 'sessions' / spread(session_id)).read_bytes()), scene


@pytest.mark.parametrize('value', [
    1 << 40, {1, 2}, (1, 2), (1, 2, 3), ('x',) * 4, 'x' * 128, b'x' * 128, Plain(), [Plain()], frozenset('x'),
    Runs(os.getcwd), {'': 'x' * 127} | {str(number): number for number in range(600)}],
    ids=['large', 'set', 'pair', 'three', 'four', 'long text', 'long bytes', 'object', 'object within', 'frozen set', 'call', 'dict'])
def test_what_holds_anything_else_is_not_plain(value):
    for protocol in (3, 4, 5):
        assert session_plain.read(pickle.dumps({**login(), 'value': value}, protocol)) is None


@pytest.mark.parametrize('name', BOMBS)
def test_no_bomb_is_plain(name):
    assert session_plain.read(BOMBS[name]) is None


def test_a_frame_that_ends_elsewhere_than_its_pickle_is_not_plain():
    """Python's unpickler goes on behind the frame, and what it has begun to read there is lost: four bytes of a number would be others."""
    body = b'}\x8c\x01aJ\x02K\x03\x86s.'
    found = {length: session_plain.read(b'\x80\x05\x95' + length.to_bytes(8, 'little') + body) for length in range(2 * len(body))}
    assert found.pop(len(body)) == session_pickle.read(b'\x80\x05' + body) and set(found.values()) == {None}


def test_what_a_plain_pickle_names_is_neither_imported_nor_called(tmp_path, monkeypatch):
    (tmp_path / 'planted_module.py').write_text('raise SystemExit')
    monkeypatch.syspath_prepend(tmp_path)
    for name in (b'\x8c\x0eplanted_module\x8c\x04name', b'\x8c\x05posix\x8c\x06getcwd', b'\x8c\x08builtins\x8c\x04list'):
        read = session_plain.read(b'\x80\x04' + name + b'\x93\x8c\x01x\x85R.')
        assert read is opcodes.INERT
    assert 'planted_module' not in sys.modules


def test_what_is_plain_but_for_its_end_takes_no_time():
    data = pickle.dumps(PLAIN)[:-1]
    started = time.process_time()
    assert not session_plain.PLAIN.fullmatch(data * 3) and not session_plain.PLAIN.fullmatch(data)
    assert time.process_time() - started < 0.1


def test_the_deepest_plain_pickle_takes_no_time():
    # A tuple in a tuple in a tuple ..., which is again and again the key of a dict.
    deep = b'\x80\x04N' + b'\x85' * 2000 + b'\x94}' + b'h\x00Ns' * 500 + b'.'
    assert len(deep) <= session_plain.MAXIMUM_BYTES and session_plain.PLAIN.fullmatch(deep)
    started = time.process_time()
    session_plain.read(deep)
    assert time.process_time() - started < 0.1


@unhurried
@given(st.lists(st.sampled_from([*b'\x94\x93R\x85}](sueaN\x88\x89.']).map(lambda code: bytes([code])) | st.sampled_from(
    [b'\x8c\x04auth', b'\x8c\x04user', b'\x8c\x02id', b'K\x07', b'h\x00', b'h\x01', b'C\x01x', b'\x8c\x0dgluon.globals', b'\x8c\x07Session',
     b'\x8c\x08datetime', b'M\x10\x0e', b'C\x0a\x07\xea\x0b\x17\x09\x02\x0b\0\0\0']), max_size=40))
def test_whatever_is_plain_says_the_same_to_both(parts):
    data = b'\x80\x04' + b''.join(parts) + b'.'
    plain = session_plain.read(data)
    if plain is not None:
        assert login_of(plain) == login_of(session_pickle.read(data))


# -- cookies --

@pytest.mark.parametrize('headers, value', [
    ([], None), ([''], None), (['session_id_app'], None), (['session_id_app='], ''), (['a=b; session_id_app=x; c=d'], 'x'),
    (['a=b;session_id_app=x;c=d'], 'x'), (['a=b', ' session_id_app = x\t'], 'x'), (['session_id_app="ab/x"'], 'ab/x'),
    (['session_id_app="'], '"'), (['session_id_app=x=y'], 'x=y'),
    # C11
    (['session_id_app=x; session_id_app=y'], None), (['session_id_app=x', 'session_id_app=y'], None),
    (['session_id_app=x; session_id_app='], None), (['session_id_app=x; session_id_app=x'], 'x'),
    (['session_id_app="x"; session_id_app=x'], 'x'), (['session_id_other=x'], None),
    (['Session_id_app=x'], None), (['session_id_APP=x'], None), (['session_data_app=x'], None), (['xsession_id_app=x'], None),
    (['\xa0session_id_app=x'], None), (['$Path=/; session_id_app=x'], 'x'), (['"session_id_app=x"'], None),
])
def test_c11_a_cookie_is_read_by_its_exact_name_and_only_when_it_is_one(headers, value):
    assert cookie_value(headers, 'session_id_app') == value


def test_the_name_of_the_cookie_is_in_lower_case_as_web2py_writes_it(folder):
    assert FileSessions(folder, 'Messenger').cookie_name == 'session_id_messenger'


# -- at the start --

def test_c23_sessions_that_may_not_be_read_are_said_clearly(folder):
    path = plant(folder, login())
    store = FileSessions(folder, 'messenger')
    store.check()
    for closed in (folder, path.parent, path):
        with without_rights(closed), pytest.raises(StoreUnavailable, match=r'^The sessions of web2py in .* cannot be read .*\.$'):
            store.check()


def test_c23_sessions_that_do_not_exist_yet_are_no_fault(folder):
    check_readable(folder)
    folder.mkdir()
    check_readable(folder)


def test_what_lay_untouched_is_not_read_again_and_any_change_is_seen_at_once(folder, monkeypatch):
    folder.mkdir()
    store, path, reads, read = FileSessions(folder, 'messenger'), folder / ID, [], os.read

    def write(user_id, path=path):
        time.sleep(0.02)        # longer than a tick of the clock that files get their times from
        path.write_bytes(pickle.dumps({'auth': {'user': {'id': user_id}, 'last_visit': datetime.now(), 'expiration': 3600}}))

    def found():
        session = store.resolve(ID, datetime.now())
        return session and session.user_id
    monkeypatch.setattr(os, 'read', lambda *asked: reads.append(asked) or read(*asked))
    write(7)
    assert [found(), found()] == [7, 7] and len(reads) == 2     # it may be written again within the same tick of a clock
    monkeypatch.setattr('messenger_live.sessions.files.SETTLED_SECONDS', -1)
    assert [found(), found(), found()] == [7, 7, 7] and len(reads) == 3
    write(8)
    assert found() == 8
    times = path.stat()
    write(9)
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
    assert found() == 9     # its size and time are as before
    write(6, folder / 'another')
    os.replace(folder / 'another', path)
    assert found() == 6
    path.unlink()
    assert found() is None
    assert store.resolve(ID, datetime.now()) is None
    write(5)
    assert found() == 5 and len(store._kept) == 1
