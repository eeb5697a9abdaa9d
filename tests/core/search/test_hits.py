"""Finding messages by their words, on every engine in both ways: asking the index of words, and looking at each row."""
import pytest
import tutorial
from cast import ANN, BOB, CID, DAN
from crowd import Site
from messenger_core.adoption import adoption
from messenger_core.errors import Refused
from messenger_core.feed import sequence
from messenger_core.messages import sending
from messenger_core.messages.sending import Draft
from messenger_core.search import hits, plain, words
from messenger_core.search import sqlite as words_sqlite


@pytest.fixture(scope='module', params=['sqlite', 'postgresql', 'mariadb'])
def lasting(request, tmp_path_factory):
    """A database for all tests of this file: making one for each takes longer than they do."""
    server = {'postgresql': 'cluster', 'mariadb': 'mariadb_cluster'}.get(request.param)
    cluster = server and request.getfixturevalue(server)
    site = Site(tmp_path_factory.mktemp(request.param), cluster and cluster.create())
    yield site.db
    site.db.close()


@pytest.fixture
def db(lasting):
    """The same, as it was at first."""
    yield lasting
    lasting.rollback()
    for table in ('message', 'messenger_participant', 'messenger_conversation'):
        lasting.executesql('DELETE FROM %s' % table)
    lasting.executesql("UPDATE auth_user SET registration_key = ''")
    lasting.commit()


@pytest.fixture(params=['looking', 'index'])
def way(request, monkeypatch):
    """How much is looked at before the index is asked: all, or nothing."""
    monkeypatch.setattr(hits, 'LOOKED_AT_FIRST', 500 if request.param == 'looking' else 0)
    has_index = 'lasting' not in request.fixturenames or hits.engine_of(request.getfixturevalue('lasting')) is not plain
    if request.param == 'index' and has_index:
        monkeypatch.setattr(hits, 'LOOKED_AT', 0)     # so that nothing is found in another way
    return request.param


def write(db, *contents, sender=BOB, receiver=ANN):
    return [sending.send(db, Draft(sender, content, receiver)).message for content in contents]


def found(db, typed, user_id=ANN, **page):
    return [hit.message.content for hit in hits.find(db, user_id, typed, **page).hits]


def test_a_message_is_found_by_its_words_by_both_who_have_it(db, way):
    write(db, 'See you at the station', 'or at the airport')
    for user_id in (ANN, BOB):
        assert found(db, 'station', user_id) == ['See you at the station']
        assert found(db, 'THE at', user_id) == ['or at the airport', 'See you at the station']


def test_all_words_have_to_be_there_and_the_last_may_be_a_beginning(db, way):
    write(db, 'See you at the station')
    assert found(db, 'the sta') == found(db, 'station see') == ['See you at the station']
    assert found(db, 'sta the') == found(db, 'the station tomorrow') == found(db, 'tation') == []


def test_words_of_every_kind_are_found(db, way):
    kinds = {
        'école': 'ÉCOLE maternelle', 'Öl': 'kein ÖL mehr', 'привет': 'Привет, мир', 'مرحبا': 'مرحبا بك', 'straße': 'Lange Straße 3',
        'example': 'http://www.example.com/a?c=d', 'c': 'http://www.example.com/a?c=d', 'mary': 'mail mary.ray@site.org', 'may': 'ann_may',
        '2026': '2026-11-23 09:02', '09': '2026-11-23 09:02', 'quoted': '“quoted”', 'don\'t': 'I don\'t', 'x1': '(x1)', '-5': 'at -5 °F',
        'हिन्दी': 'मैं हिन्दी बोलता हूँ', '한국': '한국어'}
    write(db, 'something else', *dict.fromkeys(kinds.values()))
    assert {typed: found(db, typed) for typed in kinds} == {typed: [content] for typed, content in kinds.items()}


@pytest.mark.parametrize('typed, content', [
    ('cafe', 'Un CAFÉ noir'), ('naive', 'nai\u0308ve'), ('وسهلا', 'وَسَهْلًا'), ('fullwidth', 'ｆｕｌｌｗｉｄｔｈ')])
def test_on_sqlite_accents_and_vowel_signs_make_no_difference(sqlite, way, typed, content):
    write(sqlite, content)
    assert found(sqlite, typed) == [content]


def test_what_is_no_word_between_spaces_is_found_where_it_is(db):
    kinds = {'%': '100 %', '👍': 'Fine 👍🏽', '你好': '早安，你好吗', 'สวัสดี': 'บอกสวัสดีครับ', 'カ': 'アメリカ', '!': 'Oh!'}
    write(db, 'nothing of it', *kinds.values())
    assert {typed: found(db, typed) for typed in kinds} == {typed: [content] for typed, content in kinds.items()}


def test_a_result_says_with_whom_and_shows_where(db, way):
    write(db, 'What is <b>lost</b>?', sender=ANN, receiver=BOB)
    write(db, 'lost, too', sender=ANN, receiver=ANN)
    to_self, to_bob = hits.find(db, ANN, 'lost').hits
    assert (to_bob.with_id, to_bob.with_name, to_bob.excerpt) == (BOB, 'Bob Lee', ['What is <b>', 'lost', '</b>?'])
    assert (to_self.with_id, to_self.with_name, to_self.excerpt) == (ANN, 'Ann Lee', ['', 'lost', ', too'])
    assert [hit.with_name for hit in hits.find(db, BOB, 'lost').hits] == ['Ann Lee']


def test_what_a_former_member_wrote_is_found(db, way):
    write(db, 'gone')
    db(db.auth_user.id == BOB).update(registration_key='deleted')
    hit, = hits.find(db, ANN, 'gone').hits
    assert (hit.with_id, hit.with_name, hit.message.sender) == (BOB, '', '')


def test_results_come_newest_first_in_pages_without_a_gap(db, way):
    sent = write(db, *('number %d' % number for number in range(25)))
    write(db, 'number of a stranger', sender=CID, receiver=DAN)
    seen, before = [], None
    while not seen or before:
        page = hits.find(db, ANN, 'number', before, limit=10)
        assert len(page.hits) <= 10
        seen, before = seen + [hit.message.id for hit in page.hits], page.before
    assert seen == [message.id for message in reversed(sent)]


# -- privacy --------------------------------------------------------------------------------------------------------------------

def test_nobody_finds_what_strangers_write_and_nothing_tells_that_it_is_there(db, way):
    write(db, 'secret', sender=ANN, receiver=BOB)
    for _ in range(60):
        write(db, 'secret', sender=BOB, receiver=DAN)
    assert found(db, 'secret', CID) == [] == found(db, 'nothing', CID)
    assert hits.find(db, CID, 'secret') == hits.find(db, CID, 'nothing')
    assert found(db, 'secret', ANN) == ['secret']


def test_nobody_can_type_the_word_that_stands_for_a_member(db, way):
    write(db, 'secret', sender=BOB, receiver=CID)
    for typed in ('#2', '#3', '"#2"', '# 2', '#2 secret'):
        assert found(db, typed) == found(db, typed, CID) == [], typed


@pytest.mark.parametrize('change', [dict(left_number=1), dict(joined_number=1)])
def test_what_was_written_before_or_after_ones_time_is_not_found(db, way, change):
    write(db, 'secret')
    db(db.participant.user_id == ANN).update(**change)
    assert found(db, 'secret') == [] and found(db, 'secret', BOB) == ['secret']


# -- whatever is typed ----------------------------------------------------------------------------------------------------------

HOSTILE = (
    '"', "'", '""', '\'"', 'x"', '"hello" OR "x"', 'hello OR x', 'NOT hello', 'hello NEAR x', 'NEAR(hello x)', 'content:hello',
    'words : hello', 'hello*', '^hello', '-hello',
    '(hello', 'hello)', '{hello}', 'hello & !x', "hello' | 'x", 'hello:*', 'hello <-> x', '\\', "\\'", '%', '_', '!',
    '!%', '!!_', 'hello%', 'h_llo', '\0', 'hello\0', '\ud800', '\ud800hello', '\U0010ffff', '\u202ehello', '²', '½',
    '\u0301', 'a' * 200, '"' * 200, '😀' * 200,
    'x ' * 100, '%s %d %(x)s', '{}', '; DROP TABLE message; --', '?', ':1', '$1', '@')


def test_whatever_is_typed_is_text_and_never_a_query(db, way):
    write(db, 'hello', 'another')
    for typed in HOSTILE:
        assert set(found(db, typed)) <= {'hello'}, typed
    assert found(db, 'another') == ['another'], 'the database is well'


def test_ten_thousand_characters_are_refused(db):
    with pytest.raises(Refused, match='too_long'):
        hits.find(db, ANN, 'x' * 10_000)


def test_pages_asked_for_wrongly_are_pages_all_the_same(db, way):
    write(db, *['x'] * 60)
    lengths = {('before', 0): 0, ('before', -5): 0, ('before', 2**80): 20, ('limit', 0): 1, ('limit', -1): 1, ('limit', 10**9): 50}
    assert {page: len(found(db, 'x', **dict([page]))) for page in lengths} == lengths


@pytest.mark.parametrize('content', [
    '', None, 'a\0b', 'x' * 300_000, '\ufffd', 'hello ' * 60_000, 'ab' * 100 + ' \U0001f9ff ' + 'ö' * 3_000])
def test_texts_that_others_store_stop_no_search(sqlite, way, content):
    sqlite.executesql("INSERT INTO message (sender, receiver, content, timestamp) VALUES (2, 1, ?, '2026-01-01 00:00:00')", [content])
    sqlite.executesql("INSERT INTO message (sender, receiver, content, timestamp) VALUES (2, 1, x'ff00c3', '2026-01-01 00:00:00')")
    adoption.adopt(sqlite)
    write(sqlite, 'needle')
    assert found(sqlite, 'needle') == ['needle']


# -- rows of others -------------------------------------------------------------------------------------------------------------

def test_rows_of_others_are_found_once_they_are_adopted(db, way):
    db.executesql("INSERT INTO message (sender, receiver, content, timestamp) VALUES (2, 1, 'by a script', '2026-01-01 00:00:00')")
    db.commit()
    assert found(db, 'script') == []
    adoption.adopt(db)
    assert found(db, 'script') == ['by a script']


def test_a_row_that_was_edited_by_others_never_shows_what_it_said(db, way):
    message, = write(db, 'old words')
    assert found(db, 'old words') == ['old words']
    db.executesql("UPDATE message SET content = 'other words' WHERE id = %d" % message.id)
    db.commit()
    assert found(db, 'old') == [] and found(db, 'words') == ['other words']
    # SQLite's index learns of a text once; what is new in it is found by who looks at each row.
    assert found(db, 'other') == ['other words'] * ((way, db._adapter.dbengine) != ('index', 'sqlite'))


def test_a_row_that_was_deleted_by_others_is_gone(db, way):
    message, _ = write(db, 'first words', 'second words')
    assert len(found(db, 'words')) == 2
    db.executesql('DELETE FROM message WHERE id = %d' % message.id)
    db.commit()
    assert found(db, 'words') == ['second words']


def test_a_row_that_others_give_to_somebody_else_is_theirs(db, way):
    message, = write(db, 'secret')
    assert found(db, 'secret') == ['secret']
    elsewhere = write(db, 'x', sender=CID, receiver=DAN)[0].conversation
    db(db.message.id == message.id).update(sender=CID, receiver=DAN, conversation=elsewhere, number=2)
    db.commit()
    assert found(db, 'secret') == []


# -- the index of SQLite, which lags behind --------------------------------------------------------------------------------------

def test_a_search_is_right_however_far_the_index_is(sqlite, monkeypatch):
    monkeypatch.setattr(hits, 'LOOKED_AT_FIRST', 3)
    monkeypatch.setattr(words_sqlite, 'CHUNK', 4)
    sent = write(sqlite, *('number %d' % number for number in range(20)))
    for _ in range(7):
        seen, before = [], None
        while not seen or before:
            page = hits.find(sqlite, ANN, 'number', before, limit=5)
            seen, before = seen + [hit.message.id for hit in page.hits], page.before
        assert seen == [message.id for message in reversed(sent)]
        words_sqlite.fill(sqlite)


def test_a_search_adds_a_few_chunks_itself_and_no_more(sqlite, monkeypatch):
    monkeypatch.setattr(hits, 'LOOKED_AT_FIRST', 3)
    monkeypatch.setattr(words_sqlite, 'CHUNK', 2)
    sent = write(sqlite, *'abcdefghijkl')
    assert found(sqlite, 'a') == ['a'] and words_sqlite.upto(sqlite) == sent[3].seq
    assert found(sqlite, 'a') == ['a'] and words_sqlite.upto(sqlite) == sent[7].seq
    for _ in range(9):
        assert found(sqlite, 'a') == ['a']
    assert words_sqlite.upto(sqlite) >= sent[8].seq, 'what is looked at anyway may wait'


def test_a_chunk_ends_after_so_many_rows_or_characters(sqlite, monkeypatch):
    monkeypatch.setattr(words_sqlite, 'CHUNK', 3)
    monkeypatch.setattr(words_sqlite, 'CHUNK_CHARACTERS', 10)
    seqs = [message.seq for message in write(sqlite, 'a', 'b', 'c', 'd' * 8, 'e' * 8, 'f' * 30, 'g')]
    ends = []
    while words_sqlite.fill(sqlite):
        ends.append(seqs.index(words_sqlite.upto(sqlite)))
    assert ends == [2, 3, 4, 5, 6]


def test_an_index_that_knows_another_life_of_the_feed_begins_anew(sqlite, way):
    write(sqlite, 'one', 'two', 'three')
    while words_sqlite.fill(sqlite):
        pass
    sqlite.executesql('DELETE FROM message WHERE seq > 1')
    sqlite.executesql('UPDATE messenger_feed SET head = 1')
    sqlite.commit()
    assert found(sqlite, 'one') == ['one'] and found(sqlite, 'two') == []
    while words_sqlite.fill(sqlite):
        pass
    assert words_sqlite.upto(sqlite) == 1 and found(sqlite, 'one') == ['one']


def test_the_index_only_says_where_to_look(sqlite):
    edited, moved, kept = write(sqlite, 'needle one', 'needle two', 'needle three')
    words_sqlite.fill(sqlite)
    sqlite(sqlite.message.id == edited.id).update(content='hay')
    sqlite(sqlite.message.id == moved.id).update(sender=CID, receiver=DAN)
    assert words_sqlite.find(sqlite, ANN, words.parse('needle'), sequence.LARGEST_SEQ, 9) == [(kept.seq, kept.id)]


@pytest.mark.parametrize('harm', [
    'DROP TABLE messenger_words', 'DELETE FROM messenger_words_data', 'DELETE FROM messenger_words_data WHERE id > 10',
    'DELETE FROM messenger_words_config'])
def test_a_damaged_index_costs_time_and_nothing_else(site_on_sqlite, harm, monkeypatch, caplog):
    monkeypatch.setattr(hits, 'LOOKED_AT_FIRST', 1)
    db = site_on_sqlite.db
    write(db, 'one', 'two', 'three')
    words_sqlite.fill(db)
    db.executesql(harm)
    db.commit()
    other = site_on_sqlite.connect()
    write(other, 'four')
    words_sqlite.fill(other)
    seen, before = [], None
    while not seen or before:
        page = hits.find(other, ANN, 'one', before)
        seen, before = seen + [hit.message.content for hit in page.hits], page.before
    assert seen == ['one']
    other.close()


def test_where_there_is_no_index_everything_is_looked_at_in_pieces(db, monkeypatch):
    monkeypatch.setattr(hits, 'engine_of', lambda db: plain)
    monkeypatch.setattr(hits, 'LOOKED_AT', 4)
    monkeypatch.setattr(hits, 'LOOKED_AT_FIRST', 2)
    sent = write(db, 'Hello', *['x'] * 10)
    page = hits.find(db, ANN, 'hello')
    assert page == ([], sent[-4].seq)
    while not page.hits:
        page = hits.find(db, ANN, 'hello', page.before)
    assert [hit.message.content for hit in page.hits] == ['Hello'] and page.before is None


def test_a_writer_whose_sqlite_has_no_fts5_writes_as_ever(site_on_sqlite):
    triggers = site_on_sqlite.db.executesql("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
    assert triggers == []
    tutorial.insert(site_on_sqlite.folder / 'databases', [(BOB, ANN, 'from outside', tutorial.NOON, 'F')], 'messenger.sqlite')
    adoption.adopt(site_on_sqlite.db)
    assert found(site_on_sqlite.db, 'outside') == ['from outside']
