"""Makes the tables of Unicode's data: what can be seen, what is an emoji. Run by hand, with a node whose Unicode is the newest.

They are committed, as neither Python nor browsers of all ages know these properties, and tests compare them with what node says.
"""
import json
import re
import shutil
import subprocess
from collections import defaultdict
from pathlib import Path

APPLICATION = Path(__file__).resolve().parent.parent / 'applications' / 'messenger'
CORE, SCRIPTS = APPLICATION / 'modules' / 'messenger_core', APPLICATION / 'static' / 'js'
SEEN = r'''
const characters = Array.from({ length: 0x110000 }, (_, code) => String.fromCodePoint(code));
const codes = pattern => characters.flatMap((character, code) => (pattern.test(character) ? [code] : []));
console.log(JSON.stringify({ version: process.versions.unicode, ignorable: codes(/\p{DI}/u), blank: codes(/[\p{Z}\p{Cc}]/u) }));
'''
# Node can say of a sequence whether it is recommended (RGI), not which are: all that may be are tried. It takes a minute.
EMOJI = r'''
const RGI = /^\p{RGI_Emoji}$/v, found = new Set();
const TONES = [...'🏻🏼🏽🏾🏿'], LETTERS = [...'abcdefghijklmnopqrstuvwxyz'], PEOPLE = [...'👨👩🧑'];
const joined = (...parts) => parts.join('\u200d');
const toned = text => [...text].reduce((all, sign) => all
    .flatMap(one => (TONES.includes(sign) ? TONES : [sign]).map(sign => one + sign)), ['']);
const keep = texts => texts.filter(text =>
    !found.has(text) && RGI.test(text) && toned(text).forEach(one => RGI.test(one) && found.add(one)) !== 0);
const signs = Array.from({ length: 0x1ffff }, (_, code) => String.fromCodePoint(code)).filter(sign => !TONES.includes(sign));
const single = signs.flatMap(sign => [sign, `${sign}\ufe0f`].filter(text => RGI.test(text)));
const changed = signs.filter(sign => RGI.test(sign + TONES[0]));
const [first, second] = [0, 1].map(tone => [...single, ...changed.map(sign => sign + TONES[tone])]);
const [one, other] = [0, 1].map(tone => [...PEOPLE, ...PEOPLE.map(sign => sign + TONES[tone])]);
keep([...single, ...changed.map(sign => sign + TONES[0])]);
let fresh = first.flatMap(a => keep(second.map(b => joined(a, b))));
fresh.push(...one.flatMap(a => other.flatMap(b => keep(single.map(sign => joined(a, sign, b))))));
const between = [...new Set([...found].map(text => text.split('\u200d')).filter(parts => parts.length === 3).map(parts => parts[1]))];
fresh.push(...one.flatMap(a => other.flatMap(b => between.flatMap(sign => keep(single.map(next => joined(a, sign, next, b)))))));
while (fresh.length) fresh = fresh.flatMap(text => keep(single.flatMap(sign => [joined(sign, text), joined(text, sign)])));
keep([...'0123456789#*'].map(sign => `${sign}\ufe0f\u20e3`));
const regional = letter => String.fromCodePoint(letter.charCodeAt() + 0x1f185);
const tag = letter => String.fromCodePoint(letter.charCodeAt() + 0xe0000);
keep(LETTERS.flatMap(a => LETTERS.map(b => regional(a) + regional(b))));
const words = LETTERS.flatMap(a => LETTERS.flatMap(b => ['', ...LETTERS].map(c => a + b + c)));
keep(['gb', 'us', 'ca'].flatMap(land => words.map(word => `🏴${[...land + word].map(tag).join('')}\u{e007f}`)));
console.log(JSON.stringify([...found]));
'''
# Spelt out, so that patterns are short and can be read: the joiner, tones of skin, letters of flags and tags of flags. VS16 is left out.
SPELT = {0x200D: '-', 0xFE0F: None, 0xE007F: '\x7f', **{0x1F3FB + tone: ':;<=>'[tone] for tone in range(5)},
         **{0x1F1E6 + letter: chr(0x41 + letter) for letter in range(26)}, **{0xE0061 + letter: chr(0x61 + letter) for letter in range(26)}}
# While a pattern is made, these stand for any tone, and for any but the first.
TONE, OTHER_TONE = '\1', '\2'
# Signs of ordinary texts, which are drawn as such unless VS16 asks for a picture.
ORDINARY = re.compile('[\x80-\u22ff\u2400-\u25ff\u2900-\u297f\u3000-\u33ff]\ufe0f')


def main():
    told, emoji = ask(SEEN), ask(EMOJI)
    write(CORE / 'unicode_tables.py',
          '"""Unicode\'s data on what can be seen. Made by docs/make_unicode_tables.py, never edited: (first, last) of each range."""\n'
          "VERSION = '%s'\n" % told['version']
          + '# Default_Ignorable_Code_Point: what is not shown even where a font has no picture for it.\n'
          + table('DEFAULT_IGNORABLE', ranges(told['ignorable']))
          + '# Separators and controls.\n' + table('BLANK', ranges(told['blank'])))
    patterns = {'ASKED': of_characters(text[0] for text in emoji if ORDINARY.fullmatch(text)),
                'EMOJI': pattern({text.translate(SPELT) for text in emoji})}
    write(CORE / 'shown' / 'emoji_table.py',
          '"""Unicode\'s emoji (RGI) as a pattern of texts spelt as in emoji.py. Made by docs/make_unicode_tables.py, never edited."""\n'
          "VERSION = '%s'\n" % told['version'] + ''.join(map(in_python, patterns.items())))
    write(SCRIPTS / 'shown' / 'emoji_table.js',
          '// Unicode\'s emoji (RGI) as a pattern of texts spelt as in emoji.js. Made by docs/make_unicode_tables.py, never edited.\n'
          + ''.join(map(in_javascript, patterns.items())))


def in_python(item):
    return '%s = (\n%s\n)\n' % (item[0], '\n'.join("    r'%s'" % line for line in re.findall(r'.{1,62}(?<!\\)', item[1])))


def in_javascript(item):
    pieces = [line.replace('\\', '\\\\') for line in re.findall(r'.{1,130}(?<!\\)', item[1])]
    return 'export const %s = %s;\n' % (item[0], '\n    + '.join("'%s'" % line for line in pieces))


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
    return '%s = (\n%s\n)\n' % (name, '\n'.join('    (0x%X, 0x%X),' % one for one in of_ranges))


def pattern(spelt):
    """Return the pattern of all that is spelt like this. What has two parts may stand together: who shares what follows is named once."""
    joined, heads, groups = folded(text for text in spelt if '-' in text), defaultdict(set), defaultdict(set)
    for text in joined:
        head, _, tail = text.partition('-')
        heads[tail].add(head)
    for tail, head in heads.items():
        groups[tail.endswith(OTHER_TONE), frozenset(head)].add(tail)
    alike = {False: [], True: []}
    for (is_other, head), tails in groups.items():
        alike[is_other].append(branches(head) + '-' + branches(tails))
    # The tone of the first person, where that of the other may not be the same.
    others = '(?=.(.))(?:%s)' % '|'.join(ordered(alike[True]))
    found = '|'.join([branches(folded(text for text in spelt if '-' not in text))[len('(?:'):-len(')')], *ordered(alike[False]), others])
    return found.replace(TONE, '[:->]').replace(OTHER_TONE, r'(?!\1)[:->]').replace('\x7f', r'\x7f')


def folded(texts):
    """Return the texts, each that is there in all tones once."""
    shapes = defaultdict(set)
    for text in texts:
        shapes[re.sub('[:->]', TONE, text)].add(''.join(re.findall('[:->]', text)))
    for shape, tones in shapes.items():
        assert len(tones) in (1, 5, 25, 20), shape
    return {shape[:-1] + OTHER_TONE if len(tones) == 20 else shape for shape, tones in shapes.items()}


def branches(texts):
    """Return the shortest pattern that is easily found: characters after which the same may come are one class."""
    after, alike = defaultdict(set), defaultdict(set)
    for text in texts:
        after[text[:1]].add(text[1:])
    may_end = bool(after.pop('', None))
    for sign, rest in after.items():
        alike[frozenset(rest)].add(sign)
    found = sorted(of_characters(signs) + (branches(rest) if rest != {''} else '') for rest, signs in alike.items())
    is_one = len(found) == 1 and (not may_end or set(alike) == {frozenset({''})})
    text = found[0] if is_one else '(?:%s)' % '|'.join(found) if found else ''
    return text + '?' if may_end and found else text


def ordered(patterns):
    return sorted(patterns, key=lambda text: (len(text), text))


def of_characters(signs):
    """Return a class of characters, or the one there is."""
    found = ranges(sorted(map(ord, signs)))
    if len(found) == 1 and found[0][0] == found[0][1]:
        return chr(found[0][0])
    return '[%s]' % ''.join(chr(first) + ('-' * (last > first + 1) + chr(last)) * (last > first) for first, last in found)


def write(path, text):
    path.write_text(text, encoding='utf-8')
    print(path)


if __name__ == '__main__':
    main()
