"""The index of words grows behind whoever writes, whoever that is, and stands in nobody's way."""
from types import SimpleNamespace

import pytest
from cast import ANN, BOB
from messenger_core.feed import sequence
from messenger_core.messages import sending
from messenger_core.messages.sending import Draft
from messenger_core.search import hits, sqlite
from messenger_live.workers import word_index
from messenger_live.workers.jobs import WAKE
from messenger_live.workers.word_index import WordIndex


def is_complete(sidecar):
    sidecar.db.rollback()
    return sqlite.upto(sidecar.db) == sidecar.db.executesql('SELECT max(seq) FROM message')[0][0]


def test_what_members_and_other_programs_write_is_in_the_index_soon(sidecar):
    ann = sidecar.open(ANN)
    ann.ask(type='send', receiver=BOB, content='from a socket')
    ann.until('message')
    sidecar.insert(BOB, ANN, 'from a script')
    ann.until('message')
    sidecar.wait_for(lambda: is_complete(sidecar))
    found = sqlite.find(sidecar.db, ANN, hits.words.parse('from'), sequence.LARGEST_SEQ, 10)
    assert [seq for seq, _ in found] == [2, 1]


def test_a_database_without_an_index_of_its_messages_gets_one_piece_by_piece(idle):
    sending.send_all(idle.db, [Draft(ANN, 'number %d' % number, BOB) for number in range(3 * sqlite.CHUNK)])
    idle.start()
    idle.wait_for(lambda: is_complete(idle))
    assert [hit.message.content for hit in hits.find(idle.db, BOB, 'number 79').hits][:1] == ['number 799']


def test_where_sqlite_has_no_fts5_the_sidecar_does_without(idle):
    idle.db.executesql('DROP TABLE messenger_words')
    idle.db.commit()
    ann = idle.start().open(ANN)
    ann.ask(type='send', receiver=BOB, content='hi')
    assert ann.until('message')[-1]['content'] == 'hi'
    assert 'words' not in idle.log() and 'Traceback' not in idle.log()


def test_a_damaged_index_is_said_once_and_harms_nobody(idle):
    sending.send(idle.db, Draft(ANN, 'hi', BOB))
    sqlite.fill(idle.db)
    idle.db.executesql('DELETE FROM messenger_words_data')
    idle.db.commit()
    ann = idle.start().open(ANN)
    for number in range(3):
        ann.ask(type='send', receiver=BOB, content=str(number))
        assert ann.until('message')[-1]['content'] == str(number)
    idle.logs('the index of words')
    assert idle.log().count('the index of words') == 1


@pytest.fixture
def filling(monkeypatch):
    """What is asked of the engine is noted; there is more as long as `more` says so."""
    seen = SimpleNamespace(times=0, more=True)

    def fill(db, most):
        seen.times += 1
        return sqlite.MORE if seen.more else sqlite.ALL
    monkeypatch.setattr(hits, 'engine_of', lambda db: SimpleNamespace(fill=fill))
    return seen


def test_nothing_is_added_while_somebody_waits(filling):
    waiting, put = [1], []
    index = WordIndex(SimpleNamespace(count=lambda: len(waiting), put=put.append))
    index.go_on(None)
    assert filling.times == 0
    waiting.clear()
    index.go_on(None)
    assert filling.times == 1 and put == [WAKE], 'one piece, and then whoever has come meanwhile'


def test_when_all_is_in_it_there_is_a_pause(filling, monkeypatch):
    filling.more, put, now = False, [], [100.0]
    monkeypatch.setattr(word_index, 'time', SimpleNamespace(monotonic=lambda: now[0]))
    index = WordIndex(SimpleNamespace(count=lambda: 0, put=put.append), seconds=2)
    for now[0] in (100.0, 100.5, 101.9):
        index.go_on(None)
        assert (filling.times, put) == (1, [])
    now[0] = 102.0
    index.go_on(None)
    assert filling.times == 2
