"""The officers' console over HTTP, without script: what each press does, what is refused, and what is logged."""

import asyncio
import datetime as dt
import json
import re
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import httpx2
import pytest
from fastapi import FastAPI
from sqlalchemy import delete, select, update

from gateway.accounts import audit
from gateway.accounts.models import AuditEntry
from gateway.console import signed_links
from gateway.console.conversation_view import conversation_view
from gateway.console.live_events import MAX_IDS, LiveEvents
from gateway.console.queue_view import queue_view
from gateway.conversations.models import Contact, Conversation, Message, OutboxItem
from gateway.conversations.told import DangerState, ToldPart
from gateway.core.actors import Role
from gateway.core.config.settings import Settings
from gateway.core.database import Database, now
from gateway.core.pubsub import Signals
from gateway.outbox.reengagement import INVITATION
from gateway.service import Service
from tests.worlds import officers as desk
from tests.worlds.road import free_port
from tests.worlds.staff import browser, csrf_of, make_person, running, session_cookie, sign_in

pytestmark = pytest.mark.anyio
READ = ("access_refused", "conversation_opened", "conversations_listed", "conversations_searched")


@dataclass
class Console:
    """The application, and officers with a browser each."""

    app: FastAPI

    @property
    def service(self) -> Service:
        service: Service = self.app.state.service
        return service

    @asynccontextmanager
    async def officer(self, login: str, *roles: Role, language: str = "en") -> AsyncIterator["Desk"]:
        person = await make_person(self.service, login, *(roles or (Role.OFFICER,)), language=language)
        cookies = await session_cookie(self.app, person)
        async with browser(self.app, cookies) as client:
            yield Desk(client, csrf_of(self.app, cookies), person.id)

    async def exported(self, who: "Desk", talk: uuid.UUID, **fields: str) -> httpx2.Response:
        """The transcript that somebody asks for, a supervisor approves, and they fetch."""
        await who.press(talk, "transcript", False, **fields)
        async with self.officer(f"s{uuid.uuid4().hex[:6]}", Role.SUPERVISOR) as chief:
            found = re.search(r"/approvals/([0-9a-f-]{36})/approve", (await chief.client.get("/approvals")).text)
            assert found
            early = await who.client.post(f"/console/exports/{found[1]}", data={"csrf_token": who.token})
            assert early.status_code == 303, "not before"
            await chief.client.post(f"/approvals/{found[1]}/approve", data={"csrf_token": chief.token})
            theirs = await chief.client.post(f"/console/exports/{found[1]}", data={"csrf_token": chief.token})
            assert theirs.status_code == 303, "only who asked"
        return await who.client.post(f"/console/exports/{found[1]}", data={"csrf_token": who.token})

    async def audited(self) -> list[tuple[str, str, str]]:
        """What was done; what was read is for `test_access_log.py`."""
        async with self.service.database.transaction() as session:
            rows = await session.scalars(select(AuditEntry).order_by(AuditEntry.number))
            return [(row.action, row.subject, row.details) for row in rows if row.action not in READ]

    def named(self, talk: uuid.UUID) -> str:
        """How the audit log names a conversation."""
        return audit.conversation_subject(self.service.keyring, talk)


@dataclass
class Desk:
    """One officer's browser."""

    client: httpx2.AsyncClient
    token: str
    id: uuid.UUID

    async def press(self, talk: uuid.UUID, what: str, quiet: bool = False, **fields: str) -> httpx2.Response:
        headers = {"x-live": "1"} if quiet else {}
        data = {"csrf_token": self.token, **fields}
        return await self.client.post(f"/console/conversations/{talk}/{what}", data=data, headers=headers)

    async def page(self, talk: uuid.UUID) -> str:
        """The conversation's page, after saying why where that is asked."""
        answer = await self.client.get(f"/console/conversations/{talk}")
        if 'name="ground" value="colleague"' in answer.text:
            await self.press(talk, "open", ground="colleague")
            answer = await self.client.get(f"/console/conversations/{talk}")
        assert answer.status_code == 200, answer.text
        return answer.text


@pytest.fixture
async def console(settings: Settings) -> AsyncIterator[Console]:
    """Nothing is sent anywhere: nobody listens at the platform's address."""
    async with running(settings.model_copy(update={"port": free_port()})) as app:
        yield Console(app)


async def test_an_officer_arrives_at_the_queue_after_signing_in(console: Console) -> None:
    await make_person(console.service, "olivia", Role.OFFICER)
    async with browser(console.app) as client:
        answer = await sign_in(client)

    assert (answer.status_code, answer.headers["location"]) == (303, "/console")


async def test_the_second_who_claims_reads_who_was_faster(console: Console) -> None:
    talk = await desk.waiting(console.service)
    async with console.officer("olivia") as olivia, console.officer("oskar", language="sv") as oskar:
        won, lost = await olivia.press(talk, "claim"), await oskar.press(talk, "claim")
        page = await oskar.page(talk)

    assert (won.status_code, lost.status_code) == (303, 409)
    assert "Olivia Example har nu det här samtalet" in lost.text
    assert 'name="text"' not in page
    assert "Bara Olivia Example kan svara" in page


async def test_only_the_owner_has_a_field_for_replies(console: Console) -> None:
    talk = await desk.waiting(console.service)
    async with console.officer("olivia") as olivia, console.officer("sanna", Role.SUPERVISOR) as sanna:
        before = await olivia.page(talk)
        await olivia.press(talk, "claim")
        mine, theirs = await olivia.page(talk), await sanna.page(talk)
        await sanna.press(talk, "take-over")
        after = [await olivia.page(talk), await sanna.page(talk)]

    assert ['name="text"' in page for page in (before, mine, theirs, *after)] == [False, True, False, False, True]
    assert ("conversation_taken_over", console.named(talk), "{}") in await console.audited()


async def test_an_officer_who_is_no_supervisor_takes_from_nobody(console: Console) -> None:
    talk = await desk.owned(console.service)
    async with console.officer("olivia") as olivia:
        answer = await olivia.press(talk, "take-over")

    assert answer.status_code == 409
    assert (await desk.row(console.service, talk)).officer_id == desk.SARI.id


async def test_a_reply_that_cannot_be_sent_stays_in_the_field_of_that_conversation(console: Console) -> None:
    talk, other = await desk.waiting(console.service), await desk.waiting(console.service)
    async with console.officer("olivia") as olivia, console.officer("sanna", Role.SUPERVISOR) as sanna:
        await olivia.press(talk, "claim")
        await olivia.press(other, "claim")
        await sanna.press(talk, "take-over")
        lost = await olivia.press(talk, "reply", text="Are you safe now?")
        page, elsewhere = await olivia.page(talk), await olivia.page(other)

    assert lost.status_code == 409
    assert "Sanna Example has this conversation now" in lost.text
    assert "Are you safe now?" in page
    assert "Are you safe now?" not in elsewhere
    assert await desk.said(console.service, talk, author="officer") == []


async def test_the_same_form_sent_twice_says_it_once_and_the_next_one_is_another(console: Console) -> None:
    talk = await desk.waiting(console.service)
    async with console.officer("olivia") as olivia:
        await olivia.press(talk, "claim")
        found = re.search(r'name="form_id" value="([^"]+)"', await olivia.page(talk))
        assert found
        first = await olivia.press(talk, "reply", quiet=True, text="Hello", form_id=found[1])
        await olivia.press(talk, "reply", quiet=True, text="Hello", form_id=found[1])
        await olivia.press(talk, "reply", quiet=True, text="Again", form_id=first.headers["x-form-id"])

    assert [said.text for said in await desk.said(console.service, talk, author="officer")] == ["Hello", "Again"]


async def test_a_note_is_shown_apart_and_is_never_a_message(console: Console) -> None:
    talk = await desk.waiting(console.service)
    async with console.officer("olivia") as olivia:
        await olivia.press(talk, "claim")
        kept = await olivia.press(talk, "notes", note="Secret between us", text="Secret between us")
        page = await olivia.page(talk)

    assert kept.status_code == 303
    timeline, side = page.split('id="side-pane"')
    assert "Secret between us" not in timeline
    assert "Secret between us" in side
    assert [said.text for said in await desk.said(console.service, talk) if "Secret" in said.text] == []


@pytest.mark.parametrize("what", ["number", "transcript", "block", "close"])
async def test_nothing_sensitive_happens_without_a_reason(console: Console, what: str) -> None:
    talk = await desk.waiting(console.service)
    async with console.officer("olivia") as olivia:
        await olivia.press(talk, "claim")
        before, happened = await console.audited(), await desk.events(console.service, talk)
        answers = [await olivia.press(talk, what), await olivia.press(talk, what, ground="other", more="  ")]

    assert [answer.status_code in (409, 422) for answer in answers] == [True, True]
    assert "Give a reason" in answers[0].text
    assert await console.audited() == before
    assert await desk.events(console.service, talk) == happened


async def test_the_number_is_shown_once_and_logged_without_it(console: Console) -> None:
    talk = await desk.waiting(console.service)
    async with console.officer("olivia") as olivia:
        shown = await olivia.press(talk, "number", ground="danger", more="Lives alone")
        later = await olivia.page(talk)
    found = re.search(r"\+(3584\d+)", shown.text)

    assert found
    assert found[1] not in later
    assert ("number_shown", console.named(talk), '{"ground":"danger"}') in await console.audited()
    assert "number_shown" in await desk.events(console.service, talk)


async def test_a_supervisor_orders_that_a_talk_be_kept_and_lifts_it_again(console: Console) -> None:
    talk = await desk.waiting(console.service)
    async with console.officer("saana", Role.SUPERVISOR) as saana, console.officer("olivia") as olivia:
        without = await saana.press(talk, "hold")
        placed = await saana.press(talk, "hold", ground="other", more="Investigation of Kalle")
        listed = (await saana.client.get("/console/holds")).text
        theirs, hers = await olivia.page(talk), await saana.page(talk)
        refused = await olivia.press(talk, "lift", ground="mistake")
        unread = await olivia.client.get("/console/holds")
        lifted = await saana.press(talk, "lift", quiet=True, ground="mistake")
        again = await saana.press(talk, "lift", quiet=True, ground="mistake")
        empty = (await saana.client.get("/console/holds")).text

    assert (without.status_code, placed.status_code, refused.status_code, unread.status_code) == (422, 303, 403, 403)
    assert "Nothing was done. Give a reason." in without.text
    for page in (listed, hers):
        assert "Saana Example ordered this on" in page
        assert "Investigation of Kalle" in page
    assert f'href="/console/conversations/{talk}?show=side"' in listed
    assert '<span class="badge warn">Kept</span>' in theirs
    assert "/lift" not in theirs
    assert (lifted.status_code, again.status_code) == (204, 409)
    assert again.json()["error"].startswith("Not done. Somebody else has already changed")
    assert "No conversation has to be kept." in empty
    happened = [each for each in await console.audited() if each[0].startswith("legal")]
    assert happened == [(f"legal_hold_{each}", console.named(talk), "{}") for each in ("placed", "lifted")]


async def test_a_supervisor_sees_who_is_blocked_the_erased_too_and_lifts_a_block(console: Console) -> None:
    talk, erased = await desk.waiting(console.service), await desk.waiting(console.service)
    async with console.officer("saana", Role.SUPERVISOR) as saana, console.officer("olivia") as olivia:
        await olivia.press(talk, "block", ground="spam")
        await olivia.press(erased, "block", ground="threats")
        async with console.service.database.transaction() as session:
            contact = (await session.get_one(Conversation, erased)).contact_id
            await session.execute(delete(Conversation).where(Conversation.id == erased))
            await session.execute(delete(Contact).where(Contact.id == contact))
        page = (await saana.client.get("/console/blocks")).text
        unread = await olivia.client.get("/console/blocks")
        addresses = re.findall(r'name="address" value="([0-9a-f]{32})"', page)
        form = {"csrf_token": saana.token}
        for address in (*addresses, addresses[0]):
            done = await saana.client.post("/console/blocks/lift", data={**form, "address": address})
            assert done.status_code == 303
        strange = await saana.client.post("/console/blocks/lift", data={**form, "address": "%"})
        empty = (await saana.client.get("/console/blocks")).text
        free = await olivia.page(talk)

    assert (unread.status_code, strange.status_code, len(addresses)) == (403, 422, 2)
    assert re.findall(r"(?:Spam|Threats)</p>", page) == ["Threats</p>", "Spam</p>"]
    assert "The conversation has been erased" in page
    assert f'href="/console/conversations/{talk}?show=side"' in page
    assert "Nobody is blocked." in empty
    assert "Block the citizen" in free
    lifted = [each[1:] for each in await console.audited() if each[0] == "citizen_unblocked"]
    assert lifted == [("", '{"ground":"threats"}'), (console.named(talk), '{"ground":"spam"}')]


@pytest.mark.parametrize(("language", "why"), [("fi", "Esitutkinta"), ("sv", "Förundersökning")])
async def test_a_chosen_reason_of_a_hold_is_read_in_each_language(console: Console, language: str, why: str) -> None:
    talk = await desk.waiting(console.service)
    async with console.officer("saana", Role.SUPERVISOR, language=language) as saana:
        await saana.press(talk, "hold", ground="investigation")
        page, listed = await saana.page(talk), (await saana.client.get("/console/holds")).text

    assert f"{why}</p>" in listed
    assert len(re.findall(rf"Saana Example [^<]*\. {why}</span>", page)) == 1, "what happened, as a sentence"


async def test_a_transcript_is_a_file_with_notes_only_when_asked_for(console: Console) -> None:
    talk = await desk.waiting(console.service)
    async with console.officer("olivia") as olivia:
        await olivia.press(talk, "notes", note="Only for us")
        without = await console.exported(olivia, talk, ground="duty")
        whole = await console.exported(olivia, talk, ground="duty", with_notes="true")

    assert without.headers["content-disposition"].startswith("attachment")
    assert ("Only for us" in without.text, "Only for us" in whole.text) == (False, True)
    exports = [json.loads(details) for action, _, details in await console.audited() if action == "transcript_exported"]
    assert [(each["ground"], each["notes"]) for each in exports] == [("duty", False), ("duty", True)]


async def test_after_the_window_approved_words_are_offered_and_no_field(console: Console) -> None:
    talk = await desk.waiting(console.service, language="en")
    async with console.officer("olivia") as olivia, console.officer("oskar") as oskar:
        await olivia.press(talk, "claim")
        await desk.age(console.service, talk, last_citizen_message_at=dt.timedelta(hours=25))
        page = await olivia.page(talk)
        late = await olivia.press(talk, "reply", text="Too late")
        foreign = await oskar.press(talk, "template", name="reply_waits", answer="Hello")
        # At once: nobody is at the other end here, and a template that has failed may be tried again.
        presses = (olivia.press(talk, "template", name="reply_waits", answer="Hello") for _ in range(2))
        told, twice = sorted(await asyncio.gather(*presses), key=lambda answer: answer.status_code)

    assert 'name="text"' not in page
    assert "There is a reply for you" in page
    assert f'value="{INVITATION}"' not in page  # that an answer still does not wait is the service's to say
    assert [late.status_code, foreign.status_code, told.status_code, twice.status_code] == [409, 409, 303, 409]
    assert "Too late" in late.text
    async with console.service.database.transaction() as session:
        sent = list(await session.scalars(select(OutboxItem.template).where(OutboxItem.author == "officer")))
    assert sent == ["reply_waits"]


async def test_after_the_window_nothing_is_offered_or_sent_to_a_watched_phone(console: Console) -> None:
    talk = await desk.waiting(console.service, language="en")
    async with console.officer("olivia") as olivia:
        await olivia.press(talk, "claim")
        await desk.age(console.service, talk, last_citizen_message_at=dt.timedelta(hours=25))
        await desk.tells(console.service, talk, watched=True)
        page = await olivia.page(talk)
        pressed = await olivia.press(talk, "template", name="reply_waits", answer="Hello")

    assert "There is a reply for you" not in page
    assert "no message is sent unasked" in page
    assert pressed.status_code == 409
    assert "somebody else may read the phone" in pressed.text


async def test_what_the_citizen_told_is_one_line_with_links_and_buttons(console: Console) -> None:
    service, talk = console.service, await desk.waiting(console.service)
    await desk.writes(service, talk, "äiti lukee tän")
    async with service.database.transaction() as session:
        said = (await session.scalars(select(Message.id))).one()
    facts = {ToldPart.AGE: ("under_15",), ToldPart.PLATFORM: ("<b>snap",)}
    sources = {ToldPart.WATCHED: said, ToldPart.AGE: said + 1000}
    await desk.tells(service, talk, danger=DangerState.NOW, watched=True, facts=facts, sources=sources)
    async with console.officer("olivia") as olivia, console.officer("oskar") as oskar:
        page, older = (
            await olivia.page(talk),
            await olivia.client.get(f"/console/conversations/{talk}?before=2020-01-01T00:00:00Z"),
        )
        for part, value in (("danger", "passed"), ("watched", "no"), ("age", "none"), ("consent", "none")):
            assert (await oskar.press(talk, "told", part=part, value=value)).status_code == 303
        wrong = [await oskar.press(talk, "told", part="danger", value="now"), await oskar.press(talk, "told")]
        after = await olivia.page(talk)
        export = await console.exported(olivia, talk, ground="duty")

    assert f'<a href="#said-{said}">Phone: somebody else may read it</a>' in page
    assert re.search(rf'<a href="/console/conversations/{talk}\?before=[^"]+#said-{said}">Phone', older.text)
    assert "Danger: now" in page
    assert "Officer: asked for" in page
    assert ">under 15<" in page  # a line for the eye: what says itself what it is has no name before it
    assert ">&lt;b&gt;snap" in page
    assert 'id="watched-warning"' in page
    assert [each.status_code for each in wrong] == [422, 422]
    assert "Danger: over (Oskar Example)" in after.replace("</a>", "")
    assert "Phone: safe, says an officer (Oskar Example)" in after
    assert "Officer: not asked for, says an officer (Oskar Example)" in after
    assert "under 15" not in after.partition("told-sheet")[0]
    assert 'id="watched-warning"' not in after
    assert after.count("Oskar Example set right what is known") == 4
    assert "From the citizen&#39;s words" not in export.text
    assert "From the citizen's words: Danger: over; Phone: safe, says an officer" in export.text
    assert [action for action, _, _ in await console.audited()].count("told_corrected") == 4


async def test_who_steps_in_unasked_reads_that_nobody_told_the_citizen(console: Console) -> None:
    talk, asked = await desk.conversation(console.service), await desk.waiting(console.service)
    async with console.officer("olivia") as olivia:
        for each in (talk, asked):
            await olivia.press(each, "claim")
        pages = [await olivia.page(each) for each in (talk, asked)]

    assert ["has not been told that you are here" in page for page in pages] == [True, False]
    assert "Not sent to the citizen: that an officer reads the messages now." in pages[0]


async def test_each_channel_has_its_own_window(service: Service) -> None:
    whatsapp, web = await desk.owned(service), await desk.owned(service)
    for talk in (whatsapp, web):
        await desk.age(service, talk, last_citizen_message_at=dt.timedelta(hours=9))
    async with service.database.transaction() as session:
        await session.execute(update(Conversation).where(Conversation.id == web).values(channel="web"))
    async with service.database.transaction() as session:
        rows = {row.conversation_id: row.window_ends for row in (await queue_view(session, service)).rows}
        views = [await conversation_view(session, service, desk.SARI, talk) for talk in (whatsapp, web)]

    assert [view.window_open for view in views] == [True, False]
    assert [rows[talk] > now() for talk in (whatsapp, web)] == [True, False]


async def test_a_citizens_address_is_no_link_and_says_where_it_leads(console: Console) -> None:
    talk = await desk.waiting(console.service)
    await desk.writes(console.service, talk, "<b>hei</b> https://poliisi.fi@evil.example/kirjaudu")
    async with console.officer("olivia") as olivia:
        page = await olivia.page(talk)

    assert "<b>evil.example</b>" in page
    assert "&lt;b&gt;hei&lt;/b&gt;" in page
    assert re.findall(r'href="(?!/)[^"]*', page.replace('href="#main"', "")) == []


async def test_a_number_is_sought_in_no_address_and_the_search_is_logged(console: Console) -> None:
    talk = await desk.waiting(console.service)
    async with console.officer("olivia") as olivia:
        shown = await olivia.press(talk, "number", ground="duty")
        found = re.search(r"\+358(4\d+)", shown.text)
        assert found
        data = {"csrf_token": olivia.token, "phone": f"0{found[1]}"}
        there = await olivia.client.post("/console/search", data=data)
        nobody = await olivia.client.post("/console/search", data={**data, "phone": "0400000000"})
        await olivia.client.get("/console/search", params={"phone": found[1]})

    assert (str(talk) in there.text, str(talk) in nobody.text) == (True, False)
    assert [each[:2] for each in await console.audited() if each[0] == "searched_by_number"] == [
        ("searched_by_number", "search")
    ] * 2


async def test_ready_answers_are_searched_and_chosen_without_script(console: Console) -> None:
    talk = await desk.waiting(console.service, topic="sextortion", language="sv")
    async with console.officer("olivia") as olivia:
        await olivia.press(talk, "claim")
        page = await olivia.page(talk)
        listed = re.findall(r'\?use=([^"&#]+)', page)
        sought = (await olivia.client.get(f"/console/conversations/{talk}/ready", params={"words": "112"})).text
        used = (await olivia.client.get(f"/console/conversations/{talk}?use=are_you_safe")).text

    assert listed[0] == "topic%3Asextortion"
    assert "Är du i säkerhet" in sought
    assert re.search(r"<textarea id=\"reply\"[^>]*>Är du i säkerhet", used)


async def test_labels_draft_hand_on_and_give_back_go_without_script(console: Console) -> None:
    talk = await desk.waiting(console.service)
    async with console.officer("olivia") as olivia, console.officer("oskar") as oskar:
        await olivia.press(talk, "claim")
        away = await olivia.press(talk, "hand-on", colleague=str(oskar.id))
        await oskar.client.post("/console/shift/start", data={"csrf_token": oskar.token})
        await olivia.press(talk, "labels", label="school")
        wrong = await olivia.press(talk, "labels", label="Matti Meikäläinen")
        await olivia.press(talk, "draft", text="Half a sent")
        page = await olivia.page(talk)
        handed = await olivia.press(talk, "hand-on", colleague=str(oskar.id), more="You speak Swedish")
        theirs = await oskar.page(talk)
        given = await oskar.press(talk, "give-back")

    assert [answer.status_code for answer in (away, wrong, handed, given)] == [422, 422, 303, 303]
    assert "School" in page
    assert ("Half a sent" in page, "Half a sent" in theirs) == (True, False)
    assert "You speak Swedish" in theirs
    assert (await desk.row(console.service, talk)).state == "bot"


async def test_the_end_of_a_shift_puts_talks_back(console: Console) -> None:
    talk = await desk.waiting(console.service)
    async with console.officer("olivia") as olivia:
        await olivia.client.post("/console/shift/start", data={"csrf_token": olivia.token})
        await olivia.press(talk, "claim")
        await olivia.client.post("/console/shift/end", data={"csrf_token": olivia.token})

    assert (await desk.row(console.service, talk)).state == "waiting"


async def test_who_else_looks_is_seen(console: Console) -> None:
    talk = await desk.waiting(console.service)
    async with console.officer("olivia") as olivia, console.officer("oskar") as oskar:
        await oskar.page(talk)
        seen = await olivia.page(talk)
        await oskar.press(talk, "typing")
        typing = await olivia.page(talk)
        await oskar.press(talk, "away")
        alone = await olivia.page(talk)

    assert "Oskar Example is looking" in seen
    assert "Oskar Example is typing" in typing
    assert "Oskar Example is" not in alone


async def test_a_gone_conversation_is_a_sentence_and_the_queue(console: Console) -> None:
    async with console.officer("olivia") as olivia:
        answers = [
            await olivia.client.get(f"/console/conversations/{uuid.uuid4()}"),
            await olivia.press(uuid.uuid4(), "reply", text="Hello"),
        ]

    assert [answer.status_code for answer in answers] == [404, 404]
    assert all("does not exist any more" in answer.text for answer in answers)


async def test_a_file_is_fetched_only_in_the_session_that_gave_a_reason(settings: Settings) -> None:
    permit = signed_links.issue(settings, "this session", 7)

    assert signed_links.is_valid(settings, "this session", 7, permit)
    assert not signed_links.is_valid(settings, "another session", 7, permit)
    assert not signed_links.is_valid(settings, "this session", 8, permit)
    assert not signed_links.is_valid(settings, "this session", 7, permit.replace(permit[:4], "9999", 1))
    assert not any(signed_links.is_valid(settings, "this session", 7, wrong) for wrong in ("", "x", "1.x", ".", "٣.x"))


def test_a_slow_page_costs_no_memory_and_presence_does_not_ring_for_the_queue() -> None:
    live_events = LiveEvents(Signals(Database("sqlite://")))
    with live_events.subscribe() as subscription:
        live_events.publish("presence", "aa")
        looked = subscription.drain()
        for _ in range(MAX_IDS * 20):
            live_events.publish("conversation", uuid.uuid4().hex)
        kept, told = len(subscription.conversations), subscription.drain()

    assert looked == {"queue": False, "all": False, "conversations": ["aa"]}
    assert kept <= MAX_IDS + 1
    assert told == {"queue": True, "all": True, "conversations": []}
