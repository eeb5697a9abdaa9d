"""Which messages have reached a device of their receiver: collected by the writer, and stored and told once in a while for all."""
import time

from messenger_core.messages import delivery


class Deliveries:
    """A transaction for each message that arrives somewhere would double the writing."""

    def __init__(self, bridge, hub, seconds):
        self._bridge, self._hub, self._seconds = bridge, hub, seconds
        self._marks, self._tell_at = {}, 0.0

    def add(self, user_id, command):
        """Note a MarkDelivered of somebody who is in that conversation."""
        who = (user_id, command.conversation)
        self._marks[who] = max(command.number, self._marks.get(who, 0))

    def are_due(self):
        """Say whether there is something, and nothing was stored a moment ago."""
        return bool(self._marks) and time.monotonic() >= self._tell_at

    def tell(self, db):
        """Store what there is and tell the senders; what can't be stored now is tried again."""
        self._tell_at = time.monotonic() + self._seconds
        self._store(db, self._marks)

    def tell_now(self, db, places):
        """Do so at once for some of the places, (member, conversation)."""
        self._store(db, {place: self._marks[place] for place in places if place in self._marks})

    def _store(self, db, marks):
        for delivered in delivery.record(db, marks):
            self._bridge.post(self._hub.tell_delivered, delivered)
        self._marks = {place: number for place, number in self._marks.items() if place not in marks}
