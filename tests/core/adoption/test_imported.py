"""Rows that somebody puts in with a place and a seal: out of an archive, an export, another install. They are told like new ones."""
from random import Random

import pytest
from cast import ANN, BOB, CID
from messenger_core.adoption import adoption, aside, imported
from messenger_core.feed import events, pages, sequence
from messenger_core.messages import letters, reading, sending
from messenger_core.messages.sending import Draft

DAN = 4


def send(db, sender, receiver, content='hi'):
    return sending.send(db, Draft(sender, content, receiver)).message


def look(db):
    while imported.look(db):
        pass
    while adoption.adopt(db):
        pass


def archived(db, id):
    """Take a row out; return it as an INSERT would have it."""
    row = db.executesql('SELECT * FROM message WHERE id = %d' % id, as_dict=True)[0]
    db(db.message.id == id).delete()
    db.commit()
    return row


def put_in(db, row, **changes):
    """As plain SQL, a restore or import_from_csv_file would."""
    row = {name: value for name, value in dict(row, **changes).items() if value is not None}
    names, sign = list(row), '?' if db._adapter.dbengine == 'sqlite' else '%s'
    db.executesql('INSERT INTO message (%s) VALUES (%s)' % (', '.join(names), ', '.join([sign] * len(names))), list(row.values()))
    db.commit()


def told(db, user_id, since):
    return [event.content for event in pages.since_for(db, user_id, since).events if isinstance(event, events.Message)]


@pytest.mark.parametrize('is_seen_missing', [True, False], ids=['with its id', 'with another id'])
def test_a_row_that_comes_back_is_told_to_whoever_is_beyond_its_place(db, is_seen_missing):
    look(db)
    ids = [send(db, ANN, BOB, content).id for content in ('one', 'two', 'three')]
    look(db)
    row, head = archived(db, ids[2 if is_seen_missing else 1]), sequence.state(db).head
    look(db)
    put_in(db, row, **{} if is_seen_missing else {'id': None})
    assert told(db, BOB, head) == []
    look(db)
    assert told(db, BOB, head) == [row['content']] and told(db, ANN, 0).count(row['content']) == 1
    assert [one.content for one in reading.history(db, BOB, row['conversation']).messages].count(row['content']) == 1


def test_an_export_of_another_install_goes_to_those_it_names(db):
    first = send(db, ANN, BOB)
    look(db)
    theirs = archived(db, send(db, CID, DAN, 'theirs').id)
    look(db)
    head, stamp = sequence.state(db).head, imported.seal.of(CID, DAN, first.conversation, 7, 1000, 'theirs')
    put_in(db, theirs, id=None, conversation=first.conversation, number=7, seq=1000, seal=stamp)
    db(db.feed.id == 1).update(head=2000)       # as busy as that one
    db.commit()
    assert told(db, ANN, 0) == told(db, BOB, 0) == ['hi']
    look(db)
    assert told(db, DAN, head + 1500) == ['theirs'] and told(db, BOB, 0) == ['hi']
    assert [one.content for one in reading.history(db, ANN, first.conversation).messages] == ['hi']


@pytest.mark.parametrize('stamp', ['x', '-'])
@pytest.mark.parametrize('number', [-1, 5, 2**31 - 1])
def test_a_row_with_a_seal_that_is_none_hides_no_letter_for_long(db, number, stamp):
    archived(db, send(db, ANN, BOB).id)
    look(db)
    conversation = send(db, ANN, BOB, 'waits').conversation
    db.executesql('UPDATE messenger_feed SET head = head + 1')
    db.commit()
    put_in(db, {'sender': ANN, 'receiver': BOB, 'content': 'odd', 'conversation': conversation, 'number': number,
                'seq': sequence.state(db).head, 'seal': stamp})
    look(db)
    assert {letter.message.content for letter in letters.waiting(db, BOB).letters} == {'waits', 'odd'}
    assert told(db, BOB, 0) == ['waits', 'odd']


def test_what_is_ours_stays_where_it_is_whoever_writes_and_whenever_it_is_looked(db, monkeypatch):
    monkeypatch.setattr(imported, 'CHUNK', 3)
    random, places = Random(10), {}
    for _ in range(60):
        act = random.choice(('send', 'insert', 'adopt', 'look', 'read'))
        if act == 'send':
            sending.send_all(db, [Draft(random.choice((ANN, BOB, CID, DAN)), 'x', random.choice((ANN, BOB, CID)))
                                  for _ in range(random.randint(1, 4))])
        elif act == 'insert':
            db.executesql("INSERT INTO message (sender, receiver, content) VALUES (%d, %d, 'x')" % tuple(random.sample((ANN, BOB, CID), 2)))
            db.commit()
        elif act == 'adopt':
            adoption.adopt(db)
        elif act == 'look':
            imported.look(db)
        elif act == 'read' and db(db.conversation.id > 0).count():
            place = db(db.participant.id > 0).select().first()
            reading.mark_read(db, place.user_id, place.conversation, random.randint(0, 9))
        now = dict(db.executesql('SELECT id, seq FROM message WHERE seq IS NOT NULL'))
        assert places.items() <= now.items(), act
        places = now
    assert len(places) > 20 and aside.count(db) == 0


def test_when_nothing_has_come_it_takes_one_statement(db, statements):
    send(db, ANN, BOB)
    look(db)
    assert len(statements(lambda: imported.look(db))) == 1
    send(db, ANN, BOB)
    assert len(statements(lambda: imported.look(db))) <= 7


def test_a_feed_that_was_put_back_makes_strangers_of_nobody(db):
    for _ in range(5):
        last = send(db, ANN, BOB)
    look(db)
    db.executesql('UPDATE messenger_feed SET head = 2')
    db.commit()
    first = send(db, ANN, BOB, 'first').id
    imported.look(db)
    places = dict(db.executesql('SELECT id, seq FROM message WHERE seq IS NOT NULL'))
    look(db)
    assert db.message(first).seq == places[first] and db.message(last.id)
