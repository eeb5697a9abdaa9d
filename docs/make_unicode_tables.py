"""Makes the tables of Unicode's data: what can be seen, what is an emoji. Run by hand, with a node whose Unicode is the newest.

They are committed, as neither Python nor browsers of all ages know these properties, and tests compare them with what node says.
"""
import json
import shutil
import subprocess
from pathlib import Path

APPLICATION = Path(__file__).resolve().parent.parent / 'applications' / 'messenger'
PYTHON = APPLICATION / 'modules' / 'messenger_core' / 'unicode_tables.py'
WIDTH = 140
ASKED = r'''
const characters = Array.from({ length: 0x110000 }, (_, code) => String.fromCodePoint(code));
const codes = pattern => characters.flatMap((character, code) => (pattern.test(character) ? [code] : []));
console.log(JSON.stringify({ version: process.versions.unicode, ignorable: codes(/\p{DI}/u), blank: codes(/[\p{Z}\p{Cc}]/u) }));
'''
HEAD = '''"""Unicode's data on what can be seen. Made by docs/make_unicode_tables.py, never edited: (first, last) of each range."""
'''


def main():
    told = ask(ASKED)
    write(PYTHON, HEAD + "VERSION = '%s'\n" % told['version']
          + '# Default_Ignorable_Code_Point: what is not shown even where a font has no picture for it.\n'
          + table('DEFAULT_IGNORABLE', ranges(told['ignorable']))
          + '# Separators and controls.\n' + table('BLANK', ranges(told['blank'])))


def ask(script):
    """Return what a script for node prints."""
    ran = subprocess.run([shutil.which('node'), '--input-type=module', '-e', script], stdout=subprocess.PIPE, check=True, text=True)
    return json.loads(ran.stdout)


def ranges(codes):
    """Return [(first, last)] of numbers in ascending order."""
    found = []
    for code in codes:
        if found and found[-1][1] == code - 1:
            found[-1] = found[-1][0], code
        else:
            found.append((code, code))
    return found


def table(name, of_ranges):
    lines, line = [], '   '
    for first, last in of_ranges:
        part = ' (0x%X, 0x%X),' % (first, last)
        if len(line + part) > WIDTH:
            lines, line = [*lines, line], '   '
        line += part
    return '%s = (\n%s\n)\n' % (name, '\n'.join([*lines, line]))


def write(path, text):
    path.write_text(text, encoding='utf-8')
    print(path)


if __name__ == '__main__':
    main()
