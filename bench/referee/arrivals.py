"""Whether everything that was sent is stored, acked and arrived, once and in order: what the load generator noted against the rows.

Figures of a round in which something is missing, doubled or out of turn are worth nothing.
"""
import struct
from collections import Counter, defaultdict
from typing import NamedTuple

RECORD = struct.Struct('=4I3Q')     # struct record of loadgen/records.c
ROWS = 'SELECT sender, receiver, ref, conversation, number, seq FROM message WHERE seq > %d ORDER BY seq'
MOST = 5


class Record(NamedTuple):
    client: int
    is_ack: int
    sender: int
    conversation: int
    place: int
    seq: int
    number: int


def read(path):
    with open(path, 'rb') as file:
        return [Record._make(fields) for fields in RECORD.iter_unpack(file.read())]


def faults(records, rows, fanout=0, has_before=False):
    """Return what is wrong, a sentence each. `rows` are (sender, receiver, ref, conversation, number, seq) by seq.

    Client i is member i + 1; where there are `fanout` clients, all of them are member 1. With `has_before` the database was not empty.
    """
    stored, found = {}, []
    for sender, receiver, ref, conversation, number, seq in rows:
        client, place = map(int, ref.split('.')[:2])
        if (client, place) in stored:
            found.append('message %d of client %d is stored twice' % (place, client))
        if sender != client + 1:
            found.append('message %d of client %d is stored as one of member %d' % (place, client, sender))
        stored[client, place] = receiver, (conversation, number, seq)
    found += of_rows(rows, has_before) + of_acks(records, stored) + of_messages(records, stored, fanout) + of_order(records)
    return found[:MOST] + (['and %d more' % (len(found) - MOST)] if len(found) > MOST else [])


def of_rows(rows, has_before=False):
    """Numbers of a conversation are 1, 2, 3 … in the order of seq, or go on from where it was; no seq is taken twice."""
    numbers, found = defaultdict(list), []
    for _, _, _, conversation, number, _ in rows:
        numbers[conversation].append(number)
    for conversation, given in numbers.items():
        first = given[0] if has_before else 1
        if given != list(range(first, first + len(given))):
            found.append('conversation %d: its numbers are not %d to %d in the order of seq' % (
                conversation, first, first + len(given) - 1))
    if len({row[-1] for row in rows}) != len(rows):
        found.append('a seq is taken twice')
    return found


def of_acks(records, stored):
    """Each row was acked once, with its own places, to who sent it."""
    counts, found = Counter(), []
    for record in records:
        if record.is_ack:
            counts[record.sender, record.place] += 1
            found += of_place('the ack of', record, stored)
            if record.client != record.sender:
                found.append('the ack of message %d of client %d went to client %d' % (record.place, record.sender, record.client))
    return found + of_counts('%d acks for message %d of client %d', counts, dict.fromkeys(stored, 1))


def of_messages(records, stored, fanout):
    """Each row arrived once at each socket of both members, with its own places."""
    counts, found = Counter(), []
    for record in records:
        if not record.is_ack:
            counts[record.sender, record.place, record.client] += 1
            found += of_place('what arrived of', record, stored)
    due = {}
    for (client, place), (receiver, _) in stored.items():
        for target in range(fanout) if fanout else {client, receiver - 1}:
            due[client, place, target] = 1
    return found + of_counts('%d arrivals of message %d of client %d at client %d', counts, due)


def of_place(what, record, stored):
    row = stored.get((record.sender, record.place))
    if row is None:
        return ['%s message %d of client %d: it is not stored' % (what, record.place, record.sender)]
    if row[1] != (record.conversation, record.number, record.seq):
        return ['%s message %d of client %d has other places than the row' % (what, record.place, record.sender)]
    return []


def of_counts(sentence, counts, due):
    if counts == due:
        return []
    wrong = sorted(key for key in {*counts, *due} if counts.get(key, 0) != due.get(key, 0))
    return [sentence % (counts.get(key, 0), key[1], key[0], *key[2:]) for key in wrong]


def of_order(records):
    """Each socket got its messages in the order of seq."""
    last, found = {}, []
    for record in records:
        if not record.is_ack:
            if record.seq <= last.get(record.client, 0):
                found.append('client %d got seq %d after %d' % (record.client, record.seq, last[record.client]))
            last[record.client] = max(record.seq, last.get(record.client, 0))
    return found
