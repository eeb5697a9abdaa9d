"""Whether a text is nothing but one to three emoji, which are shown large.

static/js/shown/emoji.js says the same; tests/cases/emoji.json holds both to it.
"""
import re

MOST = 3

# Shown as pictures by themselves, or only when a variation selector asks for it; in their families joined by \u200d.
_ALONE = '[\u2300-\u23ff\u2600-\u27bf\u2b00-\u2bff\U0001f000-\U0001f1e5\U0001f200-\U0001f3fa\U0001f400-\U0001faff]'
_ASKED = '[\xa9\xae\u203c\u2049\u2122\u2139\u2190-\u21ff\u24c2\u25a0-\u25ff\u2934\u2935\u3030\u303d\u3297\u3299]\ufe0f'
_PICTURE = '(?:%s|%s)\ufe0f?[\U0001f3fb-\U0001f3ff]?(?:[\U000e0020-\U000e007e]+\U000e007f)?' % (_ALONE, _ASKED)
_ONE = '(?:[\U0001f1e6-\U0001f1ff]{2}|[0-9#*]\ufe0f?\u20e3|%s(?:\u200d%s)*)' % (_PICTURE, _PICTURE)
_FEW = re.compile(r'[ \n]*(?:%s[ \n]*){1,%d}\Z' % (_ONE, MOST))
_LONGEST = 200


def is_emoji(text):
    """Return whether the text is one to three emoji, with blanks between them or not."""
    return len(text) <= _LONGEST and bool(_FEW.match(text))
