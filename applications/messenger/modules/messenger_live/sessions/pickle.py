"""Reads the pickle that web2py makes of a session, as data: dicts, strings, numbers, times. Nothing in it can call or import anything.

Why not pickle.Unpickler with a strict find_class: the opcodes alone are enough for an attack. A memo index takes gigabytes,
`list` called again and again on one big list too, and the hash of a nested tuple used as a key takes for ever.
What holds none of that is read by `plain`. Must not live here: files, cookies, what a session means.
"""
from __future__ import annotations

import pickle

from .opcodes import OPCODES, Reader, Unreadable

MAXIMUM_OPCODES = 50_000
FREQUENT = pickle.SHORT_BINUNICODE[0], pickle.MEMOIZE[0], pickle.BININT1[0], pickle.BININT2[0]


def read(data: bytes, maximum_opcodes: int = MAXIMUM_OPCODES):
    """Return what `data` holds. Raises Unreadable, and nothing else.

    Short texts, which are remembered, and small numbers are nearly all there is: for their sake they are read here, without a call.
    """
    reader = Reader(data)
    position, stack, memo, text, memoize, small, medium = 0, reader.stack, reader.memo, *FREQUENT
    try:
        for _ in range(maximum_opcodes):
            opcode = data[position]
            if opcode == text:
                start = position + 2
                position = start + data[start - 1]
                stack.append(str(data[start:position], 'utf-8', 'surrogatepass'))
                if data[position] == memoize:
                    memo[len(memo)] = stack[-1]
                    position += 1
            elif opcode == memoize:
                memo[len(memo)] = stack[-1]
                position += 1
            elif opcode == small:
                stack.append(data[position + 1])
                position += 2
            elif opcode == medium:
                stack.append(data[position + 1] | data[position + 2] << 8)
                position += 3
            else:
                operate = OPCODES[opcode]
                if operate is None:
                    return stack.pop()
                reader.position = position + 1
                operate(reader)
                position, stack = reader.position, reader.stack
    except (LookupError, ValueError, TypeError, OverflowError) as error:
        raise Unreadable('not the pickle of a session') from error
    raise Unreadable(f'the session has more than {maximum_opcodes} parts')
