"""What is done besides writing while the server is too busy for it: shown as done, kept over pages, and done later."""
import json
import re
import time

import pytest
from person import LIVE
from playwright.sync_api import expect

LIST, INBOX = '/messenger/messaging/chat', '/messenger/messaging/index'
VERBS = ('read', 'unread', 'mute')


class Door:
    """What stands between a browser and the sidecar: while `refusal` is set, every verb gets that, and all else passes.

    While it `is_deaf` nothing is heard of verbs that were done.
    """

    def __init__(self, context):
        self.refusal, self.refused, self.is_deaf = None, [], False
        context.route_web_socket(re.compile('/stream/listen'), self._opened)

    def _opened(self, socket):
        server = socket.connect_to_server()
        server.on_message(lambda text: (self.is_deaf and json.loads(text)['type'] in VERBS) or socket.send(text))
        socket.on_message(lambda text: self._said(json.loads(text), socket, server))

    def _said(self, frame, socket, server):
        if self.refusal and frame['type'] in VERBS:
            self.refused.append(frame['type'])
            socket.send(json.dumps({'type': 'error', 'ref': frame['ref'], 'message': 'A sentence.', **self.refusal}))
        else:
            server.send(json.dumps(frame))


BUSY = {'code': 'busy', 'retry_after': 0.2}


@pytest.fixture
def ann(two):
    """Ann, to whom Bob has written while she was elsewhere; her `door` is busy."""
    ann, bob = two
    ann.leave()
    bob.write('hello')
    bob.sees('hello')
    ann.door = Door(ann.context)
    ann.door.refusal = BUSY
    return ann


def stored(person):
    return person.stack.query('SELECT read_number, marked_unread, muted_until FROM messenger_participant WHERE user_id = ?', person.id)[0]


def comes_to(person, is_so):
    """Let the door be open until what has been done is stored, and be busy again."""
    person.door.refusal, deadline = None, time.monotonic() + 20
    while not is_so(stored(person)):
        assert time.monotonic() < deadline, stored(person)
        person.page.wait_for_timeout(50)
    expect(person.page.locator('#taken-back')).to_be_hidden()
    person.door.refusal = BUSY


def stays(person, locator, shown):
    """Expect it to be shown, now, after a reload, and once the server has refused it again."""
    expect(locator).to_have_text(shown)
    del person.door.refused[:]
    person.page.reload()
    expect(locator).to_have_text(shown)
    person.sees_state(LIVE)
    while not person.door.refused:
        person.page.wait_for_timeout(50)
    expect(locator).to_have_text(shown)


def test_a_mark_a_mute_and_what_was_read_are_shown_at_once_and_done_when_the_server_can(two, ann):
    bob, page = two[1], ann.page
    badge = page.locator('.conversation .badge')
    page.goto(LIST)
    ann.sees_state(LIVE)
    expect(badge).to_have_text(['1 unread'])
    page.get_by_role('button', name='Mark as read').click()
    stays(ann, badge, [])
    assert stored(ann) == (0, 'F', None)
    page.goto(INBOX)
    waits = page.locator('.letter .badge:visible')
    expect(waits).to_have_text([])
    comes_to(ann, lambda now: now[0] == 1)
    page.get_by_role('button', name='Mark conversation as unread').click()
    stays(ann, waits, ['marked as unread'])
    assert stored(ann)[1] == 'F'
    page.goto(LIST)
    expect(badge).to_have_text(['unread'])
    comes_to(ann, lambda now: now[1] == 'T')
    expect(badge).to_have_text(['unread'])

    # What a form does meanwhile was asked for after what still waits.
    page.goto(INBOX)
    page.get_by_role('button', name='Mark as read').click()
    expect(waits).to_have_text([])
    page.get_by_role('button', name='Mark conversation as unread').click()
    expect(waits).to_have_text(['marked as unread'])
    ann.door.is_deaf = True
    page.get_by_role('button', name='Mark all as read').click()
    expect(waits).to_have_text([])
    assert stored(ann)[1] == 'F' and not page.evaluate("Object.keys(localStorage).filter(key => key.startsWith('messenger.verbs'))")
    ann.door.is_deaf = False

    ann.open_chat(bob)
    mute, muted = page.locator('.chat__mute'), page.locator('.conversation__muted')
    mute.click()
    expect(mute).to_have_accessible_name('Unmute this chat')
    stays(ann, muted, ['muted'])
    expect(mute).to_have_accessible_name('Unmute this chat')
    bob.write('again')
    ann.sees('hello', 'again')
    expect(badge).to_have_text([])
    assert stored(ann)[0] == 1 and stored(ann)[2] is None
    comes_to(ann, lambda now: now[0] == 2 and now[2])
    expect(bob.page.locator('.message__state').last).to_have_text('Seen')


def test_what_is_refused_for_good_is_taken_back_and_said(two, ann):
    page, door = ann.page, ann.door
    door.refusal = {'code': 'forbidden'}
    page.goto(LIST)
    ann.sees_state(LIVE)
    page.get_by_role('button', name='Mark as read').click()
    told = page.locator('#taken-back')
    expect(told).to_have_text('That could not be saved and was taken back.')
    expect(page.locator('.conversation .badge')).to_have_text(['1 unread'])
    page.goto(INBOX)
    ann.sees_state(LIVE)
    page.locator('.letter__mark').click()
    expect(told).to_be_visible()
    expect(page.locator('.letter .badge')).to_have_text(['unread'])
    door.refusal = {'code': 'busy', 'retry_after': 3600}
    ann.open_chat(two[1])
    page.locator('.chat__mute').click()
    expect(told).to_be_visible()
    expect(page.locator('.chat__mute')).to_have_accessible_name('Mute this chat')
    expect(page.locator('.conversation__muted')).to_have_count(0)
    door.refusal = None
    page.locator('.chat__mute').click()
    expect(told).to_be_hidden()
    expect(page.locator('.conversation__muted')).to_have_text(['muted'])
