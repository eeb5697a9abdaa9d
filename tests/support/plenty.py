"""A database with as many messages as are asked for, filled by plain SQL in seconds, and what the database says a statement costs in it.

Half of all messages are between Ann and Bob; most others Ann has with her partners, and a tenth are between strangers.
"""
import itertools
import json
import re
from collections import Counter

from cast import ANN, BOB, CID, DAN, MEMBERS
from messenger_core.database import bound
from messenger_core.feed import seal

TABLES = {'message', 'messenger_participant', 'messenger_conversation', 'messenger_event', 'auth_user'}
CONTENT = 'What one writes to another, and no more.'
UNREAD, MESSAGES_PER_READ, ROWS_PER_INSERT = 100, 5, 1_000
STRANGERS = 9   # for each partner


def fill(db, messages, partners):
    """Write `messages` into a fresh database: Ann's with Bob (conversation 1) and with so many `partners`, and the strangers'."""
    members = itertools.count(len(MEMBERS) + 1)
    pairs = [(ANN, BOB)] + [(ANN, next(members)) for _ in range(partners)]
    pairs += [(next(members), next(members)) for _ in range(partners * STRANGERS // 2)] or [(CID, DAN)]
    pairs = dict(enumerate(pairs, 1))
    written, happened, numbers, places = [], [], Counter(), {}
    for number in range(messages):
        conversation = _conversation(number, partners, len(pairs))
        numbers[conversation] += 1
        seq = len(written) + len(happened) + 1
        sender, receiver = pairs[conversation][::1 if numbers[conversation] % 2 else -1]
        places[conversation] = seq, len(written) + 1
        written.append((sender, receiver, conversation, numbers[conversation], seq))
        if not numbers[conversation] % MESSAGES_PER_READ:
            happened.append((seq + 1, conversation, receiver, numbers[conversation]))
    _insert(db, 'auth_user (first_name, last_name, registration_key)', (
        "('Partner', '%d', '')" % number for number in range(next(members) - 1 - len(MEMBERS))))
    _insert(db, 'messenger_conversation (kind, direct_key, last_number, first_number, last_seq, last_message)', (
        "('direct', '%d:%d', %d, 1, %d, %d)" % (*pairs[id], numbers[id], *places.get(id, (0, 0))) for id in sorted(pairs)))
    _insert(db, 'messenger_participant (conversation, user_id, role, read_number, receipt_number, delivered_number, sent_count, '
            'sent_at_read, joined_number, marked_unread, last_seq)', (
                _participant(id, user_id, numbers[id], first, places.get(id, (0,))[0])
                for id in sorted(pairs) for first, user_id in enumerate(pairs[id])))
    _insert(db, 'message (sender, receiver, conversation, number, seq, content, timestamp, is_read, seal)', (
        "(%d, %d, %d, %d, %d, '%s', '2026-01-02 03:04:05', '%s', '%s')" % (
            *row, CONTENT, 'T' if row[3] <= numbers[row[2]] - UNREAD else 'F', seal.of(*row, CONTENT)) for row in written))
    _insert(db, 'messenger_event (seq, kind, conversation, user_id, number)', ("(%d, 'read', %d, %d, %d)" % row for row in happened))
    db.executesql('UPDATE messenger_feed SET head = %d' % (len(written) + len(happened)))
    db.commit()
    if db._adapter.dbengine == 'postgres':
        db.executesql('ANALYZE')
        db.executesql('SET random_page_cost = 1.1')     # as sites set it whose disks don't turn
        db.commit()


def _conversation(number, partners, conversations):
    tens, digit = divmod(number, 10)
    if digit < 5:
        return 1
    if digit == 5 or not partners:
        return 2 + partners + tens % (conversations - 1 - partners)
    return 2 + (4 * tens + digit) % partners


def _participant(id, user_id, last, first, last_seq):
    read = max(0, last - UNREAD)
    own = [(number + 1) // 2 if first == 0 else number // 2 for number in (last, read)]
    return "(%d, %d, 'member', %d, %d, %d, %d, %d, 0, 'F', %d)" % (id, user_id, read, read, read, *own, last_seq)


def _insert(db, into, values):
    values = list(values)
    for start in range(0, len(values), ROWS_PER_INSERT):
        db.executesql('INSERT INTO %s VALUES %s' % (into, ','.join(values[start:start + ROWS_PER_INSERT])))


class Asked(str):
    """The text of a statement, and the values that were bound."""


def statements_of(db, action):
    """Run `action()`; return the SQL statements pydal or the driver was asked for. BEGIN and COMMIT are the drivers' own."""
    seen, adapter = [], db._adapter
    execute, was_own, executed = adapter.execute, 'execute' in vars(adapter), bound.executed

    def note(command, *values):
        if ';NOTIFY ' in command:   # what begins a change on PostgreSQL is several
            begun, *_, looked = command.split(';')
            return note(begun, values[0][:1]), note(looked, values[0][1:])
        seen.append(Asked(command))
        seen[-1].values = values[0] if values else None

    def noted(command, *values):
        note(command, *values)
        return execute(command, *values)

    def noted_by_the_driver(asked, text, values):
        if asked is adapter and getattr(adapter, '_mine', None):    # else pydal is asked
            note(text, values)
        return executed(asked, text, values)
    adapter.execute, bound.executed = noted, noted_by_the_driver
    try:
        action()
    finally:
        bound.executed = executed
        del adapter.execute
        if was_own:
            adapter.execute = execute
    return seen


def scans(db, statement):
    """Return the large tables that the database reads from one end to the other to do the statement."""
    found = _postgresql_scans(db, statement) if db._adapter.dbengine == 'postgres' else _sqlite_scans(db, statement)
    db.rollback()
    return found


def steps(db, action):
    """Run `action()`; return how many hundred steps SQLite's machine took, and None elsewhere. A row that is read takes ten or so."""
    if db._adapter.dbengine != 'sqlite':
        return action()
    count = Counter()
    db._adapter.connection.set_progress_handler(lambda: count.update('x'), 100)
    action()
    db._adapter.connection.set_progress_handler(None, 0)
    return count['x']


def rows_read(db, statement):
    """Return how many rows PostgreSQL read from large tables and their indexes to do the statement, those it threw away as well.

    MariaDB counts those of any table.
    """
    if db._adapter.dbengine == 'mysql':
        return _mariadb_rows_read(db, statement)
    read = sum(node['Actual Loops'] * (node['Actual Rows'] + sum(
        node.get('Rows Removed by ' + why, 0) for why in ('Filter', 'Index Recheck'))) for node in _nodes(db, statement, 'ANALYZE, '))
    db.rollback()
    return read


def _mariadb_rows_read(db, statement):
    before, _, after = (db.executesql(one, getattr(one, 'values', None)) for one in (_HANDLED, statement, _HANDLED))
    db.rollback()
    return int(after[0][0] - before[0][0])


_HANDLED = "SELECT SUM(variable_value) FROM information_schema.session_status WHERE variable_name LIKE 'Handler_read%'"


def _sqlite_scans(db, statement):
    plan = [row[3] for row in db.executesql('EXPLAIN QUERY PLAN ' + statement, getattr(statement, 'values', None))]
    found = [(re.match(r'SCAN (?:TABLE )?"?(\w+)', line), line) for line in plan]
    return [line for match, line in found if match and match[1] in TABLES | {'mine', 'theirs', 'other'}]


def _postgresql_scans(db, statement):
    return ['%s %s' % (node['Node Type'], node['Relation Name']) for node in _nodes(db, statement) if node['Node Type'] == 'Seq Scan']


def _nodes(db, statement, options=''):
    """Return the nodes of a statement's plan that read large tables."""
    plan = db.executesql('EXPLAIN (%sFORMAT JSON) %s' % (options, statement), getattr(statement, 'values', None))[0][0]
    nodes = [(plan if isinstance(plan, list) else json.loads(plan))[0]['Plan']]
    for node in nodes:
        nodes += node.get('Plans', ())
    return [node for node in nodes if node.get('Relation Name') in TABLES and node['Node Type'].endswith(('Scan', 'Scan Backward'))]
