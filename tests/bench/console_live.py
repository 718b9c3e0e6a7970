"""Measures the console as a running page: the server's time for it, and memory while it stays live.

Run `python -m tests.bench.console_live [--minutes 60]`: 500 who wait and 10,000 past conversations, on both databases;
then, on PostgreSQL, five changes a second for so long (one minute by default), with the page open in Chromium.
"""

import argparse
import asyncio
import os
import statistics
import tempfile
import time
import uuid
from pathlib import Path

import httpx2
from fastapi import FastAPI
from playwright.async_api import CDPSession, Page, async_playwright

from gateway.app import create_app
from gateway.core.actors import Role
from gateway.core.config.settings import Settings
from gateway.core.migrate import migrate
from gateway.handover.notes import add_note
from gateway.service import Service
from tests.bench.console import OFFICER, PAST, WAITING, fill
from tests.worlds.road import free_port, served
from tests.worlds.services import CHROMIUM_FLAGS, TemporaryPostgres, need_chromium
from tests.worlds.stack import memory_of
from tests.worlds.staff import BROWSER, make_person, session_cookie

ROUNDS, EACH_SECOND = 30, 5
LOOK_EVERY = 60.0  # seconds
MEGABYTE = 1024 * 1024


async def page_times(name: str, app: FastAPI, url: str, talk: uuid.UUID) -> None:
    """The whole answer, over loopback, one after the other."""
    person = await make_person(app.state.service, f"o{uuid.uuid4().hex[:6]}", Role.OFFICER, language="fi")
    cookies = await session_cookie(app, person)
    header = {"cookie": "; ".join(f"{key}={value}" for key, value in cookies.items()), "user-agent": BROWSER}
    paths = {
        "queue page": "/console",
        "queue page, all": "/console?all=1",
        "queue part": "/console/queue",
        "conversation page": f"/console/conversations/{talk}",
        "conversation parts": f"/console/conversations/{talk}/parts",
        "search": "/console/search",
    }
    async with httpx2.AsyncClient(base_url=url, headers=header, trust_env=False) as client:
        for what, path in paths.items():
            taken, spent = [], time.process_time()
            for _ in range(ROUNDS):
                began = time.perf_counter()
                answer = await client.get(path)
                taken.append((time.perf_counter() - began) * 1000)
                assert answer.status_code == httpx2.codes.OK
            taken.sort()
            spent = (time.process_time() - spent) * 1000 / ROUNDS
            p95 = taken[int(0.95 * ROUNDS) - 1]
            size = len(answer.content) // 1024
            figures = "".join(f"{each:8.1f}" for each in (statistics.median(taken), p95, taken[-1], spent))
            print(f"  {name:<12}{what:<20}{figures}   {size:>4} KB", flush=True)


async def stay_live(app: FastAPI, url: str, talks: list[uuid.UUID], seconds: float) -> None:
    """Five changes a second for so long; now and then whether the page still hears, and what process and page hold."""
    service: Service = app.state.service
    person = await make_person(service, "live", Role.OFFICER, language="fi")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=need_chromium(), args=CHROMIUM_FLAGS)
        context = await browser.new_context(user_agent=BROWSER)
        cookies = await session_cookie(app, person)
        await context.add_cookies([{"name": key, "value": value, "url": url} for key, value in cookies.items()])
        page = await context.new_page()
        await page.goto(f"{url}/console/conversations/{talks[0]}")
        tools = await context.new_cdp_session(page)
        ends, made, waits = time.monotonic() + seconds, 0, list[float]()
        await change(service, talks, min(10.0, seconds / 4))
        print(f"  {'minute':>8}{'changes':>10}{'seen after':>13}{'process':>12}{'script':>12}", flush=True)
        while (left := ends - time.monotonic()) > 0:
            made += await change(service, talks, min(LOOK_EVERY, seconds / 4, left))
            waits.append(await seconds_until_seen(service, page, talks[0], len(waits)))
            await page.keyboard.press("Shift")  # somebody sits there: an idle page locks itself
            process, script = memory_of(os.getpid()) / MEGABYTE, await heap(tools)
            minute = (seconds - ends + time.monotonic()) / 60
            print(f"  {minute:8.1f}{made:10}{waits[-1] * 1000:10.0f} ms{process:9.1f} MB{script:9.1f} MB", flush=True)
        print(f"  seen in the page after {statistics.median(waits):.2f} s (median), {max(waits):.2f} s (longest)")
        await browser.close()


async def heap(tools: CDPSession) -> float:
    """What the page's script holds, without what it has let go, in megabytes."""
    await tools.send("HeapProfiler.collectGarbage")
    return float((await tools.send("Runtime.getHeapUsage"))["usedSize"]) / MEGABYTE


async def seconds_until_seen(service: Service, page: Page, talk: uuid.UUID, number: int) -> float:
    """A colleague writes a note, and the open page shows it without a press; raises where it does not within 30 s."""
    words, began = f"Note-{number}-of-a-colleague", time.monotonic()
    async with service.database.transaction() as session:
        await add_note(session, service, OFFICER, talk, words)
    await page.locator("#notes", has_text=words).wait_for(state="attached", timeout=30_000)
    return time.monotonic() - began


async def change(service: Service, talks: list[uuid.UUID], seconds: float) -> int:
    """Ring for one conversation after the other, the open one each fifth time."""
    ends, made = time.monotonic() + seconds, 0
    while time.monotonic() < ends:
        async with service.database.transaction() as session:
            talk = talks[0 if made % 5 == 0 else made % len(talks)]
            service.signals.send(session, "conversation", talk.hex)
        made += 1
        await asyncio.sleep(1 / EACH_SECOND)
    return made


async def measure(name: str, database_url: str, folder: Path, seconds: float) -> None:
    """Fill a database, look at it, stay."""
    port = free_port()
    settings = Settings(
        database_url=database_url,
        state_dir=folder,
        port=port,
        public_url=f"http://localhost:{port}",
        simulator=False,
        waiting_line_minutes=1e6,  # five hundred lines for those who wait would be another measurement
    )
    await asyncio.to_thread(migrate, settings)
    app = create_app(settings)
    async with served(app, port):
        talks = await fill(app.state.service)
        await page_times(name, app, settings.public_url, talks[0])
        if seconds:
            await stay_live(app, settings.public_url, talks, seconds)
        app.state.live_events.close()


def main() -> None:
    """Both databases, one after the other."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=1.0, help="how long the page stays open; 0: only the times")
    seconds = parser.parse_args().minutes * 60
    print(f"{WAITING} waiting, {PAST} past conversations; milliseconds: median, p95, largest, CPU; size")
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(measure("SQLite", f"sqlite:///{folder}/bench.db", Path(folder), 0))
        database = TemporaryPostgres()
        try:
            asyncio.run(measure("PostgreSQL", database.url, Path(folder), seconds))
        finally:
            database.drop()


if __name__ == "__main__":
    main()
