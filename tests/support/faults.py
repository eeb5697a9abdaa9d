"""What all faults have in common: others are served meanwhile, what was acked is there once, and it passes without a restart."""
import ctypes
import json
import re
import subprocess
import threading

BUSY = {'MESSENGER_DB_BUSY_SECONDS': '0.5', 'MESSENGER_DB_ANSWER_SECONDS': '1.5'}
UNLIMITED = dict(sends_per_second=1000, burst=1000, questions_per_second=1000, questions_burst=1000, timer_seconds=0.2)
PR_CAPBSET_DROP, CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH = 24, 1, 2
LIBC = ctypes.CDLL(None)


def start(sidecar, **realtime):
    """Start it with short patience and without limits for its members."""
    sidecar.environment.update(BUSY)
    # Pings are counted as refusals are.
    return sidecar.start(**{**UNLIMITED, 'refusals_per_minute': 1_000_000, **realtime})


def send(peer, content, receiver=2):
    """Send under a ref made of the content; return the ack or the error."""
    ref = re.sub(r'\W', '-', content[:64])
    peer.ask(type='send', receiver=receiver, content=content, ref=ref)
    return answer(peer, ref)


def answer(peer, ref):
    """Return the ack or the error for `ref`."""
    while True:
        frame = peer.frame()
        if frame['type'] in ('ack', 'error') and frame.get('ref') == ref:
            return frame


def is_busy(frame):
    """Say whether it is the refusal that a client answers by sending again."""
    return frame['type'] == 'error' and frame['code'] == 'busy' and frame['retry_after'] > 0


def reasons(sidecar):
    """Return what /health finds wrong."""
    return ' '.join(sidecar.health()['reasons'])


def works_again(sidecar, peer, content='after all'):
    """Wait until /health is well again by itself, then send."""
    sidecar.wait_for(lambda: sidecar.health()['ready'])
    assert send(peer, content)['type'] == 'ack'
    assert sidecar.process.poll() is None


def stored(db):
    """Return the texts of all messages there are, as often as they are there."""
    db.rollback()
    return sorted(row[0] for row in db.executesql('SELECT content FROM message'))


def synced(sidecar, member):
    """Return the texts that a member who comes with nothing is told, in their order."""
    peer = sidecar.open(member)
    peer.ask(type='sync', since=0)
    return [frame['content'] for frame in peer.until('synced') if frame['type'] == 'message']


def obey_permissions():
    """For preexec_fn: what may not be read or written can't be, even by root. (Linux only.)"""
    for power in (CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH):
        LIBC.prctl(PR_CAPBSET_DROP, power)


def restrain(monkeypatch):
    """Have the processes that are started from now on obey permissions."""
    popen = subprocess.Popen
    monkeypatch.setattr(subprocess, 'Popen', lambda *asked, **more: popen(*asked, preexec_fn=obey_permissions, **more))


class Pinging:
    """A bystander's socket that asks and is answered all the time; `with` it around a fault, which the loop must not notice."""

    def __init__(self, peer):
        self._peer, self._ended, self.answers = peer, threading.Event(), 0
        self._thread = threading.Thread(target=self._ask)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *failed):
        self._ended.set()
        self._thread.join()
        assert any(failed) or (not self._thread.is_alive() and self.failure is None), self.failure

    failure = None

    def _ask(self):
        try:
            self._peer.settimeout(1.0)     # a tenth of what the database may take
            while not self._ended.wait(0.02):
                self._peer.send(json.dumps({'type': 'ping'}))
                self._peer.until('pong')
                self.answers += 1
        except Exception as error:
            self.failure = repr(error)
