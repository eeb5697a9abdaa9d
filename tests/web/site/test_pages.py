"""What holds for every page."""
import re

import pytest
from messenger_core.messages import sending

PAGES = ('/messaging/index', '/messaging/send_message', '/messaging/chat', '/messaging/chat/{other}', '/default/user/profile',
         '/default/address', '/default/user/change_password', '/default/account')
DOORS = ('/default/index', '/default/user/login', '/default/user/register', '/default/administrator')
MANIFEST = '/messenger/default/manifest.webmanifest?v='      # made anew for each site, with its name and colours
NASTY = ['<script>alert(1)</script>', '"><img src=x onerror=alert(1)>', "'><svg onload=alert(1)>", 'javascript:alert(1)', '{{=1+1}}',
         '&lt;b&gt;', '</textarea><script>alert(1)</script>', '<!--', 'a\u202eb\u2066c']


@pytest.fixture
def ann(site):
    return site.log_in('Ann')


def write(site, sender, receiver, content):
    return sending.send(site.db, sending.Draft(sender, content, receiver)).message


def all_pages(browser, other):
    return {path: browser.get(path.format(other=other)) for path in PAGES}


@pytest.mark.parametrize('text', NASTY)
def test_what_members_write_and_are_called_is_shown_as_text(site, text):
    ann = site.log_in('Ann' + text[:100], text[:128], email='ann@example.com')
    mallory = site.member(text[:100], text[:128], email='mallory@example.com')
    write(site, mallory, ann.id, text)
    write(site, ann.id, mallory, text)
    for path, page in all_pages(ann, mallory).items():
        assert not page.html.find(['img', 'svg']), path
        assert [script.get('src') is not None for script in page.html.find_all('script')] in ([], [True]), path
        assert not [tag for tag in page.html.find_all(True) if any(name.startswith('on') for name in tag.attrs)], path
        assert not page.html.find('a', href=re.compile('^javascript')), path
    page = ann.get('/messaging/chat/%d' % mallory)
    assert [div.text for div in page.html.find_all(class_='message__content')][:2] == [text, text]
    assert ann.get('/messaging/index').html.find(class_='letter__content').text == text


def test_names_cannot_turn_the_text_around_them(site, ann):
    mallory = site.member('\u202eevil', 'x\u2066', email='mallory@example.com')
    write(site, mallory, ann.id, 'x')
    for path in ('/messaging/index', '/messaging/chat', '/messaging/chat/%d' % mallory):
        page = ann.get(path)
        for name in page.html.find_all(string=re.compile('evil')):
            assert name.parent.name == 'bdi' or '\u202e' not in name, path
        assert '\u202e' not in page.html.title.text
        assert all('\u202e' not in option['value'] for option in page.html.find_all('option'))


def test_a_text_that_was_refused_is_shown_again_as_text(site, ann):
    page = ann.send('"><script>alert(1)</script>', '</textarea><script>alert(1)</script>')
    assert all(script['src'] and not script.text for script in page.html.find_all('script'))
    assert page.forms[0]['content'].value == '</textarea><script>alert(1)</script>'


def test_there_is_no_script_and_no_style_in_any_page_and_nothing_from_elsewhere(site, ann):
    bob = site.member('Bob')
    write(site, bob, ann.id, 'x')
    pages = {**all_pages(ann, bob), **{path: site.visitor().get(path) for path in DOORS}}
    for path, page in pages.items():
        assert not [tag for tag in page.html.find_all(True) for name in tag.attrs if name == 'style' or name.startswith('on')], path
        assert not page.html.find('style'), path
        assert not [script for script in page.html.find_all('script') if script.text.strip()], path
        for tag in page.html.find_all(['script', 'link', 'img', 'iframe']):
            if tag.get('rel') == ['expect']:
                assert page.html.find(id=tag['href'].partition('#')[2]), path
            else:
                assert (tag.get('src') or tag.get('href')).startswith(('/messenger/static/', MANIFEST)), path
        assert page.html.find('html')['lang']
        assert page.html.find('h1')
        assert page.html.find('main')


def test_every_control_has_a_name_for_who_cannot_see_it(site, ann):
    bob = site.member('Bob')
    pages = {**all_pages(ann, bob), **{path: site.visitor().get(path) for path in DOORS}}
    for path, page in pages.items():
        labelled = {label.get('for') for label in page.html.find_all('label')}
        for control in page.html.find_all(['input', 'textarea', 'select']):
            if control.get('type') not in ('hidden', 'submit'):
                assert control.get('aria-label') or control.get('id') in labelled, (path, control)
        ids = [tag['id'] for tag in page.html.find_all(id=True)]
        assert len(ids) == len(set(ids)), path


def test_static_files_are_there_and_kept_by_browsers_until_they_change(site, ann):
    for link in ann.get('/messaging/index').html.find_all('link'):
        answer = ann.app.get(link['href'])
        assert {'max-age=315360000', 'immutable'} & {*answer.headers['Cache-Control'].split(', ')}


def test_pages_need_login_and_keep_nothing(site):
    stranger = site.visitor()
    for path in PAGES:
        assert '/default/user/login' in stranger.get(path.format(other=1), 303).location


@pytest.mark.parametrize('extension', ['json', 'xml', 'load', 'rss', 'csv', 'pickle'])
def test_pages_answer_under_no_other_extension(site, ann, extension):
    bob = site.member('Bob')
    write(site, bob, ann.id, 'x')
    for path in ('/messaging/index', '/messaging/send_message', '/messaging/chat', '/messaging/stream', '/default/index', '/default/user'):
        ann.get('%s.%s' % (path, extension), 404)
    ann.get('/messaging/chat.%s/%d' % (extension, bob), 404)
    assert site.messages()[0]['is_read'] is False


@pytest.mark.parametrize('path', [
    '/messaging/nothing', '/messaging/send_form', '/messaging/people', '/messaging/adopt', '/messaging/chat_with', '/messaging/is_post',
    '/default/_make_accessible', '/default/download', '/nothing/index', '/messaging/_TEST'])
def test_helpers_are_no_pages(site, ann, path):
    assert ann.get(path, None).status_int in (400, 404)


@pytest.mark.parametrize('path', [
    '/default/user/login?_next=a&_next=b', '/default/user/login?_next=%00', '/default/user/register?_next=%ff', '/default/user/login/x/y',
    '/default/user/not_authorized', '/default/user/logout?_next=//evil.example', '/messaging/index?before=%00', '/messaging/stream/a/b',
    '/messaging/updates.json?since=0&epoch=%00', '/messaging/updates.json?since=0&epoch=a&epoch=b', '/messaging/chat?receiver=1',
    '/messaging/chat/1?before=1&before=2', '/messaging/history.json?conversation=1&limit=%00', '/default/index?_language=%00'])
def test_odd_addresses_give_no_ticket(site, ann, path):
    for browser in (ann, site.visitor()):
        answer = browser.get(path, None)
        assert answer.status_int < 500
        assert 'evil' not in (answer.location or '')


def test_somebody_logged_in_comes_from_the_first_page_to_the_inbox(site, ann):
    assert ann.get('/default/index', 303).location.endswith('/messaging/index')
    assert ann.get('/default/user/login', 303).location.endswith('/messaging/index')
    assert 'Register' in site.visitor().get('/default/index')


def test_pages_ask_the_database_the_same_number_of_times_however_much_there_is(site, ann, statements):
    bob = site.member('Bob')
    paths = ('/messaging/index', '/messaging/send_message', '/messaging/chat', '/messaging/chat/%d' % bob,
             '/messaging/updates.json?since=0', '/messaging/history.json?conversation=1')
    write(site, bob, ann.id, 'x')
    ann.get('/messaging/chat/%d' % bob)
    few = {path: len(statements(lambda path=path: ann.get(path))) for path in paths}
    for number in range(40):
        other = site.member('Other%d' % number)
        write(site, other, ann.id, 'x')
        write(site, bob, ann.id, 'y')
    ann.get('/messaging/chat/%d' % bob)
    many = {path: len(statements(lambda path=path: ann.get(path))) for path in paths}
    assert many == few
    assert max(many.values()) <= 30, many


def test_texts_that_look_like_translations_are_not_formatted(site, ann):
    assert ann.send('%(nobody)s %s', 'x').html.find(id='receiver-error')


def policy(page):
    return dict(part.split(' ', 1) for part in page.headers['Content-Security-Policy'].split('; '))


def test_every_page_says_that_nothing_is_taken_from_elsewhere(site, ann):
    bob = site.member('Bob')
    pages = {**all_pages(ann, bob), **{path: site.visitor().get(path) for path in DOORS},
             'missing': ann.get('/messaging/chat/999', status=404), 'json': ann.get('/messaging/updates.json?since=0')}
    for path, page in pages.items():
        said = policy(page)
        assert said.pop('connect-src') == "'self' ws://127.0.0.1:8001", path
        assert said == {'default-src': "'self'", 'base-uri': "'none'", 'form-action': "'self'", 'frame-ancestors': "'none'",
                        'object-src': "'none'"}, path
        assert page.headers['X-Content-Type-Options'] == 'nosniff' and page.headers['Referrer-Policy'] == 'same-origin', path


@pytest.mark.parametrize(('environment', 'address'), [
    ({'HTTP_HOST': 'chat.example'}, ' ws://chat.example:8001'), ({'HTTP_HOST': '[::1]:8000'}, ' ws://[::1]:8001'),
    ({'HTTP_HOST': 'chat.example', 'wsgi.url_scheme': 'https'}, ' wss://chat.example:8001'),
    ({'HTTP_HOST': "evil.example; script-src 'unsafe-inline'"}, ''), ({'HTTP_HOST': 'a b'}, '')])
def test_the_socket_is_where_the_page_will_look_for_it(site, environment, address):
    assert policy(site.visitor(**environment).get('/default/index'))['connect-src'] == "'self'" + address


@pytest.mark.parametrize(('url', 'address'), [
    ('wss://live.example/messenger/messaging/stream/listen', 'wss://live.example'), ('wss://live.example:8443/x;y', 'wss://live.example:8443')])
def test_a_configured_socket_may_be_opened_and_no_other(site, monkeypatch, url, address):
    monkeypatch.setenv('MESSENGER_REALTIME_URL', url)
    assert policy(site.visitor().get('/default/index'))['connect-src'] == "'self' " + address
