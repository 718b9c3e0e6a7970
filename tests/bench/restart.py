"""Restarts and an upgrade under load: nothing is lost, said twice, or answered with "I cannot answer right now".

`python -m tests.bench.restart [--seconds 20] [--rate 5] [--scripted]`: while citizens write, every Rasa is ended at
once; then the gateways, one after the other, as an upgrade of several machines does; then everything, as compose does.
The server is the one that NEUVO_TEST_POSTGRES names. The status is 1 when one citizen was lost, told something twice,
or told that nobody can answer.
"""

import argparse
import asyncio
import contextlib
import os
import random
import re
import signal
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from tests.bench.faults import Plan, Stage, open_stage, settle
from tests.bench.judging import Verdict, judge
from tests.bench.people import Crowd
from tests.worlds.stack import Stack

# Two Rasas start in 20 s on two quiet cores, and in minutes beside other work: here nobody is told before that.
ENGINE_WAIT = 240.0
AWAY = 12.0  # seconds for which the engine that answers at once is away: about what a quiet Rasa takes


@dataclass
class Restarted:
    """What one run saw: the verdict, and how long each restart took until everything was ready again."""

    verdict: Verdict
    took: dict[str, float] = field(default_factory=dict)
    written: int = 0
    whys: Counter[str] = field(default_factory=Counter)  # why an engine gave no answer, as the log says

    @property
    def problems(self) -> list[str]:
        """What must not be, in sentences; no fault hides anything here."""
        told = [f"{self.verdict.failures} turns were told that nobody can answer."] if self.verdict.failures else []
        return [*self.verdict.problems, *told, *(f"{each.reference} was said twice." for each in self.verdict.doubles)]


async def end_every_engine(stage: Stage) -> None:
    """As when its model or its machine is changed: all of them go, and nobody can answer until one is back."""
    if stage.engine is not None:
        await stage.engine.cut()
        await asyncio.sleep(AWAY)
        await stage.engine.mend()
    for pid in stage.weather.stack.pids("rasa"):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGTERM)
    await asyncio.sleep(1)
    await asyncio.to_thread(stage.weather.stack.wait_until_ready)


async def end_gateways_in_turn(stage: Stage) -> None:
    """As when several machines are upgraded: each drains, ends, and takes messages again before the next goes."""
    for pid in stage.weather.stack.pids("gateway"):
        before = set(stage.weather.stack.pids("gateway"))
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGTERM)
        async with asyncio.timeout(120):
            while not set(stage.weather.stack.pids("gateway")) - before:
                await asyncio.sleep(0.2)
        await asyncio.to_thread(stage.weather.stack.wait_until_ready)


async def restart_everything(stage: Stage) -> None:
    """As compose replaces what it runs: nobody takes messages for a while, and the engines start last."""
    await asyncio.to_thread(stage.weather.stack.stop)
    await asyncio.to_thread(stage.weather.stack.start)


RESTARTS = {
    "every engine": end_every_engine,
    "the gateways in turn": end_gateways_in_turn,
    "everything": restart_everything,
}


def whys_of_log(stack: Stack) -> Counter[str]:
    """Why engines gave no answer, as the log of the present start says."""
    log = stack.log.read_text("utf-8", errors="replace")
    return Counter(re.findall(r"dialogue_unavailable.* why='([^']+)'", log))


async def play(seconds: float, rate: float, folder: Path, kinds: list[str], rasas: int) -> Restarted:
    """One run under load: so many seconds of quiet around each restart."""
    plan = Plan("postgresql", 0, seconds, rate, seed=5, gateways=2, rasas=rasas, engine_wait=ENGINE_WAIT)
    async with open_stage(folder, plan) as stage:
        stage.weather.stack.patience = ENGINE_WAIT * 1.5
        end, crowd = asyncio.Event(), Crowd(stage.weather.simulator, random.Random(plan.seed))
        writing = asyncio.create_task(crowd.write(rate, end))
        took, whys = dict[str, float](), Counter[str]()
        for kind in kinds:
            await asyncio.sleep(seconds)
            if kind == "everything":
                whys += whys_of_log(stage.weather.stack)  # a new start begins a new log
            began = time.monotonic()
            await RESTARTS[kind](stage)
            took[kind] = time.monotonic() - began
        await asyncio.sleep(seconds)
        end.set()
        await writing
        await settle(stage)
        verdict = await judge(stage.weather.simulator, stage.database, stage.settings, [])
        crowd.close()
        return Restarted(verdict, took, crowd.written, whys + whys_of_log(stage.weather.stack))


def shown(run: Restarted) -> str:
    """The report, for people."""
    lines = [f"  {kind}: ready again after {seconds:.0f} s" for kind, seconds in run.took.items()]
    lines += [
        f"  messages {run.verdict.messages}, turns {run.verdict.turns}, accepted by the stand-in {run.verdict.replies}",
        f'  told "I cannot answer right now": {run.verdict.failures}; said twice: {len(run.verdict.doubles)}',
        *(f"  no answer: {why} ({count})" for why, count in run.whys.most_common()),
        *(f"  PROBLEM {sentence}" for sentence in run.problems[:30]),
    ]
    return "\n".join(lines)


def main() -> int:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument("--seconds", type=float, default=20.0, help="before, between and after the restarts")
    parser.add_argument("--rate", type=float, default=5.0, help="messages a second")
    parser.add_argument("--only", choices=list(RESTARTS), action="append", help="one of them; all when not given")
    parser.add_argument("--scripted", action="store_true", help="an engine that answers at once instead of two Rasas")
    chosen = parser.parse_args()
    kinds, rasas = chosen.only or list(RESTARTS), 0 if chosen.scripted else 2
    with tempfile.TemporaryDirectory() as folder:
        run = asyncio.run(play(chosen.seconds, chosen.rate, Path(folder), kinds, rasas))
    print(f"restarts at {chosen.rate:g} messages a second, load average {os.getloadavg()[0]:.1f}")
    print(shown(run))
    return 1 if run.problems else 0


if __name__ == "__main__":
    sys.exit(main())
