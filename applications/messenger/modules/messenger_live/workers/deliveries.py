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

    def tell(self, db, at_once=False):
        """Store what there is and tell the senders, unless that was done a moment ago; what can't be stored now is tried again."""
        if not self._marks or (time.monotonic() < self._tell_at and not at_once):
            return
        self._tell_at = time.monotonic() + self._seconds
        for delivered in delivery.record(db, self._marks):
            self._bridge.post(self._hub.tell_delivered, delivered)
        self._marks = {}
