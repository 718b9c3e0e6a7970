"""Gateway processes for a measurement: one listening socket, one database, an engine that is real or instant."""

import asyncio
import contextlib
import os
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx2
import uvicorn

from gateway.content.publishing.rasa_process import RASA, rasa_environment
from gateway.core.config.settings import PROJECT, Settings
from tests.bench.counter import Counting
from tests.bench.cpu import cpu_seconds
from tests.bench.openloop import NUMBERS, OpenLoop
from tests.bench.people import questions
from tests.bench.poster import Poster
from tests.worlds import meta_bodies
from tests.worlds.road import free_port
from tests.worlds.stack import memory_of

PATIENCE = 300.0


@dataclass
class Measured:
    """The running processes and the load that goes through them."""

    load: OpenLoop
    graph: Counting
    gateways: list[int]
    port: int

    def cpu(self) -> float:
        """Seconds of CPU that the gateway's processes have used."""
        return sum(sum(cpu_seconds(pid)) for pid in self.gateways)

    def memory(self) -> int:
        """The resident bytes of the largest of them."""
        return max(memory_of(pid) for pid in self.gateways)


async def until_it_answers(url: str, wanted: str = "") -> None:
    """Wait until this address answers 200 with this word in it; raises `TimeoutError`."""
    async with asyncio.timeout(PATIENCE), httpx2.AsyncClient(trust_env=False, timeout=5) as client:
        while True:
            with contextlib.suppress(httpx2.HTTPError):
                answer = await client.get(url)
                if answer.is_success and wanted in answer.text:
                    return
            await asyncio.sleep(0.2)


@contextlib.contextmanager
def running(command: list[str], environment: dict[str, str], handles: tuple[int, ...] = ()) -> Iterator[int]:
    """A process that ends with the block; its pid."""
    process = subprocess.Popen(command, cwd=PROJECT, env=environment, pass_fds=handles, stdout=subprocess.DEVNULL)
    try:
        yield process.pid
    finally:
        # Only a SIGINT lets Python write what the profiler counted.
        process.send_signal(signal.SIGINT if "--profile" in command else signal.SIGTERM)
        try:
            process.wait(timeout=15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@contextlib.asynccontextmanager
async def open_rasas(count: int, folder: Path) -> AsyncIterator[list[str]]:
    """So many Rasas, as the service starts them; their addresses."""
    with contextlib.ExitStack() as stack:
        settings = Settings(state_dir=folder)
        token = settings.rasa_token.get_secret_value()
        urls = []
        for _ in range(count):
            port = free_port()
            command = [str(RASA), "-m", "bot.serve", "--interface", "127.0.0.1", "--port", str(port)]
            stack.enter_context(running(command, rasa_environment(settings)))
            urls.append(f"http://127.0.0.1:{port}")
        for url in urls:
            await until_it_answers(f"{url}/status?token={token}", "model_file")
        yield urls


@contextlib.asynccontextmanager
async def open_gateways(
    count: int, database_url: str, folder: Path, rasa_urls: list[str], profile: str | None = None
) -> AsyncIterator[Measured]:
    """Start them, with the stand-in for Graph here; without a Rasa they have an engine that answers at once."""
    graph_port = free_port()
    with contextlib.ExitStack() as stack:
        listener = stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=1024))
        port = listener.getsockname()[1]
        environment = {
            **os.environ,
            "NEUVO_DATABASE_URL": database_url,
            "NEUVO_STATE_DIR": str(folder),
            "NEUVO_PORT": str(port),
            "NEUVO_SIMULATOR": "false",
            "NEUVO_GRAPH_BASE_URL": f"http://127.0.0.1:{graph_port}",
            "NEUVO_WHATSAPP_PHONE_NUMBER_ID": ",".join(NUMBERS),
            "NEUVO_MESSENGER_PAGE_ID": meta_bodies.PAGE,
            "NEUVO_MESSENGER_GRAPH_BASE_URL": f"http://127.0.0.1:{graph_port}",
            "NEUVO_INSTAGRAM_ACCOUNT_ID": meta_bodies.ACCOUNT,
            "NEUVO_INSTAGRAM_GRAPH_BASE_URL": f"http://127.0.0.1:{graph_port}",
            "NEUVO_TURN_HOLD": "0",
            "NEUVO_PAIR_SECONDS": "0",  # one citizen asks many times in a row here
            "NEUVO_CITIZEN_TURNS": "1000",
            "NEUVO_RASA_URL": ",".join(rasa_urls) or "http://127.0.0.1:9",
        }
        module = ["gateway", "serve"] if rasa_urls else ["tests.bench.cpu", "--serve"]
        command = [sys.executable, "-m", *module, "--socket", str(listener.fileno())]
        pids = [
            stack.enter_context(
                running([*command, *(["--profile", profile] if profile else [])], environment, (listener.fileno(),))
            )
            for _ in range(count)
        ]
        await until_it_answers(f"http://127.0.0.1:{port}/health/live")
        load = OpenLoop(Poster(port, "/webhooks/whatsapp"), Settings(), questions())
        graph = Counting(load.deliver, load.replied)
        async with served_bare(graph, graph_port):
            yield Measured(load, graph, pids, port)
            await load.poster.close()


@contextlib.asynccontextmanager
async def served_bare(app: Counting, port: int) -> AsyncIterator[None]:
    """The stand-in on its port."""
    server = uvicorn.Server(uvicorn.Config(app, port=port, log_level="warning", access_log=False, lifespan="off"))
    server.install_signal_handlers = lambda: None  # type: ignore[attr-defined]
    serving = asyncio.create_task(server._serve())
    try:
        yield
    finally:
        server.should_exit = True
        await serving
