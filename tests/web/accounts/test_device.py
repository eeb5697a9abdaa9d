"""What is chosen for one browser: it lies in a cookie, is put on every page, and nothing else ever is."""
import pytest

COOKIE = 'messenger_device'
DEFAULTS = {'data-theme': 'system', 'data-text-size': 'normal', 'data-enter': 'usual', 'data-sound': 'off', 'data-shortcuts': 'on'}


def look(page):
    """Return what a page says about the device it is shown on."""
    return {name: value for name, value in page.html.html.attrs.items() if name.startswith('data-') or name in ('lang', 'dir')}


def sheets(page):
    return [(link['href'].rpartition('/')[2], link.get('media')) for link in page.html.find_all('link', rel='stylesheet')]


def device_form(browser):
    return next(one for one in browser.get('/default/account').forms.values() if one.fields['_formname'][0].value == 'device_form')


def choose(browser, **chosen):
    form = device_form(browser)
    for name, value in chosen.items():
        form[name] = value
    return browser._checked(form.submit(), 303)


@pytest.fixture
def languages(site, monkeypatch, tmp_path):
    """An application that speaks Arabic and German besides English."""
    for code, name, saved in (('ar', 'العربية', 'تم الحفظ'), ('de', 'Deutsch', 'Gespeichert.')):
        (tmp_path / ('%s.py' % code)).write_text(
            '{"!langcode!": "%s", "!langname!": "%s", "Saved.": "%s", "Account": "K-%s"}' % (code, name, saved, code), encoding='utf-8')
    (tmp_path / 'en.py').write_text('{"!langcode!": "en", "!langname!": "English"}')
    link, kept = site.application / 'languages', site.application / 'languages'
    target = kept.resolve()
    link.unlink()
    link.symlink_to(tmp_path)
    yield
    link.unlink()
    link.symlink_to(target)


def test_whoever_has_chosen_nothing_gets_what_system_and_browser_say(ann):
    page = ann.get('/default/account')
    assert look(page) == {**DEFAULTS, 'lang': 'en', 'dir': 'ltr'}
    assert ('dark.css', '(prefers-color-scheme: dark)') in sheets(page)
    assert page.html.find('meta', attrs={'name': 'color-scheme'})['content'] == 'light dark'
    assert COOKIE not in ann.app.cookies
    form = device_form(ann)
    assert {name: form[name].value for name in ('theme', 'text_size', 'enter', 'sound', 'language')} == {
        'theme': 'system', 'text_size': 'normal', 'enter': 'usual', 'sound': 'off', 'language': 'browser'}


def test_what_is_chosen_stays_after_logging_out_and_is_on_every_page(ann):
    answer = choose(ann, theme='dark', text_size='larger', enter='breaks', sound='on')
    cookie = answer.headers['Set-Cookie']
    assert {part.strip().lower() for part in cookie.split(';')[1:]} == {'httponly', 'max-age=31536000', 'path=/', 'samesite=lax'}
    assert 'Saved.' in ann.follow(answer)
    ann.log_out()
    for address in ('/default/index', '/default/user/login', '/default/user/register'):
        page = ann.get(address)
        assert look(page) == {
            'lang': 'en', 'dir': 'ltr', 'data-theme': 'dark', 'data-text-size': 'larger', 'data-enter': 'breaks', 'data-sound': 'on',
            'data-shortcuts': 'on'}
        assert page.html.find('meta', attrs={'name': 'color-scheme'})['content'] == 'dark'


@pytest.mark.parametrize(('theme', 'dark'), [('light', []), ('dark', [('dark.css', None)])])
def test_a_chosen_theme_is_there_before_any_script_runs(ann, theme, dark):
    choose(ann, theme=theme)
    assert [sheet for sheet in sheets(ann.get('/messaging/index')) if sheet[0] == 'dark.css'] == dark


def test_over_https_the_cookie_is_for_https_only(site):
    ann = site.log_in('Ann', **{'wsgi.url_scheme': 'https'})
    assert '; secure' in choose(ann, theme='dark').headers['Set-Cookie'].lower()


def test_a_language_is_chosen_over_the_browser_s_and_can_be_left_to_it_again(ann, languages):
    german = {'Accept-Language': 'de-CH, en;q=0.5'}
    assert look(ann.get('/default/account', headers=german))['lang'] == 'de'
    assert 'تم الحفظ' in ann.follow(choose(ann, language='ar')), 'already the answer is in it'
    page = ann.get('/default/account', headers=german)
    assert (look(page)['lang'], look(page)['dir']) == ('ar', 'rtl') and 'K-ar' in page
    choose(ann, language='en')
    assert (look(ann.get('/default/account', headers=german))['lang']) == 'en'
    choose(ann, language='browser')
    assert look(ann.get('/default/account', headers=german))['lang'] == 'de'
    assert [value for value, _, _ in device_form(ann)['language'].options] == ['browser', 'ar', 'de', 'en']


@pytest.mark.parametrize('value', [
    '', '.', 'theme', 'theme:', 'theme:pink', 'theme:"><script>', 'theme:dark"onload=x', 'language:../../x', 'language:xx.sound:loud',
    'text_size:large\\0', 'a:b:c.:.', 'x' * 3000, '"theme:dark\\012text_size"', 'theme:LIGHT', '\xff', 'default'])
def test_a_cookie_with_anything_else_in_it_is_as_none(ann, value):
    page = ann.get('/default/account', headers={'Cookie': 'session_id_messenger=%s; %s=%s' % (ann.cookie(), COOKIE, value)})
    assert look(page) == {**DEFAULTS, 'lang': 'en', 'dir': 'ltr'} and 'script>alert' not in page


def test_what_is_sound_of_a_cookie_is_kept(ann):
    page = ann.get('/default/account', headers={
        'Cookie': 'session_id_messenger=%s; %s=theme:dark.text_size:huge.sound:on.new:thing' % (ann.cookie(), COOKIE)})
    assert look(page) == {**DEFAULTS, 'data-theme': 'dark', 'data-sound': 'on', 'lang': 'en', 'dir': 'ltr'}


@pytest.mark.parametrize(('name', 'value'), [
    ('theme', 'pink'), ('theme', ''), ('text_size', 'large\r\nSet-Cookie: a=b'), ('language', 'xx'), ('sound', 'on; Path=/x')])
def test_what_is_no_choice_is_not_taken_and_no_header_comes_of_it(ann, name, value):
    fields = dict(device_form(ann).submit_fields())
    fields[name] = value
    answer = ann.post('/default/account', fields, 200)
    assert COOKIE not in answer.headers.get('Set-Cookie', '') and 'a=b' not in str(answer.headers)
    assert answer.html.find(id='device_%s' % name)['aria-invalid'] == 'true'


def test_without_the_key_of_its_form_nothing_is_chosen(ann):
    fields = dict(device_form(ann).submit_fields(), theme='dark', _formkey='guessed')
    assert COOKIE not in ann.post('/default/account', fields, 200).headers.get('Set-Cookie', '')
