"""Who checks the rounds finds what is lost, doubled or out of order: faults are planted in a round in which all is well."""
import random

import pytest
from referee import arrivals, rounds
from referee.arrivals import Record

MEMBERS, MESSAGES = 4, 40


def good_round(fanout=0):
    """Return (records, rows) of a round in which everybody got everything, in whatever turn the sockets were read."""
    rows, numbers = [], {}
    for seq in range(1, MESSAGES + 1):
        client = 0 if fanout else (7 * seq) % MEMBERS
        conversation, place = client // 2 + 1, sum(row[0] == client + 1 for row in rows)
        numbers[conversation] = numbers.get(conversation, 0) + 1
        rows.append((client + 1, (client ^ 1) + 1, '%d.%d.99' % (client, place), conversation, numbers[conversation], 10 * seq))
    sockets = {client: [] for client in range(fanout or MEMBERS)}
    for sender, receiver, ref, conversation, number, seq in rows:
        client, place = sender - 1, int(ref.split('.')[1])
        told = client, conversation, place, seq, number
        sockets[client].append(Record(client, 1, *told))
        for other in range(fanout) if fanout else (client, receiver - 1):
            sockets[other].append(Record(other, 0, *told))
    records, chance = [], random.Random(1)
    while any(sockets.values()):
        records.append(sockets[chance.choice([socket for socket, left in sockets.items() if left])].pop(0))
    return records, rows


@pytest.mark.parametrize('fanout', [0, 6])
def test_nothing_is_wrong_with_a_good_round(fanout):
    assert arrivals.faults(*good_round(fanout), fanout) == []


def lose_arrival(records, rows):
    records.remove(next(record for record in records if not record.is_ack))


def lose_ack(records, rows):
    records.remove(next(record for record in records if record.is_ack))


def lose_row(records, rows):
    rows.pop(20)


def double_arrival(records, rows):
    records.insert(30, next(record for record in records if not record.is_ack))


def double_ack(records, rows):
    records.append(next(record for record in records if record.is_ack))


def double_row(records, rows):
    sender, receiver, ref, conversation, number, seq = rows[-1]
    rows.append((sender, receiver, ref, conversation, number + 1, seq + 1))


def swap_arrivals(records, rows):
    first, second = [place for place, record in enumerate(records) if record.client == 2 and not record.is_ack][3:5]
    records[first], records[second] = records[second], records[first]


def swap_numbers(records, rows):
    same = [place for place, row in enumerate(rows) if row[3] == 1][:2]
    (*one, a, s), (*other, b, t) = (rows[place] for place in same)
    rows[same[0]], rows[same[1]] = (*one, b, s), (*other, a, t)


def leave_a_gap(records, rows):
    for place, (*start, conversation, number, seq) in enumerate(rows):
        if conversation == 1 and number > 5:
            rows[place] = (*start, conversation, number + 1, seq)


def take_a_seq_twice(records, rows):
    rows[8] = (*rows[8][:-1], rows[7][-1])


def ack_another_place(records, rows):
    place = next(place for place, record in enumerate(records) if record.is_ack)
    records[place] = records[place]._replace(number=records[place].number + 1)


def tell_a_stranger(records, rows):
    place = next(place for place, record in enumerate(records) if not record.is_ack and record.client == 0)
    records.append(records[place]._replace(client=3))


def ack_to_a_stranger(records, rows):
    place = next(place for place, record in enumerate(records) if record.is_ack and record.client == 0)
    records[place] = records[place]._replace(client=1)


def store_as_another(records, rows):
    rows[3] = (rows[3][0] % MEMBERS + 1, *rows[3][1:])


@pytest.mark.parametrize(('plant', 'said'), [
    (lose_arrival, '0 arrivals of'), (lose_ack, '0 acks for'), (lose_row, 'is not stored'), (double_arrival, '2 arrivals of'),
    (double_ack, '2 acks for'), (double_row, 'is stored twice'), (swap_arrivals, 'got seq'), (swap_numbers, 'in the order of seq'),
    (leave_a_gap, 'its numbers are not 1 to'), (take_a_seq_twice, 'a seq is taken twice'), (ack_another_place, 'other places than the row'),
    (tell_a_stranger, '1 arrivals of'), (ack_to_a_stranger, 'went to client 1'), (store_as_another, 'is stored as one of member')])
def test_a_planted_fault_is_found(plant, said):
    records, rows = good_round()
    plant(records, rows)
    assert any(said in fault for fault in arrivals.faults(records, rows)), arrivals.faults(records, rows)


def test_one_socket_of_many_that_misses_a_message_is_found():
    records, rows = good_round(6)
    records.remove(next(record for record in records if record.client == 5))
    assert arrivals.faults(records, rows, 6) == ['0 arrivals of message 0 of client 0 at client 5']


def test_a_database_that_was_not_empty_goes_on_with_its_numbers():
    records, rows = good_round()
    records = [record._replace(number=record.number + 500) for record in records]
    rows = [(*row[:4], row[4] + 500, row[5]) for row in rows]
    assert arrivals.faults(records, rows, has_before=True) == [] and arrivals.faults(records, rows)


def test_records_are_read_as_the_load_generator_writes_them(tmp_path):
    records, _ = good_round()
    path = tmp_path / 'arrivals'
    path.write_bytes(b''.join(arrivals.RECORD.pack(*record) for record in records))
    assert arrivals.read(path) == records and arrivals.RECORD.size == 40


@pytest.mark.parametrize(('figures', 'rows', 'said'), [
    ({'lost': 1}, 10, '1 messages did not arrive'), ({'refused': 2}, 10, '2 were refused'), ({'dead': 3}, 10, '3 sockets were closed'),
    ({}, 9, '10 messages were sent and 9 are stored')])
def test_a_round_that_went_wrong_ends_everything(figures, rows, said):
    figures = {'sent': 10, 'lost': 0, 'refused': 0, 'dead': 0, **figures}
    with pytest.raises(rounds.Wrong, match=said):
        rounds.check(figures, {'rows': rows, 'faults': []})
    with pytest.raises(rounds.Wrong, match='planted'):
        rounds.check({'sent': 10, 'lost': 0, 'refused': 0, 'dead': 0}, {'rows': 10, 'faults': ['planted']})
