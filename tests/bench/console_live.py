"""Measures the console as a running page: the server's time for it, and memory while it stays live.

Run `python -m tests.bench.console_live [seconds]`: 500 who wait and 10,000 past conversations, on both databases; then
five changes a second for so long (60 by default), with the page open in Chromium.
"""

import asyncio
import os
import statistics
import sys
import tempfile
import time
import uuid
from pathlib import Path

import httpx2
from fastapi import FastAPI
from playwright.async_api import async_playwright

from gateway.accounts.access import Role
from gateway.app import create_app
from gateway.migrate import migrate
from gateway.service import Service
from gateway.settings import Settings
from tests.bench.console import PAST, WAITING, fill
from tests.gateway.road import free_port, served
from tests.gateway.staff import BROWSER, make_person, session_cookie
from tests.services import CHROMIUM_FLAGS, TemporaryPostgres, need_chromium
from tests.stack import memory_of

ROUNDS, EACH_SECOND = 30, 5
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
    """Five changes a second, and what process and page hold before and after."""
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

        async def heap() -> float:
            await tools.send("HeapProfiler.collectGarbage")
            return float((await tools.send("Runtime.getHeapUsage"))["usedSize"]) / MEGABYTE

        await change(service, talks, min(10.0, seconds / 4))
        before = memory_of(os.getpid()) / MEGABYTE, await heap()
        made = await change(service, talks, seconds)
        after = memory_of(os.getpid()) / MEGABYTE, await heap()
        process, script = (f"{before[at]:.1f} -> {after[at]:.1f} MB" for at in (0, 1))
        print(f"  {made} changes in {seconds:.0f} s; memory of the process {process}, of the page's script {script}")
        await browser.close()


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
        app.state.doorbell.close()


def main() -> None:
    """Both databases, one after the other."""
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 60.0
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
