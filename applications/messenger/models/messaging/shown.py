"""How what members write is shown: as text, with the addresses of the web in it as links."""
from gluon import CAT
from gluon import A as LINK
from messenger_core.shown import links

# In the inbox what is longer gets a box that scrolls.
LETTER_CHARACTERS, LETTER_LINES = 1000, 15

# Whoever is linked to learns neither whence, nor gets hold of the page; nor is a link any praise.
STRANGER = dict(_rel='noopener noreferrer nofollow', _target='_blank', _dir='ltr')


def with_links(content):
    """Return the text for a page."""
    return CAT(*[LINK(piece, _href=address, **STRANGER) if address else piece for piece, address in links.parts(content)])


def is_long(content):
    """Return whether a text is longer than a letter of the inbox is shown whole."""
    return len(content) > LETTER_CHARACTERS or content.count('\n') >= LETTER_LINES
