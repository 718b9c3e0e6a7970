"""Measures the gateway's own CPU per message: signed webhook in, turn, reply out, three statuses; the engine scripted.

`python -m tests.bench.cpu [--rate 40] [--seconds 15] [--sqlite] [--profile FILE]`, on a PostgreSQL database of its own
(`tests/worlds/services.py`), whose CPU is counted too, or on SQLite in the gateway's own process. The gateway is a
process of its own, and what the kernel counted for it is divided by the messages; the stand-in for Graph and the
sender of webhooks are here, outside the count. Arrivals are at a constant rate, whatever the answers do.
"""

import argparse
import asyncio
import contextlib
import itertools
import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from pathlib import Path
from typing import Any

import httpx2
import uvicorn

from gateway.app import create_app
from gateway.core.config.settings import PROJECT, Settings
from gateway.core.logs import configure_logs
from gateway.core.migrate import migrate
from gateway.dialogue.engine import DialogueAnswer, DialogueRequest
from gateway.server import run, serve_app
from tests.bench.sampling import sampled
from tests.bench.tidying import kept_tidy
from tests.worlds import whatsapp_bodies as bodies
from tests.worlds.road import free_port
from tests.worlds.scripted_engine import ScriptedEngine, answer
from tests.worlds.services import TemporaryPostgres

TICKS = os.sysconf("SC_CLK_TCK")
WARM_UP = 40  # messages before the count begins: compiled statements, connections
IDLE = 5.0  # seconds without messages, at the end
STATUSES = ("sent", "delivered", "read")
ANSWER = answer()


def cpu_seconds(pid: int) -> tuple[float, float]:
    """What the kernel has counted for a process, user and system."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return int(fields[11]) / TICKS, int(fields[12]) / TICKS


def database_seconds(name: str) -> float:
    """What the kernel has counted for PostgreSQL's own processes of the connections to a database; 0 without one."""
    found = 0.0
    for folder in Path("/proc").glob("[0-9]*") if name else ():
        with contextlib.suppress(OSError):
            words = (folder / "cmdline").read_bytes().split(b"\0")[0].split()
            if words[:1] == [b"postgres:"] and name.encode() in words:
                found += sum(cpu_seconds(int(folder.name)))
    return found


class InstantEngine(ScriptedEngine):
    """Answers at once and keeps nothing: an hour of questions would be most of the memory that is measured."""

    async def answer(self, request: DialogueRequest) -> DialogueAnswer:
        """Always the same."""
        return ANSWER


class Graph:
    """The smallest stand-in: accepts every reply, and reports three statuses of it, each in a body of its own."""

    def __init__(self, webhook: Callable[[bytes], Awaitable[float]]) -> None:
        self._webhook = webhook
        self._ids = itertools.count()
        self.replied: dict[str, float] = {}
        self.tasks: set[asyncio.Task[None]] = set()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """One request of the gateway, as an ASGI application."""
        content = b""
        while (part := await receive()).get("more_body", False) or part.get("body"):
            content += part.get("body", b"")
            if not part.get("more_body"):
                break
        asked = json.loads(content)
        answer: dict[str, Any] = {"success": True}
        if "to" in asked:
            wamid = f"wamid.OUT{next(self._ids)}"
            self.replied[asked["to"]] = time.perf_counter()
            answer = {"messages": [{"id": wamid}]}
            task = asyncio.create_task(self._report(wamid, asked))
            self.tasks.add(task)
            task.add_done_callback(self.tasks.discard)
        body = json.dumps(answer).encode()
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"application/json")]})
        await send({"type": "http.response.body", "body": body})

    async def _report(self, wamid: str, asked: dict[str, Any]) -> None:
        for name in STATUSES:
            await asyncio.sleep(0.1)
            reference = asked["biz_opaque_callback_data"]
            one = bodies.status(name, wamid, recipient_id=asked["to"], biz_opaque_callback_data=reference)
            await self._webhook(bodies.body(statuses=(one,)))


def serve_gateway(profile: str | None, inherited: int | None = None) -> None:
    """The measured process: the real gateway with an engine that answers at once."""
    configure_logs(as_json=True)  # as it serves: a line at debug that nobody asked for costs more than a message
    app = create_app(Settings(), InstantEngine())
    if profile is None:
        with contextlib.suppress(KeyboardInterrupt):
            run(serve_app(app, Settings(), inherited))
        return
    with sampled(profile), contextlib.suppress(KeyboardInterrupt):
        run(serve_app(app, Settings(), inherited))


@contextlib.asynccontextmanager
async def gateway(url: str, graph_port: int, folder: str, profile: str | None) -> AsyncIterator[tuple[int, int]]:
    """Its port and pid."""
    port = free_port()
    environment = {
        **os.environ,
        "NEUVO_DATABASE_URL": url,
        "NEUVO_STATE_DIR": folder,
        "NEUVO_PORT": str(port),
        "NEUVO_SIMULATOR": "false",
        "NEUVO_GRAPH_BASE_URL": f"http://127.0.0.1:{graph_port}",
        "NEUVO_TURN_HOLD": "0",
        "NEUVO_PAIR_SECONDS": "0",
        "NEUVO_NUMBER_RATE": "1000",
    }
    more = ["--profile", profile] if profile else []
    command = [sys.executable, "-m", "tests.bench.cpu", "--serve", *more]
    process = subprocess.Popen(command, cwd=PROJECT, env=environment)
    try:
        async with httpx2.AsyncClient(trust_env=False) as client:
            while True:
                with contextlib.suppress(httpx2.TransportError):
                    if (await client.get(f"http://127.0.0.1:{port}/health/live")).is_success:
                        break
                await asyncio.sleep(0.1)
        yield port, process.pid
    finally:
        process.send_signal(2)
        process.wait(timeout=20)


async def load(rate: float, seconds: float, profile: str | None, *, sqlite: bool = False) -> None:
    """Send, wait for every reply and status, print."""
    with tempfile.TemporaryDirectory() as folder:
        if sqlite:
            await _load(f"sqlite:///{folder}/neuvo.db", "", folder, rate, seconds, profile)
            return
        database = TemporaryPostgres()
        try:
            with kept_tidy(database.url):
                await _load(database.url, database.name, folder, rate, seconds, profile)
        finally:
            database.drop()


async def _load(url: str, name: str, folder: str, rate: float, seconds: float, profile: str | None) -> None:
    graph_port = free_port()
    await asyncio.to_thread(migrate, Settings(database_url=url))
    async with gateway(url, graph_port, folder, profile) as (port, pid):
        await _measure(port, pid, graph_port, name, rate, seconds, profile)


async def _measure(
    port: int, pid: int, graph_port: int, name: str, rate: float, seconds: float, profile: str | None
) -> None:
    async with httpx2.AsyncClient(trust_env=False, timeout=30) as client:
        settings = Settings()

        async def webhook(content: bytes) -> float:
            began = time.perf_counter()
            url = f"http://127.0.0.1:{port}/webhooks/whatsapp"
            answer = await client.post(url, content=content, headers=bodies.signed(content, settings))
            assert answer.status_code == 200
            return time.perf_counter() - began

        graph = Graph(webhook)
        config = uvicorn.Config(graph, port=graph_port, log_level="warning", access_log=False, lifespan="off")
        server = uvicorn.Server(config)
        server.install_signal_handlers = lambda: None  # type: ignore[attr-defined]
        serving = asyncio.create_task(server._serve())
        phones = (f"+3584{number:08d}" for number in itertools.count())
        await _send(webhook, graph, phones, 20, WARM_UP)
        if profile:
            os.kill(pid, signal.SIGUSR1)  # what came before does not count
        before, stored, began = cpu_seconds(pid), database_seconds(name), time.perf_counter()
        count = int(rate * seconds)
        hooks, trips = await _send(webhook, graph, phones, rate, count)
        took = time.perf_counter() - began
        after, stored = cpu_seconds(pid), database_seconds(name) - stored
        await asyncio.sleep(IDLE)
        idle = (sum(cpu_seconds(pid)) - sum(after)) / IDLE
        user, system = (end - start for end, start in zip(after, before, strict=True))
        used = user + system
        print(f"  {count} messages at {rate:g}/s, three statuses each; {took:.1f} s")
        print(
            f"  gateway's CPU per message: {used / count * 1000:.2f} ms ({used / took:.0%} of one core; "
            f"user {user / count * 1000:.2f}, system {system / count * 1000:.2f})"
        )
        if name:
            print(f"  PostgreSQL's CPU per message: {stored / count * 1000:.2f} ms")
        print(f"  of which by the clock, with or without messages: {idle * took / count * 1000:.2f} ms ({idle:.1%})")
        print(f"  webhook p50 {_at(hooks, 0.5):.1f} p99 {_at(hooks, 0.99):.1f} ms")
        print(f"  webhook to reply p50 {_at(trips, 0.5):.1f} p95 {_at(trips, 0.95):.1f} ms", flush=True)
        server.should_exit = True
        await serving


async def _send(
    webhook: Callable[[bytes], Coroutine[Any, Any, float]], graph: Graph, phones: Any, rate: float, count: int
) -> tuple[list[float], list[float]]:
    start = time.perf_counter()
    due: dict[str, float] = {}
    tasks: list[asyncio.Task[float]] = []
    for number in range(count):
        await asyncio.sleep(max(start + number / rate - time.perf_counter(), 0))
        phone = next(phones)
        due[phone] = start + number / rate
        tasks.append(asyncio.create_task(webhook(bodies.body(bodies.message(sender=phone[1:])))))
    hooks = list(await asyncio.gather(*tasks))
    async with asyncio.timeout(60):
        while due.keys() - graph.replied.keys() or graph.tasks:
            await asyncio.sleep(0.05)
    await asyncio.sleep(0.5)
    return hooks, [graph.replied[phone] - moment for phone, moment in due.items()]


def _at(seconds: list[float], share: float) -> float:
    return statistics.quantiles(seconds, n=1000, method="inclusive")[round(share * 1000) - 1] * 1000


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rate", type=float, default=40.0, help="messages a second")
    parser.add_argument("--seconds", type=float, default=15.0)
    parser.add_argument("--sqlite", action="store_true", help="instead of PostgreSQL")
    parser.add_argument("--profile", help="a file for where the CPU goes and which statements are sent")
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--socket", type=int, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.serve:
        serve_gateway(arguments.profile, arguments.socket)
    else:
        asyncio.run(load(arguments.rate, arguments.seconds, arguments.profile, sqlite=arguments.sqlite))


if __name__ == "__main__":
    main()
