"""An upgrade with a migration while citizens write: nothing is lost or said twice, and nobody hears "I cannot answer".

`python -m tests.bench.upgrade [--seconds 20] [--rate 5] [--scripted]`: two machines behind a proxy, each with a gateway
and a Rasa under its process manager, on one PostgreSQL. The release after this one, with a column and an index more
(`tests/worlds/next_release.py`), migrates while the old code serves; the old code is killed and started again on the
new tables, and one machine is restarted with it; then the new code takes over, one machine after the other. The server
is the one that NEUVO_TEST_POSTGRES names. The status is 1 when one citizen was lost, told something twice, or told that
nobody can answer, and when one of the two releases has not written on the new tables.
"""

import argparse
import asyncio
import contextlib
import os
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import text

from gateway.core.config.settings import PROJECT, Settings
from gateway.core.database import Database, now
from simulator import Delays, Simulator, SimulatorConfig, create_simulator
from tests.bench.balancer import Balancer
from tests.bench.faults import NUMBERS, REDIS, is_busy, listens, scripted_rasa
from tests.bench.judging import Verdict, judge
from tests.bench.people import Crowd
from tests.bench.restart import ENGINE_WAIT, whys_of_log
from tests.bench.tidying import kept_tidy
from tests.worlds.next_release import COLUMN, TABLE, make_next_release, run_command
from tests.worlds.ports import free_port
from tests.worlds.road import served
from tests.worlds.services import TemporaryPostgres
from tests.worlds.stack import Stack

SETTLE = 300.0
_WRITTEN = text(
    f"SELECT count({COLUMN}) AS new, count(*) FILTER (WHERE {COLUMN} IS NULL AND received_at > :migrated) AS old "
    f"FROM {TABLE}"
)


@dataclass
class Stage:
    """The machines, what is before and behind them, and the next release."""

    machines: dict[str, Stack]
    simulator: Simulator
    balancer: Balancer
    database: Database
    url: str
    release: Path


@dataclass
class Upgraded:
    """What one run saw: the verdict, how long each step took, and who wrote on the new tables."""

    verdict: Verdict
    written: int
    took: dict[str, float] = field(default_factory=dict)
    whys: Counter[str] = field(default_factory=Counter)
    by_new: int = 0  # messages of the new code
    by_old: int = 0  # messages of the old code on the new tables

    @property
    def problems(self) -> list[str]:
        """What must not be, in sentences."""
        found = [*self.verdict.problems, *(f"{each.reference} was said twice." for each in self.verdict.doubles)]
        if self.verdict.failures:
            found.append(f"{self.verdict.failures} turns were told that nobody can answer.")
        if not self.by_old:
            found.append("The old code wrote nothing on the new tables, so this run says nothing of it.")
        if not self.by_new:
            found.append("The new code wrote nothing, so this run says nothing of it.")
        return found


@contextlib.asynccontextmanager
async def open_stage(folder: Path, rasas: bool) -> AsyncIterator[Stage]:
    """Start two machines with this release; everything ends with the block, and the database is dropped."""
    async with contextlib.AsyncExitStack() as stack:
        postgres = TemporaryPostgres()
        stack.callback(postgres.drop)
        stack.enter_context(kept_tidy(postgres.url))
        await asyncio.to_thread(run_command, PROJECT, postgres.url, "migrate")
        release = await asyncio.to_thread(make_next_release, folder / "next", postgres.url)
        graph_port, engine_port = free_port(), free_port()
        if not rasas:
            await stack.enter_async_context(served(scripted_rasa(), engine_port, "127.0.0.3"))
        names = ("first", "second")
        machines = {name: _machine(folder, name, postgres.url, graph_port, engine_port, rasas) for name in names}
        balancer = Balancer(free_port(), {name: ("127.0.0.1", each.port) for name, each in machines.items()})
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
        await stack.enter_async_context(served(graph, graph_port))
        for each in machines.values():
            stack.push_async_callback(asyncio.to_thread, each.stop)
        await asyncio.gather(*(asyncio.to_thread(each.start) for each in machines.values()))
        await stack.enter_async_context(balancer.running(checks=True))
        database = Database(postgres.url)
        stack.push_async_callback(database.close)
        yield Stage(machines, graph.state.simulator, balancer, database, postgres.url, release)


def _machine(folder: Path, name: str, url: str, graph_port: int, engine_port: int, rasas: bool) -> Stack:
    place = folder / name
    place.mkdir()
    # Another address of this machine: the process manager starts no Rasa there.
    engine = {} if rasas else {"NEUVO_RASA_URL": f"http://127.0.0.3:{engine_port}"}
    redis = {"NEUVO_REDIS_URL": REDIS} if rasas and listens(REDIS) else {}
    machine = Stack(
        place,
        NEUVO_DATABASE_URL=url,
        NEUVO_GRAPH_BASE_URL=f"http://127.0.0.1:{graph_port}/graph",
        NEUVO_UNKNOWN_WAIT="15",
        NEUVO_ENGINE_WAIT=str(ENGINE_WAIT),
        NEUVO_SIMULATOR="false",
        NEUVO_DEMONSTRATION="false",
        NEUVO_WHATSAPP_PHONE_NUMBER_ID=",".join(NUMBERS),
        **engine,
        **redis,
    )
    machine.patience = ENGINE_WAIT * 1.5
    return machine


async def play(seconds: float, rate: float, folder: Path, *, rasas: bool, reboots: bool = True) -> Upgraded:
    """One run under load; `seconds` of it between two steps. `reboots`: a machine is restarted with the old code."""
    took, whys = dict[str, float](), Counter[str]()

    @contextlib.asynccontextmanager
    async def step(name: str) -> AsyncIterator[None]:
        began = time.monotonic()
        yield
        took[name] = time.monotonic() - began
        await asyncio.sleep(seconds)

    async with open_stage(folder, rasas) as stage:
        end, crowd = asyncio.Event(), Crowd(stage.simulator, random.Random(5))
        writing = asyncio.create_task(crowd.write(rate, end))
        await asyncio.sleep(seconds)
        async with step("the migration"):
            await asyncio.to_thread(run_command, stage.release, stage.url, "migrate")
            migrated = now()
        first, second = stage.machines.values()
        async with step("an old gateway killed and started again"):
            await asyncio.to_thread(first.kill, "gateway")
            await asyncio.sleep(1)
            await asyncio.to_thread(first.wait_until_ready)
        if reboots:
            async with step("a machine restarted with the old code"):
                await _restart(second, whys)
        for name, machine in stage.machines.items():
            machine.project = stage.release
            async with step(f"the {name} machine upgraded"):
                await _restart(machine, whys)
        end.set()
        await writing
        await _settle(stage)
        verdict = await judge(stage.simulator, stage.database, Settings(database_url=stage.url), [])
        async with stage.database.transaction() as session:
            by = (await session.execute(_WRITTEN, {"migrated": migrated})).one()
        crowd.close()
        whys += sum((whys_of_log(each) for each in stage.machines.values()), Counter())
        return Upgraded(verdict, crowd.written, took, whys, by_new=by.new, by_old=by.old)


async def _restart(machine: Stack, whys: Counter[str]) -> None:
    await asyncio.to_thread(machine.stop)
    whys.update(whys_of_log(machine))  # a new start begins a new log
    await asyncio.to_thread(machine.start)


async def _settle(stage: Stage) -> None:
    quiet, until = 0, time.monotonic() + SETTLE
    while quiet < 4 and time.monotonic() < until:
        quiet = 0 if stage.simulator.webhooks.busy or await is_busy(stage.database) else quiet + 1
        await asyncio.sleep(0.5)


def shown(run: Upgraded) -> str:
    """The report, for people."""
    lines = [f"  {name}: {seconds:.1f} s" for name, seconds in run.took.items()]
    lines += [
        f"  messages {run.verdict.messages}, turns {run.verdict.turns}, accepted by the stand-in {run.verdict.replies}",
        f"  on the new tables: {run.by_old} messages written by the old code, {run.by_new} by the new",
        f'  told "I cannot answer right now": {run.verdict.failures}; said twice: {len(run.verdict.doubles)}',
        *(f"  {why} ({count})" for why, count in run.whys.most_common()),
        *(f"  PROBLEM {sentence} ({count})" for sentence, count in Counter(run.problems).most_common(20)),
        "  nothing lost" if not run.problems else f"  {len(run.problems)} problems",
    ]
    return "\n".join(lines)


def main() -> int:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument("--seconds", type=float, default=20.0, help="between two steps")
    parser.add_argument("--rate", type=float, default=5.0, help="messages a second")
    parser.add_argument("--scripted", action="store_true", help="an engine that answers at once instead of two Rasas")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        run = asyncio.run(play(chosen.seconds, chosen.rate, Path(folder), rasas=not chosen.scripted))
    print(f"an upgrade at {chosen.rate:g} messages a second, load average {os.getloadavg()[0]:.1f}")
    print(shown(run))
    return 1 if run.problems else 0


if __name__ == "__main__":
    sys.exit(main())
