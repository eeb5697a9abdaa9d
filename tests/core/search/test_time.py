"""A search ends when its time is over, has something then, and goes on where it ended: no gap, nothing twice."""
import contextlib
import time

import pytest
from cast import ANN, BOB, CID
from crowd import Site
from messenger_core.feed import sequence
from messenger_core.messages import sending
from messenger_core.messages.sending import Draft
from messenger_core.search import hits, people, plain, words
from messenger_core.search import sqlite as words_sqlite
from messenger_core.search.deadline import Deadline, Interrupted

COUNT = 40


class Steps:
    """A clock that goes on by one each time somebody looks at it."""

    def __init__(self):
        self.now = 0

    def __call__(self):
        self.now += 1
        return self.now


@pytest.fixture(scope='module', params=['sqlite', 'postgresql', 'mariadb'])
def lasting(request, tmp_path_factory):
    """A database in which Ann has COUNT messages, every third of which has a needle in it."""
    server = {'postgresql': 'cluster', 'mariadb': 'mariadb_cluster'}.get(request.param)
    cluster = server and request.getfixturevalue(server)
    site = Site(tmp_path_factory.mktemp(request.param), cluster and cluster.create())
    for number in range(COUNT):
        sender, receiver = (BOB, ANN) if number % 2 else (ANN, BOB)
        sending.send(site.db, Draft(sender, '%s %d' % ('hay' if number % 3 else 'needle', number), receiver))
    yield site.db
    site.db.close()


def all_pages(db, typed, deadline, user_id=ANN, limit=20):
    """Return what all pages of a search show, and on how many of them something was left out."""
    seen, before, cut = [], None, 0
    while True:
        one = deadline()
        page = hits.find(db, user_id, typed, before, limit, one)
        seen, cut = seen + [hit.message.content for hit in page.hits], cut + one.has_cut
        assert one.has_cut <= (page.before is not None) and (before is None or page.before is None or page.before < before)
        if page.before is None:
            return seen, cut
        before = page.before


@pytest.mark.parametrize('looked_at_first', [500, 5, 1])
@pytest.mark.parametrize('seconds', [-1, 1, 4, 9, 16, 30, 60, 1_000])
def test_pages_of_a_search_whose_time_ends_anywhere_have_no_gap_and_nothing_twice(lasting, monkeypatch, seconds, looked_at_first):
    monkeypatch.setattr(hits, 'LOOKED_AT_FIRST', looked_at_first)
    monkeypatch.setattr(hits, 'FIRST_PIECE', 2)
    monkeypatch.setattr(hits, 'LOOKED_AT', 7)
    expected = {typed: ['%s %d' % (typed, number) for number in reversed(range(COUNT)) if (number % 3 > 0) == (typed == 'hay')]
                for typed in ('needle', 'hay')}
    for engine in (hits.engine_of(lasting), plain):
        monkeypatch.setattr(hits, 'engine_of', lambda db, engine=engine: interrupting(engine))
        assert all_pages(lasting, 'hay', lambda: Deadline(seconds, Steps()))[0] == expected['hay']
        seen, cut = all_pages(lasting, 'needle', lambda: Deadline(seconds, Steps()))
        assert seen == expected['needle']
        assert all_pages(lasting, 'nowhere', lambda: Deadline(seconds, Steps()))[0] == []
    assert cut or seconds > 9


def interrupting(engine):
    """Return an engine that looks at the clock once for each row that a statement gives, and the same whether that takes long or not."""
    def ask(db, statement, deadline):
        found = db.executesql(statement)
        for number, _ in enumerate([*found, None]):
            if deadline.is_over():
                raise Interrupted(found[:number] if 'messenger_words' in statement else ())
        return found

    class Engine:
        contains, upto, fill = engine.contains, engine.upto, engine.fill

        @staticmethod
        def find(db, user_id, terms, below, limit, deadline):
            try:
                return engine.find(db, user_id, terms, below, limit, deadline)
            finally:
                if deadline.is_over():
                    raise Interrupted
    Engine.ask = staticmethod(ask)
    return Engine


def test_a_search_whose_time_is_over_at_once_still_looks_at_the_newest(lasting):
    deadline = Deadline(-1, Steps())
    page = hits.find(lasting, ANN, str(COUNT - 1), deadline=deadline)
    assert [hit.message.number for hit in page.hits] == [COUNT] and deadline.has_cut == (page.before is not None)


def test_a_search_that_had_time_enough_says_nothing_of_it_and_a_full_page_is_no_cut(lasting):
    for typed, limit in (('needle', 20), ('needle', 2), ('nowhere', 20)):
        deadline = Deadline(3_600)
        hits.find(lasting, ANN, typed, None, limit, deadline)
        assert not deadline.has_cut, (typed, limit)


# -- for real ---------------------------------------------------------------------------------------------------------------------

SLOW = {
    'sqlite': 'WITH RECURSIVE slow(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM slow WHERE n < 300000000) SELECT max(n) FROM slow',
    'postgres': 'SELECT pg_sleep(60)', 'mysql': 'SELECT SLEEP(60)'}


def test_a_slow_statement_is_interrupted_and_the_transaction_and_the_connection_go_on_as_ever(lasting):
    engine, began = hits.engine_of(lasting), time.monotonic()
    with pytest.raises(Interrupted):
        rows = engine.ask(lasting, SLOW[lasting._adapter.dbengine], Deadline(0.2))
        assert rows == [(1,)], 'SLEEP() itself ends by that'
        raise Interrupted
    assert time.monotonic() - began < 20
    assert [tuple(row) for row in lasting.executesql('SELECT 1')] == [(1,)], 'at once, and not after the next commit only'
    assert sending.send(lasting, Draft(CID, 'after it', CID)).message.content == 'after it'
    assert [hit.message.content for hit in hits.find(lasting, CID, 'after').hits] == ['after it']
    if lasting._adapter.dbengine == 'postgres':
        engine.ask(lasting, 'SELECT 1', Deadline(0.2))
        assert lasting.executesql('SHOW statement_timeout') == [('0',)]
    lasting.executesql('DELETE FROM message WHERE sender = %d' % CID)
    lasting.commit()


def test_on_sqlite_no_handler_stays_whatever_a_statement_does(sqlite):
    for statement, seconds in (('SELECT 1', 60), (SLOW['sqlite'], 0.05), ('SELECT nothing', 60)):
        with contextlib.suppress(Interrupted, sqlite._adapter.driver.Error):
            words_sqlite.ask(sqlite, statement, Deadline(seconds))
        assert sqlite.executesql('WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000) SELECT max(i) FROM n'
                                 ) == [(100_000,)]


def test_on_sqlite_what_others_hold_is_not_waited_for_by_who_searches(site_on_sqlite, monkeypatch):
    monkeypatch.setattr(hits, 'LOOKED_AT_FIRST', 1)
    db, other = site_on_sqlite.db, site_on_sqlite.connect()
    for number in range(5):
        sending.send(db, Draft(BOB, 'needle %d' % number, ANN))
    sequence.take(other, 0)
    began = time.monotonic()
    assert len(hits.find(db, ANN, 'needle', deadline=Deadline(0.3)).hits) == 5
    assert time.monotonic() - began < 2.5, 'the lock is waited for five seconds'
    other.rollback()
    assert db.executesql('PRAGMA busy_timeout')[0][0] >= 1_000
    assert words_sqlite.fill(db) and words_sqlite.upto(db)
    other.close()


def test_long_texts_in_a_script_whose_letters_sqlite_cannot_compare_do_not_make_a_search_long(sqlite):
    """Sixteen words in 1,000 messages of 10,000 characters would take many seconds."""
    text = 'привет мир абвгд ' * 580
    sending.send_all(sqlite, [Draft(BOB, '%s %d' % (text, number), ANN) for number in range(400)])
    deadline, typed = Deadline(0.5), 'п р и в е т м а б г д ж з к л y'
    began = time.process_time()
    page = hits.find(sqlite, ANN, typed, deadline=deadline)
    assert page.hits == [] and page.before and deadline.has_cut
    assert time.process_time() - began < 2
    assert hits.find(sqlite, ANN, typed, page.before, deadline=Deadline(0.5)).before < page.before


# -- members ----------------------------------------------------------------------------------------------------------------------

def test_when_time_is_over_some_members_are_found_or_none_and_it_is_said(lasting, monkeypatch):
    asked = []

    def ask(db, statement, deadline):
        asked.append(statement)
        raise Interrupted
    engine = hits.engine_of(lasting)
    monkeypatch.setattr(people, 'engine_of', lambda db: type('Engine', (), dict(
        ask=staticmethod(ask), contains=staticmethod(engine.contains), joined=staticmethod(engine.joined))))
    deadline = Deadline(3_600)
    assert [name for _, name in people.find(lasting, ANN, 'b', deadline=deadline)] == ['Bob Lee'], 'of those written with all are looked at'
    assert deadline.has_cut and len(asked) == 2
    assert not words.parse('') and people.find(lasting, ANN, '', deadline=Deadline(-1)) == []
