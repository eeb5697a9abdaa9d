"""What of a text's lines is shown: not every blank one, at first the beginning of many, and all in one line where there is no more room.

What is stored stays as it was written. static/js/shown/lines.js says the same; tests/cases/lines.json holds both to it.
"""
import re

from ..text import has_visible

BLANK_LINES, LINES, CHARACTERS = 3, 20, 1_500

# Browsers break a line at one of these only.
_END = re.compile('\r\n|[\n-\r\x85\u2028\u2029]')
_SPACES = re.compile('[\t-\r\x1c-\x20\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+')


def shown(text):
    """Return the text with no more than BLANK_LINES blank lines in a row, and with one kind of ends."""
    lines, kept, blank = _END.split(text), [], 0
    for number, line in enumerate(lines, 1):
        is_line = line or number < len(lines)   # behind the last end there is none
        blank = blank + 1 if is_line and not has_visible(line) else 0
        if blank <= BLANK_LINES:
            kept.append(line)
    return '\n'.join(kept)


def is_long(text):
    """Return whether what is shown of a text is more than one wants to have before one's eyes unasked."""
    lines = _END.split(text)
    return len(text) > CHARACTERS or len(lines) - (not lines[-1]) > LINES


def in_one_line(text, most):
    """Return the text for a row of a list, not more of it than so many characters."""
    return _SPACES.sub(' ', text).strip(' ')[:most]
