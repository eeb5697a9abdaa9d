"""When members were last here: kept for those who show it, and told to nobody about anybody else."""
from datetime import datetime

from cast import ANN, BOB, CID, DAN
from messenger_core.ends import last_seen, logout
from messenger_core.members import directory, preferences
from messenger_core.members.preferences import Preferences
from messenger_core.messages import conversation_list, sending
from messenger_core.messages.sending import Draft

THEN, LATER = datetime(2026, 3, 4, 5, 6), datetime(2026, 3, 4, 5, 7)


def shown(db, user_id=ANN):
    return {row.user_id: row.last_seen for row in conversation_list.list_for(db, user_id).conversations}


def test_a_minute_is_kept_for_each_member_and_their_choices_stay(db):
    preferences.keep(db, BOB, Preferences(gives_receipts=False))
    last_seen.record(db, {ANN: THEN, BOB: THEN})
    last_seen.record(db, {BOB: LATER, CID: LATER})
    assert last_seen.of(db, [ANN, BOB, CID, DAN]) == {ANN: THEN, BOB: LATER, CID: LATER}
    assert preferences.of(db, BOB) == Preferences(gives_receipts=False) and preferences.of(db, ANN) == Preferences()
    assert db(db.preference).count() == 3 and last_seen.of(db, []) == {}


def test_the_list_tells_it_of_the_others_alone(db):
    for receiver in (BOB, CID, ANN):
        sending.send(db, Draft(ANN, 'x', receiver))
    last_seen.record(db, {ANN: THEN, BOB: THEN})
    assert shown(db) == {BOB: THEN, CID: None, ANN: None}
    assert shown(db, BOB) == {ANN: THEN}


def test_who_hides_it_is_not_noted_and_what_was_known_is_forgotten(db):
    sending.send(db, Draft(ANN, 'x', BOB))
    last_seen.record(db, {BOB: THEN})
    preferences.keep(db, BOB, Preferences(shows_presence=False))
    last_seen.record(db, {BOB: LATER})
    assert shown(db) == {BOB: None}
    preferences.keep(db, BOB, Preferences())
    assert shown(db) == {BOB: None}
    db(db.preference.user_id == BOB).update(last_seen=THEN, shows_presence=False)
    assert last_seen.of(db, [BOB]) == {}, 'whatever a sidecar that has not heard of it yet may have written'


def test_of_former_members_nothing_is_kept_or_told(db):
    for sender in (BOB, CID):
        sending.send(db, Draft(sender, 'x', ANN))
    last_seen.record(db, {BOB: THEN, CID: THEN, DAN: THEN})
    directory.forget(db, [BOB])
    logout.leave(db, DAN)
    db(db.auth_user.id == CID).update(registration_key='blocked')
    last_seen.record(db, {BOB: LATER, DAN: LATER})
    assert shown(db) == {BOB: None, CID: None} and last_seen.of(db, [BOB, DAN]) == {}


def test_it_takes_the_same_statements_for_many(db, statements):
    last_seen.record(db, {BOB: THEN})
    before = [len(statements(lambda: last_seen.record(db, {ANN: THEN, BOB: LATER}))), len(statements(lambda: last_seen.of(db, [ANN])))]
    ids = [db.auth_user.insert(first_name=str(number), registration_key='') for number in range(200)]
    last_seen.record(db, dict.fromkeys(ids[:100], THEN))
    everybody = dict.fromkeys(ids, LATER)
    assert [len(statements(lambda: last_seen.record(db, everybody))), len(statements(lambda: last_seen.of(db, ids)))] == before
    assert last_seen.of(db, ids) == everybody
