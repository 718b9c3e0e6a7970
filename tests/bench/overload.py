"""Drills an overload: ten times what the service bears, and how long danger waits in it.

`python -m tests.bench.overload [--bears 20] [--seconds 30] [--sources 1,200] [--rasas 1] [--channels whatsapp,web]`:
without `--bears` it first finds the highest rate whose p95 stays below a second. Then ordinary messages, one in ten of
them 4,096 emoji, come from so many phones at ten times that rate, and each half second somebody new writes of danger,
by turns on WhatsApp, Messenger, Instagram, the web chat, and in a talk that an officer holds and does not answer.
Counted is from the planned moment of their words to the first message that they get, and whether the danger was noted.
Needs PostgreSQL and, with `--rasas`, a trained model; the load average stands beside it, because the figures are the
machine's. The status is 1 when somebody waited for longer than the aim.
"""

import argparse
import asyncio
import itertools
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import func, select

from gateway.conversations.kinds import ChannelName
from gateway.conversations.models import Conversation, Message, Turn
from gateway.core.config.settings import Settings
from gateway.core.database import Database
from tests.bench.endangered import DANGERS, HELD, Endangered, People, persistently
from tests.bench.gateways import Measured, open_gateways, open_rasas
from tests.bench.load import at, database
from tests.bench.openloop import NUMBERS
from tests.bench.people import questions
from tests.worlds import whatsapp_bodies as bodies

TIMES = 10
AIM, AIM_HELD = 2.0, 30.0  # seconds
CHANNELS = (ChannelName.WHATSAPP, ChannelName.MESSENGER, ChannelName.INSTAGRAM, ChannelName.WEB, HELD)
CANDIDATES = (5.0, 10.0, 20.0, 40.0, 80.0)
BETWEEN = 0.5  # seconds from one danger to the next
PATIENCE = 60.0


class Drill:
    """The flood, and those in danger in it."""

    def __init__(self, measured: Measured, people: list[Endangered]) -> None:
        self._load = measured.load
        self._texts = itertools.cycle([*questions()[:9], "😀" * 4096])
        self._people = people

    async def run(self, rate: float, seconds: float, sources: int) -> None:
        """Flood for so long from so many phones, with danger in it, and wait for the answers to danger."""
        phones = itertools.cycle([str(358_460_000_000 + number) for number in range(sources)])
        start, tasks, crying = time.perf_counter() + 0.05, [], iter(enumerate(self._people))
        next_danger = start + 1.0
        for place in range(int(rate * seconds)):
            planned = start + place / rate
            await asyncio.sleep(max(planned - time.perf_counter(), 0))
            tasks.append(asyncio.create_task(self._write(next(phones), next(self._texts))))
            if planned >= next_danger:
                next_danger += BETWEEN
                if (one := next(crying, None)) is not None:
                    tasks.append(asyncio.create_task(one[1].cry(DANGERS[one[0] % len(DANGERS)], planned)))
        end = time.perf_counter() + PATIENCE
        while any(each.began and each.waited is None for each in self._people) and time.perf_counter() < end:
            await asyncio.sleep(0.05)
        await asyncio.gather(*tasks)

    async def _write(self, phone: str, text: str) -> None:
        one = bodies.message(sender=phone, body=text)
        content = bodies.body(one, number=NUMBERS[int(phone) % len(NUMBERS)])
        await persistently(lambda: self._load.deliver(content))

    def late(self) -> int:
        """How many of them waited for longer than the aim, or were never answered."""
        cried = [each for each in self._people if each.began is not None]
        return sum(each.waited is None or each.waited > aim_of(each.channel) for each in cried)

    def told(self) -> Iterator[str]:
        """What it came to, a line for each channel and one for all whom no officer holds."""
        cried = [each for each in self._people if each.began is not None]
        for channel in dict.fromkeys(each.channel for each in cried):
            yield shown(channel, [each for each in cried if each.channel == channel])
        yield from (f"    never answered on {each.channel}: {each.said}" for each in cried if each.waited is None)
        yield shown("all that no officer holds", [each for each in cried if each.channel != HELD])


def aim_of(channel: str) -> float:
    """Seconds within which danger is to be answered there."""
    return AIM_HELD if channel == HELD else AIM


def shown(name: str, people: list[Endangered]) -> str:
    """A line of the table."""
    waited = [each.waited for each in people if each.waited is not None]
    taken = [each.taken for each in people if each.taken is not None]
    shares = ", ".join(f"p{share * 100:.0f} {at(waited, share):.0f}" for share in (0.5, 0.95, 0.99))
    return (
        f"    {name:<26}{len(waited):>3} of {len(people):>3} answered, {shares}, longest "
        f"{max(waited, default=0) * 1000:.0f} ms (taken: p50 {at(taken, 0.5):.0f}, p99 {at(taken, 0.99):.0f})"
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


async def drill(chosen: argparse.Namespace, folder: Path, sources: int, bears: float | None) -> tuple[float, int]:
    """One overload on a fresh database; the rate that the service bears, and how many waited too long."""
    async with (
        database(folder) as url,
        open_rasas(chosen.rasas, folder) as urls,
        open_gateways(1, url, folder, urls) as measured,
    ):
        people = People(measured, Settings(database_url=url, state_dir=folder))
        try:
            endangered = await people.gather(chosen.channels, int(chosen.seconds / BETWEEN))
            bears = bears or await bearable(measured)
            await measured.load.send(5, 2)
            running = Drill(measured, endangered)
            await running.run(bears * TIMES, chosen.seconds, sources)
        finally:
            await people.close()
        for task in measured.graph.tasks:
            task.cancel()  # statuses of what nobody waits for any more
        print(f"  {TIMES} x {bears:g}/s from {sources}: load average {os.getloadavg()[0]:.1f}; {await noted(url)}")
        print("\n".join(running.told()), flush=True)
        if any(people.refused.values()):
            print(f"    refused: {dict(people.refused)}", flush=True)
    return bears, running.late()


async def main(chosen: argparse.Namespace) -> int:
    """Every number of sources."""
    bears, late = chosen.bears, 0
    for sources in chosen.sources:
        with tempfile.TemporaryDirectory() as folder:
            bears, more = await drill(chosen, Path(folder), sources, bears)
            late += more
    return int(late > 0)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bears", type=float, default=None)
    parser.add_argument("--seconds", type=float, default=30.0)
    parser.add_argument("--sources", type=lambda given: [int(each) for each in given.split(",")], default=[1, 200])
    parser.add_argument("--rasas", type=int, default=1)
    parser.add_argument("--channels", type=lambda given: given.split(","), default=list(CHANNELS))
    sys.exit(asyncio.run(main(parser.parse_args())))
