"""What is wrong with the threads and what they work with, in a few words each, for /health and whoever is woken by it."""


class Health:
    """`parts` hold Backgrounds as `threads`; a writer that is longer than `stuck_seconds` at the same batch is stuck."""

    def __init__(self, troubles, writer, parts, stuck_seconds):
        self._troubles, self._writer, self._stuck_seconds = troubles, writer, stuck_seconds
        self._threads = [writer.thread] + [thread for part in parts for thread in part.threads]

    def reasons(self):
        """Return what is wrong just now."""
        down = ['%s is not running' % thread.name for thread in self._threads if not thread.is_running]
        stuck = ['writer is stuck'] * (self._writer.busy_for() > self._stuck_seconds)
        return list(self._troubles) + down + stuck

    def restarts(self):
        """Return how often a thread had to be begun again, by name, of those that had."""
        return {thread.name: thread.restarts for thread in self._threads if thread.restarts}
