"""The judge: what was asked for, what is stored and what each device saw, compared. Pure; nothing found means every promise kept."""
from collections import Counter, defaultdict
from typing import NamedTuple, Optional

from .history import FAIL, OK, UNKNOWN

LOST, DOUBLED, UNASKED, ALTERED, ACK = 'acked, not stored', 'stored twice', 'stored, not sent', 'altered', 'ack disagrees'
REFUSED, UNANSWERED, UNADOPTED = 'refused', 'unanswered', 'not adopted'
MISSED, AGAIN, DISORDER, STRANGER, PHANTOM = 'missed', 'seen twice', 'out of order', "a stranger's", 'seen, not stored'
UNREAD, UNEXPECTED = 'unread', 'unexpected'

# How a socket may end here: said goodbye to, restarted, told to come back later, or cut off.
CLOSES = {1000, 1001, 1005, 1006, 1012, 1013}
STATES = {'stopped', 'connecting', 'online', 'reconnecting', 'silent', 'slow', 'carried', 'unanswered', 'offline'}


class Violation(NamedTuple):
    """One promise that was not kept; `kind` is one of the words above."""

    kind: str
    what: str


class Row(NamedTuple):
    """A stored message."""

    id: int
    seq: Optional[int]
    conversation: Optional[int]
    number: Optional[int]
    sender: int
    receiver: int
    content: str
    ref: Optional[str]

    @property
    def key(self):
        """What tells which send it is of: its ref, or in rows of others its text, which no two sends of a round share."""
        return self.sender, self.ref or self.content


class Place(NamedTuple):
    """A member's place in a conversation: how many are unread by the product's numbers, and by counting."""

    user_id: int
    conversation: int
    unread: int
    counted: int


def check(sends, rows, devices, places):
    """Return the Violations. `devices` are reports of device.mjs, `rows` and `places` what the database holds."""
    seen = [violation for device in devices for violation in _device(device, rows, places)]
    return [*_stored(sends, rows), *_numbered(rows), *seen, *_unread(places)]


def _stored(sends, rows):
    left = defaultdict(list)
    for row in rows:
        left[row.key].append(row)
    for send in sends:
        yield from _send(send, left.pop((send.sender, send.ref or send.content), []))
    yield from (Violation(UNASKED, str(row)) for found in left.values() for row in found)


def _send(send, found):
    if send.outcome == OK and not found:
        yield Violation(LOST, str(send))
    if send.outcome == FAIL:
        yield Violation(REFUSED, '%s%s' % (send, ', and stored' if found else ''))
    if send.outcome == UNKNOWN and send.ref:
        yield Violation(UNANSWERED, str(send))
    if len(found) > 1:
        yield Violation(DOUBLED, '%s: %s' % (send, found))
    for row in found:
        if (row.receiver, row.content) != (send.receiver, send.content):
            yield Violation(ALTERED, '%s: %s' % (send, row))
        if any(send.ack.get(name, getattr(row, name)) != getattr(row, name) for name in ('id', 'seq', 'conversation', 'number')):
            yield Violation(ACK, '%s: %s' % (send, row))


def _numbered(rows):
    """Each conversation's numbers follow each other in the order of the feed."""
    yield from (Violation(UNADOPTED, str(row)) for row in rows if row.seq is None)
    last, seqs = {}, Counter(row.seq for row in rows)
    for row in sorted((row for row in rows if row.seq), key=lambda row: row.seq):
        if row.number != last.get(row.conversation, row.number - 1) + 1 or seqs[row.seq] > 1:
            yield Violation(DISORDER, 'after number %s comes %s' % (last.get(row.conversation), row))
        last[row.conversation] = row.number


def _device(device, rows, places):
    own = [row for row in rows if device['user_id'] in (row.sender, row.receiver)]
    for violation in (*_seen(device, own), *_told(device, places), *_surprises(device)):
        yield Violation(violation.kind, '%s: %s' % (device['name'], violation.what))


def _seen(device, own):
    seen, stored = Counter(one['id'] for one in device['page']), {row.id: row for row in own}
    yield from (Violation(AGAIN, 'message %d, %d times' % pair) for pair in seen.items() if pair[1] > 1)
    yield from (Violation(MISSED, str(row)) for row in own if row.id not in seen)
    for one in device['page']:
        row = stored.get(one['id'])
        if device['user_id'] not in (one['sender'], one['receiver']):
            yield Violation(STRANGER, str(one))
        elif row is None:
            yield Violation(PHANTOM, str(one))
        elif any(one[name] != getattr(row, name) for name in one):
            yield Violation(ALTERED, '%s is stored as %s' % (one, row))


def _told(device, places):
    """What came over the wire, whether the page took it or not."""
    for pushes in device['pushes']:
        yield from (Violation(DISORDER, '%d was pushed after %d' % (later, earlier))
                    for earlier, later in zip(pushes, pushes[1:]) if later <= earlier)
    mine = {place.conversation for place in places if place.user_id == device['user_id']}
    for kind, conversation, sender, receiver in device['heard']:
        if conversation not in mine or (kind == 'message' and device['user_id'] not in (sender, receiver)):
            yield Violation(STRANGER, 'a %s of conversation %s' % (kind, conversation))


def _surprises(device):
    strange = {*device['closes']} - CLOSES, {*device['states']} - STATES
    yield from (Violation(UNEXPECTED, str(sorted(one))) for one in strange if one)
    if device['resets']:
        yield Violation(UNEXPECTED, '%d resets' % device['resets'])
    if device['behind']:
        yield Violation(UNEXPECTED, 'it came back and never caught up')


def _unread(places):
    yield from (Violation(UNREAD, str(place)) for place in places if place.unread != place.counted)
