"""Finding messages by the words in them: only those the asking member may see, newest first.

The newest are looked at one by one (see reach); what lies below them is asked of an index of words, where
there is one that can answer. So a search is right whatever that index knows, and what it reads has an end: where it stops before all
has been looked at, because of that or because its time is over, it says where to go on.
"""
import functools
from typing import NamedTuple, Optional

from ..database.sql import rows, whole
from ..feed import events, sequence
from ..members import directory
from . import plain, postgres, reach, sqlite, words
from .deadline import Deadline, Interrupted

LIMIT, LARGEST_PAGE = 20, 50
# How many of the newest messages to a member, and from them, are looked at one by one: where an index knows the others, and where not.
LOOKED_AT_FIRST, LOOKED_AT = 500, 5_000
CHUNKS = 2      # where too much isn't in the index yet, a search adds so many itself
# What takes too long at once is looked at in pieces: first so few, then ever more.
FIRST_PIECE, GROWTH = 8, 8
# Shares of the time there is: to look, before what was found is shown; to look at all at once; to wait for the index.
LOOKING, HALF, WAIT = 0.75, 0.5, 0.25

_ENGINES = {'sqlite': sqlite, 'postgres': postgres}


class Hit(NamedTuple):
    """A message that was found, with whom it was exchanged, and what to show of it: see words.excerpt.

    A former member has no name, and no number where the account was deleted.
    """

    message: events.Message
    with_id: Optional[int]
    with_name: str
    excerpt: list


class Found(NamedTuple):
    """A page of Hits; `before` is where the next one goes on, None when all has been looked at."""

    hits: list
    before: Optional[int]


def find(db, user_id, typed, before=None, limit=LIMIT, deadline=None):
    """Return what is Found of the member's messages below the seq `before` with all the words `typed`. Raises Refused too_long.

    When the Deadline is over what has been found until then is all there is on this page. It has_cut where older messages were not looked
    at though the page isn't full.
    """
    terms, limit, deadline = words.parse(typed), max(1, min(limit, LARGEST_PAGE)), deadline or Deadline()
    if not terms:
        return Found([], None)
    before = sequence.LARGEST_SEQ if before is None else min(before, sequence.LARGEST_SEQ)
    looking = deadline.part(LOOKING)
    found, before = _candidates(db, user_id, terms, before, limit + 1, looking)
    if len(found) > limit:
        found, before, looking.has_cut = found[:limit], found[limit - 1][0], False
    shown, stopped = _hits(db, user_id, terms, [id for _, id in found], deadline)
    deadline.has_cut = looking.has_cut or stopped is not None
    return Found(shown, stopped or before)


def engine_of(db):
    """Return the module that knows how to search this kind of database."""
    return _ENGINES.get(db._adapter.dbengine, plain)


def _candidates(db, user_id, terms, before, limit, deadline):
    """Return [(seq, id)], newest first, and below which seq nobody has looked; None when that is nothing."""
    engine, has_index = engine_of(db), all(term.kind != words.PART for term in terms)
    newest = reach.stretch(db, user_id, before, LOOKED_AT_FIRST)
    if newest.floor and not (has_index and _knows(db, engine, newest.floor, deadline)):
        newest, has_index = reach.stretch(db, user_id, before, LOOKED_AT), False
    floor = newest.floor
    found, reached = _look(db, user_id, engine, engine.contains(db, terms), newest, limit, deadline)
    if reached == floor and has_index and floor and len(found) < limit:
        try:
            return found + engine.find(db, user_id, terms, floor + 1, limit - len(found), deadline), None
        except sqlite.Unusable:
            pass    # what has been looked at is right, and the next page goes on looking
        except Interrupted as interrupted:
            found += interrupted.found
            reached = found[-1][0] - 1 if interrupted.found else floor
    if reached:
        deadline.cut()
    return found, reached + 1 if reached else None


def _knows(db, engine, seq, deadline):
    """Whether the index is complete up to `seq`, or can be made so at once."""
    for chunk in range(CHUNKS + 1):
        upto = engine.upto(db)
        if upto is None or upto >= seq:
            return upto is not None
        if chunk == CHUNKS or deadline.is_over() or not engine.fill(db, deadline.part(WAIT).left()):
            return False


def _look(db, user_id, engine, contains, whole, limit, deadline):
    """Return [(seq, id)] of what is in a Stretch, and down to which place that has been looked at; at least a little is."""
    look_at = functools.partial(reach.look_at, db, user_id, engine, contains)
    try:
        return look_at(whole, limit, deadline.part(HALF)), whole.floor
    except Interrupted:
        pass    # and nobody knows how far it has come
    found, top, size = [], whole.before, FIRST_PIECE
    while top > whole.floor + 1 and len(found) < limit and not deadline.is_over():
        piece = _piece(db, user_id, whole, top, size)
        try:
            found += look_at(piece, limit, deadline)
        except Interrupted:
            break
        top, size = piece.floor + 1, size * GROWTH
    if top == whole.before:
        piece = _piece(db, user_id, whole, top, 1)
        found, top = look_at(piece, limit, Deadline()), piece.floor + 1
    return found[:limit], top - 1


def _piece(db, user_id, whole, top, size):
    """Return the uppermost Stretch of a larger one, below `top`."""
    piece = reach.stretch(db, user_id, top, size)
    return piece if piece.floor >= whole.floor else whole._replace(before=top)


def _hits(db, user_id, terms, ids, deadline):
    """Return what to show, and at which seq that was broken off, None where it wasn't."""
    if not ids:
        return [], None
    patterns, shown, last = [term.pattern() for term in terms], [], None
    found = events.messages(db, db.message.id.belongs(ids), orderby=~db.message.seq)
    joined, others = _participants(db, user_id, {message.conversation for message in found})
    names = directory.names(db, {user_id, *others.values()})
    for message in found:
        if last and deadline.is_over():
            return shown, last
        # Once more, in one way everywhere: a database may overlook a word that it takes for none.
        if message.number > joined.get(message.conversation, message.number) and words.are_in(patterns, message.content):
            shown.append(_hit(message, others.get(message.conversation, user_id), names, terms))
        last = message.seq
    return shown, None


def _participants(db, user_id, conversations):
    """Return after which number the member joined conversations they are in, and who else is: ({conversation: number}, {…: member})."""
    table, joined, others = db.participant, {}, {}
    query = table.conversation.belongs(conversations) & ((table.left_number == None) | (table.user_id == None))  # noqa: E711
    for conversation, participant, number in rows(db, query, table.conversation, table.user_id, table.joined_number):
        if participant == user_id:
            joined[conversation] = whole(number)
        else:
            others[conversation] = participant
    return joined, others


def _hit(message, other, names, terms):
    return Hit(message, other, names.get(other, ''), words.excerpt(message.content, terms))
