"""A message that is refused for long: shown as failed, with the reason in the page's language, while all others go on."""
from datetime import datetime, timedelta, timezone

import pytest
from person import LOST
from playwright.sync_api import expect

FAILED = '.message--failed'
REASON = 'Du hast so viele Unterhaltungen begonnen, wie du an einem Tag darfst.'
COMMANDS = '**/command.json'
PER_DAY = 10    # of who has just come


def use_up(person):
    """Have somebody started as many conversations today as they may."""
    now = datetime.now(timezone.utc).strftime('%Y-%m-%d %H:%M:%S')
    for number in range(PER_DAY):
        person.stack.query("INSERT INTO messenger_conversation (kind, direct_key, last_number, first_number, last_seq, started_by, "
                           "started_at) VALUES ('direct', ?, 0, 1, 0, ?, ?)", 'used-%d-%d' % (person.id, number), person.id, now)


def let_a_day_pass(person):
    yesterday = (datetime.now(timezone.utc) - timedelta(days=1)).strftime('%Y-%m-%d %H:%M:%S')
    person.stack.query('UPDATE messenger_conversation SET started_at = ? WHERE started_by = ?', yesterday, person.id)


@pytest.fixture
def cid(visit):
    """Somebody to whom Ann hasn't written yet."""
    cid = visit('Cid', 'Orr')
    cid.join()
    return cid


@pytest.fixture
def ann(two):
    """Ann, who reads German and has written to Bob and to as many others as she may."""
    ann, bob = two
    ann.write('before')
    bob.sees('before')
    use_up(ann)
    ann.context.add_cookies([{'name': 'messenger_device', 'value': 'language:de', 'url': ann.stack.url}])
    return ann


def test_what_is_one_conversation_too_many_fails_with_its_reason_and_can_be_sent_another_day(two, ann, cid):
    bob = two[1]
    ann.open_chat(cid)
    ann.write('to Cid')
    expect(ann.page.locator(FAILED)).to_contain_text(REASON)
    expect(ann.page.locator('#composer-error')).to_contain_text(REASON)
    ann.open_chat(bob)
    ann.write('to Bob')
    bob.sees('before', 'to Bob')
    ann.open_chat(cid)
    expect(ann.page.locator(FAILED)).to_contain_text(REASON)
    let_a_day_pass(ann)
    ann.page.locator(FAILED).get_by_role('button', name='Noch einmal senden').click()
    ann.sees('to Cid')
    cid.open_chat(ann)
    cid.sees('to Cid')


def test_it_holds_up_nothing_that_waits_behind_it(two, ann, cid):
    bob = two[1]
    for person in (*two, cid):
        person.may_lose_the_line = True
    ann.context.route(COMMANDS, lambda route: route.abort('connectionrefused'))
    ann.open_chat(cid)
    ann.stack.kill_sidecar()
    try:
        ann.sees_state(LOST)
        ann.write('to Cid')
        ann.open_chat(bob, live=False)
        ann.write('to Bob')
        expect(ann.page.locator('.message--pending')).to_have_count(1)
    finally:
        ann.stack.start_sidecar()
    ann.comes_back()
    ann.context.unroute(COMMANDS)
    ann.sees('before', 'to Bob')
    ann.open_chat(cid)
    expect(ann.page.locator(FAILED)).to_contain_text(REASON)


def test_over_http_it_is_the_same(two, ann, cid):
    bob = two[1]
    for person in (*two, cid):
        person.may_lose_the_line = True
    ann.open_chat(cid)
    ann.stack.kill_sidecar()
    try:
        ann.sees_state(LOST)
        ann.write('to Cid')
        expect(ann.page.locator(FAILED)).to_contain_text(REASON)
        ann.open_chat(bob, live=False)
        ann.write('to Bob')
        ann.sees('before', 'to Bob')
    finally:
        ann.stack.start_sidecar()
    ann.comes_back()
    # What a browser says of any answer that isn't 200.
    ann.console[:] = [line for line in ann.console if '429' not in line]
