"""Rows of ours that somebody has changed, and whose seals don't fit any more: sealed anew where they lie, or made foreign rows.

Called under the feed's lock.
"""
from ..database.sql import execute_many, rows, whole_ones
from ..feed import seal
from ..members import known
from ..messages import conversations
from . import foreign


def look_at(db, noted):
    """Look at rows whose seals didn't fit: what was put elsewhere is adopted anew, everything else is sealed anew."""
    found = _with_seals(db, noted)
    gone = set(noted) - {raw.id for raw, _ in found}
    if gone:
        conversations.forget_newest(db, gone)
    who = _who_they_were(db, [raw for raw, _ in found if _lacks_one(raw)])
    here, elsewhere = [], []
    for raw, stored in found:
        if _lies_where_it_was(raw, stored, who):
            here.append(raw)
        elif stored is not None and (stored != seal.ASIDE or raw.seq is not None):
            elsewhere.append(raw.id)
    seal_anew(db, here)
    make_foreign(db, elsewhere)


def seal_anew(db, placed):
    """Seal rows where they lie, their words made fit."""
    contents = {raw.id: foreign.content_of(raw) for raw in placed}
    execute_many(db, db.message, 'seal forwarded', [
        (seal.of(raw.sender, raw.receiver, raw.conversation, raw.number, raw.seq, contents[raw.id], raw.deleted_at is not None),
         raw.forwarded or 'F', raw.id) for raw in placed])
    write_contents(db, contents, {raw.id: raw.content for raw in placed})


def make_foreign(db, ids):
    """Take the place and the seal from rows that don't lie where we have put them."""
    if ids:
        conversations.forget_newest(db, set(ids))
        db(db.message.id.belongs(ids)).update(seal=None, conversation=None, number=None, seq=None)


def write_contents(db, contents, raw_contents):
    """Store {id: words made fit} where they are others than lie there."""
    # What isn't UTF-8 was made so by the connection, and lies in the row as it was.
    changed = [(content, id) for id, content in contents.items() if content != raw_contents[id] or '\ufffd' in content]
    if changed:
        execute_many(db, db.message, 'content', changed)


def _with_seals(db, ids):
    query = db.message.id.belongs(ids)
    seals = dict(rows(db, query, db.message.id, db.message.seal)) if ids else {}
    return [(raw, seals[raw.id]) for raw in foreign.read(db, query, len(ids))] if ids else []


def _lacks_one(raw):
    return (raw.sender is None) != (raw.receiver is None)


def _lies_where_it_was(raw, stored, who):
    """Whether at most the words were changed, or one of its members taken off by the site, as we do it when somebody is gone."""
    ends = [(raw.sender, raw.receiver)]
    if _lacks_one(raw):
        ends += [(one, raw.receiver) if raw.sender is None else (raw.sender, one) for one in who(raw.conversation)]
    return any(seal.fits(stored, *end, raw.conversation, raw.number, raw.seq) for end in ends)


def _who_they_were(db, unnamed):
    """Return a function that says whom a message of a conversation can have been from or to, besides the member who stands in it."""
    ids = whole_ones(raw.conversation for raw in unnamed)
    keys = dict(rows(db, db.conversation.id.belongs(ids), db.conversation.id, db.conversation.direct_key)) if ids else {}
    gone = known.gone(db) if unnamed else []
    return lambda conversation: conversations.members_of(keys[conversation]) if keys.get(conversation) else gone
