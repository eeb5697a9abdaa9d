"""An index of the words in members' names, so that a search reads no more members than it finds.

Members are the site's, and nothing tells when one is renamed: the sidecar goes through all of them again and again, and notes when it has
come to the end. So the index only says where to look. Where that note is old all members are looked at, as where there is no sidecar.
"""
from datetime import datetime, timedelta
from typing import NamedTuple, Optional

from ..database.sql import identity, named, text
from ..database.tables import PREFIX, utcnow
from ..database.transaction import transact, undo
from ..members import directory
from . import words
from .hits import engine_of

# The words by which a member is found, and the names that they are from.
WORDS, NAMED = PREFIX + 'name_words', PREFIX + 'named'
LONGEST_WORD, MOST_WORDS = 64, 200
# So many have no use for it: looking at all of them takes a millisecond.
FEW = 1_000
# At once: whoever writes waits for what is looked at, and for what is changed.
LOOKED_AT, CHANGED = 10_000, 250
OLD, NOTED_AGAIN = timedelta(minutes=10), timedelta(minutes=1)
NOTE = 0    # the row of NAMED that says when all had been looked at

# Code points, whatever the database takes for the same.
_EXACTLY = {'postgres': 'COLLATE "C"', 'mysql': 'COLLATE utf8mb4_bin'}
_MADE = ('CREATE TABLE IF NOT EXISTS %s (word varchar(%d) %s NOT NULL, user_id bigint NOT NULL, PRIMARY KEY (word, user_id))%s',
         'CREATE TABLE IF NOT EXISTS %s (user_id %s NOT NULL PRIMARY KEY, names text %s)')
_THERE = {
    'sqlite': "SELECT 1 FROM sqlite_master WHERE name = '%s'", 'postgres': "SELECT to_regclass('%s')",
    'mysql': "SELECT 1 FROM information_schema.tables WHERE table_schema = DATABASE() AND table_name = '%s'"}
_STATE = 'SELECT (%s), (SELECT MAX(user_id) FROM %s), (SELECT names FROM %s WHERE user_id = %d)'
# In this order: from the words to the members.
_FIND = '''SELECT %(fields)s FROM %(words)s found CROSS JOIN %(members)s
    WHERE %(range)s AND %(id)s = found.user_id AND %(id)s <> %(me)d AND %(active)s%(also)s
    ORDER BY found.word, found.user_id LIMIT %(limit)d'''
_ALSO = ' AND %(id)s IN (SELECT other.user_id FROM %(words)s other WHERE %(range)s)'
# Which members these are is said of both tables, or a server would read all of one of them.
_CHANGED = '''SELECT %(id)s FROM %(members)s
    LEFT JOIN %(named)s noted ON noted.user_id = %(id)s AND noted.user_id > %(after)d AND noted.user_id <= %(upto)d
    WHERE %(id)s > %(after)d AND %(id)s <= %(upto)d AND (noted.names IS NULL OR noted.names <> %(names)s %(exactly)s)
    ORDER BY %(id)s LIMIT %(limit)d'''
_GONE = '''SELECT noted.user_id FROM %(named)s noted
    LEFT JOIN %(members)s ON %(id)s = noted.user_id AND %(id)s > %(after)d AND %(id)s <= %(upto)d
    WHERE noted.user_id > %(after)d AND noted.user_id <= %(upto)d AND %(id)s IS NULL LIMIT %(limit)d'''

_looked = {}    # {database: up to which number}, where a look isn't at its end


class State(NamedTuple):
    """`few` is the number above which FEW members have joined, None where there are no more; `upto` the largest that is in the index, None
    where it is empty; `looked_at` when all had been looked at, or None.
    """

    few: Optional[int]
    upto: Optional[int]
    looked_at: Optional[datetime]

    def is_older(self, age):
        return self.looked_at is None or utcnow() - self.looked_at > age


NOTHING = State(None, None, None)


def is_there(db):
    """Whether the tables are: this one is made last."""
    found = db.executesql(_THERE[db._adapter.dbengine] % NAMED)
    return bool(found and found[0][0])


def create(db):
    """Make the tables, where they are missing."""
    kind = db._adapter.dbengine
    binary = 'CHARACTER SET utf8mb4 ' * (kind == 'mysql') + _EXACTLY.get(kind, '')
    db.executesql(_MADE[0] % (WORDS, LONGEST_WORD, binary, ' WITHOUT ROWID' * (kind == 'sqlite')))
    db.executesql(_MADE[1] % (NAMED, 'integer' if kind == 'sqlite' else 'bigint', binary))


def fill(db):
    """Look at the next LOOKED_AT members, bring up to CHANGED who have joined, were renamed or are gone into the index, and commit.

    Return whether there may be more to do.
    """
    state = _state(db) if is_there(db) else NOTHING
    if state.few is None and state.upto is None:
        return False
    after = _looked.pop(identity(db), NOTE)
    upto = _next(db, after)
    changed = _ids(db, _CHANGED, after, upto) + _ids(db, _GONE, after, upto)
    if changed:
        transact(db, lambda: _note(db, changed))
    if len(changed) >= CHANGED:
        _looked[identity(db)] = after
    elif upto < directory.LARGEST_ID:
        _looked[identity(db)] = upto
    elif state.is_older(NOTED_AGAIN):
        transact(db, lambda: _note_end(db))
    return identity(db) in _looked


def knows(db, terms):
    """Whether everybody but the FEW who joined last is found by such terms, if they are called so."""
    if not all(words.WORD.fullmatch(term.folded) for term in terms):
        return False
    try:
        state = _state(db)
    except db._adapter.driver.Error as error:   # who alters no tables for us hasn't made these
        undo(db, error)
        return False
    return state.few is not None and state.upto is not None and state.upto >= state.few and not state.is_older(OLD)


def find(db, user_id, terms, limit, deadline):
    """Return (id, each of the names) of `limit` active members, not oneself, who may be called so. Raises Interrupted."""
    user, (first, *others) = db.auth_user, sorted(terms, key=lambda term: -len(term.folded))
    facts = {'words': WORDS, 'members': user.sql_fullref, 'id': named(user.id)}
    also = ''.join(_ALSO % dict(facts, range=_range(db, 'other.word', term)) for term in others)
    return engine_of(db).ask(db, _FIND % dict(
        facts, fields=', '.join(map(named, directory.name_fields(db))), range=_range(db, 'found.word', first), me=user_id,
        active=directory.active(db), also=also, limit=limit), deadline)


def _state(db):
    user = db.auth_user
    few = db(user.id > 0)._select(user.id, orderby=~user.id, limitby=(FEW, FEW + 1)).rstrip(';')
    few, upto, noted = db.executesql(_STATE % (few, NAMED, NAMED, NOTE))[0]
    try:
        return State(few, upto, datetime.fromisoformat(noted))
    except (TypeError, ValueError):
        return State(few, upto, None)


def _next(db, after):
    """Return up to which number to look at once; the largest there is, where that is all."""
    number = db.auth_user.id
    found = db.executesql(db(number > after)._select(number, orderby=number, limitby=(LOOKED_AT, LOOKED_AT + 1)))
    return found[0][0] if found else directory.LARGEST_ID


def _ids(db, statement, after, upto):
    user = db.auth_user
    return [id for (id,) in db.executesql(statement % {
        'id': named(user.id), 'members': user.sql_fullref, 'named': NAMED, 'names': _joined(db), 'after': after, 'upto': upto,
        'exactly': _EXACTLY.get(db._adapter.dbengine, ''), 'limit': CHANGED})]


def _joined(db):
    return engine_of(db).joined(list(map(named, directory.name_fields(db)[1:])))


def _note(db, ids):
    user, these = db.auth_user, ','.join(map(str, ids))
    for id, before in _noted(db, these):
        if before:
            db.executesql('DELETE FROM %s WHERE user_id = %d AND word IN (%s)' % (WORDS, id, ','.join(before)))
    db.executesql('DELETE FROM %s WHERE user_id IN (%s)' % (NAMED, these))
    db.executesql('INSERT INTO %s (user_id, names) SELECT %s, %s FROM %s WHERE %s IN (%s)' % (
        NAMED, named(user.id), _joined(db), user.sql_fullref, named(user.id), these))
    pairs = ['(%s, %d)' % (word, id) for id, now in _noted(db, these) for word in now]
    if pairs:
        db.executesql('INSERT INTO %s (word, user_id) VALUES %s' % (WORDS, ', '.join(pairs)))


def _noted(db, these):
    """Return (id, their words as SQL) of those of `these` who are in the index."""
    found = db.executesql('SELECT user_id, names FROM %s WHERE user_id IN (%s)' % (NAMED, these))
    return [(id, [_quoted(db, word) for word in _words(text(names))]) for id, names in found]


def _note_end(db):
    db.executesql('DELETE FROM %s WHERE user_id = %d' % (NAMED, NOTE))
    db.executesql("INSERT INTO %s (user_id, names) VALUES (%d, '%s')" % (NAMED, NOTE, utcnow().isoformat()))


def _words(names):
    """Return the different words to find somebody by; in scripts without spaces also what is within one."""
    found = {}
    for word in words.of(names):
        starts = range(len(word)) if words.UNSPACED.search(word) else (0,)
        found.update(dict.fromkeys(word[start:start + LONGEST_WORD] for start in starts))
    return list(found)[:MOST_WORDS]


def _range(db, column, term):
    """Return as SQL whether a word begins with what is looked for."""
    start = term.folded[:LONGEST_WORD]
    behind = start[:-1] + chr(ord(start[-1]) + 1)
    return '%s >= %s AND %s < %s' % (column, _quoted(db, start), column, _quoted(db, behind))


def _quoted(db, word):
    return db._adapter.represent(word, 'string')
