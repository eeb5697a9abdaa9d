"""What must hold for whatever cookie a browser sends and whatever lies in a session's file: nothing runs, nobody becomes somebody."""
import pickle
import sys
from datetime import datetime, timedelta

from messenger_live.sessions import opcodes
from messenger_live.sessions import pickle as session_pickle
from messenger_live.sessions import plain as session_plain
from messenger_live.sessions.files import SESSION_ID, spread
from messenger_live.sessions.session import LONGEST_SECONDS, Session, cookie_value, judge, login_of

NAME = 'session_id_app'
NOW = datetime(2026, 11, 23, 9, 0, 0)
# What Python tells its auditors when code is found, compiled or run, and when a file or a process is opened.
FORBIDDEN = {'import', 'exec', 'compile', 'open', 'pickle.find_class', 'marshal.loads', 'os.system', 'os.posix_spawn', 'os.fork',
             'subprocess.Popen', 'socket.connect', 'ctypes.dlopen'}
DATA = {dict, tuple, str, bytes, int, float, bool, type(None), datetime, opcodes.Inert}
watching = []


class Plant:
    def __reduce__(self):
        import os
        return os.system, ('true',)


LOGIN = {'auth': {'user': {'id': 7}, 'last_visit': NOW - timedelta(minutes=1), 'expiration': 3600}, 'plant': Plant(), 'list': [1, (2, 3)]}
ID = '127.0.0.1-3d3bdb2e-6b1f-4b7e-9a57-0a2f9b3c1d4e'
SEEDS = [b'p' + pickle.dumps(LOGIN, protocol) for protocol in (3, 4, 5)] + [b'pcposix\nsystem\n.', b'p}\x8c\x01acposix\nsystem\ns.',
    b'p' + pickle.dumps(LOGIN).replace(bytes([0x07, 0xEA, 11, 23]), bytes([0, 0, 11, 0]))] + [
    text.encode() for text in ('c%s=%s; a=b' % (NAME, ID), 'c%s="ab/%s"\nx=y' % (NAME, ID), 'c a=b;%s=x;%s=y' % (NAME, NAME))]
WORDS = [b'cposix\nsystem\n', b'\x8c\x05posix\x94\x8c\x06system\x94\x93', b'R.', b'\x85R', b'}(', b'u.', b'\x8e' + b'\xff' * 8,
         b'r\xff\xff\xff\x7f', b'\x8c\x08datetime\x94\x8c\x08datetime\x94\x93', NAME.encode() + b'=', ID.encode(),
         b'"', b'../', b'; ', b'\n']


@sys.addaudithook
def refuse(event, arguments):
    if watching and event in FORBIDDEN:
        raise AssertionError('a session made Python do %s %r' % (event, arguments))


def check(data):
    """The first byte chooses: c for a Cookie header (a line each), else the bytes of a session."""
    watching.append(True)
    try:
        check_cookie(data[1:].decode('latin-1')) if data[:1] == b'c' else check_session(data[1:])
    finally:
        watching.clear()


def check_cookie(text):
    headers = text.split('\n')
    value = cookie_value(headers, NAME)
    if value is None:
        return
    assert ';' not in value and any(value in header for header in headers)
    # Planting a second one gives nobody, whatever was there.
    assert cookie_value([*headers, '%s=%sx' % (NAME, value)], NAME) is None
    if SESSION_ID.fullmatch(value):
        path = spread(value)
        assert path.isascii() and '..' not in path.split('/') and not path.startswith('/') and len(path) < 120


def check_session(data):
    plain = session_plain.read(data)
    try:
        content = session_pickle.read(data, maximum_opcodes=5_000)
    except session_pickle.Unreadable:
        assert plain is None, 'what cannot be read is not plain'
        return
    assert plain is None or login_of(plain) == login_of(content), 'read in two ways, it is two logins'
    assert_data_only(content)
    session = judge(login_of(content), ID, NOW)
    if session is not None:
        assert type(session) is Session and type(session.user_id) is int and 0 < session.user_id < 1 << 63
        assert NOW < session.expires <= NOW + timedelta(seconds=LONGEST_SECONDS)


def assert_data_only(content):
    """Nothing but data came out, and what stands for all the rest."""
    waiting, seen = [content], set()
    while waiting:
        value = waiting.pop()
        if id(value) in seen:
            continue
        seen.add(id(value))
        assert type(value) in DATA or value in opcodes.KNOWN.values(), type(value)
        waiting += value if type(value) is tuple else [*value, *value.values()] if type(value) is dict else []
