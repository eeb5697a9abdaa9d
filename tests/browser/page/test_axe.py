"""axe-core has nothing to say about any page, in any state, light or dark, from left to right or from right to left."""
import pytest
from axe_playwright_python.sync_playwright import Axe
from person import LIVE
from places_to_see import doors, rooms
from playwright.sync_api import expect

MODES = {'light': 'theme:light.language:en', 'dark': 'theme:dark.language:en', 'light rtl': 'theme:light.language:ar',
         'dark rtl': 'theme:dark.language:ar'}
# Colours don't depend on the direction, nor what there is on the theme: two have both. By hand the others are seen, too.
BY_HAND = 'dark', 'light rtl'
in_modes = pytest.mark.parametrize('mode', [pytest.param(mode, marks=[pytest.mark.byhand] * (mode in BY_HAND)) for mode in MODES])


def complaints(page):
    """Return what axe finds: rule, impact, and the first elements."""
    found = Axe().run(page).response['violations']
    return [(one['id'], one['impact'], [node['html'][:200] for node in one['nodes'][:3]]) for one in found]


def said(found):
    return '\n'.join('%s: %s' % (name, one) for name, what in found.items() for one in what)


def wear(person, mode):
    person.context.add_cookies([{'name': 'messenger_device', 'value': MODES[mode], 'url': person.stack.url}])


@in_modes
def test_no_page_has_anything_that_somebody_cannot_use(reader, mode):
    wear(reader, mode)
    found = {}
    for name, path in rooms(*reader.others).items():
        reader.page.goto(path)
        if name == 'thread':
            reader.sees_state(LIVE)
        found[name] = complaints(reader.page)
    reader.console[:] = [line for line in reader.console if '404' not in line]
    assert not any(found.values()), said(found)


@in_modes
def test_nor_has_any_door_or_any_page_before_the_first_message(visit, mode):
    ann = visit('Ann', 'Lee')
    wear(ann, mode)
    found = {}
    for name, path in doors().items():
        ann.page.goto(path)
        found[name] = complaints(ann.page)
    ann.context.clear_cookies()
    ann.join()
    wear(ann, mode)
    for name in ('inbox', 'chats', 'search'):
        ann.page.goto(rooms(1, 1)[name])
        found['first ' + name] = complaints(ann.page)
    ann.page.goto('/messenger/messaging/chat/%d' % ann.id)
    ann.sees_state(LIVE)
    found['first thread'] = complaints(ann.page)
    assert not any(found.values()), said(found)


@in_modes
def test_nor_has_company_that_is_online_and_types_nor_a_muted_chat_nor_an_offer(two, mode):
    ann, bob = two
    wear(ann, mode)
    ann.context.add_init_script("window.Notification = class { static permission = 'default'; };")
    bob.write('hello')
    ann.open_chat(bob)
    ann.page.locator('.chat__mute').click()
    expect(ann.page.locator('.conversation--muted')).to_have_count(1)
    bob.write('hello again')
    expect(ann.page.locator('#offer')).to_be_visible()
    bob.page.locator('#composer textarea').press_sequentially('for some seconds', delay=350)
    expect(ann.page.locator('.conversation--here.conversation--typing')).to_have_count(1)
    assert complaints(ann.page) == []


@in_modes
def test_nor_has_what_is_found_while_somebody_types(reader, mode):
    wear(reader, mode)
    reader.page.goto(rooms(*reader.others)['chats'])
    reader.sees_state(LIVE)
    field = reader.page.locator('.finder__field')
    field.press_sequentially('goo')
    expect(reader.page.locator('[role=option] mark').first).to_be_visible()
    found = {'found': complaints(reader.page)}
    reader.page.keyboard.press('ArrowDown')
    found['chosen'] = complaints(reader.page)
    field.fill('nowhere')
    expect(reader.page.locator('.finder [role=status]')).not_to_be_empty()
    found['nothing'] = complaints(reader.page)
    assert not any(found.values()), said(found)
