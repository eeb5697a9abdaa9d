"""What members have chosen for themselves. Who has no row has chosen nothing, and gets what everybody gets."""
from typing import NamedTuple

from ..database.sql import rows, truth
from ..database.transaction import transact, turnstile


class Preferences(NamedTuple):
    """The choices of one member. `gives_receipts`: the others are told what has been read; `shows_presence`: who is online."""

    gives_receipts: bool = True
    shows_presence: bool = True


def of(db, user_id):
    """Return the Preferences of a member."""
    return of_all(db, [user_id])[user_id]


def of_all(db, ids):
    """Return {id: Preferences} of members. One statement."""
    table = db.preference
    found = rows(db, table.user_id.belongs(ids), table.user_id, table.gives_receipts, table.shows_presence)
    chosen = {user_id: Preferences(*map(truth, choices)) for user_id, *choices in reversed(found)}
    return {user_id: chosen.get(user_id, Preferences()) for user_id in ids}


def keep(db, user_id, preferences):
    """Store a member's Preferences, and commit. Raises Refused busy."""
    transact(db, lambda: _keep(db, user_id, preferences._asdict()))


def forget(db, user_id):
    """Take back all that a number has chosen, for whoever gets it next. Does not commit."""
    db(db.preference.user_id == user_id).update(last_seen=None, **Preferences()._asdict())


def _keep(db, user_id, chosen):
    if not chosen['shows_presence']:
        chosen['last_seen'] = None      # nor is what was known before to be shown once they change their mind
    with turnstile(db):
        is_known = db(db.preference.user_id == user_id).update(**chosen)
    if not is_known:
        db.preference.insert(user_id=user_id, **chosen)
