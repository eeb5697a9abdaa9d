"""What becomes of a site's own accent colour: colours for light and dark pages that can be read.

Lives here: the mathematics of it (WCAG 2.2). All of it is done in linear light, where a colour's luminance is as much as there is of it.
"""
from functools import lru_cache
from typing import NamedTuple

READABLE = 4.5
# Of base.css and dark.css: what pages are made of, and what lies on it.
PAPER, SHEET, DARK_SHEET = '#f6f6f2', '#ffffff', '#1d2421'
ACCENT = '#22614f'
# The luminance of what is behind one's own messages: less light than all other light backgrounds, more than all dark ones, and quiet text
# can be read on it.
PALE, DARK_PALE = 0.83, 0.045
STRENGTH, TINT = 0.4, 0.12      # how strong the accent is in it: the luminance that white is added to, and its share in the dark
STRONGER = 0.4          # how much further from the background goes what the pointer is over
BLACK, WHITE = (0.0, 0.0, 0.0), (1.0, 1.0, 1.0)


class Palette(NamedTuple):
    """The accent as text and as background, the same under the pointer, a pale tint, and what is written on the first two."""

    accent: str
    strong: str
    pale: str
    on: str


@lru_cache(maxsize=8)
def stylesheet(accent):
    """Return the CSS that gives a site's pages its accent."""
    light, dark = _rule(light_palette(accent)), _rule(dark_palette(accent))
    return (
        '@layer base {\n'
        ':root { %s }\n'
        '@media (prefers-color-scheme: dark) { :root:not([data-theme=light]) { %s } }\n'
        ':root[data-theme=dark] { %s }\n'
        '}\n' % (light, dark, dark))


def light_palette(accent):
    """Return the Palette of light pages: the accent, made as much darker as it has to be."""
    colour = _darkened(_linear(accent), (PALE + .05) / READABLE - .05)
    pale = _whitened(_lightened(colour, STRENGTH), PALE)
    return _palette(colour, _mix(colour, BLACK, STRONGER), pale, is_light=True)


def dark_palette(accent):
    """Return the Palette of dark pages: the accent, made as much lighter as it has to be."""
    colour = _lightened(_linear(accent), READABLE * (DARK_PALE + .05) - .05)
    pale = _mix(_linear(DARK_SHEET), _linear(accent), TINT)
    pale = _lightened(_darkened(pale, DARK_PALE), DARK_PALE)
    return _palette(colour, _mix(colour, WHITE, STRONGER), pale, is_light=False)


def contrast(one, other):
    """Return the contrast of two colours, 1 to 21."""
    darker, lighter = sorted((_luminance(_linear(one)), _luminance(_linear(other))))
    return (lighter + .05) / (darker + .05)


def _palette(accent, strong, pale, is_light):
    # Rounded away from each other.
    accent, strong, pale = _hex(accent, not is_light), _hex(strong, not is_light), _hex(pale, is_light)
    return Palette(accent, strong, pale, max('#000000', '#ffffff', key=lambda text: contrast(text, accent)))


def _rule(palette):
    return '--color-accent: %s; --color-accent-strong: %s; --color-accent-pale: %s; --color-on-accent: %s' % palette


def _darkened(colour, luminance):
    own = _luminance(colour)
    return _mix(BLACK, colour, luminance / own) if own > luminance else colour


def _lightened(colour, luminance):
    # Brighter for as long as there is something to be brightened, then whiter: white alone takes the colour out.
    own = _luminance(colour)
    bright = _mix(BLACK, colour, min(luminance / own, 1 / max(colour))) if 0 < own < luminance else colour
    return _whitened(bright, luminance)


def _whitened(colour, luminance):
    own = _luminance(colour)
    return _mix(colour, WHITE, (luminance - own) / (1 - own)) if own < luminance else colour


def _mix(one, other, share):
    return tuple(a * (1 - share) + b * share for a, b in zip(one, other))


def _luminance(colour):
    red, green, blue = colour
    return .2126 * red + .7152 * green + .0722 * blue


def _linear(text):
    parts = [int(text[at:at + 2], 16) / 255 for at in (1, 3, 5)]
    return tuple(part / 12.92 if part <= .04045 else ((part + .055) / 1.055) ** 2.4 for part in parts)


def _hex(colour, is_up):
    parts = [part * 12.92 if part <= .0031308 else 1.055 * part ** (1 / 2.4) - .055 for part in colour]
    return '#%02x%02x%02x' % tuple(min(255, int(part * 255 + (.999999 if is_up else .000001))) for part in parts)
