"""Pages link what deploy/pack.py has made of scripts and style sheets, for as long as none of them has changed since."""
import os
import shutil

import pytest
from places import APPLICATION

from deploy.pack import pack


@pytest.fixture
def static(site, tmp_path, monkeypatch):
    """The site's own copy of the static files, which may be changed."""
    monkeypatch.setattr('messenger_web.look.KNOWN_SECONDS', 0)
    monkeypatch.setattr('messenger_web.look._known', {})
    link, copy = site.application / 'static', tmp_path / 'static'
    shutil.copytree(APPLICATION / 'static', copy)
    link.unlink()
    link.symlink_to(copy)
    yield copy
    link.unlink()
    link.symlink_to(APPLICATION / 'static')


def linked(site):
    """Return the script and the first style sheet of a page, without their version."""
    page = site.visitor().get('/default/user/login').html
    addresses = page.find('script', src=True)['src'], page.find('link', rel='stylesheet')['href']
    return [address.partition('/static/')[2].partition('/')[2] for address in addresses]


@pytest.mark.parametrize('changed', ['js/page/page.js', 'js/thread/model/order.js', 'css/base.css'])
def test_a_page_links_the_packed_files_until_one_of_them_changes_in_whatever_room(site, static, changed):
    pack(static)
    assert linked(site) == ['packed/page.js', 'packed/page.css']
    later = max(path.stat().st_mtime_ns for path in static.rglob('*.*s')) + 10**9
    os.utime(static / changed, ns=(later, later))
    assert linked(site) == ['js/page/page.js', 'css/base.css']
    pack(static)
    assert linked(site) == ['packed/page.js', 'packed/page.css']


def test_the_files_are_looked_at_once_a_second(site, static, monkeypatch):
    from messenger_web import look
    looked, found = [], look._found
    monkeypatch.setattr(look, 'KNOWN_SECONDS', 60)
    monkeypatch.setattr(look, '_found', lambda: looked.append(1) or found())
    assert linked(site) == linked(site) and len(looked) == 1
    monkeypatch.setattr(look, '_known', {folder: (0, known) for folder, (_, known) in look._known.items()})
    assert linked(site) and len(looked) == 2
