"""Sessions that lie in their cookie: they fit into one, whatever pages are looked at, and a logout is the end of each copy."""
import http.cookiejar

import pytest

from ..conftest import PASSWORD
from .ending.test_ending import SAID, change, copy_of, is_out, log_out_elsewhere

COOKIE, KEPT_BY_BROWSERS = 'session_data_messenger', 4_096
PAGES = ('/default/account', '/default/user/profile', '/default/user/change_password', '/default/user/logout', '/messaging/send_message',
         '/messaging/chat', '/messaging/chat/%d', '/messaging/index')


@pytest.fixture(params=[0, 9])
def sealed(request, choose):
    choose(session_store='cookie', session_cookie_key='a secret of the site', session_compression_level=request.param)


@pytest.fixture
def sizes(monkeypatch):
    """How long the sessions' cookies are; browsers that keep none which is too long."""
    found, kept = [], http.cookiejar.CookieJar._cookies_from_attrs_set

    def keep(jar, attributes, request):
        cookies = kept(jar, attributes, request)
        found.extend(len(one.name) + len(one.value) for one in cookies if one.name == COOKIE and one.value)
        return [one for one in cookies if len(one.name) + len(one.value or '') <= KEPT_BY_BROWSERS]
    monkeypatch.setattr(http.cookiejar.CookieJar, '_cookies_from_attrs_set', keep)
    return found


@pytest.fixture(params=['Ann', 'of long names'])
def ann(request, site, sealed, sizes):
    if request.param == 'Ann':
        return site.log_in('Ann')
    # As long as they may be, and nothing in them that could be made smaller.
    first, last = (''.join(chr(0x20000 + 7919 * number % 40_000) for number in range(start, start + 128)) for start in (0, 128))
    return site.log_in(first, last, 'ann@%s.example' % '.'.join('%060x' % 7**number for number in range(70, 77)))


def look_at_everything(browser, other, times):
    for _ in range(times):
        for page in PAGES:
            browser.get(page % other if '%' in page else page)


def test_it_fits_into_its_cookie_whatever_pages_are_looked_at_and_the_newest_forms_work(site, ann, sizes):
    bob = site.log_in('Bob')
    look_at_everything(ann, bob.id, 12)
    assert len(sizes) > 12 * len(PAGES) and max(sizes) < KEPT_BY_BROWSERS
    assert ann.send(bob.id, 'hello').status_int == 303 and len(site.messages()) == 1
    for end in (log_out_elsewhere, change):
        look_at_everything(ann, bob.id, 2)
        assert SAID in end(ann)
    look_at_everything(ann, bob.id, 2)
    ann.log_out()
    assert is_out(ann) and max(sizes) < KEPT_BY_BROWSERS


def test_a_page_in_another_tab_is_not_too_old_for_that(site, sealed, sizes):
    ann, bob = site.log_in('Ann'), site.log_in('Bob')
    tabs = [ann.get('/messaging/send_message').forms[0] for _ in range(3)]
    look_at_everything(ann, bob.id, 1)
    for form in tabs:
        form['receiver'], form['content'] = str(bob.id), 'from a tab'
        ann._checked(form.submit(expect_errors=True), 303)
    assert len(site.messages()) == 3


def test_a_logout_is_the_end_of_each_copy_of_the_cookie_and_of_no_other_login(site, sealed):
    ann, phone = site.log_in('Ann'), site.visitor()
    phone.log_in('ann@example.com')
    thief = copy_of(site, ann)
    assert not is_out(thief)
    ann.log_out()
    assert is_out(thief) and is_out(ann) and not is_out(phone)
    ann.log_in('ann@example.com', PASSWORD)
    assert not is_out(ann) and is_out(thief)


def test_it_is_looked_for_along_an_index(site, sealed, statements):
    ann = site.log_in('Ann')
    asked = [statement for statement in statements(lambda: ann.get('/messaging/index')) if "'logout'" in statement]
    assert len(asked) == 2      # at the door, and before the page's cookie goes out
    plan = site.db.executesql('EXPLAIN QUERY PLAN ' + asked[0], ['[""]'])
    assert 'messenger_event_detail' in str(plan), plan
    assert not [one for one in statements(lambda: ann.get('/messaging/updates.json?since=0')) if "'logout'" in one][1:]
