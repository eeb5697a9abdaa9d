"""Members and others who write without a socket: by the form, by command.json, and by SQL. Each is a thread.

None of them lets go of a message before the site has answered: what is unknown is sent again under the same ref.
"""
import contextlib
import http.client
import random
import threading
import time
import uuid

from member import hidden_fields

from .history import UNKNOWN

LATER = {'busy', 'rate'}
PAUSE_SECONDS = 0.05
GIVE_UP_SECONDS = 45
FORM = '/messenger/messaging/send_message'
SENT = 'Message sent successfully!'
# No answer: the line or the process behind it is gone, or what came is a part of an answer.
NOTHING = (OSError, http.client.HTTPException, ValueError)


class Writer(threading.Thread):
    """`attempt(send)` notes what it hears in the history; nothing heard is no answer."""

    via, think_seconds = None, 0.02

    def __init__(self, member, receivers, history, name, seed):
        super().__init__(name=name, daemon=True)
        self.member, self.receivers, self.history = member, receivers, history
        self._random, self._finished = random.Random(seed), threading.Event()

    def finish(self):
        """Begin nothing new, and return when all that was begun is answered."""
        self._finished.set()
        self.join()

    def run(self):
        for count in range(1_000_000):
            if self._finished.wait(self._random.random() * self.think_seconds):
                return
            self.send('%s %d' % (self.name, count))

    def send(self, content):
        """Send one message, and again until it is answered."""
        send = self.history.invoke(ref=self.ref(), sender=self.member.id, receiver=self._random.choice(self.receivers), content=content,
                                   via=self.via)
        give_up = time.monotonic() + GIVE_UP_SECONDS
        while send.outcome == UNKNOWN and time.monotonic() < give_up:
            send.attempts += 1
            with contextlib.suppress(*NOTHING):
                self.attempt(send)
            if send.outcome == UNKNOWN:
                time.sleep(PAUSE_SECONDS)

    def ref(self):
        return uuid.uuid4().hex


class CommandWriter(Writer):
    """As a script on the member's page would without a socket."""

    via = 'command'

    def attempt(self, send):
        _, answer = self.member.ask('/messenger/messaging/command.json', {
            'type': 'send', 'ref': send.ref, 'receiver': send.receiver, 'content': send.content})
        if answer['type'] == 'ack':
            self.history.ok(send, answer)
        elif answer['code'] not in LATER:
            self.history.fail(send, answer['code'])


class FormWriter(Writer):
    """As somebody without scripts, who goes back and presses the button again when no page comes."""

    via = 'form'

    def attempt(self, send):
        fields = hidden_fields(self.member.get(FORM))
        if 'ref' not in fields:
            # A web2py that is killed while it writes a session leaves half of it: its member has to log in again.
            self.member.log_in()
            return
        page = self.member.post(FORM, **dict(fields, receiver=str(send.receiver), content=send.content, ref=send.ref))
        if SENT in page:
            self.history.ok(send)


class ScriptWriter(Writer):
    """As another program that knows the table's five fields and nothing else. It has no ref, so it never tries twice."""

    via, think_seconds = 'script', 0.5

    def __init__(self, connect, *arguments):
        super().__init__(*arguments)
        self._connect = connect

    def send(self, content):
        """Insert one row."""
        send = self.history.invoke(ref=None, sender=self.member.id, receiver=self._random.choice(self.receivers), content=content,
                                   via=self.via)
        send.attempts = 1
        with contextlib.suppress(Exception), contextlib.closing(self._connect()) as database:
            database.cursor().execute(
                "INSERT INTO message (sender, receiver, content, timestamp, is_read) VALUES (%d, %d, '%s', '2026-01-02 03:04:05', 'F')"
                % (send.sender, send.receiver, content))
            database.commit()
            self.history.ok(send)


