"""Checks of the pages of doors: who makes them, what is refused, what is written down, and where they are counted."""

import csv
import datetime as dt
import io
import json
import re
from collections.abc import AsyncIterator

import httpx2
import pytest
import zxingcpp
from fastapi import FastAPI
from PIL import Image
from sqlalchemy import select

from gateway.accounts.models import AuditEntry
from gateway.analytics.models import DailyCount
from gateway.core.actors import Role
from gateway.core.config.settings import Settings
from gateway.core.database import now
from gateway.core.locale import HELSINKI
from gateway.referrals.models import ReferralLink
from tests.worlds.referrals import door
from tests.worlds.staff import browser, make_person, running, send_form, session_cookie

pytestmark = pytest.mark.anyio


@pytest.fixture
async def app(settings: Settings) -> AsyncIterator[FastAPI]:
    async with running(settings) as app:
        yield app


async def signed_in(app: FastAPI, login: str, *roles: Role, language: str = "en") -> httpx2.AsyncClient:
    person = await make_person(app.state.service, login, *roles, language=language)
    return browser(app, await session_cookie(app, person))


async def doors(app: FastAPI) -> list[ReferralLink]:
    async with app.state.service.database.transaction() as session:
        return list(await session.scalars(select(ReferralLink).order_by(ReferralLink.id)))


async def test_an_editor_makes_a_door_and_the_log_says_so(app: FastAPI) -> None:
    async with await signed_in(app, "edit", Role.EDITOR) as editor:
        page = await editor.get("/console/doors")
        answer = await send_form(editor, page, "/console/doors", name="  Kallion\tkoulu ", kind="wall")
        (made,) = await doors(app)
        assert (answer.status_code, answer.headers["location"]) == (303, f"/console/doors/{made.code}?said=made")
        shown = (await editor.get(answer.headers["location"])).text
        away = await send_form(editor, page, f"/console/doors/{made.code}", away="1")
        again = await send_form(editor, page, f"/console/doors/{made.code}", away="1")
        listed = (await editor.get("/console/doors")).text
        await send_form(editor, page, f"/console/doors/{made.code}")

    assert made.name == "Kallion koulu"
    assert f"source={made.code.lower()}&amp;lang=sv" in shown
    assert (away.status_code, again.status_code) == (303, 303)
    assert listed.index("Out of use") < listed.index("Kallion koulu")
    async with app.state.service.database.transaction() as session:
        entries = list(await session.scalars(select(AuditEntry).order_by(AuditEntry.number)))
    ours = [(each.action, each.subject) for each in entries if each.action.startswith("referral.")]
    assert ours == [
        (action, f"referral {made.code}") for action in ("referral.created", "referral.retired", "referral.restored")
    ]
    assert [json.loads(each.details) for each in entries if each.action == "referral.created"] == [{"kind": "wall"}]


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"name": " ", "kind": "wall"}, "Write a name of at most 60 characters."),
        ({"name": "x" * 61, "kind": "wall"}, "Write a name of at most 60 characters."),
        ({"name": "itäkeskus", "kind": "wall"}, "There is a link of that name already."),
        ({"name": "Kallio", "kind": "window"}, "Choose what kind of link it is."),
        ({"name": "Kallio"}, "Choose what kind of link it is."),
    ],
)
async def test_a_form_that_is_wrong_comes_back_as_it_was_with_the_reason(
    app: FastAPI, fields: dict[str, str], sentence: str
) -> None:
    await door(app.state.service, "Itäkeskus")
    async with await signed_in(app, "edit", Role.EDITOR) as editor:
        answer = await send_form(editor, await editor.get("/console/doors"), "/console/doors", **fields)

    assert answer.status_code == 422
    assert sentence in answer.text
    assert f'name="name" value="{fields["name"]}"' in answer.text
    assert len(await doors(app)) == 1


async def test_a_supervisor_takes_posters_and_makes_no_doors(app: FastAPI) -> None:
    made = await door(app.state.service)
    async with await signed_in(app, "chief", Role.SUPERVISOR) as chief:
        page = await chief.get("/console/doors")
        one = await chief.get(f"/console/doors/{made.code}")
        refused = await send_form(chief, page, "/console/doors", name="Kallio", kind="wall")
        poster = await chief.get(f"/console/doors/{made.code}/poster/web/fi/a4.svg")

    assert "Editors can make new links." in page.text
    assert 'action="/console/doors' not in page.text + one.text
    assert refused.status_code == 403
    assert poster.status_code == 200


async def test_the_files_of_a_door_are_what_they_say(app: FastAPI) -> None:
    made = await door(app.state.service)
    base = f"/console/doors/{made.code}"
    async with await signed_in(app, "edit", Role.EDITOR) as editor:
        page = (await editor.get(base)).text
        files = sorted(set(re.findall(rf'href="({base}/[^"]+\.(?:svg|png))"', page)))
        found = {path: await editor.get(path) for path in files}
        link = re.search(r'href="(http[^"]+/chat[^"]+lang=en)"', page).group(1).replace("&amp;", "&")  # type: ignore[union-attr]
        missing = [
            await editor.get(path)
            for path in (
                "/console/doors/ZZZZ",
                "/console/doors/ZZZZ/code/web/fi.svg",
                "/console/doors/ZZZZ/poster/web/fi/a6",
                "/console/doors/ZZZZ/poster/web/fi/a6.svg",
            )
        ]

    platforms = len(re.findall(r'id="on-', page))
    assert len(files) == platforms * 3 * 4
    assert {answer.status_code for answer in found.values()} == {200}
    assert all(
        answer.headers["content-disposition"].startswith(f'attachment; filename="neuvo-{made.code}-')
        for answer in found.values()
    )
    picture = found[f"{base}/code/web/en.png"]
    assert picture.headers["content-type"] == "image/png"
    assert [each.text for each in zxingcpp.read_barcodes(Image.open(io.BytesIO(picture.content)))] == [link]
    assert [answer.status_code for answer in missing] == [404] * 4
    assert all("There is no such link." in answer.text for answer in missing)


@pytest.mark.parametrize("by", ["day", "week", "month"])
async def test_the_figures_name_the_door_from_five_people_on(app: FastAPI, by: str) -> None:
    made, quiet = await door(app.state.service, "Kallion koulu"), await door(app.state.service, "Itäkeskus")
    today = now().astimezone(HELSINKI).date()
    first = today.replace(day=1)
    async with app.state.service.database.transaction() as session:
        session.add_all(
            [
                DailyCount(day=today, measure="referral", part=made.code, count=7),
                DailyCount(day=today, measure="referral", part=quiet.code, count=4),
            ]
        )
    async with await signed_in(app, "edit", Role.EDITOR) as editor:
        page = (await editor.get(f"/console/figures?by={by}")).text
        file = (await editor.get(f"/console/figures.csv?by={by}")).text
        listed = (await editor.get("/console/doors")).text

    panel = re.search(r'<section class="panel" aria-labelledby="doors">.*?</section>', page, re.S).group()  # type: ignore[union-attr]
    assert '<th scope="row">Kallion koulu</th><td class="number">5</td>' in panel
    assert "Itäkeskus" not in page
    rows = [row for row in csv.reader(io.StringIO(file)) if row[2] == "referral"]
    starts = {"day": today, "week": today - dt.timedelta(days=today.weekday()), "month": first}
    assert rows == [[str(starts[by]), str(today), "referral", f"{made.code} Kallion koulu", "5"]]
    assert f'<td data-label="People in 4 weeks">{5}</td>' in listed
