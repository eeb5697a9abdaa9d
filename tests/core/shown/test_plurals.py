"""Numbers and the forms of sentences that they take."""
import pytest
from messenger_core.shown import plurals


@pytest.mark.parametrize(('language', 'form', 'numbers'), [
    ('en', 'one', [1]), ('en', 'other', [0, 2, 11, 21, 101]), ('de', 'one', [1]), ('de', 'other', [0, 2, 101]),
    ('es', 'one', [1]), ('es', 'other', [0, 2]), ('fr', 'one', [0, 1]), ('fr', 'other', [2, 21, 100]),
    ('it', 'one', [1]), ('ar-eg', 'two', [2]), ('ar', 'zero', [0]), ('ar', 'one', [1]), ('ar', 'two', [2]),
    ('ar', 'few', [3, 10, 103, 110, 1003]),
    ('ar', 'many', [11, 99, 111, 199]), ('ar', 'other', [100, 101, 102, 200, 1000])])
def test_a_number_takes_the_form_of_its_language(language, form, numbers):
    assert {number: plurals.of(language, number) for number in numbers} == dict.fromkeys(numbers, form)


@pytest.mark.parametrize('language', plurals.RULES)
def test_the_forms_of_a_language_are_all_there_are(language):
    assert {plurals.of(language, number) for number in range(1000)} == set(plurals.forms(language))
