"""The inbox while it is open: what arrives, what is read elsewhere, and everything by keyboard alone."""
import pytest
from person import LIVE, press_until, press_while_composing
from playwright.sync_api import expect

PHONE = {'width': 320, 'height': 640}
NO_PAGE_SAYS_WHAT_WAS_SENT = "document.addEventListener('readystatechange', () => document.querySelector('meta[name=sent]')?.remove())"


@pytest.fixture
def ann(visit):
    ann = visit('Ann', 'Lee')
    ann.join()
    return ann


@pytest.fixture
def bob(visit):
    bob = visit('Bob', 'Ray')
    bob.join()
    return bob


def write(bob, ann, *texts):
    """Bob writes to Ann."""
    for text in texts:
        bob.send_by_form(str(ann.id), text)


def open_inbox(person, query=''):
    person.page.goto('/messenger/messaging/index' + query)
    person.sees_state(LIVE)


def letters(person):
    return person.page.locator('.letter__content')


def fresh(person):
    return person.page.locator('.fresh a')


def letter(person, text):
    return person.page.locator('.letter', has=person.page.get_by_text(text, exact=True))


def test_what_arrives_is_announced_and_nothing_moves_until_it_is_asked_for(ann, bob):
    write(bob, ann, 'first', 'second')
    open_inbox(ann)
    letter(ann, 'second').get_by_text('Answer').click()
    field = letter(ann, 'second').locator('textarea')
    expect(field).to_be_focused()
    field.fill('half an answer')
    before = field.bounding_box()
    write(bob, ann, 'third')
    expect(fresh(ann)).to_have_text('Show 1 new message')
    write(bob, ann, 'fourth')
    expect(fresh(ann)).to_have_text('Show 2 new messages')
    assert field.bounding_box() == before
    expect(letters(ann)).to_have_text(['second', 'first'])
    fresh(ann).click()
    expect(letters(ann)).to_have_text(['fourth', 'third', 'second', 'first'])
    expect(fresh(ann)).to_be_hidden()
    expect(letter(ann, 'fourth')).to_be_focused()
    expect(field).to_have_value('half an answer')
    letter(ann, 'third').get_by_text('Answer').click()
    letter(ann, 'third').locator('textarea').fill('to the third')
    letter(ann, 'third').locator('textarea').press('Control+Enter')
    expect(ann.page.locator('.flash')).to_have_text('Message sent successfully!')
    bob.page.goto('/messenger/messaging/index')
    expect(letters(bob)).to_have_text(['to the third'])


def test_the_first_letter_arrives_at_an_open_empty_inbox(ann, bob):
    open_inbox(ann)
    write(bob, ann, 'hello')
    fresh(ann).click()
    expect(letters(ann)).to_have_text(['hello'])


def test_what_is_marked_or_read_elsewhere_is_so_here_at_once(ann, bob):
    write(bob, ann, 'one', 'two')
    open_inbox(ann)
    unread = ann.page.locator('.letter--unread .letter__content')
    expect(unread).to_have_text(['two', 'one'])
    other = ann.context.new_page()
    other.goto('/messenger/messaging/chat/%d' % bob.id)
    expect(unread).to_have_text([])
    other.close()
    letter(ann, 'one').get_by_role('button', name='Mark conversation as unread').click()
    expect(unread).to_have_text(['two'])
    expect(letter(ann, 'two').locator('.badge')).to_have_text('marked as unread')
    address = ann.page.url
    letter(ann, 'two').get_by_role('button', name='Mark as read').click()
    expect(unread).to_have_text([])
    assert ann.page.url == address, 'a mark needs no new page while the line is there'
    ann.page.reload()
    expect(letters(ann)).to_have_text(['two', 'one'])
    expect(unread).to_have_text([])


def test_among_the_unread_ones_what_is_read_elsewhere_is_no_longer_announced(ann, bob):
    write(bob, ann, 'one')
    open_inbox(ann, '?unread=1')
    write(bob, ann, 'two')
    expect(fresh(ann)).to_have_text('Show 1 new message')
    other = ann.context.new_page()
    other.goto('/messenger/messaging/chat/%d' % bob.id)
    expect(fresh(ann)).to_be_hidden()
    expect(letters(ann)).to_have_text(['one'])


def test_the_keyboard_is_enough_to_read_mark_and_answer(ann, bob):
    write(bob, ann, 'Do you hear me?', 'And this?')
    open_inbox(ann)
    page = ann.page
    press_until(page, letter(ann, 'And this?').locator('summary'))
    page.keyboard.press('Enter')
    expect(letter(ann, 'And this?').locator('textarea')).to_be_focused()
    press_while_composing(letter(ann, 'And this?').locator('textarea'), 'Escape', 'Enter')
    expect(letter(ann, 'And this?').locator('textarea')).to_be_focused()
    page.keyboard.press('Escape')
    expect(letter(ann, 'And this?').locator('summary')).to_be_focused()
    expect(letter(ann, 'And this?').locator('textarea')).to_be_hidden()
    press_until(page, letter(ann, 'Do you hear me?').locator('.letter__mark'))
    page.keyboard.press('Enter')
    expect(page.locator('.letter--unread')).to_have_count(1)
    press_until(page, letter(ann, 'And this?').locator('summary'), 'Shift+Tab')
    page.keyboard.press('Enter')
    expect(letter(ann, 'And this?').locator('textarea')).to_be_focused()
    page.keyboard.type('I do')
    page.keyboard.press('Tab')
    page.keyboard.press('Enter')
    expect(page.locator('.flash')).to_have_text('Message sent successfully!')
    expect(page.locator('.letter--unread')).to_have_count(0)
    bob.page.goto('/messenger/messaging/index')
    expect(letters(bob)).to_have_text(['I do'])


def test_without_scripts_it_does_the_same_by_forms_on_a_phone(visit):
    ann, bob = visit('Ann', 'Lee', java_script_enabled=False, viewport=PHONE), visit('Maximilian-Alexander', 'von Hohenlohe-Waldenburg')
    ann.join()
    bob.join()
    write(bob, ann, 'one', 'two')
    ann.page.goto('/messenger/messaging/index')
    letter(ann, 'one').get_by_role('button', name='Mark as read').click()
    expect(ann.page.locator('.letter--unread .letter__content')).to_have_text(['two'])
    letter(ann, 'two').get_by_text('Answer').click()
    letter(ann, 'two').locator('textarea').fill('Thank you')
    letter(ann, 'two').get_by_role('button', name='Send').click()
    expect(ann.page.locator('.flash')).to_be_in_viewport()
    expect(letter(ann, 'two')).to_be_in_viewport()
    ann.page.get_by_role('link', name='Unread').click()
    expect(ann.page.locator('.empty')).to_have_text('You are up to date.')
    assert ann.page.evaluate('document.documentElement.scrollWidth') <= PHONE['width']


def test_in_arabic_one_two_and_three_letters_are_announced_in_three_ways(ann, bob):
    ann.context.add_cookies([{'name': 'messenger_device', 'value': 'language:ar', 'url': ann.stack.url}])
    open_inbox(ann)
    for announced in ('عرض رسالة جديدة', 'عرض رسالتين جديدتين', 'عرض 3 رسائل جديدة'):
        write(bob, ann, 'x')
        expect(fresh(ann)).to_have_text(announced)


def test_half_an_answer_is_open_again_goes_on_in_the_chat_and_is_gone_when_it_is_sent(ann, bob):
    write(bob, ann, 'hello', 'and more')
    waiting = []
    ann.page.route('**/page.js', lambda route: waiting.append(route))
    ann.page.goto('/messenger/messaging/index', wait_until='commit')
    letter(ann, 'hello').get_by_text('Answer').click()
    letter(ann, 'hello').locator('textarea').fill('before the script is there')
    while not waiting:
        ann.page.wait_for_timeout(20)
    waiting[0].continue_()
    ann.page.unroute('**/page.js')
    ann.sees_state(LIVE)
    open_inbox(ann)
    expect(letter(ann, 'hello').locator('textarea')).to_have_value('before the script is there')
    letter(ann, 'hello').locator('textarea').fill('')
    open_inbox(ann)
    field, other = letter(ann, 'hello').locator('textarea'), letter(ann, 'and more').locator('textarea')
    letter(ann, 'hello').get_by_text('Answer').click()
    expect(field).to_be_focused()
    ann.page.keyboard.type('half an')
    ann.page.reload()
    expect(field).to_be_visible()
    expect(field).to_have_value('half an')
    expect(other).to_be_hidden()
    ann.open_chat(bob)
    expect(ann.page.locator('#composer textarea')).to_have_value('half an')
    open_inbox(ann)
    letter(ann, 'and more').get_by_text('Answer').click()
    expect(other).to_have_value('half an')
    other.fill('a whole answer')
    expect(field).to_have_value('a whole answer')
    ann.page.route('**/send_message', lambda route: route.fulfill(status=503, body='Later.'))
    letter(ann, 'hello').get_by_role('button', name='Send').click()
    expect(ann.page.get_by_text('Later.')).to_be_visible()
    ann.page.unroute('**/send_message')
    ann.console.clear()     # what a browser says of any answer that isn't 200
    open_inbox(ann)
    expect(other).to_have_value('a whole answer')
    letter(ann, 'and more').get_by_role('button', name='Send').click()
    expect(ann.page.locator('.flash')).to_have_text('Message sent successfully!')
    expect(ann.page.locator('.answer[open]')).to_have_count(0)
    ann.open_chat(bob)
    expect(ann.page.locator('#composer textarea')).to_have_value('')


def test_all_are_marked_as_read_without_leaving_the_page_and_what_arrived_meanwhile_waits(ann, bob, visit):
    cid = visit('Cid', 'Orr')
    cid.join()
    write(cid, ann, *['letter %d' % number for number in range(3)])
    write(bob, ann, 'seen')
    for number in range(26):
        ann.stack.query("INSERT INTO message (sender, receiver, content, timestamp, is_read) VALUES (?, ?, ?, '2026-01-01 10:00:00', 'F')",
                        cid.id, ann.id, 'of the site %d' % number)
    open_inbox(ann)
    other = ann.context.new_page()
    other.goto('/messenger/messaging/index?unread=1')
    ann.sees_state(LIVE, other)
    write(bob, ann, 'meanwhile')
    expect(fresh(ann)).to_have_text('Show 1 new message')
    ann.page.evaluate('window.isTheSame = true')
    button = ann.page.get_by_role('button', name='Mark all as read')
    button.click()
    expect(ann.page.locator('.letter--unread')).to_have_count(0)
    expect(other.locator('.letter--unread')).to_have_count(0)
    expect(ann.page).to_have_title('(1) Inbox · Messenger')
    expect(button).to_be_focused()
    fresh(ann).click()
    expect(ann.page.locator('.letter--unread .letter__content')).to_have_text(['meanwhile'])
    button.click()
    expect(ann.page.get_by_text('You are up to date.')).to_be_visible()
    expect(button).to_have_count(0)
    expect(ann.page.locator('.letter--unread')).to_have_count(0)
    assert ann.page.evaluate('window.isTheSame')
    expect(ann.page).to_have_title('Inbox · Messenger')


def lose_the_answer(route):
    if route.request.method != 'POST':
        return route.fallback()
    route.fetch(max_redirects=0)
    route.abort()


def test_a_message_that_is_begun_is_there_again_with_its_receiver_until_the_server_has_taken_it(ann, bob):
    open_inbox(ann)
    write_form, receiver, content = ann.page.locator('details.write'), ann.page.locator('#receiver'), ann.page.locator('#content')
    receiver.fill('Nobody at all')
    content.fill('hello\nBob')
    write(bob, ann, 'a letter')     # or the form is open anyway
    ann.page.goto('/messenger/messaging/send_message')
    expect(receiver).to_have_value('Nobody at all')
    ann.page.get_by_role('button', name='Send').click()
    expect(ann.page.get_by_role('alert')).to_be_visible()
    open_inbox(ann)
    expect(write_form).to_have_attribute('open', '')
    expect(content).to_have_value('hello\nBob')
    # An answer that is refused comes back in the same form, and takes nothing away.
    letter(ann, 'a letter').get_by_text('Answer').click()
    letter(ann, 'a letter').locator('textarea').fill('x' * 20_001)
    letter(ann, 'a letter').get_by_role('button', name='Send').click()
    expect(ann.page.locator('#content-error')).to_be_visible()
    expect(receiver).to_have_value('#%d' % bob.id)
    content.fill('short')
    open_inbox(ann)
    expect(letter(ann, 'a letter').locator('textarea')).to_have_value('short')
    expect(receiver).to_have_value('Nobody at all')
    receiver.fill(str(bob.id))
    write_form.get_by_role('button', name='Send').click()
    expect(ann.page.locator('.flash')).to_have_text('Message sent successfully!')
    expect(write_form).not_to_have_attribute('open', '')
    expect(content).to_have_value('')
    # Taken, but the browser never hears of it: a later page says so, and where none does the same text again is the same message.
    for text, says in (('once', True), ('once more', False)):
        ann.page.goto('/messenger/messaging/send_message')
        receiver.fill(str(bob.id))
        content.fill(text)
        ann.page.route('**/send_message', lose_the_answer)
        says or ann.page.add_init_script(NO_PAGE_SAYS_WHAT_WAS_SENT)
        with ann.page.expect_event('requestfailed'):
            ann.page.get_by_role('button', name='Send').click()
        ann.page.unroute('**/send_message', lose_the_answer)
        ann.page.goto('/messenger/messaging/send_message')
        ann.sees_state(LIVE)
        expect(content).to_have_value('' if says else text)
    ann.page.get_by_role('button', name='Send').click()
    expect(ann.page.locator('.flash')).to_have_text('Message sent successfully!')
    assert ann.stack.query("SELECT content FROM message WHERE content LIKE 'once%'") == [('once',), ('once more',)]
    ann.page = ann.context.new_page()
    receiver = ann.page.locator('#receiver')
    # Whom one looks for is a field, too.
    ann.page.goto('/messenger/messaging/chat')
    receiver.fill('Bob')
    ann.page.reload()
    expect(receiver).to_have_value('Bob')
    receiver.fill(str(bob.id))
    ann.page.locator('.start .button--main').click()
    ann.sees_state(LIVE)
    ann.page.goto('/messenger/messaging/chat')
    expect(receiver).to_have_value('')
