"""How messages stand to each other in a thread, as the server shows it: days, turns, what was written in one go, what is new.

js/thread/model/grouping.js says the same of messages that come later; tests/cases/groups.json holds both to it. Days are UTC's: the
reader's own clock is known to their browser only.
"""
from gluon import current
from messenger_core.shown import emoji

from .shown import day_of, is_long


class Row:
    """A message, and how it stands to the others."""

    anchor, is_found, is_continued, starts_day, starts_turn, continues = '', False, False, False, False, False

    def __init__(self, message, is_own, is_new, state):
        self.message, self.is_own, self.is_new, self.state = message, is_own, is_new, state
        self.is_emoji, self.is_long = emoji.is_emoji(message.content), is_long(message.content)


def thread_rows(messages, user_id, read_number=None, theirs=None, found=None):
    """Return a row for each message, as message.html shows it.

    `read_number` is up to where `user_id` had read; without it nothing is new. `theirs` is how far the other member has received and
    read; without it nothing is said about that. `found` is the number of the message that was looked for.
    """
    news = () if read_number is None else (one for one in messages if one.sender_id != user_id and one.number > read_number)
    rows, states, first_new = [], _states(messages, user_id, theirs), next(iter(news), None)
    for earlier, message in zip([None, *messages], messages):
        row = Row(message, is_own=message.sender_id == user_id, is_new=message is first_new, state=states.get(message.number))
        _stand(row, earlier)
        if rows:
            rows[-1].is_continued = row.continues
        rows.append(row)
    # Where a page opens: at what is new, or the latest, or what was looked for.
    for row in [row for row in rows if row.is_new] or rows[-1:]:
        row.anchor = 'latest'
    for row in rows:
        if row.message.number == found:
            row.anchor, row.is_found = 'message-%d' % found, True
    return rows


def row_classes(row):
    """Return the classes of a row's element."""
    names = ['message', 'message--own' if row.is_own else 'message--other']
    names += [name for name, is_so in (
        ('message--turn', row.starts_turn), ('message--continues', row.continues), ('message--continued', row.is_continued),
        ('message--emoji', row.is_emoji), ('message--found', row.is_found)) if is_so]
    return ' '.join(names)


def day_name(moment):
    """Return what a day is called that is UTC's."""
    T = current.T
    days_ago = (current.request.utcnow.date() - moment.date()).days
    return {0: T('Today'), 1: T('Yesterday')}.get(days_ago, day_of(moment))


def _stand(row, earlier):
    message = row.message
    row.starts_day = not earlier or earlier.timestamp.date() != message.timestamp.date()
    row.starts_turn = row.starts_day or row.is_new or earlier.sender_id != message.sender_id
    row.continues = not row.starts_turn and _is_same_minute(earlier.timestamp, message.timestamp)


def _is_same_minute(one, other):
    # Of the same day, as they are where this is asked.
    return one.minute == other.minute and one.hour == other.hour


def _states(messages, user_id, theirs):
    """Return {number: state}: each state once, at one's last message that has it."""
    own = [message.number for message in messages if theirs and message.sender_id == user_id]
    limits = {'sent': own[-1:] and own[-1], 'delivered': theirs.delivered_number, 'read': theirs.read_number} if own else {}
    return {max(number for number in own if number <= limit): state
            for state, limit in limits.items() if own[0] <= limit}
