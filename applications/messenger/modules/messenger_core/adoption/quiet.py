"""Whether a member who asks for what is new may be told at once that there is nothing: by one question, whose text is kept. Read only.

It never says so where a full look could find something; the other way round it may. What is new is read by feed/pages.py.
"""
from ..database import bound, written
from ..database.sql import text, whole
from ..database.tables import VERSION
from ..feed import seal, sequence
from . import adoption, aside

LONGEST = 1_000     # places in the feed that are looked through
_NAME = 'quiet'


def prepare(db):
    """Have the text of the question kept, for those who come before there are tables to make it of."""
    written.keep(db, _NAME, lambda: _question(db, *bound.GIVEN[:2]))


def is_prepared(db):
    """Whether that was done in this process."""
    return written.is_kept(db, _NAME)


def state(db, user_id, cursor, epoch):
    """Return the feed's State where there is nothing for the member after `cursor`, nor anything to be adopted; else None. Needs prepare().

    `epoch` is None or that of the cursor.
    """
    if seal.has_noted(db):
        return None
    found = written.rows(db, _NAME, None, user_id, cursor)
    if not found or found[0][-1] != 0 or type(found[0][0]) is not int:
        return None
    head, floor, its_epoch, least_reader, _ = found[0]
    now = sequence.State(whole(head), whole(floor), text(its_epoch))
    is_usual = whole(least_reader) <= VERSION and now.floor <= cursor <= now.head and epoch in (None, now.epoch)
    return now if is_usual else None


def _question(db, user_id, cursor):
    return _QUESTION % dict(
        feed=db.feed._rname, message=db.message._rname, event=db.event._rname, place=db.participant._rname, me=user_id, after=cursor,
        longest=LONGEST, waiting=db(adoption.waiting(db))._select(db.message.id).rstrip(';'), wanted=aside.wanted_as_sql(db))


# COALESCE: along the feed, and not along an index by which a database would read all there is of the member's.
_QUESTION = '''SELECT head, floor, epoch, least_reader, CASE
    WHEN EXISTS (%(waiting)s) OR EXISTS (%(wanted)s) THEN 1
    WHEN head = %(after)d THEN 0
    WHEN head < %(after)d OR head > %(after)d + %(longest)d THEN 1
    WHEN EXISTS (SELECT 1 FROM %(message)s its WHERE its.seq > %(after)d AND (COALESCE(its.receiver, 0) = %(me)d
        OR COALESCE(its.sender, 0) = %(me)d)) THEN 1
    WHEN EXISTS (SELECT 1 FROM %(event)s its WHERE its.seq > %(after)d AND (its.user_id = %(me)d OR EXISTS (SELECT 1 FROM %(place)s mine
        WHERE mine.conversation = its.conversation AND mine.user_id = %(me)d AND mine.left_number IS NULL))) THEN 1
    ELSE 0 END FROM %(feed)s WHERE id = 1'''
