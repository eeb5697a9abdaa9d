"""The sidecar, whose /health also says how much it remembers of those who were there. Run by tests, not imported."""
import gc
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))
import websocket_server

options = websocket_server.parse(sys.argv[1:])
websocket_server.prepare_imports(options.web2py, '%s/applications/messenger' % options.web2py)
from greenlet import greenlet  # noqa: E402
from messenger_live import allowances, server  # noqa: E402
from messenger_live.sockets import client, connection  # noqa: E402

health = server.Server.health


def counting(self):
    said = health(self)
    gc.collect()
    kinds = [type(one) for one in gc.get_objects()]
    made = {kind.__name__: sum(issubclass(one, kind) for one in kinds) for kind in (client.Client, connection.Connection, greenlet)}
    kept = {'members': self.hub._clients, 'ended': self.hub._ended, 'addresses': self._addresses, 'sends': self.sends._of,
            'questions': self.questions._of, 'delivered': self.writer._deliveries._marks}
    return dict(said, kept={**made, **{name: len(one) for name, one in kept.items()}})


allowances.TIDY_SECONDS = 0.1
server.Server.health = counting
sys.setswitchinterval(0.001)
websocket_server.main()
