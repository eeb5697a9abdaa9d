"""What pages and the wire cost: the same few statements with 10 messages and with 100,000, along indexes, reading about a page of rows.

Ann has 2,000 conversations, one of them with 50,000 messages. The database is the judge: it tells how it does each statement.
"""
import pytest
from cast import ANN, BOB, DAN
from crowd import Site
from messenger_core.adoption import adoption
from messenger_core.feed import pages, sequence
from messenger_core.members import directory
from messenger_core.messages import conversation_list, delivery, letters, noticing, reading, sending
from messenger_core.messages.sending import Draft
from messenger_core.search import hits, sqlite
from plenty import fill, rows_read, scans, statements_of, steps

MESSAGES, PARTNERS = 100_000, 1_999
PAGE = 200              # the largest that anybody may ask for
STEPS_PER_ROW = 15


def early(db):
    return sequence.state(db).head // 3


def last(db, conversation=1):
    return db.conversation(conversation).last_number


READING = {
    'the inbox': lambda db: letters.received(db, ANN, limit=PAGE),
    'an older page of the inbox': lambda db: letters.received(db, ANN, early(db), limit=PAGE),
    'a chat': lambda db: (reading.history_with(db, ANN, BOB, limit=PAGE), delivery.theirs(db, ANN, 1)),
    'an older page of a chat': lambda db: reading.history_with(db, ANN, BOB, last(db) // 2 + 2, limit=PAGE),
    'a chat around a message': lambda db: reading.history_with(db, ANN, BOB, around=last(db) // 2 + 2, limit=PAGE),
    'a newer page of a chat': lambda db: reading.history_with(db, ANN, BOB, after=last(db) // 2, limit=PAGE),
    'the conversations of somebody with few': lambda db: conversation_list.list_for(db, BOB),
    'a sync of all there is in one conversation': lambda db: pages.since_for(db, BOB, 0),
    'a sync of what is old': lambda db: pages.since_for(db, BOB, early(db)),
    'a sync of the last few events': lambda db: pages.since_for(db, BOB, sequence.state(db).head - 3),
    'a sync when nothing is new': lambda db: pages.since_for(db, ANN, sequence.state(db).head),
    'adoption when nothing waits': lambda db: adoption.adopt(db),
}
WRITING = {
    'sending': lambda db: sending.send(db, Draft(ANN, 'x', BOB, ref='r%d' % last(db))),
    'sending into a conversation': lambda db: sending.send(db, Draft(BOB, 'x', conversation=1)),
    'sending again': lambda db: sending.send(db, Draft(ANN, 'again', BOB, ref='again')),
    'reading': lambda db: reading.mark_read(db, BOB, 1, last(db)),
    'muting': lambda db: noticing.mute(db, BOB, 1, not noticing.unread(db, BOB)),
    'receiving': lambda db: delivery.record(db, {(ANN, 1): last(db)}),
}
# What these read grows with the conversations a member has, and with nothing else.
OF_MANY_CONVERSATIONS = {
    'the conversations': lambda db: conversation_list.list_for(db, ANN),
    'older conversations': lambda db: conversation_list.list_for(db, ANN, sequence.state(db).head * 98 // 100),
    'what waits in the inbox': lambda db: letters.waiting(db, ANN),
    'an older page of what waits in the inbox': lambda db: letters.waiting(db, ANN, early(db)),
    'how many messages wait': lambda db: noticing.unread(db, ANN),
    'whom to write to': lambda db: directory.choices(db, ANN),
    'a sync of all there is': lambda db: pages.since_for(db, ANN, 0),
    'a sync of the last few events of somebody with many': lambda db: pages.since_for(db, ANN, sequence.state(db).head - 3),
}
# These look at so many of a member's newest messages one by one, and ask an index of words for the rest.
SEARCHING = {
    'a search for what everybody writes': lambda db: hits.find(db, ANN, 'and no'),
    'a search for what few write': lambda db: hits.find(db, ANN, 'again'),
    'a search for what nobody writes': lambda db: hits.find(db, ANN, 'nowhere more'),
    'an older page of a search': lambda db: hits.find(db, ANN, 'writes', early(db)),
    'a search for what is no word': lambda db: hits.find(db, ANN, '%'),
    'a search for what all the others write': lambda db: hits.find(db, BOB, 'rumour'),
    'a search by somebody with few': lambda db: hits.find(db, DAN, 'writes'),
}
ALL = {**READING, **WRITING, **OF_MANY_CONVERSATIONS, **SEARCHING}


@pytest.fixture(scope='module', params=['sqlite', 'postgresql'])
def plenty(request, tmp_path_factory):
    """A database with 100,000 messages."""
    cluster = request.getfixturevalue('cluster') if request.param == 'postgresql' else None
    site = Site(tmp_path_factory.mktemp(request.param), cluster and cluster.create())
    fill(site.db, MESSAGES, PARTNERS)
    sending.send(site.db, Draft(ANN, 'again', BOB, ref='again'))
    site.db.executesql("UPDATE message SET content = 'A rumour.' WHERE conversation > %d" % (PARTNERS + 1))     # the strangers'
    site.db.commit()
    while site.db._adapter.dbengine == 'sqlite' and sqlite.fill(site.db):
        pass
    yield site.db
    site.db.close()


@pytest.fixture
def few(request, plenty):
    """One of the same kind with 10."""
    site = request.getfixturevalue('site_on_postgresql' if plenty._adapter.dbengine == 'postgres' else 'site_on_sqlite')
    fill(site.db, 10, 3)
    sending.send(site.db, Draft(ANN, 'again', BOB, ref='again'))
    return site.db


def allowed(name):
    """Return how many rows somebody may read: a few pages; where it says so, three rows and an index entry for each conversation.

    The list goes through them twice: for those to show, and for how many messages wait. The inbox looks at the last letter of each.
    """
    if name in SEARCHING:   # to and from the member: to see how far down that is, to look; by two indexes, what they give, in the table
        return 5 * PAGE + 2 * 5 * (hits.LOOKED_AT if 'no word' in name else hits.LOOKED_AT_FIRST)
    return 5 * PAGE + 4 * PARTNERS * (1 + name.endswith(('conversations', 'inbox'))) * (name in OF_MANY_CONVERSATIONS)


def test_nothing_takes_more_statements_with_100_000_messages_than_with_10(plenty, few):
    counts = {name: [len(statements_of(db, lambda db=db, ask=ask: ask(db))) for db in (few, plenty)] for name, ask in ALL.items()}
    assert {name: count for name, count in counts.items() if count[0] < count[1] and name not in SEARCHING} == {}
    assert max(count for count, _ in counts.values()) <= 15, counts


@pytest.mark.parametrize('name', ALL)
def test_nothing_reads_a_whole_table_or_more_than_a_few_pages(plenty, name):
    seen = []
    taken = steps(plenty, lambda: seen.extend(statements_of(plenty, lambda: ALL[name](plenty))))
    plenty.commit()
    seen = [statement for statement in seen if not statement.startswith('NOTIFY')]
    assert seen and [(scan, statement) for statement in seen for scan in scans(plenty, statement)] == []
    if taken is None:
        read = sum(rows_read(plenty, statement) for statement in seen if not statement.startswith('INSERT'))
        assert read <= allowed(name), read
    else:
        assert 100 * taken <= STEPS_PER_ROW * allowed(name), taken


def test_a_scan_would_be_found(plenty):
    for statement in ("SELECT id FROM message WHERE content = 'x'", 'SELECT sum(sent_count) FROM messenger_participant'):
        assert scans(plenty, statement)
