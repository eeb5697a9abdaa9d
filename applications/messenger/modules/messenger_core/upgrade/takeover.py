"""The upgrade: a database made by following the tutorial, or by an earlier release, becomes one of this release, in place.

Each step may be cut off at any moment and is taken up by the next start. The messages themselves are adoption's business; here is
when it happens, how far it is, and what is said about it.
"""
from time import monotonic

from ..adoption import adoption, aside, legacy, zones
from ..database.sql import identity, rows
from ..errors import Refused
from . import old_tables, schema

SAY_SECONDS = 1.0
FIRST_SET_ASIDE = 10
BAR = 20

_SETTLED = set()


def before_tables(db):
    """To be called before any table is defined on a `db` that migrates. Raises SchemaError."""
    schema.refuse_newer(db)
    old_tables.mend(db)


def go_on(db, seconds):
    """Take over messages of before for at most about `seconds`; raises Refused busy while there are more of them. Then it is free.

    For a site that serves pages at once: nobody may write while older messages have no number yet.
    """
    deadline = monotonic() + seconds
    while identity(db) not in _SETTLED:
        if not _left(db):
            _finish(db)
            _SETTLED.add(identity(db))
        elif monotonic() > deadline:
            raise Refused('busy', 'The messages of before are being taken over. Please come back in a moment.', retry_after=1)
        else:
            adoption.adopt(db)


def take_over(db, say):
    """Take over all messages of before, and tell by `say(sentence)` what was found, how far it is and what stays as it is."""
    total = _left(db, count=True)
    if total:
        _take_over(db, say, total)
    _finish(db)
    _list_set_aside(db, say)


def _take_over(db, say, total):
    mark = legacy.mark(db)
    if mark.unsealed_upto:
        say('completing %s of an earlier release' % _messages(total))
    else:
        say('taking over %s from before; their times are of the zone %s (now %s) and become UTC' % (
            _messages(total), mark.zone, zones.offset(zones.find(mark.zone))))
    done, said, unfit = 0, monotonic(), aside.count(db)
    while done < total:
        try:
            found = adoption.adopt(db)
        except Refused:
            say('another program has locked the database; waiting for it')
            continue
        if not found:
            break
        done += found
        if monotonic() - said >= SAY_SECONDS:
            said = monotonic()
            say('%s %s of %s taken over (%d %%)' % (_bar(done, total), _grouped(done), _grouped(total), 100 * done // total))
    say('%s taken over; making the indexes' % _messages(done - (aside.count(db) - unfit)))


def _finish(db):
    schema.create_late(db)
    legacy.settle(db)


def _bar(done, total):
    """Return a bar for a line of its own: what is piped into a file can't be drawn over."""
    full = BAR * done // total
    return '[%s%s]' % ('#' * full, '.' * (BAR - full))


def _list_set_aside(db, say):
    number = aside.count(db)
    if number:
        ids = ', '.join('%d: %s' % one for one in aside.listed(db, FIRST_SET_ASIDE))
        say('kept, but not shown: %s (%s%s)' % (_messages(number), ids, ', ...' * (number > FIRST_SET_ASIDE)))


def _left(db, count=False):
    """Return how many messages of before still wait; without `count` only whether there are any."""
    mark = legacy.mark(db)
    upto = max(mark.upto, mark.unsealed_upto)
    if not upto:
        return 0
    query, id = adoption.waiting(db) & (db.message.id <= upto), db.message.id
    return rows(db, query, id.count())[0][0] if count else len(rows(db, query, id, limitby=(0, 1)))


def _messages(number):
    return '%s message%s' % (_grouped(number), 's' * (number != 1))


def _grouped(number):
    return format(number, ',')
