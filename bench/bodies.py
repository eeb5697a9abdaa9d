"""What the worst bodies that are let in, and those that are refused, cost over the GET of their page: processor time and memory.

    python bench/bodies.py [--rounds 5] [--home WEB2PY_DIR]

In this process, without a server; the least of the rounds, a line for each page: the worst of its bodies. The hash of a password isn't
among it: attempts are counted for themselves.
"""
import interpreter  # noqa: F401

# isort: split
import argparse
import io
import os
import sys
import tempfile
import time
import tracemalloc
from pathlib import Path
from wsgiref.util import setup_testing_defaults

from sites.target import ROOT

GUEST, MEMBER, JSON, FIELDS = 136_384, 1_048_576, 131_072, 300
PAGES = (('default/user/login', 'email', GUEST), ('default/user/register', 'first_name', GUEST),
         ('messaging/send_message', 'content', GUEST), ('messaging/mark', 'chat', GUEST))
MUCH = b'&'.join([b'a%d=' % number for number in range(20_000)])
HOME = os.environ.get('MESSENGER_HOME', str(ROOT / '.messenger'))
BOUND = 'at most 50 ms and 8 MB are promised'


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--rounds', type=int, default=5)
    parser.add_argument('--home', default=os.environ.get('WEB2PY_HOME', os.path.join(HOME, 'web2py')))
    options = parser.parse_args()
    for name in ('AUTH_GUESTS_BURST', 'AUTH_ATTEMPTS_PER_MINUTE'):
        os.environ['MESSENGER_' + name] = '1000000'
    with tempfile.TemporaryDirectory() as folder:
        measure(site(Path(folder), Path(options.home)), options.rounds)


def site(folder, home):
    """Return web2py's application, with the messenger in a folder of links."""
    from stack import _lay_out
    _lay_out(folder / 'web2py', home, folder / 'web2py' / 'applications' / 'messenger')
    os.chdir(folder / 'web2py')
    sys.path.insert(0, str(folder / 'web2py'))
    import gluon.main
    return gluon.main.wsgibase


def measure(application, rounds):
    from worst_bodies import worst
    for path, field, size in PAGES:
        page = cost(lambda path=path: ask(application, path), rounds)
        rows = {'refused: 20,000 names': cost(lambda path=path: ask(application, path, MUCH), rounds)}
        for name, kind, body in worst(size, FIELDS, min(size, JSON), field):
            rows[name] = cost(lambda path=path, kind=kind, body=body: ask(application, path, body, kind), rounds)
        for place, what in enumerate(('ms', 'MB')):
            name = max(rows, key=lambda name: rows[name][place] if 'refused' not in name else -1)
            print('%-24s GET %5.1f %s   worst body accepted %+5.1f %s (%s)   refused %+5.1f %s' % (
                path, page[place], what, rows[name][place] - page[place], what, name,
                rows['refused: 20,000 names'][place] - page[place], what), flush=True)
    print(BOUND)


def cost(action, rounds):
    """Return (milliseconds of processor, megabytes at most)."""
    action()
    times = []
    for _ in range(rounds):
        began = time.process_time()
        action()
        times.append(time.process_time() - began)
    tracemalloc.start()
    action()
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return 1000 * min(times), most / 1e6


def ask(application, path, body=None, kind='application/x-www-form-urlencoded'):
    environ = {'PATH_INFO': '/messenger/' + path, 'REQUEST_METHOD': 'GET' if body is None else 'POST', 'REMOTE_ADDR': '127.0.0.1',
               'HTTP_HOST': '127.0.0.1:8000', 'CONTENT_TYPE': kind, 'CONTENT_LENGTH': str(len(body or b'')),
               'wsgi.input': io.BytesIO(body or b'')}
    setup_testing_defaults(environ)
    status = []
    b''.join(application(environ, lambda line, headers, error=None: status.append(line)))
    if status[0].startswith('5'):
        raise RuntimeError(status[0])


if __name__ == '__main__':
    main()
