"""Who is here, and up to where the feed has been told them. On the event loop only.

The feed comes in lists, each covering a stretch (since, upto] of it without a gap; what is at or below the cursor was told before.
"""
import logging
from collections import namedtuple
from time import monotonic

from messenger_core.ends import logout
from messenger_core.feed.events import Logout, Read
from messenger_core.messages.delivery import Delivered

from ..operation import metrics
from ..wire import frames, protocol

log = logging.getLogger('messenger.hub')

# As long as finding out who comes can take. What keeps an ended session out for good is what whoever looks for it finds: no session, or one
# of an earlier generation. But who began to look before that was so may come with an answer of before.
REMEMBERED_SECONDS = 60
LOGGED_OUT, BLOCKED = (4401, 'You have logged out.'), (4403, 'Your account is blocked.')


# A message that was stored a moment ago, with the encoded frames that its sender's sockets and the others are told. The client who has
# asked for it, None where that one has had an answer, gets the ack first.
Stored = namedtuple('Stored', 'client ack own others message')


class Hub:
    """`state` is the messenger_core feed.State at the start; `is_shared` as for Readers."""

    def __init__(self, state, is_shared=False):
        self.cursor, self.epoch, self._is_shared = state.head, state.epoch, is_shared
        self.heard = None       # called with each event once it is told (presence.Presence)
        self._clients = {}      # {user_id: set of clients}
        self._ended = {}        # {session hash, or the id of a member all of whose others have ended: (when, Logout)}

    def __iter__(self):
        return (client for clients in list(self._clients.values()) for client in tuple(clients))

    def join(self, client):
        """From now on the client is told every event above `cursor` that it may see."""
        self._clients.setdefault(client.user_id, set()).add(client)

    def leave(self, client):
        """Tell the client nothing any more."""
        clients = self._clients.get(client.user_id, set())
        clients.discard(client)
        if not clients:
            self._clients.pop(client.user_id, None)

    def of(self, user_id):
        """Return the member's clients."""
        return tuple(self._clients.get(user_id, ()))

    def count(self, user_id):
        """Return how many sockets the member has open."""
        return len(self._clients.get(user_id, ()))

    def count_members(self):
        """Return how many members have a socket open."""
        return len(self._clients)

    def deliver(self, events, since, upto):
        """Tell everybody their part of `events`, which are all there is in (since, upto]."""
        if since > self.cursor:
            raise AssertionError('the feed has a gap: told up to %d, next from %d' % (self.cursor, since))
        new = [event for event in events if event.seq > self.cursor]
        self.cursor = max(self.cursor, upto)
        for event in new:
            try:
                self._tell(event)
            except Exception:
                log.exception('event %d could not be told', event.seq)
                self._send_to_sync(event)
            else:
                self._pass_on(event)

    def deliver_stored(self, stored, since, upto):
        """Ack what is Stored and tell everybody their part of it; it is all there is in (since, upto]."""
        if since > self.cursor:
            raise AssertionError('the feed has a gap: told up to %d, next from %d' % (self.cursor, since))
        told, self.cursor = self.cursor, max(self.cursor, upto)
        for client, ack, own, others, message in stored:
            try:
                if client:
                    client.stored(ack, own if message.seq > told else None)
                if message.seq > told:
                    self._tell_stored(client, own, others, message)
            except Exception:
                log.exception('event %d could not be told', message.seq)
                self._send_to_sync(message)
            else:
                self._pass_on(message)

    def _tell_stored(self, client, own, others, message):
        count = int(client is not None)
        for one in tuple(self._clients.get(message.sender_id, ())):
            if one is not client:
                one.connection.send_frame(own)
                count += 1
        if message.receiver_id != message.sender_id:
            for one in tuple(self._clients.get(message.receiver_id, ())):
                one.connection.send_frame(others)
                count += 1
        metrics.deliveries.inc(count)

    def _pass_on(self, event):
        """What is made of an event besides telling it may fail without anybody having to sync."""
        try:
            if self.heard:
                self.heard(event)
        except Exception:
            log.exception('event %d was told and nothing else made of it', event.seq)

    def begin_anew(self, state):
        """The feed is another one: whoever is here has to come again, and learns from its epoch that no place of before counts."""
        self.cursor, self.epoch = state.head, state.epoch
        for client in self:
            client.connection.close(4508, 'Reconnect and sync.')

    def tell_delivered(self, delivered):
        """Tell the senders that their messages have arrived."""
        encoded = frames.encode_text(protocol.encode(protocol.delivered_frame(delivered)))
        for user_id in delivered.audience:
            for client in tuple(self._clients.get(user_id, ())):
                client.tell(encoded, delivered)

    def _tell(self, event):
        if isinstance(event, Logout):
            return self._end_session(event)
        encoded, told = {}, 0   # the sender's own sockets see more than the others' do
        for user_id in event.audience:
            for client in tuple(self._clients.get(user_id, ())):
                own = user_id == getattr(event, 'sender_id', None)
                if own not in encoded:
                    encoded[own] = _encode(event, user_id)
                client.tell(encoded[own], event)
                told += 1
        metrics.deliveries.inc(told)
        if isinstance(event, Read) and event.others:
            self.tell_delivered(Delivered(event.conversation, event.user_id, event.number, event.others))

    def _send_to_sync(self, event):
        """Close the sockets that an event did not reach: whoever isn't told may not go on as if there had been nothing."""
        for user_id in event.audience:
            for client in tuple(self._clients.get(user_id, ())):
                client.connection.close(4508, 'Reconnect and sync.')

    def has_ended(self, session):
        """Say whether a session was ended within the last minute; what it was found in may be older than that."""
        ended = [self._ended[key] for key in (session.session_hash, session.user_id) if key in self._ended]
        return any(monotonic() - at < REMEMBERED_SECONDS and self._ends(event, session) for at, event in ended)

    def _end_session(self, event):
        self._forget_ended()
        key = event.user_id if event.generation else event.session_hash
        self._ended.pop(key, None)      # the oldest come first
        self._ended[key] = monotonic(), event
        for client in tuple(self._clients.get(event.user_id, ())):
            if self._ends(event, client.session):
                client.connection.close(*(BLOCKED if event.session_hash == logout.BLOCKED else LOGGED_OUT))

    def _forget_ended(self):
        oldest = next(iter(self._ended), None)
        while oldest is not None and monotonic() - self._ended[oldest][0] >= REMEMBERED_SECONDS:
            del self._ended[oldest]
            oldest = next(iter(self._ended), None)

    def _ends(self, event, session):
        is_meant = session.session_hash == event.session_hash
        if not event.generation:
            return is_meant
        # Who is blocked is out wherever members log in; let in again is told as another end, which takes the place of this one.
        is_unasked = self._is_shared and event.session_hash != logout.BLOCKED
        return session.user_id == event.user_id and not is_meant and logout.is_over(session.generation, event.generation, is_unasked)


def _encode(event, user_id):
    return frames.encode_text(protocol.encode(protocol.event_frame(event, user_id)))
