"""The letters of the inbox: what their buttons post, and where in the inbox it goes on from there.

All letters of a page share one form to answer and one to mark: the value of the button says which letter is meant.
"""
import re
from collections import namedtuple

from gluon import current
from messenger_core.messages import letters as inbox
from messenger_core.messages import noticing

from .asked import posted, whole
from .kept.addresses import URL

LETTER = re.compile('[.]'.join(['([0-9]{1,18})'] * 4))

LetterKey = namedtuple('LetterKey', 'id conversation number sender')


def letter_key(message):
    """Return what names a letter in the value of a button."""
    return '%d.%d.%d.%d' % (message.id, message.conversation, message.number, message.sender_id or 0)


def letters_posted(name):
    """Return the keys that were posted as `name`; no more than a page has."""
    values = current.request.post_vars.get(name)
    matches = [LETTER.fullmatch(value) for value in (values if isinstance(values, list) else [values]) if isinstance(value, str)]
    return [LetterKey(*map(int, match.groups())) for match in matches if match][:inbox.LIMIT]


def inbox_url(letters=(), **place):
    """Return the address of the page of the inbox that the posted form was on, at its first letter; or of another `place`."""
    asked = place or dict(before=posted('before'), unread=posted('waiting'))
    query = {'before': whole(str(asked.get('before') or '')), 'unread': '1' if asked.get('unread') == '1' else None}
    return URL('messaging', 'index', vars={name: value for name, value in query.items() if value},
               anchor='letter-%d' % letters[0].id if letters else '')


def waits_upto(received):
    """Return up to which place in the feed a page of the inbox knows what waits, or None where nothing does."""
    # Not by what is unread on the page: what is muted waits as well.
    if not noticing.does_anything_wait(current.db, current.auth.user_id):
        return None
    return max([received.seq, *(letter.message.seq for letter in received.letters)])


def unfold_answers():
    """Have answers look like what the form to send a message posts. Each letter has a text of its own, and a ref after the form's."""
    for letter in letters_posted('answer'):
        current.request.post_vars.update(
            letter=posted('answer'), receiver='#%d' % letter.sender, content=posted('content-%d' % letter.id),
            ref='%s.%d' % (posted('ref'), letter.id))
