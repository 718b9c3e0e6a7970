"""Checks of the administrators' page of health: it says what is wrong, also while the database is silent."""

import asyncio
from collections.abc import Callable

import httpx2
import pytest
from sqlalchemy import insert

from gateway.accounts import audit
from gateway.conversations.models import Message
from gateway.core.actors import Role
from gateway.core.version import version
from gateway.ops import parts
from gateway.ops.parts import Parts
from gateway.ops.stored_state import StoredState
from tests.gateway.ops.test_parts import _message
from tests.worlds import officers as desk
from tests.worlds.road import Road
from tests.worlds.staff import browser, make_person, session_cookie

pytestmark = pytest.mark.anyio


@pytest.fixture(autouse=True)
def _every_look_is_new(monkeypatch: pytest.MonkeyPatch) -> None:
    """The process looked at its tables when it began, and what it saw is shown for a while."""
    monkeypatch.setattr(parts, "STORED_FRESH", 0.0)


async def look(road: Road, language: str = "en", login: str = "aada") -> httpx2.Response:
    person = await make_person(road.service, login, Role.ADMINISTRATOR, language=language)
    async with browser(road.app, await session_cookie(road.app, person)) as client:
        return await client.get("/console/health", headers={"accept": "text/html"})


async def look_until(road: Road, shown: Callable[[str], bool]) -> str:
    """The page, asked anew while a busy machine's look at the tables comes too late for it: the next page has it."""
    page = ""
    for number in range(20):
        page = (await look(road, login=f"aada-{number}")).text
        if shown(page):
            break
        await asyncio.sleep(0.25)
    return page


async def test_a_healthy_service_says_so_and_which_release_runs(road: Road) -> None:
    async with road.service.database.transaction() as session:
        await audit.record(session, "operator", "backup_made", "one")
    page = await look_until(road, lambda page: "None yet</span>" not in page)

    assert "Everything works." in page
    assert version() in page
    assert "Does not work" not in page
    assert "None yet</span>" not in page


async def test_what_waits_too_long_and_a_backup_that_nobody_made_are_marked(road: Road) -> None:
    talk = await desk.conversation(road.service)
    async with road.service.database.transaction() as session:
        await session.execute(insert(Message), [_message(talk, None, 1)])
    page = await look_until(road, lambda page: "The database does not say what waits." not in page)

    assert '<span class="badge bad">36' in page  # an hour, in seconds
    assert "None yet</span>" in page


async def test_a_part_that_is_down_is_named_in_the_persons_language(
    road: Road, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def is_down() -> bool:
        return False

    async def nothing(_: Parts, *, wait: bool = True) -> tuple[StoredState | None, float]:
        return None, float("inf")

    monkeypatch.setattr(road.service.engine, "is_ready", is_down)
    monkeypatch.setattr(Parts, "stored", nothing)
    pages = {language: (await look(road, language, f"aada-{language}")).text for language in ("fi", "sv", "en")}

    assert "Keskustelumoottori 1" in pages["fi"]
    assert "Dialogmotor 1" in pages["sv"]
    assert "Dialogue engine 1" in pages["en"]
    assert all(word in pages[language] for language, word in (("fi", "Ei toimi"), ("sv", "Fungerar inte")))
    assert "The database does not say what waits." in pages["en"]


async def test_nobody_but_an_administrator_sees_it(road: Road) -> None:
    for number, role in enumerate(each for each in Role if each != Role.ADMINISTRATOR):
        person = await make_person(road.service, f"person-{number}", role)
        async with browser(road.app, await session_cookie(road.app, person)) as client:
            assert (await client.get("/console/health")).status_code == 403
