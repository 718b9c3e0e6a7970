"""A proxy before several machines: each connection goes to the next that takes it, or, with checks, that is well."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping

import httpx2

CONNECT = 0.5  # seconds in which a machine must take a connection, or the next one is asked
CHECK_EVERY, CHECK_PATIENCE = 1.0, 2.0  # seconds; the patience that docs/operations.md names


class Balancer:
    """A TCP proxy on `port` to these machines, by name: their address and port."""

    def __init__(self, port: int, machines: Mapping[str, tuple[str, int]]) -> None:
        self.port = port
        self._machines = machines
        self._turn = 0
        self._out: set[str] = set()  # whose health says that they take no messages
        self.given = dict.fromkeys(machines, 0)

    @contextlib.asynccontextmanager
    async def running(self, *, checks: bool = False) -> AsyncIterator[None]:
        """Take connections while the block runs; with `checks` whoever does not say that it is ready gets none."""
        server = await asyncio.start_server(self._carry, "127.0.0.1", self.port)
        checking = asyncio.create_task(self._check()) if checks else None
        try:
            yield
        finally:
            if checking is not None:
                checking.cancel()
                await asyncio.gather(checking, return_exceptions=True)
            server.close()

    async def _check(self) -> None:
        async with httpx2.AsyncClient(trust_env=False, timeout=CHECK_PATIENCE) as client:
            while True:
                await asyncio.gather(*(self._check_one(client, name) for name in self._machines))
                await asyncio.sleep(CHECK_EVERY)

    async def _check_one(self, client: httpx2.AsyncClient, name: str) -> None:
        host, port = self._machines[name]
        takes = False
        with contextlib.suppress(httpx2.HTTPError):
            takes = (await client.get(f"http://{host}:{port}/health/ready")).is_success
        self._out = self._out - {name} if takes else self._out | {name}

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            for name in self._in_turn():
                with contextlib.suppress(OSError):
                    async with asyncio.timeout(CONNECT):
                        there, back = await asyncio.open_connection(*self._machines[name])
                    self.given[name] += 1
                    await asyncio.gather(_pump(reader, back), _pump(there, writer))
                    break
        writer.close()

    def _in_turn(self) -> list[str]:
        self._turn += 1
        place = self._turn % len(self._machines)
        names = [*self._machines]
        names = names[place:] + names[:place]
        return [name for name in names if name not in self._out] or names


async def _pump(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while piece := await source.read(65536):
            target.write(piece)
            await target.drain()
    with contextlib.suppress(OSError):
        target.close()
