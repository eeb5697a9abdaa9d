"""What browsers fetch, packed: all scripts as one, all style sheets as one, and gzipped copies, which web2py hands out by itself.

Nobody needs it: without it, or when a file is newer, pages link the files themselves. It is made, never edited.
By hand, for a copy of the application: python deploy/pack.py applications/messenger/static
"""

import gzip
import importlib
import os
import posixpath
import re
import sys
from pathlib import Path

FOLDER, ENTRY = 'packed', 'page/page'
SHEETS = (
    'base', 'layout', 'split', 'avatars', 'forms', 'messages', 'conversations', 'finder', 'chat', 'thread', 'folds', 'composer', 'appadmin')
KINDS = {'page.js': 'application/javascript', 'page.css': 'text/css'}
ADDRESS = r'\.{1,2}(?:/\.\.)*(?:/[a-z_]+)+'
IMPORT = re.compile(r"^import \{([^}]*)\} from '(%s)\.js';\n" % ADDRESS, re.MULTILINE)
# Where imports stand: at the beginning, between notes. One that comes later would be done before the code above it, and is refused.
HEAD = re.compile(r"(?:[ \t]*//.*\n|[ \t]*\n|import \{[^}]*\} from '%s\.js';\n)*" % ADDRESS)
EXPORT = re.compile(r'^export (?=(?:async function|function|class|const) ([A-Za-z_]\w*)(?![\w$]))', re.MULTILINE)
# What is not understood here: any other import or export, be it in a text, and comments that may go over several lines.
OTHER = re.compile(r'.*(?:\b(?:import|export)\b|/\*).*')
NOTE = re.compile(r'^\s*//.*\n', re.MULTILINE)
COMMENT = re.compile(r'/\*.*?\*/', re.DOTALL)


def pack(static):
    """Makes static/packed anew unless it is as new as the newest of the files; whether it was made. ValueError: nothing was made."""
    sources = [sorted(static.glob(f'{kind}/**/*.{kind}')) for kind in ('css', 'js')]
    if not all(sources):
        raise ValueError('%s holds no scripts or no style sheets' % static)
    newest = max(path.stat().st_mtime_ns for paths in sources for path in paths)
    texts = {'page.js': lambda: scripts(static / 'js'), 'page.css': lambda: sheets(static / 'css')}
    stale = [name for name in texts if not is_fresh(static / FOLDER / name, newest)]
    (static / FOLDER).mkdir(exist_ok=True)
    for name in stale:
        text = smaller(name, texts[name]()).encode()
        write(static / FOLDER / (name + '.gz'), gzip.compress(text, mtime=0), newest)
        write(static / FOLDER / name, text, newest)
    return bool(stale)


def smaller(name, text):
    """The same without what only its readers need: blanks, long names of what is local. Where that can't be done the text as it is."""
    importlib.invalidate_caches()
    try:
        import minify  # not before: it may have been installed a moment ago
    except ImportError:     # no wheel for this machine
        return text
    return minify.string(KINDS[name], text)


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
        end = HEAD.match(text).end()
        for match in IMPORT.finditer(text[:end]):
            exports = follow(folder, target(name, match[2]), packed, (*above, name))
            refuse_unknown(name, match, exports)
        packed[name] = wrapped(name, text[:end], text[end:])
    return packed[name][1]


def read(folder, name, above):
    path = folder / f'{name}.js'
    if not path.is_file():
        raise ValueError('js/%s.js is imported by js/%s.js and is not there' % (name, (above or ['?'])[-1]))
    return path.read_text('utf-8')


def target(name, address):
    """The module at an address as it is written in the module `name`: in thread/chat, ../wire/clock is wire/clock."""
    found = posixpath.normpath(posixpath.join(posixpath.dirname(name), address))
    if found.startswith('..'):
        raise ValueError('js/%s.js imports what lies elsewhere: %s' % (name, address))
    return found


def refuse_unknown(name, match, exports):
    missing = {part.split(' as ')[0].strip() for part in match[1].split(',') if part.strip()} - set(exports)
    if missing:
        raise ValueError('js/%s.js imports %s from %s, which has no such export' % (name, ', '.join(sorted(missing)), match[2]))


def wrapped(name, head, code):
    """The module as a constant, and the names of its exports."""
    exports = EXPORT.findall(code)
    taken = [take(name, match) for match in IMPORT.finditer(head)]
    lines = [line for line in EXPORT.sub('', NOTE.sub('', code)).split('\n') if line.strip()]
    for number, line in enumerate(lines):
        if OTHER.fullmatch(line) or goes_on(line) or waits(lines[:number], line):
            raise ValueError('js/%s.js: this is packed by hand only: %s' % (name, line.strip()))
    body = '\n'.join(taken + [line.strip() for line in lines])
    return 'const %s = (() => {\n%s\nreturn { %s };\n})();' % (variable(name), body, ', '.join(exports)), exports


def take(name, match):
    return 'const {%s} = %s;' % (match[1].replace(' as ', ': '), variable(target(name, match[2])))


def variable(name):
    return 'of_' + name.replace('/', '$')


def goes_on(line):
    """Whether a text that begins in this line doesn't end in it. What looks like one, in a regular expression, is taken for one."""
    open_ends, escaped = [], False
    for place, sign in enumerate(line):
        inside = open_ends[-1] if open_ends else ''
        if escaped or (sign == '\\' and inside in ('"', "'", '`')):
            escaped = not escaped
        elif inside in ('"', "'"):
            open_ends = open_ends[:-1] if sign == inside else open_ends
        elif inside == '`':
            open_ends = open_ends[:-1] if sign == '`' else [*open_ends, '}'] if line.startswith('${', place) else open_ends
        elif sign in ('"', "'", '`') or (sign == '{' and inside == '}' and line[place - 1] != '$'):
            open_ends = [*open_ends, '}' if sign == '{' else sign]
        elif sign == '}' and inside == '}':
            open_ends = open_ends[:-1]
        elif line.startswith('//', place):
            break
    return bool(open_ends) or escaped


def waits(above, line):
    """Whether the line waits for something outside of an asynchronous function: a module may, the function made of it may not."""
    before = re.match(r'(.*?)\bawait\b', line)
    if not before or re.search(r'\basync\b[^;]*$', before[1]):
        return False
    depth = indent(line)
    for other in reversed(above):
        if indent(other) < depth:
            depth = indent(other)
            if re.search(r'\basync\b[^;]*[{(>]$', other.rstrip()):
                return False
    return True


def indent(line):
    return len(line) - len(line.lstrip())


def bare(text):
    """A style sheet without empty lines and indentation."""
    return '\n'.join(line.strip() for line in text.split('\n') if line.strip())


if __name__ == '__main__':
    for name in sys.argv[1:]:
        print('%s: %s' % (name, 'packed' if pack(Path(name)) else 'is packed'))
