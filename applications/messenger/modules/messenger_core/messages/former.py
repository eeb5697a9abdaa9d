"""Members whose account somebody has deleted, in the site or by SQL: what they wrote stays with the others, and is nobody's any more.

Nothing tells of a deletion, so it is looked for. A number may be given to somebody else one day: nothing may be left that is found by it.
"""
import itertools
from time import monotonic

from ..database.sql import condition, execute_many, identity, named, rows
from ..database.tables import utcnow
from ..database.transaction import transact, undo
from ..ends import logout
from ..feed import events, seal, sequence
from ..members import known, preferences
from ..members.contacts import may_be_in_as_sql

CHUNK = 1_000
MEMBERS_AT_ONCE = 100
# So many, and most of all there are, don't leave between two looks: somebody is filling the table anew, or it is the wrong one.
MOST_WHO_LEAVE = 10
DOUBT_SECONDS = 600     # longer than that nobody fills it

ATTEMPTS = 100          # to find the messages that can't be changed
# At once: whoever writes waits for it.
LOOKED_AT = 50_000

_doubted = {}           # {database: since when}
_looked = {}            # {database: up to which number}, where a look isn't at its end


class TooManyGone(Exception):
    """Most members have no account any more. Nothing is taken from them while that may be a mistake: it could not be given back."""


def meet(db, user_id):
    """Note somebody who logs in, if no look has yet, and commit: once they are gone, their sessions must not be anybody else's."""
    if not known.is_known(db, user_id):
        transact(db, lambda: (sequence.take(db, 0), known.know(db, [user_id])))


def notice(db):
    """Note who has come, take out of their conversations whoever has no account any more, and their number off CHUNK messages; commit.

    It looks at LOOKED_AT members, and goes on there the next time; return whether there may be more to do. Five statements when nobody of
    them has come or gone. Raises TooManyGone.
    """
    after, was = _looked.pop(identity(db), 0), known.counted(db)
    upto = known.after(db, after, LOOKED_AT)
    new = known.unnoted(db) if known.is_torn(*was) else known.unknown(db, after, upto)
    moved = _moved(db, known.between(db.member.user_id, after, upto))
    if sum(gone_at is is_here is None for *_, gone_at, is_here in moved) > MOST_WHO_LEAVE:
        _refuse_most(db)
    else:
        _doubted.pop(identity(db), None)
    if upto:
        _looked[identity(db)] = upto
    has_more = bool(new or moved or was[:2] != was[2:]) and _settle(db, new, moved)
    if has_more:
        _looked[identity(db)] = after
    return has_more or bool(upto)


def _moved(db, these):
    """Return (id of the row, number, since when they are gone, whether an account has the number) of those who are gone, of whom something
    is left, or whose number is somebody else's by now.
    """
    member, account = db.member, db.auth_user
    is_left = (member.gone_at == None) | (member.is_cleared == False) | (member.is_cleared == None) | _has_place(db)  # noqa: E711, E712
    query = ((account.id == None) & is_left) | ((account.id != None) & (member.gone_at != None))  # noqa: E711
    return rows(db, these & query, member.id, member.user_id, member.gone_at, account.id,
                left=account.on(account.id == member.user_id), limitby=(0, MEMBERS_AT_ONCE))


def _has_place(db):
    return condition(db, 'EXISTS (SELECT 1 FROM %s place WHERE place.user_id = %s)' % (db.participant._rname, named(db.member.user_id)))


def _refuse_most(db):
    member, account = db.member, db.auth_user
    theirs, left = (member.gone_at == None) & _has_place(db), account.on(account.id == member.user_id)  # noqa: E711
    here = db(theirs).count()
    gone = rows(db, theirs & (account.id == None), member.id.count(), left=left)[0][0]  # noqa: E711
    if 2 * gone <= here:
        _doubted.pop(identity(db), None)
    elif monotonic() - _doubted.setdefault(identity(db), monotonic()) < DOUBT_SECONDS:
        raise TooManyGone('%d of %d' % (gone, here))


def _settle(db, new, moved):
    """Do it one by one: what keeps one of them as it is, as a trigger may, keeps none of the others. Raises what it was in the end."""
    transact(db, lambda: (sequence.take(db, 0), known.know(db, new), known.note_count(db)))
    left, failures = CHUNK, []
    for member in moved:
        if left > 0:
            try:
                left -= _clear(db, *member, left)
            except db._adapter.driver.Error as error:
                undo(db, error)
                failures.append(error)
    if failures:
        raise failures[0]
    return left <= 0 or len(moved) == MEMBERS_AT_ONCE or len(new) >= known.CHUNK


def _clear(db, id, user_id, gone_at, is_here, limit):
    """Leave nothing that is found by the number, or up to `limit` messages less; return how many those were."""
    if type(user_id) is not int:    # nobody's, whoever has put that there
        transact(db, lambda: db(db.member.id == id).delete())
        return 0
    if is_here is None:
        transact(db, lambda: _take_out(db, user_id, gone_at))
    found = _theirs(db, user_id, limit)
    failure = _take_off(db, user_id, found)
    if failure:
        raise failure
    if len(found) < limit:
        transact(db, lambda: _leave_nothing(db, id, user_id))
    return len(found)


def _take_out(db, user_id, gone_at):
    """Nobody finds these conversations by the number any more, nor the number in them."""
    sequence.take(db, 0)    # the lock
    if not db(db.auth_user.id == user_id).isempty():
        return
    place, conversation = db.participant, db.conversation
    mine = ' UNION '.join('SELECT conversation FROM %s WHERE %s = %d' % (table._rname, name, user_id) for table, name in (
        (place, 'user_id'), (db.message, 'sender'), (db.message, 'receiver')))     # somebody may have taken away the place ...
    theirs = may_be_in_as_sql('direct_key', user_id)        # ... or given them one in a conversation of others
    last = '(SELECT last_number FROM %s c WHERE c.id = %s.conversation)' % (conversation._rname, place._rname)
    for statement in (
            'UPDATE %s SET direct_key = NULL WHERE direct_key IS NOT NULL AND %s AND id IN (%s)' % (conversation._rname, theirs, mine),
            'UPDATE %s SET started_by = NULL WHERE started_by = %d AND id IN (%s)' % (conversation._rname, user_id, mine),
            'UPDATE %s SET left_number = COALESCE(left_number, %s, 0), user_id = NULL WHERE user_id = %d' % (place._rname, last, user_id),
            *('DELETE FROM %s WHERE user_id = %d' % (table._rname, user_id) for table in (db.reaction, db.hidden))):
        db.executesql(statement)
    db(db.member.user_id == user_id).update(gone_at=utcnow(), is_cleared=False)
    preferences.forget(db, user_id)
    if gone_at is None or not logout.generation(db, user_id):
        logout.end_all(db, user_id)


def _theirs(db, user_id, limit):
    """Return up to `limit` messages of theirs that lie where the number is taken out."""
    message = db.message
    fields = [message[name] for name in ('id', 'sender', 'receiver', 'conversation', 'number', 'seq', 'content', 'deleted_at', 'seal')]
    found = {row for field in (message.sender, message.receiver)
             for row in rows(db, (field == user_id) & events.out_of_sight(db, user_id), *fields, limitby=(0, limit))}
    return sorted(found, key=lambda row: row[0])[:limit]


def _take_off(db, user_id, found, attempts=None):
    """Take the number off messages; return what kept some of them from it, which then is of those alone, or None."""
    attempts = attempts or itertools.count(1)
    try:
        transact(db, lambda: _unname(db, user_id, found))
    except db._adapter.driver.Error as error:
        undo(db, error)
        if len(found) == 1 or next(attempts) > ATTEMPTS:
            return error
        half = len(found) // 2
        failures = [_take_off(db, user_id, part, attempts) for part in (found[:half], found[half:])]
        return failures[0] or failures[1]


def _unname(db, user_id, found):
    sequence.take(db, 0)    # the lock
    to_oneself = [id for id, sender, receiver, *_ in found if sender == receiver == user_id]
    if to_oneself:
        db(db.message.id.belongs(to_oneself)).delete()
    execute_many(db, db.message, 'sender receiver seal', [_unnamed(user_id, *row) for row in found if row[0] not in to_oneself])


def _leave_nothing(db, id, user_id):
    """Nor what has no place, and would wait for whoever gets the number, nor what somebody has put elsewhere; unless somebody has it."""
    sequence.take(db, 0)    # the lock
    if db(db.auth_user.id == user_id).isempty():
        for field in (db.message.sender, db.message.receiver):
            waits = (db.message.seal == None) | (db.message.seal == seal.ASIDE)  # noqa: E711
            db((field == user_id) & waits).update(**{field.name: None})
            db(field == user_id).update(**{field.name: None, 'seal': None, 'conversation': None, 'number': None, 'seq': None})
        db(db.member.id == id).update(is_cleared=True)
    else:
        known.give_back(db, db.member.id == id)


def _unnamed(user_id, id, sender, receiver, conversation, number, seq, content, deleted_at, stored):
    """Return what is to be stored of a message: whose seal didn't fit has none afterwards, and is looked at by whoever adopts."""
    others = [None if one == user_id else one for one in (sender, receiver)]
    fits = seal.fits(stored, sender, receiver, conversation, number, seq)
    return (*others, seal.of(*others, conversation, number, seq, content, deleted_at is not None) if fits else None, id)
