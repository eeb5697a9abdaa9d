"""The index of members' names: who is found by it is who is called so, and it costs what is found."""
from datetime import timedelta

import pytest
from cast import ANN, BOB
from messenger_core.database.tables import utcnow
from messenger_core.search import names, people
from plenty import rows_read, statements_of, steps

MEMBERS = 3_000


@pytest.fixture
def site(db, monkeypatch):
    """A database with many members, of whom few are looked at one by one; `join` adds one who joined long ago."""
    monkeypatch.setattr(names, 'FEW', 20)
    monkeypatch.setattr(names, 'LOOKED_AT', 500)
    monkeypatch.setattr(people, 'LOOKED_AT', 20)
    return db


def join(db, first_name, last_name='', **others):
    return db.auth_user.insert(first_name=first_name, last_name=last_name, registration_key='', **others)


def grow(db, count=MEMBERS):
    for start in range(0, count, 500):
        db.executesql("INSERT INTO auth_user (first_name, last_name, registration_key) VALUES %s" % ','.join(
            "('Member', 'M%d', '')" % number for number in range(start, min(start + 500, count))))
    db.commit()


def fill(db):
    pieces = 1
    while names.fill(db):
        pieces += 1
    if db._adapter.dbengine == 'postgres':
        db.executesql('ANALYZE')    # as the server does by itself, later
        db.commit()
    return pieces


def found(db, typed, **page):
    return [name for _, name in people.find(db, ANN, typed, **page)]


def words_of(db, id):
    return {word for (word,) in db.executesql('SELECT word FROM messenger_name_words WHERE user_id = %d' % id)}


def test_who_joined_long_ago_is_found_by_the_beginnings_of_their_names(site):
    for first, last in (('Zoë', 'Öztürk'), ('Jean-Luc', 'Ó Briain'), ('三', '田中'), ('Susan', "O'Hara"), ('W' * 100, 'Long')):
        join(site, first, last)
    grow(site)
    typed = {'zoë': ['Zoë Öztürk'], 'ozt ZO': ['Zoë Öztürk'], 'luc jean': ['Jean-Luc Ó Briain'], '中': ['三 田中'], "o'h": ["Susan O'Hara"],
             'w' * 90: ['W' * 100 + ' Long'], 'w' * 101: [], 'uc': [], 'zoe zoe oztu x': []}
    assert [found(site, one) for one in typed] == [[]] * len(typed)     # so few are looked at here
    fill(site)
    assert {one: found(site, one) for one in typed} == typed


def test_what_a_search_costs_does_not_depend_on_how_many_members_there_are(site):
    join(site, 'Qq', 'First')
    grow(site, 200)
    fill(site)
    before = len(statements_of(site, lambda: found(site, 'qq')))
    grow(site)
    fill(site)
    seen = []
    taken = steps(site, lambda: seen.extend(statements_of(site, lambda: found(site, 'qq fi'))))
    assert found(site, 'qq fi') == ['Qq First'] and len(seen) == before
    assert (sum(rows_read(site, statement) for statement in seen) if taken is None else taken) < 200


def test_of_many_who_are_called_so_some_are_shown_and_who_wrote_last_comes_first(site):
    grow(site)
    fill(site)
    assert len(found(site, 'member')) == people.LIMIT and len(found(site, 'm', limit=100)) == 100
    assert found(site, 'member m2999') == ['Member M2999'] and found(site, 'member m1') != []


def test_who_is_renamed_blocked_or_gone_is_found_as_they_are(site):
    renamed, blocked, gone = (join(site, name, 'Old') for name in ('Rena', 'Bloc', 'Gona'))
    grow(site)
    fill(site)
    site(site.auth_user.id == renamed).update(first_name='Nora')
    site(site.auth_user.id == blocked).update(registration_key='blocked')
    site(site.auth_user.id == gone).delete()
    site.commit()
    assert found(site, 'rena') == found(site, 'bloc') == found(site, 'gona') == []
    fill(site)
    assert found(site, 'nora') == ['Nora Old'] == found(site, 'old')
    assert words_of(site, renamed) == {'nora', 'old'} and not words_of(site, gone)
    assert site.executesql('SELECT COUNT(*) FROM messenger_named WHERE user_id = %d' % gone)[0][0] == 0


def test_it_is_filled_piece_by_piece_and_then_nothing_is_written(site):
    grow(site)
    assert fill(site) >= MEMBERS // names.CHANGED
    before = site.executesql('SELECT COUNT(*) FROM messenger_name_words')[0][0]
    assert before > MEMBERS and fill(site) <= MEMBERS // names.LOOKED_AT + 2
    reads = 'SELECT', 'ANALYZE'
    written = [statement for statement in statements_of(site, lambda: fill(site)) if not statement.lstrip().startswith(reads)]
    assert written == [] and site.executesql('SELECT COUNT(*) FROM messenger_name_words')[0][0] == before


def test_a_column_that_is_empty_or_holds_anything_stops_nothing(site):
    nobody = site.auth_user.insert(first_name=None, last_name=None, registration_key=None)
    odd = join(site, "O'Neill\\%_", '²x')
    grow(site, 100)
    fill(site)
    assert words_of(site, nobody) == set() and words_of(site, odd) == {'o', 'neill', '2x'}
    assert found(site, 'neill') == ["O'Neill\\%_ ²x"]


def test_before_all_have_been_looked_at_and_when_that_was_long_ago_it_is_not_asked(site, monkeypatch):
    first = join(site, 'Qq', 'First')
    grow(site)
    assert names.fill(site) and found(site, 'qq') == []
    fill(site)
    assert found(site, 'qq') == ['Qq First']
    monkeypatch.setattr(names, 'utcnow', lambda: utcnow() + 2 * names.OLD)
    site(site.auth_user.id == first).update(first_name='Rr')
    monkeypatch.setattr(people, 'LOOKED_AT', 10_000)
    assert found(site, 'rr') == ['Rr First']
    fill(site)
    assert found(site, 'rr') == ['Rr First']
    site.executesql("UPDATE messenger_named SET names = 'whenever' WHERE user_id = 0")
    assert found(site, 'rr') == ['Rr First']


def test_who_joined_since_is_found_at_once(site):
    grow(site)
    fill(site)
    join(site, 'Newest', 'One')
    assert found(site, 'newest') == ['Newest One']
    grow(site, 100)
    assert found(site, 'newest') == []     # until the next look


def test_a_site_with_few_members_has_none(db):
    assert not names.fill(db) and db.executesql('SELECT COUNT(*) FROM messenger_named')[0][0] == 0
    assert found(db, 'bob') == ['Bob Lee']
    assert db(db.auth_user.id == BOB).count() == 1


def test_without_the_tables_all_members_are_looked_at(site, monkeypatch):
    join(site, 'Qq', 'First')
    grow(site, 100)
    for table in (names.WORDS, names.NAMED):
        site.executesql('DROP TABLE %s' % table)
    site.commit()
    monkeypatch.setattr(people, 'LOOKED_AT', 10_000)
    assert found(site, 'qq') == ['Qq First'] and not names.fill(site)


def test_the_note_is_made_again_while_looks_go_on(site, monkeypatch):
    grow(site, 100)
    fill(site)
    now = [utcnow()]
    monkeypatch.setattr(names, 'utcnow', lambda: now[0])
    for _ in range(30):
        now[0] += timedelta(minutes=1, seconds=1)
        fill(site)
    assert found(site, 'm99') == ['Member M99'] and names.knows(site, people.words.parse('m99'))
