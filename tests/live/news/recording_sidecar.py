"""The sidecar that notes which rooms it walks through while the file $ARMED is there, into $WALKS. Run by tests, not imported.

$WALKS gets three lists: on the event loop, in the writer's thread, and on the loop again once something has come over the bridge.
"""
import json
import os
import sys
import threading
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parents[3]), str(Path(__file__).resolve().parents[2] / 'support')]
import websocket_server  # noqa: E402

options = websocket_server.parse(sys.argv[1:])
websocket_server.prepare_imports(options.web2py, '%s/applications/messenger' % options.web2py)
from messenger_live.server import Server  # noqa: E402
from walk import Walk  # noqa: E402

there, writer, back = walks = Walk(), Walk(), Walk()
LOOP, LOCK = threading.current_thread(), threading.Lock()
health = Server.health


def with_presence(self):
    """Say also whether all who are here have been introduced to each other, which goes on for a while behind a welcome."""
    presence = self.presence
    return dict(health(self), settled=all(one.is_met for one in presence._members.values()) and not presence._turns._waiting)


def note(frame, event, given):
    if not os.path.exists(os.environ['ARMED']):
        return
    thread = threading.current_thread()
    if thread is LOOP:
        came_back = back.rooms or (writer.rooms and frame.f_code.co_filename.endswith('bridge.py'))
        walk = back if came_back else there
    elif thread.name == 'writer':
        walk = writer
    else:
        return
    known = len(walk.rooms)
    walk.note(frame, event, given)
    if len(walk.rooms) > known:
        with LOCK:
            Path(os.environ['WALKS']).write_text(json.dumps([walk.rooms for walk in walks]))


Server.health = with_presence
threading.setprofile(note)
sys.setprofile(note)
websocket_server.main()
