"""A wire that can be cut: everything between a process and its database goes through here, on a port of its own."""

import asyncio
import contextlib

PIECE = 65536


class Wire:
    """Carries connections from `port` to `host:to`; `cut` refuses and ends them, `freeze` lets nothing through."""

    def __init__(self, port: int, to: int, host: str = "127.0.0.1", listens: str = "127.0.0.1") -> None:
        self.port = port
        self._listens = listens
        self._to = host, to
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.Task[None]] = set()
        self._flows = asyncio.Event()
        self._flows.set()

    async def start(self) -> None:
        """Take connections from now on."""
        self._server = await asyncio.start_server(self._carry, self._listens, self.port)

    async def cut(self) -> None:
        """End every connection and refuse new ones, as a server does that has died."""
        if self._server is not None:
            self._server.close()
            self._server = None
        for task in list(self._open):
            task.cancel()
        await asyncio.gather(*self._open, return_exceptions=True)

    async def mend(self) -> None:
        """Carry again."""
        self._flows.set()
        if self._server is None:
            await self.start()

    def freeze(self) -> None:
        """Connections stay and nothing passes, as when a cable is pulled."""
        self._flows.clear()

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._open.add(task)
        try:
            await self._both_ways(reader, writer)
        except OSError:
            pass  # either end has gone; the other is told by the closing below
        except asyncio.CancelledError:
            writer.transport.abort()  # cut: not a word of farewell
        finally:
            self._open.discard(task)
            writer.close()

    async def _both_ways(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await self._flows.wait()
        there, back = await asyncio.open_connection(*self._to)
        pumps = [asyncio.create_task(self._pump(reader, back)), asyncio.create_task(self._pump(there, writer))]
        try:
            await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for pump in pumps:
                pump.cancel()
            await asyncio.gather(*pumps, return_exceptions=True)
            back.close()
            with contextlib.suppress(OSError):
                await back.wait_closed()

    async def _pump(self, source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while piece := await source.read(PIECE):
                await self._flows.wait()
                target.write(piece)
                await target.drain()
