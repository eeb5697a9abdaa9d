"""Who is online, who types, and who may know of it: whoever has a conversation in common. On the event loop only.

It goes from here to the sockets, not through the feed, and another sidecar knows nothing of it; only when somebody went is stored. Who
is in whose conversations is read when a member's first socket opens, and kept up by the messages that the hub tells, for as long as they
are here.
"""
from time import monotonic

from messenger_core.database.tables import utcnow
from messenger_core.errors import Refused
from messenger_core.feed.events import Message

from ..allowances import Allowances
from ..sockets.outbox import Volatile
from ..wire import frames, protocol
from .circle import Circle
from .turns import Turns

SHORTEST = 0.001


class Member:
    """Somebody who is online: from the first socket until a moment after the last."""

    __slots__ = ('user_id', 'circle', 'is_known', 'is_asked', 'is_met', 'is_shown', 'typing', '_online')

    def __init__(self, user_id, is_shown):
        self.user_id, self.circle, self.is_shown, self._online = user_id, Circle(), is_shown, None
        # Whether the circle is being read, whether it has been, and whether those in it have begun to be told.
        self.is_asked = self.is_known = self.is_met = False
        self.typing = ()                            # [(client, conversation)] that wait for it

    @property
    def online(self):
        """The frame that says that they are here: most who come have nobody to tell it to."""
        if self._online is None:
            self._online = _encode(protocol.presence_frame(self.user_id, True))
        return self._online


class Presence:
    """`hub` knows the sockets, `readers` reads circles; `realtime` are the settings; `went(user_id, minute)` notes who has gone."""

    def __init__(self, loop, hub, readers, realtime, went):
        self._hub, self._readers, self._offline_seconds, self._went = hub, readers, realtime.offline_seconds, went
        self._members, self._leaving = {}, {}       # {user_id: Member}, {user_id: (when, minute)} by when the last socket closed
        self._typed = Allowances(1 / max(realtime.typing_seconds, SHORTEST), 1)
        self._turns = Turns(loop)
        hub.heard = self.heard

    # -- coming and going --

    def joined(self, client, is_shown):
        """A socket has been welcomed. `is_shown`: the member lets others know."""
        user_id = client.user_id
        self._leaving.pop(user_id, None)
        member = self._members.get(user_id)
        if member is None:
            member = self._members[user_id] = Member(user_id, is_shown)
        if member.is_met and member.circle:
            self._turns.do(self._list_for(client, member))
        self.checked(user_id, is_shown)

    def checked(self, user_id, is_shown):
        """What the member lets others know may have changed; blocked members are shown to nobody."""
        member = self._members[user_id]
        if member.is_shown != is_shown:
            member.is_shown = is_shown
            if member.circle:
                self._announce(member, member.online if is_shown else _encode(protocol.presence_frame(user_id, False)))
        if not member.is_known:
            self._read(member)

    def left(self, user_id):
        """A socket has closed."""
        if user_id in self._members and not self._hub.count(user_id):
            self._leaving.setdefault(user_id, (monotonic(), utcnow().replace(second=0)))

    def tick(self, now):
        """Tell who has gone; called about once a second."""
        due = []
        for user_id, (at, _) in self._leaving.items():
            if now - at < self._offline_seconds:
                break
            due.append(user_id)
        for user_id in due:
            member, (_, minute) = self._members.pop(user_id), self._leaving.pop(user_id)
            if member.is_shown:
                if member.circle:
                    self._announce(member, _encode(protocol.presence_frame(user_id, False, minute)))
                self._went(user_id, minute)

    # -- circles --

    def heard(self, event):
        """The hub has told an event: the first message of two members makes each known to the other."""
        if type(event) is Message:
            self._meet(event.sender_id, event.receiver_id, event.conversation)
            self._meet(event.receiver_id, event.sender_id, event.conversation)

    def _meet(self, user_id, other, conversation):
        member = self._members.get(user_id)
        if member and other is not None and member.circle.add(conversation, other) and member.is_met:
            self._show(other, user_id)

    def _read(self, member):
        if not member.is_asked:
            member.is_asked = True
            self._readers.circle(member.user_id, lambda circle: self._learn(member, circle))

    def _learn(self, member, circle):
        """The circle has been read; None: it couldn't be, and is asked for again at the next occasion."""
        typing, member.typing, member.is_asked = member.typing, (), False
        if circle is not None:
            circle.add_all(member.circle)   # what was heard meanwhile
            member.circle, member.is_known = circle, True
            if circle:
                self._turns.do(self._introduce(member))
            member.is_met = member.is_met or not circle
        for client, conversation in typing:
            self._type(member, client, conversation) if member.is_known else client.done()

    # -- typing --

    def type(self, client, conversation):
        """Tell the others in a conversation that the client's member types there; then client.done() or failed()."""
        member = self._members[client.user_id]
        if member.is_known:
            return self._type(member, client, conversation)
        member.typing = [*member.typing, (client, conversation)]
        self._read(member)

    def _type(self, member, client, conversation):
        others = member.circle.others(conversation)
        if not others:
            return client.failed(Refused('not_found'))
        if not self._typed.take((member.user_id, conversation), monotonic()):
            frame = _encode(protocol.typing_frame(conversation, member.user_id))
            for other in set(others) - {member.user_id}:
                self._tell(other, frame)
        client.done()

    # -- telling --

    def _introduce(self, member):
        member.is_met = True    # not before: of two who come together, the later one sees to both
        for other in self._present(member):
            if self._members.get(member.user_id) is member:
                self._show(other, member.user_id)
                self._show(member.user_id, other)
            yield

    def _list_for(self, client, member):
        for other in self._present(member):
            them = self._members.get(other)
            if them and them.is_met and them.is_shown and other != client.user_id:
                client.tell(them.online, None)
            yield

    def _present(self, member):
        """Return those of the circle who are here: of a thousand contacts mostly a few, and the rest must cost nothing."""
        return self._members.keys() & member.circle

    def _show(self, user_id, to):
        """Tell one member that another is online, if both have met their circles."""
        member, reader = self._members.get(user_id), self._members.get(to)
        if member and reader and member is not reader and member.is_met and reader.is_met and member.is_shown:
            self._tell(to, member.online)

    def _announce(self, member, frame):
        if member.is_met:
            self._turns.do(self._tell_circle(member, frame))

    def _tell_circle(self, member, frame):
        for other in self._present(member):
            if other != member.user_id:
                self._tell(other, frame)
            yield

    def _tell(self, user_id, frame):
        for client in self._hub.of(user_id):
            client.tell(frame, None)


def _encode(frame):
    return Volatile(frames.encode_text(protocol.encode(frame)))
