"""Views that are kept show what web2py's own rendering shows, and what is changed in a file shows at the next request."""
import os
import pickle
import re
import shutil

import pytest
from messenger_core.messages import sending

CHANGES = re.compile(r'[0-9a-f]{32}|[0-9a-f-]{36}|[0-9a-f]{8}\.[0-9a-f]{16}\.[0-9a-f]*')     # keys of forms and refs, new each time
PAGES = (
    '/default/index', '/default/user/login', '/default/user/register', '/default/account', '/default/user/profile', '/default/user/logout',
    '/default/administrator', '/messaging/index', '/messaging/index?unread=1', '/messaging/send_message', '/messaging/search?q=word',
    '/messaging/chat', '/messaging/chat/2', '/messaging/chat/2?at=1', '/messaging/chat/99')


@pytest.fixture
def own(site):
    """A function that gives the site files of its own of one part, which a test may change; and what shows the next page."""
    changed = []

    def own(part):
        place = site.application / part
        source = place.resolve()
        place.unlink()
        shutil.copytree(source, place)
        changed.append((place, source))
        return place
    yield own
    for place, source in changed:
        shutil.rmtree(place)
        place.symlink_to(source)


def change(path, before, after):
    """Change a file as an editor does that is quick: in the same second, to the same length or not."""
    text = path.read_text(encoding='utf-8')
    assert before in text, path
    path.write_text(text.replace(before, after, 1), encoding='utf-8')


@pytest.mark.parametrize('path', PAGES)
def test_a_page_is_shown_as_web2py_shows_it(site, ann, bob, monkeypatch, path):
    from messenger_web.kept import views
    for number, content in enumerate(('a word & <b>another</b>', 'see https://example.com/?a=1&b="2"', '🌱', 'x' * 3_000, "it's")):
        sending.send(site.db, sending.Draft((ann.id, bob.id)[number % 2], content, (bob.id, ann.id)[number % 2]))
    browser = site.visitor() if path.endswith(('index', 'login', 'register', 'administrator')) and 'default' in path else ann
    headers = {'Accept-Language': 'de'}
    browser.get(path, None)     # what is said once is said, and what is shown is read
    ours = CHANGES.sub('', browser.get(path, None, headers=headers).text)
    monkeypatch.setattr(views, 'of', lambda name: None)
    theirs = CHANGES.sub('', browser.get(path, None, headers=headers).text)
    assert ours.splitlines() == theirs.splitlines() and len(ours) > 1_000


def test_a_view_is_parsed_once(site, ann, monkeypatch):
    from messenger_web.kept import views
    ann.get('/messaging/chat')
    monkeypatch.setattr(views, 'parse_template', None)
    assert 'Begin a chat' in ann.get('/messaging/chat')


@pytest.mark.parametrize(('view', 'before'), [
    ('messaging/people.html', "{{=T('Begin a chat')}}"), ('messaging/list.html', "{{=T('New chat')}}"),
    ('layout.html', "{{=T('Skip to the content')}}")])
def test_an_edit_shows_at_the_next_request(site, ann, own, view, before):
    ann.get('/messaging/chat')
    views = own('views')
    change(views / view, before, 'Edited!')
    assert 'Edited!' in ann.get('/messaging/chat')
    change(views / view, 'Edited!', 'Edited?')
    assert 'Edited?' in ann.get('/messaging/chat')
    os.utime(views / view, (0, 0))
    change(views / view, 'Edited?', '{{=1 + 1}} edits')
    assert '2 edits' in ann.get('/messaging/chat')


def test_a_view_that_is_put_in_its_place_shows_too(site, ann, own):
    ann.get('/messaging/chat')
    views = own('views')
    new = views / 'messaging' / 'people.new'
    new.write_text("{{extend 'layout.html'}}<h1>{{response.write('<i>', escape=False)}}{{=A(1, _href='#')}}{{response.write('&')}}</h1>")
    os.replace(new, views / 'messaging' / 'people.html')
    assert '<h1><i><a href="#">1</a>&amp;</h1>' in ann.get('/messaging/chat')


def test_a_view_that_is_not_there_is_said_to_be_missing(site, ann, own):
    ann.get('/messaging/chat')
    (own('views') / 'messaging' / 'people.html').unlink()
    assert 'invalid view (messaging/people.html)' in ann.get('/messaging/chat', 404)


@pytest.mark.parametrize(('text', 'said'), [
    ('{{=nothing_of_that_name}}', 'nothing_of_that_name'), ('{{if True:}}', 'missing "pass"'), ("{{include 'gone.html'}}", 'gone.html')])
def test_what_is_wrong_in_a_view_is_in_its_ticket(site, ann, own, text, said):
    (own('views') / 'messaging' / 'people.html').write_text(text)
    assert ann.app.get('/messenger/messaging/chat', expect_errors=True).status_int == 500
    path, = (site.application / 'errors').glob('*')
    with open(path, 'rb') as file:
        ticket = pickle.load(file)
    assert said in str((ticket['traceback'], ticket['output'], ticket['layer']))
    path.unlink()


@pytest.mark.parametrize(('part', 'file', 'before', 'after', 'said'), [
    ('controllers', 'messaging.py', 'FOUND_LIMIT = 30, 20', 'FOUND_LIMIT = 7, 20', 'data-limit="7"'),
    ('models', 'menu.py', "T('Chat')", "'Talk'", '>Talk<'),
    ('languages', 'de.py', "'New chat': 'Neuer Chat'", "'New chat': 'Ganz neuer Chat'", 'Ganz neuer Chat')])
def test_so_does_one_of_a_controller_a_model_or_a_language(site, ann, own, part, file, before, after, said):
    german = {'Accept-Language': 'de'}
    ann.get('/messaging/chat', headers=german)
    change(own(part) / file, before, after)
    assert said in ann.get('/messaging/chat', headers=german)


def test_a_sentence_is_kept_for_its_language_alone(site, ann):
    for _ in range(2):
        assert 'Neuer Chat' in ann.get('/messaging/chat', headers={'Accept-Language': 'de'})
        assert 'New chat' in ann.get('/messaging/chat', headers={'Accept-Language': 'en'})


def test_an_address_is_kept_for_where_it_is_asked_alone(site, ann):
    """URL('chat') is of the controller that is asked, and a static file's of this release of the files."""
    from messenger_web.kept import addresses
    assert '/messenger/messaging/chat#new' in ann.get('/messaging/chat')
    assert '/messenger/default/user/login' in site.visitor().get('/default/user/login')
    addresses._kept.clear()
    assert 'href="/messenger/messaging/chat#new"' in ann.get('/messaging/chat') and addresses._kept


def test_what_somebody_makes_up_is_not_kept(site, ann):
    from messenger_web.kept import addresses
    for number in range(3):
        ann.get('/messaging/chat/2/%s' % (str(number) * 300), None)
        ann.get('/messaging/search?q=%s' % (str(number) * 300))
    assert addresses._kept and max(len(asked[1]) for asked in addresses._kept) <= addresses.LONGEST
