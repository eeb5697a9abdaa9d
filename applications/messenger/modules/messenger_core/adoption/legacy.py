"""The messages of before: rows of a database made by following the tutorial, in local time and known as read or not by `is_read` alone.

Which rows those are and in which zone they were written is noted in `feed` before the first of them is touched, so that whatever is
inserted later keeps its time. Here is what makes them different; `adoption` completes them, `upgrade` does so with a whole database.
"""
from typing import NamedTuple, Optional

from ..database.sql import execute_many, rows, whole
from . import zones


class Mark(NamedTuple):
    """What `feed` says about them: the largest of their ids, and the name of their zone.

    Of an earlier release of ours are those that have a place already, up to the id `unsealed_upto`. What other applications write
    now is of the zone `foreign_zone`.
    """

    upto: int
    zone: Optional[str]
    unsealed_upto: int
    foreign_zone: Optional[str]


def mark(db):
    """Return the Mark; its ids are 0 where there never were any."""
    feed = db.feed
    upto, zone, unsealed_upto, foreign_zone = rows(
        db, feed.id == 1, feed.legacy_upto, feed.legacy_timezone, feed.unsealed_upto, feed.foreign_timezone)[0]
    return Mark(whole(upto), zone, whole(unsealed_upto), foreign_zone)


def zone_of(mark, is_legacy):
    """Return the tzinfo of their times, or of what other applications write now. Raises SettingsError."""
    return zones.find((mark.zone if is_legacy else mark.foreign_zone) or 'UTC')


def settle(db):
    """Note that all that had a place is sealed: from now on only what is sealed is ours. Commits."""
    if mark(db).unsealed_upto:
        db(db.feed.id == 1).update(unsealed_upto=0)
    db.commit()


def count(db, found, places, threads):
    """Write down what `threads` have been given by `found`, rows of adoption; `places` is {id: (Thread, number, seq)}.

    Row by row, unlike a live adoption: one statement with a case for each of a thousand conversations takes five times as long.
    """
    execute_many(db, db.conversation, 'last_number last_seq last_message', [
        (thread.last_number, thread.last_seq, thread.last_message, thread.id) for thread in threads])
    last_seq = {thread.id: thread.last_seq for thread in threads}
    execute_many(db, db.participant, 'sent_count read_number sent_at_read receipt_number last_seq', [
        (sent_count, read_number, sent_at_read, read_number, last_seq[conversation], id)
        for conversation, sent_count, read_number, sent_at_read, id in _readings(db, found, places, threads)])


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
            if place[1] == number - 1 and (own or row.is_read):
                place[1:3] = number, place[2] + own
    return [(conversation, *place) for (conversation, _), place in standing.items()]
