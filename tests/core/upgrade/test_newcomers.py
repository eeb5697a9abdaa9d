"""Who was there before it was noted when members come is no newcomer; who comes afterwards is."""
import earlier
import pytest
import tutorial
from cast import ANN, BOB, CID, DAN
from messenger_core.messages import batch, former, sending, starting
from messenger_core.messages.sending import Draft
from messenger_core.upgrade import indexes, schema, takeover

LIMITS = starting.Limits(3, 1, 3)
EVA, FAY = 5, 6


@pytest.fixture(params=['sqlite', 'postgresql', 'mariadb'])
def uri(request):
    names = {'postgresql': 'postgres_uri', 'mariadb': 'mariadb_uri'}
    return request.getfixturevalue(names[request.param]) if request.param in names else tutorial.URI


@pytest.fixture
def folder(tmp_path):
    (tmp_path / 'databases').mkdir()
    return tmp_path / 'databases'


@pytest.fixture
def opened(folder, uri):
    """A function that opens the database as our models do, and takes over what is in it."""
    dals = []

    def open_it():
        dals.append(tutorial.open_by_us(folder, uri))
        takeover.take_over(dals[-1], lambda sentence: None)
        return dals[-1]
    yield open_it
    for db in dals:
        db.close()


def register(db, *numbers):
    for number in numbers:
        db.auth_user.insert(id=number, first_name='New', last_name='Lee', registration_key='')
    db.commit()


def newcomers(db):
    """Return the ids of members of whom it is known since when they are here."""
    former.notice(db)
    return {row.user_id for row in db(db.member.first_seen != None).select()}  # noqa: E711


def starts(db, sender):
    """Return how many conversations somebody can start with five who have just registered."""
    register(db, *(number for number in range(100, 105) if not db.auth_user(number)))
    results = sending.send_all(db, [Draft(sender, 'hi', receiver) for receiver in range(100, 105)], LIMITS).result
    return sum(isinstance(result, batch.Sent) for result in results)


@pytest.mark.parametrize('version', [1, 2, 4])
def test_the_members_of_an_earlier_release_are_old_ones(folder, uri, opened, version):
    earlier.make(folder, uri, version)
    db = opened()
    assert newcomers(db) == set()
    register(db, EVA)
    assert newcomers(db) == {EVA}
    assert newcomers(opened()) == {EVA}, 'the next start changes nothing'
    assert (starts(db, DAN), starts(db, EVA)) == (3, 1)


def test_so_are_those_whose_tutorial_is_taken_over_and_what_they_wrote_uses_up_no_day(folder, uri, opened):
    tutorial.define(uri, folder)
    plain = tutorial.open_by_us(folder, uri, prepare=False)
    for other in (BOB, CID, DAN):
        plain.executesql("INSERT INTO message (sender, receiver, content, timestamp, is_read) VALUES (%d, %d, 'hi', '%s', 'F')" % (
            ANN, other, tutorial.NOON))
    plain.commit()
    plain.close()
    db = opened()
    register(db, EVA)
    assert db(db.conversation.started_by == ANN).count() == 3 and newcomers(db) == {EVA}
    assert (starts(db, ANN), starts(db, EVA)) == (3, 1)


def test_a_database_of_this_version_from_before_that_was_noted_is_brought_up_to_it_at_the_next_start(folder, uri, opened):
    db = opened()
    register(db, EVA)
    assert newcomers(db) == {EVA}
    name = 'messenger_conversation_started_by_started_at'
    db.executesql('DROP INDEX %s%s' % (name, ' ON messenger_conversation' if uri.startswith('mysql') else ''))
    db.executesql('ALTER TABLE messenger_feed DROP COLUMN newcomers_since')
    db.commit()
    again = opened()
    schema.check(again)
    assert not indexes.missing(again, indexes.INDEXES)
    register(again, FAY)
    assert newcomers(again) == {FAY}
