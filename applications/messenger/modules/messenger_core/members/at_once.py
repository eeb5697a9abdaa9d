"""What is asked about one member (directory, contacts) asked about many, in one statement whose text is made once for each connection.

Whoever comes, or is looked at again, comes with others: to build a statement takes pydal longer than the database to answer it. Read only.
"""
import re

from . import contacts, directory

SIZES = 1, 8, 64        # so many ids are asked about in a statement; what is left over is filled up, so that there are few texts
MARK = 987_654_321
MARKED = r"\('?%d'?\)" % MARK
_TEXTS = '_messenger_at_once'


def standings(db, ids):
    """Return {id: Standing} of members, whoever they are."""
    found = {row[3]: directory.standing_in(row) for row in _asked(db, _standings, ids)}
    return {id: found.get(id, directory.NONE) for id in ids}


def pairs(db, ids):
    """Return {id: the pairs of a member, as of contacts.pairs()}."""
    places = {id: set() for id in ids}
    for whose, *place in _asked(db, _places, ids):
        places[whose].add(tuple(place))
    return {id: contacts.pairs_in(found, id) for id, found in places.items()}


def _standings(db):
    return directory.standing_as_sql(db, db.auth_user.id.belongs((MARK,)))


def _places(db):
    mine, theirs, its = db.participant.with_alias('mine'), db.participant.with_alias('theirs'), db.conversation
    current = (mine.left_number == None) & (theirs.left_number == None)  # noqa: E711
    query = mine.user_id.belongs((MARK,)) & (theirs.conversation == mine.conversation) & (its.id == mine.conversation) & current
    return db(query)._select(mine.user_id, theirs.conversation, theirs.user_id, its.direct_key)


def _asked(db, make, ids):
    """Return the rows of a statement about these ids."""
    ids, found = list(ids), []
    for start in range(0, len(ids), SIZES[-1]):
        some = ids[start:start + SIZES[-1]]
        size = next(size for size in SIZES if size >= len(some))
        found += db.executesql(_text(db, make, size), some + some[-1:] * (size - len(some)))
    return found


def _text(db, make, size):
    """Return what `make` has made, with signs for so many ids in the place of MARK."""
    kept = vars(db).setdefault(_TEXTS, {})
    if (make, size) not in kept:
        sign = '?' if db._adapter.driver.paramstyle == 'qmark' else '%s'
        before, after = re.split(MARKED, make(db) if sign == '?' else make(db).replace('%', '%%'))
        kept[make, size] = '%s(%s)%s' % (before, ','.join((sign,) * size), after)
    return kept[make, size]
