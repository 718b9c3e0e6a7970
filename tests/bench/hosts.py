"""Three hosts, one cut off and back under load: nothing may be lost, said twice, or wait for whoever is away.

`python -m tests.bench.hosts [--seconds 40] [--rate 5]`: each host is a network namespace with a gateway and an engine
that answers at once; PostgreSQL, the stand-in for Meta and the proxy that chooses a host are on the hub. What
is published on one host must be live on all.
"""

import argparse
import asyncio
import contextlib
import random
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx2
from pydantic import SecretStr
from sqlalchemy.engine import make_url

from gateway.core.config.settings import Settings
from gateway.core.database import Database
from gateway.core.migrate import migrate
from simulator import Delays, Simulator, SimulatorConfig, create_simulator
from tests.bench.balancer import Balancer
from tests.bench.breaking import Window
from tests.bench.faults import NUMBERS, is_busy
from tests.bench.judging import Verdict, judge
from tests.bench.people import Crowd
from tests.bench.proxy import Wire
from tests.worlds.hosts import HUB, Host, hosts
from tests.worlds.ports import free_port
from tests.worlds.road import served
from tests.worlds.services import TemporaryPostgres

PORT, RASA_PORT = 8000, 5005
SECRET = "of-three-hosts-of-a-test-0123456789"  # the sample is refused where others are let in
PATIENCE = 240.0
SETTLE = 120.0
_ENGINE = (
    "import sys, uvicorn; from tests.bench.faults import scripted_rasa; "
    "uvicorn.run(scripted_rasa(), host=sys.argv[1], port=5005, log_level='error')"
)


@dataclass
class Stage:
    """The hosts with what runs on them, and the stand-in as partner and judge."""

    machines: list[Host]
    settings: list[Settings]  # of each host's gateway, as the hub reaches the database
    simulator: Simulator
    database: Database
    balancer: Balancer
    windows: list[Window] = field(default_factory=list)


@contextlib.asynccontextmanager
async def open_stage(folder: Path) -> AsyncIterator[Stage]:
    """Start everything; it ends with the block, and the database is dropped."""
    async with contextlib.AsyncExitStack() as stack:
        machines = stack.enter_context(hosts(3))
        postgres = TemporaryPostgres()
        stack.callback(postgres.drop)
        await asyncio.to_thread(migrate, Settings(database_url=postgres.url))
        parts = make_url(postgres.url)
        wire = Wire(free_port(), parts.port or 5432, parts.host or "127.0.0.1", listens=HUB)
        await wire.start()
        stack.push_async_callback(wire.cut)
        graph_port = free_port()
        balancer = Balancer(free_port(), {host.name: (host.address, PORT) for host in machines})
        plain = Settings()
        config = SimulatorConfig(
            webhook_url=f"http://127.0.0.1:{balancer.port}/webhooks/whatsapp",
            app_secret=plain.whatsapp_app_secret.get_secret_value(),
            access_token=plain.whatsapp_access_token.get_secret_value(),
            graph_versions=(plain.graph_version,),
            business_numbers=NUMBERS,
            delays=Delays(sent=0.05, delivered=0.1, read=0.1),
            log_path=folder / "judge.jsonl",
        )
        graph = create_simulator(config)
        await stack.enter_async_context(served(graph, graph_port, HUB))
        await stack.enter_async_context(balancer.running())
        at_hub = parts.set(host=HUB, port=wire.port).render_as_string(hide_password=False)
        for host in machines:
            engine = [sys.executable, "-c", _ENGINE, host.address]
            _ends_with(stack, host.starts(engine, {}, str(folder / f"{host.name}-engine.log")))
            environment = _environment(host, machines, at_hub, graph_port, folder)
            gateway = [sys.executable, "-m", "gateway", "serve"]
            _ends_with(stack, host.starts(gateway, environment, str(folder / f"{host.name}.log")))
        for host in machines:
            await until_it_answers(host)
        database = Database(postgres.url)
        stack.push_async_callback(database.close)
        of_each = [
            Settings(
                database_url=postgres.url,
                state_dir=folder / host.name,
                published_store="database",
                secret_key=SecretStr(SECRET),
            )
            for host in machines
        ]
        yield Stage(machines, of_each, graph.state.simulator, database, balancer)


def _environment(host: Host, machines: list[Host], database_url: str, graph_port: int, folder: Path) -> dict[str, str]:
    return {
        "NEUVO_HOST": host.address,
        "NEUVO_PORT": str(PORT),
        "NEUVO_ALLOWED_HOSTS": f"{host.address},127.0.0.1",
        "NEUVO_DEMONSTRATION": "false",
        "NEUVO_SECRET_KEY": SECRET,
        "NEUVO_DATABASE_URL": database_url,
        "NEUVO_STATE_DIR": str(folder / host.name),
        "NEUVO_PUBLISHED_STORE": "database",
        "NEUVO_SIMULATOR": "false",
        "NEUVO_GRAPH_BASE_URL": f"http://{HUB}:{graph_port}/graph",
        "NEUVO_GRAPH_TIMEOUT": "3",
        "NEUVO_UNKNOWN_WAIT": "5",
        "NEUVO_WHATSAPP_PHONE_NUMBER_ID": ",".join(NUMBERS),
        "NEUVO_RASA_URL": ",".join(f"http://{each.address}:{RASA_PORT}" for each in machines),
    }


def _ends_with(stack: contextlib.AsyncExitStack, process: subprocess.Popen[bytes]) -> None:
    def end() -> None:
        process.terminate()
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    stack.callback(end)


async def until_it_answers(host: Host) -> None:
    """Wait until the gateway of a host is ready; raises `TimeoutError`."""
    async with asyncio.timeout(PATIENCE), httpx2.AsyncClient(trust_env=False, timeout=5) as client:
        while True:
            with contextlib.suppress(httpx2.HTTPError):
                if (await client.get(f"http://{host.address}:{PORT}/health/ready")).is_success:
                    return
            await asyncio.sleep(0.2)


async def run(stage: Stage, seconds: float, rate: float) -> Verdict:
    """Load; a third in, one host is cut off; two thirds in, it is back; then quiet, and the verdict."""
    end, away = asyncio.Event(), stage.machines[1]
    crowd = Crowd(stage.simulator, random.Random(5))
    writing = asyncio.create_task(crowd.write(rate, end))
    await asyncio.sleep(seconds / 3)
    window = Window("host cut off", time.time(), None)
    stage.windows.append(window)
    away.pull()
    await asyncio.sleep(seconds / 3)
    away.plug()
    stage.windows[0] = Window(window.name, window.began, time.time())
    await asyncio.sleep(seconds / 3)
    end.set()
    await writing
    await _settle(stage)
    verdict = await judge(stage.simulator, stage.database, stage.settings[0], stage.windows)
    crowd.close()
    return verdict


async def _settle(stage: Stage) -> None:
    quiet, until = 0, time.monotonic() + SETTLE
    while quiet < 4 and time.monotonic() < until:
        busy = stage.simulator.webhooks.busy or await is_busy(stage.database)
        quiet = 0 if busy else quiet + 1
        await asyncio.sleep(0.5)


def main() -> int:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument("--seconds", type=float, default=40.0)
    parser.add_argument("--rate", type=float, default=5.0, help="messages a second")
    chosen = parser.parse_args()

    async def play(folder: Path) -> Verdict:
        async with open_stage(folder) as stage:
            verdict = await run(stage, chosen.seconds, chosen.rate)
            print("  connections given to each host:", dict(stage.balancer.given))
            return verdict

    with tempfile.TemporaryDirectory() as folder:
        verdict = asyncio.run(play(Path(folder)))
    print(
        f"  messages {verdict.messages}, turns {verdict.turns}, accepted {verdict.replies}, failures {verdict.failures}"
    )
    print(f"  doubles {len(verdict.doubles)}: {[each.cause or 'nothing hid it' for each in verdict.doubles]}")
    for sentence in verdict.problems[:20]:
        print(f"  PROBLEM {sentence}")
    return 1 if verdict.problems else 0


if __name__ == "__main__":
    socket.setdefaulttimeout(10)
    sys.exit(main())
