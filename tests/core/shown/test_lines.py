"""What of many lines is shown: the table that the page's scripts are tested with as well (tests/js/shown/lines.test.mjs)."""
import json
import time

import pytest
from messenger_core import text
from messenger_core.shown import lines
from places import ROOT

CASES = json.loads((ROOT / 'tests' / 'cases' / 'lines.json').read_text(encoding='utf-8'))


@pytest.mark.parametrize('case', CASES, ids=lambda case: ascii(case['text'])[:60])
def test_of_a_text_this_is_shown_and_at_first_so_much(case):
    shown = lines.shown(case['text'])
    assert (shown, lines.is_long(shown), lines.in_one_line(case['text'], 60)) == (case['shown'], case['long'], case['line'])


def test_a_line_is_blank_where_a_message_of_it_would_be_none():
    codes = (*range(1, 0xD800), *range(0xE000, 0x20000), *range(0xE0000, 0xE1100))
    signs = [chr(code) for code in codes if chr(code) not in '\n\x0b\x0c\r\x85\u2028\u2029']
    blank = [sign for sign in signs if not text.has_visible(sign)]
    seen = [sign for sign in blank if lines.shown('a\n' + '%s\n' % sign * 4 + 'b').count(sign) > 3]
    assert [ascii(character) for character in seen] == []
    seen = ''.join('%s\n' % sign for sign in signs if text.has_visible(sign))
    assert lines.shown(seen) == seen


@pytest.mark.parametrize('long', ['\n' * 9_999 + 'x', ' \n' * 4_999 + 'x', ' ' * 9_999 + 'x', '\r' * 9_999, 'x\n\n\n\n\n' * 2_000])
def test_a_text_made_to_take_long_does_not(long):
    started = time.process_time()
    lines.is_long(lines.shown(long)), lines.in_one_line(long, 200)
    assert time.process_time() - started < 0.1
