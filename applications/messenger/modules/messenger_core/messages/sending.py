"""Sending. A form, a page and a socket all come here; what they may not say (who sends, when, under which id) isn't asked for.

A batch of any size is one transaction with a constant number of statements, and one refused message never fails its neighbours.
"""
import logging
import math
from typing import NamedTuple, Optional, Union

from ..database.sql import insert_many, rows
from ..database.tables import utcnow
from ..database.transaction import Held, transact, undo
from ..errors import Refused
from ..faults import traced
from ..feed import events, seal, sequence
from ..members import directory, whom
from . import conversations, lasting, starting

log = logging.getLogger('messenger.sending')


class Draft(NamedTuple):
    """What `sender` asks to send; exactly one of `receiver` and `conversation` is given. `content` has been through text.clean().

    Of the session that asks for it, which may end while the draft waits for its turn: its `generation`, None where that isn't asked;
    its `session_hash`, and when it was still there (time.monotonic()).
    """

    sender: int
    content: str
    receiver: Union[int, str, None] = None
    conversation: Optional[int] = None
    ref: Optional[str] = None
    generation: Optional[int] = None
    session_hash: Optional[str] = None
    asked_at: float = math.inf


class Sent(NamedTuple):
    """A stored message; `repeated` when an earlier send had stored it."""

    message: events.Message
    repeated: bool


def send(db, draft, limits=None):
    """Store one message and commit; return Sent or raise Refused. `limits` as for send_all()."""
    try:
        result = send_all(db, [draft], limits).result[0]
    except db._adapter.driver.Error as error:   # a trigger of the site's own, or a row in the way
        undo(db, error)
        log.error('a message could not be stored: %s', traced(error))
        raise Refused('busy', retry_after=5) from error
    if isinstance(result, Refused):
        raise result
    return result


def send_all(db, drafts, limits=None):
    """Store messages and commit; return a feed.Change whose result has one Sent or Refused for each draft.

    `limits` are the starting.Limits for who starts conversations; what the site sends by itself has none.
    Raises Refused busy when the database can't be written at all, and Unknown when it was lost in the middle of COMMIT.
    """
    receivers = [_receiver(db, draft) for draft in drafts]

    def store(**options):
        return transact(db, lambda: _Batch(db, drafts, receivers, limits, **options).store(), lambda change: _are_stored(db, change.events))
    try:
        return store(leaves_held=db._adapter.dbengine == 'mysql')   # which waits for whole seconds before it says so
    except Held:
        return store(leaves_held=True)


def find_sent(db, user_id, ref):
    """Return the message `user_id` once sent under `ref`, or None."""
    return _by_ref(db, [user_id], [ref]).get((user_id, ref))


def _are_stored(db, sent):
    """Say whether a batch is there whose COMMIT got no answer. Ids alone don't tell: MySQL may give them again after a crash."""
    sequence.take(db, 0)    # waits for that transaction's end
    fields = [db.message[name] for name in ('id', 'seq', 'sender', 'content')]
    found = rows(db, db.message.id.belongs([message.id for message in sent]), *fields)
    return set(found) == {(message.id, message.seq, message.sender_id, message.content) for message in sent}


def _receiver(db, draft):
    # Names are looked up before the lock is taken: comparing addresses without case reads the whole table of members.
    if isinstance(draft.receiver, str):
        return whom.find(db, draft.receiver)
    return draft.receiver if draft.receiver and 0 < draft.receiver <= directory.LARGEST_ID else None


def _by_ref(db, senders, refs):
    if not refs:
        return {}
    query = db.message.sender.belongs(senders) & db.message.ref.belongs(refs)
    sent = {(row[0], row[1]): row[2] for row in rows(db, query, db.message.sender, db.message.ref, db.message.id)}
    found = {message.id: message for message in events.messages(db, db.message.id.belongs(list(sent.values())))} if sent else {}
    return {key: found[id] for key, id in sent.items() if id in found}      # else somebody has put it elsewhere


class _Batch:
    """One batch on its way into the database, in the order of its methods."""

    def __init__(self, db, drafts, receivers, limits, leaves_held=False):
        self.db, self.drafts, self.receivers, self.limits, self.leaves_held = db, drafts, list(receivers), limits, leaves_held
        self.results = [None] * len(drafts)
        self.too_many = {}      # {index: Refused} of those that would start one conversation too many
        self.first = {}         # {(sender, ref): index of the draft that is stored under it}
        self.same = []          # indexes of drafts that repeat one of this batch
        self.new = []           # [(index, Thread)] of those that are stored
        self.records = []       # their rows, in the same order

    def store(self):
        """Return the feed.Change; call inside transact()."""
        self.since = sequence.take(self.db, len(self.drafts))
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
        self.by_id = conversations.threads_by_id(self.db, {draft.conversation for draft in drafts if draft.conversation})
        for index, draft in enumerate(drafts):
            if draft.conversation is not None:
                self.receivers[index] = self._other(draft)
        senders = {draft.sender for draft in drafts}
        self.names, counting = directory.names_and_generations(self.db, senders | set(self.receivers))
        self.over = lasting.over(self.db, drafts, counting)
        self.repeats = _by_ref(self.db, senders, {draft.ref for draft in drafts if draft.ref})
        needed = {index: self._key(index) for index, draft in enumerate(drafts) if self._needs_thread(index, draft)}
        self.by_key = conversations.threads_by_key(
            self.db, set(needed.values()), lambda missing: self._start(needed, missing)) if needed else {}
        self.held = conversations.held(self.db, self.by_key.values()) if self.leaves_held else ()

    def _other(self, draft):
        return self.by_id[draft.conversation].other(draft.sender) if draft.sender in self._participants(draft) else None

    def _participants(self, draft):
        thread = self.by_id.get(draft.conversation)
        return thread.participants if thread else ()

    def _key(self, index):
        return conversations.direct_key(self.drafts[index].sender, self.receivers[index])

    def _needs_thread(self, index, draft):
        is_new = (draft.sender, draft.ref) not in self.repeats and index not in self.over
        return is_new and {draft.sender, self.receivers[index]} <= set(self.names)

    def _start(self, needed, missing):
        """Return what conversations.threads_by_key() makes of the `missing` ones: what isn't stored starts none."""
        asking = {draft.sender for index, draft in enumerate(self.drafts) if needed.get(index) in missing}
        starts, started, refs, now = self.limits and starting.Starts(self.db, self.limits, asking), {}, set(), utcnow()
        for index, key in needed.items():
            sender, ref = self.drafts[index].sender, self.drafts[index].ref
            is_new = key in missing and key not in started and (ref is None or (sender, ref) not in refs)
            try:
                if is_new and starts and self.receivers[index] != sender:
                    starts.take(sender)
            except Refused as refusal:
                self.too_many[index] = refusal
                continue
            started.update({key: (sender, now)} if is_new else {})
            refs.add((sender, ref))
        return started

    def _accept(self, index, draft):
        key = (draft.sender, draft.ref)
        if draft.sender not in self.names:
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
        if receiver not in self.names:
            is_theirs = draft.conversation is None or draft.sender in self._participants(draft)
            raise Refused('no_such_user' if is_theirs else 'not_found')
        if index in self.too_many:
            raise self.too_many[index]
        thread = self.by_key.get(self._key(index))
        if not thread:      # as for messages: see _insert
            raise Refused('forbidden')
        if thread.id in self.held:
            raise Refused('busy', retry_after=1)
        return thread

    def _number(self, index, draft, thread):
        receiver, seq = self.receivers[index], self.since + 1 + index
        thread.last_seq = seq
        self.new.append((index, thread))
        number = thread.next_number(draft.sender)
        self.records.append({
            'sender': draft.sender, 'receiver': receiver, 'content': draft.content, 'timestamp': utcnow(),
            'is_read': draft.sender == receiver, 'conversation': thread.id, 'number': number, 'seq': seq, 'ref': draft.ref,
            'forwarded': False, 'seal': seal.of(draft.sender, receiver, thread.id, number, seq, draft.content)})

    def _insert(self):
        insert_many(self.db, self.db.message, self.records)
        seq = self.db.message.seq
        ids = dict(rows(self.db, (seq > self.since) & (seq <= self.since + len(self.drafts)), seq, self.db.message.id))
        for (index, thread), record in zip(self.new, self.records):
            if record['seq'] not in ids:    # a trigger of the site's own has taken it away
                self.results[index] = Refused('forbidden')
                continue
            thread.last_message = ids[record['seq']]
            self.results[index] = Sent(self._message(record, ids[record['seq']]), False)
        conversations.count(self.db, list({thread.id: thread for _, thread in self.new}.values()))
        return [self.results[index].message for index, _ in self.new if not isinstance(self.results[index], Refused)]

    def _message(self, record, id):
        return events.Message(
            id, record['seq'], record['conversation'], record['number'], record['sender'], self.names[record['sender']],
            record['receiver'], record['content'], record['timestamp'], record['is_read'], record['ref'])

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
