"""Checks of turns that no engine could judge: when one is back they are judged, for officers, without a word."""

import uuid

import pytest
from sqlalchemy import select, update

from gateway.conversations.models import Conversation, Message, OutboxItem, Turn
from gateway.conversations.told import DangerState
from gateway.core.database import Base
from gateway.handover.models import QueueEntry
from gateway.inbox.process_events import process_messages
from gateway.inbox.store import store_delivery
from gateway.service import Service
from gateway.turns.run import run_turn
from gateway.turns.unjudged import judge_again
from tests.worlds import officers as desk
from tests.worlds import whatsapp_bodies as bodies
from tests.worlds.scripted_engine import ScriptedEngine, answer

pytestmark = pytest.mark.anyio
BREAK_IN = "apua joku murtautuu meille"
ORDINARY = "mun tili kaapattiin"


async def rows[Row: Base](service: Service, table: type[Row]) -> list[Row]:
    async with service.database.transaction() as session:
        return list((await session.scalars(select(table))).all())


async def fails(service: Service, engine: ScriptedEngine, text: str) -> uuid.UUID:
    """A message that comes while the engine is dead, and its turn; the engine is back afterwards."""
    back, engine.next_answer = engine.next_answer, None
    async with service.database.transaction() as session:
        channel = service.channels["whatsapp"]
        await store_delivery(session, service.keyring, channel, bodies.body(bodies.message(body=text)))
    async with service.database.transaction() as session:
        (talk,) = (await process_messages(session, service.keyring, service.idle)).conversations
    await run_turn(service, talk)
    engine.next_answer = back
    engine.asked.clear()
    return talk


async def test_danger_that_nobody_had_seen_is_urgent_once_an_engine_is_back(
    service: Service, engine: ScriptedEngine
) -> None:
    await fails(service, engine, "Hunden kom hem")
    engine.next_answer = answer("112", topic="missing_person", danger="emergency", language="sv")
    replies = len(await rows(service, OutboxItem))
    await judge_again(service)

    (turn,) = await rows(service, Turn)
    (entry,) = await rows(service, QueueEntry)
    assert (turn.outcome, turn.danger, turn.topic, turn.language) == (
        "engine_failure", "emergency", "missing_person", "sv",
    )  # fmt: skip
    assert (entry.urgency, entry.rank, entry.topic) == ("emergency", 0, "missing_person")
    assert len(await rows(service, OutboxItem)) == replies  # nothing is said unasked


async def test_what_the_screen_suspected_is_confirmed(service: Service, engine: ScriptedEngine) -> None:
    talk = await fails(service, engine, BREAK_IN)
    engine.next_answer = answer("112", topic="emergency_now", danger="emergency")
    await judge_again(service)

    (entry,) = await rows(service, QueueEntry)
    told = await desk.tells(service, talk)
    (message,) = await rows(service, Message)
    assert (entry.reason, entry.urgency) == ("danger", "emergency")
    assert (told.danger, dict(told.sources)) == (DangerState.NOW, {"danger": message.id})


@pytest.mark.parametrize(("text", "urgency"), [(BREAK_IN, "emergency"), (ORDINARY, None)])
async def test_officers_look_where_the_engine_would_ask_whether_somebody_is_in_danger(
    service: Service, engine: ScriptedEngine, text: str, urgency: str | None
) -> None:
    await fails(service, engine, text)
    replies = len(await rows(service, OutboxItem))
    engine.next_answer = answer("Onko joku vaarassa?", possible_danger="emergency")
    await judge_again(service)

    (entry,) = await rows(service, QueueEntry)
    assert (entry.urgency, entry.resolved_at) == (urgency, None)
    assert len(await rows(service, OutboxItem)) == replies


async def test_what_the_screen_suspected_is_lifted_and_who_had_no_answer_stays_in_the_queue(
    service: Service, engine: ScriptedEngine
) -> None:
    await fails(service, engine, BREAK_IN)
    await judge_again(service)

    (entry,) = await rows(service, QueueEntry)
    (conversation,) = await rows(service, Conversation)
    assert (entry.reason, entry.urgency, entry.resolved_at) == ("engine_failure", None, None)
    assert (conversation.state, conversation.urgency) == ("waiting", None)
    assert entry.topic == "account_hacked"


async def test_a_child_at_risk_is_ranked_before_others(service: Service, engine: ScriptedEngine) -> None:
    await fails(service, engine, ORDINARY)
    (before,) = await rows(service, QueueEntry)
    engine.next_answer = answer("…", topic="sextortion")
    await judge_again(service)

    (entry,) = await rows(service, QueueEntry)
    assert (before.rank, entry.rank) == (3, 2)


async def test_it_is_asked_once_outside_the_conversation_and_forgotten(
    service: Service, engine: ScriptedEngine
) -> None:
    talk = await fails(service, engine, ORDINARY)
    for _ in range(2):
        await judge_again(service)

    (asked,) = engine.asked
    (conversation,) = await rows(service, Conversation)
    assert conversation.id == talk
    assert asked.text == ORDINARY
    assert asked.conversation_id != conversation.dialogue_id.hex


async def test_while_the_engine_is_away_it_is_left_for_later(service: Service, engine: ScriptedEngine) -> None:
    await fails(service, engine, ORDINARY)
    engine.next_answer = None
    assert await judge_again(service) is False

    (turn,) = await rows(service, Turn)
    assert (turn.topic, engine.asked) == (None, [])


async def test_a_text_that_is_gone_is_not_asked_about(service: Service, engine: ScriptedEngine) -> None:
    await fails(service, engine, BREAK_IN)
    async with service.database.transaction() as session:
        await session.execute(update(Message).values(content_sealed=None))
    await judge_again(service)

    assert engine.asked == []
