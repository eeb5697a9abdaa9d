"""The messages of a conversation: groups, days, what is new, the way back to the end, links, large emoji, and what is said aloud."""
import re

import pytest
from person import LIVE
from playwright.sync_api import expect

INSERT = 'INSERT INTO message (sender, receiver, content, timestamp, is_read) VALUES (?, ?, ?, ?, ?)'
LOOK_AWAY = '() => { document.hasFocus = () => false; }'
PLACES = """items => items.map(item => {
    const { x, y, width, height } = item.getBoundingClientRect();
    return [item.querySelector('.message__content').textContent, x, y, width, height];
})"""


def insert(writer, reader, text, at='2026-01-02 10:00:00', is_read='T'):
    writer.stack.query(INSERT, writer.id, reader.id, text, at, is_read)


def has_read(person, number):
    """Wait until the database says so."""
    for _ in range(400):
        if person.stack.query('SELECT MAX(read_number) FROM messenger_participant WHERE user_id = ?', person.id)[0][0] >= number:
            return
        person.page.wait_for_timeout(50)
    raise AssertionError(person.stack.logs())


def items(page):
    return page.locator('#messages li')


def stands(page):
    """How each message stands to the one before it, as the page shows it."""
    return items(page).evaluate_all("""items => items.map(item => [
        item.className.split(' ').sort().join(' '), item.querySelector('.message__new')?.textContent ?? '',
        item.querySelector('.message__content').textContent])""")


def scroll_to(page, share):
    """Go to a place in the list: 0 is its end, 1 its beginning."""
    page.locator('#messages').evaluate('(list, share) => { list.scrollTop = (list.clientHeight - list.scrollHeight) * share; }', share)


def named(page, locator):
    """The texts of what is visible."""
    return [one.text_content() for one in page.locator(locator).all() if one.bounding_box()['width'] > 1]


@pytest.fixture
def plain(visit):
    """Call it for the page of a Person in a browser that runs no scripts."""
    def open_for(person, other):
        visitor = visit(java_script_enabled=False)
        visitor.takes_over(person)
        visitor.open_chat(other, live=False)
        return visitor.page
    return open_for


def test_what_one_writes_in_one_go_has_its_name_and_time_once(two):
    ann, bob = two
    for at, texts in (('2026-01-02 10:00:05', ('one', 'two', 'three')), ('2026-01-02 10:01:00', ('four',))):
        for text in texts:
            insert(ann, bob, text, at)
    insert(bob, ann, 'five', '2026-01-02 10:01:30')
    expect(items(bob.page)).to_have_count(5)
    assert named(bob.page, '.message__sender') == ['Ann Lee']
    assert named(bob.page, '.message__time') == ['11:00', '11:01', '11:01']
    heard = bob.page.locator('#messages').aria_snapshot()
    assert heard.count('Ann Lee') == 4 and heard.count('11:00') == 3, 'who hears the page hears it with each'


def test_a_page_without_scripts_one_with_them_and_one_that_was_open_look_the_same(two, plain):
    ann, bob = two
    for number in range(14):
        writer, reader = (ann, bob) if number % 5 < 3 else (bob, ann)
        insert(writer, reader, 'line %d' % number, '2026-01-%02d 10:00:%02d' % (2 + number // 9, number))
    expect(items(ann.page)).to_have_count(14)
    expect(items(bob.page)).to_have_count(14)
    expect(bob.page.locator('.message__state').last).to_have_text('Seen')    # else what Bob wrote last would be new to Ann
    live = stands(ann.page)
    assert len({classes for classes, _, _ in live}) > 4, 'they stand in different ways'
    ann.open_chat(bob)
    assert stands(ann.page) == live
    page = plain(ann, bob)
    assert stands(page) == live
    heights = '''items => items.map(item => item.getBoundingClientRect().height)'''
    assert items(page).evaluate_all(heights) == items(ann.page).evaluate_all(heights)


def test_nothing_in_the_list_moves_when_the_scripts_start(two):
    ann, bob = two
    for number in range(60):
        insert(bob, ann, 'line %d' % number, '2026-01-02 10:%02d:00' % (number // 2))
    expect(items(ann.page)).to_have_count(60)
    has_read(ann, 60)       # or the page opens at what is new, once there are scripts
    held = []
    ann.page.route('**/page.js', lambda route: held.append(route))
    ann.page.goto('/messenger/messaging/chat/%d' % bob.id, wait_until='commit')
    ann.page.wait_for_function("() => performance.getEntriesByType('paint').length")     # it is all there, and so are its styles
    before = items(ann.page).evaluate_all(PLACES)
    held[0].continue_()
    ann.sees_state(LIVE)
    expect(ann.page.locator('.message__time').last).not_to_contain_text('UTC')
    assert len(before) >= 50 and items(ann.page).evaluate_all(PLACES) == before


def test_days_are_those_of_the_reader(two, plain):
    ann, bob = two
    insert(ann, bob, 'before midnight', '2026-01-02 22:30:00')
    insert(ann, bob, 'after midnight', '2026-01-02 23:30:00')
    bob.sees('before midnight', 'after midnight')
    ann.write('now')
    bob.sees('before midnight', 'after midnight', 'now')
    days = bob.page.locator('.message__day')
    expect(days).to_have_count(3)
    assert [re.sub(r'^\w+day | \d{4}$', '', day) for day in days.all_text_contents()] == ['2 January', '3 January', 'Today']
    bob.open_chat(ann)
    assert [re.sub(r'^\w+day | \d{4}$', '', day) for day in days.all_text_contents()] == ['2 January', '3 January', 'Today']
    assert plain(bob, ann).locator('.message__day').all_text_contents() == ['2026-01-02', 'Today']


def test_today_becomes_yesterday_at_midnight(two):
    ann, bob = two
    bob.page.clock.install()
    bob.open_chat(ann)
    ann.write('hello')
    expect(bob.page.locator('.message__day')).to_have_text(['Today'])
    listed, clock = bob.page.locator('.conversation__time'), re.compile(r'^\d\d:\d\d$')
    expect(listed).to_have_text(clock)
    bob.page.clock.set_system_time(bob.page.evaluate('Date.now() / 1000') + 24 * 3600)
    bob.page.evaluate("() => dispatchEvent(new Event('focus'))")
    expect(bob.page.locator('.message__day')).to_have_text(['Yesterday'])
    expect(listed).not_to_have_text(clock)
    bob.page.clock.fast_forward(24 * 3600 * 1000)       # and nobody looks
    expect(bob.page.locator('.message__day')).not_to_have_text(['Yesterday'])


def test_times_are_told_in_full_to_who_points_at_them(two):
    ann, bob = two
    insert(ann, bob, 'one', '2026-01-02 10:00:05')
    expect(items(bob.page)).to_have_count(1)     # it has its place before the next one is sent
    ann.write('two')
    expect(items(bob.page)).to_have_count(2)
    for _ in range(2):
        titles = bob.page.locator('.message__time').evaluate_all('times => times.map(time => time.title)')
        assert re.fullmatch('Friday,? 2 January 2026 at 11:00', titles[0]) and re.search(r'\d{4} at \d\d:\d\d$', titles[1])
        bob.open_chat(ann)


def test_a_line_stands_over_what_is_new_until_the_page_is_left(two, plain):
    ann, bob = two
    ann.write('read')
    bob.sees('read')
    bob.write('own')
    expect(bob.page.locator('.message__new')).to_have_count(0)
    bob.page.goto('/messenger/messaging/index')
    ann.write('new')
    ann.write('new too')
    ann.sees('read', 'own', 'new', 'new too')
    bob.open_chat(ann)
    line = items(bob.page).nth(2).locator('.message__new')
    expect(line).to_have_text('New messages')
    bob.write('an answer')
    ann.sees('read', 'own', 'new', 'new too', 'an answer')
    ann.write('and another')
    bob.sees('read', 'own', 'new', 'new too', 'an answer', 'and another')
    expect(bob.page.locator('.message__new')).to_have_count(1)
    expect(line).to_be_visible()
    bob.page.reload()
    bob.sees('read', 'own', 'new', 'new too', 'an answer', 'and another')
    expect(bob.page.locator('.message__new')).to_have_count(0)
    expect(ann.page.locator('.message__new')).to_have_count(0)


def test_a_page_opens_at_the_first_that_is_new_though_it_takes_several_pages(two):
    ann, bob = two
    insert(ann, bob, 'read')
    bob.sees('read')
    bob.page.goto('/messenger/messaging/index')
    for number in range(70):
        insert(ann, bob, 'line %d' % number, is_read='F')
    expect(items(ann.page)).to_have_count(71)
    bob.open_chat(ann)
    line = bob.page.locator('.message__new')
    expect(items(bob.page)).to_have_count(71)
    expect(line).to_be_in_viewport()
    expect(bob.page.locator('#jump')).to_be_visible()
    expect(line).to_have_count(1)
    expect(items(bob.page).nth(1).locator('.message__new')).to_have_text('New messages')
    reads = 'SELECT read_number FROM messenger_participant WHERE user_id = ? AND read_number > 1'
    while not (read := bob.stack.query(reads, bob.id)):
        bob.page.wait_for_timeout(50)
    assert read[0][0] < 20, 'what was only passed on the way there was not seen'


def test_who_reads_further_up_is_told_how_much_is_new_and_taken_there(two):
    ann, bob = two
    for number in range(40):
        insert(bob, ann, 'line %d' % number)
    expect(items(ann.page)).to_have_count(40)
    jump = ann.page.locator('#jump')
    expect(jump).to_be_hidden()
    scroll_to(ann.page, 0.7)
    expect(jump).to_have_accessible_name('Newest messages')
    bob.write('one more')
    expect(jump).to_have_text('1 new message')
    bob.write('and more')
    expect(jump).to_have_text('2 new messages')
    ann.page.locator('#messages').focus()
    ann.page.keyboard.press('Tab')
    while not jump.evaluate('button => button === document.activeElement'):
        assert ann.page.evaluate("document.activeElement.closest('#messages') !== null"), 'the button comes after the messages'
        ann.page.keyboard.press('Tab')
    ann.page.keyboard.press('Enter')
    expect(items(ann.page).last).to_be_in_viewport()
    expect(jump).to_be_hidden()
    assert ann.page.evaluate("document.activeElement.id") == 'messages', 'the focus is not lost'
    scroll_to(ann.page, 0.7)
    expect(jump).to_have_accessible_name('Newest messages')


def test_addresses_are_links_for_both_live_and_later(two, plain):
    ann, bob = two
    ann.write('See (https://example.com/a_(b)), www.example.org! Not javascript:alert(1) nor https://ann@example.com/')
    for person in (ann, bob):
        expect(person.page.locator('.message__content a')).to_have_count(2)
    pages = [ann.page, bob.page, plain(bob, ann)]
    bob.open_chat(ann)
    for page in pages:
        links = page.locator('.message__content a').evaluate_all(
            "links => links.map(link => [link.textContent, link.href, link.rel, link.target, link.dir])")
        assert links == [['https://example.com/a_(b)', 'https://example.com/a_(b)', 'noopener noreferrer nofollow', '_blank', 'ltr'],
                         ['www.example.org', 'https://www.example.org/', 'noopener noreferrer nofollow', '_blank', 'ltr']]


def test_emoji_alone_are_large_and_others_are_not(two, plain):
    ann, bob = two
    for text in ('👩‍👩‍👧‍👦🇩🇪👋🏿', '😀 hello'):
        ann.write(text)
    expect(items(bob.page)).to_have_count(2)
    for page in (ann.page, bob.page, plain(bob, ann)):
        sizes = page.locator('.message__content').evaluate_all('all => all.map(one => parseFloat(getComputedStyle(one).fontSize))')
        assert sizes[0] > 32 and sizes[1] == 16


def test_code_keeps_its_blanks_and_wraps(two):
    ann, bob = two
    code = 'def grow(seed):\n    return %s' % ('x' * 300)
    ann.page.set_viewport_size({'width': 320, 'height': 600})
    bob.write(code)
    ann.sees(code)
    box = ann.page.locator('.message__content').evaluate('one => [one.scrollWidth <= one.clientWidth, one.innerText]')
    assert box == [True, code]


def test_what_arrives_is_said_aloud_and_older_messages_are_not(two):
    ann, bob = two
    log = ann.page.locator('#messages')
    expect(log).to_have_role('log')
    expect(log).to_have_attribute('aria-live', 'off')
    for number in range(60):
        insert(bob, ann, 'line %d' % number)
    expect(items(ann.page)).to_have_count(60)
    ann.open_chat(bob)
    announcer = ann.page.locator('#announcer')
    expect(announcer).to_have_attribute('aria-live', 'polite')
    scroll_to(ann.page, 1)
    expect(items(ann.page)).to_have_count(60)
    bob.write('Hello Ann')
    expect(announcer).to_have_text('Bob Ray: Hello Ann')


def test_what_becomes_of_ones_own_message_is_said_aloud(two):
    ann, bob = two
    bob.page.evaluate(LOOK_AWAY)
    ann.write('hello')
    expect(ann.page.locator('#announcer p')).to_have_text(['Sent'])
    bob.page.evaluate("() => { delete document.hasFocus; dispatchEvent(new Event('focus')); }")
    expect(ann.page.locator('#announcer p')).to_have_text(['Sent', 'Seen'])
    expect(bob.page.locator('#announcer p')).to_have_text(['Ann Lee: hello'])


def test_a_message_that_cannot_be_sent_is_said_aloud_at_once(two):
    ann, bob = two
    bob_id = bob.id
    bob.leave()
    ann.stack.query("UPDATE auth_user SET registration_key = 'blocked' WHERE id = ?", bob_id)
    ann.write('to nobody')
    expect(ann.page.locator('.message--failed')).to_have_count(1)
    expect(ann.page.locator('[role=alert]#alarm')).to_have_text('Not sent.')


def test_from_right_to_left_own_messages_are_on_the_left_and_each_text_has_its_own_direction(two):
    ann, bob = two
    ann.write('from Ann')
    bob.sees('from Ann')
    bob.write('שלום')
    bob.sees('from Ann', 'שלום')
    ann.context.add_cookies([{'name': 'messenger_device', 'value': 'language:ar', 'url': ann.stack.url}])
    ann.open_chat(bob)
    expect(ann.page.locator('html')).to_have_attribute('dir', 'rtl')
    own, other = (ann.page.locator('.message--%s .message__bubble' % who).bounding_box() for who in ('own', 'other'))
    assert own['x'] + own['width'] < other['x']
    directions = ann.page.locator('.message__content').evaluate_all('all => all.map(one => getComputedStyle(one).direction)')
    assert directions == ['ltr', 'rtl']


def test_a_message_that_arrives_touches_its_neighbours_and_no_other(two):
    ann, bob = two
    for number in range(160):
        insert(bob, ann, 'line %d' % number, '2026-01-02 10:%02d:00' % (number // 4))
    expect(items(ann.page)).to_have_count(160)
    ann.page.evaluate("""() => {
        window.touched = new Set();
        const options = { subtree: true, childList: true, attributes: true, characterData: true };
        const observer = new MutationObserver(changes => changes.forEach(({ target }) => touched.add(target.closest?.('li') ?? target)));
        observer.observe(document.getElementById('messages'), options);
    }""")
    bob.write('one more')
    ann.write('an answer')
    expect(ann.page.locator('#messages .message__state')).to_have_text('Seen')
    expect(items(ann.page)).to_have_count(162)
    assert ann.page.evaluate("Array.from(touched).filter(one => one.matches?.('li')).length") <= 3
    assert ann.page.evaluate("document.querySelectorAll('.messages').length") >= 3, 'the list lies in pieces'
