"""A line to PostgreSQL that breaks when it is told to: a Unix socket before the server's own, which sees what passes."""
import contextlib
import os
import shutil
import socket
import tempfile
import threading

# As the protocol has it: a message, the statement, and that it is done.
INSERT, COMMIT, READY = b'INSERT INTO "message"', b'COMMIT\x00', b'Z\x00\x00\x00\x05I'


class Relay:
    """`uri` leads through it. The next COMMIT of a message is cut off `when`: 'before' or 'after' the server has done it.

    From then on there is no other line until `is_open` is set again, unless it `heals`: at once, or after it has refused one.
    """

    def __init__(self, uri):
        plain, _, self._server = uri.partition('?unix_socket=')
        self._folder = tempfile.mkdtemp(prefix='messenger-relay-')      # a socket's path may have 100 characters
        path = os.path.join(self._folder, os.path.basename(self._server))
        self.uri = '%s?unix_socket=%s' % (plain, path)
        self.when, self.heals, self.heals_late, self.is_open, self.cuts, self._lines = None, False, False, True, 0, []
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(path)
        self._listener.listen()
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self):
        """Break every line."""
        self.when, self.is_open = None, self.heals
        for one in tuple(self._lines):      # not those that are opened again meanwhile
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
        self.cuts += 1

    def close(self):
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.cut()
        for one in self._lines:
            one.close()
        shutil.rmtree(self._folder)

    def _accept(self):
        with contextlib.suppress(OSError):
            while True:
                client = self._listener.accept()[0]
                if not self.is_open:
                    self.is_open = self.heals_late
                    client.close()
                    continue
                server = socket.socket(socket.AF_UNIX)
                server.connect(self._server)
                self._lines += [client, server]
                line = _Line(self, client, server)
                threading.Thread(target=line.ask, daemon=True).start()
                threading.Thread(target=line.answer, daemon=True).start()


class _Line:
    def __init__(self, relay, client, server):
        self._relay, self._client, self._server = relay, client, server
        self._has_inserted = self._is_committing = False

    def ask(self):
        with contextlib.suppress(OSError):
            while True:
                data = self._client.recv(65536)
                self._has_inserted = self._has_inserted or INSERT in data
                self._is_committing = COMMIT in data and self._has_inserted and self._relay.when == 'after'
                if COMMIT in data and self._has_inserted and self._relay.when == 'before':
                    return self._relay.cut()
                if not data:
                    return self._server.shutdown(socket.SHUT_RDWR)
                self._server.sendall(data)

    def answer(self):
        with contextlib.suppress(OSError):
            while True:
                data = self._server.recv(65536)
                if self._is_committing and READY in data:
                    return self._relay.cut()
                if not data:
                    return self._client.shutdown(socket.SHUT_RDWR)
                self._client.sendall(data)
