"""Checks of tidying: raw bodies, keys and conversations go when their time is over."""

import datetime as dt
import os

import pytest
from sqlalchemy import select, text

from gateway.conversations.models import Contact, Conversation, InboxEvent, Message, WebhookDelivery
from gateway.core.database import now
from gateway.core.models import ServiceKey
from gateway.inbox.store import store_delivery
from gateway.ops.retention import run_retention
from gateway.service import Service
from tests.worlds import whatsapp_bodies as bodies
from tests.worlds.process_events import sort_events
from tests.worlds.row_counts import count


async def _deliver(service: Service) -> None:
    async with service.database.transaction() as session:
        await store_delivery(session, service.keyring, service.channels["whatsapp"], bodies.body(bodies.message()))


@pytest.mark.anyio
async def test_a_raw_body_goes_when_its_events_are_done_and_the_fingerprints_stay(service: Service) -> None:
    await _deliver(service)
    await run_retention(service)
    assert await count(service, WebhookDelivery) == 1

    async with service.database.transaction() as session:
        await sort_events(session, service.keyring, service.idle)
    await run_retention(service)

    assert [await count(service, table) for table in (WebhookDelivery, InboxEvent, Message)] == [0, 1, 1]


@pytest.mark.anyio
async def test_a_raw_body_goes_after_a_day_even_when_nothing_could_be_done(service: Service) -> None:
    await _deliver(service)
    long_ago = now() - dt.timedelta(hours=40)
    async with service.database.transaction() as session:
        for statement in (
            "UPDATE webhook_delivery SET received_at = :at",
            "UPDATE inbox_event SET received_at = :at",
            "UPDATE service_key SET created_at = :at WHERE purpose = 'inbox'",
        ):
            await session.execute(
                text(statement), {"at": long_ago.isoformat(" ")} if service.database.is_sqlite else {"at": long_ago}
            )
        keys = {row.id for row in await session.scalars(select(ServiceKey).where(ServiceKey.purpose == "inbox"))}
    await service.spool.append("whatsapp", bodies.body(bodies.message()))
    service.spool.set_aside([b"torn"])
    for path in service.settings.spool_folder.iterdir():
        os.utime(path, (0, 0))
    await run_retention(service)

    async with service.database.transaction() as session:
        (event,) = (await session.scalars(select(InboxEvent))).all()
    assert await count(service, WebhookDelivery) == 0
    assert (event.state, event.content_sealed) == ("failed", None)
    assert (service.spool.backlog().set_aside, service.spool.has_backlog()) == (0, True)  # what waits is never given up

    # Until its follower was made, another process may have sealed with a key.
    async with service.database.transaction() as session:
        for key in await session.scalars(select(ServiceKey).where(ServiceKey.purpose == "inbox")):
            key.created_at -= dt.timedelta(hours=25)
    await run_retention(service)
    async with service.database.transaction() as session:
        left = {row.id for row in await session.scalars(select(ServiceKey).where(ServiceKey.purpose == "inbox"))}
    assert not keys & left


@pytest.mark.anyio
async def test_a_conversation_and_its_keys_go_after_the_retention(service: Service) -> None:
    await _deliver(service)
    async with service.database.transaction() as session:
        await sort_events(session, service.keyring, service.idle)
        conversation = (await session.scalars(select(Conversation))).one()
        conversation.last_citizen_message_at = now() - dt.timedelta(days=31)
    await run_retention(service)

    assert [await count(service, table) for table in (Conversation, Message, Contact)] == [0, 0, 0]
