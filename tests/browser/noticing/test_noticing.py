"""Being told without looking: the number in the title, the dot on the icon, notifications from one tab alone, muted conversations."""
import re

import pytest
from person import LIVE
from playwright.sync_api import expect

INBOX, LIST = '/messenger/messaging/index', '/messenger/messaging/chat'
# What the browser would show is kept by each tab in `shown`; whether somebody looks at the tab is said by the test.
STUBS = '''if (location.protocol === 'http:') {
    window.shown = [];
    window.Notification = class {
        static permission = localStorage.getItem('permission') ?? 'granted';
        static requestPermission() {
            localStorage.setItem('permission', Notification.permission = 'granted');
            return Promise.resolve('granted');
        }
        constructor(title, options) {
            if (Notification.permission === 'granted') {
                shown.push(Object.assign(this, { title, options }));
            }
        }
        close() {
            shown.splice(shown.indexOf(this), 1);
        }
    };
    window.isLooking = sessionStorage.getItem('away') === null;
    document.hasFocus = () => window.isLooking;
    Object.defineProperty(document, 'hidden', { get: () => !window.isLooking });
}'''


@pytest.fixture
def two(two):
    """Ann's browser shows what it was asked to show to these tests; Bob writes to her."""
    ann, bob = two
    ann.context.add_init_script(STUBS)
    ann.page.goto(INBOX)
    ann.sees_state(LIVE)
    return ann, bob


# What would be heard.
SOUNDS = '''if (location.protocol === 'http:') {
    window.tones = [];
    const parameter = { setValueAtTime() {}, exponentialRampToValueAtTime() {} };
    window.AudioContext = class { currentTime = 5; resume() {} };
    window.GainNode = class { gain = parameter; connect() {} };
    window.OscillatorNode = class {
        constructor(_, options) { this.hertz = options.frequency; }
        connect(next) { return next; }
        start(at) { tones.push(this.hertz); }
        stop() {}
    };
}'''


def looks(page, is_looking):
    """Somebody turns to the tab, or away from it."""
    page.evaluate('''is => { window.isLooking = is; is ? sessionStorage.removeItem('away') : sessionStorage.setItem('away', '1');
        dispatchEvent(new Event(is ? 'focus' : 'blur')); document.dispatchEvent(new Event('visibilitychange')); }''', is_looking)


def waits(number, *pages):
    for page in pages:
        expect(page).to_have_title(('(%d) ' % number if number else '') + page.evaluate("document.title.replace(/^\\(\\d+\\) /, '')"),
                                     timeout=20_000)      # a tab that nobody sees takes its time
        expect(page.locator('link[rel=icon]')).to_have_attribute('href', re.compile('icon-unread' if number else r'icon\.svg'),
                                                                timeout=20_000)


def shown(*pages):
    return [(one['title'], one['options']['body']) for page in pages for one in page.evaluate('shown')]


def wait_for(page, count):
    page.wait_for_function('count => shown.length === count', arg=count)


def tab(person, address):
    page = person.context.new_page()
    page.goto(address)
    person.sees_state(LIVE, page)
    return page


def test_what_waits_is_in_the_title_of_every_page_and_goes_when_it_is_read_anywhere(two):
    ann, bob = two
    chats = tab(ann, LIST)
    waits(0, ann.page, chats)
    bob.write('one')
    bob.write('two')
    waits(2, ann.page, chats)
    ann.page.reload()
    waits(2, ann.page)
    ann.new_tab(bob)
    waits(0, ann.page, chats)


def test_another_device_that_reads_clears_it_here(two, visit):
    ann, bob = two
    bob.write('one')
    waits(1, ann.page)
    device = visit(java_script_enabled=False)
    device.context.add_cookies(ann.context.cookies())
    device.page.goto(INBOX)
    expect(device.page).to_have_title('(1) Inbox · Messenger')
    device.page.goto('%s/%d' % (LIST, bob.id))
    expect(device.page).to_have_title('Chat with Bob Ray · Messenger')
    waits(0, ann.page)


def test_of_three_tabs_one_tells_while_nobody_looks_and_leads_to_the_chat(two):
    ann, bob = two
    pages = [ann.page, tab(ann, LIST), tab(ann, INBOX)]
    bob.write('seen')
    waits(1, *pages)
    assert shown(*pages) == []
    for page in pages:
        looks(page, False)
    bob.write('<b>unseen</b>')
    waits(2, *pages)
    wait_for(pages[0], 1)
    assert shown(*pages) == [('Bob Ray', '<b>unseen</b>')]
    bob.write('and more')
    waits(3, *pages)
    pages[0].wait_for_function('() => shown.length === 2 && shown[0].options.tag === shown[1].options.tag')
    pages[0].evaluate('shown[1].onclick()')
    expect(pages[0]).to_have_url(re.compile('/messaging/chat/%d#latest$' % bob.id))
    looks(pages[0], True)
    waits(0, *pages)


def test_another_tab_tells_when_the_first_is_closed(two):
    ann, bob = two
    second = tab(ann, LIST)
    looks(second, False)
    ann.page.close()
    bob.write('hello')
    wait_for(second, 1)
    assert shown(second) == [('Bob Ray', 'hello')]


def test_what_is_read_on_another_device_is_no_longer_told(two, visit):
    ann, bob = two
    looks(ann.page, False)
    bob.write('hello')
    wait_for(ann.page, 1)
    device = visit(java_script_enabled=False)
    device.context.add_cookies(ann.context.cookies())
    device.page.goto('%s/%d' % (LIST, bob.id))
    wait_for(ann.page, 0)


def test_a_muted_conversation_counts_in_its_row_and_is_told_of_nowhere_else(two, visit):
    ann, bob = two
    bob.write('one')
    chat, chats = ann.new_tab(bob), tab(ann, LIST)
    chat.get_by_role('button', name='Mute this chat').click()
    expect(chat.get_by_role('button', name='Unmute this chat')).to_be_visible()
    expect(chats.locator('.conversation__muted')).to_have_text('muted')
    expect(chats.locator('.conversation .badge')).to_have_count(0)      # it was seen
    chat.close()
    looks(ann.page, False)
    looks(chats, False)
    bob.write('two')
    expect(chats.locator('.conversation .badge')).to_have_text('1 unread', timeout=20_000)      # a tab that nobody sees takes its time
    waits(0, ann.page, chats)
    cid = visit('Cid', 'Orr')
    cid.join()
    cid.open_chat(ann)
    cid.write('three')
    waits(1, ann.page, chats)
    assert [title for title, _ in shown(ann.page, chats)] == ['Cid Orr']
    chats.reload()
    expect(chats.locator('.conversation__muted')).to_have_text('muted')


def test_it_is_muted_without_scripts_too(two, visit):
    ann, bob = two
    bob.write('one')
    plain = visit(java_script_enabled=False)
    plain.takes_over(ann)
    plain.page.goto('%s/%d' % (LIST, bob.id))
    for name, other in (('Mute this chat', 'Unmute this chat'), ('Unmute this chat', 'Mute this chat')):
        plain.page.get_by_role('button', name=name, exact=True).click()
        expect(plain.page.get_by_role('button', name=other, exact=True)).to_be_visible()
        expect(plain.page.locator('#chat')).to_have_attribute('data-other-id', str(bob.id))


def test_notifications_are_offered_once_there_is_something_to_tell_and_never_again_to_who_declines(two):
    ann, bob = two
    ann.page.evaluate("localStorage.setItem('permission', 'default')")
    ann.page.reload()
    ann.sees_state(LIVE)
    offer = ann.page.locator('#offer')
    expect(offer).to_be_hidden()
    bob.write('one')
    offer.get_by_role('button', name='No, thanks').click()
    bob.write('two')
    waits(2, ann.page)
    expect(offer).to_be_hidden()
    ann.page.reload()
    ann.sees_state(LIVE)
    bob.write('three')
    waits(3, ann.page)
    expect(offer).to_be_hidden()


def test_who_accepts_is_told(two):
    ann, bob = two
    ann.page.evaluate("localStorage.setItem('permission', 'default')")
    ann.page.reload()
    ann.sees_state(LIVE)
    bob.write('one')
    ann.page.get_by_role('button', name='Yes, tell me').click()
    expect(ann.page.locator('#offer')).to_be_hidden()
    looks(ann.page, False)
    bob.write('two')
    wait_for(ann.page, 1)


def test_a_sound_is_made_by_one_tab_where_it_is_switched_on_and_not_for_what_one_reads(two, visit):
    ann, bob = two
    cid = visit('Cid', 'Orr')
    cid.join()
    cid.open_chat(ann)
    ann.context.add_init_script(SOUNDS)
    ann.page.goto('/messenger/default/account')
    ann.page.select_option('select[name=sound]', 'on')
    ann.page.locator('form').filter(has=ann.page.locator('select[name=sound]')).locator('input[type=submit]').click()
    ann.open_chat(bob)
    second = tab(ann, INBOX)
    for page in (ann.page, second):
        page.locator('body').click(position={'x': 1, 'y': 1})     # no page may make a sound before
    looks(second, False)
    bob.write('read at once')
    ann.sees('read at once')
    assert ann.page.evaluate('tones') == second.evaluate('tones') == []
    cid.write('elsewhere')
    waits(1, ann.page, second)
    ann.page.wait_for_function('() => tones.length === 2')
    assert second.evaluate('tones') == []


def test_no_sound_is_made_where_nobody_has_asked_for_it(two):
    ann, bob = two
    ann.context.add_init_script(SOUNDS)
    ann.page.reload()
    ann.sees_state(LIVE)
    ann.page.locator('body').click(position={'x': 1, 'y': 1})
    looks(ann.page, False)
    bob.write('hello')
    wait_for(ann.page, 1)
    assert ann.page.evaluate('tones') == []


def test_a_chat_can_be_muted_once_there_is_something_in_it(two):
    ann, bob = two
    ann.open_chat(bob)
    expect(ann.page.get_by_role('button', name='Mute this chat')).to_be_hidden()
    bob.write('hello')
    ann.page.get_by_role('button', name='Mute this chat').click()
    expect(ann.page.get_by_role('button', name='Unmute this chat')).to_be_visible()
    ann.page.reload()
    ann.page.get_by_role('button', name='Unmute this chat').click()
    expect(ann.page.get_by_role('button', name='Mute this chat', exact=True)).to_be_visible()


def test_what_waits_is_told_on_pages_that_show_no_messages_too(two):
    ann, bob = two
    bob.write('one')
    waits(1, ann.page)
    pages = [tab(ann, '/messenger/' + address) for address in (
        'messaging/send_message', 'default/account', 'default/user/change_password', 'messaging/chat/%d?before=1' % bob.id)]
    pages[0].fill('input[name=receiver]', 'nobody')
    pages[0].fill('textarea[name=content]', 'x')
    pages[0].get_by_role('button', name='Send').click()
    expect(pages[0].locator('#receiver-error')).to_be_visible()
    ann.sees_state(LIVE, pages[0])
    waits(1, *pages)
    bob.write('two')
    waits(2, *pages)
    ann.open_chat(bob)
    waits(0, *pages)
