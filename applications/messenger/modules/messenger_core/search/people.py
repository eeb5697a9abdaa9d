"""Finding members by their names. E-mail addresses are nobody's business: a whole one finds its owner, a part of one nobody."""
from ..database import bound
from ..database.sql import text
from ..members import directory, whom
from . import names as names_index
from . import words
from .deadline import Deadline, Interrupted
from .hits import HALF, engine_of

LIMIT, LARGEST_PAGE = 10, 100
# So many are looked at: those whom somebody has conversations with, the latest of them, and of all the others those who joined last,
# where no index knows the others.
PARTNERS, LOOKED_AT = 500, 100_000


def find(db, user_id, typed, limit=LIMIT, deadline=None):
    """Return [(id, name)] of at most `limit` active members, not oneself, with names that begin with each of the words `typed`.

    Those written with last come first, then the others by name. The Deadline has_cut where not all were looked at. Raises Refused too_long.
    """
    terms = [term if term.kind == words.PART else term._replace(kind=words.START) for term in words.parse(typed)]
    if not terms:
        return []
    limit = max(1, min(limit, LARGEST_PAGE))
    found = _meant(db, typed) + _known(db, user_id, terms)
    if len(found) < limit:
        found += _others(db, terms, user_id, deadline or Deadline())
    names = directory.names(db, found)
    return [(id, names[id]) for id in dict.fromkeys(found) if id in names][:limit]


def _meant(db, typed):
    # Only what can be a whole address or number: there is no index to look for addresses by.
    one = whom.find(db, typed) if '@' in typed or typed.strip().lstrip('#').isdigit() else None
    return [one] if one else []


def _known(db, user_id, terms):
    near = directory.partners(db, user_id, PARTNERS)
    found = bound.select(db, 'called', lambda: db(bound.any_of(db.auth_user.id))._select(*directory.name_fields(db)), near) if near else []
    called = _called(found, terms)
    return [id for id in near if id in called]


def _others(db, terms, user_id, deadline):
    """Return the ids of others by name. Whoever reads a whole table reads no more than the end of it."""
    try:
        found = _all(db, terms, user_id, deadline.part(HALF))
    except Interrupted as interrupted:
        deadline.cut()
        found = interrupted.found or _fewer(db, terms, user_id, deadline)
    found = _called(found, terms)
    return sorted(found, key=lambda id: (found[id].casefold(), id))


def _all(db, terms, user_id, deadline):
    if not names_index.knows(db, terms):
        return _latest(db, terms, user_id, LOOKED_AT, deadline)
    found = _latest(db, terms, user_id, names_index.FEW, deadline)
    try:
        return [*found, *names_index.find(db, user_id, terms, LARGEST_PAGE, deadline)]
    except Interrupted as interrupted:
        raise Interrupted([*found, *interrupted.found]) from interrupted


def _fewer(db, terms, user_id, deadline):
    try:
        return _latest(db, terms, user_id, names_index.FEW, deadline)
    except Interrupted as interrupted:
        return interrupted.found


def _latest(db, terms, user_id, count, deadline):
    fields, engine = directory.name_fields(db), engine_of(db)
    latest = db(directory.active(db))._select(*fields, orderby=~db.auth_user.id, limitby=(0, count)).rstrip(';')
    names = [field._rname for field in fields[1:]]
    return engine.ask(db, 'SELECT %s FROM (%s) latest WHERE id <> %d AND %s LIMIT %d' % (
        ', '.join(['id', *names]), latest, user_id, engine.contains(db, terms, engine.joined(names)), LARGEST_PAGE), deadline)


def _called(found, terms):
    """Return {id: all names} of the rows whose names have all `terms`."""
    patterns = [term.pattern() for term in terms]
    called = {id: ' '.join(map(text, names)) for id, *names in found}
    return {id: names for id, names in called.items() if words.are_in(patterns, names)}
