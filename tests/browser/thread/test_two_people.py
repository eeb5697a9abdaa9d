"""Two people write to each other, and nothing gets in the way."""
import re

from person import LIVE
from playwright.sync_api import expect


def test_two_people_register_write_answer_reload_and_leave(visit):
    ann, bob = visit('Ann', 'Lee'), visit('Bob', 'Ray')
    ann.register()
    bob.register()
    bob.log_out()
    bob.log_in()
    bob.open_chat(ann)
    bob.sees()
    ann.send_by_form(bob.email, 'Hello Bob')
    bob.sees('Hello Bob')
    expect(bob.page.locator('#messages .message--other .message__sender')).to_have_text('Ann Lee')
    ann.open_chat(bob)
    bob.write('Hello Ann')
    ann.sees('Hello Bob', 'Hello Ann')
    bob.sees('Hello Bob', 'Hello Ann')
    for person in (ann, bob):
        person.page.reload()
        person.sees_state(LIVE)
        person.sees('Hello Bob', 'Hello Ann')
    bob.log_out()
    bob.page.goto('/messenger/messaging/chat/%d' % ann.id)
    assert '/user/login' in bob.page.url


def test_what_is_sent_at_once_is_shown_in_order_with_its_time(two):
    ann, bob = two
    texts = ['line %d' % number for number in range(12)]
    for text in texts:
        ann.write(text)
    ann.sees(*texts)
    bob.sees(*texts)
    times = bob.page.locator('#messages .message__time')
    assert all(re.fullmatch(r'(.+, )?\d\d:\d\d', text) for text in times.all_text_contents()), 'local time, without "UTC"'
    assert re.fullmatch(r'\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ', times.first.get_attribute('datetime'))
    numbers = bob.page.locator('#messages li').evaluate_all('items => items.map(item => Number(item.dataset.number))')
    assert numbers == list(range(1, 13))


def test_both_write_at_once_and_see_the_same(two):
    ann, bob = two
    for number in range(8):
        ann.write('a%d' % number)
        bob.write('b%d' % number)
    expect(ann.page.locator('#messages .message--own[data-number], #messages .message--other')).to_have_count(16)
    expect(bob.page.locator('#messages .message--own[data-number], #messages .message--other')).to_have_count(16)
    shown = ann.page.locator('#messages .message__content').all_text_contents()
    assert shown == bob.page.locator('#messages .message__content').all_text_contents()
    assert [text for text in shown if text[0] == 'a'] == ['a%d' % number for number in range(8)]


def test_two_tabs_of_one_member_show_the_same(two):
    ann, bob = two
    tab = ann.new_tab(bob)
    ann.write('from the first tab')
    ann.write('from the second tab', tab)
    bob.write('an answer')
    for page in (ann.page, tab):
        expect(page.locator('#messages .message__content')).to_have_count(3)
        expect(page.locator('#messages .message--own')).to_have_count(2)
        expect(page.locator('#messages .message--pending')).to_have_count(0)
    shown = ann.page.locator('#messages .message__content').all_text_contents()
    assert shown == tab.locator('#messages .message__content').all_text_contents()


def test_only_this_conversation_is_shown(two, visit):
    ann, bob = two
    cid = visit('Cid', 'Orr')
    cid.join()
    cid.open_chat(ann)
    cid.write('a word from Cid')
    cid.sees('a word from Cid')
    bob.write('a word from Bob')
    ann.sees('a word from Bob')


def test_what_is_shown_is_read_and_what_nobody_looked_at_is_not(two):
    ann, bob = two
    ann.page.goto('/messenger/messaging/index')
    bob.write('one')
    bob.sees('one')
    ann.page.reload()
    expect(ann.page.locator('.letter--unread')).to_have_count(1)
    ann.open_chat(bob)
    ann.sees('one')
    bob.write('two')
    ann.sees('one', 'two')
    ann.page.goto('/messenger/messaging/index')
    expect(ann.page.locator('.letter')).to_have_count(2)
    expect(ann.page.locator('.letter--unread')).to_have_count(0)


def test_a_reader_at_the_end_is_kept_there_and_one_further_up_is_left_in_peace(two):
    ann, bob = two
    bob.page.set_viewport_size({'width': 800, 'height': 500})
    for number in range(40):
        ann.stack.query(
            "INSERT INTO message (sender, receiver, content, timestamp, is_read) VALUES (?, ?, ?, '2026-01-02 03:04:05', 'F')",
            ann.id, bob.id, 'line %d' % number)
    expect(bob.page.locator('#messages li')).to_have_count(40)
    # The list scrolls from its end: there scrollTop is 0.
    place = '''list => [-list.scrollTop, list.scrollHeight - list.clientHeight]'''
    messages = bob.page.locator('#messages')
    distance, most = messages.evaluate(place)
    assert most > 100 and distance < 2, 'new messages are followed'
    bob.page.set_viewport_size({'width': 800, 'height': 400})
    bob.page.wait_for_function('''most => {
        const list = document.getElementById("messages");
        return list.scrollHeight - list.clientHeight > most + 50;
    }''', arg=most)
    distance, most = messages.evaluate(place)
    assert distance < 2, 'and the last one stays in view when the keyboard of a phone comes up'
    messages.evaluate('list => { list.scrollTop = (list.clientHeight - list.scrollHeight) / 2; }')
    top = '''() => document.querySelector('[data-number="20"]').getBoundingClientRect().top'''
    before = bob.page.evaluate(top)
    ann.write('one more')
    expect(bob.page.locator('#messages li')).to_have_count(41)
    assert abs(bob.page.evaluate(top) - before) < 1


def test_older_messages_come_when_the_reader_gets_there_and_move_nothing(two):
    ann, bob = two
    ann.write('the first')
    bob.sees('the first')
    for number in range(1, 130):
        ann.stack.query(
            "INSERT INTO message (sender, receiver, content, timestamp, is_read) VALUES (?, ?, ?, '2026-01-02 03:04:05', 'F')",
            bob.id, ann.id, 'line %d' % number)
    expect(ann.page.locator('#messages li')).to_have_count(130)
    ann.page.reload()
    ann.sees_state(LIVE)
    expect(ann.page.locator('#messages li').last).to_contain_text('line 129')
    items = ann.page.locator('#messages li')
    count = items.count()
    assert 0 < count < 130
    first = items.first.get_attribute('data-number')
    ann.page.locator('#messages').evaluate('list => { list.scrollTop = list.clientHeight - list.scrollHeight + 10; }')
    top = '''number => document.querySelector(`[data-number="${number}"] .message__content`).getBoundingClientRect().top'''
    before = ann.page.evaluate(top, first)
    expect(items.first).not_to_have_attribute('data-number', first)
    assert abs(ann.page.evaluate(top, first) - before) < 2
    ann.page.wait_for_function("""() => {
        const list = document.getElementById('messages');
        list.scrollTop = list.clientHeight - list.scrollHeight;
        return list.querySelector('li').dataset.number === '1';
    }""")
    expect(items.first).to_contain_text('the first')
    numbers = items.evaluate_all('items => items.map(item => Number(item.dataset.number))')
    assert numbers == list(range(1, 131))
    expect(ann.page.locator('.chat__older')).to_be_hidden()


def test_logging_out_in_one_tab_ends_the_chat_in_the_other(two):
    ann, bob = two
    tab = ann.new_tab(bob)
    ann.log_out()
    ann.sees_state('logged-out', tab, seconds=5)
    expect(tab.locator('#connection a')).to_have_attribute('href', re.compile('/user/login'))
    bob.write('a secret')
    bob.sees('a secret')
    expect(tab.locator('#messages, #composer')).to_have_count(0)
