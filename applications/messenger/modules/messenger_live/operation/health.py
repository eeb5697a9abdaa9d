"""What is wrong with the threads and what they work with, in a few words each, for /health and whoever is woken by it."""


class Health:
    """`parts` hold Backgrounds as `threads`; a writer that is longer than `stuck_seconds` at the same batch is stuck, and has `duties`."""

    def __init__(self, troubles, writer, parts, stuck_seconds):
        self._troubles, self._writer, self._stuck_seconds = troubles, writer, stuck_seconds
        self._threads = [writer.thread] + [thread for part in parts for thread in part.threads]

    def reasons(self):
        """Return what is wrong just now."""
        down = ['%s is not running' % thread.name for thread in self._threads if not thread.is_running]
        stuck = ['writer is stuck'] * (self._writer.busy_for() > self._stuck_seconds)
        # What is wrong with the database fails them all.
        failing = [] if list(self._troubles) else self._writer.duties.reasons()
        return list(self._troubles) + down + stuck + failing

    def duties(self):
        """Return when each of the writer's duties last succeeded, and which fail."""
        return self._writer.duties.report()

    def set_aside(self):
        """Return how many foreign rows can't be shown."""
        return self._writer.upkeep.set_aside

    def restarts(self):
        """Return how often a thread had to be begun again, by name, of those that had."""
        return {thread.name: thread.restarts for thread in self._threads if thread.restarts}
