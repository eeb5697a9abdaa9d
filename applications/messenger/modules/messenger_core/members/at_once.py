"""What is asked about one member (directory, contacts) asked about many, in one statement.

Whoever comes, or is looked at again, comes with others. Read only.
"""
from ..database import bound
from . import contacts, directory


def standings(db, ids):
    """Return {id: Standing} of members, whoever they are."""
    found = bound.select(db, 'standings', lambda: directory.standing_as_sql(db, bound.any_of(db.auth_user.id)), ids)
    found = {row[3]: directory.standing_in(row) for row in found}
    return {id: found.get(id, directory.NONE) for id in ids}


def pairs(db, ids):
    """Return {id: the pairs of a member, as of contacts.pairs()}."""
    places = {id: set() for id in ids}
    for whose, *place in bound.select(db, 'places of members', lambda: _places(db), ids):
        places[whose].add(tuple(place))
    return {id: contacts.pairs_in(found, id) for id, found in places.items()}


def _places(db):
    mine, theirs, its = db.participant.with_alias('mine'), db.participant.with_alias('theirs'), db.conversation
    query = bound.any_of(mine.user_id) & (theirs.conversation == mine.conversation) & (its.id == mine.conversation)
    query &= (mine.left_number == None) & (theirs.left_number == None)  # noqa: E711
    return db(query)._select(mine.user_id, theirs.conversation, theirs.user_id, its.direct_key)
