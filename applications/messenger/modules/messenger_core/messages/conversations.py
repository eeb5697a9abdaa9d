"""Conversations and who takes part in them: found, or made when missing. Only called under the feed's lock, so nothing is made twice."""
from dataclasses import dataclass, field
from typing import Optional

from ..database import bound, written
from ..database.bound import any_of
from ..database.sql import insert_many, not_held, rows
from ..errors import Refused
from ..feed import seal
from ..members import known
from ..members.contacts import may_be_in

LARGEST_NUMBER = 2**30


@dataclass
class Thread:
    """A conversation while a change works on it."""

    id: int
    direct_key: Optional[str]
    last_number: int
    participants: dict                                      # {user_id: participant id}
    sent: dict = field(default_factory=dict)                # {user_id: how many of theirs this change adds}
    last_seq: int = 0
    last_message: Optional[int] = None

    def next_number(self, sender):
        """Give the next number to a message from `sender`."""
        self.last_number += 1
        self.sent[sender] = self.sent.get(sender, 0) + 1
        return self.last_number

    def other(self, user_id):
        """Return the member `user_id` talks with in a direct conversation; oneself in notes to oneself, None where the other has gone."""
        return next((one for one in members_of(self.direct_key) if one != user_id), user_id) if self.direct_key else None


def direct_key(one, other):
    """Return the key of the conversation two members have, the same for both."""
    return '%d:%d' % (min(one, other), max(one, other))


def members_of(direct_key):
    """Return the ids of the one or two members of a direct conversation."""
    return sorted({int(member) for member in str(direct_key).split(':') if member.isdigit()})


def threads_by_key(db, keys, started, is_checked=True):
    """Return {direct_key: Thread} for `keys`, making those that don't exist yet and that `started(missing)` tells of.

    It returns {direct_key: (who starts it, when)}; the time is None where nobody does so here and now. Those that exist are put right where
    somebody has taken a member's place away, or, if `is_checked`, typed a number that comes next, or figures that can't be.
    """
    found = _read(db, 'direct_key', keys, is_checked)
    missing = set(keys) - {thread.direct_key for thread in found}
    starts = started(missing) if missing else {}
    if starts:
        _create(db, starts)
        found = _read(db, 'direct_key', keys, is_checked)
    for thread in found:
        for user_id in set(members_of(thread.direct_key)) - set(thread.participants):
            thread.participants[user_id] = _give_place(db, thread, user_id)
    return {thread.direct_key: thread for thread in found}


def threads_by_id(db, ids):
    """Return {id: Thread} for those of `ids` that exist."""
    return {thread.id: thread for thread in _read(db, 'id', ids, False)} if ids else {}


def held(db, threads):
    """Return the ids of those Threads of which somebody else keeps a row in an open transaction."""
    place, its = db.participant._rname, db.conversation._rname
    free = not_held(db, db.participant, [id for thread in threads for id in thread.participants.values()],
                    'JOIN %s ON %s.id = %s.conversation' % (its, its, place))
    return {thread.id for thread in threads if not free.issuperset(thread.participants.values())}


def forget_newest(db, ids):
    """Put conversations whose newest message was one of `ids`, and is no more, where the newest that is left has them."""
    table, message = db.conversation, db.message
    for (id,) in rows(db, table.last_message.belongs(list(ids)), table.id):
        left = rows(db, (message.conversation == id) & (message.number > 0) & ~message.id.belongs(list(ids)), message.id, message.seq,
                    orderby=~message.number, limitby=(0, 1))
        newest, seq = left[0] if left and type(left[0][1]) is int else (None, 0)
        db(table.id == id).update(last_message=newest)
        db(db.participant.conversation == id).update(last_seq=seq, waits=True)    # it may: see noting


def find_direct(db, user_id, other):
    """Return the id of the conversation of two members, or None."""
    found = written.rows(db, 'direct', lambda: db(db.conversation.direct_key == '%d:%d' % bound.GIVEN[:2])._select(
        db.conversation.id), *sorted((user_id, other)))
    return found[0][0] if found else None


def other(db, user_id, conversation):
    """Return whom a member talks with in a direct conversation, None where that one's account was deleted. Raises Refused not_found."""
    thread = threads_by_id(db, [conversation]).get(conversation)
    if not thread or user_id not in thread.participants:
        raise Refused('not_found')
    return thread.other(user_id)


def count(db, threads):
    """Write down what `threads` have been given: their last message and who sent how many."""
    bound.update(db, 'conversation', _NEWEST, [
        (thread.last_number, thread.last_seq, thread.last_message, thread.id) for thread in threads])
    bound.update(db, 'participant', _SENT, [
        (thread.last_seq, thread.sent.get(user_id, 0), id) for thread in threads for user_id, id in thread.participants.items()])


_NEWEST = bound.Update(set=('last_number', 'last_seq', 'last_message'))
_SENT = bound.Update(set=('last_seq',), add=('sent_count',))


def _read(db, name, values, is_checked):
    """Return the Threads whose `name`, id or direct_key, is one of `values`."""
    read = bound.select(db, 'threads by ' + name, lambda: _threads_select(db, name), values)
    found = {row[0]: Thread(*row[:2], _number(row[2]) or 0, {}) for row in read}
    places = bound.select(db, 'places of threads', lambda: _places_select(db), found) if found else ()
    places = [place for place in places if may_be_in(found[place[0]].direct_key, place[1])]
    for conversation, user_id, id, *_ in places:
        found[conversation].participants[user_id] = id
    if found and is_checked:
        _look_beyond(db, found, [row[0] for row in read if _number(row[2]) is None])
        for conversation, user_id, id, *figures in places:
            if user_id is not None and not _is_possible(found[conversation].last_number, *figures):
                _count_anew(db, found[conversation], user_id, id, *figures)
    return list(found.values())


def _threads_select(db, name):
    table = db.conversation
    return db(any_of(table[name]))._select(table.id, table.direct_key, table.last_number)


def _places_select(db):
    place = db.participant
    fields = [place[name] for name in ('conversation', 'user_id', 'id', 'read_number', 'sent_count', 'sent_at_read')]
    return db(any_of(place.conversation) & (place.left_number == None))._select(*fields)  # noqa: E711


def _number(value):
    """Return a figure of ours, or None for what can't be one: messages are counted one by one."""
    return value if type(value) is int and 0 <= value < LARGEST_NUMBER else None


def _is_possible(last_number, read_number, sent_count, sent_at_read):
    """Whether the figures of a place can be ours. Others that somebody has typed are reckoned with, until the next message or reading."""
    if None in map(_number, (read_number, sent_count, sent_at_read)):
        return False
    return 0 <= sent_count - sent_at_read <= last_number - read_number


def _count_anew(db, thread, user_id, id, read_number, sent_count, _):
    """Put the figures of a place right by what lies in the conversation: it is read up to the first that isn't marked as read."""
    message = db.message
    placed = (message.conversation == thread.id) & (message.number > 0)
    if _number(read_number) is None or read_number > thread.last_number:
        unread = placed & (message.receiver == user_id) & ((message.is_read == False) | (message.is_read == None))  # noqa: E711, E712
        first = _number(rows(db, unread, message.number.min())[0][0])
        read_number = thread.last_number if first is None else min(first - 1, thread.last_number)
    own = rows(db, placed & (message.number > read_number) & (message.sender == user_id), message.id.count())[0][0]
    sent_count = max(own, _number(sent_count) or 0)
    db(db.participant.id == id).update(read_number=read_number, sent_count=sent_count, sent_at_read=sent_count - own)


def _look_beyond(db, threads, without_number):
    """Look at rows beyond the last number, which no message of ours could get; of those `without_number` at all rows.

    They are ours where somebody has lowered that, and it is raised again; else somebody has typed theirs, and it is taken away.
    """
    beyond = bound.select(db, 'beyond threads', lambda: _beyond_select(db), threads)
    if without_number:
        table = db.message
        query = table.conversation.belongs(without_number) & (table.number > 0)
        beyond = [*beyond, *rows(db, query, *_placed(table))]
    typed = []
    for *place, id in beyond:
        conversation, number = place[3:5]
        if seal.fits(*place):
            threads[conversation].last_number = max(threads[conversation].last_number, number)
        else:
            typed.append(id)
    if typed:
        db(db.message.id.belongs(typed)).update(conversation=None, number=None, seq=None, seal=None)


def _beyond_select(db):
    table, thread = db.message, db.conversation
    above = any_of(thread.id) & (table.conversation == thread.id) & (table.number > thread.last_number)
    return db(above)._select(*_placed(table))


def _placed(table):
    return [table[name] for name in ('seal', 'sender', 'receiver', 'conversation', 'number', 'seq', 'id')]


def _create(db, starts):
    insert_many(db, db.conversation, [
        {'kind': 'direct', 'direct_key': key, 'last_number': 0, 'first_number': 1, 'last_seq': 0, 'started_by': starter, 'started_at': when}
        for key, (starter, when) in sorted(starts.items())])
    made = rows(db, db.conversation.direct_key.belongs(list(starts)), db.conversation.id, db.conversation.direct_key)
    if made:    # else a trigger of the site's own has taken them away
        insert_many(db, db.participant, [_place(id, user_id) for id, key in made for user_id in members_of(key)])
    known.know(db, {user_id for key in starts for user_id in members_of(key)})


def _place(conversation, user_id, **standing):
    return dict({
        'conversation': conversation, 'user_id': user_id, 'role': 'member', 'read_number': 0, 'receipt_number': 0, 'delivered_number': 0,
        'sent_count': 0, 'sent_at_read': 0, 'joined_number': 0, 'marked_unread': False, 'cleared_number': 0, 'last_seq': 0}, **standing)


def _give_place(db, thread, user_id):
    """Return the id of a member's place where somebody has taken it away, or ended it. What was there before counts as read."""
    mine = (db.participant.conversation == thread.id) & (db.participant.user_id == user_id)
    found = rows(db, mine, db.participant.id, orderby=~db.participant.joined_number, limitby=(0, 1))
    if found:
        db(db.participant.id == found[0][0]).update(left_number=None)
    else:
        insert_many(db, db.participant, [_place(
            thread.id, user_id, read_number=thread.last_number, receipt_number=thread.last_number, delivered_number=thread.last_number)])
        found = rows(db, mine, db.participant.id)
    return found[0][0]
