"""Measures the road under load: signed webhooks to two numbers in, replies at the stand-in out, three statuses each.

`python -m tests.bench.load [--rates 20,40,80] [--seconds 20] [--gateways 1] [--rasas 1,2] [--stored 1000000]
[--memory 180] [--only steps,baseline,batch,growth,turns,memory] [--profile FILE]`: prints tables, draws
results/bench/load-*.png, and drops its databases. With the instant engine the figures are the gateway's own; with real
Rasas those of the whole, beside stock Rasa's REST channel with the same model at the same rates. Arrivals are planned
(openloop.py) and latencies count from the plan. The load average stands beside each figure: on a busy machine they are
the machine's.
"""

import argparse
import asyncio
import contextlib
import os
import statistics
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

from gateway.core.config.settings import PROJECT, Settings
from gateway.core.crypto import DataKeys
from gateway.core.database import Database
from gateway.core.keyring import Keyring
from gateway.core.migrate import migrate
from tests.bench.cpu import cpu_seconds
from tests.bench.drawing import draw
from tests.bench.gateways import Measured, open_gateways, open_rasas
from tests.bench.openloop import NUMBERS, Taken
from tests.bench.stock import load_stock, open_stock
from tests.bench.stored import fill
from tests.bench.tidying import kept_tidy
from tests.worlds import whatsapp_bodies as bodies
from tests.worlds.services import TemporaryPostgres

PARTS = ("steps", "baseline", "batch", "growth", "turns", "memory")
ASKED = ("miten teen rikosilmoituksen", "hur gör jag en brottsanmälan", "how do i report a crime")
WARM_UP = 40  # messages before the count begins: compiled statements, connections
BATCH, BATCH_PATIENCE = 1000, 180.0
MEGABYTE = 1024 * 1024
PICTURES = PROJECT / "results" / "bench"
HEAD = (
    f"  {'':<34}{'rate':>6}{'hook p50':>10}{'p95':>8}{'p99':>8}{'reply p50':>11}{'p95':>8}{'p99':>8}"
    f"{'lost':>6}{'twice':>6}{'CPU/msg':>9}{'MB':>6}{'load':>6}"
)


def at(seconds: Sequence[float], share: float) -> float:
    """The value below which this share lies, in milliseconds; not a number where there is too little."""
    if len(seconds) < 2:
        return float("nan")
    return statistics.quantiles(seconds, n=1000, method="inclusive")[round(share * 1000) - 1] * 1000


def line(name: str, rate: float, taken: Sequence[Taken], doubled: int, cpu: float, memory: int) -> str:
    """A row of the table: milliseconds, counts, megabytes."""
    hooks, trips = [each.hook for each in taken], [each.trip for each in taken if each.trip is not None]
    shown = "".join(f"{at(hooks, share):>{width}.1f}" for share, width in ((0.5, 10), (0.95, 8), (0.99, 8)))
    shown += "".join(f"{at(trips, share):>{width}.1f}" for share, width in ((0.5, 11), (0.95, 8), (0.99, 8)))
    return (
        f"  {name:<34}{rate:>6g}{shown}{len(taken) - len(trips):>6}{doubled:>6}"
        f"{cpu / max(len(taken), 1) * 1000:>9.2f}{memory / MEGABYTE:>6.0f}{os.getloadavg()[0]:>6.1f}"
    )


@contextlib.asynccontextmanager
async def database(folder: Path) -> AsyncIterator[str]:
    """A migrated PostgreSQL database for as long as the block runs."""
    made = TemporaryPostgres()
    try:
        await asyncio.to_thread(migrate, Settings(database_url=made.url, state_dir=folder))
        with kept_tidy(made.url):
            yield made.url
    finally:
        made.drop()


async def step(measured: Measured, name: str, rate: float, seconds: float) -> list[Taken]:
    """One rate for so long, as a row of the table."""
    before, doubled = measured.cpu(), measured.graph.doubled
    taken = await measured.load.send(rate, seconds)
    while measured.graph.tasks:
        await asyncio.sleep(0.05)
    await asyncio.sleep(0.5)  # the last statuses are sorted
    used = measured.cpu() - before
    print(line(name, rate, taken, measured.graph.doubled - doubled, used, measured.memory()), flush=True)
    if measured.load.refused:
        print(f"    {measured.load.refused} webhooks were not answered 200")
    return taken


async def steps(chosen: argparse.Namespace, folder: Path, rasas: int) -> None:
    """Every rate, with so many Rasas or the instant engine, on a fresh database."""
    name = f"{chosen.gateways} gateway, " + (f"{rasas} Rasa" if rasas else "instant engine")
    drawn = {}
    profile = None if rasas else chosen.profile
    async with (
        database(folder) as url,
        open_rasas(rasas, folder) as urls,
        open_gateways(chosen.gateways, url, folder, urls, profile) as measured,
    ):
        await measured.load.send(20, WARM_UP / 20)
        for rate in chosen.rates:
            drawn[f"{rate:g}/s"] = await step(measured, name, rate, chosen.seconds)
    draw(PICTURES / f"load-{'rasa-' + str(rasas) if rasas else 'gateway'}.png", f"{name}: webhook to reply", drawn)


async def baseline(chosen: argparse.Namespace, folder: Path) -> None:
    """Stock Rasa's REST channel at the same rates."""
    drawn = {}
    async with open_stock(folder) as (poster, pid):
        await load_stock(poster, 10, WARM_UP / 10)
        for rate in chosen.rates:
            before = sum(cpu_seconds(pid))
            drawn[f"{rate:g}/s"] = taken = await load_stock(poster, rate, chosen.seconds)
            print(line("baseline: stock Rasa REST", rate, taken, 0, sum(cpu_seconds(pid)) - before, 0), flush=True)
    draw(PICTURES / "load-stock.png", "stock Rasa REST: message to answer", drawn)


async def batch(chosen: argparse.Namespace, folder: Path) -> None:
    """One delivery of a thousand messages of a thousand citizens."""
    async with database(folder) as url, open_gateways(chosen.gateways, url, folder, []) as measured:
        await measured.load.send(20, 1)
        senders = (str(358_410_000_000 + place) for place in range(BATCH))
        content = bodies.body(*(bodies.message(sender=sender) for sender in senders), number=NUMBERS[0])
        before, began = len(measured.graph.sent), time.perf_counter()
        await measured.load.deliver(content)
        took = time.perf_counter() - began
        print(f"  a body of {BATCH:,} messages: answered after {took * 1000:.0f} ms", flush=True)
        # Meta counts them for the number, so that the replies wait for its rate.
        while len(measured.graph.sent) < before + BATCH and time.perf_counter() - began < BATCH_PATIENCE:
            await asyncio.sleep(0.05)
        print(
            f"  {len(measured.graph.sent) - before} of them replied to after {time.perf_counter() - began:.1f} s, "
            f"{measured.graph.doubled} twice; load average {os.getloadavg()[0]:.1f}",
            flush=True,
        )
        while measured.graph.tasks:  # the last statuses, while there is somebody to take them
            await asyncio.sleep(0.05)


async def growth(chosen: argparse.Namespace, folder: Path) -> None:
    """The same load with many stored messages and with a thousand."""
    found = {}
    for count in (1_000, chosen.stored):
        async with database(folder) as url:
            filling = Database(url)
            began = time.perf_counter()
            await fill(filling, Keyring(DataKeys(Settings().data_key.get_secret_value())), count, NUMBERS[0])
            await filling.close()
            print(f"    {count:,} stored in {time.perf_counter() - began:.0f} s", flush=True)
            async with open_gateways(chosen.gateways, url, folder, []) as measured:
                await measured.load.send(20, WARM_UP / 20)
                taken = await step(measured, f"{count:,} stored messages", chosen.rates[0], chosen.seconds)
                found[count] = at([each.trip for each in taken if each.trip is not None], 0.95)
    print(f"  p95 with {chosen.stored:,} stored / with 1,000: {found[chosen.stored] / found[1_000]:.2f}", flush=True)


async def turns(chosen: argparse.Namespace, folder: Path) -> None:
    """The hundredth message of a talk against its first, with a real Rasa."""
    by_place: list[list[float]] = [[] for _ in range(100)]
    async with (
        database(folder) as url,
        open_rasas(1, folder) as urls,
        open_gateways(1, url, folder, urls) as measured,
    ):
        await measured.load.send(5, 4)
        for person in range(chosen.talks):
            for place, seconds in enumerate(await _talk(measured, str(358_420_000_000 + person))):
                by_place[place].append(seconds)
    first, last = (
        statistics.median(seconds for place in part for seconds in place) * 1000
        for part in (by_place[:10], by_place[90:])
    )
    print(
        f"  median of turns 1 to 10: {first:.1f} ms, of turns 91 to 100: {last:.1f} ms, ratio {last / first:.2f}; "
        f"{chosen.talks} talks, load average {os.getloadavg()[0]:.1f}",
        flush=True,
    )


async def _talk(measured: Measured, phone: str) -> list[float]:
    taken = []
    for place in range(100):
        before, began = len(measured.graph.sent), time.perf_counter()
        one = bodies.message(sender=phone, body=ASKED[place % len(ASKED)])
        await measured.load.deliver(bodies.body(one, number=NUMBERS[0]))
        while len(measured.graph.sent) == before:
            assert time.perf_counter() - began < 30, f"{one['text']['body']!r}, message {place + 1}, got no reply"
            await asyncio.sleep(0.001)
        taken.append(measured.graph.last_at - began)
        await asyncio.sleep(0.05)
    return taken


async def memory(chosen: argparse.Namespace, folder: Path) -> None:
    """Resident memory of the gateway at 20 messages a second, and how it grows."""
    seen: list[tuple[float, float]] = []
    async with database(folder) as url, open_gateways(1, url, folder, []) as measured:
        await measured.load.send(20, 10)
        loading = asyncio.create_task(measured.load.send(20, chosen.memory))
        began = time.perf_counter()
        while not loading.done():
            seen.append((time.perf_counter() - began, measured.memory() / MEGABYTE))
            await asyncio.wait({loading}, timeout=max(chosen.memory / 200, 1.0))
        taken = await loading
    slope = statistics.linear_regression(*zip(*seen[len(seen) // 4 :], strict=True)).slope * 3600
    print(
        f"  memory at 20 messages a second: {seen[0][1]:.0f} MB, after {chosen.memory:.0f} s {seen[-1][1]:.0f} MB "
        f"(the last three quarters grow by {slope:.1f} MB an hour); {len(taken)} messages, "
        f"{sum(each.trip is None for each in taken)} lost; load average {os.getloadavg()[0]:.1f}",
        flush=True,
    )


async def measure(chosen: argparse.Namespace) -> None:
    """Every part that was chosen, one after the other."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        print(HEAD)
        if "steps" in chosen.only:
            for rasas in (0, *chosen.rasas):
                await steps(chosen, folder, rasas)
        if "baseline" in chosen.only:
            await baseline(chosen, folder)
        for part, measured in {"batch": batch, "growth": growth, "turns": turns, "memory": memory}.items():
            if part in chosen.only:
                await measured(chosen, folder)
    print(f"  pictures in {PICTURES.relative_to(PROJECT)}/; milliseconds; CPU of all gateway processes")


def numbers(text: str) -> list[int]:
    """A list with commas, perhaps empty."""
    return [int(part) for part in text.split(",") if part.strip()]


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument("--rates", type=numbers, default=[20, 40, 80], help="messages a second")
    parser.add_argument("--seconds", type=float, default=20.0, help="for each rate")
    parser.add_argument("--gateways", type=int, default=1)
    parser.add_argument("--rasas", type=numbers, default=[1, 2], help="end to end with so many Rasas; empty: none")
    parser.add_argument("--stored", type=int, default=1_000_000)
    parser.add_argument("--talks", type=int, default=3)
    parser.add_argument("--memory", type=float, default=180.0, help="seconds; 3600 for the hour of the promise")
    parser.add_argument("--only", type=lambda text: text.split(","), default=PARTS, help=",".join(PARTS))
    parser.add_argument("--profile", help="a file for what cProfile counts in the gateway (it slows it by about half)")
    asyncio.run(measure(parser.parse_args()))


if __name__ == "__main__":
    main()
