"""What must hold for whatever text a client sends: JSON, and the commands in it."""
import json

from messenger_core.errors import Refused
from messenger_live.wire import protocol, strict

CONTENT_LIMIT = 40
REFUSALS = {'bad_type', 'bad_text', 'too_long', 'bad_cursor'}
NUMBERS = {protocol.MarkRead: ('conversation', 'number'), protocol.MarkDelivered: ('conversation', 'number'), protocol.Sync: ('since',),
           protocol.Typing: ('conversation',), protocol.MarkUnread: ('conversation',), protocol.Mute: ('conversation',)}

# Each with what comes of it.
EXPECTED = {
    b'{"type":"send","receiver":2,"content":"hi","ref":"r1"}': protocol.Send,
    b'{"receiver":"ann@example.com","content":"a\\r\\nb\\ud83d\\ude00"}': protocol.Send,
    b'{"type":"send","conversation":7,"content":"\\u0000"}': 'bad_text',
    b'{"type":"read","conversation":1,"number":9223372036854775807}': protocol.MarkRead,
    b'{"type":"delivered","conversation":1,"number":2}': protocol.MarkDelivered,
    b'{"type":"unread","conversation":2}': protocol.MarkUnread,
    b'{"type":"typing","conversation":3}': protocol.Typing, b'{"type":"typing","conversation":"3"}': 'bad_type',
    b'{"type":"mute","conversation":1,"muted":true}': protocol.Mute, b'{"type":"mute","conversation":1,"muted":1}': 'bad_type',
    b'{"type":"sync","since":0,"epoch":"e"}': protocol.Sync, b'{"type":"ping"}': protocol.Ping,
    b'{"type":"sync","since":-1}': 'bad_cursor', b'{"type":"read","conversation":1,"number":-1}': 'bad_type',
    b'[1e999]': 'bad_json', b'{"a":{"b":[null,true,1.5,-0.0]},"a":1}': 'bad_json',
    b'{"a":{"b":1,"b":1}}': 'bad_json', b'{"a":NaN}': 'bad_json',
    b'=\0\0\1\7\3\x13\4\x10': protocol.Send, b'=\0\1\2\7\5\7': protocol.MarkRead, b'=\0\3\6\x17\7\5': protocol.Sync,
}
SEEDS = list(EXPECTED)
WORDS = [word.encode() for word in (
    '"type":', '"send"', '"read"', '"delivered"', '"unread"', '"mute"', '"typing"', '"sync"', '"ping"', '"receiver":', '"conversation":',
    '"content":', '"ref":', '"number":', '"muted":', '"since":', '"epoch":', 'null', 'true', 'NaN', 'Infinity', '1e999', '\\ud800',
    '\\u0000', '\\r\\n', '9223372036854775808', '-1', '1.0')]


# For frames that are right as JSON: a leading = and then two bytes for each field.
KEYS = ['type', 'receiver', 'conversation', 'content', 'ref', 'number', 'since', 'epoch', 'sender', '__proto__', 'muted']
VALUES = ['"send"', '"read"', '"delivered"', '"sync"', '"ping"', '""', '0', '1', '-1', '2.0', '1e3', 'true', 'null', '{}', '[1]',
          '"7"', '"r1"', '"\\u0000"', '"\\ud800"', '"a\\r\\nb"', '"\\u200b"', '"%s"' % ('x' * CONTENT_LIMIT),
          '"%s"' % ('x' * (CONTENT_LIMIT + 25)),
          '9223372036854775807', '9223372036854775808', '{"a":{"a":[0]}}', '"\\ud83d\\ude00"', '"ä b"', '-0', '1E400',
          '"unread"', '"mute"', '"typing"', 'false']


def composed(recipe):
    pairs = zip(recipe[::2], recipe[1::2])
    return '{%s}' % ','.join('"%s":%s' % (KEYS[key % len(KEYS)], VALUES[value % len(VALUES)]) for key, value in pairs)


def check(data):
    """Return the type of the command, or the code of the refusal."""
    data = composed(data[1:]).encode() if data[:1] == b'=' else data
    try:
        frame = protocol.decode(data)
    except Refused as refused:
        assert refused.code == 'bad_json' and strictly(data) is None
        return refused.code
    assert repr(strictly(data)) == repr(frame)
    assert type(json.loads(data.decode('utf-8'), object_pairs_hook=without_twins)) is type(frame) is dict
    assert_same_after_encoding(frame)
    ref = protocol.ref_of(frame)
    assert ref is None or protocol.REF.fullmatch(ref)
    try:
        command = protocol.command(frame, CONTENT_LIMIT)
    except Refused as refused:
        assert refused.code in REFUSALS and refused.message
        return refused.code
    assert_in_order(command, ref)
    return type(command)


def strictly(data):
    """Return what the strict decoder makes of it, whatever the quick one does; None for anything but an object."""
    try:
        frame = strict.parse(data.decode('utf-8'))
    except (ValueError, RecursionError):
        return None
    return frame if isinstance(frame, dict) else None


def without_twins(pairs):
    assert len({name for name, _ in pairs}) == len(pairs), 'a key stands there twice'
    return dict(pairs)


def assert_same_after_encoding(frame):
    try:
        encoded = protocol.encode(frame)
        json.dumps(frame, ensure_ascii=False).encode('utf-8')
    except (RecursionError, UnicodeEncodeError):     # nested just as deeply as can be read; half a character
        return
    assert protocol.decode(encoded) == frame


def assert_in_order(command, ref):
    """Whatever gets this far is handed to the database."""
    for name in NUMBERS.get(type(command), ()):
        value = getattr(command, name)
        assert type(value) is int and 0 <= value <= protocol.LARGEST
    assert getattr(command, 'ref', ref) == ref
    if isinstance(command, protocol.Send):
        assert (command.receiver is None) != (command.conversation is None) and command.ref == ref
        assert type(command.receiver) in (int, str, type(None)) and type(command.conversation) in (int, type(None))
        assert 0 < len(command.content) <= CONTENT_LIMIT and not set('\0\r') & set(command.content)
        command.content.encode('utf-8')
        fields = {name: value for name, value in command._asdict().items() if value is not None}
        assert protocol.command(protocol.decode(json.dumps({'type': 'send', **fields})), CONTENT_LIMIT) == command
