"""The console on the whole road, under Meta's rules: a weekend, a place, a contact card."""

import re
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import select

from gateway.accounts.models import AuditEntry
from gateway.conversations.models import Conversation, Message
from gateway.core.actors import Role
from gateway.core.config.settings import Settings
from tests.worlds import officers as desk
from tests.worlds.road import Road, open_road
from tests.worlds.scripted_engine import ScriptedEngine
from tests.worlds.staff import browser, csrf_of, make_person, session_cookie

pytestmark = pytest.mark.anyio
WORDS = {
    "fi": ("haluan puhua poliisille", "Poliisi on vastannut sinulle.", "Hei, luin viestisi."),
    "sv": ("jag vill prata med en polis", "Polisen har svarat dig.", "Hej, jag läste ditt meddelande."),
    "en": ("I want to talk to an officer", "The police have answered you.", "Hello, I read your message."),
}


@pytest.fixture
async def road(settings: Settings, engine: ScriptedEngine) -> AsyncIterator[Road]:
    """A gateway and Meta's stand-in, which refuses free words after its 24 hours."""
    async with open_road(settings, engine, pair_limit=False) as road:
        road.app.state.service.templates._all_approved = True
        yield road


@pytest.mark.parametrize("language", WORDS)
async def test_who_wrote_on_friday_evening_is_answered_on_monday_by_template_and_reply(
    road: Road, engine: ScriptedEngine, language: str
) -> None:
    question, template, words = WORDS[language]
    citizen, talk = await desk.left_over_the_weekend(road, engine, language, question)

    person = await make_person(road.service, "olivia", Role.OFFICER)
    cookies = await session_cookie(road.app, person)
    async with browser(road.app, cookies) as client:
        path, form = f"/console/conversations/{talk}", {"csrf_token": csrf_of(road.app, cookies)}
        await client.post("/console/shift/start", data=form)
        await client.post(f"{path}/claim", data=form)
        page = (await client.get(path)).text
        named = re.search(r'name="(gap_police_answered_date)" value="([^"]+)"', page)
        assert named, page
        fields = {**form, "name": "police_answered", named[1]: named[2]}
        empty = await client.post(f"{path}/template", data=fields)
        assert (empty.status_code, await desk.said(road.service, talk, author="officer")) == (422, [])
        sent = await client.post(f"{path}/template", data={**fields, "answer": words})
        assert (sent.status_code, sent.headers["location"]) == (303, f"{path}?said=template_sent")
        assert (await citizen.next_reply()).text.startswith("[police_answered] ")
        (said,) = [each.text for each in await desk.said(road.service, talk) if template in each.text]
        assert named[2] in said

        waits = (await client.get(path)).text
        assert words in waits
        assert (await desk.entry(road.service, talk)).waiting_since is None, "it is the citizen's turn"

        citizen.writes("ok")
        assert (await citizen.next_reply(40)).text == words
        assert 'name="text"' in (await client.get(path)).text


@pytest.mark.parametrize(
    ("kind", "fields", "told"),
    [
        ("location", {"latitude": 60.1711, "longitude": 24.9326, "name": "Asema"}, ["Asema", "60.1711, 24.9326"]),
        ("contacts", {"name": "Matti Meikäläinen"}, ["Matti Meikäläinen", "+358 50 000 0099"]),
    ],
)
async def test_a_place_and_a_contact_card_are_kept_and_read_for_a_logged_reason(
    road: Road, engine: ScriptedEngine, kind: str, fields: dict[str, object], told: list[str]
) -> None:
    citizen = road.citizen()
    citizen.sends(kind, **fields)
    await citizen.next_reply()
    async with road.service.database.transaction() as session:
        (talk,) = await session.scalars(select(Conversation.id))
        (message,) = await session.scalars(select(Message))
        assert told[0].encode() not in (message.content_sealed or b"")

    person = await make_person(road.service, "olivia", Role.OFFICER)
    cookies = await session_cookie(road.app, person)
    async with browser(road.app, cookies) as client:
        path, form = f"/console/conversations/{talk}", {"csrf_token": csrf_of(road.app, cookies)}
        await client.post(f"{path}/open", data={**form, "ground": "danger"})
        assert told[0] not in (page := (await client.get(path)).text)
        assert f"{path}/media/{message.id}/ask" in page
        refused = await client.post(f"{path}/media/{message.id}", data=form)
        shown = await client.post(
            f"{path}/media/{message.id}", data={**form, "ground": "danger"}, follow_redirects=True
        )

    assert refused.status_code != 303
    assert all(each in shown.text for each in told)
    async with road.service.database.transaction() as session:
        actions = list(await session.scalars(select(AuditEntry.action)))
    assert actions.count("media_opened") == 1
