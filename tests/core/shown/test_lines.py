"""What of many lines is shown: the table that the page's scripts are tested with as well (tests/js/shown/lines.test.mjs)."""
import json
import time
import unicodedata

import pytest
from messenger_core import text
from messenger_core.shown import lines
from places import ROOT

CASES = json.loads((ROOT / 'tests' / 'cases' / 'lines.json').read_text(encoding='utf-8'))


@pytest.mark.parametrize('case', CASES, ids=lambda case: ascii(case['text'])[:60])
def test_of_a_text_this_is_shown_and_at_first_so_much(case):
    shown = lines.shown(case['text'])
    assert (shown, lines.is_long(shown), lines.in_one_line(case['text'], 60)) == (case['shown'], case['long'], case['line'])


def test_what_cannot_be_seen_is_what_makes_no_message():
    # Its kind changes with Python's Unicode; what was assigned lately may be missing here.
    unseen = [chr(code) for code in range(1, 0x10FFFF) if not text._visible(chr(code))]
    unseen = [character for character in unseen if character != '\n' and unicodedata.category(character) != 'Cf']
    seen = [character for character in unseen if lines.shown('a\n' + '%s\n' % character * 4 + 'b').count(character) > 3]
    assert [ascii(character) for character in seen] == []
    assert lines.shown('a\n' + '.\n' * 9 + 'b') == 'a\n' + '.\n' * 9 + 'b'


@pytest.mark.parametrize('long', ['\n' * 9_999 + 'x', ' \n' * 4_999 + 'x', ' ' * 9_999 + 'x', '\r' * 9_999, 'x\n\n\n\n\n' * 2_000])
def test_a_text_made_to_take_long_does_not(long):
    started = time.process_time()
    lines.is_long(lines.shown(long)), lines.in_one_line(long, 200)
    assert time.process_time() - started < 0.1
