"""What becomes of a message: sent, delivered, seen. Live, after a reload, in two tabs, and without scripts."""
import json
import time

import pytest
from person import LIVE, LOST
from playwright.sync_api import expect


def states(person, page=None):
    """The words that are said beside one's own messages."""
    return (page or person.page).locator('.message__state:visible')


def is_said(person, *said, page=None):
    """Expect these states, and no others, in the order of the messages; more than the seconds that the server gathers deliveries for."""
    expect(states(person, page)).to_have_text(list(said), timeout=20_000)


def look_away(page):
    """Make the page one that nobody looks at."""
    page.evaluate('() => { document.hasFocus = () => false; }')


def look_back(page):
    page.evaluate("""() => {
        delete document.hasFocus;
        dispatchEvent(new Event('focus'));
    }""")


@pytest.fixture
def away(two):
    """Ann and Bob, whose chat is open where nobody looks at it."""
    look_away(two[1].page)
    return two


def test_a_message_is_sent_then_delivered_then_seen_while_its_sender_looks_on(two):
    ann, bob = two
    bob.leave()
    ann.write('hello')
    is_said(ann, 'Sent')
    bob.page.goto('/messenger/messaging/chat')
    expect(bob.page.locator('.conversation .badge')).to_have_text('1 unread')
    bob.sees_state(LIVE)
    ann.write('are you there?')
    is_said(ann, 'Delivered')
    expect(bob.page.locator('.conversation .badge')).to_have_text('2 unread')
    bob.open_chat(ann)
    is_said(ann, 'Seen')
    ann.sees('hello', 'are you there?')


def test_a_chat_that_nobody_looks_at_has_got_the_message_and_not_read_it(away):
    ann, bob = away
    ann.write('hello')
    bob.sees('hello')
    is_said(ann, 'Delivered')
    look_back(bob.page)
    is_said(ann, 'Seen')


def test_what_is_read_is_not_told_as_delivered_after_that(two):
    ann, bob = two
    frames = []
    bob.page.on('websocket', lambda socket: socket.on('framesent', lambda frame: frames.append(json.loads(frame))))
    bob.open_chat(ann)
    for number in range(3):
        ann.write('message %d' % number)
        ann.sees(*['message %d' % one for one in range(number + 1)])    # else the earlier ones' "Seen" is what is seen
        is_said(ann, 'Seen')
    look_away(bob.page)
    ann.write('unread')
    is_said(ann, 'Seen', 'Delivered')
    told = [(frame['type'], frame['number']) for frame in frames if frame['type'] in ('read', 'delivered')]
    # On a busy machine it may have been told before; that it is left out when it is read within the second is tested with a clock of ours.
    assert [frame for frame in told if frame[0] == 'read'] == [('read', 1), ('read', 2), ('read', 3)] and told[-1] == ('delivered', 4)
    assert not any(('read', number) in told[:told.index(('delivered', number))] for kind, number in told if kind == 'delivered')


def test_each_state_is_said_once_at_the_last_message_that_has_it(away):
    ann, bob = away
    ann.write('one')
    ann.write('two')
    look_back(bob.page)
    bob.sees('one', 'two')
    is_said(ann, 'Seen')
    look_away(bob.page)
    ann.write('three')
    ann.write('four')
    said = ann.page.locator('#messages li', has=ann.page.locator('.message__state:visible'))
    expect(said.locator('.message__content')).to_have_text(['two', 'four'], timeout=20_000)
    is_said(ann, 'Seen', 'Delivered')
    bob.sees('one', 'two', 'three', 'four')
    expect(bob.page.locator('.message__state')).to_have_count(0)
    bob.leave()
    ann.write('five')
    is_said(ann, 'Seen', 'Delivered', 'Sent')
    expect(said.locator('.message__content')).to_have_text(['two', 'four', 'five'])


def test_states_survive_a_reload_and_are_shown_without_scripts(away, visit):
    ann, bob = away
    look_back(bob.page)
    ann.write('one')
    is_said(ann, 'Seen')
    bob.leave()
    ann.write('two')
    ann.page.reload()
    is_said(ann, 'Seen', 'Sent')
    plain = visit(java_script_enabled=False)
    plain.takes_over(ann)
    plain.open_chat(bob, live=False)
    is_said(plain, 'Seen', 'Sent')
    bob.open_chat(ann)
    is_said(ann, 'Seen')
    plain.page.reload()
    is_said(plain, 'Seen')


def test_both_tabs_of_a_member_say_the_same(away):
    ann, bob = away
    tab = ann.new_tab(bob)
    ann.write('from the one tab')
    ann.write('from the other', tab)
    for page in (ann.page, tab):
        is_said(ann, 'Delivered', page=page)
    look_back(bob.page)
    for page in (ann.page, tab):
        is_said(ann, 'Seen', page=page)


def test_what_was_delivered_and_read_while_the_line_was_lost_is_known_when_it_is_back(away):
    ann, bob = away
    for person in away:
        person.may_lose_the_line = True
    ann.write('one')
    is_said(ann, 'Delivered')
    ann.stack.kill_sidecar()
    ann.sees_state(LOST)
    ann.write('two')
    ann.sees('one', 'two')
    expect(bob.page.locator('#messages li')).to_have_count(2, timeout=20_000)
    is_delivered(ann, 2)
    ann.stack.start_sidecar()
    ann.comes_back()
    is_said(ann, 'Delivered')
    ann.stack.kill_sidecar()
    look_back(bob.page)
    is_said(ann, 'Seen')
    ann.stack.start_sidecar()


def is_delivered(person, number):
    """Wait until the database says that it was delivered, by whatever road."""
    newest = 'SELECT MAX(delivered_number) FROM messenger_participant WHERE conversation = (SELECT MAX(conversation) FROM message)'
    deadline = time.monotonic() + 20
    while person.stack.query(newest)[0][0] < number:
        assert time.monotonic() < deadline, person.stack.logs()
        person.page.wait_for_timeout(50)


def test_notes_to_oneself_have_no_state(visit):
    ann = visit()
    ann.join()
    ann.open_chat(ann)
    ann.write('remember')
    ann.sees('remember')
    expect(ann.page.locator('.message__state')).to_have_count(0)
    ann.page.reload()
    ann.sees('remember')
    expect(ann.page.locator('.message__state')).to_have_count(0)


def test_the_receipt_of_a_stranger_changes_nothing(two, visit):
    ann, bob = two
    cid = visit('Cid', 'Orr')
    cid.join()
    bob.leave()
    ann.write('for Bob')
    is_said(ann, 'Sent')
    tab = ann.new_tab(cid)
    ann.write('for Cid', tab)
    cid.open_chat(ann)
    is_said(ann, 'Seen', page=tab)
    is_said(ann, 'Sent')


AWAY = """if (location.protocol === 'http:') {
    document.hasFocus = () => window.isLooking ?? false;
    Object.defineProperty(document, 'hidden', { get: () => !document.hasFocus() });
}"""
TURN = """is => { window.isLooking = is; dispatchEvent(new Event(is ? 'focus' : 'blur'));
    document.dispatchEvent(new Event('visibilitychange')); }"""


def read_upto(person):
    return person.stack.query('SELECT MAX(read_number) FROM messenger_participant WHERE user_id = ?', person.id)[0][0]


def has_read_upto(person, number):
    for _ in range(400):
        if read_upto(person) >= number:
            break
        person.page.wait_for_timeout(50)
    assert read_upto(person) == number


def scroll_to(page, number, block):
    page.locator('#messages [data-number="%d"]' % number).evaluate('(item, block) => item.scrollIntoView({ block })', block)


def test_a_chat_that_is_opened_where_nobody_looks_is_read_as_far_as_it_is_seen_and_no_further(two):
    ann, bob = two
    bob.leave()
    for number in range(1, 41):
        bob.stack.query("INSERT INTO message (sender, receiver, content, timestamp, is_read) VALUES (?, ?, ?, '2026-01-02 10:00:00', 'F')",
                        ann.id, bob.id, 'message %d' % number)
    bob.context.add_init_script(AWAY)
    bob.open_chat(ann)
    expect(bob.page.locator('#messages li[data-number]')).to_have_count(40)
    scroll_to(bob.page, 40, 'end')      # where nobody looks
    ann.write('the last')
    bob.page.locator('#messages li[data-number="41"]').wait_for()
    scroll_to(bob.page, 1, 'start')
    bob.page.wait_for_function("document.querySelector('#messages [data-number=\"1\"]').getBoundingClientRect().top >= 0")
    assert read_upto(bob) == 0
    bob.page.evaluate(TURN, True)
    seen = bob.page.locator('#messages li').evaluate_all("""items => {
        const end = document.getElementById('messages').getBoundingClientRect().bottom;
        return items.filter(item => item.querySelector('.message__content').getBoundingClientRect().bottom <= end).length;
    }""")
    assert 3 < seen < 29
    has_read_upto(bob, seen)
    scroll_to(bob.page, 29, 'end')
    has_read_upto(bob, 29)
    bob.page.evaluate(TURN, False)
    scroll_to(bob.page, 40, 'end')
    bob.page.reload()
    bob.sees_state(LIVE)
    expect(bob.page.locator('.message__new')).to_be_in_viewport()
    assert read_upto(bob) == 29
    bob.page.goto('/messenger/messaging/chat/%d?at=20' % ann.id)
    bob.sees_state(LIVE)
    scroll_to(bob.page, 36, 'end')
    assert read_upto(bob) == 29
    bob.page.evaluate(TURN, True)
    has_read_upto(bob, 36)
