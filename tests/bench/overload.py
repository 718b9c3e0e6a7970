"""Drills an overload: ten times what the service bears, and how long danger waits in it.

`python -m tests.bench.overload [--bears 20] [--seconds 20] [--sources 1,200] [--rasas 1]`: without `--bears` it first
finds the highest rate whose p95 stays below a second. Then ordinary messages, one in ten of them 4,096 emoji, come from
so many phones at ten times that rate, and each half second somebody new writes of danger. Counted is from the planned
moment of the webhook to the first reply, and whether the danger was noted. Needs PostgreSQL and, with `--rasas`, a
trained model; the load average stands beside it, because the figures are the machine's.
"""

import argparse
import asyncio
import contextlib
import itertools
import os
import tempfile
import time
from pathlib import Path

from sqlalchemy import func, select

from gateway.conversations.models import Conversation, Message, Turn
from gateway.core.database import Database
from tests.bench.gateways import Measured, open_gateways, open_rasas
from tests.bench.load import at, database
from tests.bench.openloop import NUMBERS
from tests.bench.people import questions
from tests.worlds import whatsapp_bodies as bodies

TIMES = 10
AIM = 2.0  # seconds
DANGERS = (
    "hänellä on veitsi ja se tulee tänne apua",
    "apua joku murtautuu meille",
    "haluan kuolla",
    "någon försöker bryta sig in hos oss nu",
    "jag vill dö",
    "someone is breaking into our house right now",
    "i want to kill myself",
)
CANDIDATES = (5.0, 10.0, 20.0, 40.0, 80.0)
BETWEEN = 0.5  # seconds from one danger to the next
PATIENCE = 60.0
PATIENT = 20  # attempts to deliver


class Drill:
    """The flood, those in danger in it, and when each of these was answered."""

    def __init__(self, measured: Measured) -> None:
        self._load = measured.load
        self._graph = measured.graph
        self._texts = itertools.cycle([*questions()[:9], "😀" * 4096])
        self._phones = itertools.count(358_470_000_000)
        self._began: dict[str, float] = {}
        self.waited: dict[str, float] = {}
        self.taken: list[float] = []  # seconds until the webhook of danger was answered

    def replied(self, phone: str) -> None:
        """A reply has come to this number; of one in danger the first counts."""
        if phone in self._began:
            self.waited.setdefault(phone, time.perf_counter() - self._began[phone])

    async def run(self, rate: float, seconds: float, sources: int) -> None:
        """Flood for so long from so many phones, with danger in it, and wait for the answers to danger."""
        phones = itertools.cycle([str(358_460_000_000 + number) for number in range(sources)])
        start, tasks = time.perf_counter() + 0.05, []
        next_danger = start + 1.0
        for place in range(int(rate * seconds)):
            planned = start + place / rate
            await asyncio.sleep(max(planned - time.perf_counter(), 0))
            tasks.append(asyncio.create_task(self._write(next(phones), next(self._texts))))
            if planned >= next_danger:
                next_danger += BETWEEN
                phone = str(next(self._phones))
                self._began[phone] = planned
                tasks.append(asyncio.create_task(self._write(phone, DANGERS[len(self._began) % len(DANGERS)])))
        end = time.perf_counter() + PATIENCE
        while len(self.waited) < len(self._began) and time.perf_counter() < end:
            await asyncio.sleep(0.05)
        await asyncio.gather(*tasks)

    async def _write(self, phone: str, text: str) -> None:
        one = bodies.message(sender=phone, body=text)
        content = bodies.body(one, number=NUMBERS[int(phone) % len(NUMBERS)])
        for _ in range(PATIENT):
            with contextlib.suppress(OSError, asyncio.IncompleteReadError):
                await self._load.deliver(content)
                break
            await asyncio.sleep(1.0)  # refused or cut off: Meta repeats it too
        if phone in self._began:
            self.taken.append(time.perf_counter() - self._began[phone])

    def told(self) -> str:
        """What it came to, in a line."""
        waited, count = list(self.waited.values()), len(self._began)
        late = sum(each > AIM for each in waited) + count - len(waited)
        return (
            f"{count} dangers: answered {len(waited)}, p50 {at(waited, 0.5):.0f} ms, p95 {at(waited, 0.95):.0f} ms, "
            f"p99 {at(waited, 0.99):.0f} ms, longest {max(waited, default=0) * 1000:.0f} ms, over 2 s {late} "
            f"(webhook alone: p50 {at(self.taken, 0.5):.0f}, p99 {at(self.taken, 0.99):.0f} ms)"
        )


async def bearable(measured: Measured) -> float:
    """The highest of a few rates whose p95 stays below a second."""
    best = CANDIDATES[0]
    await measured.load.send(CANDIDATES[0], 4)
    for rate in CANDIDATES:
        trips = [each.trip for each in await measured.load.send(rate, 5)]
        known = [each for each in trips if each is not None]
        slow = len(known) < len(trips) or at(known, 0.95) > 1000
        print(f"  {rate:g}/s: p95 {at(known, 0.95):.0f} ms", flush=True)
        if slow:
            break
        best = rate
    return best


async def noted(url: str) -> str:
    """How many messages the screen suspected, how many turns have danger noted, how many talks are urgent."""
    reader = Database(url)
    try:
        async with reader.transaction() as session:
            suspected = await session.scalar(select(func.count(Message.suspected)))
            danger = await session.scalar(select(func.count(Turn.danger)))
            urgent = await session.scalar(select(func.count(Conversation.urgency)))
            pending = await session.scalar(select(func.count()).where(Message.turn_id.is_(None)))
    finally:
        await reader.close()
    return f"suspected {suspected}, turns with danger {danger}, urgent talks {urgent}, messages still waiting {pending}"


async def drill(chosen: argparse.Namespace, folder: Path, sources: int, bears: float | None) -> float:
    """One overload on a fresh database; the rate that the service bears."""
    async with (
        database(folder) as url,
        open_rasas(chosen.rasas, folder) as urls,
        open_gateways(1, url, folder, urls) as measured,
    ):
        bears = bears or await bearable(measured)
        await measured.load.send(5, 2)
        running = Drill(measured)
        measured.graph.listen(running.replied)
        await running.run(bears * TIMES, chosen.seconds, sources)
        for task in measured.graph.tasks:
            task.cancel()  # statuses of what nobody waits for any more
        print(
            f"  {TIMES} x {bears:g}/s from {sources}: {running.told()}; {await noted(url)}; "
            f"load average {os.getloadavg()[0]:.1f}",
            flush=True,
        )
    return bears


async def main(chosen: argparse.Namespace) -> None:
    """Every number of sources."""
    bears = chosen.bears
    for sources in chosen.sources:
        with tempfile.TemporaryDirectory() as folder:
            bears = await drill(chosen, Path(folder), sources, bears)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bears", type=float, default=None)
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--sources", type=lambda given: [int(each) for each in given.split(",")], default=[1, 200])
    parser.add_argument("--rasas", type=int, default=1)
    asyncio.run(main(parser.parse_args()))
