"""Checks that reading is logged: who, which conversation, when, on which ground; and that others' are asked about."""

import datetime as dt
import json
import uuid
from collections.abc import AsyncIterator
from typing import Any

import pytest
import time_machine
from sqlalchemy import func, select

from gateway.accounts import audit_chain
from gateway.accounts.models import AuditEntry
from gateway.conversations.models import Conversation, Message
from gateway.core.actors import Role
from gateway.core.config.settings import Settings
from gateway.handover import openings
from gateway.privacy.erasure import erase
from tests.gateway.console.test_attachments import send
from tests.gateway.console.test_routes import Console, Desk
from tests.gateway.permissions import WHO_MAY
from tests.worlds import officers as desk
from tests.worlds.files_to_send import pdf
from tests.worlds.road import free_port
from tests.worlds.staff import running

pytestmark = pytest.mark.anyio
SECRET = "nobody else may read this"


@pytest.fixture
async def console(settings: Settings) -> AsyncIterator[Console]:
    # Time travels in these tests: a session outlives it, and no timer takes a conversation from its officer.
    patient = {"staff_lock_seconds": 10**6, "staff_idle_hours": 24, "staff_session_hours": 24}
    patient |= {"officer_silent_minutes": 10**5, "officer_lost_seconds": 10**7}
    async with running(settings.model_copy(update={"port": free_port(), **patient})) as app:
        yield Console(app)


async def entries(console: Console, *actions: str) -> list[tuple[str, str, dict[str, Any]]]:
    """Actor, subject and details of the entries with these actions, in order."""
    async with console.service.database.transaction() as session:
        rows = await session.scalars(select(AuditEntry).order_by(AuditEntry.number))
        return [(row.actor, row.subject, json.loads(row.details)) for row in rows if row.action in actions]


async def someone_elses(console: Console) -> uuid.UUID:
    talk = await desk.owned(console.service)
    await desk.writes(console.service, talk, SECRET)
    return talk


async def look(who: Desk, talk: uuid.UUID, path: str = "") -> tuple[int, str]:
    answer = await who.client.get(f"/console/conversations/{talk}{path}")
    return answer.status_code, answer.text


async def test_a_conversation_of_somebody_else_is_shown_after_a_ground_is_chosen_and_each_opening_is_logged(
    console: Console,
) -> None:
    talk = await someone_elses(console)
    async with console.officer("olivia") as olivia:
        status, before = await look(olivia, talk)
        assert (status, SECRET in before) == (200, False)
        assert "Why do you open this conversation?" in before
        assert (await look(olivia, talk, "/parts"))[0] == 403
        assert (await look(olivia, talk, "/ready"))[0] == 403
        assert await entries(console, "conversation_opened") == []

        for wrong in ("", "x", "own", "waiting", "other", "supervision"):
            assert (await olivia.press(talk, "open", ground=wrong)).status_code == 422
        assert SECRET not in (await look(olivia, talk))[1]

        assert (await olivia.press(talk, "open", ground="complaint")).status_code == 303
        for _ in range(2):
            assert SECRET in (await look(olivia, talk))[1]
        assert (await look(olivia, talk, "/parts"))[0] == 200

    details = {"ground": "complaint", "on_duty": False}
    assert await entries(console, "conversation_opened") == [(str(olivia.id), console.named(talk), details)] * 2


async def test_a_ground_ends_after_a_while_and_with_the_session(console: Console) -> None:
    talk = await someone_elses(console)
    async with console.officer("olivia") as olivia, console.officer("oskar") as oskar:
        await olivia.press(talk, "open", ground="colleague")
        assert SECRET in (await look(olivia, talk))[1]
        assert SECRET not in (await look(oskar, talk))[1]
        with time_machine.travel(dt.datetime.now(dt.UTC) + openings.LIFETIME + dt.timedelta(seconds=1)):
            assert SECRET not in (await look(olivia, talk))[1]
            assert (await look(olivia, talk, "/parts"))[0] == 403


async def test_ones_own_and_what_waits_are_opened_at_once_and_logged(console: Console) -> None:
    talk = await desk.waiting(console.service)
    async with console.officer("olivia") as olivia, console.officer("sanna", Role.SUPERVISOR) as sanna:
        await look(olivia, talk)
        await olivia.press(talk, "claim")
        await look(olivia, talk)
        await olivia.press(talk, "give-back")
        await look(olivia, talk)
        await sanna.press(talk, "open", ground="supervision")
        await look(sanna, talk)
        with time_machine.travel(dt.datetime.now(dt.UTC) + openings.WORKING_DAY - dt.timedelta(minutes=9)):
            await look(olivia, talk)

    grounds = [details["ground"] for _, _, details in await entries(console, "conversation_opened")]
    assert grounds == ["waiting", "own", "answered", "supervision", "answered"]
    duty = [details["on_duty"] for _, _, details in await entries(console, "conversation_opened")]
    assert duty[:3] == [False, True, True], "a claim begins the shift"


async def test_who_looks_at_what_waits_reads_no_further_when_a_colleague_takes_it(console: Console) -> None:
    talk = await desk.waiting(console.service)
    async with console.officer("olivia") as olivia, console.officer("oskar") as oskar:
        assert (await look(oskar, talk))[0] == 200
        await olivia.press(talk, "claim")
        await desk.writes(console.service, talk, SECRET)
        assert (await look(oskar, talk, "/parts"))[0] == 403
        assert SECRET not in (await look(oskar, talk))[1]


async def test_a_page_that_refreshes_by_itself_is_one_opening_and_none_that_was_never_opened(console: Console) -> None:
    talk = await desk.waiting(console.service)
    async with console.officer("olivia") as olivia:
        for _ in range(5):
            assert (await look(olivia, talk, "/parts"))[0] == 200
        assert len(await entries(console, "conversation_opened")) == 1
        with time_machine.travel(dt.datetime.now(dt.UTC) + openings.LIFETIME + dt.timedelta(seconds=1)):
            for _ in range(5):
                assert (await look(olivia, talk, "/parts"))[0] == 200
    assert len(await entries(console, "conversation_opened")) == 2, "a page that stays open is logged anew"


# The form that asks why a file is opened shows nothing of the conversation.
DOORS = sorted(
    path.removeprefix("GET /console/conversations/{conversation_id}")
    for path in WHO_MAY
    if path.startswith("GET /console/conversations/{conversation_id}") and not path.endswith("/ask")
)


@pytest.mark.parametrize("door", DOORS)
async def test_whatever_is_read_of_a_conversation_without_its_page_is_an_opening(console: Console, door: str) -> None:
    """An officer who knows the address and opens nothing else: what is shown is logged, and the rest is refused."""
    talk = await desk.waiting(console.service)
    await desk.writes(console.service, talk, SECRET)
    async with console.officer("olivia") as olivia, console.officer("oscar") as oscar:
        await olivia.press(talk, "claim")
        await send(olivia, talk, pdf(), "ohje.pdf")
        (said,) = await desk.said(console.service, talk, author="officer")
        await olivia.press(talk, "release")
        async with console.service.database.transaction() as session:
            message = await session.scalar(select(Message.id).where(Message.conversation_id == talk))
        path = door.replace("{message_id}", str(message)).replace("{item_id}", str(said.id))
        status, text = await look(oscar, talk, path)
        logged = [each for each in await entries(console, "conversation_opened") if each[0] == str(oscar.id)]
    assert len(logged) == 1 or (status != 200 and SECRET not in text), f"{door or 'the page'}: {status}"
    assert status in (200, 204) or "media" in door or "translation" in door, f"{door}: {status}"


async def test_the_queue_shows_no_words_of_what_a_colleague_has(console: Console) -> None:
    await someone_elses(console)
    async with console.officer("olivia") as olivia:
        page = (await olivia.client.get("/console")).text
    assert "With colleagues" in page
    assert SECRET not in page


async def test_the_queue_is_logged_when_what_it_shows_has_changed_and_not_each_time_it_is_asked_for(
    console: Console,
) -> None:
    first = await desk.waiting(console.service)
    async with console.officer("olivia") as olivia, console.officer("oskar") as oskar:
        for _ in range(5):
            await olivia.client.get("/console/queue")
        await olivia.client.get("/console")
        await oskar.client.get("/console/queue")
        await desk.writes(console.service, first, "words change what is shown of it, not which it is")
        await olivia.client.get("/console/queue")
        await desk.waiting(console.service)
        for _ in range(5):
            await olivia.client.get("/console/queue")

    seen = await entries(console, "conversations_listed")
    assert [(actor, subject, details["count"]) for actor, subject, details in seen] == [
        (str(olivia.id), "queue", 1),
        (str(oskar.id), "queue", 1),
        (str(olivia.id), "queue", 2),
    ]
    assert seen[0][2]["shown"] == seen[1][2]["shown"] != seen[2][2]["shown"]


async def test_every_search_is_logged_with_what_it_was_by_and_without_what_was_sought(console: Console) -> None:
    talk = await desk.waiting(console.service)
    async with console.officer("olivia") as olivia:
        await olivia.client.get("/console/search")
        data = {"csrf_token": olivia.token}
        await olivia.client.post("/console/search", data={**data, "state": "waiting"})
        await olivia.client.post("/console/search", data={**data, "phone": "040 765 4321"})
        await desk.writes(console.service, talk, "huumekuski Kallesta")
        await olivia.press(talk, "words", words="kalle")

    searched = await entries(console, "conversations_searched", "searched_by_number", "words_searched")
    assert [details.get("by") for _, _, details in searched] == [[], ["state"], ["phone"], None]
    assert searched[3][1:] == (console.named(talk), {"ground": "waiting", "found": 1, "elsewhere": 0})
    told = str([{**details, "shown": ""} for _, _, details in searched])  # digits of ids and hashes may be any
    assert "765" not in told
    assert "kalle" not in told.lower()


async def test_words_of_a_citizens_other_conversations_are_logged_with_each_of_them(console: Console) -> None:
    talk, other = await desk.waiting(console.service), await desk.waiting(console.service)
    async with console.service.database.transaction() as session:
        mine, theirs = [await session.get_one(Conversation, each) for each in (talk, other)]
        theirs.contact_id = mine.contact_id
    await desk.writes(console.service, other, SECRET)
    async with console.officer("olivia") as olivia:
        assert SECRET in (await olivia.press(talk, "words", words="nobody")).text

    assert (await entries(console, "words_shown"))[0][1:] == (
        console.named(other),
        {"ground": "same_citizen", "found": 1},
    )


async def test_words_are_sought_only_by_who_may_read(console: Console) -> None:
    talk = await someone_elses(console)
    async with console.officer("olivia") as olivia:
        asked = await olivia.press(talk, "words", words="nobody")
    assert (asked.status_code, SECRET in asked.text) == (303, False)
    assert await entries(console, "words_searched") == []


@pytest.mark.parametrize("what", ["number", "transcript", "media"])
async def test_nothing_is_disclosed_to_who_has_no_ground_to_read(console: Console, what: str) -> None:
    talk = await someone_elses(console)
    if what == "media":
        await desk.writes(console.service, talk, "", kind="picture", media_id="1234567890")
        async with console.service.database.transaction() as session:
            what = f"media/{await session.scalar(select(func.max(Message.id)))}"
    async with console.officer("olivia") as olivia:
        refused = await olivia.press(talk, what, ground="duty")
    assert refused.status_code == 422
    assert "Why do you open this conversation?" in refused.text
    assert await entries(console, "number_shown", "transcript_exported", "media_opened") == []


@pytest.mark.parametrize("ground", ["x", "settled", "own", "othe"])
async def test_a_reason_is_one_of_the_list(console: Console, ground: str) -> None:
    talk = await desk.waiting(console.service)
    async with console.officer("olivia") as olivia:
        answers = [await olivia.press(talk, what, ground=ground, more="") for what in ("number", "transcript", "block")]
    assert [each.status_code for each in answers] == [422, 422, 422]


async def test_what_an_officer_does_is_logged_and_stays_when_the_citizen_is_erased(console: Console) -> None:
    talk = await desk.waiting(console.service)
    async with console.officer("olivia") as olivia:
        await look(olivia, talk)
        await olivia.press(talk, "claim")
        await olivia.press(talk, "reply", text="Hello")
        await olivia.press(talk, "notes", note="Ours")
        await olivia.press(talk, "give-back")
    named = console.named(talk)
    async with console.service.database.transaction() as session:
        row = await session.get_one(Conversation, talk)
        await erase(session, console.service, row, dt.datetime.now(dt.UTC))

    async with console.service.database.transaction() as session:
        rows = list(await session.scalars(select(AuditEntry).order_by(AuditEntry.number)))
        assert await session.get(Conversation, talk) is None
        assert (await audit_chain.verify(session)).problem is None
    assert [row.action for row in rows if row.subject == named] == [
        "conversation_opened",
        "conversation_claimed",
        "reply_sent",
        "note_written",
        "conversation_given_back",
    ]
    assert not any(talk.hex in str(vars(row)) or str(talk) in str(vars(row)) for row in rows)


async def test_a_reply_that_is_refused_or_repeated_is_not_logged_as_sent(console: Console) -> None:
    talk = await someone_elses(console)
    async with console.officer("olivia") as olivia:
        await olivia.press(talk, "reply", text="Hello")
        assert await entries(console, "reply_sent", "conversation_claimed") == []


async def test_a_character_that_no_database_keeps_is_refused_and_no_error_of_ours(console: Console) -> None:
    talk = await desk.waiting(console.service)
    async with console.officer("olivia") as olivia:
        data = {"csrf_token": olivia.token, "topic": "a\x00b"}
        found = await olivia.client.post("/console/search", data=data)
        number = await olivia.press(talk, f"media/{10**30}", ground="duty")
    assert found.status_code == 400
    assert number.status_code == 422
