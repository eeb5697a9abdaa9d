"""Whether a text is nothing but one to three emoji, which are shown large.

An emoji is what Unicode recommends (RGI), with VS16 or without it; but a sign of ordinary texts, as are © and ↔, is one only with it.
static/js/shown/emoji.js says the same; tests/cases/emoji.json holds both to it.
"""
import re

from .emoji_table import ASKED, EMOJI

MOST = 3
_LONGEST = 200
# How the table spells: a joiner, tones of skin, letters of flags and tags of flags are signs of ASCII, VS16 is left out.
_SPELT = {0x200D: '-', 0xFE0F: None, 0xE007F: '\x7f', **{0x1F3FB + tone: ':;<=>'[tone] for tone in range(5)},
          **{0x1F1E6 + letter: chr(0x41 + letter) for letter in range(26)},
          **{0xE0061 + letter: chr(0x61 + letter) for letter in range(26)}}
_TEXT = re.compile('[-:->A-Za-z\x7f]|(?<!\u200d)%s(?!\ufe0f)' % ASKED)
_FEW = re.compile(r'[ \n]*(?:(?:%s)[ \n]*){1,%d}\Z' % (EMOJI, MOST))


def is_emoji(text):
    """Return whether the text is one to three emoji, with blanks between them or not."""
    return len(text) <= _LONGEST and not _TEXT.search(text) and bool(_FEW.match(text.translate(_SPELT)))
