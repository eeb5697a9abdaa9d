"""Rows of `message` as somebody else wrote them: read, and made fit. The one place that knows what may stand in such a row.

SQLite keeps anything in any column; elsewhere a time may be of a year that no library knows. What can be made right is, the rest is Unfit.
"""
from datetime import datetime, timezone
from typing import NamedTuple, Optional

from ..database import bound
from ..database.sql import rows, text
from ..database.tables import utcnow
from ..members.directory import LARGEST_ID
from . import zones

REF_LENGTH = 64
TRUE = ('t', '1', 'true', 'y', 'yes')
EPOCH = datetime(1970, 1, 1)


class Raw(NamedTuple):
    """What lies in a row, as the driver gives it."""

    id: int
    sender: object
    receiver: object
    content: object
    timestamp: object
    is_read: object
    ref: object
    conversation: object
    number: object
    seq: object
    deleted_at: object
    forwarded: object

    @property
    def is_in_utc(self):
        """Whether it was written by our definitions, in appadmin or a script with our models: nobody else knows this column."""
        return self.forwarded is not None

    @property
    def is_placed(self):
        """Whether it has a place, of an earlier release."""
        return all(type(value) is int for value in (self.conversation, self.number, self.seq))


class Row(NamedTuple):
    """The same made fit; `timestamp` is naive UTC."""

    id: int
    sender: int
    receiver: int
    content: str
    timestamp: datetime
    is_read: bool
    ref: Optional[str]
    is_deleted: bool


class Unfit(NamedTuple):
    """Why a row can't be shown; `waits_for` is the member who would have to exist."""

    id: int
    reason: str
    waits_for: Optional[int] = None


def read(db, query, limit):
    """Return the Raws a query finds, in the order of their ids."""
    return [Raw(*row) for row in rows(db, query, *_columns(db), orderby=db.message.id, limitby=(0, limit))]


def first(db, query_of, limit):
    """The same of the query that `query_of(db)` makes, which is always the same: the text of the statement is kept."""
    return [Raw(*row) for row in bound.found(db, ('first', query_of.__name__), lambda: db(query_of(db))._select(
        *_columns(db), orderby=db.message.id, limitby=(0, bound.GIVEN[0])), limit)]


def _columns(db):
    return map(db.message.__getitem__, Raw._fields)


def made_fit(raw, zone, is_legacy=False):
    """Return the Row of a Raw, or why it is Unfit. Its times are local ones of `zone`, unless it was written by our definitions."""
    for name in ('sender', 'receiver'):
        value = getattr(raw, name)
        if value is None:
            return Unfit(raw.id, 'it has no %s' % name)
        if type(value) is not int or not 0 < value <= LARGEST_ID:
            return Unfit(raw.id, 'its %s is no member\'s number' % name)
    timestamp = _moment(raw.timestamp if raw.is_in_utc else zones.to_utc(raw.timestamp, zone))
    if timestamp is None:   # no time at all; of before is what has one, but one that can't be read
        timestamp = EPOCH if is_legacy and raw.timestamp is not None else utcnow()
    is_read, ref = text(raw.is_read).strip().lower() in TRUE, raw.ref
    if not isinstance(ref, str) or not 0 < len(ref) <= REF_LENGTH:
        ref = None
    return Row(raw.id, raw.sender, raw.receiver, content_of(raw), timestamp, is_read, ref, raw.deleted_at is not None)


def content_of(raw):
    """Return the words of a Raw as text that every database and every page takes."""
    return text(raw.content).replace('\0', '\ufffd')


def _moment(value):
    """Return a naive time in UTC and whole seconds for what a driver gave, or None for what is no time."""
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value[:-1] + '+00:00' if value.endswith('Z') else value)
        except ValueError:
            return None
    if not isinstance(value, datetime):
        return None
    try:
        return (value.astimezone(timezone.utc) if value.tzinfo else value).replace(tzinfo=None, microsecond=0)
    except OverflowError:
        return None
