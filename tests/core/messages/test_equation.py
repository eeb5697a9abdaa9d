"""The equation: what a client knows from a sync = what it knew + what it was pushed = what the pages show. For any sequence of actions."""
from types import SimpleNamespace

from cast import ANN, BOB, CID, settle
from hypothesis import settings, strategies
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from messenger_core import settings as configuration
from messenger_core.adoption import adoption
from messenger_core.errors import Refused
from messenger_core.feed import pages
from messenger_core.feed.events import Marked, Message, Read
from messenger_core.members import preferences
from messenger_core.messages import conversation_list, delivery, reading, sending

MEMBERS = (ANN, BOB, CID)
members = strategies.sampled_from(MEMBERS)
conversations, numbers = strategies.integers(1, 4), strategies.integers(0, 4)


class Client:
    """What somebody knows who has nothing but events, applied in the order they came."""

    def __init__(self, user_id):
        self.user_id, self.threads, self.seq = user_id, {}, 0

    def take(self, event):
        assert event.seq > self.seq, 'events come in order and once'
        self.seq = event.seq
        thread = self.threads.setdefault(event.conversation, SimpleNamespace(messages={}, read={}, delivered={}, marked=False))
        if isinstance(event, Message):
            assert event.number not in thread.messages
            thread.messages[event.number] = event
        elif isinstance(event, Read):
            assert event.number > thread.read.get(event.user_id, 0), 'readings never go back'
            thread.read[event.user_id] = event.number
            thread.marked &= event.user_id != self.user_id
        elif isinstance(event, Marked):
            assert event.user_id == self.user_id and event.marked_unread != thread.marked
            thread.marked = event.marked_unread

    def take_delivered(self, told):
        delivered = self.threads[told.conversation].delivered
        assert told.number > delivered.get(told.user_id, 0), 'deliveries never go back'
        delivered[told.user_id] = told.number

    def take_private_read(self, read):
        """What the hub tells of it is that it has arrived, which may be known."""
        delivered = self.threads[read.conversation].delivered
        delivered[read.user_id] = max(read.number, delivered.get(read.user_id, 0))

    def conversations(self, with_delivered=True):
        """Return the list of conversations as the page should show it."""
        listed = [(id, thread) for id, thread in self.threads.items() if thread.messages]
        listed.sort(key=lambda one: -one[1].messages[max(one[1].messages)].seq)
        return [self._row(id, thread, with_delivered) for id, thread in listed]

    def _row(self, id, thread, with_delivered):
        last = thread.messages[max(thread.messages)]
        other = ({last.sender_id, last.receiver_id} - {self.user_id} or {self.user_id}).pop()
        mine, theirs = thread.read.get(self.user_id, 0), thread.read.get(other, 0)
        unread = sum(number > mine and message.sender_id != self.user_id for number, message in thread.messages.items())
        received = [(number, number <= mine or other == self.user_id) for number, message in sorted(thread.messages.items())
                    if message.receiver_id == self.user_id]
        delivered = max(theirs, thread.delivered.get(other, 0)) if with_delivered and other != self.user_id else None
        return (id, other, last.content, unread, thread.marked, mine, theirs if other != self.user_id else mine, delivered,
                [message.content for _, message in sorted(thread.messages.items())], received)


def shown(db, user_id, with_delivered=True):
    """Return the same as the pages show it."""
    rows = []
    for row in conversation_list.list_for(db, user_id, limit=200).conversations:
        history = reading.history(db, user_id, row.conversation, limit=200).messages
        received = [(message.number, message.is_read) for message in history if message.receiver_id == user_id]
        delivered = row.their_delivered_number if with_delivered and row.user_id != user_id else None
        rows.append((row.conversation, row.user_id, row.last.content, row.unread, row.marked_unread, row.read_number,
                     row.their_read_number, delivered, [message.content for message in history], received))
    return rows


class Equation(RuleBasedStateMachine):
    def __init__(self):
        super().__init__()
        self.db = settle(configuration.load('.', {}), uri='sqlite:memory')
        self.clients = {member: Client(member) for member in MEMBERS}
        self.cursor, self.sent = 0, []

    def teardown(self):
        self.db.close()

    # -- what members do --

    @rule(sender=members, receiver=members, content=strategies.text('ab', min_size=1, max_size=3))
    def send(self, sender, receiver, content):
        draft = sending.Draft(sender, content, receiver, ref='r%d' % len(self.sent))
        self.sent.append(draft)
        sending.send(self.db, draft)

    @rule(data=strategies.data())
    def send_again(self, data):
        if self.sent:
            assert sending.send(self.db, data.draw(strategies.sampled_from(self.sent))).repeated

    @rule(pairs=strategies.lists(strategies.tuples(members, members), min_size=1, max_size=5))
    def send_together(self, pairs):
        drafts = [sending.Draft(sender, 'batch', receiver) for sender, receiver in pairs]
        sending.send_all(self.db, [*drafts, sending.Draft(ANN, 'to nobody', 99)])

    @rule(sender=members, receiver=members)
    def insert_as_somebody_else(self, sender, receiver):
        if sender != receiver:
            self.db.executesql(
                "INSERT INTO message (sender, receiver, content, is_read) VALUES (%d, %d, 'foreign', 'F')" % (sender, receiver))
            self.db.commit()
            adoption.adopt(self.db)

    @rule(reader=members, conversation=conversations, number=numbers)
    def read(self, reader, conversation, number):
        try:
            reading.mark_read(self.db, reader, conversation, number)
        except Refused as refused:
            assert refused.code == 'not_found'

    @rule(receiver=members, conversation=conversations, number=numbers)
    def receive(self, receiver, conversation, number):
        self.push()
        for told in delivery.record(self.db, {(receiver, conversation): number}):
            for member in told.audience:
                self.clients[member].take_delivered(told)

    @rule(reader=members, conversation=conversations)
    def mark_unread(self, reader, conversation):
        try:
            reading.mark_unread(self.db, reader, conversation)
        except Refused as refused:
            assert refused.code == 'not_found'

    @rule(member=members, gives_receipts=strategies.booleans())
    def choose(self, member, gives_receipts):
        preferences.keep(self.db, member, preferences.Preferences(gives_receipts))

    # -- what must hold --

    @invariant()
    def push(self):
        """Tell everybody what has happened since, as the hub does."""
        page = pages.since(self.db, self.cursor)
        for event in page.events:
            for member in event.audience:
                self.clients[member].take(event)
            for member in getattr(event, 'others', ()):
                self.clients[member].take_private_read(event)
        self.cursor = page.seq

    @invariant()
    def old_and_pushed_is_what_the_pages_show(self):
        self.push()
        for member, client in self.clients.items():
            assert client.conversations() == shown(self.db, member)

    @invariant()
    def a_sync_from_the_beginning_is_what_the_pages_show(self):
        for member in MEMBERS:
            client, more, cursor = Client(member), True, 0
            while more:
                page = pages.since_for(self.db, member, cursor, limit=3)
                for event in page.events:
                    client.take(event)
                more, cursor = page.more, page.seq
            assert client.conversations(with_delivered=False) == shown(self.db, member, with_delivered=False)


Equation.TestCase.settings = settings(max_examples=40, stateful_step_count=25, deadline=None, derandomize=True)
TestEquation = Equation.TestCase
