"""Where things are: conversations and thread side by side, or one after the other, and nothing in anything's way."""
import pytest
from person import LIVE
from playwright.sync_api import expect

BOX = 'element => { const { left, right, top, bottom } = element.getBoundingClientRect(); return [left, right, top, bottom]; }'


def box(page, selector):
    return page.locator(selector).evaluate(BOX)


def test_where_there_is_room_the_conversations_stand_beside_the_thread_and_on_a_phone_before_it(two):
    ann, bob = two
    ann.write('hello')
    ann.sees('hello')
    page = ann.page
    page.set_viewport_size({'width': 1280, 'height': 800})
    expect(page.locator('#conversations')).to_be_visible()
    assert box(page, '#conversations')[1] <= box(page, '#chat')[0] + 1
    expect(page.locator('.conversation__link[aria-current=page]')).to_contain_text(bob.name)
    page.set_viewport_size({'width': 390, 'height': 844})
    expect(page.locator('#conversations')).to_be_hidden()
    expect(page.locator('.header')).to_be_hidden()
    page.get_by_role('link', name='All chats').click()
    expect(page.locator('#chat')).to_have_count(0)
    page.locator('.conversation__link').click()
    ann.sees_state(LIVE)
    ann.sees('hello')


@pytest.mark.parametrize('size', [(1280, 800), (390, 844), (320, 480)], ids=['wide', 'phone', 'small phone'])
def test_the_composer_stays_at_the_bottom_however_much_there_is_to_read(two, size):
    ann, bob = two
    ann.page.set_viewport_size(dict(zip(('width', 'height'), size)))
    for number in range(30):
        ann.stack.query("INSERT INTO message (sender, receiver, content, timestamp, is_read) VALUES (?, ?, ?, '2026-01-02 03:04:05', 'F')",
                        bob.id, ann.id, 'line %d' % number)
    expect(ann.page.locator('#messages .message')).to_have_count(30)
    assert size[1] - 32 <= box(ann.page, '#composer')[3] <= size[1]
    ann.page.mouse.move(size[0] - 100, size[1] / 2)
    ann.page.mouse.wheel(0, -200)
    ann.page.wait_for_function('() => { const list = document.getElementById("messages"); '
                               'return list.scrollTop + list.clientHeight < list.scrollHeight - 100; }')
    assert size[1] - 32 <= box(ann.page, '#composer')[3] <= size[1]
    assert ann.page.evaluate('scrollY') == 0
