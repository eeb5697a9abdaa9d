"""Two connections to a server of which the first to write is the last to commit: whoever reads in between misses nothing."""
import threading
import time

import pytest
from cast import ANN, BOB, CID
from messenger_core.adoption import adoption
from messenger_core.feed import pages
from messenger_core.messages import sending
from messenger_core.messages.sending import Draft

PATIENCE = 10
# A member of a site may not ask MariaDB for its locks. What else would keep a statement for so long?
WAITING = {
    'postgres': "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()",
    'mysql': '''SELECT count(*) FROM information_schema.processlist
        WHERE db = DATABASE() AND id <> CONNECTION_ID() AND command = 'Query' AND time_ms > 200''',
}


@pytest.fixture(params=['postgresql', 'mariadb'])
def connect(request):
    """A function that opens another connection to one database."""
    site = request.getfixturevalue('site_on_' + request.param)
    opened = []

    def open_another():
        opened.append(site.connect())
        return opened[-1]
    yield open_another
    for db in opened:
        db.rollback()
        db.close()


class Reader:
    """Somebody who syncs again and again from the last position they were told."""

    def __init__(self, db):
        self.db, self.cursor, self.contents = db, 0, []

    def sync(self):
        adoption.adopt(self.db)
        page = pages.since_for(self.db, BOB, self.cursor)
        self.db.commit()
        self.contents += [message.content for message in page.events]
        self.cursor = page.seq


class ReaderById:
    """The same with a cursor that seems just as good: the greatest id they have seen."""

    def __init__(self, db):
        self.db, self.cursor, self.contents = db, 0, []

    def sync(self):
        for row in self.db((self.db.message.id > self.cursor) & (self.db.message.receiver == BOB)).select(orderby=self.db.message.id):
            self.cursor = row.id
            self.contents.append(row.content)
        self.db.commit()


def insert(db, content):
    """Insert as a program does that knows the tutorial's five fields only, and don't commit."""
    db.executesql('INSERT INTO message (sender, receiver, content, timestamp, is_read) '
                  "VALUES (%d, %d, '%s', now(), 'F')" % (ANN, BOB, content))


def is_waiting_for_a_lock(db):
    return db.executesql(WAITING[db._adapter.dbengine])[0][0] > 0


def test_a_row_committed_after_a_later_one_was_read_is_not_skipped(connect):
    slow, quick, reader, by_id = connect(), connect(), Reader(connect()), ReaderById(connect())
    insert(slow, 'first to write')
    insert(quick, 'last to write')
    quick.commit()
    reader.sync(), by_id.sync()
    slow.commit()
    reader.sync(), by_id.sync()
    assert reader.contents == ['last to write', 'first to write']
    assert by_id.contents == ['last to write']      # the row that a cursor by id loses


def test_a_foreign_row_that_is_committed_late_comes_after_what_was_sent_meanwhile(connect):
    slow, page, reader = connect(), connect(), Reader(connect())
    insert(slow, 'first to write')
    sending.send(page, Draft(CID, 'sent', BOB))
    reader.sync()
    slow.commit()
    sending.send(page, Draft(CID, 'sent later', BOB))
    reader.sync(), reader.sync()
    assert reader.contents == ['sent', 'sent later', 'first to write']


def test_of_two_who_send_the_second_waits_until_the_first_has_committed(connect, monkeypatch):
    slow, quick, reader = connect(), connect(), Reader(connect())
    may_commit, has_stored = threading.Event(), threading.Event()
    commit = slow.commit

    def commit_late():
        if not slow(slow.message).isempty():
            has_stored.set()
            assert may_commit.wait(PATIENCE)
        commit()
    monkeypatch.setattr(slow, 'commit', commit_late)
    first = threading.Thread(target=sending.send, args=(slow, Draft(ANN, 'first', BOB)))
    second = threading.Thread(target=sending.send, args=(quick, Draft(CID, 'second', BOB)))
    first.start()
    assert has_stored.wait(PATIENCE)
    second.start()
    deadline = time.monotonic() + PATIENCE
    while not is_waiting_for_a_lock(reader.db):
        reader.sync()
        assert time.monotonic() < deadline and second.is_alive()
    reader.sync()
    assert reader.contents == []
    may_commit.set()
    first.join(PATIENCE), second.join(PATIENCE)
    reader.sync()
    assert reader.contents == ['first', 'second'] and reader.cursor == 2
