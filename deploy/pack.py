"""What browsers fetch, packed: all scripts as one, all style sheets as one, and gzipped copies, which web2py hands out by itself.

Nobody needs it: without it, or when a file is newer, pages link the files themselves. It is made, never edited.
By hand, for a copy of the application: python deploy/pack.py applications/messenger/static
"""

import gzip
import os
import re
import sys
from pathlib import Path

FOLDER, ENTRY = 'packed', 'page'
SHEETS = ('base', 'layout', 'split', 'avatars', 'forms', 'messages', 'conversations', 'finder', 'chat', 'thread', 'composer', 'appadmin')
IMPORT = re.compile(r"^import \{([^}]*)\} from '\./([\w-]+)\.js';\n", re.MULTILINE)
EXPORT = re.compile(r'^export (?=(?:async function|function|class|const) (\w+))', re.MULTILINE)
OTHER = re.compile(r'^(?:import|export)\b.*', re.MULTILINE)
COMMENT = re.compile(r'/\*.*?\*/', re.DOTALL)


def pack(static):
    """Makes static/packed anew unless it is as new as the newest of the files; whether it was made."""
    sources = [*static.glob('css/*.css'), *static.glob('js/*.js')]
    newest = max(path.stat().st_mtime_ns for path in sources)
    texts = {'page.js': lambda: scripts(static / 'js'), 'page.css': lambda: sheets(static / 'css')}
    stale = [name for name in texts if not is_fresh(static / FOLDER / name, newest)]
    (static / FOLDER).mkdir(exist_ok=True)
    for name in stale:
        text = texts[name]().encode()
        write(static / FOLDER / (name + '.gz'), gzip.compress(text, mtime=0), newest)
        write(static / FOLDER / name, text, newest)
    return bool(stale)


def is_fresh(path, newest):
    return path.exists() and path.stat().st_mtime_ns == newest


def write(path, data, newest):
    """Whole or not at all: somebody may be asking for it. As old as what it is made of, by which it is told whether that has changed."""
    half = path.with_name(path.name + '.half')
    half.write_bytes(data)
    os.utime(half, ns=(newest, newest))
    half.replace(path)


def sheets(folder):
    """The style sheets in the order of the pages."""
    return '\n'.join(bare(COMMENT.sub('', (folder / f'{name}.css').read_text('utf-8'))) for name in SHEETS)


def scripts(folder):
    """The modules as one: each a function that gives its exports, after those it imports from."""
    order = {}
    follow(folder, ENTRY, order, ())
    return '\n'.join(order.values())


def follow(folder, name, order, above):
    if name in above:
        raise ValueError('js/%s.js imports itself, by way of %s' % (name, ', '.join(above)))
    if name in order:
        return
    text = (folder / f'{name}.js').read_text('utf-8')
    for match in IMPORT.finditer(text):
        follow(folder, match[2], order, (*above, name))
    order[name] = wrapped(name, text)


def wrapped(name, text):
    exports = EXPORT.findall(text)
    body = EXPORT.sub('', IMPORT.sub(lambda match: 'const {%s} = %s;\n' % (match[1].replace(' as ', ': '), variable(match[2])), text))
    if OTHER.search(body):
        raise ValueError('js/%s.js: this is packed by hand only: %s' % (name, OTHER.search(body)[0]))
    return 'const %s = (() => {\n%s\nreturn { %s };\n})();' % (variable(name), bare(body), ', '.join(exports))


def variable(name):
    return 'of_' + name.replace('-', '_')


def bare(text):
    """Without comments of whole lines and without indentation, which no text in these files needs."""
    if any(line.count('`') % 2 for line in text.splitlines()):
        raise ValueError('a text goes over several lines')
    lines = (line.strip() for line in text.splitlines())
    return '\n'.join(line for line in lines if line and not line.startswith('//'))


if __name__ == '__main__':
    for name in sys.argv[1:]:
        print('%s: %s' % (name, 'packed' if pack(Path(name)) else 'is packed'))
