"""What is chosen for a device is seen from the first byte on: without a script, in the dark, in large letters, from right to left."""
import pytest
from playwright.sync_api import expect

LIGHT, DARK = 'rgb(246, 246, 242)', 'rgb(20, 25, 23)'
SMALL = {'width': 320, 'height': 568}
PAGES = ('/messenger/messaging/index', '/messenger/messaging/chat', '/messenger/default/account', '/messenger/default/user/profile')


def choose(page, **chosen):
    page.goto('/messenger/default/account')
    for name, value in chosen.items():
        page.select_option('#device_%s' % name, value)
    page.locator('form', has=page.locator('#device_theme')).locator('input[type=submit]').click()
    expect(page.locator('.flash')).to_be_visible()


def style(page, name, selector='body'):
    return page.locator(selector).first.evaluate('(element, name) => getComputedStyle(element)[name]', name)


@pytest.mark.parametrize(('system', 'theme', 'expected'), [
    ('light', 'system', LIGHT), ('dark', 'system', DARK), ('light', 'dark', DARK), ('dark', 'light', LIGHT)])
def test_light_or_dark_is_as_the_system_has_it_until_it_is_chosen_and_needs_no_script(visit, system, theme, expected):
    ann = visit('Ann', 'Lee', color_scheme=system, java_script_enabled=False)
    ann.join()
    choose(ann.page, theme=theme)
    ann.page.goto('/messenger/messaging/index')
    assert style(ann.page, 'backgroundColor') == expected
    assert style(ann.page, 'colorScheme', 'html') == {'system': 'light dark'}.get(theme, theme)
    bars = ann.page.locator('meta[name=theme-color]').evaluate_all(
        'bars => bars.filter(bar => !bar.media || matchMedia(bar.media).matches).map(bar => bar.content)')
    assert bars == [{LIGHT: '#ffffff', DARK: '#1d2421'}[expected]]


def test_the_largest_letters_fit_on_the_smallest_phone(visit):
    bob, ann = visit('Bob', 'Ray'), visit('Ann', 'Lee', viewport=SMALL)
    for person in (bob, ann):
        person.join()
    choose(ann.page, text_size='larger')
    for address in (*PAGES, '/messenger/messaging/chat/%d' % bob.id):
        ann.page.goto(address)
        assert style(ann.page, 'fontSize') == '22.4px'
        assert ann.page.evaluate('document.documentElement.scrollWidth') <= SMALL['width'], address
    field, send = ann.page.locator('#composer textarea'), ann.page.get_by_role('button', name='Send')
    assert field.bounding_box()['width'] > 3 * send.bounding_box()['width']
    field.fill('x ' * 5100)
    field.press('Control+Enter')
    expect(ann.page.locator('#composer-error')).not_to_be_empty()
    assert send.bounding_box()['y'] + send.bounding_box()['height'] <= SMALL['height']


def test_arabic_is_written_from_right_to_left_and_the_page_lies_the_other_way_round(visit):
    bob, ann = visit('Bob', 'Ray'), visit('Ann', 'Lee')
    for person in (bob, ann):
        person.join()
    choose(ann.page, language='ar')
    ann.page.goto('/messenger/messaging/chat/%d' % bob.id)
    assert (style(ann.page, 'direction'), ann.page.locator('html').get_attribute('lang')) == ('rtl', 'ar')
    field, send = ann.page.locator('#composer textarea').bounding_box(), ann.page.locator('.composer__send').bounding_box()
    assert send['x'] + send['width'] <= field['x']
    assert ann.page.locator('#conversations').bounding_box()['x'] > field['x'] + field['width'] - 1
    choose(ann.page, language='browser')
    assert style(ann.page, 'direction') == 'ltr'


def test_whoever_wants_no_motion_or_more_contrast_or_colours_of_their_own_gets_it(two):
    ann, _ = two
    ann.write('hello')
    ann.sees('hello')
    ann.page.emulate_media(reduced_motion='reduce')
    assert style(ann.page, 'transitionDuration', '.composer__send') == '0s'
    ann.page.emulate_media(reduced_motion='no-preference', contrast='more')
    assert style(ann.page, 'color', '.message__time') == style(ann.page, 'color')
    ann.page.emulate_media(contrast='no-preference', forced_colors='active')
    assert style(ann.page, 'outlineStyle', '.message__bubble') == 'solid'
