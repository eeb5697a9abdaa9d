"""Who is here and who types, as others see it: in the head of a chat and in the list, for sighted people and for those who listen."""
import re

import pytest
from person import LIVE
from playwright.sync_api import expect
from stack import Stack

LIST = '/messenger/messaging/chat'
SOON = 1


@pytest.fixture(scope='module')
def stack(web2py_home, tmp_path_factory):
    """One where who has gone is offline a second later."""
    with Stack(tmp_path_factory.mktemp('company'), web2py_home, sends_per_second=50, burst=100, connections_per_address=1000,
               offline_seconds=SOON, delivered_seconds=SOON) as stack:
        yield stack


@pytest.fixture
def two(two):
    """They know each other."""
    ann, bob = two
    ann.write('hello')
    bob.sees('hello')
    return ann, bob


def head(person, text):
    expect(person.page.locator('.chat__presence')).to_have_text(text, timeout=15_000)


def types(page, text='x', **how):
    page.locator('#composer textarea').press_sequentially(text, **how)


def log(page, selector):
    """Keep what an element says from now on."""
    page.evaluate('''selector => { window.said = []; new MutationObserver(() => said.push(document.querySelector(selector).textContent))
        .observe(document.querySelector(selector), { childList: true, characterData: true, subtree: true }); }''', selector)


def test_who_is_here_is_seen_in_head_and_list_and_when_they_went_afterwards(two, visit):
    ann, bob = two
    head(ann, 'online')
    chats = ann.context.new_page()
    chats.goto(LIST)
    row = chats.get_by_role('listitem').filter(has_text='Bob Ray').get_by_role('link')
    expect(row).to_have_accessible_name(re.compile('online$'))
    tab = bob.new_tab(ann)
    bob.page.close()
    types(tab)
    head(ann, re.compile('is typing'))
    head(ann, 'online')
    tab.close()
    head(ann, re.compile(r'^last seen (today|yesterday) at \d\d:\d\d$'))
    expect(row).not_to_have_accessible_name(re.compile('online'))
    ann.page.reload()
    head(ann, re.compile(r'^last seen (today|yesterday) at \d\d:\d\d$'))
    plain = visit(java_script_enabled=False)
    plain.takes_over(ann)
    plain.page.goto('%s/%d' % (LIST, bob.id))
    head(plain, re.compile(r'^last seen on \d{4}-\d\d-\d\d \d\d:\d\d UTC$'))


def test_a_conversation_with_oneself_has_no_company(two):
    ann, _ = two
    ann.open_chat(ann)
    expect(ann.page.locator('.chat__presence')).to_have_count(0)


def test_without_the_line_nobody_is_said_to_be_here(two):
    ann, _ = two
    head(ann, 'online')
    for person in two:
        person.may_lose_the_line = True
    ann.stack.kill_sidecar()
    try:
        head(ann, '')
    finally:
        ann.stack.start_sidecar()
    for person in two:
        person.comes_back()
    head(ann, 'online')


def test_who_types_is_seen_for_some_seconds_and_said_once(two):
    ann, bob = two
    chats = ann.context.new_page()
    chats.goto(LIST)
    ann.sees_state(LIVE, chats)
    row = chats.locator('.conversation').filter(has_text='Bob Ray')
    log(ann.page, '.chat__who [role=status]')
    types(bob.page, 'one')
    head(ann, '\u2068Bob Ray\u2069 is typing …')
    expect(row.locator('.conversation__typing')).to_have_text('typing …')
    expect(row.locator('.conversation__last')).to_be_hidden()
    bob.page.keyboard.press('Enter')
    ann.sees('hello', 'one')
    head(ann, 'online')
    expect(row.locator('.conversation__last')).to_have_text('one')
    assert ann.page.evaluate('said') == ['\u2068Bob Ray\u2069 is typing …', '']
    types(bob.page, 'for some seconds', delay=350)
    head(ann, '\u2068Bob Ray\u2069 is typing …')
    head(ann, 'online')
    expect(row.locator('.conversation__last')).to_be_visible()


def test_who_hides_it_is_neither_here_nor_seen(two):
    ann, bob = two
    device = bob.context.new_page()
    device.goto('/messenger/default/account')
    device.uncheck('input[name=shows_presence]')
    device.locator('form').filter(has=device.locator('input[name=shows_presence]')).locator('input[type=submit]').click()
    bob.page.close()
    expect(device.locator('.flash')).to_have_text('Saved.')
    device.close()
    head(ann, '')     # the page that said so was the last that had a socket
    bob.page = bob.context.new_page()
    bob.open_chat(ann)
    head(bob, 'online')
    ann.page.reload()
    ann.sees_state(LIVE)
    head(ann, '')
