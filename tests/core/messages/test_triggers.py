"""What a site's own triggers do when we write: it counts as what anybody else does, though it is done within our own changes."""
import pytest
from cast import ANN, BOB, codes
from messenger_core.messages import reading, sending
from messenger_core.messages.sending import Draft

on_sqlite = pytest.mark.parametrize('two', ['sqlite'], indirect=True)


def begin(two):
    """Return the three, once the writer knows that it is alone."""
    _, writer, kept = two
    for _ in range(3):
        assert codes(sending.send_all(writer, [Draft(ANN, 'hello', BOB), Draft(BOB, 'hi', ANN)], None, kept)) == ['ok', 'ok']
    return two


def add_trigger(db, when, on_sqlite, on_postgresql):
    """Have something happen `when` a row comes into the messages."""
    if db._adapter.dbengine == 'sqlite':
        db.executesql('CREATE TRIGGER theirs %s ON message BEGIN %s; END' % (when, on_sqlite))
    else:
        db.executesql('CREATE FUNCTION theirs() RETURNS trigger AS $$ BEGIN %s; RETURN NEW; END $$ LANGUAGE plpgsql' % on_postgresql)
        db.executesql('CREATE TRIGGER theirs %s ON message FOR EACH ROW EXECUTE FUNCTION theirs()' % when)
    db.commit()


@on_sqlite
@pytest.mark.parametrize('trigger', ["BEFORE INSERT ON message WHEN NEW.content = 'gone' BEGIN SELECT RAISE(IGNORE); END",
                                     "AFTER INSERT ON message WHEN NEW.content = 'gone' BEGIN DELETE FROM message WHERE id = NEW.id; END"])
def test_what_a_trigger_takes_away_is_never_said_to_be_stored(two, trigger):
    db, writer, kept = begin(two)
    db.executesql('CREATE TRIGGER away ' + trigger), db.commit()
    for _ in range(3):
        change = sending.send_all(writer, [Draft(ANN, content, BOB) for content in ('a', 'gone', 'b')], None, kept)
        assert codes(change) == ['ok', 'forbidden', 'ok']
        assert db.executesql('SELECT id FROM message WHERE seq > %d' % change.since) == [(message.id,) for message in change.events]
        db.commit()
        assert codes(sending.send_all(writer, [Draft(ANN, 'gone', BOB)], None, kept)) == ['forbidden']


def test_whom_a_trigger_blocks_is_blocked_from_the_next_message_on(two):
    db, writer, kept = begin(two)
    block = "UPDATE auth_user SET registration_key = 'blocked' WHERE id = NEW.sender AND NEW.content = 'spam'"
    add_trigger(db, 'AFTER INSERT', block, block)
    for _ in range(3):
        assert codes(sending.send_all(writer, [Draft(ANN, 'fine', BOB)], None, kept)) == ['ok']
    assert codes(sending.send_all(writer, [Draft(ANN, 'spam', BOB)], None, kept)) == ['ok']
    for _ in range(2):
        change = sending.send_all(writer, [Draft(ANN, 'more', BOB), Draft(BOB, 'to who is blocked', ANN)], None, kept)
        assert codes(change) == ['blocked', 'no_such_user']


def test_words_that_a_trigger_changes_are_told_as_they_lie_there(two):
    db, writer, kept = begin(two)
    changed = "replace(NEW.content, 'damn', '****')"
    if db._adapter.dbengine == 'sqlite':
        add_trigger(db, 'AFTER INSERT', 'UPDATE message SET content = %s WHERE id = NEW.id' % changed, None)
    else:
        add_trigger(db, 'BEFORE INSERT', None, 'NEW.content := ' + changed)
    for _ in range(3):
        change = sending.send_all(writer, [Draft(ANN, 'damn', BOB), Draft(ANN, 'fine', BOB)], None, kept)
        assert [message.content for message in change.events] == ['****', 'fine']
        assert [message.content for message in reading.history(db, BOB, 1).messages[-2:]] == ['****', 'fine']
        db.commit()


@on_sqlite
@pytest.mark.parametrize('how', ['OR IGNORE', 'OR REPLACE'])
def test_what_a_trigger_says_of_its_own_conflicts_is_what_counts(two, how):
    db, writer, kept = begin(two)
    db.executesql('CREATE TABLE site_last (user_id INTEGER PRIMARY KEY, content TEXT)')
    add_trigger(db, 'AFTER INSERT', 'INSERT %s INTO site_last VALUES (NEW.receiver, NEW.content)' % how, None)
    for content in 'abc':
        assert codes(sending.send_all(writer, [Draft(ANN, content, BOB)] * 2, None, kept)) == ['ok', 'ok']
        assert codes(sending.send_all(db, [Draft(ANN, content, BOB)])) == ['ok']
    assert db.executesql('SELECT content FROM site_last') == [('a' if how == 'OR IGNORE' else 'c',)]
