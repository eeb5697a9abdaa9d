"""What is written while nothing can be sent: it outlives the page, the tab and the browser, is sent once, and belongs to its writer."""
import json

import pytest
from person import LIVE, LOST
from playwright.sync_api import expect

PENDING = '.message--pending .message__content'
FAILED = '.message--failed .message__content'
COMMANDS = '**/command.json'


@pytest.fixture
def cut_off(two):
    """Ann, whose messages go nowhere, and Bob. Call the third for the line to be there again."""
    ann, bob = two
    ann.write('before')
    bob.sees('before')
    for person in two:
        person.may_lose_the_line = True
    cut(ann.context)
    ann.stack.kill_sidecar()
    ann.sees_state(LOST)

    def mend(*contexts):
        for context in (ann.context, *contexts):
            context.unroute(COMMANDS)
        ann.stack.start_sidecar()
        for page in (page for context in (ann.context, bob.context, *contexts) for page in context.pages):
            if page.locator('#connection').count():
                ann.comes_back(page)

    yield ann, bob, mend
    if 'sidecar' not in ann.stack.processes:
        ann.stack.start_sidecar()


def cut(context):
    context.route(COMMANDS, lambda route: route.abort('connectionrefused'))


def sends_of(page):
    """Return a list that the refs of all messages sent by this page are going to be in, also of those that went without a socket."""
    refs = []
    page.on('websocket', lambda socket: socket.on('framesent', lambda frame: note(json.loads(frame))))
    page.on('response', lambda response: '/command.json' in response.url and response.ok and note(response.request.post_data_json))

    def note(frame):
        if frame['type'] == 'send':
            refs.append(frame['ref'])
    return refs


def shows(page, selector, *texts):
    expect(page.locator(selector)).to_have_text(list(texts))


def test_what_a_closed_browser_has_left_is_sent_when_it_is_opened_again(cut_off, visit):
    ann, bob, _ = cut_off
    ann.write('one')
    ann.write('two')
    shows(ann.page, PENDING, 'one', 'two')
    kept = ann.context.storage_state()
    ann.context.close()
    again = visit(storage_state=kept)
    again.may_lose_the_line = True
    cut(again.context)
    again.open_chat(bob, live=False)
    shows(again.page, PENDING, 'one', 'two')
    again.context.unroute(COMMANDS)
    ann.stack.start_sidecar()
    again.comes_back()
    again.sees('before', 'one', 'two')
    bob.sees('before', 'one', 'two')
    again.page.reload()
    again.sees('before', 'one', 'two')


def test_two_tabs_show_the_same_and_each_message_is_sent_by_one(cut_off):
    ann, bob, mend = cut_off
    tab = ann.context.new_page()
    sent = [sends_of(ann.page), sends_of(tab)]
    ann.open_chat(bob, tab, live=False)
    ann.write('from the one')
    ann.write('from the other', tab)
    for page in (ann.page, tab):
        shows(page, PENDING, 'from the one', 'from the other')
    mend()
    for page in (ann.page, tab):
        expect(page.locator('#messages .message__content')).to_have_count(3)
        expect(page.locator(PENDING)).to_have_count(0)
    expect(bob.page.locator('#messages li')).to_have_count(3)
    # A tab may say the same again under its ref: by a request, and by the socket that opens before that is answered.
    assert [len(set(refs)) for refs in sent] == [1, 1] and set(sent[0]) != set(sent[1])


def test_what_a_closed_tab_has_left_is_sent_by_the_other(cut_off):
    ann, bob, mend = cut_off
    tab = ann.context.new_page()
    ann.open_chat(bob, tab, live=False)
    ann.write('left behind', tab)
    shows(ann.page, PENDING, 'left behind')
    tab.close()
    mend()
    ann.sees('before', 'left behind')
    bob.sees('before', 'left behind')


def test_the_list_of_conversations_sends_what_was_left_too(cut_off):
    ann, bob, mend = cut_off
    ann.write('left behind')
    shows(ann.page, PENDING, 'left behind')
    ann.page.goto('/messenger/messaging/chat')
    expect(ann.page.locator('.conversation__last')).to_have_text('You: before')
    mend()
    expect(ann.page.locator('.conversation__last')).to_have_text('You: left behind', timeout=40_000)
    bob.sees('before', 'left behind')


def test_whoever_logs_in_next_sends_and_sees_nothing_of_it(cut_off, visit):
    ann, bob, mend = cut_off
    ann.write('a secret of Ann')
    shows(ann.page, PENDING, 'a secret of Ann')
    # Her session ends by itself; what logging out does is in test_drafts.py.
    ann.leave()
    ann.context.clear_cookies()
    cid = visit('Cid', 'Orr', storage_state=ann.context.storage_state())
    cid.may_lose_the_line = True
    cid.join()
    mend(cid.context)
    cid.open_chat(bob)
    cid.write('hello from Cid')
    cid.sees('hello from Cid')
    assert ann.stack.query("SELECT COUNT(*) FROM message WHERE content LIKE 'a secret of Ann'") == [(0,)]
    ann.log_in()
    ann.open_chat(bob)
    ann.sees('before', 'a secret of Ann')
    bob.sees('before', 'a secret of Ann')


def test_a_refused_message_can_be_discarded_in_either_tab(two):
    ann, bob = two
    tab = ann.new_tab(bob)
    bob.leave()
    ann.stack.query("UPDATE auth_user SET registration_key = 'pending' WHERE id = ?", bob.id)
    ann.write('one')
    ann.write('two')
    for page in (ann.page, tab):
        shows(page, FAILED, 'one', 'two')
    ann.stack.query("UPDATE auth_user SET registration_key = '' WHERE email = ?", bob.email)
    tab.locator('.message--failed', has_text='one').get_by_role('button', name='Discard').click()
    for page in (ann.page, tab):
        shows(page, FAILED, 'two')
    ann.page.reload()
    ann.sees_state(LIVE)
    shows(ann.page, FAILED, 'two')
    ann.page.get_by_role('button', name='Send again').click()
    ann.sees('two')
    ann.sees('two', page=tab)
    bob.open_chat(ann)
    bob.sees('two')
    expect(ann.page.locator('#composer-error')).to_be_empty()


def test_what_was_stored_before_its_page_was_gone_is_shown_once_when_it_comes_back(two):
    ann, bob = two
    ann.write('stored')
    ann.sees('stored')
    ann.page.evaluate('''() => {
        const { userId, epoch, commandUrl } = document.getElementById('live').dataset;
        const { otherId } = document.getElementById('chat').dataset;
        const { ref } = document.querySelector('#messages li').dataset;
        localStorage.setItem(`messenger.outbox ${commandUrl} ${userId} ${ref}`, JSON.stringify({
            ref, receiver: Number(otherId), content: 'stored', at: Date.now() / 1000, epoch, owner: 'killed', state: 'sending' }));
    }''')
    ann.page.reload()
    ann.sees_state(LIVE)
    ann.page.wait_for_function('() => localStorage.length === 0')
    ann.sees('stored')
    bob.sees('stored')
