"""What members do besides sending: all of it that waits is one transaction. What has reached a device is only noted, see Deliveries."""
from messenger_core.errors import Refused
from messenger_core.feed import sequence
from messenger_core.messages import marking

from ..wire import frames, protocol


def do(db, jobs, deliveries):
    """Do what `jobs` ask for and commit; return a feed.Change whose result has for each its encoded ack (None without a ref) or Refused."""
    received = [job for job in jobs if type(job[1]) is protocol.MarkDelivered]
    results = dict(zip(map(id, received), _note(db, received, deliveries)))
    acked = {(client.user_id, command.conversation) for client, command, _ in received if command.ref}
    if acked:
        deliveries.tell_now(db, acked)   # an ack means that it is stored
    marked = [job for job in jobs if type(job[1]) in _MARKS]
    change = marking.mark_all(db, [_MARKS[type(command)](client.user_id, command) for client, command, _ in marked]) if marked \
        else sequence.Change([], None, None, [])
    results.update(zip(map(id, marked), change.result))
    return change._replace(result=[_answer(job, results[id(job)]) for job in jobs])


def _answer(job, result):
    ref = job[1].ref
    if isinstance(result, Refused) or not ref:
        return result if isinstance(result, Refused) else None
    return frames.encode_text(protocol.encode(protocol.done_frame(ref)))


def _note(db, jobs, deliveries):
    places = marking.places(db, [(client.user_id, command.conversation) for client, command, _ in jobs])
    for client, command, _ in jobs:
        if (client.user_id, command.conversation) in places:
            deliveries.add(client.user_id, command)
            yield None
        else:
            yield Refused('not_found')


_MARKS = {
    protocol.MarkRead: lambda user_id, command: marking.Mark(marking.READ, user_id, command.conversation, command.number),
    protocol.MarkUnread: lambda user_id, command: marking.Mark(marking.UNREAD, user_id, command.conversation),
    protocol.Mute: lambda user_id, command: marking.Mark(marking.MUTE, user_id, command.conversation, command.muted)}
