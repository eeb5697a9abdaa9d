"""What a message may consist of."""
import json
import subprocess
import sys
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from machine import node
from messenger_core import text, unicode_tables
from messenger_core.errors import Refused
from messenger_core.text import clean, has_visible

ASKED = '''const found = [];
for (let code = 0; code < 0x110000; code++) if (/[\\p{DI}\\p{Z}\\p{Cc}]/u.test(String.fromCodePoint(code))) found.push(code);
console.log(JSON.stringify([process.versions.unicode, found]));'''


@pytest.mark.parametrize('content', [
    'hi', ' spaces stay ', 'a\tb\nc', '👩‍👩‍👧‍👦', '👍', 'שלום', '\u202eabc', '<script>alert(1)</script>', "' OR 1=1 --", '{{=1}}',
    'z\u0335\u0321a', '\ufeffx', 'x' * 10_000, '\U0010ffff', 'e\u0301',
    '\u0600', '\u06dd', '\u070f', '\u08e2', '\U000110bd', '\U00013430', '\u0301', '\ue000', '\U000e0041x'])
def test_what_can_be_seen_is_stored_unchanged(content):
    assert clean(content) == content


@pytest.mark.parametrize('content', [
    '', ' ', '\n\t \r\n', '\u200b\u200d\ufeff', '\u3164\u2800', '\u034f', '\ufe0f', 'a\0b', '\0', '\ud800', 'a\udfffb', '\u00a0\u2003',
    '\U000e0100', '\U000e0080', '\U000e0041\U000e007f', '\u00ad', '\u061c', '\u115f\u1160\uffa0', '\u17b4\u17b5', '\u180b\u180f',
    '\u180e', '\u2065', '\ufff0', '\ufff9\ufffa\ufffb\ufffc', '\U0001bca0', '\U0001d159', '\U0001d173', '\U000e0fff', '\x01\x7f\x85',
    '\u2028\u2029\u202e\u2066', '\U00013441\U00013442\U00016fe4'])
def test_nothing_visible_or_not_storable_is_bad_text(content):
    with pytest.raises(Refused) as refused:
        clean(content)
    assert refused.value.code == 'bad_text'


def test_line_ends_become_one_kind_before_characters_are_counted():
    assert clean('a\r\nb\rc\nd') == 'a\nb\nc\nd'
    assert len(clean('x\r\n' * 5_000)) == 10_000


def test_one_character_too_many_is_too_long_and_the_answer_names_the_limit():
    with pytest.raises(Refused) as refused:
        clean('x' * 10_001)
    assert refused.value.code == 'too_long' and '10000' in refused.value.message


@pytest.fixture(scope='module')
def told_by_node():
    """Return (Unicode's version, the characters that it says are ignored, blank or controls)."""
    path, absence = node.find()
    if path is None:
        pytest.skip(absence)
    version, codes = json.loads(subprocess.run([path, '-e', ASKED], capture_output=True, text=True, check=True, timeout=60).stdout)
    return version, set(map(chr, codes))


def test_the_table_says_what_unicode_says(told_by_node):
    version, codes = told_by_node
    tabled = {chr(code) for table in (unicode_tables.DEFAULT_IGNORABLE, unicode_tables.BLANK)
              for first, last in table for code in range(first, last + 1)}
    # A later version may give a new character one of these properties; it takes none away.
    news = {character for character in codes - tabled if unicodedata.category(character) == 'Cn'}
    assert codes - news == tabled and (news == set() or version != unicode_tables.VERSION)


def test_nothing_of_that_is_seen_and_all_else_is(told_by_node):
    unseen = {chr(code) for code in range(sys.maxunicode + 1) if not has_visible(chr(code))}
    also = set('\u2800\ufff9\ufffa\ufffb\ufffc\U00013441\U00013442\U00016fe4\U0001d159')
    assert unseen >= told_by_node[1] and unseen - told_by_node[1] <= also


def outcome(judge, content, limit):
    try:
        return judge(content, limit)
    except Refused as refused:
        return refused.code, refused.message


@settings(deadline=None, database=None, max_examples=500)
@given(st.text(st.sampled_from(' ~!aZ0\t\n\r\0\x1f\x7f\xa0é\u200b😀\ud800'), max_size=8) | st.text(max_size=8)
       | st.text(st.characters(max_codepoint=127), max_size=8), st.integers(0, 8))
def test_plain_text_is_judged_as_any_other(content, limit):
    assert outcome(text.clean, content, limit) == outcome(text._cleaned, content, limit)


def test_each_plain_character_is_judged_as_any_other():
    for code in range(256):
        for content in (chr(code), ' ' + chr(code), 'a' + chr(code)):
            assert outcome(text.clean, content, 5) == outcome(text._cleaned, content, 5)
