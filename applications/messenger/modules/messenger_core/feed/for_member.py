"""What one member may see of the feed after a place in it. Read only. A page costs no more than what one page may tell, whatever others
write, however much more there is, and however many conversations the member has.

What they have received lies along an index. No index leads to what they have sent: it would cost each message that anybody sends. A short
piece of the feed is looked at whole; beyond it their conversations lead there, along the numbers of messages, if few of them have moved
since and not by too much; else a longer stretch of the feed is looked at, and the page ends with it, full or not.
"""
from collections import Counter

from ..database.sql import condition, first_fit, named, rows, whole_ones
from . import events, seal

SHORT = 4               # times as many places in the feed as a page holds are looked at at once
CONVERSATIONS = 100     # so many are looked at one by one ...
WALK = 5_000            # ... back through so many messages of them all together
STRETCH = 10_000        # messages of anybody's that are looked at for one page, or events

SEQ, CONVERSATION = events.FIELDS.index('seq'), events.FIELDS.index('conversation')


def read(db, user_id, after, upto, limit):
    """Return ([what `user_id` may see, ascending, `limit` at most], up to which place that is all, or all but what comes behind those).

    Of the places after < seq <= upto; it says less than `upto` where it hasn't looked further.
    """
    if after >= upto:
        return [], upto
    written, upto = _written(db, user_id, after, upto, limit)
    happened, upto = _happened(db, user_id, after, upto, limit)
    return events.merge([message for message in written if message.seq <= upto], happened, limit), upto


def _written(db, user_id, after, upto, limit):
    end = min(upto, after + SHORT * limit)
    found = _along(db, user_id, after, end, limit, 'sender', 'receiver')
    if len(found) < limit and end < upto:
        further, upto = _further(db, user_id, end, upto, limit - len(found))
        found += further
    if len(found) == limit:
        upto = found[-1][SEQ]       # what has happened after it is of a later page
    return events.named(db, found), upto


def _further(db, user_id, after, upto, limit):
    message = db.message
    received = events.between(message, after, upto) & events.in_sight(db, user_id) & (message.receiver == user_id)
    found = events.found(db, received, orderby=message.seq, limitby=(0, limit))
    if len(found) == limit:
        upto = found[-1][SEQ]
    sent, upto = _sent(db, user_id, after, upto, limit)
    found = {row[SEQ]: row for row in found + sent if row[SEQ] <= upto}    # what one has written to oneself is in both
    return [found[seq] for seq in sorted(found)[:limit]], upto


def _sent(db, user_id, after, upto, limit):
    """Return (the first rows that the member has sent, up to which place those, or all)."""
    if upto - after > SHORT * limit:
        floors = _floors(db, user_id, after)
        found = None if floors is None else _above(db, user_id, floors, limit)
        if found is not None:
            return sorted((row for row in found if after < row[SEQ] <= upto), key=lambda row: row[SEQ])[:limit], upto
    upto = _end(db, db.message, after, upto)
    return _along(db, user_id, after, upto, limit, 'sender'), upto


def _along(db, user_id, after, upto, limit, *columns):
    # COALESCE: along the feed, and not along an index by which a database would read all there is of the member's, and sort it.
    theirs = ' OR '.join('COALESCE(%s, 0) = %d' % (named(db.message[column]), user_id) for column in columns)
    query = events.between(db.message, after, upto) & condition(db, '(%s)' % theirs) & events.in_sight(db, user_id)
    return events.found(db, query, orderby=db.message.seq, limitby=(0, limit))


def _end(db, table, after, upto):
    """Return where a stretch of a table's rows ends that begins behind `after`."""
    found = upto - after > STRETCH and rows(
        db, events.between(table, after, upto), table.seq, orderby=table.seq, limitby=(STRETCH - 1, STRETCH))
    return found[0][0] if found and type(found[0][0]) is int else upto


# -- by conversations -----------------------------------------------------------------------------------------------------------

def _floors(db, user_id, after):
    """Return {conversation: the number above which all lies behind `after` in the feed} of those of the member's that have moved since.

    None where that takes too long, or a row is in the way that isn't ours. In a conversation the order of numbers is that of `seq`, of all
    rows whose seals fit; so one of these that lies at `after` or before is all that need be found.
    """
    moved = 'SELECT conversation FROM %s WHERE user_id = %d AND last_seq > %d LIMIT %d' % (
        db.participant._rname, user_id, after, CONVERSATIONS + 1)
    floors, left = {}, whole_ones(row[0] for row in db.executesql(moved))
    for is_first in (True, False) if len(left) <= CONVERSATIONS else ():
        reach = WALK // (CONVERSATIONS if is_first else max(1, len(left)))
        tops, before = _tops(db, user_id, left, after, reach)
        if before is None or not all(type(top) is int for top in tops.values()):
            return None
        floors.update({one: before.get(one, 0) for one, top in tops.items() if one in before or top <= reach})
        left = set(tops) - set(floors)
    return None if left else floors


def _tops(db, user_id, conversations, after, reach):
    """Return ({conversation: its last number}, {conversation: the last number at `after` or before, if it's within `reach` of that}).

    None in place of the latter where a row isn't ours that seems to be one of those.
    """
    found = db.executesql(_TOPS % dict(
        message=db.message._rname, place=db.participant._rname, me=user_id, after=after, reach=reach,
        conversations=','.join(map(str, conversations)))) if conversations else ()
    ids, before = whole_ones(row[2] for row in found), {}
    fields = [db.message[name] for name in ('seal', 'sender', 'receiver', 'conversation', 'number', 'seq')]
    for stored, *place in rows(db, db.message.id.belongs(ids), *fields) if ids else ():
        *_, conversation, number, seq = place
        if not seal.fits(stored, *place) or seq > after:
            before = None
            break
        before[conversation] = number
    return {row[0]: row[1] for row in found if row[1] is not None}, before


_LAST = 'SELECT MAX(number) FROM %(message)s its WHERE its.conversation = place.conversation'
_TOPS = 'SELECT place.conversation, (' + _LAST + '''), (SELECT one.id FROM %(message)s one
    WHERE one.conversation = place.conversation AND one.number > (''' + _LAST + ''') - %(reach)d AND one.seq <= %(after)d
    ORDER BY one.number DESC LIMIT 1) FROM %(place)s place WHERE place.user_id = %(me)d AND place.conversation IN (%(conversations)s)'''


def _above(db, user_id, floors, limit):
    """Return the first rows that the member has sent above the floor of each conversation; None where others are among them."""
    found = db.executesql(' UNION ALL '.join(_ABOVE % (
        ', '.join(db.message[name]._rname for name in events.FIELDS), db.message._rname, *floor, user_id,
        events.out_of_sight_as_sql(db, user_id), limit) for floor in floors.items())) if floors else ()
    ours, counts = events.ours(db, found), Counter(row[CONVERSATION] for row in found)
    # What is not ours may have kept some out that are.
    return None if len(ours) < len(found) and max(counts.values()) == limit else ours


_ABOVE = 'SELECT * FROM (SELECT %s FROM %s WHERE conversation = %d AND number > %d AND COALESCE(sender, 0) = %d ' \
         'AND NOT %s ORDER BY number LIMIT %d) part'


# -- what has happened ----------------------------------------------------------------------------------------------------------

def _happened(db, user_id, after, upto, limit):
    """Return (the first events, up to which place those, or all)."""
    private = db.event.kind.belongs(events.PRIVATE) & (db.event.user_id == user_id)
    theirs = (db.event.kind == 'read') | private
    if upto - after > STRETCH:
        places = 'SELECT conversation FROM %s WHERE user_id = %d AND left_number IS NULL LIMIT %d' % (
            db.participant._rname, user_id, CONVERSATIONS + 1)
        conversations = whole_ones(row[0] for row in db.executesql(places))
        if len(conversations) <= CONVERSATIONS:
            return first_fit(limit, lambda count: _of_each(db, theirs, conversations, after, upto, count),
                             lambda found: events.told(db, found, user_id)), upto
        upto = _end(db, db.event, after, upto)
    # Not a join: a database could begin with the member's conversations, of which there may be many.
    mine = 'SELECT 1 FROM %s mine WHERE mine.conversation = %s AND mine.user_id = %d AND mine.left_number IS NULL'
    is_in = condition(db, 'EXISTS (%s)' % mine % (db.participant._rname, named(db.event.conversation), user_id))
    return events.happened(db, events.between(db.event, after, upto) & theirs & is_in, limit, user_id), upto


def _of_each(db, theirs, conversations, after, upto, count):
    """Return the first `count` rows of events of these conversations."""
    names = ', '.join(db.event[name]._rname for name in events.NOTED)
    found = db.executesql(' UNION ALL '.join(_OF_ONE % (
        names, db.event._rname, one, after, upto, theirs, count) for one in conversations)) if conversations else ()
    return sorted(map(tuple, found), key=lambda row: row[0])[:count]


_OF_ONE = 'SELECT * FROM (SELECT %s FROM %s WHERE conversation = %d AND seq > %d AND seq <= %d AND %s ORDER BY seq LIMIT %d) part'
