"""A real Redis server for one run of the tests: in a temporary folder, on a Unix socket, gone at the end."""
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path

import redis

from deploy import tied

from .postgres import PATIENCE


def program():
    """Return the path of the installed server, or None."""
    return shutil.which('redis-server')


class RedisServer:
    """A server that keeps nothing on disk; `url` is its address."""

    def __init__(self):
        # Not below pytest's folder: a socket's path may have 100 characters.
        self.folder = Path(tempfile.mkdtemp(prefix='messenger-redis-'))
        self.url = 'unix://%s/redis.sock' % self.folder
        self._process = None

    def start(self):
        """Start the server, again if it was stopped and then empty, and return when it answers."""
        with open(self.folder / 'server.log', 'ab') as log:
            self._process = subprocess.Popen(
                [program(), '--port', '0', '--unixsocket', str(self.folder / 'redis.sock'), '--save', '', '--appendonly', 'no',
                 '--dir', str(self.folder)],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, preexec_fn=tied.to_this_process())
        deadline = time.monotonic() + PATIENCE
        while not self._answers():
            assert self._process.poll() is None and time.monotonic() < deadline, (self.folder / 'server.log').read_text()
            time.sleep(0.02)
        return self

    def stop(self):
        """End the server as a crash would."""
        if self._process:
            self._process.kill()
            self._process.wait(PATIENCE)
            self._process = None

    def freeze(self):
        """Have the server answer nothing, and refuse nothing either."""
        self._process.send_signal(signal.SIGSTOP)

    def thaw(self):
        self._process.send_signal(signal.SIGCONT)

    def is_running(self):
        return self._process is not None

    def client(self):
        return redis.Redis.from_url(self.url)

    def remove(self):
        """Stop the server and remove all it kept."""
        self.stop()
        shutil.rmtree(self.folder)

    def _answers(self):
        try:
            with self.client() as client:
                return client.ping()
        except redis.RedisError:
            return False
