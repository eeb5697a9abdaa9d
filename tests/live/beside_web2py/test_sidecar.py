"""The sidecar beside a real web2py, which doesn't know that it exists."""
import copy
import re

import pytest
from sidecar import PATIENCE, Socket
from stack import PASSWORD, Stack


@pytest.fixture(scope='module')
def stack(tmp_path_factory, web2py_home):
    # No timer and no second look at sessions: what arrives here arrives because a commit was noticed.
    with Stack(tmp_path_factory.mktemp('stack'), web2py_home, timer_seconds=600, recheck_seconds=600) as stack:
        yield stack


@pytest.fixture
def sockets(stack):
    """A function that opens a member's socket with their web2py session."""
    opened = []

    def connect(member):
        peer = Socket()
        opened.append(peer)
        peer.settimeout(PATIENCE)
        peer.connect(stack.socket_url, origin=stack.origin, cookie=member.cookie)
        assert peer.frame()['user_id'] == member.id
        return peer
    yield connect
    for peer in opened:
        peer.shutdown()


def test_a_message_sent_by_the_form_arrives_at_once(ann, bob, sockets):
    live = sockets(bob)
    ann.send(bob.id, 'by the form')
    message = live.frame()
    assert (message['content'], message['sender']) == ('by the form', 'Ann Lee')


def test_a_row_inserted_in_appadmin_with_five_fields_arrives_live_as_a_full_message(stack, ann, bob, sockets):
    live, form = sockets(bob), '/messenger/appadmin/insert/db/message'
    assert 'name="content"' not in ann.get(form)
    ann.post('/admin/default/index', password=PASSWORD, send='/messenger/appadmin/index')
    page = ann.submit(form, sender=str(ann.id), receiver=str(bob.id), content='from appadmin', timestamp='2026-01-02 03:04:05',
                      conversation='', number='', seq='', ref='')
    message = live.frame()
    assert (message['content'], message['sender_id'], message['timestamp']) == ('from appadmin', ann.id, '2026-01-02T03:04:05Z'), page
    assert message['number'] > 0 and message['seq'] > 0 and message['conversation'] > 0


def test_what_is_read_on_a_page_is_told_to_the_sender(ann, bob, sockets):
    live = sockets(ann)
    ann.send(bob.id, 'read me')
    sent = live.until('message')[-1]
    bob.get('/messenger/messaging/chat/%d' % ann.id)
    read = live.until('read')[-1]
    assert (read['user_id'], read['number']) == (bob.id, sent['number'])


def test_logging_out_closes_the_sockets_of_that_session_at_once(ann, bob, sockets):
    mine, other = sockets(bob), sockets(ann)
    bob.log_out()
    assert mine.close_code() == 4401
    assert other.is_silent()
    bob.log_in()
    assert sockets(bob)


def test_c8_who_logs_in_next_in_the_same_browser_gets_their_own_socket_and_nothing_of_the_others(ann, bob, sockets):
    mine, stale = sockets(ann), ann.cookie
    ann.log_out()
    browser = copy.copy(ann)    # the same cookies
    browser.id, browser.email = bob.id, bob.email
    browser.log_in()
    assert mine.close_code() == 4401 and browser.cookie != stale
    live = sockets(browser)
    bob.send(ann.id, 'between the two')
    assert live.until('message')[-1]['sender_id'] == bob.id
    assert 'Bob Lee' in browser.get('/messenger/messaging/index')
    browser.log_out()
    assert live.close_code() == 4401
    ann.log_in()
    assert sockets(ann)


def test_g9_while_web2py_is_away_sockets_go_on_and_its_pages_then_show_it_all(stack, ann, bob, sockets):
    live, other = sockets(ann), sockets(bob)
    stack.kill('web2py')
    try:
        live.ask(type='send', receiver=bob.id, content='while it is away')
        assert live.until('ack') and other.until('message')[-1]['content'] == 'while it is away'
        late = sockets(ann)
        late.ask(type='sync', since=0)
        assert 'while it is away' in [frame.get('content') for frame in late.until('synced')]
    finally:
        stack.launch_web2py()
        stack.wait_for_web2py()
    assert 'while it is away' in bob.get('/messenger/messaging/index')
    ann.send(bob.id, 'back again')
    assert other.until('message')[-1]['content'] == 'back again'


def test_sockets_and_pages_number_one_conversation(ann, bob, sockets):
    live = sockets(ann)
    live.ask(type='send', receiver=bob.id, content='by the socket')
    first = live.until('message')[-1]['number']
    ann.send(bob.id, 'by the form')
    assert live.until('message')[-1]['number'] == first + 1
    contents = re.findall(r'<div class="message__content"[^>]*>([^<]+)<', bob.get('/messenger/messaging/chat/%d' % ann.id))
    assert contents[-2:] == ['by the socket', 'by the form']
