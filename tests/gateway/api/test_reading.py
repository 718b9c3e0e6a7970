"""Checks of what integrators read and ask for: rounded figures, public bulletins, counts, states, an officer."""

import datetime as dt
import json
import uuid
from collections.abc import AsyncIterator

import pytest
import time_machine
from fastapi import FastAPI
from sqlalchemy import select

from gateway.accounts.models import AuditEntry
from gateway.analytics import months
from gateway.analytics.models import DailyCount, Measure
from gateway.api.kinds import Scope
from gateway.conversations.kinds import ConversationState, Danger, EventKind
from gateway.conversations.models import ConversationEvent
from gateway.conversations.repository import locked
from gateway.core.config.settings import Settings
from gateway.core.database import now
from gateway.handover.models import QueueEntry
from tests.worlds import bulletins, integrators, officers
from tests.worlds.staff import running

pytestmark = pytest.mark.anyio


@pytest.fixture
async def app(settings: Settings) -> AsyncIterator[FastAPI]:
    async with running(settings.model_copy(update={"simulator": False})) as app:
        yield app


async def test_figures_are_those_of_the_public_page_and_of_no_month_that_goes_on(app: FastAPI) -> None:
    first = months.newest()
    async with app.state.service.database.transaction() as session:
        for day, count in ((first, 7), (first + dt.timedelta(days=1), 9)):
            session.add(DailyCount(day=day, measure=Measure.PEOPLE, part="", count=count))
        session.add(DailyCount(day=first, measure=Measure.TOPIC, part="account_hacked", count=6))
        session.add(DailyCount(day=first, measure=Measure.TOPIC, part="child_abuse", count=4))
    async with integrators.client(app, await integrators.token(app.state.service, Scope.FIGURES)) as client:
        told = (await client.get("/api/v1/figures")).json()
        same = (await client.get("/api/v1/figures", params={"month": f"{first:%Y-%m}"})).json()
        present = await client.get("/api/v1/figures", params={"month": f"{months.after(first):%Y-%m}"})
        page = (await client.get("/figures", headers={"accept-language": "en"})).text
    assert (told["people"], told["step"], told["topics"]) == (15, 5, [{"name": "account_hacked", "count": 5}])
    assert told == same
    assert present.status_code == 404
    assert ">15<" in page.replace(" ", "").replace("\n", "")


async def test_bulletins_are_those_of_the_public_page_in_the_language_asked_for(app: FastAPI) -> None:
    made = await bulletins.published(app.state.service)
    async with integrators.client(app, await integrators.token(app.state.service, Scope.BULLETINS)) as client:
        (told,) = (await client.get("/api/v1/bulletins", params={"language": "sv"})).json()
    assert (told["id"], told["title"], told["status"]) == (str(made), bulletins.WORDS["sv"]["title"], "in_force")
    assert bulletins.OSKAR.name not in str(told)


async def test_the_queue_is_counts_alone(app: FastAPI) -> None:
    service = app.state.service
    await officers.waiting(service)
    await officers.waiting(service, urgency=Danger.EMERGENCY)
    await officers.owned(service)
    async with integrators.client(app, await integrators.token(service, Scope.QUEUE)) as client:
        told = (await client.get("/api/v1/queue")).json()
    assert 0 <= told.pop("longest_wait_seconds") < 600
    assert told == {
        "waiting": 2, "waiting_emergency": 1, "waiting_crisis": 0, "with_officers": 1, "officers_on_duty": 0,
    }  # fmt: skip


async def test_conversations_are_ids_and_states_and_every_one_is_told_once(app: FastAPI) -> None:
    service = app.state.service
    made = {await officers.waiting(service) for _ in range(3)} | {await officers.owned(service)}
    found: list[dict[str, str]] = []
    async with integrators.client(app, await integrators.token(service, Scope.CONVERSATIONS)) as client:
        after = str(uuid.UUID(int=0))
        while True:
            part = (await client.get("/api/v1/conversations", params={"limit": "3", "after": after})).json()
            found += part["conversations"]
            after = part["after"]
            if after is None:
                break
        owned = (await client.get("/api/v1/conversations", params={"state": "officer"})).json()["conversations"]
        one = (await client.get(f"/api/v1/conversations/{owned[0]['id']}")).json()
    assert sorted(each["id"] for each in found) == sorted(map(str, made))
    assert one == owned[0]
    assert set(one) == {"id", "state", "channel", "language"}, "what else is told of a conversation?"


async def test_reading_through_the_api_is_in_the_log_once_an_hour_by_its_token(app: FastAPI) -> None:
    service = app.state.service
    token = await integrators.token(service, Scope.CONVERSATIONS)
    async with integrators.client(app, token) as client:
        for _ in range(3):
            assert (await client.get("/api/v1/conversations")).status_code == 200
        with time_machine.travel(now() + dt.timedelta(hours=2)):
            assert (await client.get("/api/v1/conversations")).status_code == 200
    async with service.database.transaction() as session:
        found = [each for each in await session.scalars(select(AuditEntry)) if each.action == "api_read"]
    assert [(each.actor.startswith("api:"), json.loads(each.details)) for each in found] == [
        (True, {"scope": "conversations:read"})
    ] * 2


async def test_an_officer_is_asked_for_once_and_it_is_in_the_log(app: FastAPI) -> None:
    service = app.state.service
    made = await officers.conversation(service)
    async with integrators.client(app, await integrators.token(service, Scope.HANDOVER)) as client:
        answers = [await client.post(f"/api/v1/conversations/{made}/handover") for _ in range(2)]
        missing = await client.post(f"/api/v1/conversations/{uuid.uuid4()}/handover")
    async with service.database.transaction() as session:
        entries = (await session.scalars(select(QueueEntry))).all()
        queued = select(ConversationEvent).where(ConversationEvent.kind == EventKind.QUEUED)
        event = (await session.scalars(queued)).one()
        logged = (await session.scalars(select(AuditEntry).where(AuditEntry.action == "officer_requested"))).one()
    assert [each.json()["state"] for each in answers] == ["waiting", "waiting"]
    assert missing.status_code == 404
    assert [(each.conversation_id, each.reason) for each in entries] == [(made, "integrator")]
    assert event.actor == logged.actor
    assert event.actor.startswith("api:")
    assert made.hex not in logged.subject


async def test_a_closed_conversation_gets_no_officer(app: FastAPI) -> None:
    service = app.state.service
    made = await officers.conversation(service)
    async with service.database.transaction() as session:
        (await locked(session, made)).state = ConversationState.CLOSED
    async with integrators.client(app, await integrators.token(service, Scope.HANDOVER)) as client:
        assert (await client.post(f"/api/v1/conversations/{made}/handover")).status_code == 409
