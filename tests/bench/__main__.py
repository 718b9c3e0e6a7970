"""Measures one laptop: `make bench` prints answer times in the simulator, the engine's own time, and memory.

The baseline of an answer is the same question asked of Rasa directly, in the same run: what is between the two is the
gateway, the stand-in and two trips over loopback.
"""

import argparse
import asyncio
import itertools
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import httpx2

from gateway.core.config.settings import PROJECT, Settings
from simulator import Citizen, Delays, Simulator, SimulatorConfig, create_simulator
from tests.worlds.road import free_port, served
from tests.worlds.stack import Stack, memory_of

ROUNDS = 40
MEGABYTE = 1024 * 1024
INSTANT = Delays(sent=0.0, delivered=0.0, read=0.0)


def questions() -> list[str]:
    """Messages of the examination, in the three languages."""
    folder = PROJECT / "evaluation" / "messages"
    topics = ("account_hacked", "bank_phishing", "sextortion", "report_how", "privacy_of_chat", "about_bot")
    found = [
        line
        for language in ("fi", "sv", "en")
        for topic in topics
        for line in (folder / language / "topics" / f"{topic}.txt").read_text("utf-8").splitlines()[:3]
    ]
    return [line for line in found if line.strip()]


def shown(name: str, seconds: list[float]) -> str:
    """A line of the table: median, 95th percentile and largest, in milliseconds."""
    ordered = sorted(value * 1000 for value in seconds)
    p95 = ordered[max(0, round(0.95 * len(ordered)) - 1)]
    return f"  {name:<46}{statistics.median(ordered):>8.1f}{p95:>8.1f}{ordered[-1]:>8.1f}   n={len(ordered)}"


async def timed(ask: Callable[[str], Awaitable[object]], texts: list[str]) -> list[float]:
    """How long each question takes, one after the other."""
    taken = []
    for text in texts:
        began = time.perf_counter()
        await ask(text)
        taken.append(time.perf_counter() - began)
    return taken


def rasa_of(stack: Stack) -> tuple[httpx2.AsyncClient, str]:
    """A client for the engine itself, with its token."""
    token = Settings().rasa_token.get_secret_value()
    headers = {"Authorization": f"Bearer {token}"}
    return httpx2.AsyncClient(base_url=stack.rasa_url, headers=headers, timeout=20, trust_env=False), token


async def measure(stack: Stack, simulator: Simulator) -> None:
    """Print everything."""
    texts = list(itertools.islice(itertools.cycle(questions()), ROUNDS * 3))
    client, token = rasa_of(stack)
    numbers = itertools.count()

    async def parse(text: str) -> None:
        (await client.post("/model/parse", params={"token": token}, json={"text": text})).raise_for_status()

    async def turn(text: str) -> None:
        body = {"conversation_id": f"bench-{next(numbers) // 8}", "channel": "whatsapp", "text": text}
        (await client.post("/webhooks/neuvo/webhook", json=body)).raise_for_status()

    people: list[Citizen] = []

    async def answer(text: str) -> None:
        if next(numbers) % 8 == 0 or not people:
            people.append(Citizen(simulator, simulator.new_phone(f"Aino {len(people)}").id))
        people[-1].writes(text)
        await people[-1].next_reply(timeout=20)

    await timed(parse, texts[:10])  # the first ones warm caches that a running service has warm
    await timed(answer, texts[:5])
    print(f"\n  {'milliseconds':<46}{'p50':>8}{'p95':>8}{'max':>8}")
    print(shown("parse in Rasa, /model/parse", await timed(parse, texts)))
    print(shown("baseline: the turn in Rasa, our channel", await timed(turn, texts)))
    print(shown("citizen writes -> reply is on the phone", await timed(answer, texts)))
    await burst(simulator, texts)
    print("\n  memory (resident, MB)")
    for name in ("rasa", "actions", "gateway"):
        pid = stack.pid(name)
        print(f"  {name:<46}{memory_of(pid) / MEGABYTE if pid else 0:>8.0f}")
    await client.aclose()


async def burst(simulator: Simulator, texts: list[str]) -> None:
    """Many citizens at once."""
    people = [Citizen(simulator, simulator.new_phone(f"Bertil {number}").id) for number in range(ROUNDS)]
    began = time.perf_counter()

    async def one(person: Citizen, text: str) -> float:
        person.writes(text)
        await person.next_reply(timeout=60)
        return time.perf_counter() - began

    taken = await asyncio.gather(*(one(person, text) for person, text in zip(people, texts, strict=False)))
    print(shown(f"the same, {len(people)} citizens at the same moment", list(taken)))


async def main() -> int:
    """Start a service and the stand-in, measure, stop."""
    graph_port = free_port()
    with tempfile.TemporaryDirectory() as folder:
        stack = Stack(
            Path(folder),
            NEUVO_GRAPH_BASE_URL=f"http://127.0.0.1:{graph_port}/graph",
            NEUVO_SIMULATOR="false",
            NEUVO_TURN_HOLD="0",
            NEUVO_PAIR_SECONDS="0",  # one citizen asks many times in a row here
        )
        settings = Settings()
        config = SimulatorConfig(
            webhook_url=f"http://127.0.0.1:{stack.port}/webhooks/whatsapp",
            app_secret=settings.whatsapp_app_secret.get_secret_value(),
            access_token=settings.whatsapp_access_token.get_secret_value(),
            graph_versions=(settings.graph_version,),
            delays=INSTANT,
            pair_limit=False,
        )
        app = create_simulator(config)
        async with served(app, graph_port):
            began = time.perf_counter()
            await asyncio.to_thread(stack.start)
            print(f"· Started in {time.perf_counter() - began:.0f} s")
            try:
                await measure(stack, app.state.simulator)
            finally:
                await asyncio.to_thread(stack.stop)
    return 0


if __name__ == "__main__":
    argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__).parse_args()
    sys.exit(asyncio.run(main()))
