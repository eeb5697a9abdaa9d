"""A mail server on loopback that keeps what it is given, and does what servers do on a bad day."""
import email
import email.policy
import queue
import socket
import threading

PATIENCE = 20


class MailServer:
    """`behaves`: 'well'; 'hangs', which says nothing before let_go(); 'refuses' who is written to."""

    def __init__(self, behaves='well'):
        self.behaves, self.connections, self._mails, self._freed = behaves, 0, queue.Queue(), threading.Event()
        self._listener = socket.create_server(('127.0.0.1', 0))
        self.address = '127.0.0.1:%d' % self._listener.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def mail(self, seconds=PATIENCE):
        """Return the next mail, {to, subject, text}."""
        to, data = self._mails.get(timeout=seconds)
        mail = email.message_from_bytes(data, policy=email.policy.default)
        return {'to': to, 'subject': mail['Subject'], 'text': mail.get_content()}

    def let_go(self):
        self._freed.set()

    def is_empty(self):
        return self._mails.empty()

    def close(self):
        self.let_go()
        self._listener.close()

    def _serve(self):
        while True:
            try:
                sock, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._talk, args=(sock,), daemon=True).start()

    def _talk(self, sock):
        if self.behaves == 'hangs':
            self._freed.wait(PATIENCE)
        with sock, sock.makefile('rwb') as file:
            say(file, '220 here')
            to = None
            for line in iter(file.readline, b''):
                word = line[:4].upper()
                if word == b'RCPT':
                    to = line.partition(b'<')[2].partition(b'>')[0].decode()
                if word == b'DATA':
                    say(file, '354 go on')
                    data = b''.join(iter(file.readline, b'.\r\n'))
                    self._mails.put((to, data))
                is_refused = word == b'RCPT' and self.behaves == 'refuses'
                say(file, '550 no such %s' % to if is_refused else '221 bye' if word == b'QUIT' else '250 well')


def say(file, line):
    file.write(line.encode() + b'\r\n')
    file.flush()
