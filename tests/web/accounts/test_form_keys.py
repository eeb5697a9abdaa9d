"""The keys of forms that somebody fills in who has no session: without a good one nothing happens, and nothing typed is lost."""
import pytest

WEB2PYS = '0c5a8a2b-a7a4-4a5a-9cf3-0e7a7c58ca9c'
TOO_OLD = 'This page was too old. Please try again.'
PASSWORD = 'a long enough password'
NEW = dict(first_name='Cai', last_name='Lee', email='cai@example.com', password=PASSWORD, password_two=PASSWORD)
LOGIN = dict(email='ann@example.com', password=PASSWORD)


def fields_of(visitor, action):
    return dict(visitor.get('/default/user/' + action).forms[0].submit_fields())


def is_refused(visitor, action, fields):
    """Post them; return whether they were refused as they should be."""
    page = visitor.post('/default/user/' + action, fields, 200)
    assert 'a long enough password' not in page and page.forms[0]['password'].value == ''
    assert page.forms[0]['email'].value == fields['email']
    return page.html.find(class_='flash').text == TOO_OLD and visitor.get('/messaging/index', 303)


SPOILT = {
    'missing': lambda site, visitor, key: '', 'forged': lambda site, visitor, key: key[:-1] + ('0' if key[-1] != '0' else '1'),
    'a later time': lambda site, visitor, key: 'f' + key, 'of web2py': lambda site, visitor, key: WEB2PYS,
    'of another browser': lambda site, visitor, key: fields_of(site.visitor(), 'login')['_formkey'],
    'of another form': lambda site, visitor, key: fields_of(visitor, 'register')['_formkey'],
    'odd': lambda site, visitor, key: '\u0663.\0' * 99}


@pytest.mark.parametrize('spoil', SPOILT.values(), ids=SPOILT)
def test_nobody_is_logged_in_by_a_form_that_this_browser_was_not_shown(site, spoil):
    site.member('Ann')
    visitor = site.visitor()
    fields = dict(fields_of(visitor, 'login'), **LOGIN)
    assert is_refused(visitor, 'login', dict(fields, _formkey=spoil(site, visitor, fields['_formkey'])))
    assert visitor.post('/default/user/login', fields, 303), 'the one it was shown is good'


def test_nobody_registers_by_one_either_and_one_without_any_key_or_name_is_the_same(site):
    visitor = site.visitor()
    fields = dict(fields_of(visitor, 'register'), **NEW)
    for name in ('_formkey', '_formname'):
        page = visitor.post('/default/user/register', {key: value for key, value in fields.items() if key != name}, 200)
        assert page.forms[0]['first_name'].value == 'Cai', name
    assert is_refused(visitor, 'register', dict(NEW))
    assert site.db.executesql('SELECT count(*) FROM auth_user') == [(0,)]
    visitor.post('/default/user/register', fields, 303)


def test_a_key_is_good_for_some_hours(site, gluon, monkeypatch):
    from messenger_web.entrance import secret
    site.member('Ann')
    visitor, now = site.visitor(), secret.now()
    fields = dict(fields_of(visitor, 'login'), **LOGIN)
    monkeypatch.setattr(secret, 'now', lambda: now + 4 * 3600 + 5)
    assert is_refused(visitor, 'login', fields)
    monkeypatch.setattr(secret, 'now', lambda: now + 4 * 3600 - 5)
    visitor.post('/default/user/login', fields, 303)


def test_several_tabs_may_show_the_form_and_each_is_good(site):
    site.member('Ann')
    visitor = site.visitor()
    tabs = [fields_of(visitor, 'login') for _ in range(12)]
    assert len({tab['_formkey'] for tab in tabs}) == 12, 'a key that is always the same can be guessed through the length of the page'
    visitor.post('/default/user/login', dict(tabs[0], **LOGIN), 303)


@pytest.mark.parametrize(('changes', 'is_secure'), [({}, False), ({'wsgi.url_scheme': 'https'}, True)])
def test_no_script_and_no_other_site_gets_at_the_cookie(site, changes, is_secure):
    given = site.visitor(**changes).get('/default/user/login').headers.getall('Set-Cookie')
    cookie = next(one for one in map(str.strip, given) if one.startswith('messenger_form='))
    assert 'HttpOnly' in cookie and 'SameSite=Lax' in cookie and 'Path=/' in cookie and ('Secure' in cookie) is is_secure


def test_an_odd_cookie_is_replaced(site):
    site.member('Ann')
    visitor = site.visitor()
    visitor.app.set_cookie('messenger_form', 'x' * 99)
    assert visitor.log_in('ann@example.com')
