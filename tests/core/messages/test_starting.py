"""Starting conversations: so many within a day and no more, counted where all roads meet; answering never counts."""
from datetime import timedelta

import pytest
from cast import ANN, BOB, CID, DAN
from crowd import start_with_many
from messenger_core.adoption import adoption
from messenger_core.database.sql import insert_many
from messenger_core.database.tables import utcnow
from messenger_core.errors import TooManyStarted
from messenger_core.members import known
from messenger_core.messages import sending
from messenger_core.messages.sending import Draft
from messenger_core.messages.starting import Limits
from plenty import statements_of

LIMITS = Limits(50, 10, 3)
FIRST_STRANGER, STRANGERS, DAY = 5, 70, 24 * 3600


@pytest.fixture
def crowded(db):
    """The cast, of whom all but Dan have been here for long, and seventy strangers."""
    insert_many(db, db.auth_user, [dict(first_name='S', last_name='%d' % number, registration_key='') for number in range(STRANGERS)])
    known.know(db, [ANN, BOB, CID])
    db(db.member.user_id < DAN).update(first_seen=utcnow() - timedelta(days=4))
    db.commit()
    return db


def strangers(count, first=0):
    return range(FIRST_STRANGER + first, FIRST_STRANGER + first + count)


def drafts(sender, count, first=0):
    return [Draft(sender, 'hi', receiver, ref='%d to %d' % (sender, receiver)) for receiver in strangers(count, first)]


def sent(db, drafts, limits=LIMITS):
    return [getattr(result, 'code', 'ok') for result in sending.send_all(db, drafts, limits).result]


def refusal(db, draft, limits=LIMITS):
    with pytest.raises(TooManyStarted) as refused:
        sending.send(db, draft, limits)
    assert refused.value.code == 'rate' and refused.value.limit == 'new_conversations_per_day'
    return refused.value


def age(db, seconds):
    """Have all conversations been started so many seconds ago."""
    db(db.conversation.id > 0).update(started_at=utcnow() - timedelta(seconds=seconds))
    db.commit()


def test_of_sixty_in_one_batch_the_first_fifty_are_stored_and_nobody_else_is_touched(crowded):
    mixed = [draft for pair in zip(drafts(ANN, 60), drafts(BOB, 40, 10) + [Draft(CID, 'x', ANN)] * 20) for draft in pair]
    found = sent(crowded, mixed)
    assert found[::2] == ['ok'] * 50 + ['rate'] * 10 and found[1::2] == ['ok'] * 60
    assert crowded(crowded.conversation.started_by == ANN).count() == 50
    assert [row.receiver for row in crowded(crowded.message.sender == ANN).select(orderby=crowded.message.seq)] == list(strangers(50))


def test_a_batch_takes_the_same_few_statements_however_many_it_starts(crowded, statements):
    few = statements(lambda: sent(crowded, drafts(ANN, 2)))
    many = statements(lambda: sent(crowded, [*drafts(ANN, 60, 2), *drafts(BOB, 60), *drafts(DAN, 60)]))
    assert len(many) <= len(few) <= 20


def test_it_is_counted_over_all_batches_and_answers_are_not_counted(crowded):
    assert sent(crowded, [Draft(stranger, 'hello', ANN) for stranger in strangers(5)]) == ['ok'] * 5
    for draft in drafts(ANN, 55):       # five of them are answers
        sending.send(crowded, draft, LIMITS)
    assert 0 < refusal(crowded, Draft(ANN, 'one more', FIRST_STRANGER + 60)).retry_after <= DAY
    assert sent(crowded, drafts(ANN, 55)) == ['ok'] * 55, 'a repeat gets its ack'
    assert sent(crowded, [Draft(ANN, 'again', stranger) for stranger in strangers(55)]) == ['ok'] * 55
    assert sent(crowded, [Draft(FIRST_STRANGER + 60, 'hi', ANN), Draft(ANN, 'oh', FIRST_STRANGER + 60)]) == ['ok', 'ok']


def test_within_a_batch_whoever_is_written_to_meanwhile_may_be_answered(crowded):
    sent(crowded, drafts(ANN, 50))
    one = FIRST_STRANGER + 60
    assert sent(crowded, [Draft(ANN, '1', one), Draft(one, '2', ANN), Draft(ANN, '3', one)]) == ['rate', 'ok', 'ok']
    assert crowded(crowded.conversation.direct_key == '1:%d' % one).select().first().started_by == one


@pytest.mark.parametrize('limit', [1, 2])
def test_two_drafts_to_one_stranger_are_one_start(crowded, limit):
    both = [draft for stranger in strangers(3) for draft in [Draft(ANN, 'a', stranger), Draft(ANN, 'b', stranger)]]
    assert sent(crowded, both, Limits(limit, 10, 3)) == ['ok'] * 2 * limit + ['rate'] * 2 * (3 - limit)


def test_notes_to_oneself_and_what_is_refused_for_another_reason_are_not_counted(crowded):
    limits = Limits(2, 2, 3)
    assert sent(crowded, [Draft(ANN, 'note', ANN), Draft(ANN, 'x', 999), *drafts(ANN, 1)], limits) == ['ok', 'no_such_user', 'ok']
    conflict = [Draft(ANN, 'x', FIRST_STRANGER + 5, ref='1 to 5'), Draft(ANN, 'a', CID, ref='new'), Draft(ANN, 'b', DAN, ref='new')]
    assert sent(crowded, conflict, limits) == ['conflict', 'ok', 'conflict']
    assert crowded(crowded.conversation.direct_key.belongs(['1:4', '1:10'])).isempty(), 'nor is a conversation made for it'
    assert sent(crowded, [Draft(ANN, 'note', ANN), *drafts(ANN, 1, 7)], limits) == ['ok', 'rate']


def test_a_message_that_was_refused_may_be_sent_under_its_ref_later(crowded):
    sent(crowded, drafts(ANN, 50))
    late = Draft(ANN, 'hi', FIRST_STRANGER + 60, ref='late')
    refusal(crowded, late)
    age(crowded, DAY)
    assert not sending.send(crowded, late, LIMITS).repeated


def test_it_says_in_how_many_seconds_one_of_them_is_a_day_old(crowded):
    sent(crowded, drafts(ANN, 50))
    age(crowded, DAY - 100)
    table = crowded.conversation
    crowded(table.direct_key == '1:7').update(started_at=utcnow() - timedelta(seconds=DAY - 30))
    crowded.commit()
    refused = refusal(crowded, Draft(ANN, 'hi', FIRST_STRANGER + 60))
    assert 25 <= refused.retry_after <= 30 and refused.per_day == 50
    crowded(table.direct_key == '1:7').update(started_at=utcnow() - timedelta(seconds=DAY))
    crowded.commit()
    assert sent(crowded, drafts(ANN, 2, 60)) == ['ok', 'rate']


def test_a_clock_that_was_ahead_locks_nobody_out_for_long(crowded):
    sent(crowded, drafts(ANN, 50))
    age(crowded, -3600)     # here or on another machine: not a way round the limit either
    assert refusal(crowded, Draft(ANN, 'hi', FIRST_STRANGER + 60)).retry_after == DAY
    age(crowded, -400 * DAY)
    assert sent(crowded, drafts(ANN, 1, 60)) == ['ok']


YOUNG, OLD = 10, 50


@pytest.mark.parametrize('days, limit', [(0, YOUNG), (2.9, YOUNG), (3.1, OLD), (None, OLD), (-0.5, YOUNG), (-300, OLD)])
def test_who_has_come_in_the_last_days_may_start_fewer(crowded, days, limit):
    seen = None if days is None else utcnow() - timedelta(days=days)
    crowded(crowded.member.user_id == BOB).update(first_seen=seen)
    assert sent(crowded, drafts(BOB, 60)) == ['ok'] * limit + ['rate'] * (60 - limit)


def test_who_has_not_been_noticed_yet_has_just_come(crowded):
    assert sent(crowded, drafts(DAN, 12)) == ['ok'] * 10 + ['rate'] * 2
    assert sent(crowded, drafts(DAN + 1, 12, 1), LIMITS._replace(young_days=0)) == ['ok'] * 12


def test_who_will_soon_be_no_newcomer_is_told_so(crowded):
    crowded(crowded.member.user_id == BOB).update(first_seen=utcnow() - timedelta(days=3) + timedelta(seconds=200))
    sent(crowded, drafts(BOB, 10))
    refused = refusal(crowded, drafts(BOB, 1, 20)[0])
    assert 190 <= refused.retry_after <= 200 and refused.per_day == 10


@pytest.mark.parametrize('limits, days', [((5, 10, 3), 0), ((0, 10, 3), 0), ((0, 0, 3), 9), ((20, 0, 3), 0)])
def test_newcomers_never_have_more_than_others_and_nought_is_none(crowded, limits, days):
    crowded(crowded.member.user_id == BOB).update(first_seen=utcnow() - timedelta(days=days))
    allowed = min(limits[:2])
    assert sent(crowded, drafts(BOB, 30), Limits(*limits)) == ['ok'] * allowed + ['rate'] * (30 - allowed)
    assert 0 < refusal(crowded, drafts(BOB, 1, 40)[0], Limits(*limits)).retry_after <= DAY


def test_what_a_script_inserts_is_neither_refused_nor_counted(crowded):
    for stranger in strangers(60):
        crowded.executesql("INSERT INTO message (sender, receiver, content, is_read) VALUES (%d, %d, 'news', 'F')" % (ANN, stranger))
    crowded.commit()
    while adoption.adopt(crowded):
        pass
    assert crowded(crowded.conversation.started_by == ANN).count() == 60
    assert sent(crowded, [*drafts(ANN, 9, 61), Draft(ANN, 'hi', BOB), Draft(ANN, 'news, too', FIRST_STRANGER)]) == ['ok'] * 11


def test_without_limits_nobody_is_counted(crowded):
    assert sent(crowded, drafts(ANN, 60), None) == ['ok'] * 60


def test_a_conversation_with_somebody_who_is_gone_still_counts(crowded):
    sent(crowded, drafts(ANN, 50))
    crowded(crowded.conversation.id > 0).update(direct_key=None)
    crowded.commit()
    refusal(crowded, Draft(ANN, 'hi', FIRST_STRANGER + 60))


def test_odd_values_refuse_nobody_and_raise_nothing(sqlite):
    known.know(sqlite, [ANN])
    sending.send(sqlite, Draft(ANN, 'hi', BOB), LIMITS)
    for value in ("'soon'", "x'00ff'", '7', "''", "'9999-99-99 00:00:00'"):
        sqlite.executesql('UPDATE messenger_conversation SET started_at = %s' % value)
        sqlite.executesql('UPDATE messenger_member SET first_seen = %s' % value)
        sqlite.commit()
        assert sent(sqlite, [Draft(ANN, 'x', CID)], Limits(1, 1, 3)) == ['ok']
        sqlite(sqlite.conversation.direct_key == '1:3').delete()
        sqlite.commit()


def test_those_who_count_at_the_same_moment_share_the_count(site):
    insert_many(site.db, site.db.auth_user, [dict(first_name='S', last_name='x', registration_key='') for _ in range(80)])
    site.db.commit()
    codes = [code for process in site.all_at_once(4, start_with_many, 20) for code in process]
    assert sorted(codes) == ['ok'] * 10 + ['rate'] * 70


def test_counting_reads_along_an_index(crowded):
    others = [dict(kind='direct', direct_key='%d:%d' % (1000 + number, 2000 + number), started_by=1000 + number, started_at=utcnow())
              for number in range(3_000)]
    insert_many(crowded, crowded.conversation, others)
    crowded.executesql({'mysql': 'ANALYZE TABLE messenger_conversation'}.get(crowded._adapter.dbengine, 'ANALYZE'))
    crowded.commit()
    counting, = [one for one in statements_of(crowded, lambda: sent(crowded, drafts(ANN, 2))) if 'GROUP BY' in one]
    how = {'sqlite': 'EXPLAIN QUERY PLAN '}.get(crowded._adapter.dbengine, 'EXPLAIN ')
    assert 'messenger_conversation_started_by_started_at' in str(crowded.executesql(how + counting))
