"""Checks of the pages of figures: what each view may show, and that no view or difference of views shows a person."""

import csv
import datetime as dt
import io
import re
import uuid
from typing import Any

import httpx2
import pytest
import time_machine
from sqlalchemy import insert

from gateway.analytics.models import DailyCount
from gateway.core.actors import Role
from gateway.core.config.settings import Settings
from gateway.core.database import now
from gateway.core.locale import HELSINKI
from gateway.service import Service
from tests.worlds.road import open_road, until
from tests.worlds.scripted_engine import ScriptedEngine
from tests.worlds.staff import browser, make_person, running, session_cookie
from tests.worlds.year_of_counts import WAVE, WAVE_TOPIC, year

pytestmark = pytest.mark.anyio
TODAY = dt.date(2026, 11, 24)
NOON = dt.datetime(2026, 11, 24, 10, tzinfo=dt.UTC)
ALONE_IN = "gang_exit"  # a topic that nobody else asks about
VIEWS = (
    "/console/figures",
    "/console/figures?end=2026-11-20",
    "/console/figures?by=week",
    "/console/figures.csv",
    "/console/figures.csv?by=week",
    "/figures?month=2026-10&lang=fi",
    "/figures?month=2026-10&lang=sv",
)


async def fill(service: Service, days: list[Any]) -> None:
    rows = [
        {"day": day, "measure": measure, "part": part, "count": count} for day, (measure, part), count in days if count
    ]
    async with service.database.transaction() as session:
        await session.execute(insert(DailyCount), rows)


async def seen(client: httpx2.AsyncClient) -> list[str]:
    """Every view, without what differs from one answer to the next."""
    found = []
    for path in VIEWS:
        page = await client.get(path)
        assert page.status_code == 200, path
        found.append(re.sub(r'"[0-9a-f]{32,}"', "", page.text))
    return found


@time_machine.travel(NOON, tick=True)
async def test_a_citizen_who_is_the_only_one_in_a_cell_is_in_no_view_and_in_no_difference_of_views(
    settings: Settings,
) -> None:
    first = TODAY - dt.timedelta(days=364)
    days = [each for each in year(first, 60, wave=False) if each[1] != ("topic", ALONE_IN)]
    async with running(settings) as app:
        person = await make_person(app.state.service, "olivia", Role.OFFICER)
        await fill(app.state.service, days)
        async with browser(app, await session_cookie(app, person)) as client:
            without = await seen(client)
            # Alone in a topic, in a danger and in a source, on a day of last month and today; and as one of many.
            for day in (dt.date(2026, 10, 13), TODAY):
                await fill(app.state.service, [(day, ("topic", ALONE_IN), 1), (day, ("source", "school-x"), 1)])
            assert await seen(client) == without
            await fill(app.state.service, [(TODAY - dt.timedelta(days=1), ("topic", ALONE_IN), 3)])
            assert await seen(client) != without  # with five it is told
    assert all(ALONE_IN not in page for page in without)


@time_machine.travel(NOON, tick=True)
async def test_the_wave_of_a_scam_stands_on_top_of_the_page_on_its_first_day(settings: Settings) -> None:
    first = TODAY - dt.timedelta(days=WAVE)
    async with running(settings) as app:
        person = await make_person(app.state.service, "olivia", Role.SUPERVISOR, language="fi")
        await fill(app.state.service, [each for each in year(first, 240) if each[0] <= TODAY])
        title = app.state.service.lines.title(WAVE_TOPIC, "fi")
        async with browser(app, await session_cookie(app, person)) as client:
            page = (await client.get("/console/figures")).text
            before = (await client.get("/console/figures?end=2026-11-23")).text

    rises = r'id="rising">.*?</section>'
    assert title in re.search(rises, page, re.S).group()  # type: ignore[union-attr]
    assert title not in re.search(rises, before, re.S).group()  # type: ignore[union-attr]


@time_machine.travel(NOON, tick=True)
async def test_the_file_agrees_with_the_page_and_no_cell_is_a_formula(settings: Settings) -> None:
    async with running(settings) as app:
        person = await make_person(app.state.service, "edit", Role.EDITOR)
        cells = [(TODAY, ("topic", "=HYPERLINK(1)"), 7), (TODAY, ("people", ""), 12), (TODAY, ("messages", ""), 130)]
        await fill(app.state.service, cells)
        async with browser(app, await session_cookie(app, person)) as client:
            answer = await client.get("/console/figures.csv?by=week")
    rows = list(csv.reader(io.StringIO(answer.text.removeprefix("\ufeff"))))

    assert rows[0] == ["first_day", "last_day", "measure", "part", "count"]
    assert rows[1:] == [
        ["2026-11-23", "2026-11-24", "messages", "", "100"],
        ["2026-11-23", "2026-11-24", "people", "", "10"],
        ["2026-11-23", "2026-11-24", "topic", "'=HYPERLINK(1)", "5"],
    ]


@pytest.mark.parametrize("query", ["end=9999-99-99", "end=1000-01-01", "by=century", "end=2999-01-01", "end=%01"])
async def test_an_address_that_makes_no_sense_shows_some_figures_all_the_same(settings: Settings, query: str) -> None:
    async with running(settings) as app:
        person = await make_person(app.state.service, "olivia", Role.OFFICER)
        async with browser(app, await session_cookie(app, person)) as client:
            assert (await client.get(f"/console/figures?{query}")).status_code == 200
            month = query.replace("end", "month")
            assert (await client.get(f"/figures?{month}")).status_code == 200


@time_machine.travel(NOON, tick=True)
async def test_the_public_page_shows_whole_months_and_knows_no_future(settings: Settings) -> None:
    async with running(settings) as app:
        days = [
            (dt.date(2026, 9, 30), ("people", ""), 10), (dt.date(2026, 10, 1), ("people", ""), 70),
            (dt.date(2026, 11, 3), ("people", ""), 5000),
        ]  # fmt: skip
        await fill(app.state.service, days)
        async with browser(app) as client:
            newest = await client.get("/figures?lang=en")
            asked = await client.get("/figures?lang=en&month=2026-11")

    assert newest.text == asked.text
    assert "October 2026" in newest.text
    assert "<dd>70</dd>" in newest.text
    assert "5000" not in newest.text
    assert "month=2026-09" in newest.text
    assert newest.headers["cache-control"].startswith("public")


async def test_today_is_counted_on_the_page_within_seconds_of_the_turn(
    settings: Settings, engine: ScriptedEngine
) -> None:
    async with open_road(settings, engine) as road:
        today = now().astimezone(HELSINKI).date()
        async with road.service.database.transaction() as session:
            session.add(DailyCount(day=today, measure="topic", part="account_hacked", count=4))
        person = await make_person(road.service, f"o{uuid.uuid4().hex[:6]}", Role.OFFICER)
        citizen = road.citizen()
        citizen.writes("mun tili on hakkeroitu")
        await citizen.next_reply()

        async def is_told() -> bool:
            async with browser(road.app, await session_cookie(road.app, person)) as client:
                return "topic,account_hacked,5" in (await client.get("/console/figures.csv")).text

        await until(is_told)
