"""What others write into our tables, whatever it is: made right or set aside, it stops nobody and reaches nobody it isn't for."""
import contextlib
import sys

import pytest
from cast import ANN, BOB, CID, DAN
from messenger_core.adoption import adoption, aside, imported, last_id
from messenger_core.database.transaction import Held
from messenger_core.ends import logout
from messenger_core.errors import Refused
from messenger_core.feed import events, pages, pruning, seal, sequence
from messenger_core.members import contacts, directory, preferences
from messenger_core.messages import conversation_list, delivery, former, letters, noticing, reading, sending
from messenger_core.messages.sending import Draft
from messenger_core.search import hits, people
from messenger_core.search import sqlite as words_of_sqlite

EVERYBODY = (ANN, BOB, CID, DAN)
# Of SQLite, which keeps anything anywhere.
ODD = ("'abc'", "x'ff00'", '1.5', '-1', '99999999999999999999', 'NULL', "''", "'2'", '0')
TIMES = ("'12026-11-26 10:00:00'", "'nonsense'", "x'ff'", '7', "'2026-01-02T03:04:05Z'", "'2026-01-02T03:04:05+09:00'", "''")
TIMES_OF_POSTGRESQL = ("'12026-11-26 10:00:00'", "'infinity'", "'-infinity'", "'0044-03-15 00:00:00 BC'")
TIMES_OF_MARIADB = ("'0000-00-00'", "'2026-00-00 00:00:00'", "'12026-11-26 10:00:00'", "'nonsense'", "'0044-03-15 00:00:00'")
TIMES_OF_SERVERS = [('postgresql', value) for value in TIMES_OF_POSTGRESQL] + [('mariadb', value) for value in TIMES_OF_MARIADB]


def send(db, sender, receiver, content):
    return sending.send(db, Draft(sender, content, receiver)).message


def insert(db, **columns):
    """Insert a row by plain SQL, the values given as SQL; from Ann to Bob unless they say otherwise."""
    columns = dict(dict(sender=ANN, receiver=BOB, content="'foreign'"), **columns)
    db.executesql('INSERT INTO message (%s) VALUES (%s)' % (', '.join(columns), ', '.join(map(str, columns.values()))))
    db.commit()


def adopt(db):
    while adoption.adopt(db):
        pass


def look_everywhere(db, user_id):
    """Do what pages, polls and sockets of a member do, and the sidecar; return the contents of all that they see."""
    seen = look(db, user_id)
    assert pages.since(db, 0).seq == sequence.state(db).head
    return seen


def look(db, user_id):
    """The same without the sidecar, which looks at everything."""
    listing = conversation_list.list_for(db, user_id)
    seen = [message.content for row in listing.conversations for message in reading.history(db, user_id, row.conversation).messages]
    seen += [row.last.content for row in listing.conversations]
    seen += [letter.message.content for letter in letters.received(db, user_id).letters + letters.waiting(db, user_id).letters]
    seen += [event.content for event in pages.since_for(db, user_id, 0).events if isinstance(event, events.Message)]
    seen += [hit.message.content for hit in hits.find(db, user_id, 'foreign').hits]
    assert all(row.unread >= 0 for row in listing.conversations) and noticing.unread(db, user_id) >= 0
    return set(seen)


def all_goes_on(db):
    """Everybody sees their pages, and a message is sent and read, before and after the odd row is dealt with."""
    for content in ('before', 'after'):
        for user_id in EVERYBODY:
            look_everywhere(db, user_id)
        sent = send(db, BOB, ANN, content)
        reading.mark_read(db, ANN, sent.conversation, sent.number)
        adopt(db)
    assert {'before', 'after'} <= look_everywhere(db, ANN)


@pytest.mark.parametrize('column', ['sender', 'receiver', 'conversation', 'number', 'seq', 'ref', 'is_read', 'content', 'timestamp',
                                    'edited_at', 'deleted_at', 'reply_to', 'forwarded'])
def test_any_value_in_any_column_stops_nobody(sqlite, column):
    """Each value in a row of its own."""
    sqlite.executesql('PRAGMA foreign_keys = OFF')
    send(sqlite, ANN, BOB, 'first')
    ids = {}
    for value in ODD:
        insert(sqlite, **{column: value})
        ids[sqlite.executesql('SELECT max(id) FROM message')[0][0]] = value
        insert(sqlite, content="'neighbour of %s'" % value.replace("'", ''), sender=CID, receiver=DAN)
    all_goes_on(sqlite)
    seen = look_everywhere(sqlite, DAN)
    assert [value for value in ODD if 'neighbour of %s' % value.replace("'", '') not in seen] == []
    expected = [value for value in ODD if column in ('sender', 'receiver') and value != "'2'"]
    assert [ids.get(id, 'not odd') for id, _ in sorted(aside.listed(sqlite))] == expected
    assert sqlite.executesql("SELECT count(*) FROM message WHERE seal IS NOT NULL AND seal <> '-'")[0][0] == len(ODD) - len(expected) + 12


@pytest.mark.parametrize('value', TIMES)
def test_a_time_that_is_none_is_made_one(sqlite, value):
    insert(sqlite, timestamp=value)
    all_goes_on(sqlite)
    stored = sqlite.executesql("SELECT timestamp FROM message WHERE content = 'foreign'")[0][0]
    assert stored[:4] == '2026' and len(stored) == 19 and 'T' not in stored
    assert ('03:04:05' not in stored) or stored == '2026-01-02 03:04:05'


@pytest.mark.parametrize('server, value', TIMES_OF_SERVERS)
def test_a_time_that_python_cannot_hold_is_made_one(request, server, value):
    db = request.getfixturevalue(server)
    insert(db, timestamp=value)
    insert(db, sender=CID, content="'neighbour'")
    all_goes_on(db)
    assert {'foreign', 'neighbour'} <= look_everywhere(db, BOB)


@pytest.mark.parametrize('server, value', TIMES_OF_SERVERS)
def test_nor_does_it_stop_anybody_when_it_is_written_into_a_message_of_ours(request, server, value):
    db = request.getfixturevalue(server)
    send(db, ANN, BOB, 'first')
    for statement in ('UPDATE message SET timestamp = %s', 'UPDATE messenger_conversation SET started_at = %s',
                      'UPDATE messenger_participant SET muted_until = %s', 'UPDATE messenger_preference SET last_seen = %s',
                      'UPDATE messenger_event SET created_at = %s', 'UPDATE message SET edited_at = %s'):
        db.executesql(statement % value)
    all_goes_on(db)


def test_words_that_are_bytes_become_text_and_a_null_character_is_shown_as_none(sqlite):
    insert(sqlite, content="x'66ff6f'")
    insert(sqlite, content="CAST('a' || char(0) || 'b' AS TEXT)")
    adopt(sqlite)
    assert {'f\ufffdo', 'a\ufffdb'} <= look_everywhere(sqlite, BOB)
    assert sqlite.executesql('SELECT DISTINCT typeof(content) FROM message') == [('text',)] and adoption.adopt(sqlite) == 0


@pytest.mark.parametrize(('place', 'value'), [
    ('seq', 2), ('seq', 3), ('seq', 1_000_000), ('conversation', 1), ('number', 1), ('number', 2), ('number', 1_000_000)])
def test_a_place_that_somebody_types_is_seen_by_nobody_before_it_is_adopted_and_then_by_its_members(db, place, value):
    secret = send(db, CID, DAN, 'theirs').conversation       # 1, with seq 1
    sending.send_all(db, [Draft(ANN, 'x', 99)])                 # leaves a hole: seq 2
    sending.send(db, Draft(CID, 'theirs too', DAN))             # seq 3, unless it is taken out
    reading.mark_read(db, DAN, secret, 1)                       # an event: seq 4
    if (place, value) == ('seq', 3) or (place, value) == ('conversation', 1):
        db.executesql('DELETE FROM message WHERE seq = 3')
    insert(db, conversation=secret, number=2 if place != 'number' and db(db.message.number == 2).isempty() else 99, **(
        {} if place == 'conversation' else {place: value})) if place != 'number' else insert(db, conversation=secret, number=value + 50)
    for user_id in EVERYBODY:
        assert 'foreign' not in look_everywhere(db, user_id)
    adopt(db)
    assert ['foreign' in look_everywhere(db, user_id) for user_id in EVERYBODY] == [True, True, False, False]
    all_goes_on(db)


@pytest.mark.parametrize('number', [2, 3])
def test_a_number_that_comes_next_does_not_stop_a_conversation(db, number):
    first = send(db, ANN, BOB, 'first')
    insert(db, sender=CID, receiver=DAN, conversation=first.conversation, number=number)
    assert [send(db, BOB, ANN, str(n)).number for n in (2, 3, 4)] == [2, 3, 4]
    adopt(db)
    assert 'foreign' in look_everywhere(db, DAN) and 'foreign' not in look_everywhere(db, ANN)


@pytest.mark.parametrize('change', ['receiver = 3', 'sender = 3', 'conversation = 1', 'number = 50', 'seq = 50', 'seq = NULL',
                                    'conversation = NULL', 'receiver = NULL', "seal = 'x'", 'seal = NULL'])
def test_a_message_that_somebody_puts_elsewhere_is_nobodys_before_it_is_adopted_anew(db, change):
    send(db, CID, DAN, 'theirs')
    send(db, ANN, BOB, 'x')
    message = send(db, ANN, BOB, 'foreign')
    db.executesql('UPDATE message SET %s WHERE id = %d' % (change, message.id))
    db.commit()
    for user_id in EVERYBODY:
        assert 'foreign' not in look_everywhere(db, user_id)
    all_goes_on(db)
    members = {'receiver = 3': {ANN, CID}, 'sender = 3': {BOB, CID}, 'receiver = NULL': {ANN}}.get(change, {ANN, BOB})
    assert {user_id for user_id in EVERYBODY if 'foreign' in look_everywhere(db, user_id)} == members


def test_words_that_somebody_edits_are_shown_as_they_are_and_sealed_anew(db):
    message = send(db, ANN, BOB, 'one')
    db.executesql("UPDATE message SET content = 'foreign' WHERE id = %d" % message.id)
    db.commit()
    before = db.executesql('SELECT seal FROM message')
    assert look_everywhere(db, BOB) == {'foreign'}
    assert adoption.adopt(db) == 0 and db.executesql('SELECT seal FROM message') != before
    assert (adoption.adopt(db), look_everywhere(db, BOB)) == (0, {'foreign'})
    assert reading.history(db, BOB, message.conversation).messages[0][:4] == message[:4]


@pytest.mark.parametrize('statement', [
    'DELETE FROM messenger_participant WHERE user_id = 2', 'UPDATE messenger_participant SET left_number = 1 WHERE user_id = 2',
    'DELETE FROM messenger_participant', 'DELETE FROM messenger_conversation', 'UPDATE messenger_participant SET conversation = 99',
    'UPDATE messenger_conversation SET direct_key = NULL', "UPDATE messenger_conversation SET direct_key = '7:8'",
    'UPDATE messenger_conversation SET last_message = NULL, last_seq = NULL', 'DELETE FROM messenger_event', 'DELETE FROM message',
    'UPDATE messenger_conversation SET last_message = 99', 'DELETE FROM messenger_preference', 'DELETE FROM messenger_member',
    'UPDATE messenger_participant SET last_seq = NULL', "INSERT INTO messenger_event (seq, kind) VALUES (1, 'odd')",
    'UPDATE messenger_conversation SET last_number = 0', 'UPDATE messenger_participant SET read_number = 99',
    'UPDATE messenger_participant SET sent_count = 99', 'UPDATE messenger_participant SET sent_at_read = 0, read_number = 2'])
def test_rows_of_ours_that_somebody_deletes_or_changes_stop_nobody(db, statement):
    send(db, ANN, BOB, 'one')
    sent = send(db, BOB, ANN, 'two')
    reading.mark_read(db, ANN, sent.conversation, 1)
    db.executesql(statement)
    db.commit()
    all_goes_on(db)
    assert 'after' in look_everywhere(db, ANN) and 'after' not in look_everywhere(db, CID)


def test_whoever_writes_into_a_conversation_whose_other_place_was_taken_away_writes_to_them_and_not_to_oneself(db):
    conversation = send(db, ANN, BOB, 'one').conversation
    db.executesql('DELETE FROM messenger_participant WHERE user_id = %d' % BOB)
    db.commit()
    message = sending.send(db, Draft(ANN, 'two', conversation=conversation)).message
    assert (message.receiver_id, message.audience) == (BOB, {ANN, BOB})
    assert 'two' in look_everywhere(db, BOB)


def test_a_page_is_full_though_rows_in_it_are_not_ours(db):
    sent = sending.send_all(db, [Draft(ANN, str(number), BOB) for number in range(30)]).result
    db.executesql('UPDATE message SET receiver = 3 WHERE number BETWEEN 10 AND 20')
    db.commit()
    page = reading.history(db, BOB, sent[0].message.conversation, limit=12)
    assert [message.number for message in page.messages] == [8, 9, *range(21, 31)] and page.more
    told = pages.since_for(db, BOB, 0, limit=12)
    assert [event.number for event in told.events] == [*range(1, 10), 21, 22, 23] and told.more


def test_what_waits_for_a_member_is_adopted_when_they_come_and_not_before(db):
    insert(db, receiver=77)
    adopt(db)
    assert aside.listed(db) == [(1, 'its receiver does not exist')] and adoption.adopt(db) == 0
    db.executesql("INSERT INTO auth_user (id, first_name, registration_key) VALUES (77, 'Late', '')")
    db.commit()
    assert adoption.adopt(db) == 1 and aside.listed(db) == [] and look_everywhere(db, 77) == {'foreign'}


def test_what_somebody_puts_right_or_deletes_is_no_more_set_aside(db):
    for _ in range(2):
        insert(db, receiver='NULL')
    adopt(db)
    db.executesql('UPDATE message SET receiver = 2 WHERE id = 1')
    db.executesql('DELETE FROM message WHERE id = 2')
    db.commit()
    aside.look_again(db)
    adopt(db)
    assert aside.count(db) == 0 and look_everywhere(db, BOB) == {'foreign'}


def test_a_row_that_was_exported_and_is_imported_again_is_one_message(db):
    message = send(db, ANN, BOB, 'foreign')
    names = 'id, sender, receiver, content, timestamp, is_read, conversation, number, seq, ref, seal'
    row = db.executesql('SELECT %s FROM message' % names)[0]
    db.executesql('DELETE FROM message')
    sign = '?' if db._adapter.dbengine == 'sqlite' else '%s'
    db.executesql('INSERT INTO message (%s) VALUES (%s)' % (names, ', '.join([sign] * len(row))), row)
    db.commit()
    adopt(db)
    assert reading.history(db, BOB, message.conversation).messages == [message]


def test_a_row_with_a_seal_that_fits_is_seen_in_a_conversation_by_nobody_whom_it_is_not_for(db):
    """As another install's table has them, copied over by somebody."""
    conversation = send(db, ANN, BOB, 'one').conversation
    insert(db, sender=CID, receiver=DAN, conversation=conversation, number=2, seq=77, seal="'%s'" % seal.of(
        CID, DAN, conversation, 2, 77, 'foreign'))
    db.executesql('UPDATE messenger_conversation SET last_message = 2')
    db.commit()
    assert 'foreign' not in look_everywhere(db, ANN) | look_everywhere(db, BOB)


# -- rows that are deleted --

def order(db, user_id, limit=50):
    """Return [(the newest content, unread)] of a member's list, page by page."""
    found, before = [], None
    while True:
        page = conversation_list.list_for(db, user_id, before, limit)
        found += [(row.last.content, row.unread) for row in page.conversations]
        if not page.more:
            return found
        before = page.conversations[-1].last.seq


def delete(db, *numbers):
    db(db.message.number.belongs(numbers)).delete()
    db.commit()


def test_a_deleted_row_hides_nothing_that_is_unread_and_the_next_reading_heals_it(db):
    for number in range(1, 7):
        sent = send(db, *((ANN, BOB) if number % 2 else (BOB, ANN)), str(number))
    delete(db, 2, 3)       # one of Bob's own, one of Ann's
    for number, least in ((1, 1), (4, 1), (5, 0)):
        reading.mark_read(db, BOB, sent.conversation, number)
        waiting = [message for message in reading.history(db, BOB, sent.conversation).messages
                   if message.sender_id == ANN and message.number > number]
        assert reading.unread(db, BOB, sent.conversation) >= len(waiting) >= least
    reading.mark_read(db, BOB, sent.conversation, 6)
    send(db, ANN, BOB, '7')
    assert reading.unread(db, BOB, sent.conversation) == 1


@pytest.mark.parametrize('gone', [(3,), (2, 3), (1,), (1, 2, 3)])
def test_whatever_is_deleted_a_list_shows_the_newest_there_is_and_puts_it_where_it_belongs(db, gone):
    for number in range(1, 4):
        send(db, ANN, BOB, str(number))
    for partner in (CID, DAN):
        send(db, ANN, partner, 'to %d' % partner)
    send(db, BOB, ANN, 'x')
    delete(db, 4)
    for number in gone:
        db.executesql("DELETE FROM message WHERE content = '%d'" % number)
    db.commit()
    left = [str(number) for number in (3, 2, 1) if number not in gone]
    order(db, ANN), adopt(db)
    assert [content for content, _ in order(db, ANN, limit=1)] == ['to 4', 'to 3', *left[:1]]
    assert adoption.adopt(db) == 0 and conversation_list.list_for(db, BOB).conversations[0:1] == (
        conversation_list.list_for(db, BOB).conversations if left else [])
    assert send(db, BOB, ANN, 'next').number == 5


def test_the_row_that_was_the_newest_and_was_given_to_somebody_else_does_not_stay_in_the_list(db):
    send(db, ANN, BOB, 'one')
    message = send(db, ANN, BOB, 'two')
    db.executesql('UPDATE message SET receiver = %d WHERE id = %d' % (CID, message.id))
    db.commit()
    order(db, BOB), adopt(db)
    assert [content for content, _ in order(db, BOB)] == ['one'] and [content for content, _ in order(db, CID)] == ['two']


def pairs(db, count):
    """Return [(one, another, their conversation)] of new members: each has written to the other and read it, and the one has settings."""
    found = []
    for number in range(count):
        one, another = (db.auth_user.insert(first_name='%s%d' % (name, number), last_name='Lee', registration_key='') for name in 'AB')
        preferences.keep(db, one, preferences.Preferences())
        conversation = send(db, one, another, 'one').conversation
        send(db, another, one, 'two'), reading.mark_read(db, another, conversation, 1), reading.mark_read(db, one, conversation, 2)
        found.append((one, another, conversation))
    return found


WHOSE = {'conversation': 'id = %(conversation)d', 'participant': 'conversation = %(conversation)d AND user_id = %(one)d',
         'event': 'conversation = %(conversation)d', 'preference': 'user_id = %(one)d', 'member': 'user_id = %(one)d',
         'aside': 'id = %(number)d'}


def put(db, table, name, value, number, pair):
    """Put a value into a column of the first row of a table that is of a pair, the so-manieth; return whether it could be put there."""
    name_of, whose = db[table]._rname, WHOSE[table] % dict(one=pair[0], conversation=pair[2], number=number)
    row, = db.executesql('SELECT min(id) FROM %s WHERE %s' % (name_of, whose))[0]
    assert row, 'no row of %s where %s' % (name_of, whose)
    db.executesql('UPDATE %s%s SET %s = %s WHERE id = %d' % (
        'OR IGNORE ' * (db._adapter.dbengine == 'sqlite'), name_of, name, value, row))
    db.commit()


@contextlib.contextmanager
def told_of(*what):
    """Of many values in one database: say which of them it is that something goes wrong with."""
    try:
        yield
    except Exception as error:
        raise AssertionError('%s: %r' % (' '.join(map(str, what)), error)) from error


@pytest.mark.parametrize('column', [
    'conversation.last_number', 'conversation.last_seq', 'conversation.last_message', 'conversation.kind', 'conversation.direct_key',
    'conversation.started_at', 'participant.read_number', 'participant.receipt_number', 'participant.delivered_number',
    'participant.sent_count', 'participant.sent_at_read', 'participant.joined_number', 'participant.left_number',
    'participant.marked_unread', 'participant.muted_until', 'participant.last_seq', 'participant.user_id', 'participant.conversation',
    'event.seq', 'event.kind', 'event.conversation', 'event.user_id', 'event.number', 'event.created_at', 'preference.gives_receipts',
    'preference.session_generation', 'preference.last_seen', 'preference.user_id', 'member.user_id', 'member.gone_at'])
def test_any_value_in_any_column_of_our_own_stops_nobody_else(sqlite, column):
    """Each value in the row of a pair of members of its own."""
    values = dict(zip([*ODD, '7'], pairs(sqlite, len(ODD) + 1)))
    for number, (value, pair) in enumerate(values.items(), 1):
        put(sqlite, *column.split('.'), value, number, pair)
    for user_id in EVERYBODY:
        look_everywhere(sqlite, user_id)
    for value, (one, another, conversation) in values.items():
        with told_of(column, '=', value):
            look(sqlite, one), look(sqlite, another)
            delivery.theirs(sqlite, one, conversation), contacts.pairs(sqlite, one)
    for _ in range(2):
        former.notice(sqlite)
        pruning.prune(sqlite, 90)
    for value, (one, another, _) in {**values, 'none': (DAN, CID, None)}.items():
        with told_of(column, '=', value):
            after = send(sqlite, another, one, 'after')
            reading.mark_read(sqlite, one, after.conversation, after.number)
            adopt(sqlite)
            assert 'after' in look(sqlite, one)
    look_everywhere(sqlite, ANN)


FIGURES = {
    'conversation': ('last_number', 'first_number', 'last_seq', 'last_message', 'started_by'),
    'participant': ('read_number', 'receipt_number', 'delivered_number', 'sent_count', 'sent_at_read', 'joined_number', 'left_number',
                    'last_seq', 'cleared_number', 'user_id', 'conversation'),
    'event': ('seq', 'conversation', 'user_id', 'number'), 'preference': ('user_id', 'session_generation'), 'member': ('user_id',),
    'aside': ('message', 'waits_for')}
FIGURES_OF_THE_FEED = ('floor', 'legacy_upto', 'unsealed_upto', 'checked_upto', 'checked_head')


def ends(db, table, name):
    bits = 63 if db._adapter.dbengine == 'sqlite' or db[table][name].type == 'bigint' else 31
    return str(-2**bits), str(2**bits - 1), 'NULL'


@pytest.mark.parametrize('table', FIGURES)
def test_a_figure_at_the_end_of_what_its_column_holds_stops_nobody(db, table):
    """Nor does what is written next add to it; and what waits is counted right again once something is.

    Each end of each figure is in the row of a pair of members of its own.
    """
    chosen = [(name, value) for name in FIGURES[table] for value in ends(db, table, name)]
    for _ in chosen:
        insert(db, receiver=99)
    adopt(db)
    odd = dict(zip(chosen, pairs(db, len(chosen))))
    for number, ((name, value), pair) in enumerate(odd.items(), 1):
        put(db, table, name, value, number, pair)
    look_after(db)
    look_everywhere(db, ANN)
    odd['nothing', 'odd'] = CID, DAN, None
    for (name, value), members in odd.items():
        with told_of(table, name, value):
            for user_id in members[:2]:
                look(db, user_id), logout.record_others(db, user_id, 'x')
    for way in (slice(0, 2), slice(1, None, -1)):
        all_write_and_read(db, {(table, *what): members[way] for what, members in odd.items()})


@pytest.mark.parametrize('name', FIGURES_OF_THE_FEED)
def test_nor_does_a_figure_of_the_feed(db, name):
    insert(db, receiver=99), adopt(db)
    pairs(db, 1)
    kept, = db.executesql('SELECT %s FROM messenger_feed' % name)[0]
    for value in ends(db, 'feed', name):
        for now in ('NULL' if kept is None else kept, value):
            db.executesql('UPDATE messenger_feed SET %s = %s' % (name, now))
        db.commit()
        look_after(db)
        for user_id in EVERYBODY:
            look_everywhere(db, user_id), logout.record_others(db, user_id, 'x')
        all_write_and_read(db, {('feed', name, value): (ANN, BOB), ('nothing', 'odd'): (CID, DAN)})
        all_write_and_read(db, {('feed', name, value): (BOB, ANN)})


def all_write_and_read(db, pairs):
    """{what is odd about them: (sender, receiver)}: what they write arrives, waits, and waits no more once it is read."""
    sent = {}
    for what, (sender, receiver) in pairs.items():
        with told_of(*what):
            sent[what] = after = send(db, sender, receiver, 'after')
            assert 'after' in look(db, receiver) and unread(db, receiver, after) == [1, 1, 1]
            reading.mark_read(db, receiver, after.conversation, after.number)
    look_after(db)
    for what, (sender, receiver) in pairs.items():
        with told_of(*what):
            assert unread(db, receiver, sent[what]) == [0, 0, 0] and noticing.unread(db, sender) == 0
    look_everywhere(db, ANN)


def look_after(db):
    former.notice(db), pruning.prune(db, 90), last_id.free(db), aside.look_again(db), imported.look(db), adopt(db)


def unread(db, user_id, message):
    """Return how many messages wait for a member, as the badge, the list and the inbox say it."""
    listed = [row.unread for row in conversation_list.list_for(db, user_id).conversations if row.conversation == message.conversation]
    return [noticing.unread(db, user_id), *listed, len(letters.waiting(db, user_id).letters)]


# -- what somebody found who tried to break it --

def innocent(db):
    """A row of neighbours; returns whether it arrives."""
    insert(db, sender=CID, receiver=DAN, content="'innocent'")
    adopt(db)
    return 'innocent' in look_everywhere(db, DAN)


def test_references_that_are_the_same_once_they_are_text_stop_nobody(sqlite):
    for value in ("CAST(x'ff' AS TEXT)", "CAST(x'fe' AS TEXT)"):
        insert(sqlite, ref=value)
    assert innocent(sqlite) and aside.count(sqlite) <= 1
    all_goes_on(sqlite)


@pytest.mark.parametrize('stamp', ['NULL', "'x'"])
def test_a_row_that_sits_on_the_first_number_of_a_conversation_to_come_stops_nobody(db, stamp):
    for conversation in range(1, 6):
        insert(db, conversation=conversation, number=1, seal=stamp)
    assert send(db, CID, DAN, 'first').number == 1 and innocent(db)
    all_goes_on(db)


def test_ids_that_somebody_has_written_themselves_are_not_given_again(db):
    for id in range(2, 60):
        insert(db, id=id)
    assert [send(db, CID, DAN, str(number)).number for number in range(1, 6)] == [1, 2, 3, 4, 5]
    assert innocent(db)


@pytest.fixture(params=['postgresql', 'mariadb'])
def two(request):
    """Two connections to one database that others may hold a row of; SQLite's are held as a whole."""
    site = request.getfixturevalue('site_on_' + request.param)
    other = site.connect()
    yield site.db, other
    other.close()


@pytest.mark.parametrize('rows', [1, 3])
@pytest.mark.parametrize('is_deleted', [True, False], ids=['deleted', 'there'])
def test_the_last_id_there_can_be_leaves_some_for_the_others(db, rows, is_deleted):
    last = 2**63 - 1 if db._adapter.dbengine == 'sqlite' else 2**31 - 1
    before = send(db, ANN, BOB, 'before').id
    if db._adapter.dbengine == 'postgres':      # the next one, too, or nobody would notice
        insert(db, content="'next'", id=before + 1)
    for number in range(rows):
        insert(db, content="'last'", id=last - number)
    if is_deleted:
        db.executesql("DELETE FROM message WHERE content = 'last'")
        db.commit()
    look_after(db)
    after = [send(db, CID, DAN, 'after').id for _ in range(3)]
    assert before < after[0] < after[1] < after[2] < 100 and innocent(db)
    assert is_deleted or 'last' in look_everywhere(db, BOB)


def test_a_row_that_an_open_transaction_holds_keeps_nobody_waiting(two):
    db, other = two
    insert(db, content="'held'")
    other.executesql("UPDATE message SET is_read = 'T' WHERE content = 'held'")
    assert innocent(db) and send(db, ANN, BOB, 'goes on')
    other.commit()
    adopt(db)
    assert 'held' in look_everywhere(db, BOB)


@pytest.mark.parametrize('held', ['messenger_conversation', 'messenger_participant'])
def test_a_conversation_that_an_open_transaction_holds_keeps_nobody_else_waiting(two, monkeypatch, held):
    db, other = two
    send(db, ANN, BOB, 'hi')
    for content in ("'one'", "'two'", "'three'"):
        insert(db, content=content)
    monkeypatch.setattr(adoption.adopt, '__defaults__', (2,))
    other.executesql('SELECT id FROM %s FOR UPDATE' % held)
    assert innocent(db)
    first, second = sending.send_all(db, [Draft(ANN, 'waits', BOB), Draft(CID, 'goes on', DAN)]).result
    assert (first.code, second.message.content) == ('busy', 'goes on')
    assert look_everywhere(db, BOB) == {'hi'}
    other.rollback()
    adopt(db)
    assert look_everywhere(db, BOB) == {'hi', 'one', 'two', 'three'} and send(db, ANN, BOB, 'waits').number == 5


@pytest.mark.parametrize('statement', [
    "INSERT INTO messenger_conversation (kind, direct_key) VALUES ('direct', '1:2')",
    'INSERT INTO message (sender, receiver, conversation, number) VALUES (1, 2, 1, 2)',
    'INSERT INTO messenger_aside (message) VALUES (3)'])
def test_what_somebody_has_written_and_not_committed_keeps_nobody_else_waiting(site_on_postgresql, statement):
    db, other = site_on_postgresql.db, site_on_postgresql.connect()
    if 'number' in statement:
        send(db, ANN, BOB, 'hi')
    for _ in range(3):
        insert(db, content="'held'"), insert(db, sender=99), insert(db, sender=CID, receiver=DAN, content="'of others'")
    other.executesql(statement)
    assert innocent(db) and 'of others' in look_everywhere(db, DAN)
    other.rollback()
    other.close()
    adopt(db)
    assert 'held' in look_everywhere(db, BOB) and aside.count(db) == 3


@pytest.mark.parametrize('what', ['ABORT', 'IGNORE'])
def test_a_row_that_a_trigger_protects_is_set_aside_alone(sqlite, what):
    insert(sqlite, content="'kept'")
    sqlite.executesql("CREATE TRIGGER t BEFORE UPDATE ON message WHEN OLD.content = 'kept' BEGIN SELECT RAISE(%s%s); END" % (
        what, ", 'x'" if what == 'ABORT' else ''))
    assert innocent(sqlite) and [id for id, _ in aside.listed(sqlite)] == [1]
    aside.look_again(sqlite)
    adopt(sqlite)
    all_goes_on(sqlite)


@pytest.mark.skipif(sys.version_info < (3, 11), reason='earlier Pythons do not tell')
@pytest.mark.parametrize('event', ['UPDATE', 'INSERT'])
def test_a_row_over_which_a_trigger_of_the_site_stumbles_is_set_aside_alone(sqlite, event):
    """SQLite calls it operational, as it calls a full disk; its number tells them apart."""
    insert(sqlite, content="'{odd'")
    sqlite.executesql("CREATE TRIGGER t AFTER %s ON message WHEN NEW.content LIKE '{%%' "
                      "BEGIN SELECT json_extract(NEW.content, '$.a'); END" % event)
    if event == 'UPDATE':
        assert innocent(sqlite) and [id for id, _ in aside.listed(sqlite)] == [1]
    else:
        with pytest.raises(Refused, match='busy'):
            sending.send(sqlite, Draft(ANN, '{odd', BOB))
        with pytest.raises(sqlite._adapter.driver.Error):
            sending.send_all(sqlite, [Draft(ANN, '{odd', BOB), Draft(CID, 'hi', DAN)])
    sqlite.rollback()
    adopt(sqlite)
    all_goes_on(sqlite)


def test_a_conversation_that_a_trigger_takes_away_is_refused_and_its_rows_are_set_aside(sqlite):
    send(sqlite, CID, DAN, 'hi')
    sqlite.executesql("CREATE TRIGGER t BEFORE INSERT ON messenger_conversation BEGIN SELECT RAISE(IGNORE); END")
    insert(sqlite)
    assert innocent(sqlite) and [id for id, _ in aside.listed(sqlite)] == [2]
    with pytest.raises(Refused, match='forbidden'):
        sending.send(sqlite, Draft(ANN, 'hi', BOB))


@pytest.mark.parametrize(('noticed', 'is_tried'), [
    ("'2001-01-01 00:00:00'", True), ('NULL', True), ("'9999-12-31 00:00:00'", True), ("'abc'", True), (None, False)])
def test_what_a_trigger_has_kept_is_tried_again_after_a_while_whatever_stands_there_as_the_time(sqlite, noticed, is_tried):
    test_a_row_that_a_trigger_protects_is_set_aside_alone(sqlite, 'ABORT')
    sqlite.executesql('DROP TRIGGER t')
    if noticed:
        sqlite.executesql('UPDATE messenger_aside SET noticed_at = %s' % noticed)
    sqlite.commit()
    aside.look_again(sqlite)
    adopt(sqlite)
    assert ('kept' in look_everywhere(sqlite, BOB)) == is_tried


def test_text_that_is_not_utf_8_is_stored_as_it_is_shown_and_can_be_searched(sqlite):
    insert(sqlite, content="CAST(x'636166e92068656c6c6f' AS TEXT)")
    sqlite.executesql("UPDATE auth_user SET last_name = CAST(x'ff' AS TEXT) WHERE id = 2")
    assert innocent(sqlite)
    for way in (hits, people):
        way.find(sqlite, BOB, 'hello')
    assert [hit.message.content for hit in hits.find(sqlite, BOB, 'hello').hits] == ['caf\ufffd hello']
    while words_of_sqlite.fill(sqlite):
        pass
    assert words_of_sqlite.upto(sqlite) == sqlite.executesql("SELECT max(seq) FROM message")[0][0]


@pytest.mark.parametrize('stamp', ["''", "'x'", "'-'"])
def test_a_seal_that_is_not_ours_hides_a_row_no_longer_than_until_the_next_look(db, stamp):
    insert(db, seal=stamp)
    aside.look_again(db)
    adopt(db)
    assert 'foreign' in look_everywhere(db, BOB)


def test_what_was_set_aside_comes_though_somebody_has_emptied_the_list(db):
    insert(db, receiver=77)
    adopt(db)
    db.executesql('DELETE FROM messenger_aside')
    db.executesql("INSERT INTO auth_user (id, registration_key) VALUES (77, '')")
    db.commit()
    aside.look_again(db)
    adopt(db)
    assert 'foreign' in look_everywhere(db, 77)


def test_a_number_that_is_no_members_is_looked_at_once(sqlite):
    sqlite.executesql("INSERT INTO auth_user (id, registration_key) VALUES (3000000000, '')")
    insert(sqlite, receiver=3_000_000_000)
    adopt(sqlite)
    aside.look_again(sqlite)
    assert adoption.adopt(sqlite) == 0 and aside.count(sqlite) == 1


def test_a_place_of_a_strangers_in_a_conversation_shows_them_nothing_and_stops_nobody(db):
    conversation = send(db, ANN, BOB, 'theirs').conversation
    db.executesql('INSERT INTO messenger_participant (conversation, user_id) VALUES (%d, %d)' % (conversation, CID))
    db.commit()
    change = reading.mark_read(db, BOB, conversation, 1)
    assert [event.audience for event in change.events] == [{ANN, BOB}]
    assert look_everywhere(db, CID) == set()
    with pytest.raises(Refused, match='not_found'):
        reading.history(db, CID, conversation)
    assert [row.user_id for row in conversation_list.list_for(db, ANN).conversations] == [BOB]


def test_a_message_that_a_trigger_takes_away_is_refused_and_not_said_to_be_stored(sqlite):
    sqlite.executesql("CREATE TRIGGER t AFTER INSERT ON message WHEN NEW.content LIKE '%spam%' "
                      'BEGIN DELETE FROM message WHERE id = NEW.id; END')
    with pytest.raises(Refused, match='forbidden'):
        send(sqlite, ANN, BOB, 'spam')
    results = sending.send_all(sqlite, [Draft(ANN, content, BOB) for content in ('good', 'spam', 'good too')]).result
    assert [isinstance(result, Refused) for result in results] == [False, True, False]
    all_goes_on(sqlite)


def test_a_time_is_taken_into_utc_once_however_often_a_row_is_adopted(db):
    db(db.feed.id == 1).update(foreign_timezone='Europe/Berlin')
    insert(db, timestamp="'2026-01-02 12:00:00'")
    for _ in range(3):
        adopt(db)
        db.executesql('UPDATE message SET seal = NULL')
        db.commit()
    adopt(db)
    assert str(db.executesql('SELECT timestamp FROM message')[0][0]) == '2026-01-02 11:00:00'


def test_without_a_feed_whoever_asks_is_told_to_come_again(db):
    send(db, ANN, BOB, 'x')
    db.executesql('DELETE FROM messenger_feed')
    for ask in (lambda: send(db, ANN, BOB, 'y'), lambda: conversation_list.list_for(db, ANN), lambda: pages.since_for(db, ANN, 0)):
        with pytest.raises(Refused, match='busy'):
            ask()


@pytest.mark.parametrize('statement', [
    "INSERT INTO message (sender, receiver, content, ref) VALUES (1, 99, 'gone', 'r')", 'UPDATE message SET receiver = 99',
    'UPDATE message SET number = 50', 'UPDATE message SET seal = NULL'])
def test_a_reference_of_a_row_that_is_not_shown_does_not_keep_its_sender_waiting_for_ever(db, statement):
    send(db, CID, DAN, 'x')
    if statement.startswith('UPDATE'):
        sending.send(db, Draft(ANN, 'again', BOB, ref='r'))
    db.executesql(statement + (" WHERE ref = 'r'" if statement.startswith('UPDATE') else ''))
    db.commit()
    with contextlib.suppress(Refused):
        sending.send(db, Draft(ANN, 'again', BOB, ref='r'))
    sending.find_sent(db, ANN, 'r')
    adopt(db)
    assert sending.send(db, Draft(ANN, 'again', BOB, ref='r')).message.content == 'again'


def test_whoever_holds_a_row_of_ours_in_a_transaction_keeps_the_others_for_a_moment_only(two):
    db, other = two
    conversation = send(db, ANN, BOB, 'hi').conversation
    other.executesql("UPDATE message SET is_read = 'T'")
    with pytest.raises(Held, match='busy'):
        reading.mark_read(db, BOB, conversation, 1)
    assert send(db, CID, DAN, 'goes on')
    if db._adapter.dbengine == 'postgres':
        assert db.executesql('SHOW lock_timeout') == [('5s',)], 'for the feed itself one waits as long as ever'
    other.rollback()
    assert reading.mark_read(db, BOB, conversation, 1).result == 1


@pytest.mark.parametrize('change', ["unsealed_upto = 'abc'", "legacy_upto = 'x'", 'head = NULL', "head = 'abc'"])
def test_a_feed_that_somebody_has_spoilt_is_busy_and_no_ticket(sqlite, change):
    send(sqlite, ANN, BOB, 'x')
    sqlite.executesql('UPDATE messenger_feed SET %s' % change)
    insert(sqlite)
    for ask in (lambda: send(sqlite, ANN, BOB, 'y'), lambda: adoption.adopt(sqlite), lambda: look_everywhere(sqlite, BOB)):
        with contextlib.suppress(Refused):
            ask()
    assert aside.count(sqlite) == 0


def test_a_place_in_a_conversation_of_others_tells_nothing_of_it(db):
    for content in ('one', 'two'):
        conversation = send(db, ANN, BOB, content).conversation
    db.executesql('INSERT INTO messenger_participant (conversation, user_id, role, read_number, sent_count, sent_at_read, joined_number, '
                  "last_seq) VALUES (%d, 3, 'member', 0, 0, 0, 0, 2)" % conversation)
    db.commit()
    reading.mark_read(db, BOB, conversation, 1)
    assert pages.since_for(db, CID, 0).events == [] and noticing.unread(db, CID) == 0 and letters.waiting(db, CID).letters == []
    assert directory.partners(db, CID, 9) == [] == contacts.pairs(db, CID) and directory.partners(db, ANN, 9) == [BOB]
    assert contacts.pairs(db, ANN) == [(conversation, BOB)] and conversation_list.list_for(db, CID).conversations == []
    assert [type(event) for event in pages.since_for(db, ANN, 0).events] == [events.Message, events.Message, events.Read]
