"""What pages of a real web2py commit reaches the sidecar at once, though it looks for nothing in half a minute."""
import tempfile
import time
from pathlib import Path

import pytest
from sidecar import listening
from stack import Stack

SOON = 2.0      # of thirty seconds: a page that is busy takes its time


@pytest.fixture(scope='module')
def stack(web2py_home):
    with tempfile.TemporaryDirectory(prefix='m', dir='/tmp') as folder, Stack(
            Path(folder), web2py_home, poll_seconds=30, timer_seconds=600, recheck_seconds=600) as stack:
        yield stack


@pytest.fixture
def live(stack, bob):
    with listening(stack, bob) as peer:
        yield peer


def command(member, **frame):
    """Post a frame as a chat does that has no socket; return the answer."""
    status, answer = member.ask('/messenger/messaging/command.json', frame)
    assert status == 200
    return answer


def test_a_form_a_command_and_what_is_read(ann, bob, live):
    for number in range(3):
        began = time.monotonic()
        ann.send(bob.id, 'by the form %d' % number)
        assert live.until('message')[-1]['content'] == 'by the form %d' % number
        ack = command(ann, type='send', receiver='#%d' % bob.id, content='json', ref='r%d' % number)
        assert live.until('message')[-1]['id'] == ack['id']
        command(bob, type='read', conversation=ack['conversation'], number=ack['number'])
        assert live.until('read')[-1]['number'] == ack['number']
        assert time.monotonic() - began < 5 * SOON


def test_a_logout(ann, bob, live):
    began = time.monotonic()
    bob.log_out()
    assert live.close_code() == 4401 and time.monotonic() - began < SOON
    bob.log_in()


def test_a_page_finds_a_sidecar_that_was_killed_and_started_again(stack, ann, bob):
    stack.restart_sidecar()
    with listening(stack, bob) as peer:
        ann.send(bob.id, 'to the next one')
        assert peer.until('message')[-1]['content'] == 'to the next one'
