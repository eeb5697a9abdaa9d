"""What members note on their conversations: read up to here, to be read again, muted. Any number of Marks is one transaction.

It takes the same few statements however many there are, and one that is refused never fails its neighbours. Of several on the same place
in a conversation, only what they come to is written and told.
"""
from datetime import datetime
from typing import NamedTuple, Union

from ..database import bound, written
from ..database.sql import insert_many, moment, not_held, truth, update_many, whole
from ..database.tables import utcnow
from ..database.transaction import Held, transact
from ..errors import Refused
from ..feed import events, sequence
from ..members import preferences
from ..members.contacts import may_be_in

READ, UNREAD, MUTE = 'read', 'unread', 'mute'
FOREVER = datetime(9999, 12, 31)


class Mark(NamedTuple):
    """What somebody wants: to have READ up to the number `value`, to have it UNREAD, to MUTE it or not."""

    kind: str
    user_id: int
    conversation: int
    value: Union[int, bool, None] = None


class Place(NamedTuple):
    """How a member stands in a conversation."""

    id: int
    read_number: int
    sent_count: int
    sent_at_read: int
    last_number: int
    delivered_number: int
    receipt_number: int
    marked_unread: bool
    is_muted: bool


def mark_all(db, marks):
    """Set Marks and commit; return a feed.Change. Its result has for each the number now read up to, None where there is none, or Refused.

    Where there is nothing new nothing is written. Raises Refused busy when the database can't be written at all.
    """
    results, standings = _planned(places(db, map(_key, marks)), marks)
    if not any(standing.events() for standing in standings.values()):
        return sequence.Change(results, None, None, [])
    try:
        return transact(db, lambda: _mark_all(db, marks, db._adapter.dbengine == 'mysql'))   # which waits for whole seconds
    except Held:
        return transact(db, lambda: _mark_all(db, marks, True))


def mark(db, *mark):
    """Set one Mark and commit; return a feed.Change with its result. Raises Refused."""
    change = mark_all(db, [Mark(*mark)])
    if isinstance(change.result[0], Refused):
        raise change.result[0]
    return change._replace(result=change.result[0])


def places(db, keys):
    """Return {(member, conversation): Place} of those among `keys` that are theirs. One statement."""
    keys = set(keys)
    if not keys:
        return {}
    found = written.rows(db, 'place', lambda: _select_place(db, *bound.GIVEN[:2]), *next(iter(keys))) if len(keys) == 1 else list(
        db.executesql(_select_places(db, *map(set, zip(*keys)))))
    now = utcnow()
    return {(user_id, conversation): Place(*map(whole, figures), truth(marked_unread), bool(until) and moment(until) > now)
            for user_id, conversation, key, marked_unread, until, *figures in reversed(found)
            if (user_id, conversation) in keys and may_be_in(key, user_id)}


def _select_place(db, user_id, conversation):
    return _select(db, (db.participant.conversation == conversation) & (db.participant.user_id == user_id))


def _select_places(db, members, conversations):
    return _select(db, db.participant.conversation.belongs(conversations) & db.participant.user_id.belongs(members))


def _select(db, query):
    mine, its = db.participant, db.conversation
    return db(query & (mine.left_number == None) & (its.id == mine.conversation))._select(  # noqa: E711
        mine.user_id, mine.conversation, its.direct_key, mine.marked_unread, mine.muted_until, mine.id, mine.read_number,
        mine.sent_count, mine.sent_at_read, its.last_number, mine.delivered_number, mine.receipt_number)


class _Standing:
    """A Place while Marks are set on it, one after the other."""

    def __init__(self, place):
        self.place, self.read_number, self.marked_unread, self.is_muted = place, place.read_number, place.marked_unread, place.is_muted

    def set(self, mark):
        """Return the number now read up to where that is new."""
        if mark.kind == MUTE:
            self.is_muted = mark.value
        elif mark.kind == UNREAD:
            self.marked_unread = True
        else:
            self.marked_unread, number = False, min(mark.value, self.place.last_number)
            if number > self.read_number:
                self.read_number = number
                return number
        return None

    @property
    def has_read(self):
        return self.read_number > self.place.read_number

    def events(self):
        """Return {kind: number}. Who reads takes off the mark, without a word of that."""
        told = {READ: self.read_number} if self.has_read else {}
        if self.marked_unread != (self.place.marked_unread and not self.has_read):
            told[UNREAD] = int(self.marked_unread)
        if self.is_muted != self.place.is_muted:
            told[MUTE] = int(self.is_muted)
        return told


def _key(mark):
    return mark.user_id, mark.conversation


def _planned(found, marks, held=()):
    """Return (the results, {(member, conversation): _Standing})."""
    results, standings = [], {}
    for mark in marks:
        place = found.get(_key(mark))
        if place is None or place.id in held:
            results.append(Refused('busy', retry_after=1) if place else Refused('not_found'))
            continue
        results.append(standings.setdefault(_key(mark), _Standing(place)).set(mark))
    return results, standings


def _mark_all(db, marks, leaves_held):
    count = len({mark[:3] for mark in marks})
    since = sequence.take(db, count)
    found = places(db, map(_key, marks))
    results, standings = _planned(found, marks, _held(db, found.values()) if leaves_held else ())
    standings = {key: standing for key, standing in standings.items() if standing.events()}
    if standings:
        gives_receipts = {user_id: one.gives_receipts for user_id, one in preferences.of_all(db, {key[0] for key in standings}).items()}
        _write(db, standings, gives_receipts)
        _note(db, since, standings, gives_receipts)
    return sequence.Change(results, since, since + count, events.read(db, since, since + count, count) if standings else [])


def _held(db, found):
    ids, its = {place.id for place in found}, db.conversation._rname
    return ids - not_held(db, db.participant, ids, 'JOIN %s ON %s.id = %s.conversation' % (its, its, db.participant._rname))


def _write(db, standings, gives_receipts):
    reading = {key: standing for key, standing in standings.items() if standing.has_read}
    if reading:
        for_nobody = _for_nobody(db, reading)
        update_many(db, db.participant, {
            standing.place.id: _read(standing, for_nobody[key], gives_receipts[key[0]]) for key, standing in reading.items()},
            marked_unread=db._adapter.represent(False, 'boolean'))
        newly = ((conversation, standing.place.read_number, standing.read_number, 'receiver', user_id)
                 for (user_id, conversation), standing in reading.items())
        db.executesql('UPDATE %s SET is_read = %s WHERE %s' % (
            db.message._rname, db._adapter.represent(True, 'boolean'), _any_of(newly)))
    for kind, field, values in ((UNREAD, 'marked_unread', (False, True)), (MUTE, 'muted_until', (None, FOREVER))):
        for number, value in enumerate(values):
            ids = [standing.place.id for standing in standings.values() if standing.events().get(kind) == number]
            if ids:
                db(db.participant.id.belongs(ids)).update(**{field: value})


def _for_nobody(db, reading):
    """Return {(member, conversation): how many of the numbers behind what they have read wait for nobody: their own, or of no row}."""
    # By what waits there: of what others have deleted no row may be missing, or one would not wait, and none that is gone waits for ever.
    behind = [(conversation, standing.read_number, None, 'receiver', user_id) for (user_id, conversation), standing in reading.items()
              if standing.read_number < standing.place.last_number]
    of_others = 'SELECT receiver, conversation, COUNT(*) FROM %s WHERE (%s) AND (sender IS NULL OR sender <> receiver) GROUP BY 1, 2'
    found = db.executesql(of_others % (db.message._rname, _any_of(behind))) if behind else ()
    waits = {(receiver, conversation): count for receiver, conversation, count in found}
    return {key: max(0, standing.place.last_number - standing.read_number - waits.get(key, 0)) for key, standing in reading.items()}


def _any_of(stretches):
    """Return the SQL for messages of any of [(conversation, above, up to or None, column, member that it names)]."""
    return ' OR '.join('(conversation = %d AND number > %d%s AND %s = %d)' % (
        conversation, above, '' if upto is None else ' AND number <= %d' % upto, column, user_id)
        for conversation, above, upto, column, user_id in stretches)


def _read(standing, for_nobody, gives_receipts):
    """Return the figures of a place up to whose number all is read. So many numbers behind it wait `for_nobody`: see there."""
    place, number = standing.place, standing.read_number
    sent_count = max(place.sent_count, for_nobody)     # what somebody has typed there may be anything
    # What others are told in its place when they aren't told that it was read: no more than that it has arrived.
    receipt, delivered = (number, place.delivered_number) if gives_receipts else (place.receipt_number, max(number, place.delivered_number))
    return {'read_number': number, 'sent_count': sent_count, 'sent_at_read': sent_count - for_nobody, 'receipt_number': receipt,
            'delivered_number': delivered}


def _note(db, since, standings, gives_receipts):
    """Put the events into their places in the feed, those after `since`."""
    records, latest, now = [], {}, utcnow()
    for (user_id, conversation), standing in standings.items():
        for kind, number in standing.events().items():
            seq = latest[conversation] = since + 1 + len(records)
            is_private = kind == READ and not gives_receipts[user_id]
            records.append({'seq': seq, 'kind': 'read_privately' if is_private else kind, 'conversation': conversation, 'user_id': user_id,
                            'number': number, 'created_at': now})
    update_many(db, db.conversation, {conversation: {'last_seq': seq} for conversation, seq in latest.items()})
    insert_many(db, db.event, records)
