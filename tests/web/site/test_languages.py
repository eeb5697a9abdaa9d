"""Pages in the reader's language: wholly, in the right form for each number, and without writing to a language file."""
import ast
import hashlib
import json
import time

import pytest
from messenger_core.errors import SENTENCES
from messenger_core.messages import sending
from messenger_core.shown import plurals
from places import APPLICATION

FOLDER = APPLICATION / 'languages'
PAGES = ('/messaging/index', '/messaging/send_message', '/messaging/chat', '/messaging/chat/{other}', '/default/user/profile',
         '/default/address', '/default/user/change_password', '/default/account', '/messaging/search', '/messaging/search?q=nichts',
         '/messaging/search?q=Tag', '/messaging/search?q=%25')
DOORS = ('/default/index', '/default/user/login', '/default/user/register', '/default/administrator')


@pytest.fixture
def asked(gluon, site, monkeypatch):
    """The sentences that web2py is asked for and finds in no language file."""
    import gluon.languages
    unknown, plain = set(), gluon.languages.TranslatorFactory.get_t
    site.visitor(**speaking('de')).get('/default/index')    # pydal asks for its formats each time; each is asked for once in a process

    def get_t(translator, message, prefix=''):
        if prefix + message not in translator.t:
            unknown.add(message)
        return plain(translator, message, prefix)
    monkeypatch.setattr(gluon.languages.TranslatorFactory, 'get_t', get_t)
    gluon.languages.global_language_cache.clear()
    return unknown


def speaking(language):
    return {'HTTP_ACCEPT_LANGUAGE': language}


def read(language):
    return ast.literal_eval((FOLDER / ('%s.py' % language)).read_text(encoding='utf-8'))


def state():
    return {path.name: (hashlib.sha256(path.read_bytes()).hexdigest(), path.stat().st_mtime_ns) for path in FOLDER.iterdir()}


@pytest.mark.parametrize('language', plurals.RULES)
def test_a_page_speaks_the_language_that_its_reader_asks_for(site, language):
    texts = read(language)
    door = site.visitor(**speaking(language)).get('/default/user/login')
    assert door.html.find('h1').text == texts['Log in']
    ann = site.log_in('Ann', **speaking(language))
    page = ann.get('/messaging/index')
    assert page.html.find('h1').text == texts['Inbox'] and page.html.find('html')['lang'] == language


@pytest.mark.parametrize(('asked_for', 'spoken'), [
    ('de-AT,de;q=0.9,en;q=0.8', 'de'), ('pt-BR,es;q=0.5', 'es'), ('fi', 'en'), ('', 'en'), ('xx-garbage;q=;;', 'en'), ('*', 'en'),
    ('en-GB,de', 'en'), ('en;q=nan,de;q=1e400', 'en'),
    ('../../../etc/passwd', 'en'), ('x' * 5000, 'en'), ('default', 'en'), ('\xff', 'en')])
def test_whatever_a_browser_asks_for_it_gets_a_language_that_is_there(site, asked_for, spoken):
    assert site.visitor(**speaking(asked_for)).get('/default/index').html.find('html')['lang'] == spoken


def test_our_pages_say_nothing_that_a_language_file_lacks(site, asked, monkeypatch):
    monkeypatch.setenv('MESSENGER_AUTH_ATTEMPTS_PER_MINUTE', '1000')
    visitor = site.visitor(**speaking('de'))
    ann, bob = site.log_in('Ann', **speaking('de')), site.member('Bob')
    sending.send(site.db, sending.Draft(bob, 'Guten Tag', ann.id))
    for page in [*(ann.get(path.format(other=bob)) for path in PAGES), *map(visitor.get, DOORS)]:
        for form in list(page.forms.values()):
            if form.method.lower() == 'post' and 'admin' not in form.action:
                form.submit(expect_errors=True)     # as it is, which most forms complain about
    wrong = {'first_name': '', 'last_name': 'x' * 200, 'email': 'none', 'password': 'short', 'password_two': 'other',
             'old_password': 'wrong', 'new_password': 'short', 'new_password2': 'other'}
    for browser, path in ((visitor, DOORS[1]), (visitor, DOORS[2]), (ann, PAGES[4]), (ann, PAGES[5]), (ann, PAGES[6])):
        for form in list(browser.get(path).forms.values()):
            for name in set(wrong) & set(form.fields):
                form[name] = wrong[name]
            form.submit(expect_errors=True)
    form = visitor.get(DOORS[2]).forms[0]
    form['email'] = 'bob@example.com'
    form.submit(expect_errors=True)
    visitor.get('/default/user/not_authorized', None)
    ann.get('/messaging/chat/999', 404)
    ann.get('/messaging/chat/999?at=1', 404)
    ann.get('/messaging/search?q=' + 'x' * 300)
    ann.get('/messaging/search?q=1&q=2')
    ann.get('/messaging/search?q=Guten&before=1')
    ann.follow(ann.send(bob, 'Hallo'))
    ann.send('nobody', '\u200b')
    ann.log_out().follow()
    assert asked == set()


def test_what_is_said_of_a_forgotten_password_is_translated_too(site, asked, monkeypatch):
    monkeypatch.setenv('MESSENGER_SMTP_SERVER', 'logging')
    monkeypatch.setenv('MESSENGER_HOST_URL', 'http://127.0.0.1:8000')
    site.member('Bob')
    visitor = site.visitor(**speaking('de'))
    for address in ('nobody@example.com', 'bob@example.com'):
        form = visitor.get('/default/user/request_reset_password').forms[0]
        form['email'] = address
        form.submit(expect_errors=True)
    for _ in range(500):        # it is done in a thread
        site.db.rollback()
        if site.db.executesql('SELECT reset_password_key FROM auth_user')[0][0]:
            break
        time.sleep(0.02)
    key = site.db.executesql('SELECT reset_password_key FROM auth_user')[0][0]
    site.db.rollback()
    form = visitor.get('/default/user/reset_password?key=' + key).forms[0]
    form['new_password'], form['new_password2'] = 'short', 'other'
    form.submit(expect_errors=True)
    visitor.get('/default/user/reset_password?key=wrong', None)
    assert key and asked == set()


@pytest.mark.parametrize('language', plurals.RULES)
@pytest.mark.parametrize('number', [1, 2, 3, 11, 100])
def test_what_is_unread_is_said_in_the_form_for_its_number(site, language, number):
    ann, bob = site.log_in('Ann', **speaking(language)), site.member('Bob')
    sending.send_all(site.db, [sending.Draft(bob, 'x', ann.id) for _ in range(number)])
    page = ann.get('/messaging/chat')
    sentence = read(language)['%%(count)s unread##%s' % plurals.of(language, number)]
    assert page.html.find(class_='badge').text == sentence % {'count': number}


def test_scripts_get_all_six_forms_of_arabic(site):
    page = site.log_in('Ann', **speaking('ar')).get('/messaging/chat')
    forms = ast.literal_eval(page.html.find(id='conversations')['data-text-some-unread'])
    assert forms == {form: read('ar')['%(count)s unread##' + form] for form in ('zero', 'one', 'two', 'few', 'many', 'other')}


@pytest.mark.parametrize('language', ['de', 'ar', 'en', 'fi'])
def test_no_language_file_is_written_by_serving(site, gluon, monkeypatch, language):
    before = state()
    ann = site.log_in('Ann', **speaking(language))
    plain = gluon.languages.TranslatorFactory.translate

    def translate(translator, message, symbols):
        plain(translator, 'A sentence that no file has, with a plural of web2py\'s own kind: %s %%{mouse}', (3,))
        return plain(translator, message, symbols)
    monkeypatch.setattr(gluon.languages.TranslatorFactory, 'translate', translate)
    for path in PAGES[:3] + PAGES[4:]:
        ann.get(path)
    assert state() == before and set(before) == {'%s.py' % name for name in plurals.RULES}


def test_scripts_know_in_the_readers_language_why_a_message_is_refused(site):
    ann = site.log_in('Ann', **speaking('de'))
    said = json.loads(ann.get('/messaging/chat/%d' % site.member('Bob')).html.find(id='composer')['data-refusals'])
    assert said == {code: read('de')[SENTENCES[code]] for code in said}
    assert {'rate', 'busy', 'no_such_user', 'blocked'} <= set(said)
