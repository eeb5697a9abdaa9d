"""Two copies of the application in one web2py, as a process of its own: python two_copies.py ROOT. Prints JSON.

As on a site, and not as in tests, only web2py finds their modules. In the middle a module and a view of one of them are edited.
"""
import io
import json
import os
import sys
import warnings
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from wsgiref.util import setup_testing_defaults

COPIES, PAGE = ('messenger', 'second'), '/default/user/login'
MODULE, VIEW = 'modules/messenger_web/accounts/hints.py', 'views/default/user.html'


class Searches:
    """The first to be asked where a module is that isn't there yet; it only listens."""

    def __init__(self):
        self.names = []

    def find_spec(self, name, path=None, target=None):
        self.names.append(name)


def main(root):
    os.chdir(root)
    sys.path.insert(0, str(root))
    warnings.simplefilter('ignore')
    import gluon.main
    searches = Searches()
    sys.meta_path.insert(0, searches)

    def ask(copy):
        environ = {'PATH_INFO': '/%s%s' % (copy, PAGE), 'REMOTE_ADDR': '127.0.0.1', 'HTTP_HOST': '127.0.0.1:8000',
                   'wsgi.input': io.BytesIO()}
        setup_testing_defaults(environ)
        status = []
        text = b''.join(gluon.main.wsgibase(environ, lambda line, headers, error=None: status.append(line))).decode()
        return status[0], text
    first = [ask(copy) for copy in COPIES]
    searches.names.clear()
    second = [ask(copy) for copy in COPIES]
    searched = list(searches.names)
    forget_modules()
    with ThreadPoolExecutor(8) as threads:
        together = list(threads.map(ask, COPIES * 8))
    ours = root / 'applications' / COPIES[0]
    edit(ours / MODULE, '"""', '"""Edited. ')
    edit(ours / VIEW, '<h1>', '<h1 class="edited">')
    third = [ask(copy) for copy in COPIES]
    print(json.dumps({
        'statuses': [status for status, _ in first + second + together + third], 'searched': searched,
        'edited': ['class="edited"' in text for _, text in third],
        'rooms': sorted({name.partition('.modules.')[0] for name in sys.modules if '.modules.messenger_web.kept.' in name}),
        'bare': sorted(name for name in sys.modules if name.startswith('messenger_')),
        'documented': sys.modules['applications.messenger.modules.messenger_web.accounts.hints'].__doc__.startswith('Edited')}))


def forget_modules():
    """As in a process that has just begun; the tables are there by now, which requests must not make at the same moment."""
    for name in [name for name in sys.modules if '.modules.messenger_' in name]:
        del sys.modules[name]


def edit(path, before, after):
    path.write_text(path.read_text(encoding='utf-8').replace(before, after, 1), encoding='utf-8')


if __name__ == '__main__':
    main(Path(sys.argv[1]))
