"""What goes wrong in a fault test: each fault has a name, and the moments between which it was active are kept."""

import asyncio
import contextlib
import os
import random
import resource
import signal
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from functools import partial

import httpx2

from simulator import Faults, GraphFault, Simulator
from tests.bench.proxy import Wire
from tests.worlds.outage import away
from tests.worlds.stack import Stack

MIXED_POST = Faults(duplicate_share=0.05, disorder_seconds=0.3, seed=7)
GRAPH_FAULTS: dict[str, dict[str, object]] = {
    "graph 429": {"code": 130429, "http_status": 429},
    "graph 500": {"code": 131000, "http_status": 500},
    "graph times out": {"kind": "timeout"},
    "graph resets": {"kind": "reset"},
    "graph times out after accepting": {"kind": "timeout", "accepted": True},
    "graph resets after accepting": {"kind": "reset", "accepted": True},
}
OFTEN: dict[str, object] = {"times": None, "share": 0.4}
UNLIMITED = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)
PROCESSES = ("gateway", "rasa", "actions")


# Faults that every engine meets at once.
OF_EVERY_ENGINE = frozenset({"rasa slow", "redis cut"})


@dataclass
class Window:
    """A fault and when it was active, in seconds since 1970; `ended` is None while it goes on."""

    name: str
    began: float
    ended: float | None = None


@dataclass
class Weather:
    """The faults of one run."""

    stack: Stack
    simulator: Simulator
    rasa_urls: list[str]
    token: str
    database_url: str  # the database itself, not the wire to it
    database: Wire | None  # none with SQLite
    redis: Wire | None
    dice: random.Random
    windows: list[Window] = field(default_factory=list)
    kills: list[tuple[float, str]] = field(default_factory=list)

    @contextlib.asynccontextmanager
    async def named(self, name: str) -> AsyncIterator[None]:
        """Keep when the block began and ended."""
        window = Window(name, time.time())
        self.windows.append(window)
        try:
            yield
        finally:
            window.ended = time.time()

    def faults(self) -> dict[str, Callable[[float], Awaitable[None]]]:
        """Every fault that this run can have, by name; each lasts the seconds that it is given."""
        found: dict[str, Callable[[float], Awaitable[None]]] = {
            **{name: partial(self._graph, fault=fault) for name, fault in GRAPH_FAULTS.items()},
            "disk full": self._disk_full,
        }
        if self.rasa_urls:
            found |= {"rasa slow": self._rasa_slow, "rasa hangs": self._rasa_hangs}
        if self.database is not None:
            found |= {"database cut": self._database_cut, "database frozen": self._database_frozen}
        else:
            found["database locked"] = self._database_locked
        if self.redis is not None:
            found["redis cut"] = self._redis_cut
        return found

    async def one_after_the_other(self, end: asyncio.Event, lasts: float, pause: float) -> None:
        """Every fault in a new order each time, with a good moment between two, until `end`."""
        while not end.is_set():
            faults = list(self.faults().items())
            self.dice.shuffle(faults)
            for name, fault in faults:
                if end.is_set():
                    return
                if name in OF_EVERY_ENGINE:
                    await self._every_rasa_answers()
                async with self.named(name):
                    await fault(lasts)
                await asyncio.sleep(pause)

    async def kill(self, count: int, every: float) -> None:
        """Kill so many processes, one at a time and each at random; the process manager starts them again.

        The last Rasa that answers is left alone, and each while something hurts all of them: without any, each message
        would be a recorded failure and nothing else would be learnt.
        """
        while len(self.kills) < count:
            await asyncio.sleep(every * self.dice.uniform(0.6, 1.4))
            name, pid = self.dice.choice([(name, pid) for name in PROCESSES for pid in self.stack.pids(name)])
            if name == "rasa" and (self._is_every_engine_hurt() or not await self._another_rasa_than(pid)):
                continue
            with contextlib.suppress(ProcessLookupError):
                async with self.named(f"{name} killed"):
                    os.kill(pid, signal.SIGKILL)
                    self.kills.append((time.time(), name))

    def _is_every_engine_hurt(self) -> bool:
        return any(window.name in OF_EVERY_ENGINE and window.ended is None for window in self.windows)

    async def _every_rasa_answers(self) -> None:
        """Wait until those that were killed are back, for a minute at most."""
        end = time.monotonic() + 60
        while time.monotonic() < end and not await self._do_all_answer():
            await asyncio.sleep(0.5)

    async def _do_all_answer(self) -> bool:
        async with httpx2.AsyncClient(trust_env=False, timeout=1.0) as client:
            return all([await self._answers(client, url) for url in self.rasa_urls])

    async def _answers(self, client: httpx2.AsyncClient, url: str) -> bool:
        with contextlib.suppress(httpx2.HTTPError, ValueError):
            answer = await client.get(f"{url}/status", params={"token": self.token})
            return answer.is_success and bool(answer.json().get("model_file"))
        return False

    async def _another_rasa_than(self, pid: int) -> bool:
        ports = {port_of(other) for other in self.stack.pids("rasa") if other != pid}
        others = [url for url in self.rasa_urls if url.rpartition(":")[2] in ports]
        async with httpx2.AsyncClient(trust_env=False, timeout=1.0) as client:
            return any([await self._answers(client, url) for url in others])

    async def _graph(self, seconds: float, fault: dict[str, object]) -> None:
        self.simulator.faults.set(
            MIXED_POST.model_copy(update={"graph": [GraphFault.model_validate({**OFTEN, **fault})]})
        )
        try:
            await asyncio.sleep(seconds)
        finally:
            self.simulator.faults.set(MIXED_POST)

    async def _rasa_slow(self, seconds: float) -> None:
        """Every Rasa has a fifth of its time."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            pids = self.stack.pids("rasa")
            async with stopped(pids):
                await asyncio.sleep(0.2)
            await asyncio.sleep(0.05)

    async def _rasa_hangs(self, seconds: float) -> None:
        """One of them takes questions and never answers, longer than anybody waits for it."""
        pids = self.stack.pids("rasa")
        hanging = pids[:1] if pids and await self._another_rasa_than(pids[0]) else []
        async with stopped(hanging):
            await asyncio.sleep(seconds + 4)

    async def _disk_full(self, seconds: float) -> None:
        """The kernel refuses every byte that a gateway wants on a disk, while the database is away too."""
        cut = self._database_cut(seconds) if self.database is not None else asyncio.sleep(seconds)
        end = time.monotonic() + seconds
        task = asyncio.ensure_future(cut)
        limited: set[int] = set()
        try:
            while time.monotonic() < end:
                for pid in self.stack.pids("gateway"):
                    with contextlib.suppress(ProcessLookupError):
                        resource.prlimit(pid, resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))
                        limited.add(pid)
                await asyncio.sleep(0.2)
        finally:
            for pid in limited:
                with contextlib.suppress(ProcessLookupError):
                    resource.prlimit(pid, resource.RLIMIT_FSIZE, UNLIMITED)
            await task

    async def _database_cut(self, seconds: float) -> None:
        assert self.database is not None
        await self.database.cut()
        await asyncio.sleep(seconds)
        await self.database.mend()

    async def _database_frozen(self, seconds: float) -> None:
        assert self.database is not None
        self.database.freeze()
        await asyncio.sleep(seconds)
        await self.database.mend()

    async def _database_locked(self, seconds: float) -> None:
        async with away(self.database_url):
            await asyncio.sleep(seconds)

    async def _redis_cut(self, seconds: float) -> None:
        assert self.redis is not None
        await self.redis.cut()
        await asyncio.sleep(seconds)
        await self.redis.mend()


@contextlib.asynccontextmanager
async def stopped(pids: list[int]) -> AsyncIterator[None]:
    """These processes stand still while the block runs."""
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)


def port_of(pid: int) -> str:
    """The port that a Rasa was told to listen on."""
    try:
        with open(f"/proc/{pid}/cmdline") as file:
            arguments = file.read().split("\0")
    except OSError:
        return ""
    return arguments[arguments.index("--port") + 1] if "--port" in arguments else ""
