"""Adoption: rows of `message` that somebody else inserted, in appadmin, a script or another application, become full messages.

They are recognised by having no seal. What can't be shown is set aside with its reason, and stops nobody. The messages of a database from
before (see `legacy`) are completed here too, before everything else; whoever adopts does right by them.
"""
import logging

from ..database.sql import condition, execute_many, not_held, rows
from ..database.transaction import Held, transact, undo
from ..errors import Refused, SettingsError
from ..feed import seal, sequence
from ..members import known
from ..messages import conversations
from . import aside, foreign, last_id, legacy, mending
from .foreign import Unfit

log = logging.getLogger('messenger.adoption')

CHUNK = 1_000


def adopt(db, limit=CHUNK):
    """Complete up to `limit` foreign rows, in the order of their ids, or set them aside, and commit; return how many.

    Two quick statements if there are none.
    """
    done, after, held = 0, None, set()
    while not done:
        found = _waiting(db, limit, after)
        if found and last_id.is_far(db, found[-1].id):
            last_id.free(db)
            found = _waiting(db, limit, after)
        done = _adopt_from(db, found, after, held)
        if len(found) < limit:
            break
        after = found[-1].id        # somebody else keeps all of these: let those behind them not wait for that
    return done


def _adopt_from(db, found, after, held):
    """Adopt up to as many as were `found`; `held` are pairs of members whose rows somebody else was seen to be in the way of."""
    wanted = [] if found else aside.wanted(db)
    if not (found or wanted or seal.has_noted(db)):
        return 0
    if _placed(db, found):
        return transact(db, lambda: _seal_placed(db, len(found), after))
    try:
        return transact(db, lambda: _adopt(db, len(found) or CHUNK, after, held, wanted))
    except Held:
        return _adopt_beside(db, found, after, held)
    except (Refused, SettingsError):
        raise
    except Exception as error:
        undo(db, error)
        return _adopt_less(db, found, after, held, error)


def _adopt_beside(db, found, after, held):
    """Somebody has written what these rows need, and not committed it: find whose they are, and adopt those of the others."""
    if len(found) < 2:
        held.update((raw.sender, raw.receiver) for raw in found)
        return 0
    first, second = _halves(db, found, after, held)
    return first() + second()


def _adopt_less(db, found, after, held, error):
    """Something in these rows can't be stored and nobody foresaw it: find it, so that it is set aside alone.

    There may be many of that kind: what members send comes first again as soon as something is done.
    """
    if not found:
        raise error
    if len(found) == 1:
        return _refuse(db, found[0].id, '%s (%s)' % (aside.CANNOT, type(error).__name__))
    first, second = _halves(db, found, after, held)
    return first() or second()


def _halves(db, found, after, held):
    """Return what adopts the first half of these rows, and what adopts the second."""
    half = len(found) // 2
    return (lambda: _adopt_from(db, found[:half], after, held)), (lambda: _adopt_from(db, found[half:], found[half - 1].id, held))


def _refuse(db, id, reason):
    """Set a row aside, whatever keeps it from being marked, as a trigger may."""
    transact(db, lambda: (sequence.take(db, 0), aside.note(db, [Unfit(id, reason)])))
    log.warning('a row that others wrote is set aside: %s', reason)
    try:
        transact(db, lambda: aside.mark(db, [id]))
    except Exception as error:
        undo(db, error)
    return 1


def waiting(db):
    """The query for rows that nobody has looked at yet. Of those aside only what nobody lets be marked would be found without asking."""
    known = 'NOT EXISTS (SELECT 1 FROM %s unfit WHERE unfit.message = %s.id)' % (db.aside._rname, db.message._rname)
    return (db.message.seal == None) & condition(db, known)  # noqa: E711


def _waiting(db, limit, after=None):
    if after is None:   # as nearly always, and at each wake-up
        return foreign.first(db, waiting, limit)
    return foreign.read(db, waiting(db) & (db.message.id > after), limit)


def _placed(db, found):
    """Return those of an earlier release of ours, which have a place and only lack the seal."""
    upto = legacy.mark(db).unsealed_upto if found else 0
    return [raw for raw in found if raw.id <= upto and raw.is_placed]


def _seal_placed(db, limit, after):
    sequence.take(db, 0)    # the lock
    placed = _placed(db, _waiting(db, limit, after))
    mending.seal_anew(db, placed)
    return len(placed)


def _adopt(db, limit, after, held, wanted):
    seq = sequence.take(db, limit)
    mending.look_at(db, seal.noted(db))
    if wanted:
        aside.take_up(db, [row[0] for row in rows(db, db.aside.waits_for.belongs(wanted), db.aside.message, limitby=(0, CHUNK))])
    found = _waiting(db, limit, after)      # again, under the lock: somebody else may have been quicker
    free = not_held(db, db.message, [raw.id for raw in found])
    found = [raw for raw in found if raw.id in free and (raw.sender, raw.receiver) not in held]
    mark = legacy.mark(db)
    old = [raw for raw in found if raw.id <= mark.upto]
    return _settle(db, old or found, seq, mark, bool(old)) if found else 0


def _settle(db, found, seq, mark, is_legacy):
    zone = legacy.zone_of(mark, is_legacy)
    fit = [foreign.made_fit(raw, zone, is_legacy) for raw in found]
    members = {id for row in fit if not isinstance(row, Unfit) for id in (row.sender, row.receiver)}
    here = _here(db, members)
    left = known.left(db, members - here)
    fit = [_or_unfit(row, here, left) for row in fit]
    _take_off(db, found, left)
    unfit = [row for row in fit if isinstance(row, Unfit)]
    aside.put(db, unfit)
    return len(unfit) + _place(db, found, [row for row in fit if not isinstance(row, Unfit)], seq, is_legacy)


def _place(db, found, taken, seq, is_legacy):
    """Give rows their places; return how many. Those whose conversation somebody else keeps wait until it is free."""
    if is_legacy and any(raw.number is not None for raw in found):
        _forget_numbers(db)
    senders = {conversations.direct_key(row.sender, row.receiver): row.sender for row in reversed(taken)}
    # Without a time: what a script has inserted is no conversation of those that its sender may start in a day.
    threads = conversations.threads_by_key(
        db, senders, lambda missing: {key: (senders[key], None) for key in missing}, is_checked=not is_legacy)
    if not all(conversations.direct_key(row.sender, row.receiver) in threads for row in taken):
        raise LookupError('a conversation that was made is not there')     # a trigger of the site's own has taken it away
    held = conversations.held(db, threads.values())
    threads = {key: thread for key, thread in threads.items() if thread.id not in held}
    taken = [row for row in taken if conversations.direct_key(row.sender, row.receiver) in threads]
    if not taken:
        return 0
    places = {}
    for row in taken:
        seq += 1
        thread = threads[conversations.direct_key(row.sender, row.receiver)]
        thread.last_seq, thread.last_message = seq, row.id
        places[row.id] = thread, thread.next_number(row.sender), seq
    _store(db, taken, places, {raw.id: raw.content for raw in found})
    _refuse_unchanged(db, [row.id for row in taken])
    threads = list(threads.values())
    legacy.count(db, taken, places, threads) if is_legacy else conversations.count(db, threads)
    return len(taken)


def _refuse_unchanged(db, ids):
    """Set aside what a trigger keeps as it was, without a word; it would be taken up again and again."""
    kept = [row[0] for row in rows(db, db.message.id.belongs(ids) & (db.message.seal == None), db.message.id)]  # noqa: E711
    if kept:
        aside.note(db, [Unfit(id, '%s (it stays as it was)' % aside.CANNOT) for id in kept])


def _or_unfit(row, here, left):
    if not isinstance(row, Unfit):
        for name, id in (('sender', row.sender), ('receiver', row.receiver)):
            if id not in here:
                return Unfit(row.id, 'its %s has left' % name) if id in left else Unfit(row.id, 'its %s does not exist' % name, id)
    return row


def _take_off(db, found, left):
    """Take the numbers of those who have left off these rows: they are not for whoever gets one of them."""
    for field in (db.message.sender, db.message.receiver) if left else ():
        db(db.message.id.belongs([raw.id for raw in found]) & field.belongs(list(left))).update(**{field.name: None})


def _here(db, ids):
    """Return those of `ids` that are accounts, blocked ones too."""
    return {row[0] for row in rows(db, db.auth_user.id.belongs(ids), db.auth_user.id)} if ids else set()


def _store(db, taken, places, raw_contents):
    records = []
    for row in taken:
        thread, number, seq = places[row.id]
        stamp = seal.of(row.sender, row.receiver, thread.id, number, seq, row.content, row.is_deleted)
        records.append((thread.id, number, seq, str(row.timestamp), 'FT'[row.is_read], row.ref, stamp, 'F', row.id))
    # Its time is in UTC from now on, whatever becomes of its place: see foreign.Raw.is_in_utc.
    execute_many(db, db.message, 'conversation number seq timestamp is_read ref seal forwarded', records)
    mending.write_contents(db, {row.id: row.content for row in taken}, raw_contents)


def _forget_numbers(db):
    # Somebody has typed one. While two rows exchange theirs, one statement would find it taken.
    db(waiting(db) & (db.message.number != None)).update(conversation=None, number=None)  # noqa: E711
