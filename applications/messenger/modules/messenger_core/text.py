"""What a message may consist of. The same rules for form, page and socket."""
import unicodedata

from .errors import Refused

CONTENT_LIMIT = 10_000
INVISIBLE_CATEGORIES = {'Cc', 'Cf', 'Zs', 'Zl', 'Zp'}
# Blank to the eye, though Unicode calls them letters, symbols or marks.
BLANK = set('\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0') | {chr(code) for code in range(0xFE00, 0xFE10)}


def clean(content, limit=CONTENT_LIMIT):
    """Return `content` as it will be stored; raises Refused bad_text or too_long."""
    content = content.replace('\r\n', '\n').replace('\r', '\n')
    if len(content) > limit:
        raise Refused('too_long', 'The message has %d characters; %d are allowed.' % (len(content), limit))
    if '\0' in content or not has_visible(content):
        raise Refused('bad_text')
    try:
        content.encode('utf-8')
    except UnicodeEncodeError as error:
        raise Refused('bad_text') from error
    return content


def has_visible(text):
    """Whether there is anything to see in it."""
    return any(map(is_visible, text))


def is_visible(character):
    """Whether it leaves a mark, by itself or on what it stands with."""
    return character not in BLANK and unicodedata.category(character) not in INVISIBLE_CATEGORIES
