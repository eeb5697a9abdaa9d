"""Whom a typed text means: names come before digits, one spelling before what looks the same, and nobody gets a stranger's letter."""
import unicodedata
from functools import partial

import pytest
from cast import ANN, BOB, CID, DAN
from messenger_core.database.tables import Field
from messenger_core.members import spelling, whom
from messenger_core.messages import sending
from messenger_core.messages.sending import Draft

# (user name, registration_key): whoever may be meant, and whoever has such a name and may not be written to.
CALLED = [
    (str(ANN), ''), (str(BOB), 'blocked'), ('４', ''), ('#4', ''), ('Ann Lee #4', ''), ('Karl', ''), ('karl', ''), ('Solo', None),
    ('Straße', ''), ('ＷＩＤＥ', ''), ('ﬁona', ''), ('zoé', ''), ('zoe', ''), ('İlker', ''), ('Иван', ''), ('Ångström', ''), ('한글', ''),
    ('Old', 'blocked'), ('old', ''), ('pending', 'pending-x'), ('pad ', ''), ('same', ''), ('same', ''), ('bob@example.com', ''),
    ("o'neil\\", ''), ('50%', ''), ('a_c', ''), ('می\u200cخواهم', ''), ('No\u00a0Break', ''), ('own@xn--mnchen-3ya.de', ''),
    ('us@straße.de', '')]
NOBODY = None
MEANT = [
    ('1', '1'), ('#1', ANN), (ANN, ANN), ('2', NOBODY), ('#2', BOB), ('3', CID), (' 3 ', CID), ('003', CID), ('#003', CID), ('3 3', NOBODY),
    ('4', '４'), ('４', '４'), ('#4', DAN), ('＃4', '#4'), ('３', NOBODY), ('٣', NOBODY), ('#٣', NOBODY), ('Ann Lee #4', 'Ann Lee #4'),
    ('Karl', 'Karl'), ('karl', 'karl'), ('KARL', NOBODY), ('Ｋarl', NOBODY), ('Solo', 'Solo'), ('solo', 'Solo'), (' ＳＯＬＯ ', 'Solo'),
    ('straße', 'Straße'), ('STRASSE', 'Straße'), ('strasse', 'Straße'), ('wide', 'ＷＩＤＥ'), ('FIONA', 'ﬁona'), ('ﬁONA', 'ﬁona'),
    ('zoe', 'zoe'), ('zoé', 'zoé'), ('ZOÉ', 'zoé'), ('zoe\u0301', 'zoé'), ('zöe', NOBODY), ('i\u0307lker', 'İlker'), ('ilker', NOBODY),
    ('иВАН', 'Иван'), ('\u212bNGSTRÖM', 'Ångström'), ('a\u030angstro\u0308m', 'Ångström'), ('\u1112\u1161\u11ab글', '한글'),
    ('Old', NOBODY), ('old', 'old'), ('OLD', 'old'), ('pending', NOBODY), ('PENDING', NOBODY), ('pad', NOBODY), ('same', NOBODY),
    ('bob@example.com', 'bob@example.com'), ('BOB@example.com', 'bob@example.com'), ('cid@example.com', CID), ('CID@Example.com', CID),
    ('cid＠example.com', CID), ("O'NEIL\\", "o'neil\\"), ('50%', '50%'), ('A_C', 'a_c'), ('abc', NOBODY), ('%', NOBODY), ('None', NOBODY),
    ('می\u200cخواهم', 'می\u200cخواهم'), ('میخواهم', 'می\u200cخواهم'), ('No\u00a0Break', 'No\u00a0Break'), ('no break', 'No\u00a0Break'),
    ('so\u00adlo', NOBODY), ('own@münchen.de', 'own@xn--mnchen-3ya.de'),
    ('OWN＠MÜNCHEN\u3002DE', 'own@xn--mnchen-3ya.de'), ('us@XN--strae-oqa.de', 'us@straße.de')]


@pytest.fixture
def named(db):
    """Members with user names. They lie where last names do, so that no table need be altered."""
    fields = [Field(name) for name in ('first_name', 'last_name', 'email', 'registration_key')]
    db.define_table('auth_user', *fields, Field('username', rname='last_name'), migrate=False, redefine=True)
    db(db.auth_user).update(username=None)
    return db


def test_names_come_first_each_by_its_spelling_then_by_what_looks_the_same(named):
    ids = {name: named.auth_user.insert(username=name, registration_key=key) for name, key in CALLED}
    found = {typed: whom.find(named, typed) for typed, _ in MEANT}
    assert found == {typed: ids.get(name, name) for typed, name in MEANT}


def test_a_letter_to_digits_reaches_who_is_called_so_and_no_stranger(named):
    called = named.auth_user.insert(username=str(BOB), registration_key='')
    assert sending.send(named, Draft(ANN, 'x', str(BOB))).message.receiver_id == called
    named(named.auth_user.id == called).update(registration_key='blocked')
    with pytest.raises(Exception, match='no_such_user'):
        sending.send(named, Draft(ANN, 'x', str(BOB)))
    assert sending.send(named, Draft(ANN, 'x', '#%d' % BOB)).message.receiver_id == BOB


def test_an_address_that_two_members_share_but_for_case_means_the_exact_one_or_nobody(db):
    twin = db.auth_user.insert(first_name='Twin', email='ANN@example.com', registration_key='')
    assert whom.find(db, 'ANN@example.com') == twin and whom.find(db, 'ann@example.com') == ANN
    assert whom.find(db, 'Ann@Example.com') is None
    db(db.auth_user.id == twin).update(registration_key='blocked')
    assert whom.find(db, 'ANN@example.com') is None and whom.find(db, 'Ann@Example.com') == ANN


def test_what_names_nobody_finds_nobody(db):
    typed = ['', ' ', '0', '-1', '1e3', '1_0', '１', '%', '_' * 300, 'a\0b', '\ud800', 'ann@example.com\0', '#', '#0', '#-1', '# 1', '#1#',
             '9' * 5_000, '#' + '9' * 5_000, 'a@' + ''.join(map(chr, range(0x4e00, 0x5e00))), 2**31, 2**70, -1, 0]
    assert [one for one in typed if whom.find(db, one) is not None] == []


def test_an_account_is_known_by_its_spelling_else_where_no_other_looks_the_same(named):
    ids = [named.auth_user.insert(username=name, registration_key=key) for name, key in (
        ('Karl', ''), ('karl', 'blocked'), ('Solo', 'blocked'), ('same', ''), ('same', ''))]
    known = {typed: whom.accounts(named, 'username', typed) for typed in ('Karl', 'karl', 'KARL', 'SOLO', 'Same', 'x', 'a\0b', '')}
    assert known == {'Karl': ids[:1], 'karl': ids[1:2], 'KARL': [], 'SOLO': ids[2:3], 'Same': ids[3:], 'x': [], 'a\0b': [], '': []}
    assert whom.others(named, 'username', 'KARL', ids[:1]) == ids[1:2] and whom.others(named, 'username', 'solo', ids[2:3]) == []


def test_what_is_longer_than_any_name_is_not_compared(named, statements, monkeypatch):
    long = 'a@' + '\u0345\u0300\u0316' * 200
    monkeypatch.setattr(whom, 'fold', None)
    asks = partial(whom.find, named, long), partial(whom.accounts, named, 'email', long), partial(whom.others, named, 'email', long, [])
    assert [statements(ask) for ask in asks] == [[], [], []]
    assert spelling.in_ascii('a@' + '\u4e00' * 64) == 'a@' + '\u4e00' * 64, 'no server has such a name'


def test_an_exact_name_costs_no_look_at_all_the_others(named, statements):
    named.auth_user.insert(username='Solo', registration_key='')
    asked = [len(statements(partial(whom.find, named, typed))) for typed in (ANN, '#1', 'Solo', 'solo', 'nobody', 'nobody@example.com')]
    assert asked == [1, 1, 2, 3, 2, 2]


def test_nothing_begins_otherwise_than_is_asked_for():
    folded = {character: spelling.fold(character) for character in map(chr, range(0x20000))}
    begins = {character: spelling.beginnings(one) for character, one in folded.items() if one}      # nor with what can't be seen
    marks = {character for character, beginnings in begins.items() if unicodedata.combining(beginnings[0])}     # no name begins with one
    assert [hex(ord(character)) for character in begins.keys() - marks if character not in begins[character]] == []


def test_what_may_be_an_address_is_looked_for_among_both(named):
    one = named.auth_user.insert(username='dan@elsewhere.example', email='one@example.com', registration_key='')
    assert whom.others(named, 'username', 'Dan@Example.com', []) == [DAN] == whom.others(named, 'email', 'dan@example.com', [one])
    assert whom.others(named, 'email', 'DAN@elsewhere.example', []) == [one]
    assert whom.others(named, 'username', 'dan@example.com', [DAN]) == [] == whom.others(named, 'username', 'dan', [])
