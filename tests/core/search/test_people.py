"""Finding members by their names."""
import pytest
from cast import ANN, BOB, CID, DAN, settle
from messenger_core import settings
from messenger_core.errors import Refused
from messenger_core.messages import sending
from messenger_core.messages.sending import Draft
from messenger_core.search import people
from plenty import rows_read, statements_of, steps

NAMES = (('Zoë', 'Öztürk'), ('Jean-Luc', 'Ó Briain'), ('محمد', 'علي'), ('ИВАН', 'Петров'), ('三', '田中'),
         ('Susan', "O'Hara"), ('İlker', 'Ünal'))


def join(db, first_name, last_name='', email=None, registration_key='', **others):
    return db.auth_user.insert(first_name=first_name, last_name=last_name, registration_key=registration_key,
                               email=email or 'x%d@example.com' % db(db.auth_user).count(), **others)


def names(db, typed, user_id=ANN, **page):
    return [name for _, name in people.find(db, user_id, typed, **page)]


def test_a_member_is_found_by_the_beginnings_of_their_names_in_any_order(db):
    assert names(db, 'bob') == names(db, 'B') == names(db, 'le bo') == ['Bob Lee'] == names(db, 'BOB LEE')
    assert names(db, 'ob') == names(db, 'bob lex') == names(db, 'bob bob dan') == []


def test_case_makes_no_difference_in_any_script(db):
    for first, last in NAMES:
        join(db, first, last)
    typed = {'zoë': 'Zoë Öztürk', 'ÖZT': 'Zoë Öztürk', 'luc': 'Jean-Luc Ó Briain', 'ó bri': 'Jean-Luc Ó Briain', 'علي': 'محمد علي',
             'иван П': 'ИВАН Петров', '中': '三 田中', 'hara': "Susan O'Hara", "o'h": "Susan O'Hara", 'ünal': 'İlker Ünal'}
    assert {one: names(db, one) for one in typed} == {one: [name] for one, name in typed.items()}


def test_on_sqlite_and_among_those_one_writes_with_accents_make_no_difference(db):
    zoe = join(db, 'Zoë', 'Öztürk')
    if db._adapter.dbengine == 'postgres':
        sending.send(db, Draft(ANN, 'x', zoe))
    assert names(db, 'zoe ozt') == ['Zoë Öztürk']


def test_those_written_with_last_come_first_then_the_others_by_name(db):
    for name in ('Zed', 'Abe'):
        join(db, name, 'Lee')
    sending.send(db, Draft(CID, 'x', ANN))
    sending.send(db, Draft(ANN, 'x', DAN))
    assert names(db, 'lee') == ['Dan Lee', 'Cid Lee', 'Abe Lee', 'Bob Lee', 'Zed Lee']
    assert names(db, 'lee', limit=3) == ['Dan Lee', 'Cid Lee', 'Abe Lee']
    assert len(names(db, 'lee', limit=0)) == 1


def test_nobody_is_found_by_a_part_of_an_address_and_its_owner_by_all_of_it(db):
    join(db, 'Eve', 'Fox', 'secret@hidden.org')
    for typed in ('secret', 'secret@', 'secret@hidden', '@hidden.org', 'secret@hidden.or', '@',
                  '.org', 'hidden.org', 'ecret@hidden.org', 'eve secret'):
        assert names(db, typed) == [], typed
    assert names(db, 'secret@hidden.org') == names(db, ' SECRET@Hidden.org ') == ['Eve Fox']


def test_numbers_are_whole_too(db):
    seven = join(db, 'Agent', '1007')
    assert people.find(db, ANN, str(BOB)) == [(BOB, 'Bob Lee')]
    assert people.find(db, ANN, '100') == [(seven, 'Agent 1007')]


def test_who_may_not_be_written_to_and_oneself_are_not_offered(db):
    db(db.auth_user.id == BOB).update(registration_key='blocked')
    sending.send(db, Draft(CID, 'x', ANN))
    db(db.auth_user.id == CID).update(registration_key='deleted')
    assert names(db, 'lee') == ['Dan Lee'] and names(db, 'bob@example.com') == [] == names(db, 'ann')


def test_user_names_are_names(tmp_path):
    configuration = settings.load(tmp_path, {})
    db = settle(configuration, uri='sqlite:memory', username=True)
    join(db, 'Eve', 'Fox', username='reynard')
    assert names(db, 'reyn') == names(db, 'fox rey') == ['Eve Fox']
    db.close()


def test_whatever_is_typed_is_text(db):
    for typed in ('', ' ', '\0', '\ud800', '%', '_', "'", '"', '\\', "' OR 1=1 --", '*', 'a' * 200, '%s', '👍', '\u0301', '²'):
        assert names(db, typed) == [], typed
    with pytest.raises(Refused, match='too_long'):
        names(db, 'x' * 10_000)


def test_what_it_costs_has_an_end_however_many_members_there_are(db, monkeypatch):
    monkeypatch.setattr(people, 'LOOKED_AT', 50)
    before = len(statements_of(db, lambda: names(db, 'qq')))
    first = join(db, 'Qq', 'First')
    for start in range(0, 3_000, 500):
        db.executesql("INSERT INTO auth_user (first_name, last_name, registration_key) VALUES %s" % ','.join(
            "('Member', 'M%d', '')" % number for number in range(start, start + 500)))
    seen = []
    taken = steps(db, lambda: seen.extend(statements_of(db, lambda: names(db, 'qq'))))
    assert names(db, 'qq') == [] and names(db, 'm2999') == ['Member M2999'] and names(db, str(first)) == ['Qq First']
    assert len(seen) == before
    assert (sum(rows_read(db, statement) for statement in seen) if taken is None else taken) < 100
