"""Checks of webhooks out: noted with what happened, signed, tried again ever less often, and without a person."""

import asyncio
import base64
import datetime as dt
import hashlib
import hmac
import json
import uuid

import pytest
import time_machine
from sqlalchemy import select

from gateway.api import deliver
from gateway.api.commands import _make_webhook
from gateway.api.kinds import WebhookEvent
from gateway.api.models import ApiNotification
from gateway.api.webhooks import shown_secret
from gateway.conversations.models import Conversation
from gateway.core.config.settings import Settings
from gateway.core.database import now
from gateway.handover import ownership
from gateway.service import Service
from tests.worlds import bulletins, integrators, officers
from tests.worlds.road import Road, until
from tests.worlds.row_counts import count
from tests.worlds.scripted_engine import ScriptedEngine, answer

pytestmark = pytest.mark.anyio

EVERY = [each.value for each in WebhookEvent]


async def subscribed(service: Service, url: str, events: list[str] = EVERY) -> uuid.UUID:
    async with service.database.transaction() as session:
        return (await _make_webhook(session, service.settings, url, events)).id


async def deliver_all(service: Service) -> None:
    while await deliver.deliver_due(service):
        pass


async def test_each_step_of_a_talk_and_a_bulletin_is_told_by_id_alone(service: Service) -> None:
    async with integrators.receiver() as receiver:
        await subscribed(service, receiver.url)
        made = await officers.owned(service)
        async with service.database.transaction() as session:
            await ownership.close(session, service, officers.SARI, made, "Valmis")
        notice = await bulletins.published(service)
        await deliver_all(service)
    told = [json.loads(body) for _, body in receiver.got]
    assert {(each["event"], each["subject"]) for each in told} == {
        ("conversation.waiting", str(made)),
        ("conversation.claimed", str(made)),
        ("conversation.closed", str(made)),
        ("bulletin.published", str(notice)),
    }
    assert all(set(each) == {"id", "event", "occurred_at", "subject"} for each in told)
    assert await count(service, ApiNotification) == 0


async def test_what_the_road_itself_puts_before_officers_is_told_too(road: Road, engine: ScriptedEngine) -> None:
    engine.next_answer = answer("112", danger="emergency")
    await subscribed(road.service, "https://integrator.example/hook")
    road.citizen().writes("apua joku murtautuu meille")

    async def noted() -> bool:
        return await count(road.service, ApiNotification) == 1

    await until(noted)
    async with road.service.database.transaction() as session:
        row = (await session.scalars(select(ApiNotification))).one()
        assert (row.event, row.subject_id) == (
            WebhookEvent.CONVERSATION_WAITING,
            (await session.scalars(select(Conversation.id))).one(),
        )


async def test_the_signature_is_that_of_the_standard_and_of_this_address_alone(service: Service) -> None:
    async with integrators.receiver() as receiver:
        ours = await subscribed(service, receiver.url)
        other = await subscribed(service, f"{receiver.url}?other", ["bulletin.published"])
        await officers.waiting(service)
        await deliver_all(service)
    ((headers, body),) = receiver.got
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body

    def signature(webhook: uuid.UUID) -> str:
        key = base64.b64decode(shown_secret(service.settings, webhook).removeprefix("whsec_"))
        return "v1," + base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()

    assert headers["webhook-signature"] == signature(ours) != signature(other)
    assert headers["webhook-id"] == json.loads(body)["id"]
    assert abs(int(headers["webhook-timestamp"]) - now().timestamp()) < 30


async def test_what_is_undone_is_not_told(service: Service) -> None:
    await subscribed(service, "http://127.0.0.1:9/hook")
    made = await officers.owned(service)
    before = await count(service, ApiNotification)
    async with service.database.transaction() as session:
        await ownership.close(session, service, officers.SARI, made, "Valmis")
        await session.flush()
        await session.rollback()
    assert await count(service, ApiNotification) == before == 2


async def test_a_receiver_that_is_away_gets_the_same_event_later(service: Service) -> None:
    async with integrators.receiver() as receiver:
        await subscribed(service, receiver.url)
        receiver.status = 500
        await officers.waiting(service)
        await deliver_all(service)
        await deliver_all(service)  # it is not due yet
        assert len(receiver.got) == 1
        receiver.status = 200
        with time_machine.travel(now() + deliver.pause_after(1), tick=True):
            await deliver_all(service)
    (first, second) = [json.loads(body) for _, body in receiver.got]
    assert first == second
    assert await count(service, ApiNotification) == 0


async def test_an_event_that_nobody_takes_is_given_up_after_a_day(service: Service) -> None:
    await subscribed(service, "http://127.0.0.1:9/hook")
    await officers.waiting(service)
    await deliver_all(service)
    assert await count(service, ApiNotification) == 1
    with time_machine.travel(now() + deliver.LIFETIME + dt.timedelta(minutes=1), tick=True):
        await deliver_all(service)
    assert await count(service, ApiNotification) == 0


async def test_a_receiver_that_hangs_holds_no_other_up_for_longer_than_a_try(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deliver, "TIMEOUT", 0.3)
    async with integrators.receiver() as slow, integrators.receiver() as quick:
        slow.pause = 1.0
        await subscribed(service, slow.url)
        await subscribed(service, quick.url)
        await officers.waiting(service)
        async with asyncio.timeout(5):
            await deliver_all(service)
    assert (len(slow.got), len(quick.got)) == (1, 1)
    async with service.database.transaction() as session:
        assert (await session.scalars(select(ApiNotification.tries))).all() == [1]


def test_pauses_grow_to_an_hour() -> None:
    pauses = [deliver.pause_after(tries).total_seconds() for tries in range(1, 9)]
    assert pauses == sorted(pauses)
    assert (pauses[0], pauses[1], pauses[-1]) == (5.0, 20.0, 3600.0)


async def test_without_an_address_nothing_is_noted(service: Service) -> None:
    await officers.owned(service)
    assert await count(service, ApiNotification) == 0


async def test_a_removed_address_gets_nothing_and_an_odd_one_is_refused(service: Service, settings: Settings) -> None:
    made = await subscribed(service, "http://127.0.0.1:9/hook")
    await officers.waiting(service)
    async with service.database.transaction() as session:
        assert await deliver.remove(session, made)
        assert not await deliver.remove(session, made)
    assert await count(service, ApiNotification) == 0
    production = settings.model_copy(update={"environment": "production"})
    for each, url in ((settings, "ftp://a/b"), (settings, "https://u:p@a/b"), (production, "http://a.example/b")):
        async with service.database.transaction() as session:
            with pytest.raises(ValueError, match="begins with https"):
                await _make_webhook(session, each, url, EVERY)
