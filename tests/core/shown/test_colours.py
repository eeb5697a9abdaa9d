"""Whatever colour a site has, its pages can be read: WCAG 2.2 asks for a contrast of 4.5."""
import random
import re

import pytest
from messenger_core.shown import colours
from places import APPLICATION

CSS = APPLICATION / 'static' / 'css'
EXTREMES = ('#000000', '#ffffff', '#ff0000', '#00ff00', '#0000ff', '#ffff00', '#00ffff', '#ff00ff', '#808080', '#010000', '#fffffe')
ANY = ['#%06x' % number for number in random.Random(7).sample(range(1 << 24), 50)]


def raw(name):
    """Return the raw colours that a style sheet sets."""
    return dict(re.findall('--([a-z-]+): (#[0-9a-f]{6});', (CSS / name).read_text(encoding='utf-8')))


def judge(palette, theme):
    for background in (theme['paper'], theme['sheet'], palette.pale):
        assert colours.contrast(palette.accent, background) >= 4.5, 'links and states'
    for background in (palette.accent, palette.strong):
        assert colours.contrast(palette.on, background) >= 4.5, 'buttons'
    for text in (theme['ink'], theme['pale-ink']):
        assert colours.contrast(text, palette.pale) >= 4.5, "one's own messages"
    assert palette.on in ('#000000', '#ffffff')
    assert all(re.fullmatch('#[0-9a-f]{6}', colour) for colour in palette)


@pytest.mark.parametrize('accent', [*EXTREMES, *ANY])
def test_every_accent_can_be_read_in_light_and_dark(accent):
    judge(colours.light_palette(accent), raw('base.css'))
    judge(colours.dark_palette(accent), raw('dark.css'))


def test_what_can_be_read_as_it_is_stays_as_it_is():
    assert colours.light_palette('#22614f').accent == '#22614f'
    assert colours.dark_palette('#ffcc00').accent == '#ffcc00'


def test_a_colour_keeps_its_kind():
    red, green, blue = (int(colours.light_palette('#ff4020').accent[at:at + 2], 16) for at in (1, 3, 5))
    assert red > 150 > 100 > green > blue


def test_contrast_is_what_wcag_says():
    assert colours.contrast('#000000', '#ffffff') == colours.contrast('#ffffff', '#000000') == pytest.approx(21)
    assert colours.contrast('#777777', '#ffffff') == pytest.approx(4.478, abs=.001)
    assert colours.contrast('#123456', '#123456') == 1


def test_the_backgrounds_are_those_of_the_style_sheets():
    light, dark = raw('base.css'), raw('dark.css')
    assert (light['paper'], light['sheet'], light['green'], dark['sheet']) == (
        colours.PAPER, colours.SHEET, colours.ACCENT, colours.DARK_SHEET)
    assert set(light) == set(dark), 'what is said for the one is said for the other'


def test_our_own_colours_can_be_read_too():
    for named in (raw('base.css'), raw('dark.css')):
        judge(colours.Palette(named['green'], named['strong-green'], named['pale-green'], max(
            '#000000', '#ffffff', key=lambda text: colours.contrast(text, named['green']))), named)
        assert colours.contrast(named['on-green'], named['green']) >= 4.5
        assert min(colours.contrast(named['red'], named[name]) for name in ('paper', 'sheet', 'pale-red')) >= 4.5


def test_the_sheet_is_for_light_dark_and_either_by_choice():
    sheet = colours.stylesheet('#ff0000')
    light, dark = colours.light_palette('#ff0000').accent, colours.dark_palette('#ff0000').accent
    assert sheet.count('--color-accent: %s;' % light) == 1 and sheet.count('--color-accent: %s;' % dark) == 2
    assert sheet.count('{') == sheet.count('}') == 5
