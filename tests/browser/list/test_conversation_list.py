"""The list of conversations: it moves while one looks at it, counts what is unread, and keeps what one is doing in peace."""
import pytest
from person import LIVE, LOST
from playwright.sync_api import expect

LIST = '/messenger/messaging/chat'


@pytest.fixture
def three(two, visit):
    """Ann, who looks at her list, and Bob and Cid, who have their chats with her open."""
    ann, bob = two
    cid = visit('Cid', 'Orr')
    cid.join()
    cid.open_chat(ann)
    ann.page.goto(LIST)
    ann.sees_state(LIVE)
    return ann, bob, cid


def rows(person, *expected, page=None):
    """Expect these rows: (name, last words, badge or '')."""
    page = page or person.page
    for number, selector in enumerate(('.conversation__name bdi', '.conversation__last')):
        expect(page.locator(selector)).to_have_text([row[number] for row in expected], timeout=20_000)
    for number, row in enumerate(expected):
        expect(page.locator('.conversation').nth(number).locator('.badge')).to_have_text([row[2]] if row[2] else [])


def test_it_moves_and_counts_while_messages_come_and_are_read_elsewhere(three):
    ann, bob, cid = three
    expect(ann.page.locator('.conversations')).to_be_hidden()
    bob.write('from Bob')
    rows(ann, ('Bob Ray', 'from Bob', '1 unread'))
    cid.write('from Cid')
    rows(ann, ('Cid Orr', 'from Cid', '1 unread'), ('Bob Ray', 'from Bob', '1 unread'))
    bob.write('from Bob again')
    rows(ann, ('Bob Ray', 'from Bob again', '2 unread'), ('Cid Orr', 'from Cid', '1 unread'))
    tab = ann.new_tab(bob)
    rows(ann, ('Bob Ray', 'from Bob again', ''), ('Cid Orr', 'from Cid', '1 unread'))
    ann.write('an answer', tab)
    rows(ann, ('Bob Ray', 'You: an answer', ''), ('Cid Orr', 'from Cid', '1 unread'))
    ann.page.reload()
    rows(ann, ('Bob Ray', 'You: an answer', ''), ('Cid Orr', 'from Cid', '1 unread'))
    ann.page.locator('.conversation a').nth(1).click()
    ann.sees('from Cid')


def test_a_row_that_came_live_is_the_same_as_one_that_came_with_the_page(three):
    ann, bob, _ = three
    bob.write('<b>bold</b>\n' + 'x' * 500)
    row = ann.page.locator('.conversation')
    here = row.locator('.conversation__here')       # told a moment after the page is live, and there before the row is
    expect(here).to_have_count(1)
    looks = '''row => [row.className, row.textContent.replace(/\\s+/g, ' ').trim(), row.firstElementChild.getAttribute('href'),
        row.querySelector('time').dateTime, row.getBoundingClientRect().height]'''
    live = row.evaluate(looks)
    ann.page.reload()
    ann.sees_state(LIVE)
    expect(here).to_have_count(1)
    assert row.evaluate(looks) == live
    expect(ann.page.locator('.conversation b')).to_have_count(0)
    assert ann.page.evaluate('document.documentElement.scrollWidth <= innerWidth')


def test_the_row_that_has_the_focus_keeps_it_whatever_moves(three):
    ann, bob, cid = three
    bob.write('one')
    rows(ann, ('Bob Ray', 'one', '1 unread'))
    cid.write('two')
    rows(ann, ('Cid Orr', 'two', '1 unread'), ('Bob Ray', 'one', '1 unread'))
    of_bob = ann.page.locator('.conversation a', has_text='Bob Ray')
    of_bob.focus()
    bob.write('three')
    rows(ann, ('Bob Ray', 'three', '2 unread'), ('Cid Orr', 'two', '1 unread'))
    cid.write('four')
    rows(ann, ('Cid Orr', 'four', '2 unread'), ('Bob Ray', 'three', '2 unread'))
    assert of_bob.evaluate('link => link === document.activeElement')
    ann.page.keyboard.press('Enter')
    ann.sees('one', 'three')


def test_who_has_begun_to_write_leaves_the_list_of_members(three):
    ann, bob, _ = three
    member = ann.page.locator('.people a').filter(has_text='#%d' % bob.id).filter(has_text='Bob Ray')
    expect(member).to_have_count(1)
    bob.write('hello')
    rows(ann, ('Bob Ray', 'hello', '1 unread'))
    expect(member).to_have_count(0)


def test_many_messages_at_once_cost_a_request_a_second(three):
    ann, bob, _ = three
    bob.write('the first')
    rows(ann, ('Bob Ray', 'the first', '1 unread'))
    before, began = asked(ann), ann.page.evaluate('performance.now()')
    for number in range(30):
        bob.write('message %d' % number)
    rows(ann, ('Bob Ray', 'message 29', '31 unread'))
    seconds = (ann.page.evaluate('performance.now()') - began) / 1000
    assert 1 <= asked(ann) - before <= seconds + 2


def asked(person):
    return sum('/conversations.json' in url for url in person.requests)


def test_without_a_socket_it_moves_by_polling(three):
    ann, bob, _ = three
    for person in three:
        person.may_lose_the_line = True
    ann.stack.kill_sidecar()
    try:
        ann.sees_state(LOST)
        bob.write('by the other road')
        rows(ann, ('Bob Ray', 'by the other road', '1 unread'))
    finally:
        ann.stack.start_sidecar()


def test_what_it_shows_to_somebody_has_reached_them(three):
    _, bob, _ = three
    bob.write('hello')
    expect(bob.page.locator('.message__state:visible')).to_have_text(['Delivered'], timeout=20_000)


def test_logging_out_elsewhere_is_said(three):
    ann, _, _ = three
    tab = ann.context.new_page()
    tab.goto(LIST)
    ann.log_out(tab)
    ann.sees_state('logged-out', seconds=5)


def test_older_conversations_are_on_pages_of_their_own(three):
    ann, _, _ = three
    ann.stack.query('''INSERT INTO auth_user (first_name, last_name, email, registration_key)
        WITH RECURSIVE count(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM count WHERE n < 31)
        SELECT 'Zoe', n, 'zoe-' || n || '-' || ? || '@example.com', '' FROM count''', ann.id)
    ann.stack.query('''INSERT INTO message (sender, receiver, content, timestamp, is_read)
        SELECT id, ?, 'hello', '2026-01-02 03:04:05', 'F' FROM auth_user WHERE email LIKE 'zoe-%-' || ? || '@example.com' ORDER BY id''',
                    ann.id, ann.id)
    expect(ann.page.locator('.conversation')).to_have_count(30)
    expect(ann.page.locator('.conversation__name').first).to_contain_text('Zoe 31')
    ann.page.get_by_role('link', name='Older').click()
    expect(ann.page.locator('.conversation__name')).to_contain_text(['Zoe 1'])
    expect(ann.page.locator('.conversation')).to_have_count(1)
    ann.page.get_by_role('link', name='Newest').click()
    expect(ann.page.locator('.conversation')).to_have_count(30)


def test_without_scripts_it_is_there_too(three, visit):
    ann, bob, _ = three
    bob.write('hello')
    rows(ann, ('Bob Ray', 'hello', '1 unread'))
    plain = visit(java_script_enabled=False)
    plain.takes_over(ann)
    plain.page.goto(LIST)
    rows(plain, ('Bob Ray', 'hello', '1 unread'))
