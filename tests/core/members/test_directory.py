"""Members: names, choices, and those who go."""
from messenger_core.members import directory
from messenger_core.messages import sending
from messenger_core.messages.sending import Draft

ANN, BOB, CID, DAN = 1, 2, 3, 4


def test_the_list_of_choices_never_grows_beyond_its_limit_and_knows_old_partners(db):
    for number in range(150):
        db.auth_user.insert(first_name='New', last_name='%03d' % number, registration_key='')
    last = db.auth_user.insert(first_name='Zoe', last_name='Last', registration_key='')
    sending.send(db, Draft(ANN, 'hi', last))
    found = directory.choices(db, ANN)
    assert len(found) == 100 and (last, 'Zoe Last') in found and ANN not in dict(found)
    assert [name.casefold() for _, name in found] == sorted(name.casefold() for _, name in found)


def test_former_members_are_no_choice(db):
    sending.send(db, Draft(ANN, 'hi', BOB))
    db(db.auth_user.id == BOB).update(registration_key='blocked')
    assert directory.choices(db, ANN) == [(CID, 'Cid Lee'), (DAN, 'Dan Lee')]


def test_choosing_takes_few_statements_however_many_members_there_are(db, statements):
    before = len(statements(lambda: directory.choices(db, ANN)))
    for number in range(200):
        db.auth_user.insert(first_name=str(number), registration_key=None)
    assert len(statements(lambda: directory.choices(db, ANN))) == before


def test_a_member_without_a_name_is_called_by_their_number(db):
    nameless = db.auth_user.insert(first_name=' ', last_name=None)
    assert directory.names(db, [nameless]) == {nameless: '#%d' % nameless}


def test_forgetting_a_member_who_wrote_keeps_the_row_without_the_person(db):
    sending.send(db, Draft(ANN, 'hi', BOB))
    assert directory.forget(db, [ANN]) is True
    row = db.auth_user(ANN)
    assert (row.first_name, row.last_name, row.registration_key) == ('', '', 'deleted') and 'ann' not in row.email
    assert directory.names(db, [ANN]) == {}


def test_a_member_nobody_exchanged_a_word_with_can_be_deleted(db):
    assert directory.forget(db, [DAN]) is False and db.auth_user(DAN).first_name == 'Dan'
