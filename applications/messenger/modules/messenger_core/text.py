"""What a message may consist of. The same rules for form, page and socket."""
import re

from .errors import Refused
from .unicode_tables import BLANK, DEFAULT_IGNORABLE

CONTENT_LIMIT = 10_000
# Blank to the eye, though Unicode calls them otherwise: a blank of Braille, marks of annotation, an object, blanks among hieroglyphs,
# a filler, a note without a head.
ALSO_BLANK = ((0x2800, 0x2800), (0xFFF9, 0xFFFC), (0x13441, 0x13442), (0x16FE4, 0x16FE4), (0x1D159, 0x1D159))
_IGNORABLE = re.compile('[%s]' % ''.join('%s-%s' % (chr(first), chr(last)) for first, last in DEFAULT_IGNORABLE))
_VISIBLE = re.compile('[^%s]' % ''.join(
    '%s-%s' % (re.escape(chr(first)), re.escape(chr(last))) for first, last in (*BLANK, *DEFAULT_IGNORABLE, *ALSO_BLANK)))


def clean(content, limit=CONTENT_LIMIT):
    """Return `content` as it will be stored; raises Refused bad_text or too_long."""
    # What most messages are is told by a fifth of the work: printable ASCII has no line ends, and all of it but blanks can be seen.
    is_plain = content.isascii() and content.isprintable() and 0 < len(content) <= limit and not content.isspace()
    return content if is_plain else _cleaned(content, limit)


def _cleaned(content, limit):
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
    """Return whether anything of the text can be seen. What a font has no picture for can: a box is drawn."""
    return bool(_VISIBLE.search(text))


def without_ignorable(text):
    """Return the text without what is not shown: joiners, marks of direction, variation selectors."""
    return _IGNORABLE.sub('', text)
