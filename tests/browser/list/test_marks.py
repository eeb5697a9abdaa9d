"""Marking a conversation as read or unread in the list: live, on one's other devices, and without scripts."""
import pytest
from person import LIVE
from playwright.sync_api import expect

LIST = '/messenger/messaging/chat'


@pytest.fixture
def ann(two):
    """Ann, who looks at her list; Bob has written to her."""
    ann, bob = two
    bob.open_chat(ann)
    ann.page.goto(LIST)
    ann.sees_state(LIVE)
    bob.write('hello')
    badge(ann, '1 unread')
    return ann


def badge(person, text, page=None):
    expect((page or person.page).locator('.conversation .badge')).to_have_text([text] if text else [], timeout=20_000)


def click(person, name, page=None):
    (page or person.page).get_by_role('button', name=name, exact=True).click()


def test_it_is_marked_in_place_and_on_ones_other_devices_too(ann):
    tab = ann.context.new_page()
    tab.goto(LIST)
    ann.sees_state(LIVE, tab)
    ann.page.evaluate('window.isTheSamePage = true')
    for name, text in (('Mark as read', ''), ('Mark as unread', 'unread'), ('Mark as read', '')):
        click(ann, name)
        badge(ann, text)
        badge(ann, text, tab)
    assert ann.page.evaluate('window.isTheSamePage')


def test_who_opens_a_marked_conversation_takes_the_mark_off(ann):
    click(ann, 'Mark as read')
    click(ann, 'Mark as unread')
    badge(ann, 'unread')
    tab = ann.context.new_page()
    tab.goto(LIST)
    tab.locator('.conversation a').click()
    ann.sees('hello', page=tab)
    badge(ann, '')


def test_it_works_by_keyboard_and_keeps_the_focus(ann):
    button = ann.page.get_by_role('button', name='Mark as read')
    button.focus()
    button.press('Enter')
    expect(ann.page.get_by_role('button', name='Mark as unread')).to_be_focused()
    badge(ann, '')


def test_it_works_without_scripts(ann, visit):
    plain = visit(java_script_enabled=False)
    plain.takes_over(ann)
    plain.page.goto(LIST)
    for name, text in (('Mark as read', ''), ('Mark as unread', 'unread')):
        click(plain, name)
        badge(plain, text)
        badge(ann, text)
