"""The end of sessions: which are over, and what ending them costs."""
import pytest
from cast import ANN, BOB
from messenger_core.database.transaction import transact
from messenger_core.ends import logout
from messenger_core.feed import pages
from messenger_core.feed.events import Logout
from messenger_core.members import directory, preferences


@pytest.mark.parametrize(('generation', 'counting', 'is_over'), [
    (None, 0, False), (None, 1, True), (0, 0, False), (0, 1, True), (1, 1, False), (2, 1, False), (-1, 0, True),
    ('1', 1, True), (1.0, 1, True), (True, 1, True), ([1], 1, True)])
def test_a_session_is_over_when_its_generation_is_below_the_one_that_counts(generation, counting, is_over):
    assert logout.is_over(generation, counting) is is_over
    assert not logout.is_over(generation, counting, is_shared=True)


def test_each_member_gets_an_event_and_a_generation_of_their_own(db):
    preferences.keep(db, ANN, preferences.Preferences(gives_receipts=False))
    logout.record_others(db, ANN, 'this')
    assert transact(db, lambda: logout.end_each(db, [BOB, ANN, BOB], logout.BLOCKED)) == {ANN: 2, BOB: 1}
    assert pages.since(db, 0).events == [
        Logout(1, ANN, logout.session_hash('this'), 1), Logout(2, ANN, 'blocked', 2), Logout(3, BOB, 'blocked', 1)]
    assert [directory.standing(db, id).session_generation for id in (ANN, BOB)] == [2, 1]
    assert preferences.of(db, ANN) == preferences.Preferences(gives_receipts=False) and preferences.of(db, BOB) == preferences.Preferences()


def test_either_place_of_the_generation_may_be_tidied_away(db):
    for table in (db.preference, db.member):
        before = logout.record_others(db, ANN, 'this')
        db(table).delete()
        db.commit()
        assert logout.generation(db, ANN) == before and logout.record_others(db, ANN, 'this') == before + 1


def test_four_hundred_cost_as_many_statements_as_ten(db, statements):
    def cost(ids):
        return len(statements(lambda: transact(db, lambda: logout.end_each(db, ids))))
    few = cost(range(1000, 1010))
    assert cost(range(2000, 2400)) == few
