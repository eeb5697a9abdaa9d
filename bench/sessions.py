"""What it costs to find out who is behind a cookie, against gluon's own Session.connect() on the same sessions in the same run.

    python bench/sessions.py WEB2PY_DIR

Sessions are real ones: a web2py in a temporary folder logs members in, as the tests do. Times are medians, in microseconds, of one call
after the other. gluon's database is connected and its table defined already; "whole" is what the sidecar would have to do to ask gluon:
make Request, Response and Session, load the cookies, connect(), let go of the file.
"""
import interpreter  # noqa: F401

# isort: split
import json
import logging
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import warnings
from datetime import datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ROUNDS, CALLS = 20, 50
SECRET = 'a secret of the site'
sys.path[:0] = [str(ROOT / 'applications' / 'messenger' / 'modules'), str(ROOT / 'tests' / 'support'), str(ROOT)]


def main():
    web2py = os.path.abspath(sys.argv[1])
    logging.disable(logging.CRITICAL)
    warnings.simplefilter('ignore')
    from machine import redisserver
    folder, redis = tempfile.mkdtemp(), redisserver.RedisServer().start() if redisserver.program() else None
    try:
        cookies = log_members_in(web2py, folder, redis)
        print('%-18s %18s %26s %26s' % ('', 'gluon: connect()', 'ours: session new to us', 'unchanged since last time'))
        print('%-18s %8s %9s %26s %26s' % ('', 'alone', 'whole', 'us, % of alone, of whole', 'us, % of alone, of whole'))
        for row in figures(web2py, folder, redis, cookies):
            print('%-18s %8.0f %9.0f %12.0f %5.0f%% %5.0f%% %12.0f %5.0f%% %5.0f%%' % row)
    finally:
        if redis:
            redis.remove()
        shutil.rmtree(folder)


def log_members_in(web2py, folder, redis):
    """Return {scene: Cookie header}."""
    script = ROOT / 'tests' / 'live' / 'sessions' / 'web2py_logins.py'
    command = [sys.executable, '-W', 'ignore', script, web2py, redis.folder / 'redis.sock' if redis else '']
    ran = subprocess.run(command, cwd=folder, stdout=subprocess.PIPE, text=True, check=True)
    return json.loads(ran.stdout.splitlines()[-1])


def figures(web2py, folder, redis, cookies):
    """Yield (storage, gluon's two medians, and twice ours: median and percents of gluon's)."""
    os.chdir(folder)
    sys.path.insert(0, web2py)
    import gluon.main  # noqa: F401
    from messenger_live.sessions import session as sessions
    for name, application, scene, arguments, store in storages(folder, redis):
        theirs = gluons(folder, application, cookies[scene], arguments)
        first, again = ours(store, cookies[scene], sessions._known), ours(store, cookies[scene])
        times = [[], [], [], []]
        for _ in range(ROUNDS):
            both = [theirs() for _ in range(CALLS)]
            for kept, took in zip(times, (*zip(*both), [first() for _ in range(CALLS)], [again() for _ in range(CALLS)])):
                kept += took
        alone, whole, *mine = (statistics.median(took) * 1e6 for took in times)
        percents = [(one, 100 * one / alone, 100 * one / whole) for one in mine]
        yield (name, alone, whole, *percents[0], *percents[1])


def storages(folder, redis):
    """Yield (storage, application, scene, arguments of gluon's connect(), our storage)."""
    from gluon import DAL
    from messenger_core import settings
    from messenger_live.sessions.stores import store_of

    def store(application, **chosen):
        environment = {'MESSENGER_%s' % name.upper(): str(value) for name, value in chosen.items()}
        return store_of(settings.load('.', environment), os.path.join(folder, 'applications', application), application)

    yield 'file', 'Plain', 'logged in', {}, store('Plain')
    yield 'file, much in it', 'Plain', 'odd things', {}, store('Plain')
    yield 'file, separate', 'separate', 'separate', dict(separate=True), store('separate')
    db = DAL('sqlite://storage.sqlite', folder=os.path.join(folder, 'applications', 'indb', 'databases'), migrate=False,
             driver_args=dict(detect_types=0))
    yield 'db (SQLite)', 'indb', 'indb', dict(db=db, migrate=False), store('indb', session_store='db', db_uri='sqlite://storage.sqlite')
    yield 'cookie', 'incookie', 'incookie', dict(cookie_key=SECRET), store(
        'incookie', session_store='cookie', session_cookie_key=SECRET)
    if redis:
        from gluon.contrib.redis_session import RedisClient
        yield 'redis', 'inredis', 'inredis', dict(db=RedisClient(redis.client())), store(
            'inredis', session_store='redis', session_redis_url=redis.url)


def gluons(folder, application, cookie, arguments):
    """Return a function that does what gluon does for one request, and returns how long connect() took, and all of it."""
    from gluon.globals import Request, Response, Session, current

    def connect():
        at_first = time.perf_counter()
        request, response, session = Request({'http_host': 'localhost', 'request_method': 'GET'}), Response(), Session()
        request.application, request.client = application, '127.0.0.1'
        request.folder = os.path.join(folder, 'applications', application) + os.sep
        for one in cookie.split(';'):
            request.cookies.load(one.strip())
        current.request, current.response, current.session = request, response, session
        began = time.perf_counter()
        session.connect(request, response, **arguments)
        connected = time.perf_counter()
        session._close(response)
        assert session.auth.user.id == 1
        return connected - began, time.perf_counter() - at_first
    return connect


def ours(store, cookie, forgotten=None):
    """Return a function that finds the session, from the Cookie header on, and returns how long that took.

    With `forgotten`, what was known of earlier calls, it is a session that was never seen before.
    """
    from messenger_live.sessions.session import cookie_value

    def resolve():
        if forgotten is not None:
            forgotten.clear()
        began = time.perf_counter()
        session = store.resolve(cookie_value([cookie], store.cookie_name), datetime.now())
        took = time.perf_counter() - began
        assert session.user_id == 1
        return took
    return resolve


if __name__ == '__main__':
    main()
