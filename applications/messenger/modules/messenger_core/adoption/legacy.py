"""The messages of before: rows of a database made by following the tutorial, in local time and known as read or not by `is_read` alone.

Which rows those are and in which zone they were written is noted in `feed` before the first of them is touched, so that whatever is
inserted later keeps its time. Here is what makes them different; `adoption` completes them, `upgrade` does so with a whole database.
"""
from datetime import datetime
from typing import NamedTuple, Optional

from ..database.sql import rows, truth
from ..database.tables import utcnow
from . import zones


class Mark(NamedTuple):
    """What `feed` says about them: the largest of their ids, and the name of their zone."""

    upto: int
    zone: Optional[str]


def mark(db):
    """Return the Mark; `upto` is 0 where there never were any."""
    upto, zone = rows(db, db.feed.id == 1, db.feed.legacy_upto, db.feed.legacy_timezone)[0]
    return Mark(upto or 0, zone)


def store(db, found, places, threads, zone):
    """Write what completes `found`, rows of adoption; `places` is {id: (Thread, number, seq)}. Call under the feed's lock.

    Row by row, unlike a live adoption: one statement with a case for each of a thousand rows takes five times as long.
    """
    zone = zones.find(zone)
    _execute(db, db.message, 'conversation number seq timestamp', [
        (places[row.id][0].id, *places[row.id][1:], _moment(row.timestamp, zone), row.id) for row in found],
        "content = COALESCE(content, '')", "is_read = COALESCE(is_read, 'F')")
    _execute(db, db.conversation, 'last_number last_seq last_message', [
        (thread.last_number, thread.last_seq, thread.last_message, thread.id) for thread in threads])
    _execute(db, db.participant, 'sent_count read_number sent_at_read receipt_number', _readings(db, found, places, threads))


def _moment(timestamp, zone):
    moment = utcnow() if timestamp is None else zones.to_utc(timestamp, zone)
    return str(moment) if isinstance(moment, datetime) else moment


def _readings(db, found, places, threads):
    """Return where each participant stands after `found`: they have read up to the number before their first unread one.

    Whoever has read everything so far goes on through what they wrote and what is marked as read; all others stay where they are.
    So a chunk needs to know nothing of those before it.
    """
    mine = db.participant
    here = rows(db, mine.conversation.belongs([thread.id for thread in threads]) & (mine.left_number == None),  # noqa: E711
                mine.conversation, mine.user_id, mine.sent_count, mine.read_number, mine.sent_at_read, mine.id)
    standing = {row[:2]: list(row[2:]) for row in here}
    for row in found:
        thread, number, _ = places[row.id]
        for user_id in {row.sender, row.receiver}:
            place, own = standing[thread.id, user_id], user_id == row.sender
            place[0] += own
            if place[1] == number - 1 and (own or truth(row.is_read)):
                place[1:3] = number, place[2] + own
    return [(sent_count, read_number, sent_at_read, read_number, id) for sent_count, read_number, sent_at_read, id in standing.values()]


def _execute(db, table, names, records, *more):
    sign = '?' if db._adapter.driver.paramstyle == 'qmark' else '%s'
    assignments = ['%s = %s' % (table[name]._rname, sign) for name in names.split()] + list(more)
    db._adapter.cursor.executemany(
        'UPDATE %s SET %s WHERE %s = %s' % (table._rname, ', '.join(assignments), table._id._rname, sign), records)
