"""Shortcuts: each does what the list of them says, none while somebody writes, and they can be switched off."""
import re

import pytest
from person import LIVE
from playwright.sync_api import expect


@pytest.fixture
def pair(visit):
    """Ann with two letters of Bob's in her inbox."""
    ann, bob = visit('Ann', 'Lee'), visit('Bob', 'Ray')
    ann.join()
    bob.join()
    for text in ('one', 'two'):
        bob.send_by_form(str(ann.id), text)
    ann.page.goto('/messenger/messaging/index')
    ann.sees_state(LIVE)
    return ann, bob


def at(person, address):
    expect(person.page).to_have_url(re.compile(address))


def test_a_question_mark_lists_them_and_the_focus_comes_back(pair):
    page = pair[0].page
    dialog = page.get_by_role('dialog', name='Keyboard shortcuts')
    for opening, closing in (('?', 'Escape'), ('?', 'Enter')):
        page.locator('.letter__sender a').first.focus()
        page.keyboard.press(opening)
        expect(dialog).to_be_visible()
        expect(dialog.locator('dl > div')).to_have_count(11)
        if closing == 'Enter':
            dialog.get_by_role('button', name='Close').focus()
        page.keyboard.press('j')    # nothing but the list is there now
        page.keyboard.press(closing)
        expect(dialog).to_be_hidden()
        expect(page.locator('.letter__sender a').first).to_be_focused()
    page.get_by_role('button', name='Keyboard shortcuts').click()
    expect(dialog).to_be_visible()


def test_from_letter_to_letter_to_answer_and_to_mark(pair):
    page = pair[0].page
    letters = page.locator('.letter')
    page.keyboard.press('j')
    expect(letters.nth(0).locator('a').first).to_be_focused()
    page.keyboard.press('j')
    expect(letters.nth(1).locator('a').first).to_be_focused()
    page.keyboard.press('j')    # there is no next one
    page.keyboard.press('u')
    expect(page.locator('.letter--unread')).to_have_count(1)
    page.keyboard.press('k')
    expect(letters.nth(0).locator('a').first).to_be_focused()
    page.keyboard.press('r')
    expect(letters.nth(0).locator('textarea')).to_be_focused()
    page.keyboard.type('just a reply? n/j g i u')     # no key of these does anything here
    expect(letters.nth(0).locator('textarea')).to_have_value('just a reply? n/j g i u')
    page.keyboard.press('Control+Enter')
    expect(page.locator('.flash')).to_have_text('Message sent successfully!')
    expect(page.locator('.letter--unread')).to_have_count(0)


def test_from_page_to_page_and_within_a_chat(pair):
    ann, bob = pair
    page = ann.page
    page.keyboard.press('g')
    page.keyboard.press('c')
    at(ann, '/chat$')
    page.keyboard.press('j')
    expect(page.locator('.conversation__link')).to_be_focused()
    page.keyboard.press('u')
    expect(page.locator('.conversation--unread')).to_have_count(0)
    page.keyboard.press('n')
    expect(page.locator('#receiver')).to_be_focused()
    page.locator('.conversation__link').focus()
    page.keyboard.press('Enter')
    at(ann, '/chat/%d' % bob.id)
    ann.sees_state(LIVE)
    page.keyboard.press('r')
    expect(page.locator('#composer textarea')).to_be_focused()
    page.keyboard.press('Escape')
    expect(page.locator('#messages')).to_be_focused()
    page.keyboard.press('g')
    page.keyboard.press('i')
    at(ann, '/messaging/index$|/messaging$')


def test_the_arrows_lead_through_the_conversations(pair, visit):
    ann, cid = pair[0], visit('Cid', 'Ode')
    cid.join()
    cid.send_by_form(str(ann.id), 'three')
    page = ann.page
    page.goto('/messenger/messaging/chat')
    links = page.locator('.conversation__link')
    expect(links).to_have_count(2)
    links.first.focus()
    page.keyboard.press('ArrowDown')
    expect(links.nth(1)).to_be_focused()
    page.keyboard.press('ArrowUp')
    expect(links.nth(0)).to_be_focused()


def test_end_shows_the_latest_message(pair):
    ann, bob = pair
    for number in range(40):
        ann.stack.query("INSERT INTO message (sender, receiver, content, timestamp, is_read) VALUES (?, ?, ?, '2026-01-01 10:00:00', 'F')",
                        bob.id, ann.id, 'line %d' % number)
    ann.open_chat(bob)
    page = ann.page
    expect(page.locator('.message__content').last).to_have_text('line 39')
    page.locator('.message__content').first.scroll_into_view_if_needed()
    expect(page.locator('.message__content').last).not_to_be_in_viewport()
    page.locator('.conversation__link').first.focus()
    page.keyboard.press('End')
    expect(page.locator('.message__content').last).to_be_in_viewport()


def test_they_can_be_switched_off(pair):
    page = pair[0].page
    page.get_by_role('button', name='Keyboard shortcuts').click()
    page.get_by_role('link', name='They can be switched off for this browser.').click()
    page.locator('[name=shortcuts]').select_option(label='Off')
    page.locator('form', has=page.locator('[name=shortcuts]')).locator('[type=submit]').click()
    expect(page.locator('.flash')).to_have_text('Saved.')
    page.goto('/messenger/messaging/index')
    pair[0].sees_state(LIVE)
    for key in ('j', '?', 'g', 'c'):
        page.keyboard.press(key)
    expect(page.get_by_role('dialog')).to_be_hidden()
    assert page.evaluate('document.activeElement === document.body')
    at(pair[0], '/messaging')
