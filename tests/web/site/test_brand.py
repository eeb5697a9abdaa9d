"""How a site shows itself: its colour and logo, what phones install it as, and how long browsers may keep all of that."""
import re
import struct

import pytest
from places import APPLICATION

FOR_EVER = 'public, max-age=31536000, immutable'


def links(page, rel):
    return [link['href'] for link in page.html.find_all('link', rel=rel)]


def brand_of(page):
    return [href for href in links(page, 'stylesheet') if 'brand.css' in href]


def served(browser, address):
    """Return what lies at an address of a page, as a browser gets it that doesn't know the site."""
    answer = browser.site.visitor().get(address)
    assert 'Set-Cookie' not in answer.headers
    return answer


def test_a_site_without_a_colour_asks_for_no_sheet(ann):
    page = ann.get('/default/index', 303).follow()
    assert brand_of(page) == [] and page.html.find(class_='header__logo') is None
    assert ann.get('/default/brand.css', 404).content_type == 'text/plain'


def test_the_colour_of_a_site_comes_last_and_is_kept_until_it_changes(ann, monkeypatch):
    monkeypatch.setenv('MESSENGER_APP_ACCENT', '#ff0000')
    page = ann.get('/messaging/index')
    address, = brand_of(page)
    assert links(page, 'stylesheet')[-1] == address
    answer = served(ann, address)
    assert answer.content_type == 'text/css' and answer.text.startswith('@layer base {\n:root { --color-accent: #d70000;')
    assert answer.headers['Cache-Control'] == FOR_EVER and 'Pragma' not in answer.headers and 'Expires' not in answer.headers
    assert answer.headers['X-Content-Type-Options'] == 'nosniff'
    monkeypatch.setenv('MESSENGER_APP_ACCENT', '#0000ff')
    assert brand_of(ann.get('/messaging/index')) != [address]
    assert served(ann, address).headers['Cache-Control'] == 'no-cache', 'an old address must not keep the new colour'


def test_no_lock_is_held_for_them(ann, monkeypatch):
    monkeypatch.setenv('MESSENGER_APP_ACCENT', '#ff0000')
    page = ann.get('/messaging/index')
    before = {path: path.stat().st_mtime_ns for path in ann.site.application.glob('sessions/**/*') if path.is_file()}
    for address in brand_of(page) + links(page, 'manifest'):
        ann.get(address)
    assert {path: path.stat().st_mtime_ns for path in ann.site.application.glob('sessions/**/*') if path.is_file()} == before


@pytest.mark.parametrize(('logo', 'expected'), [
    ('images/icon.svg', r'/messenger/static/_[\d.]+/images/icon\.svg'), ('/our.png', '/our.png')])
def test_a_logo_lies_in_our_static_files_or_anywhere_on_the_site(ann, monkeypatch, logo, expected):
    monkeypatch.setenv('MESSENGER_APP_LOGO', logo)
    image = ann.get('/messaging/index').html.find('img', class_='header__logo')
    assert re.fullmatch(expected, image['src']) and image['alt'] == ''


@pytest.mark.parametrize(('name', 'value'), [('ACCENT', 'red'), ('LOGO', 'https://elsewhere.example/logo.png')])
def test_a_value_that_no_page_could_show_stops_the_site_with_a_sentence(ann, monkeypatch, name, value):
    monkeypatch.setenv('MESSENGER_APP_' + name, value)
    assert 'The setting [app] %s is' % name.lower() in ann.get('/default/index', 503)


def test_the_manifest_names_the_site_its_colour_and_icons_that_are_there(ann, monkeypatch):
    monkeypatch.setenv('MESSENGER_APP_NAME', 'Über "uns" <b>')
    monkeypatch.setenv('MESSENGER_APP_ACCENT', '#ff0000')
    address, = links(ann.get('/messaging/index'), 'manifest')
    answer = served(ann, address)
    manifest = answer.json
    assert answer.content_type == 'application/manifest+json' and answer.headers['Cache-Control'] == FOR_EVER
    assert (manifest['name'], manifest['theme_color'], manifest['display']) == ('Über "uns" <b>', '#d70000', 'standalone')
    assert manifest['start_url'].startswith(manifest['scope']) and manifest['scope'] == manifest['id'] == '/messenger/'
    assert {icon['purpose'] for icon in manifest['icons'] if 'purpose' in icon} == {'any', 'maskable'}
    for icon in manifest['icons']:
        file = served(ann, icon['src'])
        assert file.content_type == icon['type'] and file.headers['Cache-Control'] == 'max-age=315360000'
        if icon['type'] == 'image/png':
            assert '%dx%d' % struct.unpack('>II', file.body[16:24]) == icon['sizes']


def test_without_a_colour_the_manifest_has_ours(ann):
    address, = links(ann.get('/messaging/index'), 'manifest')
    assert (served(ann, address).json['theme_color'], served(ann, address).json['name']) == ('#22614f', 'Messenger')
    monkeyed = ann.site.visitor().get(address.partition('?')[0])
    assert monkeyed.headers['Cache-Control'] == 'no-cache'


@pytest.mark.parametrize(('theme', 'expected'), [
    ('system', [('#ffffff', '(prefers-color-scheme: light)'), ('#1d2421', '(prefers-color-scheme: dark)')]),
    ('light', [('#ffffff', None)]), ('dark', [('#1d2421', None)])])
def test_the_bar_of_a_phone_has_the_colour_of_the_page(ann, theme, expected):
    page = ann.get('/messaging/index', headers={'Cookie': 'session_id_messenger=%s; messenger_device=theme:%s' % (ann.cookie(), theme)})
    assert [(meta['content'], meta.get('media')) for meta in page.html.find_all('meta', attrs={'name': 'theme-color'})] == expected


def test_every_static_file_of_a_page_is_kept_for_ever_and_has_a_new_address_with_each_release(ann, bob, monkeypatch):
    monkeypatch.setenv('MESSENGER_APP_LOGO', 'images/icon.svg')
    page = ann.get('/messaging/chat/%d' % bob.id)
    addresses = {tag.get('href') or tag.get('src') for tag in page.html.find_all(['link', 'script', 'img'])}
    ours = {address for address in addresses if address and '/static/' in address}
    assert any(address.endswith('.js') for address in ours) and any(address.endswith('180.png') for address in ours)
    for address in ours:
        assert re.match(r'/messenger/static/_\d+\.\d+\.\d+/', address), address
        assert served(ann, address).headers['Cache-Control'] == 'max-age=315360000'


def test_what_scripts_and_sheets_load_lies_under_the_same_address():
    """Whatever is named relatively is asked for below /static/_1.2.3/, too."""
    scripts, sheets = (list((APPLICATION / 'static').rglob('*.' + ending)) for ending in ('js', 'css'))
    assert len(scripts) >= 70 and len(sheets) >= 13
    for path in scripts:
        named = re.findall(r"""(?:from|import\()\s*['"]([^'"]+)""", path.read_text(encoding='utf-8'))
        assert all(name.startswith(('./', '../')) for name in named)
    for path in sheets:
        assert not re.search(r'url\(["\']?(/|\w+:(?!image/svg))', path.read_text(encoding='utf-8')), path


def test_the_images_are_small():
    assert sum(path.stat().st_size for path in (APPLICATION / 'static' / 'images').iterdir()) <= 10 * 1024
