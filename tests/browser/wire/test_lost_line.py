"""The sidecar dies, or stands still, and comes back while people write."""
import contextlib
import re
import signal

import pytest
from person import LIVE, LOST
from playwright.sync_api import expect


@pytest.fixture
def talking(two):
    ann, bob = two
    for person in two:
        person.may_lose_the_line = True
    ann.write('before')
    bob.sees('before')
    yield two
    if 'sidecar' not in ann.stack.processes:
        ann.stack.start_sidecar()


def test_a_killed_sidecar_costs_nothing_but_a_moment(talking):
    ann, bob = talking
    ann.stack.kill_sidecar()
    for person in talking:
        person.sees_state(LOST)
        expect(person.page.locator('#connection')).to_have_text(re.compile('Reconnecting|Messages come and go all the same'))
    ann.write('while it is away, one')
    bob.write('while it is away, two')
    ann.write('while it is away, three')
    expect(ann.page.locator('#messages li')).to_have_count(3)
    ann.stack.start_sidecar()
    for person in talking:
        person.sees_state(LIVE, seconds=40)
    ann.write('after')
    expect(bob.page.locator('#messages li')).to_have_count(5)
    expect(ann.page.locator('#messages li')).to_have_count(5)
    shown = ann.page.locator('#messages .message__content').all_text_contents()
    bob.sees(*shown)
    assert sorted(shown) == sorted(['before', 'while it is away, one', 'while it is away, two', 'while it is away, three', 'after'])
    assert (shown[0], shown[-1]) == ('before', 'after')
    assert shown.index('while it is away, one') < shown.index('while it is away, three')
    stored = ann.stack.query('SELECT COUNT(*), COUNT(DISTINCT ref) FROM message WHERE sender IN (?, ?)', ann.id, bob.id)
    assert stored == [(5, 5)]


@contextlib.contextmanager
def frozen(stack, name):
    """A process that is there, holds its connections, and does nothing."""
    stack.processes[name].send_signal(signal.SIGSTOP)
    try:
        yield
    finally:
        stack.processes[name].send_signal(signal.SIGCONT)


def test_a_frozen_server_is_noticed_and_what_is_said_of_it_is_true(talking):
    ann, bob = talking
    said = ann.page.locator('#connection')
    ann.page.clock.install()     # run_for(), because to fast_forward() is to sleep: then a timer that is late asks once more
    ann.page.reload()
    ann.sees_state(LIVE)
    with frozen(ann.stack, 'web2py'):
        with frozen(ann.stack, 'sidecar'):
            ann.write('one')
            ann.write('two')
            ann.page.clock.run_for(5_100)
            expect(said).to_have_text('Connecting …')
            ann.page.clock.run_for(5_100)
            ann.sees_state(LOST)
            ann.page.clock.run_for(5_100)
            expect(said).to_have_text('The server does not answer. Messages are sent as soon as it does.')
            expect(ann.page.locator('.message--pending .message__time')).to_have_text(['Not sent yet …'] * 2)
        ann.comes_back()
        ann.sees('before', 'one', 'two')
        bob.sees('before', 'one', 'two')
    with frozen(ann.stack, 'sidecar'):
        ann.write('three')
        ann.page.clock.run_for(5_100)
        ann.page.clock.run_for(5_100)
        ann.sees('before', 'one', 'two', 'three')
        expect(said).to_contain_text('Messages come and go all the same')
    ann.comes_back()
    bob.sees('before', 'one', 'two', 'three')
    stored = ann.stack.query('SELECT COUNT(*), COUNT(DISTINCT ref) FROM message WHERE sender = ?', ann.id)
    assert stored == [(4, 4)]


def test_without_a_sidecar_people_still_talk(talking):
    ann, bob = talking
    ann.stack.kill_sidecar()
    bob.sees_state(LOST)
    ann.write('by the other road')
    ann.sees('before', 'by the other road')
    expect(bob.page.locator('#messages .message__content')).to_have_text(['before', 'by the other road'], timeout=20_000)
    bob.page.reload()
    bob.write('and back')
    bob.sees('before', 'by the other road', 'and back')


def test_killed_again_and_again_between_messages_nothing_is_lost_or_doubled(talking):
    ann, _ = talking
    expected = ['before']
    for number in range(5):
        ann.write('message %d' % number)
        expected.append('message %d' % number)
        ann.stack.kill_sidecar()
        ann.stack.start_sidecar()
    for person in talking:
        expect(person.page.locator('#messages .message__content')).to_have_text(expected, timeout=60_000)
        person.sees(*expected)


def test_a_message_survives_the_reload_of_a_page_that_could_not_send_it(talking):
    ann, bob = talking
    ann.context.route('**/command.json', lambda route: route.abort('connectionrefused'))
    ann.stack.kill_sidecar()
    ann.sees_state(LOST)
    ann.write('held back')
    expect(ann.page.locator('.message--pending .message__content')).to_have_text(['held back'])
    ann.page.reload()
    expect(ann.page.locator('.message--pending .message__content')).to_have_text(['held back'])
    ann.stack.start_sidecar()
    for person in talking:
        person.comes_back()
    ann.sees('before', 'held back')
    bob.sees('before', 'held back')


def test_a_message_that_was_refused_can_be_sent_again(talking):
    ann, bob = talking
    bob_id = bob.id
    bob.leave()
    ann.stack.query("UPDATE auth_user SET registration_key = 'pending' WHERE id = ?", bob_id)
    ann.write('are you there?')
    expect(ann.page.locator('.message--failed .message__content')).to_have_text(['are you there?'])
    expect(ann.page.locator('#composer-error')).to_have_text('There is no such member.')
    ann.stack.query("UPDATE auth_user SET registration_key = '' WHERE id = ?", bob_id)
    ann.page.locator('.message__retry').click()
    ann.sees('before', 'are you there?')
