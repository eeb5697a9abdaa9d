"""What browsers fetch, packed: all scripts as one, all style sheets as one, and gzipped copies, which web2py hands out by itself.

Nobody needs it: without it, or when a file is newer, pages link the files themselves. It is made, never edited.
By hand, for a copy of the application: python deploy/pack.py applications/messenger/static
"""

import gzip
import os
import posixpath
import re
import sys
from pathlib import Path

FOLDER, ENTRY = 'packed', 'page/page'
SHEETS = ('base', 'layout', 'split', 'avatars', 'forms', 'messages', 'conversations', 'finder', 'chat', 'thread', 'composer', 'appadmin')
IMPORT = re.compile(r"^import \{([^}]*)\} from '(\.[\w./-]*)\.js';\n", re.MULTILINE)
EXPORT = re.compile(r'^export (?=(?:async function|function|class|const) (\w+))', re.MULTILINE)
# What is not understood here: any other import or export, be it in a text; what goes over several lines; waiting outside of a function.
OTHER = re.compile(r'^.*(?:\b(?:import|export)\b|/\*|\\`|\\$).*|^(?!.*\basync\b)\S.*\bawait\b.*|^await\b.*', re.MULTILINE)
NOTE = re.compile(r'^\s*//.*\n', re.MULTILINE)
COMMENT = re.compile(r'/\*.*?\*/', re.DOTALL)


def pack(static):
    """Makes static/packed anew unless it is as new as the newest of the files; whether it was made."""
    sources = [*static.glob('css/**/*.css'), *static.glob('js/**/*.js')]
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
    packed = {}
    follow(folder, ENTRY, packed, ())
    return '\n'.join(text for text, _ in packed.values())


def follow(folder, name, packed, above):
    """Adds to `packed`, which is {name: (text, exports)}, the module and before it all it imports from; returns its exports."""
    if name in above:
        raise ValueError('js/%s.js imports itself, by way of %s' % (name, ', '.join(above)))
    if name not in packed:
        text = read(folder, name, above)
        for match in IMPORT.finditer(text):
            exports = follow(folder, target(name, match[2]), packed, (*above, name))
            refuse_unknown(name, match, exports)
        packed[name] = wrapped(name, text)
    return packed[name][1]


def read(folder, name, above):
    path = folder / f'{name}.js'
    if not path.is_file():
        raise ValueError('js/%s.js is imported by js/%s.js and is not there' % (name, (above or ['?'])[-1]))
    return path.read_text('utf-8')


def target(name, address):
    """The module at an address as it is written in the module `name`: in thread/chat, ../wire/clock is wire/clock."""
    return posixpath.normpath(posixpath.join(posixpath.dirname(name), address))


def refuse_unknown(name, match, exports):
    missing = {part.split(' as ')[0].strip() for part in match[1].split(',') if part.strip()} - set(exports)
    if missing:
        raise ValueError('js/%s.js imports %s from %s, which has no such export' % (name, ', '.join(sorted(missing)), match[2]))


def wrapped(name, text):
    """The module as a constant, and the names of its exports."""
    exports = EXPORT.findall(text)
    body = NOTE.sub('', EXPORT.sub('', IMPORT.sub(lambda match: taken(name, match), text)))
    if OTHER.search(body):
        raise ValueError('js/%s.js: this is packed by hand only: %s' % (name, OTHER.search(body)[0].strip()))
    return 'const %s = (() => {\n%s\nreturn { %s };\n})();' % (variable(name), bare(body), ', '.join(exports)), exports


def taken(name, match):
    return 'const {%s} = %s;\n' % (match[1].replace(' as ', ': '), variable(target(name, match[2])))


def variable(name):
    return 'of_' + name.replace('/', '$').replace('-', '_')


def bare(text):
    """Without empty lines and indentation, which no text in these files needs."""
    if any(line.count('`') % 2 for line in text.splitlines()):
        raise ValueError('a text goes over several lines')
    return '\n'.join(line.strip() for line in text.splitlines() if line.strip())


if __name__ == '__main__':
    for name in sys.argv[1:]:
        print('%s: %s' % (name, 'packed' if pack(Path(name)) else 'is packed'))
