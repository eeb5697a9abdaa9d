"""How people, what they write, and sentences with a number are shown: two of one name can be told apart, addresses in a text are links.

Which language is spoken is decided in device.py.
"""
import json
import re

from gluon import CAT, current
from gluon import A as LINK
from messenger_core.errors import SENTENCES
from messenger_core.shown import lines, links
from messenger_core.shown import plurals as plural_forms

from .kept.addresses import URL

TURNING = re.compile('[\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]')
ROW_CHARACTERS = 200
# Whoever is linked to learns neither whence, nor gets hold of the page; nor is a link any praise.
STRANGER = dict(_rel='noopener noreferrer nofollow', _target='_blank', _dir='ltr')
# Why a message can be refused; the other codes are for who writes clients.
REFUSALS = ('bad_text', 'too_long', 'blocked', 'forbidden', 'no_such_user', 'not_found', 'conflict', 'rate', 'busy')


def in_plain_text(name):
    """Return a name for where no <bdi> can keep its direction to itself: a title, a list of choices."""
    return TURNING.sub('', name)


def with_number(person, name):
    """Return "Ann Lee #17", which the form understands when it is posted."""
    return '%s #%d' % (in_plain_text(name), person)


def initials(name):
    """Return what stands in somebody's circle: the first letters of a name's first and last word; js/list/avatar.js does it alike."""
    words = in_plain_text(name or '').split()
    return ''.join(word[0] for word in (words[:1] + words[1:][-1:])).upper()


def hue(person):
    """Return which of the circles' colours somebody has; who has no number any more has that of nobody."""
    return (person or 0) % 8


def chat_url(person, conversation, **options):
    """Return the address of a chat: of the person's, or of the conversation whose other member has no number any more."""
    return URL('messaging', 'chat', args=[person] if person else ['former', conversation], **options)


def with_links(content):
    """Return the text for a page."""
    shown = lines.shown(content)
    pieces = links.parts(shown)
    if not any(address for _, address in pieces):
        return shown
    return CAT(*[LINK(piece, _href=address, _title=links.title(address), **STRANGER) if address else piece for piece, address in pieces])


def day_of(moment):
    """Return the day of a moment, as 2026-01-31. Not by strftime(), which imports a module each time: a page shows a hundred of these."""
    return moment.isoformat()[:10]


def minute_of(moment):
    """Return the moment to the minute, as 2026-01-31 23:59."""
    return moment.isoformat(' ')[:16]


def clock_of(moment):
    """Return when that was on its day, as 23:59."""
    return moment.isoformat()[11:16]


def is_long(content):
    """Return whether a text is folded at first."""
    return lines.is_long(lines.shown(content))


def in_one_line(content):
    """Return the beginning of a text for a row of a list."""
    return lines.in_one_line(content, ROW_CHARACTERS)


def counted(sentence, count, **others):
    """Return a sentence with %(count)s in the form for that number; languages/*.py have each form as 'sentence##form'."""
    T = current.T
    return T('%s##%s' % (sentence, plural_forms.of(T.accepted_language, count)), dict(others, count=count))


def plurals(sentence):
    """Return all forms of such a sentence as JSON, for a script to choose from: see static/js/shown/plural.js."""
    T = current.T
    return json.dumps({form: str(T('%s##%s' % (sentence, form))) for form in plural_forms.forms(T.accepted_language)}, ensure_ascii=False)


def refusals():
    """Return why a message can be refused, as JSON by code, for scripts: the wire says it in English."""
    T = current.T
    return json.dumps({code: str(T(SENTENCES[code])) for code in REFUSALS}, ensure_ascii=False)
