"""What the sidecar does without being asked: when it last succeeded, at what it fails, and that it does it."""
from cast import ANN, BOB, CID
from messenger_live.workers import duties

FAIL = "CREATE TRIGGER broken BEFORE %s BEGIN SELECT RAISE(ABORT, 'private words'); END"


def look(sidecar):
    """Start it, with everything looked after again and again."""
    sidecar.start(look_seconds=0.1, prune_seconds=0.1)
    return sidecar


def insert(db, content, receiver=BOB):
    db.executesql("INSERT INTO message (sender, receiver, content) VALUES (%d, %d, '%s')" % (ANN, receiver, content))
    db.commit()


def test_each_duty_says_when_it_last_succeeded(idle):
    look(idle)
    idle.wait_for(lambda: all(duty['succeeded_seconds_ago'] < 2 for duty in idle.health()['duties'].values()))
    assert set(idle.health()['duties']) == set(duties.ALL) and idle.health()['ready']


def test_adoption_that_fails_is_named_with_its_kind_and_no_words_and_all_else_goes_on(idle):
    idle.db.executesql(FAIL % 'INSERT ON messenger_aside')      # an odd row can't even be set aside
    look(idle)
    ann, bob = idle.open(ANN), idle.open(BOB)
    insert(idle.db, 'odd', 77)
    idle.wait_for(lambda: idle.health()['reasons'] == ['adoption fails (IntegrityError)'])
    assert idle.health()['duties']['adoption']['fails'] == 'IntegrityError' and not idle.health()['ready']
    ann.ask(type='send', receiver=BOB, content='goes on', ref='r')
    assert bob.until('message')[-1]['content'] == 'goes on'
    lines = len(idle.log().splitlines())
    idle.wait_for(lambda: idle.health()['duties']['adoption']['succeeded_seconds_ago'] > 3)
    assert 'private' not in idle.log() and len(idle.log().splitlines()) - lines < 8, 'it is logged once, not each second'
    idle.db.executesql('DROP TRIGGER broken')
    idle.db.commit()
    idle.wait_for(lambda: idle.health()['ready'] and idle.health()['set_aside'] == 1)


def test_a_row_that_a_trigger_keeps_as_it_is_is_tried_again_later(idle):
    idle.db.executesql(FAIL % "UPDATE OF seq ON message WHEN old.content = 'odd'")
    look(idle)
    bob = idle.open(BOB)
    for content in ('odd', 'fine'):
        insert(idle.db, content)
    assert bob.until('message')[-1]['content'] == 'fine'
    idle.wait_for(lambda: idle.health()['set_aside'] == 1)
    assert idle.health()['ready'] and 'private' not in idle.log()
    idle.db.executesql('DROP TRIGGER broken')
    idle.db.executesql("UPDATE messenger_aside SET noticed_at = '2020-01-01 00:00:00'")
    idle.db.commit()
    assert bob.until('message')[-1]['content'] == 'odd'


def test_rows_that_cannot_be_shown_are_counted_and_come_when_they_can(idle):
    look(idle)
    bob = idle.open(BOB)
    idle.db.executesql("INSERT INTO message (receiver, content) VALUES (2, 'lost')")
    idle.db.commit()
    idle.wait_for(lambda: idle.health()['set_aside'] == 1)
    assert idle.health()['ready'], 'one odd row is no reason to be unwell'
    idle.db.executesql('UPDATE message SET sender = 3')
    idle.db.commit()
    message = bob.until('message')[-1]
    assert (message['content'], message['sender_id']) == ('lost', CID)
    idle.wait_for(lambda: idle.health()['set_aside'] == 0)


def test_a_member_who_is_deleted_by_sql_is_noticed(idle):
    look(idle)
    ann = idle.open(ANN)
    ann.ask(type='send', receiver=BOB, content='hi', ref='r')
    conversation = ann.until('message')[-1]['conversation']
    idle.db.executesql('DELETE FROM auth_user WHERE id = %d' % BOB)
    idle.db.commit()
    idle.wait_for(lambda: idle.db.executesql('SELECT direct_key FROM messenger_conversation') == [(None,)])
    ann.ask(type='send', conversation=conversation, content='are you there?', ref='r2')
    assert ann.until('error')[-1]['code'] == 'no_such_user'


def test_old_events_go(idle):
    look(idle)
    ann, bob = idle.open(ANN), idle.open(BOB)
    ann.ask(type='send', receiver=BOB, content='hi', ref='r')
    message = bob.until('message')[-1]
    bob.ask(type='read', conversation=message['conversation'], number=1)
    seq = ann.until('read')[-1]['seq']
    idle.db.executesql("UPDATE messenger_event SET created_at = '2020-01-01 00:00:00'")
    idle.db.commit()
    idle.wait_for(lambda: idle.db.executesql('SELECT floor FROM messenger_feed') == [(seq,)])
    idle.db.commit()
    ann.ask(type='sync', since=seq - 1)
    assert ann.until('synced')[-1]['reset'] is True


def test_a_process_that_is_told_by_the_database_that_it_is_too_old_ends_with_a_line_that_says_so(idle):
    look(idle)
    idle.db.executesql('UPDATE messenger_feed SET version = 7, least_reader = 7')
    idle.db.commit()
    assert idle.process.wait(10) == 1
    assert 'of a later release' in idle.log().splitlines()[-1] and 'start web2py and the sidecar again' in idle.log().splitlines()[-1]
