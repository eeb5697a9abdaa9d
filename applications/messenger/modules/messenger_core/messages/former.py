"""Members whose account somebody has deleted, in the site or by SQL: what they wrote stays with the others, and is nobody's any more.

Nothing tells of a deletion, so it is looked for. A number may be given to somebody else one day: nothing may be left that is found by it.
"""
from time import monotonic

from ..database.sql import execute_many, rows
from ..database.tables import utcnow
from ..database.transaction import transact
from ..feed import seal, sequence

CHUNK = 1_000
MEMBERS_AT_ONCE = 100
# So many, and most of all there are, don't leave between two looks: somebody is filling the table anew, or it is the wrong one.
MOST_WHO_LEAVE = 10
DOUBT_SECONDS = 600     # longer than that nobody fills it

_doubted = {}           # {database: since when}


class TooManyGone(Exception):
    """Most members have no account any more. Nothing is taken from them while that may be a mistake: it could not be given back."""


def notice(db):
    """Take out of their conversations whoever has no account any more, and their number off up to CHUNK messages, and commit.

    Return whether there may be more to do. Two statements when nobody has gone. Raises TooManyGone.
    """
    gone, settings = _gone(db), _without_account(db, db.preference)
    if len(gone) > MOST_WHO_LEAVE or len(settings) > MOST_WHO_LEAVE:
        _refuse_most(db)
    else:
        _doubted.pop(db._uri, None)
    return bool(gone or settings) and transact(db, lambda: _forget(db, gone, settings))


def _gone(db):
    """Return (id of the row, number) of those who are gone, and of those whose messages were not done at the last time.

    The number of the latter may be somebody else's by now.
    """
    member, account = db.member, db.auth_user
    left = account.on(account.id == member.user_id)
    query = (account.id == None) | (member.gone_at != None)  # noqa: E711
    return rows(db, query, member.id, member.user_id, left=left, limitby=(0, MEMBERS_AT_ONCE))


def _refuse_most(db):
    member, account = db.member, db.auth_user
    left = account.on(account.id == member.user_id)
    known = db(member.gone_at == None).count()  # noqa: E711
    gone = rows(db, (account.id == None) & (member.gone_at == None), member.id.count(), left=left)[0][0]  # noqa: E711
    if 2 * gone <= known:
        _doubted.pop(db._uri, None)
    elif monotonic() - _doubted.setdefault(db._uri, monotonic()) < DOUBT_SECONDS:
        raise TooManyGone('%d of %d' % (gone, known))


def _without_account(db, table):
    account = db.auth_user
    return [row[0] for row in rows(db, account.id == None, table.id, left=account.on(account.id == table.user_id),  # noqa: E711
                                   limitby=(0, CHUNK))]


def _forget(db, gone, settings):
    sequence.take(db, 0)    # the lock
    if settings:
        db(db.preference.id.belongs(settings)).delete()
    left = CHUNK
    for id, user_id in gone:
        if type(user_id) is not int:    # nobody's, whoever has put that there
            db(db.member.id == id).delete()
            continue
        if not db((db.member.user_id == user_id) & (db.member.gone_at != None)).count():  # noqa: E711
            _take_out(db, user_id)
        left -= _take_off(db, user_id, left)
        if left <= 0:
            return True
        _leave_nothing(db, user_id)
        db(db.member.id == id).delete()
    return len(gone) == MEMBERS_AT_ONCE or len(settings) == CHUNK


def _take_out(db, user_id):
    """Nobody finds these conversations by the number any more, nor the number in them."""
    place, conversation = db.participant, db.conversation
    mine = 'SELECT conversation FROM %s WHERE user_id = %d' % (place._rname, user_id)
    last = '(SELECT last_number FROM %s c WHERE c.id = %s.conversation)' % (conversation._rname, place._rname)
    for statement in (
            "UPDATE %s SET direct_key = NULL WHERE kind = 'direct' AND id IN (%s)" % (conversation._rname, mine),
            'UPDATE %s SET started_by = NULL WHERE started_by = %d AND id IN (%s)' % (conversation._rname, user_id, mine),
            'UPDATE %s SET left_number = COALESCE(left_number, %s, 0), user_id = NULL WHERE user_id = %d' % (place._rname, last, user_id),
            *('DELETE FROM %s WHERE user_id = %d' % (table._rname, user_id) for table in (db.reaction, db.hidden))):
        db.executesql(statement)
    for field in (db.message.sender, db.message.receiver):      # nor does what has no place yet wait for whoever gets the number
        db((field == user_id) & ((db.message.seal == None) | (db.message.seal == seal.ASIDE))).update(**{field.name: None})  # noqa: E711
    db(db.member.user_id == user_id).update(gone_at=utcnow())


def _take_off(db, user_id, limit):
    """Take the number off up to `limit` messages that lie where it is taken out; return how many those were."""
    message, conversation = db.message, db.conversation
    nobodys = (conversation.id == message.conversation) & (conversation.direct_key == None)  # noqa: E711
    fields = [message[name] for name in ('id', 'sender', 'receiver', 'conversation', 'number', 'seq', 'content', 'deleted_at', 'seal')]
    found = {}
    for field in (message.sender, message.receiver):
        found.update({row[0]: row for row in rows(db, nobodys & (field == user_id), *fields, limitby=(0, limit))})
    to_oneself = [id for id, row in found.items() if row[1] == row[2] == user_id]
    if to_oneself:
        db(message.id.belongs(to_oneself)).delete()
    execute_many(db, message, 'sender receiver seal', [_unnamed(user_id, *row) for id, row in found.items() if id not in to_oneself])
    return len(found)


def _leave_nothing(db, user_id):
    """What somebody has put elsewhere under the number is taken out as well, as long as nobody else has it."""
    if db(db.auth_user.id == user_id).isempty():
        for field in (db.message.sender, db.message.receiver):
            db(field == user_id).update(**{field.name: None, 'seal': None, 'conversation': None, 'number': None, 'seq': None})


def _unnamed(user_id, id, sender, receiver, conversation, number, seq, content, deleted_at, stored):
    """Return what is to be stored of a message: whose seal didn't fit has none afterwards, and is looked at by whoever adopts."""
    others = [None if one == user_id else one for one in (sender, receiver)]
    fits = seal.fits(stored, sender, receiver, conversation, number, seq)
    return (*others, seal.of(*others, conversation, number, seq, content, deleted_at is not None) if fits else None, id)
