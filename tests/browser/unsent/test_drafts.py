"""What is written and not sent: it is there again after a reload, in other tabs and in the list, and goes with its writer."""
import time

import pytest
from person import LIVE, LOST
from playwright.sync_api import expect

FIELD, DRAFT = '#composer textarea', '.conversation__draft'
KEYS = 'Object.keys(localStorage).filter(key => key.startsWith("messenger."))'


def kept(page):
    return page.evaluate(KEYS)


def is_forgotten(page):
    """Wait until nothing is kept. Not by Playwright's wait_for_function, which evaluates a text in the page: the policy forbids it."""
    deadline = time.monotonic() + 15
    while kept(page):
        assert time.monotonic() < deadline, kept(page)
        page.wait_for_timeout(20)


def test_a_draft_is_there_again_after_a_reload_until_it_is_sent(two):
    ann, _ = two
    field = ann.page.locator(FIELD)
    field.press_sequentially('half a thou')
    ann.page.reload()
    expect(field).to_have_value('half a thou')
    field.press_sequentially('ght')
    field.press('Control+Enter')
    ann.sees('half a thought')
    ann.page.reload()
    ann.sees_state(LIVE)
    expect(field).to_have_value('')
    is_forgotten(ann.page)


def test_each_conversation_has_a_draft_of_its_own_and_the_list_shows_it(two, visit):
    ann, bob = two
    cid = visit('Cid', 'Orr')
    cid.join()
    for person in (bob, cid):
        person.open_chat(ann)
        person.write('hello from ' + person.first)
        person.sees('hello from ' + person.first)
    ann.open_chat(bob)
    ann.page.locator(FIELD).fill('for <b>Bob</b>')
    expect(ann.page.locator(DRAFT)).to_have_count(0)    # it is in the composer beside the list
    ann.open_chat(cid)
    expect(ann.page.locator(FIELD)).to_have_value('')
    row = ann.page.locator('.conversation', has_text='Bob Ray')
    expect(row.locator(DRAFT)).to_have_text('Draft: for <b>Bob</b>')
    expect(row.get_by_text('hello from Bob')).to_be_hidden()
    bob.write('still there?')
    expect(row.locator('.badge')).to_have_text('1 unread')
    expect(row.locator(DRAFT)).to_have_text('Draft: for <b>Bob</b>')
    ann.open_chat(bob)
    ann.page.locator(FIELD).fill('')
    ann.open_chat(cid)
    expect(row.locator(DRAFT)).to_have_count(0)
    expect(row.get_by_text('still there?')).to_be_visible()


def test_two_tabs_show_the_same_draft_and_it_is_sent_once(two):
    ann, bob = two
    tab = ann.context.new_page()
    tab.goto('/messenger/messaging/chat')
    other = ann.new_tab(bob)
    ann.page.bring_to_front()
    # In a browser without a window every page thinks that it has the focus.
    other.evaluate('document.hasFocus = () => false')
    ann.page.locator(FIELD).fill('to be sent')
    expect(other.locator(FIELD)).to_have_value('to be sent')
    ann.page.locator(FIELD).press('Enter')
    expect(other.locator(FIELD)).to_have_value('')
    ann.sees('to be sent', page=other)


def test_whoever_logs_in_next_gets_nothing_of_it(two):
    ann, bob = two
    ann.page.locator(FIELD).fill('a secret of Ann')
    where = ann.page.url
    # The session ends by itself: nobody logs out.
    ann.leave()
    ann.context.clear_cookies()
    bob_here = Someone(ann, bob)
    bob_here.log_in()
    ann.page.goto(where.rpartition('/')[0] + '/%d' % bob.id)
    expect(ann.page.locator(FIELD)).to_have_value('')
    ann.page.goto('/messenger/messaging/chat')
    assert 'a secret' not in ann.page.content()
    ann.page.go_back()
    assert 'a secret' not in ann.page.content() and ann.page.locator(FIELD).input_value() == ''
    bob_here.log_out()
    ann.log_in()
    ann.page.goto(where)
    expect(ann.page.locator(FIELD)).to_have_value('a secret of Ann')


class Someone:
    """Another member, in somebody's browser."""

    def __init__(self, host, guest):
        self.page, self.email, self.password = host.page, guest.email, guest.password

    def log_in(self):
        self.page.goto('/messenger/default/user/login')
        self.page.fill('input[name=email]', self.email)
        self.page.fill('input[name=password]', self.password)
        self.page.click('input[type=submit]')
        expect(self.page.get_by_role('heading', name='Inbox')).to_be_visible()

    def log_out(self):
        self.page.get_by_role('link', name='Log out').click()
        self.page.get_by_role('button', name='Log out').click()


@pytest.mark.parametrize('where', ['/messenger/messaging/chat/{bob}', '/messenger/messaging/send_message', '/messenger/messaging/index'])
def test_the_browser_s_own_memory_of_forms_gives_nothing_to_the_next_member_either(two, where):
    ann, bob = two
    bob.write('hello')
    ann.sees('hello')
    ann.page.evaluate('Storage.prototype.setItem = () => {}')
    ann.page.goto(where.format(bob=bob.id))
    ann.page.locator('details').evaluate_all('all => all.forEach(one => { one.open = true; })')
    texts = ann.page.locator('textarea')
    for text in texts.all():
        text.fill('a secret of Ann')
    assert texts.count()
    ann.page.goto('/messenger/default/account')
    ann.log_out()
    Someone(ann, bob).log_in()
    for _ in range(5):
        ann.page.go_back()
        assert 'a secret' not in ann.page.content()
        assert 'a secret of Ann' not in texts.evaluate_all('all => all.map(one => one.value)')


def test_logging_out_takes_drafts_away_and_other_tabs_keep_nothing_more(two):
    ann, bob = two
    tab = ann.new_tab(bob)
    ann.page.locator(FIELD).fill('half a thought')
    assert len(kept(tab)) == 1
    ann.log_out()
    expect(ann.page.get_by_role('link', name='Register').first).to_be_visible()
    is_forgotten(ann.page)
    ann.sees_state('logged-out', tab)
    expect(tab.locator(FIELD)).to_have_count(0)
    assert kept(ann.page) == []
    ann.log_in()
    ann.open_chat(bob)
    expect(ann.page.locator(FIELD)).to_have_value('')


def test_two_tabs_write_different_texts_to_the_same_person_and_a_duplicate_overwrites_neither(two):
    ann, bob = two
    other = ann.new_tab(bob)
    ann.page.locator(FIELD).fill('of the first tab')
    other.locator(FIELD).fill('of the other tab')
    ann.page.reload()
    expect(ann.page.locator(FIELD)).to_have_value('of the first tab')
    with ann.context.expect_page() as opened:
        ann.page.evaluate('() => { open(location.href); }')
    duplicate = opened.value
    expect(duplicate.locator(FIELD)).to_have_value('of the first tab')
    duplicate.locator(FIELD).fill('of the duplicate')
    ann.page.reload()
    expect(ann.page.locator(FIELD)).to_have_value('of the first tab')
    duplicate.close()
    other.reload()
    expect(other.locator(FIELD)).to_have_value('of the other tab')


def test_after_a_logout_in_another_tab_the_open_one_gives_its_text_back_to_the_same_member(two):
    ann, bob = two
    tab = ann.new_tab(bob)
    tab.locator(FIELD).fill('half a thought')
    ann.log_out()
    expect(ann.page.get_by_role('link', name='Register').first).to_be_visible()
    is_forgotten(ann.page)
    ann.log_in()
    tab.goto('/messenger/messaging/chat/%d' % bob.id)
    expect(tab.locator(FIELD)).to_have_value('half a thought')


@pytest.fixture
def cut_off(two):
    ann, bob = two
    for person in two:
        person.may_lose_the_line = True
    ann.context.route('**/command.json', lambda route: route.abort('connectionrefused'))
    ann.stack.kill_sidecar()
    ann.sees_state(LOST)
    yield ann, bob
    ann.stack.start_sidecar()


WILL_BE_LOST = ['1 message is not sent yet and will be lost.', '1 draft will be lost.']


def test_whoever_logs_out_with_unsent_messages_is_told_first_and_then_they_are_gone(cut_off):
    ann, bob = cut_off
    ann.write('not sent')
    expect(ann.page.locator('.message--pending')).to_have_count(1)
    ann.page.locator(FIELD).fill('half a thought')
    ann.page.get_by_role('link', name='Log out').click()
    expect(ann.page.get_by_role('alert').locator('p')).to_have_text(WILL_BE_LOST)
    ann.page.goto('/messenger/default/account')
    expect(ann.page.get_by_role('alert').locator('p')).to_have_text(WILL_BE_LOST)
    assert len(kept(ann.page)) == 2
    ann.log_out()
    expect(ann.page.get_by_role('link', name='Register').first).to_be_visible()
    is_forgotten(ann.page)
    ann.log_in()
    ann.open_chat(bob, live=False)
    expect(ann.page.locator('#messages li')).to_have_count(0)


def test_an_address_that_somebody_is_led_to_takes_nothing_away_and_says_what_would_be_lost(two):
    ann, bob = two
    tab = ann.new_tab(bob)
    bob.write('http://%s/messenger/default/user/logout' % ann.page.url.split('/')[2])
    with ann.context.expect_page() as opened:
        ann.page.locator('#messages a').click()
    page = opened.value
    expect(page.get_by_role('button', name='Log out')).to_be_visible()
    expect(page.get_by_role('alert').locator('p')).to_have_count(0)
    tab.locator(FIELD).fill('half a thought')
    expect(page.get_by_role('alert').locator('p')).to_have_text(['1 draft will be lost.'])
    ann.write('still here')
    ann.sees('http://%s/messenger/default/user/logout' % ann.page.url.split('/')[2], 'still here')
    assert len(kept(ann.page)) == 1 and tab.locator(FIELD).input_value() == 'half a thought', 'that is another text'


def test_deleting_the_account_takes_them_away_too(two):
    ann, _ = two
    ann.page.locator(FIELD).fill('half a thought')
    ann.page.goto('/messenger/default/account')
    ann.page.fill('#leave_password', ann.password)
    ann.page.get_by_role('button', name='Delete my account').click()
    expect(ann.page.locator('.flash')).to_have_text('Your account has been deleted.')
    is_forgotten(ann.page)
