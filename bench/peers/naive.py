"""gevent-websocket and pydal as a tutorial has them: a greenlet a socket, an insert and a commit a message, json.dumps for each socket."""
from gevent import monkey

monkey.patch_all()

# isort: split
# ruff: noqa: E402
import contextlib
import json
import os
import time
from collections import defaultdict

from common import arguments, user_of
from gevent.pywsgi import WSGIServer
from geventwebsocket import WebSocketError
from geventwebsocket.handler import WebSocketHandler
from pydal import DAL, Field

options = arguments(__doc__)
sockets = defaultdict(set)


def durable(adapter):
    adapter.execute('PRAGMA journal_mode=WAL;')
    adapter.execute('PRAGMA synchronous=FULL;')


folder, name = os.path.split(os.path.abspath(options.db))
db = DAL('sqlite://' + name, folder=folder, after_connection=durable)
db.define_table('message', Field('sender', 'integer'), Field('receiver', 'integer'), Field('content', 'text'), Field('created', 'double'))
db.commit()


def serve(environ, start_response):
    socket, user = environ['wsgi.websocket'], user_of(environ.get('HTTP_COOKIE'))
    sockets[user].add(socket)
    try:
        while (text := socket.receive()) is not None:
            said = json.loads(text)
            message = dict(sender=user, receiver=int(said['receiver']), content=said['content'], created=time.time())
            number = int(db.message.insert(**message))
            db.commit()
            push(dict(message, id=number), sockets[user] | sockets[message['receiver']])
    finally:
        sockets[user].discard(socket)
        db._adapter.close()
    return []


def push(message, targets):
    for target in targets:
        with contextlib.suppress(WebSocketError):
            target.send(json.dumps(message))


WSGIServer(('127.0.0.1', options.port), serve, handler_class=WebSocketHandler, log=None, backlog=4096).serve_forever()
