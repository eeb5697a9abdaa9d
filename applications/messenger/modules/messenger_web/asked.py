"""What a request asks for, read with care: the fields of a form, who is meant by an address."""
import re

from gluon import current
from messenger_core.members import directory

from .answers import stop

RECEIVER_LENGTH = 512
WHOLE = re.compile('[1-9][0-9]{0,17}')


def is_form():
    """Whether what is posted is meant for a page; of other bodies nothing is read that is not asked for."""
    return current.request.extension == 'html' and is_post()


def is_post():
    """Whether the request may change something."""
    return current.request.env.request_method == 'POST'


def posted(name):
    """Return the text posted as `name`; of several the first, of none or of a file the empty text."""
    value = current.request.post_vars.get(name)
    value = value[0] if isinstance(value, list) and value else value
    return value if isinstance(value, str) else ''


def last_of(value):
    """Return the text or the file that is posted: of several the last, of anything else the empty text."""
    value = value[-1] if isinstance(value, list) and value else value
    return value if isinstance(value, str) or hasattr(value, 'file') else ''


def typed_receiver():
    """Return who was typed to be written to: longer than a name with a number nobody is called."""
    return posted('receiver')[:RECEIVER_LENGTH]


def only_texts():
    """Make every posted value one text: web2py's own forms fail on lists, files and what JSON can hold."""
    request = current.request
    texts = {name: posted(name) for name in list(request.post_vars)}
    request.post_vars.clear()
    request.post_vars.update(texts)
    request.vars.update(texts)


def whole(value):
    """Return a positive number for its plain digits, and None for everything else."""
    return int(value) if isinstance(value, str) and WHOLE.fullmatch(value) else None


def person_of(args):
    """Return the number of the person whose page /chat/17 is; ends with 404 for what can't be one."""
    person = whole(args[0]) if len(args) == 1 else None
    return person if person and person <= directory.LARGEST_ID else no_such_person()


def former_of(args):
    """Return the number of the conversation whose page /chat/former/5 is, or None."""
    return whole(args[1]) if len(args) == 2 and args[0] == 'former' else None


def no_such_person(unsent=''):
    """End with the one answer for who isn't there, may not be written to, or never was; and with what was written to them."""
    T = current.T
    stop(404, T('There is no such member.'), unsent)
