"""Which host an address begins with, and when its letters may be taken for others, so that its punycode is told as well.

static/js/shown/hosts.js says the same; tests/cases/links.json holds both to it.
"""
import re
import unicodedata

LONGEST = 253
# Written without blanks, so that a sentence may go on right after an address.
RUNNING = ('\u0e00-\u0eff\u1000-\u109f\u1100-\u11ff\u1780-\u17ff\u2e80-\u2fff\u3005-\u3007\u3031-\u9fff\ua960-\ua97f\uac00-\ud7ff'
           '\uf900-\ufaff\U00020000-\U0003ffff')
# Signs and pictures: as a sentence may, they follow an address.
_SIGNS = '\u2190-\u2bff\U0001f000-\U0001faff'
_RUN = re.compile('(?:[A-Za-z0-9._-]|[^\x00-\x7f\u2013]){1,%d}' % (LONGEST + 1))
# Where it has an end that every reader sees: after a domain that is known to all, or after a last name in ASCII.
_END = re.compile('[.](?:com|net|org|edu|gov|info)(?=[%s])|(?<![^.])[A-Za-z0-9-]*[A-Za-z0-9](?=[%s][^.]*$)' % ((RUNNING + _SIGNS,) * 2))
_NAME = re.compile('[A-Za-z0-9](?:[A-Za-z0-9_-]*[A-Za-z0-9])?|(?!-|[Xx][Nn]--)(?:[A-Za-z0-9-]|[^\x00-\x7f])+(?<!-)')
_NUMBER = re.compile('0[Xx][0-9A-Fa-f]*|[0-9]+')
_BYTE = '(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])'
_IPV4 = re.compile('%s(?:[.]%s){3}' % (_BYTE, _BYTE))
_PICTURES = re.compile('[\u2600-\u2757\u2761-\u2767\u2794-\u27bf]')
# A name written in both directions shows its letters where they aren't; beside one to the left none begins with a digit.
_LEFT = '\u0590-\u08ff\U00010800-\U00010fff\U0001e800-\U0001efff'
_BOTH = re.compile('[L][^.]*[^L0-9.-]|[^L0-9.-][^.]*[L]|(?:^|[.])[0-9](?=.*[L])|[L].*[.][0-9]'.replace('L', _LEFT))
# Letters that look like a slash or a dash where no other of their script is beside them; and those of phonetics that look like Latin ones.
_ALIKE = re.compile('(?:^|[A-Za-z0-9._-])[\u3033\u3035\u30bd\u30be\u30ce\u30f3\u30fc\u4e00\u4e36\u4e3f-\u4e41]'
                    '|[\u0131\u0138\u0237\u0250-\u02af\u1d00-\u1dbf\ua720-\ua7ff\uab30-\uab6f]'
                    '|[\u3033\u3035\u30bd\u30be\u30ce\u30f3\u4e00\u4e36\u4e3f-\u4e41](?=[A-Za-z0-9_-])')
# By the first word of a letter's name: the scripts that are written together (UTS 39, highly restrictive).
_TOGETHER = ({'LATIN', 'CJK', 'HIRAGANA', 'KATAKANA', 'KATAKANA-HIRAGANA', 'IDEOGRAPHIC'},
             {'LATIN', 'CJK', 'BOPOMOFO'}, {'LATIN', 'CJK', 'HANGUL'})
_ALONE = {
    'CYRILLIC', 'GREEK', 'ARMENIAN', 'HEBREW', 'ARABIC', 'DEVANAGARI', 'BENGALI', 'GURMUKHI', 'GUJARATI', 'ORIYA', 'TAMIL', 'TELUGU',
    'KANNADA', 'MALAYALAM', 'SINHALA', 'THAI', 'LAO', 'TIBETAN', 'MYANMAR', 'GEORGIAN', 'ETHIOPIC', 'KHMER', 'THAANA'}


def host_of(text):
    """Return the host that the text begins with, '' where there is none that may be linked to."""
    run = _RUN.match(text)
    run = run[0].rstrip('.') if run else ''
    end = _END.search(run)
    host = run[:end.end()] if end else run
    return host if len(host) <= LONGEST and _is_a_name(host, host.split('.')) and _is_what_it_seems(host) else ''


def punycode(host):
    """Return the host in ASCII where its letters are of scripts that aren't written together, else None."""
    scripts = {_script(letter) for letter in unicodedata.normalize('NFC', host) if letter not in '0123456789.-_'}
    is_plain = any(scripts <= together for together in _TOGETHER) or (len(scripts) == 1 and scripts <= _ALONE)
    if host.isascii() or (is_plain and not _ALIKE.search(host)):
        return None
    letters = unicodedata.normalize('NFC', host.lower())
    return '.'.join(name if name.isascii() else 'xn--' + name.encode('punycode').decode() for name in letters.split('.'))


def _is_a_name(host, names):
    """Whether it may be somebody's in the web: this machine's own, an address of four bytes, or one below a domain."""
    last = names[-1]
    if not all(map(_NAME.fullmatch, names)) or _NUMBER.fullmatch(last):
        return bool(_IPV4.fullmatch(host))
    if len(names) == 1:
        return host.lower() == 'localhost'
    return len(last) > 1 and '_' not in names[-2] + last and ('-' not in last or last[:4].lower() == 'xn--') and not _PICTURES.search(last)


def _is_what_it_seems(host):
    """Whether there are letters, marks, digits and pictures alone, and none that are another's wide or joined form."""
    return (unicodedata.normalize('NFKC', host) == unicodedata.normalize('NFC', host) and not _BOTH.search(host)
            and not any(unicodedata.category(name[0])[0] == 'M' for name in host.split('.'))
            and all(letter.isascii() or unicodedata.category(letter)[0] in 'LMN' for letter in _PICTURES.sub('', host)))


def _script(letter):
    return unicodedata.name(letter, '').partition(' ')[0]
