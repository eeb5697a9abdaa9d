"""How far gevent-websocket's stack goes when nothing is asked of it: its handshake, and then a bare loop with a writer thread.

No sessions, rights, limits or counters. Messages that came together share a transaction; acks and pushes go out after its commit; each
frame is encoded once, and what goes to one socket goes in one send().
"""
import gc
import queue
import socket
import threading
import time
from collections import defaultdict, deque

import gevent
import orjson
from common import INSERT, arguments, connect, user_of
from gevent.event import Event
from gevent.pywsgi import WSGIServer
from geventwebsocket.handler import WebSocketHandler

BATCH, RECEIVE, WRITABLE, PONG = 1_000, 16_384, 2, 0x8a
options = arguments(__doc__)
sockets = defaultdict(set)
loop = gevent.get_hub().loop


class Client:
    __slots__ = ('user', 'sock', 'received', 'out', 'late', 'watcher')

    def __init__(self, user, sock):
        self.user, self.sock, self.received, self.out, self.late, self.watcher = user, sock, b'', [], None, None
        # gevent's servers leave Nagle's algorithm on: with clients that delay their ACKs it makes tails of 40 ms.
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        sockets[user].add(self)

    def write(self, data):
        if self.late is not None:
            self.late += data
            return
        try:
            sent = self.sock.send(data)
        except BlockingIOError:
            sent = 0
        except OSError:
            return
        if sent < len(data):
            self.late, self.watcher = bytearray(data[sent:]), loop.io(self.sock.fileno(), WRITABLE)
            self.watcher.start(self.drain)

    def drain(self):
        try:
            sent = self.sock.send(self.late)
        except OSError:
            sent = len(self.late)
        del self.late[:sent]
        if not self.late:
            self.stop_watching()

    def stop_watching(self):
        if self.watcher is not None:
            self.watcher.stop()
            self.watcher.close()
        self.late = self.watcher = None

    def feed(self, data):
        """Take what recv() gave, handle each whole frame; return whether to go on."""
        data = self.received + data if self.received else data
        at, size = 0, len(data)
        while size - at >= 6:
            opcode, length, start = data[at] & 15, data[at + 1] & 127, at + 6
            if length == 126:
                if size - at < 8:
                    break
                length, start = data[at + 2] << 8 | data[at + 3], at + 8
            elif length == 127:
                return False
            end = start + length
            if end > size:
                break
            mask, at = data[start - 4:start], end
            payload = unmasked(data[start:end], mask, length)
            if opcode == 1:
                accept(self, payload)
            elif opcode == 8:
                return False
            elif opcode == 9:
                self.write(frame(payload, PONG))
        self.received = data[at:]
        return True

    def close(self):
        sockets[self.user].discard(self)
        self.stop_watching()


def unmasked(payload, mask, length):
    key = int.from_bytes((mask * (length // 4 + 1))[:length], 'little')
    return (int.from_bytes(payload, 'little') ^ key).to_bytes(length, 'little')


def frame(payload, first=0x81):
    size = len(payload)
    return (bytes((first, size)) if size < 126 else bytes((first, 126, size >> 8, size & 255))) + payload


class Writer:
    """A thread that owns the database; what is done comes back through one watcher of the loop."""

    def __init__(self):
        self.connection, self.next_id = connect(options.db), 1
        self.asked, self.has_asked, self.to_do, self.done, self.wake = [], Event(), queue.SimpleQueue(), deque(), loop.async_()
        self.wake.start(self.told)
        threading.Thread(target=self.work, daemon=True).start()
        gevent.spawn(self.hand_over)

    def ask(self, message):
        self.asked.append(message)
        if len(self.asked) == 1:
            self.has_asked.set()

    def hand_over(self):
        while True:
            self.has_asked.wait()
            self.has_asked.clear()
            (messages, self.asked), now = (self.asked, []), time.time()
            self.to_do.put([(self.next_id + place, *message, now) for place, message in enumerate(messages)])
            self.next_id += len(messages)

    def work(self):
        while True:
            rows = self.to_do.get()
            try:
                while len(rows) < BATCH:
                    rows = rows + self.to_do.get_nowait()
            except queue.Empty:
                pass
            self.connection.execute('begin')
            self.connection.executemany(INSERT, rows)
            self.connection.execute('commit')
            self.done.append(rows)
            self.wake.send()

    def told(self):
        while self.done:
            deliver(self.done.popleft())


def accept(client, payload):
    said = orjson.loads(payload)
    if isinstance(said['content'], str) and isinstance(said['receiver'], int):
        writer.ask((client.user, said['receiver'], said['content']))


def deliver(rows):
    dirty = []
    for number, sender, receiver, content, created in rows:
        data = frame(orjson.dumps({'id': number, 'sender': sender, 'receiver': receiver, 'content': content, 'created': created}))
        for client in sockets[sender] | sockets[receiver]:
            if not client.out:
                dirty.append(client)
            client.out.append(data)
    for client in dirty:
        client.write(client.out[0] if len(client.out) == 1 else b''.join(client.out))
        client.out.clear()


def serve(environ, start_response):
    sock = environ['wsgi.websocket'].handler.socket
    client = Client(user_of(environ.get('HTTP_COOKIE')), sock._sock)
    try:
        while (data := sock.recv(RECEIVE)) and client.feed(data):
            pass
    except OSError:
        pass
    finally:
        client.close()
    return []


writer = Writer()
gc.freeze()
WSGIServer(('127.0.0.1', options.port), serve, handler_class=WebSocketHandler, log=None, backlog=4096).serve_forever()
