"""What was asked for, and what came of it: one record for each message that somebody tried to send. Judging it is the checker's."""
import threading
import time
from dataclasses import dataclass, field
from typing import Optional

# invoke -> OK (the site said that it is stored) | FAIL (refused with a code) | UNKNOWN (no answer, however often it was sent).
OK, FAIL, UNKNOWN = 'ok', 'fail', 'unknown'


@dataclass
class Send:
    """One message; `ack` holds what an ack said about the row, and is empty where the answer was a page."""

    ref: Optional[str]
    sender: int
    receiver: int
    content: str
    via: str
    outcome: str = UNKNOWN
    ack: dict = field(default_factory=dict)
    code: Optional[str] = None
    attempts: int = 0
    waited: float = 0.0


class History:
    """The records of all writers that are threads of this process."""

    def __init__(self):
        self.sends = []
        self._lock = threading.Lock()

    def invoke(self, **what):
        """Note that somebody begins to send; return the record."""
        send = Send(**what)
        send.began = time.monotonic()
        with self._lock:
            self.sends.append(send)
        return send

    @staticmethod
    def ok(send, ack=None):
        """The site has said that it is stored."""
        send.outcome, send.ack, send.waited = OK, ack or {}, time.monotonic() - send.began

    @staticmethod
    def fail(send, code):
        """The site has refused it for good."""
        send.outcome, send.code, send.waited = FAIL, code, time.monotonic() - send.began


def of_device(report):
    """Return the records of one device's outbox."""
    return [Send(one['ref'], report['user_id'], one['receiver'], one['content'], 'socket', one['outcome'], one.get('ack') or {},
                 one.get('code'), one['attempts'], one.get('waited', 0.0)) for one in report['sends']]
