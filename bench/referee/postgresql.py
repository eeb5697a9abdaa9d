"""A PostgreSQL server of the bench's own, in a temporary folder, whose commits reach the disk; an empty database for each round."""
from .servers import NotStarted


class Databases:
    """Started when the first database is asked for."""

    def __init__(self):
        self._cluster = None

    def new(self, is_ours):
        """Return what says where an empty database is: our address of it, or the options of a peer in Node."""
        uri = self._started().create()
        role, _, rest = uri.partition('://')[2].partition('@/')
        name, _, socket = rest.partition('?unix_socket=')
        return uri if is_ours else ('--host', socket.rpartition('/')[0], '--user', role, '--database', name)

    def _started(self):
        if self._cluster is None:
            import sites.target  # noqa: F401  it puts the tests' support on the path
            from machine import postgres
            if not postgres.programs():
                raise NotStarted('there is no PostgreSQL server (on Debian and Ubuntu: apt install postgresql)')
            self._cluster = postgres.Cluster(fsync='on')
            self._cluster.start()
        return self._cluster

    def close(self):
        if self._cluster:
            self._cluster.remove()
