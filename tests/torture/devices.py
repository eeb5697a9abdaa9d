"""The node process that hosts the devices: started, asked and ended. What a device does is in device.mjs."""
import json
import queue
import subprocess
import threading
from pathlib import Path

SCRIPT = Path(__file__).with_name('devices.mjs')
ANSWER_SECONDS = 20


class Devices:
    """`members` are what device.mjs takes, each with `writes`, the ids of those it writes to; `calm` ones never leave by themselves."""

    def __init__(self, node, log, seed, members, calm=False):
        self._process = subprocess.Popen([node, str(SCRIPT)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True)
        self._answers = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()
        self.ask('start', seed=seed, members=members, calm=calm)

    def ask(self, command, seconds=0, **asked):
        """Return the answer to a command, which may take `seconds`."""
        self._process.stdin.write(json.dumps(dict(asked, command=command, seconds=seconds)) + '\n')
        self._process.stdin.flush()
        answer = self._answers.get(timeout=seconds + ANSWER_SECONDS)
        assert answer is not None, 'the devices have ended'
        return answer

    def close(self):
        self._process.kill()
        self._process.wait()
        self._thread.join()
        self._process.stdin.close()
        self._process.stdout.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def _read(self):
        for line in self._process.stdout:
            self._answers.put(json.loads(line))
        self._answers.put(None)
