"""The wire: JSON text to commands, events to JSON. Version 1, as DESIGN section 6.1 has it; socket and HTTP speak it alike.

Must not live here: sockets, threads, the database. Every refusal is a messenger_core Refused.
"""
import re
from typing import NamedTuple, Optional, Union

from messenger_core import text
from messenger_core.errors import Refused
from messenger_core.feed.events import Marked, Message, Muted, Read

from . import quick_json

VERSION = 1
REF = re.compile(r'[A-Za-z0-9._:-]{1,64}')
LARGEST = 2**63 - 1


class Send(NamedTuple):
    receiver: Union[int, str, None]
    conversation: Optional[int]
    content: str
    ref: Optional[str]


class MarkRead(NamedTuple):
    conversation: int
    number: int
    ref: Optional[str] = None


class MarkUnread(NamedTuple):
    conversation: int
    ref: Optional[str] = None


class Mute(NamedTuple):
    conversation: int
    muted: bool
    ref: Optional[str] = None


class MarkDelivered(NamedTuple):
    conversation: int
    number: int
    ref: Optional[str] = None


class Sync(NamedTuple):
    since: int
    epoch: Optional[str]


class Typing(NamedTuple):
    conversation: int


class Ping(NamedTuple):
    pass


# -- from the client ------------------------------------------------------------------------------------------------------------

def decode(data):
    """Return the dict that `data` (str or bytes) holds; raises Refused bad_json for anything but one strict JSON object."""
    try:
        frame = quick_json.parse(data)
    except (ValueError, RecursionError) as error:  # a UnicodeDecodeError is a ValueError too
        raise Refused('bad_json') from error
    if not isinstance(frame, dict):
        raise Refused('bad_json')
    return frame


def command(frame, content_limit=text.CONTENT_LIMIT):
    """Return the command a frame asks for. Raises Refused bad_type, bad_text, too_long or bad_cursor."""
    kind = frame.get('type', 'send' if 'receiver' in frame and 'content' in frame else None)
    parse = _COMMANDS.get(kind) if isinstance(kind, str) else None
    if parse is None:
        raise Refused('bad_type', 'The type is missing or unknown.')
    return parse(frame, content_limit)


def ref_of(frame):
    """Return the frame's `ref` where it is a valid one, to be echoed in an answer; else None."""
    ref = frame.get('ref')
    return ref if isinstance(ref, str) and REF.fullmatch(ref) else None


def _send(frame, content_limit):
    receiver, conversation, content = frame.get('receiver'), frame.get('conversation'), frame.get('content')
    if (receiver is None) == (conversation is None) or type(receiver) not in (int, str, type(None)):
        raise Refused('bad_type', 'A message needs either a receiver or a conversation.')
    if conversation is not None:
        conversation = _whole(frame, 'conversation')
    if not isinstance(content, str):
        raise Refused('bad_type', 'A message needs a content that is text.')
    ref = _ref(frame)
    if 'type' not in frame and isinstance(receiver, str) and receiver.isascii() and receiver.strip().isdigit():
        receiver = '#' + receiver.strip()       # the tutorial's page, whose field holds an id; else digits may be somebody's name
    # Not by its own constructor, which takes four times as long: nothing comes as often.
    return tuple.__new__(Send, (receiver, conversation, text.clean(content, content_limit), ref))


def _numbered(kind):
    """Return what parses a command whose fields are all numbers, but for the ref of one that changes something."""
    return lambda frame, _: kind(*(_ref(frame) if name == 'ref' else _whole(frame, name) for name in kind._fields))


def _mute(frame, _):
    if type(frame.get('muted')) is not bool:
        raise Refused('bad_type', 'The field muted must be true or false.')
    return Mute(_whole(frame, 'conversation'), frame['muted'], _ref(frame))


def _ref(frame):
    ref = ref_of(frame)
    if ref is None and frame.get('ref') is not None:
        raise Refused('bad_type', 'A ref has 1 to 64 of the characters A-Z a-z 0-9 . _ : -')
    return ref


def _sync(frame, _):
    since, epoch = frame.get('since'), frame.get('epoch')
    if type(since) is not int or not 0 <= since <= LARGEST:
        raise Refused('bad_cursor')
    if not isinstance(epoch, (str, type(None))):
        raise Refused('bad_type', 'An epoch is text.')
    return Sync(since, epoch)


def _whole(frame, name):
    value = frame.get(name)
    if type(value) is not int or not 0 <= value <= LARGEST:
        raise Refused('bad_type', 'The field %s must be a whole number.' % name)
    return value


_COMMANDS = {
    'send': _send, 'read': _numbered(MarkRead), 'unread': _numbered(MarkUnread), 'delivered': _numbered(MarkDelivered), 'mute': _mute,
    'typing': _numbered(Typing), 'sync': _sync, 'ping': _numbered(Ping)}


# -- to the client --------------------------------------------------------------------------------------------------------------

def encode(frame):
    """Return the frame as JSON bytes."""
    return quick_json.encode(frame)


def time(moment):
    """Return a naive UTC datetime as the wire has it."""
    return moment.isoformat() + 'Z'


def message_frame(message, reader_id):
    """Return the `message` event as `reader_id` may see it: only its sender is told the ref."""
    frame = {
        'type': 'message', 'seq': message.seq, 'id': message.id, 'conversation': message.conversation, 'number': message.number,
        'sender': message.sender, 'sender_id': message.sender_id, 'receiver_id': message.receiver_id, 'content': message.content,
        'timestamp': time(message.timestamp), 'ref': message.ref if reader_id == message.sender_id else None}
    return _without_none(frame)


def event_frame(event, reader_id):
    """Return any event of messenger_core as its frame, or None for one that no client is told."""
    if isinstance(event, Message):
        return message_frame(event, reader_id)
    if isinstance(event, Read):
        return {'type': 'read', 'seq': event.seq, 'conversation': event.conversation, 'user_id': event.user_id, 'number': event.number}
    if isinstance(event, Marked):
        return dict(event._asdict(), type='unread')
    if isinstance(event, Muted):
        return dict(event._asdict(), type='mute')
    return None


def delivered_frame(delivered):
    """Return what the sender's sockets are told; it has no seq, for it is no event."""
    return {'type': 'delivered', 'conversation': delivered.conversation, 'user_id': delivered.user_id, 'number': delivered.number}


def typing_frame(conversation, user_id):
    """Return what the others in a conversation are told while somebody types; there is none for having stopped."""
    return {'type': 'typing', 'conversation': conversation, 'user_id': user_id}


def presence_frame(user_id, online, last_seen=None):
    """Return what is told to those who have a conversation with a member. `last_seen` only of who is offline and shows it."""
    return _without_none({'type': 'presence', 'user_id': user_id, 'online': online, 'last_seen': last_seen and time(last_seen)})


def ack_frame(sent, ref):
    """Return the answer to a stored `send`, the same for the first and for every repeated one."""
    message = sent.message
    return _without_none({
        'type': 'ack', 'ref': ref, 'id': message.id, 'seq': message.seq, 'conversation': message.conversation,
        'number': message.number, 'timestamp': time(message.timestamp)})


def done_frame(ref):
    """Return the answer to anything else that is done, also where it was so before; None where it had no ref."""
    return ref and {'type': 'ack', 'ref': ref}


def error_frame(refused, ref=None):
    """Return the answer to anything refused."""
    return _without_none(dict(
        type='error', ref=ref, code=refused.code, message=refused.message, retry_after=refused.retry_after, limit=refused.limit))


def synced_frame(page):
    """Return the frame that ends the events of a `sync`."""
    return _without_none({
        'type': 'synced', 'seq': page.seq, 'epoch': page.epoch, 'more': page.more or None, 'reset': page.reset or None})


def page_frame(page, reader_id, retry_after):
    """Return the body of updates.json. `user_id` tells a page that was left open whether it is still the same member's."""
    events = [event_frame(event, reader_id) for event in page.events]
    return _without_none({
        'user_id': reader_id, 'events': [event for event in events if event], 'seq': page.seq, 'epoch': page.epoch, 'more': page.more,
        'reset': page.reset or None, 'retry_after': retry_after})


def history_frame(history, reader_id):
    """Return the body of history.json."""
    return {'messages': [message_frame(message, reader_id) for message in history.messages], 'more': history.more, 'seq': history.seq}


def conversations_frame(page, reader_id):
    """Return the body of conversations.json."""
    conversations = [_conversation(row, reader_id) for row in page.conversations]
    return {'conversations': conversations, 'more': page.more, 'seq': page.seq, 'unread': page.unread}


def _conversation(row, reader_id):
    frame = dict(row._asdict(), last=message_frame(row.last, reader_id), last_seen=row.last_seen and time(row.last_seen))
    frame.update({name: frame[name] or None for name in ('marked_unread', 'muted')})
    return _without_none(frame)


def welcome_frame(user_id, name, seq, epoch, limits):
    """Return the first frame on a socket: whoever has it is told every event with a greater seq. `limits`: see limits.told()."""
    return {'type': 'welcome', 'version': VERSION, 'user_id': user_id, 'name': name, 'seq': seq, 'epoch': epoch, 'limits': limits}


def _without_none(frame):
    return {name: value for name, value in frame.items() if value is not None}
