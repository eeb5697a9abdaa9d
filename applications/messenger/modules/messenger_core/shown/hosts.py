"""Which host an address begins with, and when its letters may be taken for others, so that its punycode is told as well.

static/js/shown/hosts.js says the same; tests/cases/links.json holds both to it.
"""
import re
import unicodedata

LONGEST = 253
# Written without blanks, so that a sentence may go on right after an address.
RUNNING = ('\u0e00-\u0eff\u1000-\u109f\u1100-\u11ff\u1780-\u17ff\u2e80-\u2fff\u3005-\u3007\u3031-\u9fff\ua960-\ua97f\uac00-\ud7ff'
           '\uf900-\ufaff\U00020000-\U0003ffff')
_RUN = re.compile('(?:[A-Za-z0-9._-]|[^\x00-\x7f\u2013])+')
# Where it has an end that every reader sees: after a domain that is known to all, or after a last name in ASCII.
_END = re.compile('[.](?:com|net|org|edu|gov|info)(?=[%s])|(?<![^.])[A-Za-z0-9-]*[A-Za-z0-9](?=[%s][^.]*$)' % (RUNNING, RUNNING))
_NAME = re.compile('[A-Za-z0-9](?:[A-Za-z0-9_-]*[A-Za-z0-9])?|(?!-|[Xx][Nn]--)(?:[A-Za-z0-9-]|[^\x00-\x7f])+(?<!-)')
# By the first word of a letter's name: the scripts that are written together (UTS 39, highly restrictive).
_TOGETHER = ({'LATIN', 'CJK', 'HIRAGANA', 'KATAKANA', 'KATAKANA-HIRAGANA', 'IDEOGRAPHIC'},
             {'LATIN', 'CJK', 'BOPOMOFO'}, {'LATIN', 'CJK', 'HANGUL'})
_ALONE = {
    'CYRILLIC', 'GREEK', 'ARMENIAN', 'HEBREW', 'ARABIC', 'DEVANAGARI', 'BENGALI', 'GURMUKHI', 'GUJARATI', 'ORIYA', 'TAMIL', 'TELUGU',
    'KANNADA', 'MALAYALAM', 'SINHALA', 'THAI', 'LAO', 'TIBETAN', 'MYANMAR', 'GEORGIAN', 'ETHIOPIC', 'KHMER', 'THAANA'}


def host_of(text):
    """Return the host that the text begins with, '' where there is none that may be linked to."""
    run = _RUN.match(text)
    if not run or len(run[0]) > LONGEST:
        return ''
    end = _END.search(run[0])
    host = run[0][:end.end()] if end else run[0].rstrip('.')
    return host if all(map(_NAME.fullmatch, host.split('.'))) and _is_what_it_seems(host) else ''


def punycode(host):
    """Return the host in ASCII where its letters are of scripts that aren't written together, else None."""
    scripts = {_script(letter) for letter in unicodedata.normalize('NFC', host) if letter not in '0123456789.-_'}
    if host.isascii() or any(scripts <= together for together in _TOGETHER) or (len(scripts) == 1 and scripts <= _ALONE):
        return None
    letters = unicodedata.normalize('NFC', host.lower())
    return '.'.join(name if name.isascii() else 'xn--' + name.encode('punycode').decode() for name in letters.split('.'))


def _is_what_it_seems(host):
    """Whether there are letters, marks and digits alone, and none that are another's wide or joined form."""
    return (unicodedata.normalize('NFKC', host) == unicodedata.normalize('NFC', host)
            and all(letter.isascii() or unicodedata.category(letter)[0] in 'LMN' for letter in host))


def _script(letter):
    return unicodedata.name(letter, '').partition(' ')[0]
