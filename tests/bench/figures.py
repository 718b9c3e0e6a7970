"""Measures the page of figures over a year of conversations, on both databases.

Run `python -m tests.bench.figures`; NEUVO_TEST_POSTGRES names the PostgreSQL server.
"""

import asyncio
import datetime as dt
import statistics
import tempfile
import time
from pathlib import Path

import httpx2
from sqlalchemy import insert, text

from gateway.analytics.models import DailyCount
from gateway.core.actors import Role
from gateway.core.config.settings import Settings
from gateway.core.database import now
from gateway.core.locale import HELSINKI
from gateway.core.migrate import migrate
from gateway.service import Service
from tests.worlds.services import TemporaryPostgres
from tests.worlds.staff import browser, make_person, running, session_cookie
from tests.worlds.year_of_counts import year

ROUNDS = 30
PEOPLE = 2000  # a day: about the thirteen per cent of a city's young people who ask once a year, ten times over
VIEWS = ("/console/figures", "/console/figures?by=week", "/console/figures.csv?by=week", "/figures")


async def fill(service: Service) -> int:
    """A year of counts that ends today; returns how many rows."""
    first = now().astimezone(HELSINKI).date() - dt.timedelta(days=364)
    rows = [
        {"day": day, "measure": measure, "part": part, "count": count}
        for day, (measure, part), count in year(first, PEOPLE)
    ]
    async with service.database.transaction() as session:
        for start in range(0, len(rows), 5000):
            await session.execute(insert(DailyCount), rows[start : start + 5000])
        await session.execute(text("ANALYZE"))
    return len(rows)


async def timed(client: httpx2.AsyncClient, path: str) -> str:
    """Median, 95th percentile and largest of some requests, and what each took of a processor, in milliseconds."""
    taken, spent = [], time.process_time()
    for _ in range(ROUNDS):
        began = time.perf_counter()
        answer = await client.get(path)
        taken.append((time.perf_counter() - began) * 1000)
        assert answer.status_code == 200, answer.text
    taken.sort()
    spent = (time.process_time() - spent) * 1000 / ROUNDS
    return f"{statistics.median(taken):8.1f}{taken[int(0.95 * ROUNDS) - 1]:8.1f}{taken[-1]:8.1f}{spent:8.1f}"


async def measure(name: str, url: str, folder: Path) -> None:
    """Fill a database and ask for every view."""
    settings = Settings(database_url=url, state_dir=folder)
    await asyncio.to_thread(migrate, settings)
    async with running(settings) as app:
        person = await make_person(app.state.service, "olivia", Role.OFFICER)
        rows = await fill(app.state.service)
        async with browser(app, await session_cookie(app, person)) as client:
            for path in VIEWS:
                print(f"  {name:<12}{path:<32}{await timed(client, path)}   n={ROUNDS}, {rows} rows", flush=True)


def main() -> None:
    """Both databases, one after the other."""
    print("A year of figures; milliseconds: median, p95, largest, processor")
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(measure("SQLite", f"sqlite:///{folder}/bench.db", Path(folder)))
        database = TemporaryPostgres()
        try:
            asyncio.run(measure("PostgreSQL", database.url, Path(folder)))
        finally:
            database.drop()


if __name__ == "__main__":
    main()
