"""picows (Cython) on uvloop: an insert and a commit a message, encoded once."""
import json
import time
from collections import defaultdict

import uvloop
from common import INSERT, arguments, connect, user_of
from picows import WSListener, WSMsgType, ws_create_server

options = arguments(__doc__)
connection = connect(options.db)
sockets = defaultdict(set)


class Client(WSListener):
    def __init__(self, request):
        super().__init__()
        cookie = request.headers.get('Cookie') or ''
        self.user = user_of(cookie if isinstance(cookie, str) else cookie.decode())

    def on_ws_connected(self, transport):
        sockets[self.user].add(transport)

    def on_ws_disconnected(self, transport):
        sockets[self.user].discard(transport)

    def on_ws_frame(self, transport, frame):
        if frame.msg_type == WSMsgType.TEXT:
            self.send(json.loads(frame.get_payload_as_bytes()))
        elif frame.msg_type == WSMsgType.PING:
            transport.send_pong(frame.get_payload_as_bytes())
        elif frame.msg_type == WSMsgType.CLOSE:
            transport.disconnect()

    def send(self, said):
        message = dict(sender=self.user, receiver=int(said['receiver']), content=said['content'], created=time.time())
        number = connection.execute(INSERT, (None, *message.values())).lastrowid
        data = json.dumps(dict(message, id=number)).encode()
        for transport in sockets[self.user] | sockets[message['receiver']]:
            transport.send(WSMsgType.TEXT, data)


async def main():
    server = await ws_create_server(Client, '127.0.0.1', options.port, backlog=4096)
    await server.serve_forever()

uvloop.run(main())
