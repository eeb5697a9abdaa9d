"""Where a message is written: which key sends, how it grows, what it says when there is too much in it, and where the focus is."""
import pytest
from person import LIVE
from playwright.sync_api import expect

FIELD, SEND = '#composer textarea', '#composer button'
PHONE = {'width': 390, 'height': 664}


@pytest.fixture
def at_bobs(visit):
    """A function that opens Ann's chat with Bob, in a browser with these options."""
    def open_chat(**options):
        bob = visit('Bob', 'Ray')
        bob.join()
        ann = visit('Ann', 'Lee', **options)
        ann.join()
        ann.open_chat(bob)
        return ann, ann.page.locator(FIELD)
    return open_chat


def choose(person, **chosen):
    person.page.goto('/messenger/default/account')
    for name, value in chosen.items():
        person.page.select_option('#device_%s' % name, value)
    person.page.locator('section', has=person.page.locator('#device_theme')).get_by_role('button', name='Save').click()
    expect(person.page.locator('.flash')).to_have_text('Saved.')


def described(field):
    return field.evaluate(
        "field => field.getAttribute('aria-describedby').split(' ').map(id => document.getElementById(id).textContent).join('')")


def test_enter_sends_and_shift_and_enter_begins_a_line(at_bobs):
    ann, field = at_bobs()
    field.press_sequentially('one')
    field.press('Shift+Enter')
    field.press_sequentially('two')
    field.press('Enter')
    ann.sees('one\ntwo')
    expect(field).to_have_value('')
    assert described(field) == 'Enter sends, Shift and Enter begins a new line.'


def test_enter_begins_a_line_and_ctrl_and_enter_sends_by_choice(at_bobs):
    ann, _ = at_bobs()
    chat = ann.page.url
    choose(ann, enter='breaks')
    ann.page.goto(chat)
    ann.sees_state(LIVE)
    field = ann.page.locator(FIELD)
    field.press_sequentially('one')
    field.press('Enter')
    field.press_sequentially('two')
    assert described(field) == 'Enter begins a new line, Ctrl and Enter sends.'
    field.press('Control+Enter')
    ann.sees('one\ntwo')


def test_on_a_touch_screen_enter_begins_a_line_until_it_is_chosen_to_send(at_bobs):
    ann, field = at_bobs(viewport=PHONE, is_mobile=True, has_touch=True)
    chat = ann.page.url
    assert field.get_attribute('enterkeyhint') == 'enter'
    field.fill('one')
    field.press('Enter')
    expect(field).to_have_value('one\n')
    choose(ann, enter='sends')
    ann.page.goto(chat)
    ann.sees_state(LIVE)
    assert field.get_attribute('enterkeyhint') == 'send'
    field.fill('two')
    field.press('Enter')
    ann.sees('two')


@pytest.mark.parametrize('event', [{'isComposing': True, 'keyCode': 13}, {'isComposing': False, 'keyCode': 229}])
def test_enter_that_chooses_a_word_sends_nothing_and_escape_that_gives_it_up_leaves_the_focus(at_bobs, event):
    ann, field = at_bobs()
    field.fill('にほん')
    field.evaluate('''(field, event) => {
        field.dispatchEvent(new CompositionEvent('compositionstart', { bubbles: true }));
        field.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', bubbles: true, cancelable: true, ...event }));
        field.dispatchEvent(new KeyboardEvent('keydown', { key: 'Escape', bubbles: true, cancelable: true, ...event }));
        field.dispatchEvent(new CompositionEvent('compositionend', { data: '日本', bubbles: true }));
    }''', event)
    expect(field).to_be_focused()
    field.fill('日本')
    expect(ann.page.locator('#messages li')).to_have_count(0)
    field.press('Enter')
    ann.sees('日本')


@pytest.mark.parametrize('supported', [True, False])
def test_the_field_grows_with_its_text_up_to_two_fifths_of_the_window(at_bobs, supported):
    ann, field = at_bobs(bypass_csp=True, viewport={'width': 800, 'height': 700})
    if not supported:
        ann.context.add_init_script("CSS.supports = () => false")
        ann.page.reload()
        ann.page.add_style_tag(content='.composer__text { field-sizing: fixed !important; }')
    heights = []
    for lines in (0, 1, 2, 5, 100):
        field.fill('\n'.join(['x'] * lines))
        heights.append(field.bounding_box()['height'])
    assert heights[0] == heights[1] < heights[2] < heights[3] < heights[4] and heights[0] < 50
    assert abs(heights[4] - 280) < 1
    field.press('Control+Enter')
    assert field.bounding_box()['height'] == heights[0]


def test_near_the_limit_it_is_counted_and_beyond_it_nothing_is_sent(at_bobs):
    ann, field = at_bobs()
    room, spoken, send = ann.page.locator('.composer__room'), ann.page.locator('#composer [role=status]'), ann.page.locator(SEND)
    expect(room).to_be_empty()
    field.fill('😀' * 9_100)
    expect(room).to_have_text('Characters left: 900')
    expect(spoken).to_have_text('Characters left: 900')
    assert spoken.get_attribute('aria-live') in (None, 'polite')
    field.fill('x' * 10_001)
    expect(room).to_have_text('Characters too many: 1')
    expect(send).to_have_attribute('aria-disabled', 'true')
    send.click(force=True)
    expect(ann.page.locator('#composer-error')).to_have_text('This is too long. Shorten it, and send it then.')
    expect(ann.page.locator('#messages li')).to_have_count(0)
    field.fill('😀' * 10_000)
    expect(send).to_have_attribute('aria-disabled', 'false')
    expect(ann.page.locator('#composer-error')).to_be_empty()
    send.click()
    expect(ann.page.locator('#messages .message--own[data-number]')).to_have_count(1)
    expect(room).to_be_empty()


def test_an_empty_field_sends_nothing_and_complains_of_nothing(at_bobs):
    ann, field = at_bobs()
    send = ann.page.locator(SEND)
    nothing = 'rgba(0, 0, 0, 0)'
    expect(send).to_have_css('background-color', nothing)
    expect(send).to_be_enabled()
    send.click()
    field.fill(' \n ')
    field.press('Enter')
    expect(ann.page.locator('#messages li')).to_have_count(0)
    expect(ann.page.locator('#composer-error')).to_be_empty()
    expect(send).not_to_have_css('background-color', nothing)


@pytest.mark.parametrize('is_open', [True, False])
def test_a_tap_on_send_leaves_the_keyboard_of_a_phone_as_it_was(at_bobs, is_open):
    ann, field = at_bobs(viewport=PHONE, is_mobile=True, has_touch=True)
    field.fill('hello')
    if not is_open:
        field.evaluate('field => field.blur()')
    field.evaluate('''field => {
        window.left = 0;
        field.addEventListener('blur', () => { window.left += 1; });
        field.addEventListener('focus', () => { window.left += 1; });
    }''')
    ann.page.locator(SEND).tap()
    ann.sees('hello')
    assert ann.page.evaluate('window.left') == 0
    assert field.evaluate('field => field === document.activeElement') is is_open


def test_with_a_mouse_or_the_keyboard_one_goes_on_writing_after_sending(at_bobs):
    ann, field = at_bobs()
    field.fill('one')
    ann.page.locator(SEND).click()
    expect(field).to_be_focused()
    ann.page.keyboard.type('two')
    ann.page.keyboard.press('Tab')
    expect(ann.page.locator(SEND)).to_be_focused()
    ann.page.keyboard.press('Space')
    expect(field).to_be_focused()
    ann.sees('one', 'two')


def test_the_keyboard_of_a_phone_covers_neither_the_composer_nor_the_newest_message(at_bobs):
    ann, field = at_bobs(viewport=PHONE, is_mobile=True, has_touch=True)
    for number in range(30):
        ann.stack.query("INSERT INTO message (sender, receiver, content, timestamp, is_read) VALUES (?, ?, ?, '2026-01-02 03:04:05', 'F')",
                        ann.id, ann.page.url.rpartition('/')[2], 'line %d' % number)
    # A keyboard can't be had here. What it does to the page is that less of it is seen.
    ann.context.add_init_script('''
        Object.defineProperty(window, 'visualViewport', { value: Object.assign(new EventTarget(), { height: innerHeight, scale: 1 }) });
        window.see = (height, scale) => {
            Object.assign(visualViewport, { height, scale });
            visualViewport.dispatchEvent(new Event('resize'));
        };''')
    ann.page.reload()
    last = ann.page.locator('#messages').get_by_text('line 29')
    expect(last).to_be_in_viewport()

    def end(locator):
        box = locator.bounding_box()
        return box['y'] + box['height']
    field.focus()
    ann.page.evaluate('see(330, 1)')
    assert 300 < end(field) <= 330
    expect(ann.page.locator('.chat__head')).to_be_in_viewport()
    expect(last).to_be_in_viewport()
    assert end(last) < 330, 'and what was last is still seen'
    ann.page.evaluate('see(330, 2)')
    assert end(field) > 600, 'zoomed in with two fingers'
    ann.page.evaluate('see(664, 1)')
    assert end(field) > 600
