"""A line that can be cut: a TCP relay between clients and the site, in a thread of its own. It understands nothing of what it passes on."""
import asyncio
import contextlib
import itertools
import socket
import struct
import threading

HOST = '127.0.0.1'
CUTS = ('reset', 'half', 'mute', 'stall')
RESET = struct.pack('ii', 1, 0)


class Relay:
    """Passes connections on to whichever of the ports `targets` takes them, in turn."""

    def __init__(self, *targets):
        self._turns = [targets[turn:] + targets[:turn] for turn in range(len(targets))]
        self._next = itertools.cycle(self._turns)
        self._pairs, self._is_mute = set(), False
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name='relay', daemon=True)
        self._listener = socket.create_server((HOST, 0), backlog=200)
        self.port = self._listener.getsockname()[1]

    def start(self):
        self._thread.start()
        return self

    def stop(self):
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()

    def cut(self, how, seconds=0.5):
        """Do to all lines what bad networks do: 'reset', 'half' (the site hangs up), 'mute' (answers get lost, then reset), 'stall'."""
        self._loop.call_soon_threadsafe(getattr(self, '_' + how), seconds)

    # -- in the thread --

    def _run(self):
        asyncio.set_event_loop(self._loop)
        self._may_pass = asyncio.Event()
        self._may_pass.set()
        server = self._loop.run_until_complete(asyncio.start_server(self._accept, sock=self._listener))
        self._loop.run_forever()
        server.close()
        for task in asyncio.all_tasks(self._loop):
            task.cancel()
        self._reset(0)
        self._loop.run_until_complete(asyncio.sleep(0.01))
        self._loop.close()

    async def _accept(self, reader, writer):
        for port in next(self._next):
            with contextlib.suppress(OSError):
                pair = (writer, *(await asyncio.open_connection(HOST, port))[::-1])
                break
        else:
            return writer.transport.abort()
        self._pairs.add(pair)
        try:
            await asyncio.gather(self._pass(reader, pair[1]), self._pass(pair[2], writer, answers=True))
        except (OSError, asyncio.CancelledError):
            pass
        finally:
            self._pairs.discard(pair)
            for end in pair[:2]:
                end.transport.abort()

    async def _pass(self, reader, writer, answers=False):
        while True:
            data = await reader.read(65_536)
            await self._may_pass.wait()
            if not data:
                break
            if not (answers and self._is_mute):
                writer.write(data)
                await writer.drain()
        if writer.can_write_eof() and not writer.transport.is_closing():
            writer.write_eof()

    def _reset(self, _):
        for pair in list(self._pairs):
            for end in pair[:2]:
                with contextlib.suppress(OSError):
                    end.get_extra_info('socket').setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
                end.transport.abort()
        self._is_mute = False

    def _half(self, _):
        for client, _, _ in list(self._pairs):
            with contextlib.suppress(OSError):
                client.write_eof()

    def _mute(self, seconds):
        self._is_mute = True
        self._loop.call_later(seconds, self._reset, 0)

    def _stall(self, seconds):
        self._may_pass.clear()
        self._loop.call_later(seconds, self._may_pass.set)
