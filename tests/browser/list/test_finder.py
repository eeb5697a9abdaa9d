"""Finding people and words while typing: with the keyboard alone, with a thumb, and what a result opens."""
import re

import pytest
from person import LIVE, press_while_composing
from places_to_see import FOREIGN_TEXT
from playwright.sync_api import expect

LIST = '/messenger/messaging/chat'
PHONE = {'viewport': {'width': 390, 'height': 750}, 'has_touch': True, 'is_mobile': True}


@pytest.fixture
def searcher(visit, request):
    """Ann, who has 120 messages of Bob's and none of Eve's."""
    ann = visit('Ann', 'Lee', **getattr(request, 'param', {}))
    ann.bob, ann.eve = visit('Bob', 'Ray'), visit('Eve', 'Fox')
    for person in (ann, ann.bob, ann.eve):
        person.join()
    for number in range(1, 121):
        text = 'word%d of <b>Bob</b>' % number if number != 60 else 'The needle, as big as an EYE'
        ann.stack.query(FOREIGN_TEXT, ann.bob.id, ann.id, text)
    ann.page.goto(LIST)
    ann.sees_state(LIVE)
    expect(ann.page.locator('.conversation')).to_have_count(1)
    return ann


def field(person):
    return person.page.get_by_role('combobox', name='Search for people')


def options(person):
    return person.page.locator('.finder [role=option]')


def chosen(person):
    return person.page.locator('[role=option][aria-selected=true]')


def test_a_message_is_found_and_opened_in_its_place_by_the_keyboard_alone(searcher):
    page = searcher.page
    page.keyboard.press('/')
    expect(field(searcher)).to_be_focused()
    page.keyboard.type('needle')
    expect(options(searcher)).to_have_count(1)
    expect(page.locator('.finder mark')).to_have_text(['needle'])
    expect(page.locator('.finder [role=status]')).to_have_text('1 result')
    expect(page.locator('.conversations')).to_be_hidden()
    page.keyboard.press('ArrowDown')
    expect(chosen(searcher)).to_have_count(1)
    assert field(searcher).get_attribute('aria-activedescendant') == chosen(searcher).get_attribute('id')
    page.keyboard.press('Enter')
    expect(page).to_have_url(re.compile(r'/chat/%d\?at=60#message-60$' % searcher.bob.id))
    found = page.locator('#message-60')
    expect(found).to_be_focused()
    expect(found).to_be_in_viewport()
    expect(page.locator('#messages .message[data-id]')).to_have_count(51)
    page.get_by_role('link', name='Newer messages').click()
    expect(page.locator('#messages .message__content').first).to_have_text('word86 of <b>Bob</b>')
    expect(page.locator('#messages .message__content').first).to_be_in_viewport()
    page.get_by_role('link', name='Back to the newest messages').click()
    searcher.sees_state(LIVE)
    expect(page.locator('#composer')).to_be_visible()


def test_what_is_written_beside_a_result_is_shown_once_on_the_newest_page(searcher):
    page, there = searcher.page, '/messenger/messaging/chat/%d?at=60' % searcher.bob.id
    page.goto(there)
    searcher.sees_state(LIVE)
    field = page.locator('#composer textarea')
    field.fill('half a')
    page.reload()
    expect(field).to_have_value('half a')
    searcher.write('as you said')
    expect(page).to_have_url(re.compile('/chat/%d#latest$' % searcher.bob.id))
    searcher.sees_state(LIVE)
    expect(page.locator('#messages .message--own .message__content')).to_have_text(['as you said'])
    expect(page.locator('#messages .message--pending')).to_have_count(0)
    expect(field).to_have_value('')
    # Where nothing can be kept it goes with the form.
    page.goto(there)
    page.evaluate("() => { Storage.prototype.setItem = () => { throw new Error('full'); }; }")
    searcher.write('and more')
    expect(page).to_have_url(re.compile('/chat/%d#latest$' % searcher.bob.id))
    searcher.sees_state(LIVE)
    expect(page.locator('#messages .message--own .message__content')).to_have_text(['as you said', 'and more'])
    sent = searcher.stack.query('SELECT content FROM message WHERE sender = ?', searcher.id)
    assert sorted(sent) == [('and more',), ('as you said',)]


def test_a_chat_begins_by_typing_the_beginning_of_a_name(searcher):
    page = searcher.page
    field(searcher).press_sequentially('ev')
    expect(options(searcher)).to_have_text([re.compile('Eve Fox')])
    page.keyboard.press('ArrowDown')
    page.keyboard.press('Enter')
    expect(page).to_have_url(re.compile('/chat/%d#latest$' % searcher.eve.id))
    searcher.sees_state(LIVE)
    searcher.write('Hello Eve')
    expect(page.locator('.message__content')).to_have_text(['Hello Eve'])


def test_what_is_found_is_in_groups_and_nobody_is_there_twice(searcher):
    field(searcher).press_sequentially('bob')
    groups = searcher.page.get_by_role('group')
    expect(groups).to_have_count(2)
    assert [group.get_attribute('aria-label') for group in groups.all()] == ['Conversations', 'Messages']
    expect(options(searcher)).to_have_count(1 + 10 + 1)
    expect(options(searcher).last).to_have_text(re.compile('Search older messages'))
    expect(searcher.page.locator('.finder b')).to_have_count(0)
    expect(searcher.page.locator('.hit__text').first).to_have_text('word120 of <b>Bob</b>')


def test_arrows_and_ends_lead_through_everything_and_back_to_what_is_typed(searcher):
    page = searcher.page
    field(searcher).press_sequentially('bob')
    expect(options(searcher)).to_have_count(12)
    for key, index in (('ArrowDown', 0), ('End', 11), ('ArrowDown', None), ('ArrowUp', 11), ('Home', 0), ('ArrowUp', None)):
        page.keyboard.press(key)
        expect(chosen(searcher)).to_have_count(0 if index is None else 1)
        if index is not None:
            expect(options(searcher).nth(index)).to_have_attribute('aria-selected', 'true')
            expect(chosen(searcher)).to_be_in_viewport()
    page.keyboard.press('ArrowDown')
    press_while_composing(field(searcher), 'ArrowDown', 'Enter', 'Escape')
    expect(field(searcher)).to_have_value('bob')
    expect(options(searcher).first).to_have_attribute('aria-selected', 'true')
    page.keyboard.press('ArrowUp')
    page.keyboard.press('Home')
    page.keyboard.type('x')
    expect(field(searcher)).to_have_value('xbob')
    expect(page.locator('.finder [role=status]')).to_have_text('Nothing was found for “xbob”.')
    page.keyboard.press('Escape')
    expect(field(searcher)).to_have_value('')
    expect(page.locator('.conversations')).to_be_visible()
    expect(page.locator('.finder [role=listbox]')).to_be_hidden()
    expect(field(searcher)).to_have_attribute('aria-expanded', 'false')


def test_enter_without_a_choice_leads_to_the_page_of_the_search(searcher):
    field(searcher).press_sequentially('bob')
    searcher.page.keyboard.press('Enter')
    expect(searcher.page).to_have_url(re.compile(r'/search\?q=bob$'))
    expect(searcher.page.locator('.hit__text')).to_have_count(20)
    searcher.page.get_by_role('link', name='Search older messages').click()
    expect(searcher.page.locator('.hit__text mark').first).to_have_text('Bob')


def test_what_is_typed_last_counts_however_late_earlier_answers_come(searcher):
    page, held = searcher.page, []

    def hold(route):
        held.append(route) if 'q=eve' in route.request.url else route.continue_()
    page.route('**/search.json?*', hold)
    with page.expect_request('**/search.json?q=eve*'):
        field(searcher).fill('eve')
    field(searcher).fill('needle')
    expect(options(searcher)).to_have_text([re.compile('needle')])
    for route in held:
        try:
            route.continue_()
        except Exception:
            continue    # the page has called it off
    page.unroute('**/search.json?*')
    expect(options(searcher)).to_have_text([re.compile('needle')])
    assert len(held) == 1


def test_a_search_without_an_answer_says_so_and_conversations_are_found_all_the_same(searcher):
    searcher.may_lose_the_line = True
    searcher.page.route('**/search.json?*', lambda route: route.abort('connectionrefused'))
    field(searcher).press_sequentially('bo')
    expect(searcher.page.locator('.finder [role=status]')).to_have_text('The search got no answer. Press Enter to try again.')
    expect(options(searcher)).to_have_text([re.compile('Bob Ray')])


@pytest.mark.parametrize('searcher', [PHONE], indirect=True)
def test_a_thumb_finds_and_opens_on_a_phone(searcher):
    page = searcher.page
    field(searcher).tap()
    field(searcher).press_sequentially('needle')
    box = options(searcher).bounding_box()
    assert box['height'] >= 44 and box['x'] >= 0 and box['x'] + box['width'] <= 390
    assert page.evaluate('document.documentElement.scrollWidth') <= 390
    options(searcher).tap()
    expect(page.locator('#message-60')).to_be_in_viewport()


def test_a_message_that_arrives_meanwhile_leaves_the_results_alone(searcher):
    field(searcher).press_sequentially('needle')
    expect(options(searcher)).to_have_count(1)
    searcher.bob.open_chat(searcher)
    searcher.bob.write('another needle')
    expect(searcher.page).to_have_title(re.compile(r'^\(\d+\)'))
    expect(options(searcher)).to_have_count(1)
    searcher.page.keyboard.press('Escape')
    expect(searcher.page.locator('.conversation__last')).to_have_text('another needle')
