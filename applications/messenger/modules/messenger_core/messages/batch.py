"""One batch of messages on its way into the database: one transaction, with a constant number of statements however many there are.

Who asks for it, and what comes back, is the business of sending.py.
"""
from typing import NamedTuple

from ..database import bound
from ..database.sql import text
from ..database.tables import utcnow
from ..errors import Refused
from ..feed import events, seal, sequence
from ..members import directory
from . import conversations, lasting, starting

# As they lie in the row, in this order. What isn't named here is as the table has it by itself.
COLUMNS = ('sender', 'receiver', 'content', 'timestamp', 'is_read', 'conversation', 'number', 'seq', 'ref', 'forwarded', 'seal')
SEQ, CONTENT = COLUMNS.index('seq'), COLUMNS.index('content')
_TAKEN_AWAY = None, None
# A NamedTuple of what is in order: its own constructor takes four times as long, and some are made of each message.
made = tuple.__new__


class Sent(NamedTuple):
    """A stored message; `repeated` when an earlier send had stored it."""

    message: events.Message
    repeated: bool


def by_ref(db, wanted):
    """Return {(sender, ref): Message} of those of the `wanted` pairs under which something is stored."""
    rows = bound.pairs(db, 'message', ('sender', 'ref', 'id'), wanted) if wanted else ()
    if not rows:
        return {}
    sent = {(sender, ref): id for sender, ref, id in rows}
    found = {message.id: message for message in events.messages(db, db.message.id.belongs(list(sent.values())))}
    return {key: found[id] for key, id in sent.items() if id in found}      # else somebody has put it elsewhere


class Batch:
    """One batch on its way into the database, in the order of its methods."""

    def __init__(self, db, drafts, receivers, limits, kept, leaves_held=False):
        self.db, self.drafts, self.receivers, self.limits, self.leaves_held = db, drafts, list(receivers), limits, leaves_held
        self.kept, self.now, self.by_id, self.held = kept, utcnow(), {}, ()
        self.written_at = str(self.now)
        self.results = [None] * len(drafts)
        self.too_many = {}      # {index: Refused} of those that would start one conversation too many
        self.first = {}         # {(sender, ref): index of the draft that is stored under it}
        self.same = []          # indexes of drafts that repeat one of this batch
        self.new = []           # [(index, Thread)] of those that are stored
        self.records = []       # their rows, in the same order

    def store(self):
        """Return the feed.Change; call inside transact()."""
        self.kept.begin(self.db)
        self.since = sequence.take(self.db, len(self.drafts), self.kept.is_alone, by_indexes=True)
        self.members = self.kept.members
        self._look_up()
        for index, draft in enumerate(self.drafts):
            try:
                self._accept(index, draft)
            except Refused as refusal:
                self.results[index] = refusal
        stored = self._insert() if self.new else []
        for index in self.same:
            self._repeat_within(index)
        return sequence.Change(self.results, self.since, self.since + len(self.drafts), stored)

    def _look_up(self):
        drafts, receivers = self.drafts, self.receivers
        self.repeats = by_ref(self.db, [(draft.sender, draft.ref) for draft in drafts if draft.ref])
        ways = self.kept.ways
        self.threads = [ways.get((draft.sender, receiver)) if draft.conversation is None else None
                        for draft, receiver in zip(drafts, receivers)]
        unknown = [index for index, thread in enumerate(self.threads) if thread is None]
        if unknown:
            self._know(unknown)
        self.over = lasting.over(self.db, drafts, self.members)
        if unknown:
            self._find_threads(unknown)
        if self.leaves_held:
            self.held = conversations.held(self.db, {thread.id: thread for thread in self.threads if thread}.values())

    def _know(self, unknown):
        """Have in `members` who of those that drafts are about may write, and find out whom they are for."""
        drafts, receivers, members = self.drafts, self.receivers, self.members
        asked = {drafts[index].conversation for index in unknown} - {None}
        self.by_id = conversations.threads_by_id(self.db, asked)
        for index in unknown:
            if drafts[index].conversation is not None:
                receivers[index] = self._other(drafts[index])
        ids = {drafts[index].sender for index in unknown}.union(receivers[index] for index in unknown) - {None}
        missing = [id for id in ids if id not in members]
        if missing:
            names, generations = directory.names_and_generations(self.db, missing)
            members.update({id: (names[id], generations[id]) if id in names else None for id in missing})
        for index in unknown:
            # Who was meant by what was typed is nobody where they are no member any more.
            if isinstance(drafts[index].receiver, str) and not members.get(receivers[index]):
                receivers[index] = None

    def _other(self, draft):
        return self.by_id[draft.conversation].other(draft.sender) if draft.sender in self._participants(draft) else None

    def _participants(self, draft):
        thread = self.by_id.get(draft.conversation)
        return thread.participants if thread else ()

    def _find_threads(self, unknown):
        drafts, receivers, known = self.drafts, self.receivers, self.kept.threads
        keys = {index: conversations.direct_key(drafts[index].sender, receivers[index])
                for index in unknown if self._needs_thread(index, drafts[index])}
        missing = {key for key in keys.values() if key not in known}
        if missing:
            known.update(conversations.threads_by_key(self.db, missing, lambda missing: self._start(keys, missing)))
        for index, key in keys.items():
            if key in known:
                self.threads[index] = self.kept.ways[drafts[index].sender, receivers[index]] = known[key]

    def _needs_thread(self, index, draft):
        is_new = (draft.sender, draft.ref) not in self.repeats and index not in self.over
        return is_new and bool(self.members.get(draft.sender) and self.members.get(self.receivers[index]))

    def _start(self, needed, missing):
        """Return what conversations.threads_by_key() makes of the `missing` ones: what isn't stored starts none."""
        asking = {draft.sender for index, draft in enumerate(self.drafts) if needed.get(index) in missing}
        starts, started, refs = self.limits and starting.Starts(self.db, self.limits, asking), {}, set()
        for index, key in needed.items():
            sender, ref = self.drafts[index].sender, self.drafts[index].ref
            is_new = key in missing and key not in started and (ref is None or (sender, ref) not in refs)
            try:
                if is_new and starts and self.receivers[index] != sender:
                    starts.take(sender)
            except Refused as refusal:
                self.too_many[index] = refusal
                continue
            started.update({key: (sender, self.now)} if is_new else {})
            refs.add((sender, ref))
        return started

    def _accept(self, index, draft):
        key = (draft.sender, draft.ref)
        if not self.members.get(draft.sender):
            raise Refused('blocked')
        if index in self.over:
            raise Refused('no_session')
        if key in self.repeats:
            self.results[index] = _repeat(draft, self.receivers[index], self.repeats[key])
        elif draft.ref and key in self.first:
            self.same.append(index)
        else:
            self._number(index, draft, self._thread(index, draft))
            self.first[key] = index

    def _thread(self, index, draft):
        thread = self.threads[index]
        if thread is None or index in self.too_many:    # somebody else in the batch may have begun it after that
            raise self._refusal(index, draft)
        if thread.id in self.held:
            raise Refused('busy', retry_after=1)
        return thread

    def _refusal(self, index, draft):
        """Return why there is no conversation for a message."""
        if not self.members.get(self.receivers[index]):
            is_theirs = draft.conversation is None or draft.sender in self._participants(draft)
            return Refused('no_such_user' if is_theirs else 'not_found')
        return self.too_many.get(index) or Refused('forbidden')     # as for messages: see _insert

    def _number(self, index, draft, thread):
        sender, receiver, seq = draft.sender, self.receivers[index], self.since + 1 + index
        thread.last_seq = seq
        self.new.append((index, thread))
        number = thread.next_number(sender)
        self.records.append((
            sender, receiver, draft.content, self.written_at, 'FT'[sender == receiver], thread.id, number, seq, draft.ref, 'F',
            seal.of(sender, receiver, thread.id, number, seq, draft.content)))

    def _insert(self):
        bound.insert(self.db, 'message', COLUMNS, self.records, is_plain=self.kept.is_plain)
        found = self._inserted()
        stored, threads = [], {}
        for (index, thread), record in zip(self.new, self.records):
            threads[thread.id], (id, content) = thread, found.get(record[SEQ], _TAKEN_AWAY)
            if id is None:
                self.results[index] = Refused('forbidden')
                continue
            thread.last_message, message = id, self._message(record, id, content)
            stored.append(message)
            self.results[index] = made(Sent, (message, False))
        conversations.count(self.db, threads.values())
        for thread in threads.values():
            thread.sent = {}
        return stored

    def _inserted(self):
        """Return {seq: (id, content)}: a trigger of the site's own may have taken a row away, or changed its words."""
        if self.kept.has_ids_in_a_row:
            last = self.db._adapter.cursor.lastrowid
            return {record[SEQ]: (id, record[CONTENT]) for id, record in enumerate(self.records, last + 1 - len(self.records))}
        rows = bound.run(self.db, 'inserted', lambda: 'SELECT seq, id, content FROM %s WHERE seq > ? AND seq <= ?' % self.db.message._rname,
                         self.since, self.since + len(self.drafts))
        return {seq: (id, text(content)) for seq, id, content in rows}

    def _message(self, record, id, content):
        sender, receiver, _, _, _, conversation, number, seq, ref, _, _ = record
        return made(events.Message, (id, seq, conversation, number, sender, self.members[sender][0], receiver, content, self.now,
                                     sender == receiver, ref))

    def _repeat_within(self, index):
        draft = self.drafts[index]
        try:
            self.results[index] = _repeat(draft, self.receivers[index], self.results[self.first[draft.sender, draft.ref]].message)
        except Refused as refusal:
            self.results[index] = refusal


def _repeat(draft, receiver, message):
    # A typed receiver that names nobody any more can't tell whether it meant this one.
    is_unknown = receiver is None and isinstance(draft.receiver, str)
    if draft.content != message.content or (receiver != message.receiver_id and not is_unknown):
        raise Refused('conflict')
    return Sent(message, True)
