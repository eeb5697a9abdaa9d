"""Contacts: who is in a member's conversations, as they are now."""
import pytest
from cast import ANN, BOB, CID, DAN
from messenger_core.ends import logout
from messenger_core.members import at_once, contacts, directory, preferences
from messenger_core.members.preferences import Preferences
from messenger_core.messages import sending
from messenger_core.messages.sending import Draft


@pytest.fixture
def talks(db):
    """The conversations of Ann with Bob, of Ann with Cid, of Cid with Dan, and Dan's notes."""
    pairs = ((ANN, BOB), (ANN, CID), (CID, DAN), (DAN, DAN))
    return [sending.send(db, Draft(*pair[:1], 'x', pair[1])).message.conversation for pair in pairs]


def test_each_conversation_names_the_others_and_notes_name_oneself(db, talks):
    one, two, three, notes = talks
    assert sorted(contacts.pairs(db, ANN)) == [(one, BOB), (two, CID)]
    assert sorted(contacts.pairs(db, DAN)) == [(three, CID), (notes, DAN)]
    assert contacts.pairs(db, 999) == []


def test_who_has_left_or_whom_one_has_left_is_no_contact(db, talks):
    group = talks[1]
    db(db.conversation.id == group).update(kind='group', direct_key=None)
    db.participant.insert(conversation=group, user_id=DAN)
    assert sorted(contacts.pairs(db, CID)) == sorted([(group, ANN), (group, DAN), (talks[2], DAN)])
    db((db.participant.conversation == group) & (db.participant.user_id == ANN)).update(left_number=1)
    assert sorted(contacts.pairs(db, CID)) == sorted([(group, DAN), (talks[2], DAN)])
    assert contacts.pairs(db, ANN) == [(talks[0], BOB)]


def test_it_is_one_statement_however_many_there_are(db, talks, statements):
    assert len(statements(lambda: contacts.pairs(db, ANN))) == 1


def test_presence_is_shown_until_it_is_switched_off_and_never_of_the_blocked(db):
    assert directory.standing(db, ANN).shows_presence
    preferences.keep(db, ANN, Preferences(gives_receipts=False))
    assert directory.standing(db, ANN).shows_presence
    preferences.keep(db, ANN, Preferences(shows_presence=False))
    assert not directory.standing(db, ANN).shows_presence
    db(db.auth_user.id == BOB).update(registration_key='blocked')
    assert not directory.standing(db, BOB).shows_presence and not directory.standing(db, 999).shows_presence


def test_what_is_asked_about_many_is_what_is_asked_about_each(db, talks, statements):
    preferences.keep(db, BOB, Preferences(shows_presence=False))
    logout.record_others(db, CID, 'a session')
    db(db.auth_user.id == DAN).update(registration_key='blocked')
    db.auth_user.insert(first_name=' ', last_name=None)
    db(db.conversation.id == talks[0]).update(kind='group', direct_key=None)
    db.participant.insert(conversation=talks[0], user_id=CID)
    db((db.participant.conversation == talks[1]) & (db.participant.user_id == ANN)).update(left_number=1)
    db.participant.insert(conversation=talks[2], user_id=BOB)       # somebody's own row: it is not his conversation
    for ids in ([], [ANN], [CID, 999, DAN], range(1, 100), range(60, 200)):
        assert at_once.standings(db, ids) == {id: directory.standing(db, id) for id in ids}
        found = at_once.pairs(db, ids)
        assert {id: sorted(pairs) for id, pairs in found.items()} == {id: sorted(contacts.pairs(db, id)) for id in ids}
    assert len(statements(lambda: at_once.standings(db, range(1, 60)))) == len(statements(lambda: at_once.pairs(db, range(1, 60)))) == 1
