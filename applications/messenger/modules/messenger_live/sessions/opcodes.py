"""What each opcode of a pickled session does to the reader's stack: builds data, or an Inert where there would be something to run.

The loop over them is in `pickle`.
"""
from __future__ import annotations

import datetime
import pickle
from struct import Struct
from types import FunctionType


class Unreadable(ValueError):
    """The bytes are no pickle of a session, or only a part of one."""


class Inert:
    """Stands for whatever isn't needed to know who is logged in: lists, sets, objects of the site's own classes."""


INERT = Inert()


class Reader:
    __slots__ = ('below', 'data', 'memo', 'position', 'stack')

    def __init__(self, data):
        self.data = data
        self.position = 0
        self.stack = []
        self.below = []
        self.memo = {}

    def take(self, size):
        start, self.position = self.position, self.position + size
        if self.position > len(self.data):
            raise Unreadable('cut off')
        return self.data[start:self.position]

    def number(self, size):
        return int.from_bytes(self.take(size), 'little')

    def line(self):
        end = self.data.index(b'\n', self.position)
        return self.take(end + 1 - self.position)[:-1].decode()

    def pop_to_mark(self):
        items, self.stack = self.stack, self.below.pop()
        return items


def _constant(value):
    return lambda reader: reader.stack.append(value)


def _sized(length_bytes, decode):
    """Read a value that is preceded by its length."""
    def read_sized(reader):
        data, start = reader.data, reader.position + length_bytes
        end = start + int.from_bytes(data[reader.position:start], 'little')
        # Beyond the data, where it was cut off, the next opcode isn't found.
        reader.position = end
        reader.stack.append(decode(data[start:end]))
    return read_sized


def _fixed(layout):
    layout = Struct(layout)
    return lambda reader: reader.stack.append(layout.unpack(reader.take(layout.size))[0])


def _text(data):
    return str(data, 'utf-8', 'surrogatepass')


def _integer(data):
    return int.from_bytes(data, 'little', signed=True)


def _skip(size):
    return lambda reader: reader.take(size)


def _drop(count):
    """Pop what an INERT below it would have swallowed."""
    def drop(reader):
        for _ in range(count):
            reader.stack.pop()
    return drop


def _replace(count):
    def replace(reader):
        _drop(count)(reader)
        reader.stack.append(INERT)
    return replace


def _tuple(count):
    def build(reader):
        items = [reader.stack.pop() for _ in range(count)]
        reader.stack.append(tuple(reversed(items)))
    return build


def _mark(reader):
    reader.below.append(reader.stack)
    reader.stack = []


def _marked_tuple(reader):
    items = reader.pop_to_mark()
    reader.stack.append(tuple(items))


def _marked_inert(reader):
    reader.pop_to_mark()
    reader.stack.append(INERT)


def _set_item(reader):
    value, key = reader.stack.pop(), reader.stack.pop()
    _put_item(reader.stack[-1], key, value)


def _set_items(reader):
    items = reader.pop_to_mark()
    for key, value in zip(items[::2], items[1::2]):
        _put_item(reader.stack[-1], key, value)


def _put_item(target, key, value):
    # Only texts: their hashes can't be chosen, and a tuple's may take for ever.
    if type(target) is dict and type(key) is str:
        target[key] = value


def _remember(size):
    def remember(reader):
        reader.memo[reader.number(size)] = reader.stack[-1]
    return remember


def _recall(size):
    return lambda reader: reader.stack.append(reader.memo[reader.number(size)])


def _named(reader, module, name):
    known = KNOWN.get((module, name)) if type(module) is type(name) is str else None
    reader.stack.append(known or INERT)


def _global(reader):
    _named(reader, reader.line(), reader.line())


def _stack_global(reader):
    name, module = reader.stack.pop(), reader.stack.pop()
    _named(reader, module, name)


def _reduce(reader):
    # A function can have come on the stack from KNOWN only.
    arguments, called = reader.stack.pop(), reader.stack.pop()
    reader.stack.append(called(arguments) if type(called) is FunctionType else INERT)


def _as_dict(arguments):
    return arguments[0] if len(arguments) == 1 and type(arguments[0]) is dict else INERT


def _as_datetime(arguments):
    # With a time zone there are two arguments; web2py's own times have none.
    if len(arguments) != 1 or type(arguments[0]) is not bytes or len(arguments[0]) != 10:
        return INERT
    try:
        # replace(), because no more than the month is looked at in bytes: day 0 of the year 0 would break whoever reckons with it.
        return datetime.datetime(arguments[0]).replace()
    except ValueError:
        return INERT


KNOWN = {
    ('gluon.globals', 'Session'): _as_dict,
    ('gluon.storage', 'Storage'): _as_dict,
    ('pydal.objects', 'Row'): _as_dict,
    ('datetime', 'datetime'): _as_datetime,
}

# Protocols 3 to 5 (web2py writes the highest), without persistent ids, registered extensions and buffers outside the pickle.
OPCODES = {ord(opcode): operate for opcode, operate in {
    pickle.PROTO: _skip(1), pickle.FRAME: _skip(8),
    pickle.NONE: _constant(None), pickle.NEWTRUE: _constant(True), pickle.NEWFALSE: _constant(False), pickle.EMPTY_TUPLE: _constant(()),
    pickle.BININT: _fixed('<i'), pickle.BINFLOAT: _fixed('>d'),
    pickle.LONG1: _sized(1, _integer), pickle.LONG4: _sized(4, _integer),
    pickle.BINUNICODE: _sized(4, _text), pickle.BINUNICODE8: _sized(8, _text),
    pickle.SHORT_BINBYTES: _sized(1, bytes), pickle.BINBYTES: _sized(4, bytes), pickle.BINBYTES8: _sized(8, bytes),
    pickle.BYTEARRAY8: _sized(8, bytes),
    pickle.EMPTY_DICT: lambda reader: reader.stack.append({}), pickle.SETITEM: _set_item, pickle.SETITEMS: _set_items,
    pickle.EMPTY_LIST: _constant(INERT), pickle.APPEND: _drop(1), pickle.APPENDS: Reader.pop_to_mark,
    pickle.EMPTY_SET: _constant(INERT), pickle.ADDITEMS: Reader.pop_to_mark, pickle.FROZENSET: _marked_inert,
    pickle.MARK: _mark, pickle.POP_MARK: Reader.pop_to_mark, pickle.POP: _drop(1), pickle.TUPLE: _marked_tuple,
    pickle.TUPLE1: _tuple(1), pickle.TUPLE2: _tuple(2), pickle.TUPLE3: _tuple(3),
    pickle.BINPUT: _remember(1), pickle.LONG_BINPUT: _remember(4),
    pickle.BINGET: _recall(1), pickle.LONG_BINGET: _recall(4),
    pickle.GLOBAL: _global, pickle.STACK_GLOBAL: _stack_global, pickle.REDUCE: _reduce,
    pickle.NEWOBJ: _replace(2), pickle.NEWOBJ_EX: _replace(3), pickle.BUILD: _drop(1),
    pickle.STOP: None,
}.items()}
