"""Who is meant by an address, and how people are shown so that two of one name can be told apart."""
import re

from messenger_core.members import directory

WHOLE = re.compile('[1-9][0-9]{0,17}')
TURNING = re.compile('[\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]')


def whole(value):
    """Return a positive number for its plain digits, and None for everything else."""
    return int(value) if isinstance(value, str) and WHOLE.fullmatch(value) else None


def person_of(args):
    """Return the number of the person whose page /chat/17 is; ends with 404 for what can't be one."""
    person = whole(args[0]) if len(args) == 1 else None
    return person if person and person <= directory.LARGEST_ID else no_such_person(args)


def no_such_person(_):
    """End with the one answer for who isn't there, may not be written to, or never was."""
    stop(404, T('There is no such member.'))


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
    """Return which of the circles' colours somebody has."""
    return person % 8
