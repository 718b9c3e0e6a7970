"""Danger in an outage: how long somebody in danger waits for 112 while a part of the service is away.

`python -m tests.bench.outages [--seconds 30] [--only NAME]`: two gateways, two Rasas, PostgreSQL and Redis behind wires
that can be cut, Meta's stand-in. Each outage lasts for so many seconds; one second into it three people who have never
written before write of danger, in three languages. Counted is from their words to the first message that has 112 on
their screen. The server is the one that NEUVO_TEST_POSTGRES names; the status is 1 when somebody waited for more than
half a minute.
"""

import argparse
import asyncio
import contextlib
import os
import random
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

from simulator.citizen import Citizen
from tests.bench.breaking import Weather, stopped
from tests.bench.faults import Plan, Stage, open_stage

AIM = 30.0  # seconds
PATIENCE = 90.0
DANGERS = (
    "apua joku murtautuu meille",
    "någon försöker bryta sig in hos oss nu",
    "someone is breaking into our house right now",
)
Outage = Callable[[Stage, float], Coroutine[Any, Any, None]]


async def _by_name(stage: Stage, seconds: float, name: str) -> None:
    await stage.weather.faults()[name](seconds)


async def _engines_dead(stage: Stage, seconds: float) -> None:
    """All of them are killed as often as the process manager starts them."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        for pid in stage.weather.stack.pids("rasa"):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        await asyncio.sleep(0.5)


async def _engines_stopped(stage: Stage, seconds: float) -> None:
    async with stopped(stage.weather.stack.pids("rasa")):
        await asyncio.sleep(seconds)


async def _gateway_paused(stage: Stage, seconds: float) -> None:
    async with stopped(stage.weather.stack.pids("gateway")[:1]):
        await asyncio.sleep(seconds)


async def _full_restart(stage: Stage, _seconds: float) -> None:
    await asyncio.to_thread(stage.weather.stack.stop)
    await asyncio.to_thread(stage.weather.stack.start)


_RESTART = "full restart"
OUTAGES: dict[str, Outage] = {
    "database refused": lambda stage, seconds: _by_name(stage, seconds, "database cut"),
    "database silent": lambda stage, seconds: _by_name(stage, seconds, "database frozen"),
    "spool full": lambda stage, seconds: _by_name(stage, seconds, "disk full"),
    "engines dead": _engines_dead,
    "engines stopped": _engines_stopped,
    "Redis away": lambda stage, seconds: _by_name(stage, seconds, "redis cut"),
    "one of two gateways paused": _gateway_paused,
    _RESTART: _full_restart,
}


async def drill(stage: Stage, name: str, seconds: float) -> list[float | None]:
    """One outage: the seconds that each person in danger waited for 112; None: longer than anybody should."""
    weather = stage.weather
    outage = asyncio.create_task(OUTAGES[name](stage, seconds))
    await asyncio.sleep(1.0)
    while name == _RESTART and not outage.done() and weather.stack.pids("gateway"):
        await asyncio.sleep(0.1)  # until nobody takes a message any more
    numbers = list(weather.simulator.config.business_numbers)
    with contextlib.ExitStack() as chats:
        people = [_somebody(weather, f"{name} {place}", chats) for place in range(len(DANGERS))]
        began = time.monotonic()
        for place, (person, text) in enumerate(zip(people, DANGERS, strict=True)):
            person.sends("text", text=text, business_number=numbers[place % len(numbers)])
        waited: dict[str, float] = {}
        while len(waited) < len(people) and time.monotonic() < began + PATIENCE:
            for person in people:
                if person.id not in waited and any("112" in each.text for each in person.received):
                    waited[person.id] = time.monotonic() - began
            await asyncio.sleep(0.05)
    await outage
    await asyncio.to_thread(weather.stack.wait_until_ready)
    return [waited.get(person.id) for person in people]


def _somebody(weather: Weather, name: str, chats: contextlib.ExitStack) -> Citizen:
    person = Citizen(weather.simulator, weather.simulator.new_phone(name).id)
    chats.enter_context(person.opens())
    return person


async def play(folder: Path, names: list[str], seconds: float) -> dict[str, list[float | None]]:
    """The outages one after the other, each with the service whole again before it."""
    plan = Plan("postgresql", 0, seconds, 0.0, seed=7, gateways=2, rasas=2)
    found: dict[str, list[float | None]] = {}
    async with open_stage(folder, plan) as stage:
        stage.weather.dice = random.Random(plan.seed)
        for name in names:
            found[name] = await drill(stage, name, seconds)
            print(shown(name, found[name]), flush=True)
    return found


def shown(name: str, waited: list[float | None]) -> str:
    """One outage in a line."""
    return f"  {name:<28}" + "  ".join("none" if each is None else f"{each:5.1f} s" for each in waited)


def is_late(waited: list[float | None]) -> bool:
    """Whether somebody waited for longer than the aim."""
    return any(each is None or each > AIM for each in waited)


def main() -> int:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument("--seconds", type=float, default=30.0, help="how long each outage lasts")
    parser.add_argument("--only", choices=list(OUTAGES), action="append", help="one of them; all when not given")
    chosen = parser.parse_args()
    print("seconds from words of danger to 112 on the screen, in Finnish, Swedish and English")
    with tempfile.TemporaryDirectory() as folder:
        found = asyncio.run(play(Path(folder), chosen.only or list(OUTAGES), chosen.seconds))
    return 1 if any(map(is_late, found.values())) else 0


if __name__ == "__main__":
    sys.exit(main())
