"""What a message may consist of."""
import pytest
from messenger_core.errors import Refused
from messenger_core.text import clean


@pytest.mark.parametrize('content', [
    'hi', ' spaces stay ', 'a\tb\nc', '👩‍👩‍👧‍👦', '👍', 'שלום', '\u202eabc', '<script>alert(1)</script>', "' OR 1=1 --", '{{=1}}',
    'z\u0335\u0321a', '\ufeffx', 'x' * 10_000, '\U0010ffff', 'e\u0301'])
def test_what_can_be_seen_is_stored_unchanged(content):
    assert clean(content) == content


@pytest.mark.parametrize('content', [
    '', ' ', '\n\t \r\n', '\u200b\u200d\ufeff', '\u3164\u2800', '\u034f', '\ufe0f', 'a\0b', '\0', '\ud800', 'a\udfffb', '\u00a0\u2003'])
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
