"""Pages beside clients without a socket, on the real web2py: what a poll holds, and what fifty of them leave to others."""
import contextlib
import fcntl
import shutil
import threading
import urllib.request
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest
from messenger_live.sessions.files import spread
from stack import PATIENCE, Stack

POLLERS, PAGES = 50, 6
SEND = {'type': 'send', 'content': 'by a page without a socket'}


@pytest.fixture(scope='module')
def stack(tmp_path_factory, web2py_home):
    with Stack(tmp_path_factory.mktemp('stack'), web2py_home, questions_per_second=1e6) as stack:
        yield stack


@contextlib.contextmanager
def nobody_may_write(stack):
    """Whoever wants to write waits for their turn, in the middle of what they do."""
    with open(stack.application / 'databases' / 'messenger.turn', 'a') as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        yield


@pytest.mark.parametrize(('path', 'frame'), [('updates.json?since=0', None), ('conversations.json', None), ('command.json', SEND)])
def test_what_is_asked_for_in_json_does_not_hold_up_the_pages_of_the_same_session(stack, ann, bob, path, frame):
    with ThreadPoolExecutor(1) as pool:
        with nobody_may_write(stack):
            # It waits for adoption, which takes a turn.
            stack.query("INSERT INTO message (sender, receiver, content) VALUES (?, ?, 'foreign')", bob.id, ann.id)
            asked = pool.submit(ann.ask, '/messenger/messaging/' + path, frame and dict(frame, receiver=bob.id))
            for _ in range(10):
                assert 'Log out' in ann.get('/messenger/messaging/send_message')
            assert not asked.done(), 'the pages were answered after it, and not meanwhile'
        assert asked.result()[0] == 200, asked.result()


class Poller:
    """A client with a session of its own that asks for news, and again as soon as it is answered."""

    def __init__(self, stack, member, stopped):
        sessions = stack.application / 'sessions'
        session_id = '127.0.0.1-%s' % uuid.uuid4()
        (sessions / spread(session_id)).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(sessions / spread(member.session_id), sessions / spread(session_id))
        self.request = urllib.request.Request(stack.url + '/messenger/messaging/updates.json?since=0',
                                              headers={'Cookie': 'session_id_messenger=' + session_id})
        self.answers, self.stopped = [], stopped

    def run(self):
        while not self.stopped.is_set():
            with urllib.request.urlopen(self.request, timeout=PATIENCE) as answer:
                self.answers.append(answer.status)


def test_fifty_that_poll_without_a_pause_starve_nobody(stack, ann, bob):
    stopped, waited = threading.Event(), []
    pollers = [Poller(stack, ann, stopped) for _ in range(POLLERS)]

    def answered():
        return sum(len(poller.answers) for poller in pollers)
    with ThreadPoolExecutor(POLLERS) as pool:
        running = [pool.submit(poller.run) for poller in pollers]
        try:
            while not all(poller.answers for poller in pollers):
                assert not any(one.done() for one in running)
            for _ in range(PAGES):
                before = answered()
                assert 'Log out' in bob.get('/messenger/messaging/index')
                waited.append(answered() - before)
            assert not any(one.done() for one in running)
        finally:
            stopped.set()
        for one in running:
            one.result()
    assert max(waited) <= 4 * POLLERS, waited     # a page is in turn as each of them is
    assert stack.tickets() == []
