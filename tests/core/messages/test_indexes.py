"""Which index each way goes along that many go often: as few as there are, each of them costs every message that is sent."""
import json
import re

import pytest
from cast import ANN, BOB
from messenger_core.adoption import adoption
from messenger_core.feed import for_member, pages, sequence
from messenger_core.members import directory
from messenger_core.messages import conversation_list, letters, noticing, reading
from messenger_core.search import postgres, reach
from messenger_core.upgrade import indexes, schema, shape
from plenty import fill, statements_of

OF_MESSAGE = {'seq', 'conversation_number', 'sender_ref', 'receiver_seq', 'unsealed'}
RARE = 7    # who has one conversation among many
# What leads into `message`, and into `participant`, for each of these.
WAYS = {
    'a sync from not long ago': (
        lambda db: pages.since_for(db, ANN, sequence.state(db).head - 9), 'seq', 'conversation_user_id_joined_number'),
    'a sync from long ago': (
        lambda db: pages.since_for(db, RARE, 0, limit=5), 'seq receiver_seq conversation_number',
        'user_id_last_seq conversation_user_id_joined_number'),
    'the list': (lambda db: conversation_list.list_for(db, ANN), 'id', 'user_id_last_seq waits conversation_user_id_joined_number'),
    'how many wait': (lambda db: noticing.unread(db, ANN), '', 'user_id_last_seq waits'),
    'a chat': (lambda db: reading.history(db, BOB, 1), 'conversation_number', 'conversation_user_id_joined_number'),
    'the inbox': (
        lambda db: letters.received(db, ANN), 'receiver_seq conversation_number', 'conversation_user_id_joined_number user_id_last_seq'),
    'what waits in the inbox': (lambda db: letters.waiting(db, ANN), 'conversation_number id', 'user_id_last_seq'),
    'adoption when nothing waits': (adoption.adopt, 'unsealed', ''),
    'whom to write to': (lambda db: directory.partners(db, ANN, 50), '', 'user_id_last_seq conversation_user_id_joined_number'),
}


@pytest.fixture(params=['sqlite', 'postgresql'])
def filled(request):
    db = request.getfixturevalue(request.param)
    fill(db, 3_000, 200)
    if request.param == 'postgresql':
        db.executesql('SET enable_seqscan = off')   # of so few rows it would rather read all
        db.commit()
    return db


def used(db, statement):
    """Return the indexes along which a statement goes; `id` is the table's own."""
    if db._adapter.dbengine == 'sqlite':
        plan = '\n'.join(row[3] for row in db.executesql('EXPLAIN QUERY PLAN ' + statement, statement.values))
        assert not re.search(r'SCAN (?:TABLE )?"?(?:message|messenger_participant|mine|place)\b(?! USING)', plan), plan
        found = re.findall(r'INDEX (messenger_\w+)', plan)
        return set(found) | {'messenger_message_id' for _ in re.findall(r'SEARCH "?(?:message|one)"? USING INTEGER PRIMARY KEY', plan)}
    plan = db.executesql('EXPLAIN (FORMAT JSON) ' + statement, statement.values)[0][0]
    nodes = [(plan if isinstance(plan, list) else json.loads(plan))[0]['Plan']]
    for node in nodes:
        nodes += node.get('Plans', ())
    assert not [node for node in nodes if node['Node Type'] == 'Seq Scan' and node['Relation Name'] in ('message', 'messenger_participant')]
    return {node['Index Name'].replace('message_pkey', 'messenger_message_id') for node in nodes if 'Index Name' in node}


def along(db, action):
    """Return {table: the indexes of it along which all statements of an action go}."""
    seen = [one for one in statements_of(db, lambda: action(db)) if one.lstrip('(').startswith('SELECT')]
    names = set().union(*(used(db, statement) for statement in seen))
    db.rollback()
    return {table: {name.split('messenger_%s_' % table, 1)[1] for name in names if name.startswith('messenger_%s_' % table)}
            for table in ('message', 'participant')}


@pytest.mark.parametrize('name', WAYS)
def test_each_way_goes_along_the_index_that_is_meant(filled, monkeypatch, name):
    action, of_message, of_participant = WAYS[name]
    monkeypatch.setattr(for_member, 'STRETCH', 500)
    found = along(filled, action)
    if filled._adapter.dbengine == 'sqlite':    # PostgreSQL chooses among them by what it knows of the rows
        assert found['message'] == set(of_message.split()) and found['participant'] <= set(of_participant.split()), found
    else:
        assert found['message'] <= OF_MESSAGE | {'id'} and bool(found['message']) >= bool(of_message), found


def test_a_search_reads_the_feed_or_conversations_and_what_was_received(sqlite):
    fill(sqlite, 3_000, 200)
    for user_id, expected in ((ANN, {'receiver_seq', 'seq'}), (RARE, {'receiver_seq', 'conversation_number'})):
        found = along(sqlite, lambda db, user_id=user_id: reach.look_at(
            db, user_id, Plain, '1 = 1', reach.stretch(db, user_id, 3_000, 100), 10, None))
        assert found['message'] == expected, user_id


class Plain:
    """An engine that asks."""

    @staticmethod
    def ask(db, statement, deadline):
        return db.executesql(statement)


def test_there_are_no_other_indexes_of_messages_and_those_of_earlier_releases_go(db):
    name = shape.name_of(db.message)

    def there():
        return {index[len('messenger_message_'):] for index in shape.indexes(db, name) - {postgres.NAME}
                if index.startswith('messenger_message_')}
    assert there() == OF_MESSAGE
    for table, columns in indexes.FORMER:
        db.executesql('CREATE INDEX messenger_%s_%s ON %s (%s)' % (table, '_'.join(columns), db[table]._rname, ', '.join(columns)))
    db.commit()
    assert len(indexes.former(db)) == 3
    schema.prepare(db)      # as an older process beside us may have done the other way round
    assert there() == OF_MESSAGE and indexes.former(db) == []
