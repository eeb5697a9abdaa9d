"""The sidecar with sessions on a file server that takes its time: SLOW_SECONDS for each. Run by tests and benches, not imported."""
import os
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))
import websocket_server

options = websocket_server.parse(sys.argv[1:])
websocket_server.prepare_imports(options.web2py, '%s/applications/messenger' % options.web2py)
from messenger_live.sessions.files import FileSessions  # noqa: E402

resolve = FileSessions.resolve


def slowly(self, session_id, now):
    time.sleep(float(os.environ['SLOW_SECONDS']))
    return resolve(self, session_id, now)


FileSessions.resolve = slowly
sys.setswitchinterval(0.001)
websocket_server.main()
