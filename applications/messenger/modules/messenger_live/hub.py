"""Who is here, and up to where the feed has been told them. On the event loop only.

The feed comes in lists, each covering a stretch (since, upto] of it without a gap; what is at or below the cursor was told before.
"""
import logging
from time import monotonic

from messenger_core.events import Logout

from . import frames, protocol

log = logging.getLogger('messenger.hub')

REMEMBERED_SECONDS = 60


class Hub:
    """`state` is the messenger_core feed.State at the start."""

    def __init__(self, state):
        self.cursor, self.epoch = state.head, state.epoch
        self._clients = {}      # {user_id: set of clients}
        self._ended = {}        # {session hash: when it was logged out of}

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

    def count(self, user_id):
        """Return how many sockets the member has open."""
        return len(self._clients.get(user_id, ()))

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

    def tell_delivered(self, delivered):
        """Tell the senders that their messages have arrived."""
        encoded = frames.encode_text(protocol.encode(protocol.delivered_frame(delivered)))
        for user_id in delivered.audience:
            for client in tuple(self._clients.get(user_id, ())):
                client.tell(encoded, delivered)

    def _tell(self, event):
        if isinstance(event, Logout):
            return self._end_session(event)
        encoded = {}            # the sender's own sockets see more than the others' do
        for user_id in event.audience:
            for client in tuple(self._clients.get(user_id, ())):
                own = user_id == getattr(event, 'sender_id', None)
                if own not in encoded:
                    encoded[own] = _encode(event, user_id)
                client.tell(encoded[own], event)

    def _send_to_sync(self, event):
        """Close the sockets that an event did not reach: whoever isn't told may not go on as if there had been nothing."""
        for user_id in event.audience:
            for client in tuple(self._clients.get(user_id, ())):
                client.connection.close(4508, 'Reconnect and sync.')

    def has_ended(self, session_hash):
        """Say whether a session was logged out of within the last minute; its file may still be there."""
        return monotonic() - self._ended.get(session_hash, -REMEMBERED_SECONDS) < REMEMBERED_SECONDS

    def _end_session(self, event):
        now = monotonic()
        self._ended = {ended: at for ended, at in self._ended.items() if now - at < REMEMBERED_SECONDS}
        self._ended[event.session_hash] = now
        for client in tuple(self._clients.get(event.user_id, ())):
            if client.session.session_hash == event.session_hash:
                client.connection.close(4401, 'You have logged out.')


def _encode(event, user_id):
    return frames.encode_text(protocol.encode(protocol.event_frame(event, user_id)))
