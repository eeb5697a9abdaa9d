"""Words: what somebody typed to look for, and where it is in a text."""
import time
import unicodedata

import pytest
from messenger_core.errors import Refused
from messenger_core.search import words


def shown(typed):
    return [(term.folded, term.kind) for term in words.parse(typed)]


def is_in(typed, text):
    return words.are_in([term.pattern() for term in words.parse(typed)], text)


def marked(typed, text):
    return words.excerpt(text, words.parse(typed))[1::2]


@pytest.mark.parametrize('typed, terms', [
    ('', []), (' \n\t', []), ('\0\ud800', []), ('\u0301', []),
    ('Hello', [('hello', 'start')]),
    ('Hello wor', [('hello', 'whole'), ('wor', 'start')]),
    ('a', [('a', 'whole')]),
    ('Été', [('ete', 'start')]), ('ete\u0301', [('ete', 'start')]), ('STRASSE', [('strasse', 'start')]), ('straße', [('strasse', 'start')]),
    ('مَرْحَبًا', [('مرحبا', 'start')]),
    ('100 %', [('100', 'whole'), ('%', 'part')]), ('👍', [('👍', 'part')]), ('你好', [('你好', 'part')]),
    ('"NEAR(x" * -y', [('near', 'whole'), ('x', 'whole'), ('*', 'part'), ('y', 'whole')]),
    ('to be to', [('to', 'whole'), ('be', 'whole'), ('to', 'start')]),
    ('ab\0cd', [('ab', 'whole'), ('cd', 'start')]),
])
def test_what_is_typed_becomes_words_the_last_of_which_may_go_on(typed, terms):
    assert shown(typed) == terms


def test_a_word_is_looked_for_once_however_often_it_is_typed():
    assert len(words.parse('x ' * 100)) == 1


def test_what_is_longer_than_anybody_searches_for_is_refused():
    with pytest.raises(Refused) as refused:
        words.parse('x' * 201)
    assert refused.value.code == 'too_long'


@pytest.mark.parametrize('typed, text', [
    ('hello', 'Well, HELLO!'), ('hel', 'hello'), ('hello wor', 'world: hello'), ('cafe', 'Café'), ('CAFÉ', 'cafe\u0301'),
    ('i', 'am I?'), ('%', '5 % off'), ('你', '早安,你好'), ('don\'t', 'I don’t'), ('مرحبا', 'مَرْحَبًا بك'), ('❤', '❤️'), ('привет', 'ПРИВЕТ'),
])
def test_a_text_has_them(typed, text):
    assert is_in(typed, text)


@pytest.mark.parametrize('typed, text', [
    ('ello', 'hello'), ('hel world', 'hello world'), ('h', 'hello'), ('%', 'percent'), ('_', 'a b'), ('hello 👍', 'hello'),
    ('ca.e', 'cafe'),
])
def test_a_text_lacks_them(typed, text):
    assert not is_in(typed, text)


@pytest.mark.parametrize('typed, text, expected', [
    ('he', 'He, she, hello', ['He', 'he']), ('cafe', 'Cafe\u0301, café', ['Cafe\u0301', 'café']), ('ss', 'ß', ['ß']), ('x', 'axa', []),
    ('ab ab', 'AB ab', ['AB', 'ab']), ('ﬁne', 'fine', ['fine']), ('fine', 'a ﬁne day', ['ﬁne']), ('👍', 'a👍👍', ['👍', '👍']),
])
def test_what_was_found_is_marked_as_it_was_written(typed, text, expected):
    assert marked(typed, text) == expected


@pytest.mark.parametrize('text', [
    '', 'needle', '<b>&amp;</b> needle', 'x ' * 500 + 'needle' + ' y' * 500, 'é ' * 500 + 'needle', 'needle ' * 900])
def test_an_excerpt_is_a_short_piece_of_the_text_and_has_the_first_hit(text):
    parts = words.excerpt(text, words.parse('needle'))
    assert len(parts) % 2 == 1 and ''.join(parts).strip('…') in text and len(''.join(parts)) < 200
    assert ('needle' in text) == (parts[1:2] == ['needle'])


def test_nothing_typed_and_nothing_written_makes_it_slow():
    text, typed = 'aaaa ' * 200_000, 'a' * 200
    assert not is_in(typed, text) and words.excerpt(text, words.parse(typed))


def test_more_different_words_than_anybody_types_are_refused_however_short_they_are():
    words.parse(' '.join('abcdefghijklmnop') + ' a b c')
    for typed in ('abcdefghijklmnopq', '你好吗早安们我他她它是不了的一上', ''.join(chr(0x1F600 + number) for number in range(17))):
        with pytest.raises(Refused, match='too_long') as refused:
            words.parse(' '.join(typed + 'z'))
        assert str(words.TERMS_LIMIT) in refused.value.message


def test_accents_that_stand_in_a_wrong_order_take_no_longer_than_others():
    """Their order is put right by steps that grow as the square of how many follow each other."""
    text = 'a' + '\u0301\u0316' * 50_000 + 'b'
    times = []
    for one in (text, 'a' + '\u0301' * 100_000 + 'b'):
        began = time.process_time()
        assert words.fold(one) == 'ab'
        times.append(time.process_time() - began)
    assert times[0] < 20 * times[1]


def test_what_is_folded_in_pieces_is_the_same_as_at_once():
    text = ('x' * (words.PIECE - 1) + 'é\u0345\u0316ῼ가ǆ\ufdfa' + 'İ\u0301') * 3
    folded = unicodedata.normalize('NFKD', text).casefold()
    assert words.fold(text) == ''.join(one for one in folded if one.isalnum() or unicodedata.category(one)[0] != 'M')
