"""Which form of a sentence a language takes for a number: CLDR's rules for whole numbers, in the languages that the pages speak.

web2py's own rules (gluon/contrib/plural_rules) know nothing of Arabic and say "0 messages" in French; and they turn single words, where the
rest of the sentence changes too. Scripts have the same rules from the browser, see static/js/shown/plural.js.
"""


def of(language, number):
    """Return the name of the form for a number. A language that a site has added takes those of English."""
    return RULES.get(language[:2], _one_or_other)(number)


def forms(language):
    """Return the names of all forms."""
    return ('zero', 'one', 'two', 'few', 'many', 'other') if language[:2] == 'ar' else ('one', 'other')


def _one_or_other(number):
    return 'one' if number == 1 else 'other'


def _french(number):
    return 'one' if number in (0, 1) else 'other'


def _arabic(number):
    if number in (0, 1, 2):
        return ('zero', 'one', 'two')[number]
    return 'few' if 3 <= number % 100 <= 10 else 'many' if number % 100 >= 11 else 'other'


RULES = {'en': _one_or_other, 'de': _one_or_other, 'es': _one_or_other, 'fr': _french, 'ar': _arabic}
