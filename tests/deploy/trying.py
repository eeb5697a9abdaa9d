"""What the tests of setup_env.sh share: running commands, waiting for conditions, looking at processes."""

import contextlib
import os
import queue
import shutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

from machine import ports

ROOT = Path(__file__).resolve().parents[2]
# What a developer's or a CI machine's own settings would change.
FOREIGN = ('MESSENGER_', 'PIP_', 'WEB2PY_', 'PYTHON')


def environment(**changes):
    """This process's environment without what would steer setup_env.sh, plus `changes`."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(FOREIGN)}
    return {**kept, **{name: str(value) for name, value in changes.items()}}


def without_network():
    """Every way to the package registry ends at a port where nobody listens."""
    nowhere = f'http://127.0.0.1:{free_port()}'
    proxies = {'https_proxy': nowhere, 'http_proxy': nowhere, 'no_proxy': ''}
    return {'PIP_CONFIG_FILE': os.devnull, 'PIP_INDEX_URL': nowhere + '/simple', **proxies}


def free_port():
    return ports.free(1)[0]


def until(condition, seconds=30):
    """Waits for a condition; its value."""
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        assert time.monotonic() < deadline, f"{condition.__name__} didn't come true in {seconds} s"
        time.sleep(0.02)


def is_gone(pid):
    """Ended, even if whoever should collect it hasn't yet."""
    with contextlib.suppress(OSError):
        return Path(f'/proc/{pid}/stat').read_text().rpartition(')')[2].split()[0] == 'Z'
    return True


def children_of(pid):
    return [int(child) for child in Path(f'/proc/{pid}/task/{pid}/children').read_text().split()]


def base_python():
    """The Python that this virtualenv was made with."""
    return os.path.realpath(sys.executable)


def copy_checkout(folder):
    """What a clone of this checkout would hold if everything were committed, as a git repository with a clean tree."""
    listed = subprocess.run(['git', 'ls-files', '-co', '--exclude-standard', '-z'], cwd=ROOT, stdout=subprocess.PIPE, check=True)
    for name in filter(None, listed.stdout.decode().split('\0')):
        # A file that has been deleted but not yet committed is listed too.
        if (ROOT / name).exists():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name)
    for arguments in (['init', '-q'], ['add', '-A'], ['-c', 'user.name=test', '-c', 'user.email=test@localhost', 'commit', '-qm', 'all']):
        subprocess.run(['git', *arguments], cwd=folder, check=True)
    return folder


def furnish(home, real_home):
    """A home that needs no installing: the real virtualenv, and a web2py of its own without anybody's data."""
    home.mkdir()
    (home / 'venv').symlink_to(real_home / 'venv')
    foreign = shutil.ignore_patterns('messenger', 'parameters_*.py', '*.w2p', '__pycache__')
    shutil.copytree(real_home / 'web2py', home / 'web2py', ignore=foreign, symlinks=True)
    return home


def setup_env(checkout, *arguments, **settings):
    """One finished command: its CompletedProcess."""
    return subprocess.run(
        ["bash", str(checkout / "setup_env.sh"), *arguments], env=environment(**settings), stdin=subprocess.DEVNULL,
        capture_output=True, text=True, timeout=120,
    )  # fmt: skip


def assert_fails_with(done, *words):
    """One line on stderr that says it, and a status other than 0."""
    assert done.returncode != 0
    assert len(done.stderr.splitlines()) == 1, done.stderr
    for word in words:
        assert word in done.stderr


class Running:
    """A command that goes on running; what it prints can be waited for. Ended by its process id at the latest on leaving the block."""

    def __init__(self, command, **popen):
        self.output, self.lines = '', queue.Queue()
        pipes = {'stdin': subprocess.DEVNULL, 'stdout': subprocess.PIPE, 'stderr': subprocess.STDOUT}
        self.process = subprocess.Popen(command, text=True, **pipes, **popen)
        threading.Thread(target=self.read, daemon=True).start()

    def read(self):
        with self.process.stdout as stream:
            for line in stream:
                self.lines.put(line)
        self.lines.put(None)

    def wait_for_line(self, words, seconds=60):
        """The first line from now on that has these words."""
        deadline = time.monotonic() + seconds
        while True:
            try:
                line = self.lines.get(timeout=max(0.01, deadline - time.monotonic()))
            except queue.Empty:
                raise AssertionError(f"it didn't print {words!r} in {seconds} s:\n{self.output}") from None
            assert line is not None, f'it ended before it printed {words!r}:\n{self.output}'
            self.output += line
            if words in line:
                return line

    def end(self, number=signal.SIGTERM):
        """Sends the signal and waits; the exit status."""
        self.process.send_signal(number)
        return self.process.wait(30)

    def __enter__(self):
        return self

    def __exit__(self, *failure):
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(15)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
