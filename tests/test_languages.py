"""The pages speak five languages wholly: no sentence is missing in a language file, none is left over, and each keeps its placeholders."""
import ast
import re

import pytest
from messenger_core.errors import SENTENCES
from messenger_core.search import words
from messenger_core.shown import plurals
from places import APPLICATION

from . import sentences

LANGUAGES = tuple(plurals.RULES)
# Sentences of T(variable): what is refused (and once more where it is raised with a sentence of its own), and appadmin's pages.
SAID_OF_REFUSALS = set(SENTENCES.values()) | {
    'Too many requests in a short time.', 'The field q must be one text.',
    'What to search for may have %d characters.' % words.TYPED_LIMIT,
    'What to search for may have %d different words.' % words.TERMS_LIMIT,
    'The messenger was updated. Please come back in a moment.',
    'The messages of before are being taken over. Please come back in a moment.',
    'The database does not answer just now. Try again in a moment.'}
SAID_OF_PAGES = {'insert', 'update', 'state', 'hooks'}
UNCLEAR = {('answers.py', 'refused.message'), ('compose.py', 'refused.message'), ('default.py', 'refused.message'),
           ('finding.py', 'refused.message'), ('forms.py', 'refused.message'),
           ('appadmin.html', 'request.function'), ('shown.py', "'%s##%s' % (sentence, plural_forms.of(T.accepted_language, count))"),
           ('shown.py', "'%s##%s' % (sentence, form)"), ('shown.py', 'SENTENCES[code]')}
# What web2py's own forms, validators and mails say on our pages; tests/web/site/test_languages.py looks whether that is all of it.
SAID_BY_WEB2PY = {
    'Apply changes', 'Cannot be empty', 'Change password', 'Click on the link %(link)s to reset your password', 'Confirm Password',
    'E-mail', 'Email sent', 'Email verification', 'Email verified', 'Enter a value', 'Enter from %(min)g to %(max)g characters',
    'Errors in form, please check it out.',
    'First name', 'Insufficient privileges', 'Invalid email', 'Invalid login', 'Invalid password', 'Invalid reset password',
    'Invalid username', 'Last name', 'Log In', 'Logged in', 'Logged out', 'Login disabled by administrator', 'New password',
    'Old password', 'Password', "Password fields don't match", 'Password changed', 'Password reset', 'Profile updated',
    'Registration is pending approval', 'Registration needs verification', 'Registration successful', 'Remember me (for 30 days)',
    'Request reset password', 'Sign Up', 'This email already has an account', 'Too short', 'Unable to send email', 'Username',
    'Username already taken', 'Value already in database or empty', 'Verify Password',
    'Welcome %(username)s! Click on the link %(link)s to verify your email', 'please input your password again'}
# Words that another language writes as English does.
SAME = {
    'de': {'Chat', 'Esc', 'Normal', 'online'}, 'es': {'Chat', 'Esc', 'Normal'}, 'ar': {'End', 'Esc'},
    'fr': {'Conversations', 'Cache', 'Message', 'Messages', 'Pages', 'Tables'}}


@pytest.fixture(scope='module')
def files():
    return {language: read(language) for language in LANGUAGES}


def read(language):
    return ast.literal_eval((APPLICATION / 'languages' / ('%s.py' % language)).read_text(encoding='utf-8'))


def expected(language):
    """Return all keys that the file of a language has to have."""
    plain, counted, _ = sentences.written()
    forms = {'%s##%s' % (sentence, form) for sentence in counted for form in plurals.forms(language)}
    return plain | forms | SAID_OF_REFUSALS | SAID_OF_PAGES | SAID_BY_WEB2PY | {'!langcode!', '!langname!'}


@pytest.mark.parametrize('language', LANGUAGES)
def test_no_sentence_is_missing_and_none_is_left_over(files, language):
    keys = set(files[language])
    assert {'missing': sorted(expected(language) - keys), 'left over': sorted(keys - expected(language))} == {
        'missing': [], 'left over': []}


@pytest.mark.parametrize('language', LANGUAGES[1:])
def test_nothing_is_left_in_english(files, language):
    same = {key for key, text in files[language].items() if text in (key, files['en'].get(key))}
    assert same - SAME[language] == set()
    assert SAME[language] - same == set(), 'listed for nothing'


@pytest.mark.parametrize('language', LANGUAGES)
def test_placeholders_stay(files, language):
    for key, text in files[language].items():
        sentence, _, form = key.partition('##')
        wanted, found = sentences.placeholders(sentence), sentences.placeholders(text)
        if form in ('zero', 'one', 'two'):     # "a message" needs no number
            wanted, found = [name for name in wanted if name != 'count'], [name for name in found if name != 'count']
        assert found == wanted, (key, text)
        assert text and text == text.strip(), key
        assert '"' not in text, (key, 'it would end the attribute that it stands in: web2py escapes no quotes in what T() says')


@pytest.mark.parametrize('language', LANGUAGES)
def test_a_file_names_its_language_and_its_sentences_once(files, language):
    assert files[language]['!langcode!'] == language
    text = (APPLICATION / 'languages' / ('%s.py' % language)).read_text(encoding='utf-8')
    keys = [ast.literal_eval(key) for key in re.findall(r'''^('(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"): ''', text, re.MULTILINE)]
    assert len(keys) == len(set(keys)) == len(files[language])


def test_what_members_write_gets_into_an_attribute_with_its_quotes_escaped():
    assert sentences.unescaped() == []


def test_each_sentence_that_is_put_together_is_known_here():
    assert set(sentences.written()[2]) == UNCLEAR


def test_refusals_of_the_core_with_sentences_of_their_own_are_listed():
    """Those with figures in them are said anew by the pages, see modules/messenger_web/compose.py."""
    found, sources = set(), list((APPLICATION / 'modules' / 'messenger_core').rglob('*.py'))
    assert len(sources) >= 40
    for path in sources:
        for node in ast.walk(ast.parse(path.read_text(encoding='utf-8'))):
            if isinstance(node, ast.Call) and getattr(node.func, 'id', '') == 'Refused' and len(node.args) > 1:
                found |= {node.args[1].value} if isinstance(node.args[1], ast.Constant) else set()
    assert found and found <= SAID_OF_REFUSALS


def test_there_is_a_file_for_each_language_and_nothing_else():
    assert {path.name for path in (APPLICATION / 'languages').iterdir()} == {'%s.py' % language for language in LANGUAGES}
