"""Checks of the small rules beside the road: logs, states, holding, failure classes, retention of what is left."""

import datetime as dt
import json
import os

import pytest
from sqlalchemy import select, text

from gateway.conversations.holding import may_be_held
from gateway.conversations.inbox import store_delivery
from gateway.conversations.models import Contact, Conversation, InboxEvent, Message, ServiceKey, WebhookDelivery
from gateway.conversations.outbox import retry_pause
from gateway.conversations.retention import tidy
from gateway.database import now
from gateway.errors import ChangeNotAllowed
from gateway.handover.states import ALLOWED, bot_may_answer, change
from gateway.logs import blacken
from gateway.service import Service
from tests.gateway import bodies
from tests.gateway.sorting import sort_events
from tests.gateway.tables import count


@pytest.mark.parametrize(
    "secret",
    ["wamid.HBgLMTY1MDM4Nzk0MzkVAgA=", "+358 40 123 4567", "358401234567", "FI.13491208655302741918", "09 2525 0111"],
)
def test_a_log_line_never_shows_a_number_or_an_id_of_a_person(secret: str) -> None:
    assert blacken(f"went to {secret} today") == "went to [hidden] today"


def test_a_log_line_keeps_our_own_ids_and_small_numbers() -> None:
    line = "outbox 7f1c9a34-1b1f-4b8e-8a57-0d3f6f0b7c22 code 131047 after 250"

    assert blacken(line) == line


@pytest.mark.parametrize("text_", ["hei", "Moi!", "hej hej", "hi there", "mulla ois yks kysymys", "jag har en fråga"])
def test_a_bare_greeting_may_wait(text_: str) -> None:
    assert may_be_held(text_)


@pytest.mark.parametrize(
    "text_",
    ["apua", "hei apua", "112", "hjälp", "help", "moi onko tää botti", "hei?", "", "…", "hei hei hei hei hei hei hei"],
)
def test_anything_else_does_not_wait(text_: str) -> None:
    assert not may_be_held(text_)


def test_the_pause_before_a_retry_grows_to_an_hour_and_no_further_and_not_all_come_back_at_once() -> None:
    for attempts, longest in ((1, 1), (2, 4), (3, 16), (4, 64), (7, 3600), (40, 3600)):
        pauses = [retry_pause(attempts).total_seconds() for _ in range(50)]
        assert all(0.75 * longest <= pause <= longest for pause in pauses)
        assert len(set(pauses)) > 10


def test_only_the_written_changes_of_owner_are_allowed() -> None:
    for current, targets in ALLOWED.items():
        for wanted in ALLOWED:
            if wanted == current or wanted in targets:
                assert change(current, wanted) == wanted
            else:
                with pytest.raises(ChangeNotAllowed):
                    change(current, wanted)
    assert [bot_may_answer(state) for state in ("bot", "waiting", "officer", "closed")] == [True, True, False, False]


async def _deliver(service: Service) -> None:
    async with service.database.transaction() as session:
        await store_delivery(session, service.keyring, service.channels["whatsapp"], bodies.body(bodies.message()))


@pytest.mark.anyio
async def test_a_raw_body_goes_when_its_events_are_done_and_the_fingerprints_stay(service: Service) -> None:
    await _deliver(service)
    await tidy(service)
    assert await count(service, WebhookDelivery) == 1

    async with service.database.transaction() as session:
        await sort_events(session, service.keyring, service.idle)
    await tidy(service)

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
    await tidy(service)

    async with service.database.transaction() as session:
        (event,) = (await session.scalars(select(InboxEvent))).all()
    assert await count(service, WebhookDelivery) == 0
    assert (event.state, event.content_sealed) == ("failed", None)
    assert (service.spool.backlog().set_aside, service.spool.has_backlog()) == (0, True)  # what waits is never given up

    # Until its follower was made, another process may have sealed with a key.
    async with service.database.transaction() as session:
        for key in await session.scalars(select(ServiceKey).where(ServiceKey.purpose == "inbox")):
            key.created_at -= dt.timedelta(hours=25)
    await tidy(service)
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
    await tidy(service)

    assert [await count(service, table) for table in (Conversation, Message, Contact)] == [0, 0, 0]


@pytest.mark.anyio
async def test_an_event_that_cannot_be_sorted_is_set_aside_and_blocks_nobody(service: Service) -> None:
    await _deliver(service)
    async with service.database.transaction() as session:
        (event,) = (await session.scalars(select(InboxEvent))).all()
        event.content_sealed = b"\x00" * 40
    await _deliver(service)
    async with service.database.transaction() as session:
        await sort_events(session, service.keyring, service.idle, poisoned=True)
        states = list(await session.scalars(select(InboxEvent.state).order_by(InboxEvent.id)))

    assert states == ["failed", "done"]
    assert json.dumps(states)
