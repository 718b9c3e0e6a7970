"""The fault test: under load everything dies, is cut off, full, slow or broken, and nothing may be lost or said twice.

`python -m tests.bench.faults [--database postgresql|sqlite] [--kills 100] [--seconds 600] [--rate 6] [--seed 1]`: the
whole service under its process manager (on PostgreSQL three gateway and two Rasa processes, a Redis where there is
one), with wires to PostgreSQL and Redis that can be cut, and the stand-in for Meta here, as partner and as judge.
NEUVO_TEST_POSTGRES and NEUVO_TEST_REDIS name the servers; the database is made for the run and dropped after it. The
status is 1 when anything was lost.
"""

import argparse
import asyncio
import contextlib
import json
import logging
import os
import random
import socket
import sys
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from fastapi import FastAPI
from fastapi.responses import JSONResponse
from sqlalchemy import exists, select
from sqlalchemy.engine import make_url

from gateway.conversations.models import InboxEvent, Message, OutboxItem
from gateway.core.config.settings import PROJECT, Settings
from gateway.core.database import Database
from simulator import Delays, SimulatorConfig, create_simulator
from tests.bench.breaking import MIXED_POST, Weather
from tests.bench.judging import Verdict, judge
from tests.bench.people import Crowd
from tests.bench.proxy import Wire
from tests.bench.tidying import kept_tidy
from tests.worlds.road import free_port, served
from tests.worlds.scripted_engine import answer
from tests.worlds.services import TemporaryPostgres
from tests.worlds.stack import Stack

REDIS = os.environ.get("NEUVO_TEST_REDIS", "redis://127.0.0.1:6379/14")
NUMBERS = {"106540352242922": "+358 9 000 0000", "106540352242923": "+358 9 000 0001"}
# What is left of a message at the end of the longest road: pauses of Meta's repeats, of a lease, of an unknown outcome.
SETTLE = 240.0
PATIENCE = 300.0  # seconds until two Rasas and the rest have started, on a machine with other work

Kind = Literal["postgresql", "sqlite"]


@dataclass(frozen=True)
class Plan:
    """One run: how much goes wrong, for how long, under what load."""

    kind: Kind
    kills: int
    seconds: float
    rate: float
    seed: int
    lasts: float = 6.0
    pause: float = 4.0
    unknown_wait: float = 15.0
    gateways: int = 3
    rasas: int = 2  # none: an engine here answers at once, and only the other processes are killed
    engine_wait: float = 5.0  # seconds for which turns wait for an engine; few, so that failures are seen, too


@dataclass
class Stage:
    """The running service and everything around it."""

    weather: Weather
    database: Database
    settings: Settings
    graph_port: int  # of the stand-in, and of its page with the phones
    engine: Wire | None = None  # to the engine that answers at once; none where there are Rasas


def listens(address: str) -> bool:
    """Whether a server takes connections at this address."""
    parts = urlsplit(address)
    with contextlib.suppress(OSError), socket.create_connection((parts.hostname or "", parts.port or 6379), timeout=1):
        return True
    return False


def scripted_rasa() -> FastAPI:
    """The two paths of Rasa that the gateway uses; every answer is the same."""
    app = FastAPI()

    @app.post("/webhooks/neuvo/webhook")
    async def ask() -> JSONResponse:
        return JSONResponse(answer("Vaihda salasana.").model_dump(mode="json"))

    @app.get("/status")
    async def state() -> dict[str, str]:
        return {"model_file": "scripted"}

    return app


@contextlib.asynccontextmanager
async def wire_to(host: str, port: int) -> AsyncIterator[Wire]:
    """A wire for as long as the block runs."""
    wire = Wire(free_port(), port, host)
    await wire.start()
    try:
        yield wire
    finally:
        await wire.cut()


@contextlib.asynccontextmanager
async def open_stage(folder: Path, plan: Plan) -> AsyncIterator[Stage]:
    """Start everything; it ends with the block, and the database is dropped."""
    async with contextlib.AsyncExitStack() as stack:
        graph_port, rasa_ports = free_port(), [free_port() for _ in range(plan.rasas)]
        rasa_urls = [f"http://127.0.0.1:{port}" for port in rasa_ports]
        scripted_port, engine_wire = free_port(), None
        if not rasa_urls:
            await stack.enter_async_context(served(scripted_rasa(), scripted_port, "127.0.0.3"))
            engine_wire = Wire(scripted_port, scripted_port, "127.0.0.3", listens="127.0.0.2")
            await engine_wire.start()
            stack.push_async_callback(engine_wire.cut)
        url, wired, database_wire = f"sqlite:///{folder / 'neuvo.db'}", f"sqlite:///{folder / 'neuvo.db'}", None
        if plan.kind == "postgresql":
            postgres = TemporaryPostgres()
            stack.callback(postgres.drop)
            url = postgres.url
            stack.enter_context(kept_tidy(url))
            parts = make_url(url)
            database_wire = await stack.enter_async_context(wire_to(parts.host or "127.0.0.1", parts.port or 5432))
            moved = parts.set(host="127.0.0.1", port=database_wire.port)
            wired = moved.render_as_string(hide_password=False)
        redis_wire, redis = None, {}
        if listens(REDIS):
            parts_of_redis = urlsplit(REDIS)
            redis_wire = await stack.enter_async_context(
                wire_to(parts_of_redis.hostname or "127.0.0.1", parts_of_redis.port or 6379)
            )
            redis = {"NEUVO_REDIS_URL": f"redis://127.0.0.1:{redis_wire.port}{parts_of_redis.path}"}
        service = Stack(
            folder,
            NEUVO_DATABASE_URL=wired,
            # Another address of this machine: the process manager starts no Rasa there.
            NEUVO_RASA_URL=",".join(rasa_urls) or f"http://127.0.0.2:{scripted_port}",
            NEUVO_GATEWAY_PROCESSES=str(plan.gateways if plan.kind == "postgresql" else 1),
            NEUVO_GRAPH_BASE_URL=f"http://127.0.0.1:{graph_port}/graph",
            NEUVO_GRAPH_TIMEOUT="3",
            NEUVO_UNKNOWN_WAIT=str(plan.unknown_wait),
            NEUVO_ENGINE_WAIT=str(plan.engine_wait),
            NEUVO_SIMULATOR="false",
            NEUVO_WHATSAPP_PHONE_NUMBER_ID=",".join(NUMBERS),
            **redis,
        )
        service.patience = PATIENCE
        settings = Settings(database_url=url)
        config = SimulatorConfig(
            webhook_url=f"http://127.0.0.1:{service.port}/webhooks/whatsapp",
            app_secret=settings.whatsapp_app_secret.get_secret_value(),
            access_token=settings.whatsapp_access_token.get_secret_value(),
            graph_versions=(settings.graph_version,),
            business_numbers=NUMBERS,
            delays=Delays(sent=0.05, delivered=0.1, read=0.1),
            log_path=folder / "judge.jsonl",
        )
        graph = create_simulator(config)
        await stack.enter_async_context(served(graph, graph_port))
        logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL)  # it hangs up on purpose
        stack.push_async_callback(asyncio.to_thread, service.stop)
        await asyncio.to_thread(service.start)
        database = Database(url)
        stack.push_async_callback(database.close)
        token = settings.rasa_token.get_secret_value()
        weather = Weather(
            service, graph.state.simulator, rasa_urls, token, url, database_wire, redis_wire, random.Random(plan.seed)
        )
        yield Stage(weather, database, settings, graph_port, engine_wire)


async def run(stage: Stage, plan: Plan) -> Verdict:
    """Load and faults, then quiet, then the verdict."""
    weather, end = stage.weather, asyncio.Event()
    crowd = Crowd(weather.simulator, random.Random(plan.seed))
    weather.simulator.faults.set(MIXED_POST)
    tasks = [
        asyncio.create_task(crowd.write(plan.rate, end)),
        asyncio.create_task(weather.one_after_the_other(end, plan.lasts, plan.pause)),
        asyncio.create_task(weather.kill(plan.kills, plan.seconds / max(plan.kills, 1))),
    ]
    try:
        async with asyncio.timeout(plan.seconds * 1.5):
            await asyncio.gather(asyncio.sleep(plan.seconds), tasks[2])
    except TimeoutError:
        tasks[2].cancel()  # fewer kills than were asked for: the count is in the report
    end.set()
    await asyncio.gather(*tasks, return_exceptions=False)
    weather.simulator.faults.clear()
    began = time.monotonic()
    await settle(stage)
    verdict = await judge(weather.simulator, stage.database, stage.settings, weather.windows)
    print(f"  settled {time.monotonic() - began:.0f} s after the last fault")
    crowd.close()
    return verdict


async def settle(stage: Stage) -> None:
    """Wait until nothing is on its way any more, or for so long that it never will be."""
    end = time.monotonic() + SETTLE
    quiet = 0
    while quiet < 4 and time.monotonic() < end:
        quiet = quiet + 1 if not stage.weather.simulator.webhooks.busy and not await is_busy(stage.database) else 0
        await asyncio.sleep(0.5)


async def is_busy(database: Database) -> bool:
    """Whether anything waits to be answered, sent or sorted."""
    async with database.transaction() as session:
        waiting = (
            exists().where(Message.turn_id.is_(None)),
            exists().where(OutboxItem.state.in_(("queued", "sending", "unknown"))),
            exists().where(InboxEvent.state == "new"),
        )
        return any([bool(await session.scalar(select(each))) for each in waiting])


def shown(stage: Stage, verdict: Verdict) -> str:
    """The report, for people."""
    weather = stage.weather
    kills = Counter(name for _, name in weather.kills)
    faults = Counter(window.name for window in weather.windows if not window.name.endswith("killed"))
    lines = [
        f"  killed {len(weather.kills)}: " + ", ".join(f"{name} {count}" for name, count in sorted(kills.items())),
        "  faults " + ", ".join(f"{name} {count}" for name, count in sorted(faults.items())),
        f"  messages {verdict.messages}, turns {verdict.turns}, accepted by the stand-in {verdict.replies}",
        f"  recorded failures {verdict.failures} ({verdict.failures / max(verdict.messages, 1):.2%})",
        f"  doubles {len(verdict.doubles)}",
        *(
            f"    {double.reference} {double.times} times: {double.cause or 'nothing hid it'}"
            for double in verdict.doubles
        ),
        *(f"  PROBLEM {sentence} ({count})" for sentence, count in Counter(verdict.problems).most_common(30)),
        "  nothing lost" if not verdict.problems else f"  {len(verdict.problems)} problems",
    ]
    return "\n".join(lines)


async def play(plan: Plan, folder: Path, keep: Path | None = None) -> tuple[Stage, Verdict]:
    """One whole run; with `keep`, its records are copied there."""
    async with open_stage(folder, plan) as stage:
        verdict = await run(stage, plan)
        if keep is not None:
            keep.mkdir(parents=True, exist_ok=True)
            report = {"plan": asdict(plan), "verdict": asdict(verdict), "load average": os.getloadavg()}
            report["faults"] = [asdict(window) for window in stage.weather.windows]
            (keep / f"faults-{plan.kind}.json").write_text(json.dumps(report, indent=1, default=str), "utf-8")
            (keep / f"faults-{plan.kind}.log").write_bytes(stage.weather.stack.log.read_bytes())
            (keep / f"faults-{plan.kind}.jsonl").write_bytes((folder / "judge.jsonl").read_bytes())
        return stage, verdict


def main() -> int:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument("--database", choices=["postgresql", "sqlite"], default="postgresql")
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--seconds", type=float, default=600.0)
    parser.add_argument("--rate", type=float, default=6.0, help="messages a second")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--unknown-wait", type=float, default=15.0, help="NEUVO_UNKNOWN_WAIT")
    parser.add_argument("--scripted", action="store_true", help="an engine that answers at once instead of two Rasas")
    chosen = parser.parse_args()
    plan = Plan(
        chosen.database,
        chosen.kills,
        chosen.seconds,
        chosen.rate,
        chosen.seed,
        unknown_wait=chosen.unknown_wait,
        rasas=0 if chosen.scripted else 2,
    )
    with tempfile.TemporaryDirectory() as folder:
        stage, verdict = asyncio.run(play(plan, Path(folder), PROJECT / "results" / "bench"))
    print(f"fault test on {plan.kind}, seed {plan.seed}, load average {os.getloadavg()[0]:.1f}")
    print(shown(stage, verdict))
    return 1 if verdict.problems else 0


if __name__ == "__main__":
    sys.exit(main())
