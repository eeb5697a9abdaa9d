"""Who the members are: naming and listing them. Whom a typed text means: whom.py. Accounts themselves belong to web2py's Auth."""
from typing import NamedTuple, Optional

from ..database import bound, written
from ..database.sql import first_fit, looked_up, rows, text, truth, whole, whole_ones
from ..text import has_visible
from .contacts import may_be_in

# A reader of a list of names needs no more; whoever isn't in it is typed.
CHOICES = 100
LARGEST_ID = 2**31 - 1


class Standing(NamedTuple):
    """What a session is judged by: the display name, None of who may not go on, and the generation of sessions that counts (see logout).

    `shows_presence`: the others may know whether the member is online.
    """

    name: Optional[str]
    session_generation: int
    shows_presence: bool


NONE = Standing(None, 0, False)


def active(db):
    """The query for members who may write and be written to, as web2py's login judges them."""
    key = db.auth_user.registration_key
    return (key == None) | (key == '')  # noqa: E711


def names(db, ids):
    """Return {id: display name} of those among `ids` who are active members."""
    ids = whole_ones(ids)
    if not ids:
        return {}
    found = bound.select(db, 'names', lambda: db(bound.any_of(db.auth_user.id) & active(db))._select(*name_fields(db)), ids)
    return {row[0]: _display(row) for row in found}


def names_and_generations(db, ids):
    """Return the same, and {id: the generation of sessions that counts} of them. One statement."""
    ids = whole_ones(ids)
    found = bound.select(db, 'names and generations', lambda: _generations_select(db), ids) if ids else []
    return ({row[2]: _display(row[2:]) for row in found}, {row[2]: max(whole(row[0]), whole(row[1])) for row in found})


def _generations_select(db):
    generations = [looked_up(table.session_generation, table.user_id, db.auth_user.id) for table in (db.preference, db.member)]
    return db(bound.any_of(db.auth_user.id) & active(db))._select(*generations, *name_fields(db))


def standing(db, user_id):
    """Return the Standing of a member, whoever it is. Of many: at_once.standings()."""
    found = written.rows(db, 'standing', lambda: standing_as_sql(db, db.auth_user.id == bound.GIVEN[0]), user_id)
    return standing_in(found[0]) if found else NONE


def standing_as_sql(db, whose):
    """Return the statement whose rows standing_in() reads; there is none of who may not go on."""
    preference, member = db.preference, db.member
    left = [preference.on(preference.user_id == db.auth_user.id), member.on(member.user_id == db.auth_user.id)]
    fields = preference.session_generation, member.session_generation, preference.shows_presence, *name_fields(db)
    return db(whose & active(db))._select(*fields, left=left)


def standing_in(row):
    generation, also, shows_presence, *names = row
    return Standing(_display(names), max(whole(generation), whole(also)), shows_presence is None or truth(shows_presence))


def choices(db, user_id, limit=CHOICES):
    """Return [(id, name)] of at most `limit` members to write to, by name: those written with last, then the first to have joined."""
    ids = partners(db, user_id, limit)
    if len(ids) < limit:
        # So many that there are enough whoever of them is left out.
        first = written.rows(db, 'first members', lambda: db(active(db))._select(
            db.auth_user.id, orderby=db.auth_user.id, limitby=(0, bound.GIVEN[0])), limit + 1)
        ids += [id for (id,) in first if id not in ids and id != user_id][:limit - len(ids)]
    return sorted(names(db, ids).items(), key=lambda choice: (choice[1].casefold(), choice[0]))


def forget(db, ids):
    """Anonymise those of `ids` who have written or received, so that the others' threads stay whole; return whether there were any.

    Rows of the others may be deleted. Does not commit: it is part of whoever's deletion it is.
    """
    known = {row[0] for field in (db.message.sender, db.message.receiver) for row in rows(db, field.belongs(ids), field, distinct=True)}
    for id in known:
        gone = {'first_name': '', 'last_name': '', 'password': None, 'email': 'former-%d@member.invalid' % id,
                'username': 'former-%d' % id, 'registration_key': 'deleted', 'reset_password_key': '', 'registration_id': ''}
        db(db.auth_user.id == id).update(**{name: value for name, value in gone.items() if name in db.auth_user.fields})
        db(db.preference.user_id == id).update(last_seen=None)
    return bool(known)


def partners(db, user_id, limit):
    """Return the ids of at most `limit` others that somebody has a conversation with, written with last first."""
    found = first_fit(limit, lambda count: written.rows(db, 'partners', lambda: _partners_select(db, *bound.GIVEN[:2]), user_id, count),
                      lambda places: [row for row in places if may_be_in(row[1], user_id) and may_be_in(row[1], row[0])])
    return list(dict.fromkeys(id for id, _ in found))


def _partners_select(db, user_id, count):
    mine, theirs = db.participant.with_alias('mine'), db.participant.with_alias('theirs')
    query = (mine.user_id == user_id) & (mine.left_number == None) & (theirs.conversation == mine.conversation)  # noqa: E711
    query &= (theirs.user_id != user_id) & (theirs.left_number == None)  # noqa: E711
    query &= db.conversation.id == mine.conversation
    return db(query)._select(theirs.user_id, db.conversation.direct_key, orderby=~mine.last_seq, limitby=(0, count))


def name_fields(db):
    """Return the id and what members are called by."""
    user = db.auth_user
    return [user.id, user.first_name, user.last_name] + ([user.username] if 'username' in user.fields else [])


def _display(row):
    given, called = ' '.join(filter(None, map(_shown, row[1:3]))), _shown(row[3] if len(row) > 3 else None)
    return given or called or '#%d' % row[0]


def _shown(part):
    """Return a part of a name, and nothing where there is nothing to see: no list may have a line that seems empty."""
    part = text(part).strip()
    return part if has_visible(part) else ''
