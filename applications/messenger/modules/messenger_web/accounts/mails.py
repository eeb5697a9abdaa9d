"""Mails leave from threads of their own: no page waits for a mail server, or tells by its time whether there was anything to send."""
import logging
import smtplib
import threading
from collections import deque
from email.message import EmailMessage
from email.utils import formatdate, make_msgid

from messenger_core.members.spelling import in_ascii

log = logging.getLogger('web2py.app.messenger')

THREADS = 2


class Later:
    """web2py's mailer: what it is told to send waits until leave(), which is for after the commit. `smtp` are the settings."""

    def __init__(self, smtp):
        self._smtp, self._waiting = smtp, []

    def send(self, to, subject, message):
        """Return whether there is room for one more."""
        self._waiting.append((str(to), str(subject), str(message)))
        return post.has_room(self._smtp.waiting)

    def leave(self):
        """Have them sent."""
        smtp, mails, self._waiting = self._smtp, self._waiting, []
        for mail in mails:
            post.put(lambda mail=mail: send(smtp, *mail), smtp.waiting)


def send(smtp, to, subject, text):
    """Hand a mail to the server of these settings; raises OSError and SMTPException."""
    mail = EmailMessage()
    mail['From'], mail['To'], mail['Subject'] = smtp.sender, in_ascii(to), subject
    mail['Date'], mail['Message-ID'] = formatdate(), make_msgid(domain=smtp.sender.rpartition('@')[2].strip('> ') or None)
    mail.set_content(text)
    if smtp.server == 'logging':    # as web2py has it, for trying
        return log.warning('A mail that is not sent:\n%s', mail)
    host, _, port = smtp.server.partition(':')
    kind = smtplib.SMTP_SSL if smtp.ssl else smtplib.SMTP
    with kind(host, int(port or 0), timeout=smtp.seconds) as server:
        if smtp.tls and not smtp.ssl:
            server.starttls()
        if smtp.login:
            server.login(*smtp.login.split(':', 1))
        server.send_message(mail)


class Post:
    """Does one job after the other, in at most THREADS threads, which are there only while there is something to do."""

    def __init__(self):
        self._jobs, self._threads, self._turn = deque(), 0, threading.Lock()

    def has_room(self, limit):
        """Whether fewer than so many are waiting."""
        return len(self._jobs) < limit

    def put(self, job, limit):
        """Have `job()` called; return False when so many are waiting already."""
        with self._turn:
            if not self.has_room(limit):
                return False
            self._jobs.append(job)
            if self._threads < THREADS:
                self._threads += 1
                threading.Thread(target=self._run, name='mails', daemon=True).start()
            return True

    def _run(self):
        while True:
            with self._turn:
                if not self._jobs:
                    self._threads -= 1
                    return
                job = self._jobs.popleft()
            try:
                job()
            except Exception as error:      # its text may hold the address
                log.warning('A mail could not be sent: %s', type(error).__name__)


post = Post()
