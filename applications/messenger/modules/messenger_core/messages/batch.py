"""One batch of messages on its way into the database: one transaction, with a constant number of statements however many there are.

Who asks for it, and what comes back, is the business of sending.py.
"""
from typing import NamedTuple

from ..database import bound
from ..database.tables import utcnow
from ..errors import Refused
from ..feed import events, seal, sequence
from ..members import directory
from . import conversations, lasting, starting

# As they lie in the row, in this order. What isn't named here is as the table has it by itself.
COLUMNS = ('sender', 'receiver', 'content', 'timestamp', 'is_read', 'conversation', 'number', 'seq', 'ref', 'forwarded', 'seal')
SEQ = COLUMNS.index('seq')


class Sent(NamedTuple):
    """A stored message; `repeated` when an earlier send had stored it."""

    message: events.Message
    repeated: bool


def by_ref(db, wanted):
    """Return {(sender, ref): Message} of those of the `wanted` pairs under which something is stored."""
    table = db.message
    sent = {(row[0], row[1]): row[2] for row in bound.pairs(db, table.sender, table.ref, table.id, wanted)} if wanted else {}
    found = {message.id: message for message in events.messages(db, table.id.belongs(list(sent.values())))} if sent else {}
    return {key: found[id] for key, id in sent.items() if id in found}      # else somebody has put it elsewhere


class Batch:
    """One batch on its way into the database, in the order of its methods."""

    def __init__(self, db, drafts, receivers, limits, kept, leaves_held=False):
        self.db, self.drafts, self.receivers, self.limits, self.leaves_held = db, drafts, list(receivers), limits, leaves_held
        self.kept, self.members, self.now = kept, {}, utcnow()
        self.results = [None] * len(drafts)
        self.too_many = {}      # {index: Refused} of those that would start one conversation too many
        self.first = {}         # {(sender, ref): index of the draft that is stored under it}
        self.same = []          # indexes of drafts that repeat one of this batch
        self.new = []           # [(index, Thread)] of those that are stored
        self.records = []       # their rows, in the same order

    def store(self):
        """Return the feed.Change; call inside transact()."""
        self.kept.begin(self.db)
        self.since = sequence.take(self.db, len(self.drafts), self.kept.is_alone)
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
        drafts = self.drafts
        asked = {draft.conversation for draft in drafts}
        self.by_id = conversations.threads_by_id(self.db, asked - {None}) if asked != {None} else {}
        for index, draft in enumerate(drafts):
            if draft.conversation is not None:
                self.receivers[index] = self._other(draft)
        self._know({draft.sender for draft in drafts} | set(self.receivers) - {None})
        # Who was meant by what was typed is nobody where they are no member any more.
        self.receivers = [receiver if receiver in self.members or not isinstance(draft.receiver, str) else None
                          for receiver, draft in zip(self.receivers, drafts)]
        self.over = lasting.over(self.db, drafts, self.members)
        self.repeats = by_ref(self.db, [(draft.sender, draft.ref) for draft in drafts if draft.ref])
        self.keys = {index: self._key(index) for index, draft in enumerate(drafts) if self._needs_thread(index, draft)}
        self._find_threads(set(self.keys.values()))
        self.held = conversations.held(self.db, self.by_key.values()) if self.leaves_held else ()

    def _know(self, ids):
        """Have in `members` who of `ids` may write: {id: (display name, generation of sessions)}."""
        known = self.kept.members
        missing = [id for id in ids if id not in known]
        if missing:
            names, generations = directory.names_and_generations(self.db, missing)
            known.update({id: (names[id], generations[id]) if id in names else None for id in missing})
        self.members = {id: known[id] for id in ids if known[id]}

    def _find_threads(self, keys):
        known = self.kept.threads
        missing = {key for key in keys if key not in known}
        if missing:
            known.update(conversations.threads_by_key(self.db, missing, lambda missing: self._start(self.keys, missing)))
        self.by_key = {key: known[key] for key in keys if key in known}

    def _other(self, draft):
        return self.by_id[draft.conversation].other(draft.sender) if draft.sender in self._participants(draft) else None

    def _participants(self, draft):
        thread = self.by_id.get(draft.conversation)
        return thread.participants if thread else ()

    def _key(self, index):
        return conversations.direct_key(self.drafts[index].sender, self.receivers[index])

    def _needs_thread(self, index, draft):
        is_new = (draft.sender, draft.ref) not in self.repeats and index not in self.over
        return is_new and draft.sender in self.members and self.receivers[index] in self.members

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
        if draft.sender not in self.members:
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
        receiver = self.receivers[index]
        if receiver not in self.members:
            is_theirs = draft.conversation is None or draft.sender in self._participants(draft)
            raise Refused('no_such_user' if is_theirs else 'not_found')
        if index in self.too_many:
            raise self.too_many[index]
        thread = self.by_key.get(self.keys.get(index))
        if not thread:      # as for messages: see _insert
            raise Refused('forbidden')
        if thread.id in self.held:
            raise Refused('busy', retry_after=1)
        return thread

    def _number(self, index, draft, thread):
        sender, receiver, seq = draft.sender, self.receivers[index], self.since + 1 + index
        thread.last_seq = seq
        self.new.append((index, thread))
        number = thread.next_number(sender)
        self.records.append((
            sender, receiver, draft.content, str(self.now), 'FT'[sender == receiver], thread.id, number, seq, draft.ref, 'F',
            seal.of(sender, receiver, thread.id, number, seq, draft.content)))

    def _insert(self):
        bound.insert(self.db, self.db.message, COLUMNS, self.records)
        ids = dict(bound.run(self.db, 'ids', lambda: 'SELECT seq, id FROM %s WHERE seq > ? AND seq <= ?' % self.db.message._rname,
                             self.since, self.since + len(self.drafts)))
        stored = []
        for (index, thread), record in zip(self.new, self.records):
            id = ids.get(record[SEQ])
            if id is None:      # a trigger of the site's own has taken it away
                self.results[index] = Refused('forbidden')
                continue
            thread.last_message = id
            stored.append(self._message(record, id))
            self.results[index] = Sent(stored[-1], False)
        threads = list({thread.id: thread for _, thread in self.new}.values())
        conversations.count(self.db, threads)
        for thread in threads:
            thread.sent = {}
        return stored

    def _message(self, record, id):
        sender, receiver, content, _, _, conversation, number, seq, ref = record[:9]
        return events.Message(id, seq, conversation, number, sender, self.members[sender][0], receiver, content, self.now,
                              sender == receiver, ref)

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
