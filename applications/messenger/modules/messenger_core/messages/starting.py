"""Starting conversations: with how many others a member may begin one within a day, so that nobody writes to everybody.

Counted by what lies in the database, under the feed's lock, so that all roads and processes share it. Answering is never counted.
"""
import math
from datetime import timedelta
from typing import NamedTuple

from ..database.sql import moment, rows
from ..database.tables import utcnow
from ..errors import TooManyStarted
from .conversations import direct_key

DAY = timedelta(days=1)


class Limits(NamedTuple):
    """How many in any 24 hours, of those who have been here for less than so many days no more than `per_day_young`."""

    per_day: int
    per_day_young: int
    young_days: float


def limits(realtime):
    """Return the Limits that the settings set."""
    return Limits(realtime.new_conversations_per_day, realtime.new_conversations_per_day_young, realtime.young_days)


class Starts:
    """What `members` may start still, while a change works on it. Two statements, however many they are; call under the feed's lock."""

    def __init__(self, db, limits, members):
        self._limits, self._now = limits, utcnow()
        self._started = _started(db, members, self._now) if members else {}                         # {member: (how many, seconds to wait)}
        self._young = _young(db, members, self._now, limits.young_days) if members else {}          # {member: seconds left of it}

    def take(self, user_id):
        """Count one; raises TooManyStarted where it would be one too many."""
        per_day, young, _ = self._limits
        limit = min(per_day, young) if user_id in self._young else per_day
        count, seconds = self._started.get(user_id, (0, DAY.total_seconds()))
        if count >= limit:
            # Whoever is young may become old before one of theirs is a day old.
            raise TooManyStarted(limit, math.ceil(min(seconds, self._young[user_id]) if count < per_day else seconds))
        self._started[user_id] = count + 1, seconds


def _started(db, members, now):
    table = db.conversation
    # A clock may have been ahead, here or on another machine: for a day that counts, and further on it is nobody's fault.
    query = table.started_by.belongs(members) & (table.started_at > now - DAY) & (table.started_at < now + DAY)
    query &= (table.direct_key == None) | ~table.direct_key.belongs([direct_key(id, id) for id in members])  # noqa: E711
    found = rows(db, query, table.started_by, table.id.count(), table.started_at.min(), groupby=table.started_by)
    return {user_id: (count, (min(moment(first), now) + DAY - now).total_seconds()) for user_id, count, first in found}


def _young(db, members, now, days):
    table = db.member
    noted = dict(rows(db, table.user_id.belongs(members), table.user_id, table.first_seen))
    # Nobody has noted yet who comes just now; of those from before us it isn't known since when they are here.
    ages = {id: now - moment(noted.get(id, now)) for id in members if noted.get(id, now) is not None}
    left = {id: days * DAY.total_seconds() - max(age, timedelta()).total_seconds() for id, age in ages.items() if age > -DAY}
    return {id: seconds for id, seconds in left.items() if seconds > 0}
