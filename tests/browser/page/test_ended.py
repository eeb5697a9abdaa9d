"""Whose session is over: every page of theirs that is open empties itself, says so, and leads back."""
import re
from urllib.parse import unquote

import pytest
from person import LIVE
from places_to_see import rooms
from playwright.sync_api import expect

# What her pages have of Ann and of those she talks with: names, texts, numbers, fields.
PRIVATE = re.compile(r'Ann|Lee|Bob|Ray|Cid|Orr|Good|Farewell|@example|typed|\(\d+\)|data-user-id'
                     r'|<(?:form|input|textarea|template|dialog|ul|ol)\b')
SEEN = ('thread', 'unread', 'search', 'profile', 'send')
WRITTEN = {'thread': '#composer textarea', 'send': 'textarea[name=content]', 'profile': 'input[name=first_name]'}


@pytest.fixture
def pages(reader):
    """Ann's pages, each in a tab of its own: name -> (page, address)."""
    addresses = rooms(*reader.others)
    opened = {name: reader.context.new_page() for name in SEEN}
    for name, page in opened.items():
        page.goto(addresses[name])
        reader.sees_state(LIVE, page)
        if name in WRITTEN:
            page.fill(WRITTEN[name], 'typed')
    return {name: (page, addresses[name]) for name, page in opened.items()}


def is_empty(page):
    """Nothing private is left, in the document or its title, and the icon has no dot."""
    page.wait_for_selector('#connection a')
    assert PRIVATE.findall(page.content()) == []
    assert page.title() == 'Messenger'
    assert '-unread' not in page.get_attribute('link[rel=icon]', 'href')


def test_logged_out_in_another_tab_every_page_empties_itself_and_leads_back(reader, pages):
    ann, tab = reader, reader.page
    thread, _ = pages['thread']
    thread.keyboard.press('Escape')
    thread.keyboard.press('?')
    expect(thread.get_by_role('dialog')).to_be_visible()
    # No socket tells this one.
    pages['send'][0].evaluate("dispatchEvent(new Event('pagehide'))")
    tab.goto('/messenger/default/user/logout')
    tab.get_by_role('button', name='Log out').click()
    for name, (page, address) in pages.items():
        ann.sees_state('logged-out', page)
        is_empty(page)
        expect(page.locator('#connection')).to_have_text('You are logged out. Log in again to go on.')
        there = re.sub('^/messenger(/default)?', '_next=', address).replace('/index?', '?')     # as routes.py shortens it
        assert unquote(page.get_attribute('#connection a', 'href')).endswith(there), name
    thread.keyboard.press('?')
    thread.get_by_role('link', name='Log in again').click()
    thread.fill('input[name=email]', ann.email)
    thread.fill('input[name=password]', ann.password)
    thread.click('input[type=submit]')
    expect(thread.locator('.chat__title')).to_contain_text('Bob Ray')
    ann.sees_state(LIVE, thread)
    # Once is enough for all tabs.
    page, _ = pages['profile']
    page.get_by_role('link', name='Log in again').click()
    ann.sees_state(LIVE, page)
    assert page.url.endswith('/user/profile')  # as routes.py shortens it
    # What is fetched again by the back button is no page of before.
    page, _ = pages['unread']
    with page.expect_navigation():
        page.evaluate("dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))")
    ann.sees_state(LIVE, page)


def test_a_page_that_the_back_button_brings_shows_nothing_before_it_is_known_whose_it_is(reader):
    ann, page = reader, reader.page
    page.goto(rooms(*ann.others)['thread'])
    ann.sees_state(LIVE)
    page.evaluate("dispatchEvent(new PageTransitionEvent('pagehide', { persisted: true }))")
    expect(page.locator('.chat__title')).to_be_hidden()
    page.evaluate("dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))")
    ann.sees_state(LIVE)
    expect(page.locator('.chat__title')).to_be_visible()
    page.fill(WRITTEN['thread'], 'half a thought')
    page.evaluate("dispatchEvent(new PageTransitionEvent('pagehide', { persisted: true }))")
    page.evaluate('localStorage.clear()')   # by a logout elsewhere: a page that is put away hears nothing of it
    cookies = ann.context.cookies()
    ann.context.clear_cookies()
    page.evaluate("dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))")
    ann.sees_state('logged-out')
    is_empty(page)
    ann.context.add_cookies(cookies)
    page.goto(rooms(*ann.others)['thread'])
    expect(page.locator(WRITTEN['thread'])).to_have_value('half a thought')


def test_somebody_else_who_has_logged_in_meanwhile_sees_nothing_of_a_page(reader, visit):
    ann, page, dee = reader, reader.page, visit('Dee', 'Fox')
    page.goto(rooms(*ann.others)['account'])
    ann.sees_state(LIVE)
    ann.context.clear_cookies()
    dee.join()
    ann.context.add_cookies(dee.context.cookies())
    page.evaluate("dispatchEvent(new PageTransitionEvent('pagehide', { persisted: true }))")
    page.evaluate("dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))")
    ann.sees_state('stale')
    is_empty(page)
