"""Which accounts have been seen, so that it is noticed when one is gone, and what of it is anybody else's who gets its number.

A number that was somebody's stays here when the account is gone: what is still written to it is nobody's, until another account has it.
"""
from ..database.sql import insert_many, rows
from ..database.tables import utcnow

CHUNK = 1_000


def know(db, ids):
    """Note accounts. Call under the feed's lock, as all that writes here."""
    table = db.member
    found = dict(rows(db, table.user_id.belongs(list(ids)), table.user_id, table.gone_at))
    _add(db, sorted(set(ids) - set(found)))
    if any(gone_at is not None for gone_at in found.values()):
        give_back(db, table.user_id.belongs(list(found)) & (table.gone_at != None) & (table.is_cleared == True))  # noqa: E711, E712


def give_back(db, these):
    """Somebody else has these numbers; whatever was found by them has been cleared away. `these` is a query."""
    db(these).update(gone_at=None, first_seen=utcnow(), is_cleared=False)


def is_known(db, id):
    """Return whether an account is noted as being here."""
    return bool(rows(db, (db.member.user_id == id) & (db.member.gone_at == None), db.member.id))  # noqa: E711


def after(db, id, count):
    """Return the number that so many of those who are noted lie below, beginning above `id`; None where there are no more than that."""
    number = db.member.user_id
    found = rows(db, number > id, number, orderby=number, limitby=(count, count + 1))
    return found[0][0] if found and type(found[0][0]) is int else None


def between(field, after, upto):
    """The query for numbers above `after`, up to `upto` unless that is None."""
    return (field > after) & (field <= upto) if upto else field > after


def unknown(db, after, upto):
    """Return up to CHUNK of these numbers that have an account, or settings, and aren't noted."""
    account, preference, member = db.auth_user, db.preference, db.member
    found = [row[0] for field in (account.id, preference.user_id) for row in rows(
        db, between(field, after, upto) & (member.id == None), field, left=member.on(member.user_id == field),  # noqa: E711
        limitby=(0, CHUNK))]
    return sorted({id for id in found if type(id) is int})[:CHUNK]


def counted(db):
    """Return (how many are noted, the largest id of their rows), now and at the last look; those are None before the first."""
    noted = db.member._rname
    now = '(SELECT COUNT(*) FROM %s), (SELECT COALESCE(MAX(id), 0) FROM %s)' % (noted, noted)
    return db.executesql('SELECT members, last_member, %s FROM %s WHERE id = 1' % (now, db.feed._rname))[0]


def is_torn(members, last_member, count, last):
    """Whether somebody has taken away rows of what is noted since the last look: it keeps whatever it once had."""
    return members is not None and (count < members or last < last_member or last - count > last_member - members)


def note_count(db):
    """Keep what is counted now for the next look."""
    *_, count, last = counted(db)
    db(db.feed.id == 1).update(members=count, last_member=last)


def unnoted(db):
    """Return up to CHUNK numbers that have a place or messages and aren't noted. Walks through all of these."""
    member, found = db.member, set()
    for field in (db.participant.user_id, db.message.sender, db.message.receiver):
        query = (field > 0) & (member.id == None)  # noqa: E711
        if field.table is db.message:
            query &= db.message.seq > 0     # others may wait for somebody who is still to come
        found.update(row[0] for row in rows(
            db, query, field, left=member.on(member.user_id == field), distinct=True, orderby=field, limitby=(0, CHUNK)))
    return sorted(id for id in found if type(id) is int)


def know_all(db):
    """Note everybody who has an account, in one statement: for a database in which nobody is noted yet."""
    db.executesql('INSERT INTO %s (user_id, is_cleared) SELECT id, %s FROM %s WHERE id NOT IN (SELECT user_id FROM %s)' % (
        db.member._rname, db._adapter.represent(False, 'boolean'), db.auth_user._rname, db.member._rname))


def call_all_old(db):
    """Once in the life of a database: whoever is noted by then has been here for nobody knows how long, and is no newcomer."""
    if db((db.feed.id == 1) & (db.feed.newcomers_since == None)).update(newcomers_since=utcnow()):  # noqa: E711
        db(db.member.id > 0).update(first_seen=None)


def left(db, ids):
    """Return those of `ids` that were somebody's who is gone, and are nobody's now."""
    member, account = db.member, db.auth_user
    query = member.user_id.belongs(list(ids)) & (member.gone_at != None) & (account.id == None)  # noqa: E711
    return {row[0] for row in rows(db, query, member.user_id, left=account.on(account.id == member.user_id))} if ids else set()


def gone(db):
    """Return the numbers of up to CHUNK members who have gone last."""
    member = db.member
    return [row[0] for row in rows(db, member.gone_at != None, member.user_id, orderby=~member.gone_at, limitby=(0, CHUNK))]  # noqa: E711


def _add(db, ids):
    if ids:
        insert_many(db, db.member, [{'user_id': id, 'first_seen': utcnow(), 'is_cleared': False} for id in ids])
