"""The feed's sequence: the one order in which everything happened. `seq` is a place in it.

Every change takes its places by an UPDATE of the feed's only row, in its own transaction, before it reads anything it decides on.
The row stays locked until the commit, so the order of `seq` is the order of the commits, on every database; reading by id would
lose rows. Holes in `seq` are legal and mean nothing.
"""
from collections import namedtuple

from ..database import bound
from ..database.sql import text, whole
from ..database.tables import VERSION
from ..database.transaction import is_held, turnstile
from ..database.wakes import take_note
from ..errors import Outdated, Refused

LARGEST_SEQ = 2**63 - 1
HELD_MILLISECONDS = 100
CHANNEL = 'messenger'   # where PostgreSQL tells who listens that a change has been committed

State = namedtuple('State', 'head floor epoch')
# What a change did: its own result, and which part (since, upto] of the feed it filled with `events`.
Change = namedtuple('Change', 'result since upto events')


def state(db):
    """Return the feed's State. Raises Outdated when a later release has made the database unfit for this process."""
    head, floor, epoch, least_reader = _one(bound.run(db, 'state', lambda: _STATE % db.feed._rname))
    _refuse_newer(least_reader)
    return State(whole(head), whole(floor), text(epoch))


def take(db, count, is_alone=None, by_indexes=False):
    """Begin a change: lock the feed and take `count` places; return the seq before the first. Call inside transact(). Raises Outdated.

    `is_alone(db)`: with the lock in hand, whether nobody else has written since this connection last looked here, see messages/kept.py.
    `by_indexes`: whatever else the change looks for is found by an index.
    """
    try:
        if db._adapter.dbengine == 'postgres':
            head, least_reader, has_strays, *transactions = _one(_begin_on_postgresql(db, count, by_indexes))
            if is_alone:
                is_alone(db, transactions)
        else:
            with turnstile(db):
                bound.run(db, 'take', lambda: _TAKE % db.feed._rname, count)
            take_note(db)
            head, least_reader, has_strays = _begun(db, count, is_alone and is_alone(db))
    except db._adapter.driver.Error as error:
        if is_held(error):
            raise Refused('busy', retry_after=1) from error     # for everybody
        raise
    _refuse_newer(least_reader)
    if type(head) is not int:     # somebody has spoilt it
        raise Refused('busy', retry_after=30)
    if has_strays:
        _take_out(db, head - count)
    return head - count


def _begin_on_postgresql(db, count, by_indexes):
    """Do it on one way to the server and back. Each statement sees what was committed before it, and so what the first has waited for."""
    # NOTIFY is passed on at the commit and never before. Whoever holds a row of ours in a transaction of their own keeps the feed's lock,
    # and with it everybody, for a moment only. And the server takes a table that has grown since it last counted for a small one, and reads
    # all of it.
    return bound.run(db, ('begin', by_indexes), lambda: ';'.join((
        _TAKE % db.feed._rname, 'NOTIFY ' + CHANNEL, 'SET LOCAL lock_timeout = %d' % HELD_MILLISECONDS,
        *(_BY_INDEXES if by_indexes else ()), _begun_text(db, _TRANSACTIONS))), count, count, count)


def _begun(db, count, is_alone):
    if is_alone:
        return _one(bound.run(db, 'taken', lambda: _TAKEN % db.feed._rname))
    return _one(bound.run(db, 'begun', lambda: _begun_text(db), count, count))


def _begun_text(db, besides=''):
    return _BEGUN % dict(feed=db.feed._rname, message=db.message._rname, event=db.event._rname, besides=besides)


_STATE = 'SELECT head, floor, epoch, least_reader FROM %s WHERE id = 1'
_TAKE = 'UPDATE %s SET head = head + ? WHERE id = 1'
_BY_INDEXES = ['SET LOCAL enable_%s = off' % way for way in ('seqscan', 'hashjoin', 'mergejoin')]
_TRANSACTIONS = ', txid_current(), txid_snapshot_xmin(txid_current_snapshot()), txid_snapshot_xmax(txid_current_snapshot())'
_TAKEN = 'SELECT head, least_reader, 0 FROM %s WHERE id = 1'
# One statement, so that head and rows are of one moment; the ends of an index cost nothing. The database compares: a `seq` may be anything.
_BEGUN = '''SELECT head, least_reader, CASE WHEN (SELECT MAX(seq) FROM %(message)s) > head - ?
    OR (SELECT MIN(seq) FROM %(message)s) < 1 OR (SELECT MAX(seq) FROM %(event)s) > head - ? THEN 1 ELSE 0 END %(besides)s
    FROM %(feed)s WHERE id = 1'''


def _one(found):
    """Return the feed's only row. Raises Refused busy where somebody has taken it away: without it nothing has a place."""
    if not found:
        raise Refused('busy', retry_after=30)
    return found[0]


def _refuse_newer(least_reader):
    if whole(least_reader) > VERSION:
        raise Outdated(least_reader)


def _take_out(db, head):
    """Take the place from rows that others put beyond `head`: when the feed gets there, nothing could be stored any more."""
    seq = db.message.seq
    db((seq > head) | (seq < 1)).update(seq=None, conversation=None, number=None, seal=None)    # a message that waits for adoption
    db(db.event.seq > head).update(seq=None)
