"""Without scripts, without a mouse, on a small screen."""
import re

import pytest
from person import LIVE, press_until
from playwright.sync_api import expect

PHONE = {'width': 390, 'height': 844}
PATHS = ['/messenger/%s' % path for path in (
    'messaging/index', 'messaging/send_message', 'messaging/chat', 'default/user/profile', 'default/user/change_password',
    'default/account', 'default/address')]


def test_without_scripts_everything_goes_by_forms(visit):
    ann, bob = visit('Ann', 'Lee', java_script_enabled=False), visit('Bob', 'Ray', java_script_enabled=False)
    bob.email = bob.email.replace('@', '@b\u00fccher.')     # the browser hands over ASCII
    bob.register()
    bob.log_out()
    ann.register()
    ann.send_by_form(str(bob.id), 'Hello\nBob')
    bob.log_in()
    expect(bob.page.locator('.letter--unread .letter__content')).to_have_text(['Hello\nBob'])
    bob.page.locator('.letter__sender').click()
    bob.sees('Hello\nBob')
    bob.page.locator('#composer textarea').fill('Hello Ann')
    bob.page.get_by_role('button', name='Send').click()
    bob.sees('Hello\nBob', 'Hello Ann')
    expect(bob.page.locator('.message__state')).to_have_text('Sent')
    ann.page.get_by_role('link', name='Chat', exact=True).click()
    expect(ann.page.locator('.conversation .badge')).to_have_text('1 unread')
    ann.page.locator('.conversation a', has_text=bob.name).filter(has_text='#%d' % bob.id).click()
    ann.sees('Hello\nBob', 'Hello Ann')
    expect(ann.page.locator('.message__state')).to_have_text('Seen')
    bob.page.goto('/messenger/messaging/index')
    expect(bob.page.locator('.letter--unread')).to_have_count(0)
    bob.log_out()
    bob.page.goto('/messenger/messaging/index')
    assert '/user/login' in bob.page.url


def test_a_text_that_is_sent_after_the_session_has_ended_comes_back_after_the_login(visit):
    ann = visit('Ann', 'Lee', java_script_enabled=False)
    ann.register()
    page = ann.page
    page.goto('/messenger/messaging/send_message')
    page.locator('[name=receiver]').fill(str(ann.id))
    page.locator('textarea').fill('Not lost\nnot a line')
    kept = [cookie for cookie in page.context.cookies() if cookie['name'] != 'session_id_messenger']
    page.context.clear_cookies()
    page.context.add_cookies(kept)
    page.get_by_role('button', name='Send').click()
    expect(page).to_have_url(re.compile('/user/login'))
    for password in ('mistyped', ann.password):
        page.locator('[name=email]').fill(ann.email)
        page.locator('[name=password]').fill(password)
        page.locator('main [type=submit]').click()
    expect(page.locator('textarea')).to_have_value('Not lost\nnot a line')


def test_the_keyboard_is_enough(two):
    ann, bob = two
    page = ann.page
    ann.context.clear_cookies()
    page.goto('/messenger/default/user/login')
    press_until(page, page.locator('input[name=email]'))
    page.keyboard.type(ann.email)
    page.keyboard.press('Tab')
    page.keyboard.type(ann.password)
    page.keyboard.press('Enter')
    expect(page.get_by_role('heading', name='Inbox')).to_be_visible()
    chat = page.locator('.menu').get_by_role('link', name='Chat', exact=True)
    press_until(page, chat)
    page.keyboard.press('Enter')
    person = page.locator('.people a').filter(has_text='#%d' % bob.id).first
    press_until(page, person, most=200)
    page.keyboard.press('Enter')
    ann.sees_state(LIVE)
    press_until(page, page.locator('#composer textarea'))
    page.keyboard.type('typed')
    page.keyboard.press('Shift+Enter')
    page.keyboard.type('on two lines')
    page.keyboard.press('Enter')
    bob.sees('typed\non two lines')
    assert page.locator('#composer textarea').evaluate('field => field === document.activeElement')
    page.keyboard.type('by the button')
    press_until(page, page.get_by_role('button', name='Send'))
    page.keyboard.press('Enter')
    bob.sees('typed\non two lines', 'by the button')
    press_until(page, page.locator('#messages'), 'Shift+Tab')


def test_an_input_method_keeps_its_enter(two):
    ann, bob = two
    field = ann.page.locator('#composer textarea')
    field.fill('にほん')
    field.evaluate('''field => field.dispatchEvent(
        new KeyboardEvent('keydown', { key: 'Enter', isComposing: true, bubbles: true, cancelable: true }))''')
    expect(field).to_have_value('にほん')
    expect(ann.page.locator('#messages li')).to_have_count(0)
    field.press('Enter')
    bob.sees('にほん')


def test_blanks_alone_are_not_sent(two):
    ann, _ = two
    ann.write('  \n ')
    ann.write('something')
    ann.sees('something')


@pytest.mark.parametrize('scheme', ['light', 'dark'])
def test_on_a_phone_nothing_sticks_out(visit, scheme):
    ann = visit('Wolfeschlegelsteinhausenbergerdorff', 'Lee', viewport=PHONE, is_mobile=True, has_touch=True, color_scheme=scheme)
    bob = visit('Bob', 'Ray', viewport=PHONE, is_mobile=True, has_touch=True, color_scheme=scheme)
    ann.register()
    bob.register()
    ann.open_chat(bob)
    ann.write('a' * 300)
    bob.open_chat(ann)
    bob.write('short')
    ann.sees('a' * 300, 'short')
    for person in (ann, bob):
        for path in (person.page.url, *PATHS):
            person.page.goto(path)
            widths = person.page.evaluate('[document.documentElement.scrollWidth, innerWidth]')
            assert widths == [PHONE['width'], PHONE['width']], path
    ann.open_chat(bob)
    send = ann.page.get_by_role('button', name='Send').bounding_box()
    assert send['y'] + send['height'] <= PHONE['height'], 'the composer is on the screen without scrolling'
    assert send['height'] >= 40, 'a finger hits it'
