"""Whom somebody means by what they type: a number, a user name, an e-mail address. Must not live here: how a form writes them.

What is somebody's name stands for them alone. Where they may not be written to, or several are called alike, it stands for nobody, and
is not looked at as another's number: a letter must not reach a stranger.
"""
import re

from ..database.sql import comparable, condition, named, rows, text
from ..text import without_ignorable
from . import directory
from .spelling import LONGEST, beginnings, fold, in_ascii, readable

NUMBER, DIGITS = re.compile('#([0-9]+)'), re.compile('[0-9]+')
SURROGATE = re.compile('[\ud800-\udfff]')
LONGEST_NUMBER = 10     # digits
# Whether a column may be the same as a text once both are folded: by LOWER(), which knows ASCII everywhere, and of what has other
# characters by how it begins. The rest is compared here: databases differ in what they know of them, and in what a site has chosen.
MAY_BE = {
    'sqlite': "(LOWER(%(column)s) IN (%(folded)s) OR (SUBSTR(%(column)s, 1, 1) IN (%(first)s) AND %(column)s GLOB '*[^ -~]*'))",
    'postgres': r"""(LOWER(%(column)s COLLATE "C") IN (%(folded)s)
                     OR (SUBSTR(%(column)s, 1, 1) IN (%(first)s) AND %(column)s ~ '[^\x01-\x7f]'))""",
    'mysql': '(LOWER(CONVERT(%(column)s USING utf8mb4)) COLLATE utf8mb4_bin IN (%(folded)s)'
             ' OR (SUBSTR(CONVERT(%(column)s USING utf8mb4), 1, 1) IN (%(first)s)'
             ' AND LENGTH(CONVERT(%(column)s USING utf8mb4)) <> CHAR_LENGTH(%(column)s)))'}


def find(db, typed):
    """Return the id of the active member meant by `typed`, or None.

    A whole number, or "#3", is an id. Else it is a user name, else an e-mail address, else plain digits are an id.
    """
    if not isinstance(typed, str):
        return _active(db, [typed])
    typed = typed.strip()
    numbered = NUMBER.fullmatch(typed)
    if numbered:
        return _active(db, [number_of(numbered[1])])
    ids = _called(db, typed) if _can_be_asked(typed) else None
    if ids is None and DIGITS.fullmatch(typed):
        ids = [number_of(typed)]
    return _active(db, ids or [])


def number_of(digits):
    """Return the number that plain digits are, however many: 0, as nobody has, for more than any id has."""
    digits = digits.lstrip('0')
    return int(digits or 0) if len(digits) <= LONGEST_NUMBER else 0


def is_user_name(db, typed):
    """Whether somebody has exactly this user name."""
    return _may_be_user_name(db, typed) and bool(_spelt(db, 'username', typed))


def looks_like_user_name(db, typed):
    """Whether somebody has a user name that is the same when both are folded."""
    return _may_be_user_name(db, typed) and bool(_alike(db, ['username'], typed)[0])


def accounts(db, name, typed):
    """Return the ids of the accounts, active or not, whose column `name` has this spelling, else those of the one that folds alike.

    Always one statement that does the same work: how long it takes tells nothing.
    """
    alike = _alike(db, [name], typed)[0]
    exact = [id for id, spelling in alike if spelling == typed]
    return exact or ([id for id, _ in alike] if len({spelling for _, spelling in alike}) == 1 else [])


def others(db, name, value, ids):
    """Return the ids of the accounts but for `ids` that have what is the same as `value` when both are folded, as their `name`.

    What may be an address, as their user name or their address: letters to it must not have two who are meant.
    """
    names = _names(db, value) if _can_be_asked(value) and '@' in fold(value) else [name]
    return [id for alike in _alike(db, names, value) for id, _ in alike if id not in ids]


def _may_be_user_name(db, typed):
    return 'username' in db.auth_user.fields and _can_be_asked(typed)


def _active(db, ids):
    """Return the one of `ids` who is an active member; None of several."""
    here = directory.names(db, [id for id in ids if 0 < id <= directory.LARGEST_ID])
    return next(iter(here)) if len(here) == 1 else None


def _called(db, typed):
    """Return the ids of all who may be meant by a name, active or not; None where it is nobody's."""
    names = _names(db, typed)
    exact = _spelt(db, names[0], typed) if names else []
    if exact:
        return exact
    # Who types what can't be seen has copied it from somewhere: it has to be all of it.
    for alike in _alike(db, names, typed) if names and typed == without_ignorable(typed) else ():
        if alike:
            return [id for id, spelling in alike if spelling == typed] or [id for id, _ in alike]
    return None


def _names(db, typed):
    """Return in which columns somebody may be called so."""
    return [name for name in ('username', 'email') if name in db.auth_user.fields and (name == 'username' or '@' in fold(typed))]


def _can_be_asked(typed):
    """Whether a text can be a name, and every database can be asked for it: with no NUL in it, and no half a character."""
    return 0 < len(typed) <= LONGEST and '\0' not in typed and not SURROGATE.search(typed)


def _spelt(db, name, typed):
    """Return the ids of those whose column has exactly this text. Where the site has an index, along it."""
    field = db.auth_user[name]
    # MySQL can't compare what a column can't hold; and its collations find é for e, and what ends in blanks.
    found = rows(db, (field if typed.isascii() else comparable(field)) == typed, db.auth_user.id, field)
    return [id for id, spelling in found if text(spelling) == typed]


def _alike(db, names, typed):
    """Return for each of the columns `names` [(id, spelling)] of what is the same as `typed` when both are folded. One statement."""
    folded, fields = fold(typed) if _can_be_asked(typed) else '', [db.auth_user[name] for name in names]
    if not folded:
        return [[] for _ in names]
    spellings = {folded, in_ascii(folded), in_ascii(readable(typed).lower())}   # some browsers make a domain ASCII
    listed = lambda parts: ', '.join(db._adapter.represent(part, 'string') for part in parts)    # noqa: E731
    may_be = ' OR '.join(MAY_BE[db._adapter.dbengine] % dict(
        column=named(field), folded=listed(spellings), first=listed(beginnings(folded))) for field in fields)
    found = rows(db, condition(db, '(%s)' % may_be), db.auth_user.id, *fields)
    columns = [[(row[0], text(row[place])) for row in found] for place in range(1, len(names) + 1)]
    return [[(id, spelling) for id, spelling in column if fold(spelling) == folded] for column in columns]
