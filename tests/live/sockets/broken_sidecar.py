"""The sidecar with a fault of its own: whoever sends `ping` meets an exception. Run by tests, not imported."""
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))
import websocket_server

options = websocket_server.parse(sys.argv[1:])
websocket_server.prepare_imports(options.web2py, '%s/applications/messenger' % options.web2py)
from messenger_live.sockets import client  # noqa: E402
from messenger_live.wire import protocol  # noqa: E402


def break_down(*asked):
    raise RuntimeError(' '.join(['what', 'was', 'written', 'is', 'secret']))


client._COMMANDS[protocol.Ping] = break_down
websocket_server.main()
