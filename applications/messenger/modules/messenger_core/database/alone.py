"""pydal's adapter for whoever has it alone. pydal asks for its connection several times a statement, and makes up its name each time.

Must not live here: how to connect, and what is asked.
"""
from threading import get_ident


def have(adapter):
    """Connect, and have an adapter remember its connection and its cursor for the thread that has made them."""
    adapter.__class__ = _class_of(type(adapter))
    adapter.set_connection(adapter.get_connection())


def executed(adapter, text, values):
    """Execute a statement, and return the cursor that has its rows. For whoever has the adapter alone it is the driver's, without ceremony.

    Nothing that begins to write, unless the turn is held: an adapter takes it otherwise, see transaction.take_turns().
    """
    mine = getattr(adapter, '_mine', None)
    if mine and mine[0] == get_ident():
        mine[2].execute(text, values)
        return mine[2]
    adapter.execute(text, values)
    return adapter.cursor


def backend(db):
    """Return, in any thread, the number of PostgreSQL's process that works for the DAL, None where there is none."""
    mine = getattr(db and db._adapter, '_mine', None)
    return mine[1].get_backend_pid() if mine and not mine[1].closed else None


def _class_of(plain):
    class Alone(plain):
        _mine = None    # (thread, connection, cursor)

        @property
        def connection(self):
            mine = self._mine
            return mine[1] if mine and mine[0] == get_ident() else plain.connection.fget(self)

        @property
        def cursor(self):
            mine = self._mine
            return mine[2] if mine and mine[0] == get_ident() else plain.cursor.fget(self)

        def commit(self):
            mine = self._mine
            return mine[1].commit() if mine and mine[0] == get_ident() else super().commit()

        def set_connection(self, connection, run_hooks=False):
            self._mine = None       # what prepares a connection must not find the one before
            super().set_connection(connection, run_hooks)
            self._mine = connection and (get_ident(), connection, plain.cursor.fget(self))

        def reset_cursor(self):
            self._mine = None
            super().reset_cursor()

        def _clean_tlocals(self):
            self._mine = None
            super()._clean_tlocals()
    return Alone
